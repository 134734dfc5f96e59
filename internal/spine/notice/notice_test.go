package notice

import "testing"

func TestDigest(t *testing.T) {
	var list []Todo
	for _, day := range []string{"", "2017-03-30", "2017-03-31", "2017-04-01", "2017-04-03", "2017-04-04"} {
		list = append(list, Todo{DueOn: day})
	}
	d := DigestOf(list, "2017-03-31")
	if want := (Digest{Open: 6, Overdue: 1, DueToday: 1, DueSoon: 2}); d != want {
		t.Errorf("%+v", d)
	}
	if s := d.String(); s != "在办 6 件，今天到期 1 件，三天内到期 2 件，逾期 1 件" {
		t.Error(s)
	}
	if s := DigestOf(list[:1], "2017-03-31").String(); s != "在办 1 件" {
		t.Error(s)
	}
	if DigestOf(nil, "2017-03-31").String() != "" || DigestOf(list, "heute") != (Digest{}) {
		t.Error("a digest of nothing")
	}
}

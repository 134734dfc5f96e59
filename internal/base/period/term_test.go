package period

import "testing"

func TestParseTerm(t *testing.T) {
	for in, want := range map[string]Term{
		"2017Q3": "2017Q3", " 2017q3 ": "2017Q3", "2017年三季度": "2017Q3", "2017 年第 3 季度": "2017Q3", "2017年四季度": "2017Q4",
		"2017-05": "2017-05", "2017年5月": "2017-05", "2017年12月": "2017-12", "2017年": "2017", "2017": "2017",
	} {
		if got := ParseTerm(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	for _, in := range []string{"", "三季度", "2017年五季度", "2017年13月", "2017年半年", "年一季度"} {
		if ParseTerm(in).Valid() {
			t.Errorf("%q is valid", in)
		}
	}
}

func TestTerm(t *testing.T) {
	for _, c := range []struct {
		in          Term
		valid       bool
		first, last Month
		prev        Term
		words       string
	}{
		{"2017Q1", true, "2017-01", "2017-03", "2016Q4", "2017年一季度"},
		{"2017-01", true, "2017-01", "2017-01", "2016-12", "2017年1月"},
		{"2017", false, "", "", "", ""}, {"2017Q5", false, "", "", "", ""}, {"2017-13", false, "", "", "", ""}, {"2017-1", false, "", "", "", ""}, {"", false, "", "", "", ""},
	} {
		if c.in.Valid() != c.valid {
			t.Errorf("%q: %v", c.in, c.in.Valid())
		}
		if c.valid && (c.in.First() != c.first || c.in.Last() != c.last || c.in.Prev() != c.prev || c.in.Chinese() != c.words || c.in.Year() != "2017") {
			t.Errorf("%s: %s to %s after %s, %s", c.in, c.in.First(), c.in.Last(), c.in.Prev(), c.in.Chinese())
		}
	}
}

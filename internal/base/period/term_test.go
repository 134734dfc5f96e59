package period

import "testing"

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

package supervisionweb

import "testing"

func TestDays(t *testing.T) {
	for _, c := range [][3]string{{"2017-09-14", "2017-09-12", "超 2 天"}, {"2017-09-14", "2017-09-14", "今天到期"}, {"2017-09-14", "2017-10-01", "还剩 17 天"}, {"2017-09-14", "", ""}} {
		if got := left(c[0], c[1]); got != c[2] {
			t.Errorf("on %s, %s is %q", c[0], c[1], got)
		}
	}
	if date("2017-09-14", "2017-08-05") != "8-5" || date("2017-09-14", "2018-08-05") != "2018-8-5" {
		t.Error("a day is not written as people say it")
	}
}

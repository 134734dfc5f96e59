package score

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestManual parses every scheme of docs/scheme.md and recomputes the printed result.
func TestManual(t *testing.T) {
	b, err := os.ReadFile("../../../../docs/scheme.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(lang string) []string {
		var out []string
		for _, m := range regexp.MustCompile("(?s)```"+lang+"\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
			out = append(out, m[1])
		}
		return out
	}
	schemes := block("yaml")
	if len(schemes) != 3 {
		t.Fatal(len(schemes))
	}
	for i, y := range schemes {
		for _, p := range Check(mustParse(t, y)) {
			if i != 0 || !strings.Contains(p.Message, "同一个数据") { // GDP is read twice on purpose
				t.Error(p)
			}
		}
	}
	var r Result
	for i := range 2 {
		d, bad := ReadCSV(strings.NewReader(block("csv")[i]))
		if len(bad) > 0 {
			t.Error(bad)
		}
		r = Compute(mustParse(t, schemes[2*i]), d) // the second scheme has no data
		if !strings.Contains(r.Text(), block("text")[i]) {
			t.Error(r.Text())
		}
	}
	methods := map[Method]bool{}
	for _, it := range mustParse(t, schemes[0]).Items {
		methods[it.Method] = true
	}
	if len(methods) != len(methodName) {
		t.Errorf("the example shows %d methods of %d", len(methods), len(methodName))
	}
	if !strings.Contains(string(b), r.Find("城南镇").Item("投资完成率").Formula) {
		t.Error(r.Find("城南镇").Item("投资完成率").Formula)
	}
	if n := strings.Join(r.Find("飞鸾镇").Item("增速排名").Notes, "；"); !strings.Contains(n, "未核验") {
		t.Error(n)
	}
	for _, k := range append(append([]string{}, schemeKeys...), itemKeys...) {
		if !strings.Contains(string(b), "`"+k+"`") && !strings.Contains(string(b), k+":") && !strings.Contains(string(b), "`"+k+"`,") {
			t.Errorf("key %s is not in the manual", k)
		}
	}
}

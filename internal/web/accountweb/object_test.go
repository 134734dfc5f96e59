package accountweb

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// few knows one person and one unit.
type few struct{}

func (few) PersonName(id int64) string { return map[int64]string{17: "林小满"}[id] }
func (few) UnitName(id int64) string   { return map[int64]string{5: "七都镇"}[id] }

func TestObject(t *testing.T) {
	d := few{}
	for in, want := range map[string]string{
		"audit": "审计日志", "account:17": "林小满的账号", "person:17": "林小满的人员登记", "person:18": "已不在册人员的人员登记", "GET /admin/jobs": "打开 /admin/jobs",
		"POST /admin/grants/{id}/decide": "提交 /admin/grants/{id}/decide", "campaign.campaign:9": "攻坚行动 9", "": "", "x.y:3": "x.y:3",
	} {
		if got := object(d, in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := detail(d, "登记，单位 5"); got != "登记，七都镇" {
		t.Error(got)
	}
	if got := detail(d, "变更，单位 6"); got != "变更，单位 6" {
		t.Error(got)
	}
}

// TestObjectsAreNamed: whatever the program writes into the log has a Chinese name on its page.
func TestObjectsAreNamed(t *testing.T) {
	d, found := few{}, 0
	literal := regexp.MustCompile(`Object: (?:fmt\.Sprintf\()?"([a-z.]+)`)
	result := regexp.MustCompile(`(?:\bResult: |\.Result, [a-z]+ = |s\.note\(r, "[a-z]+", )"([a-z_]+)"`)
	err := filepath.WalkDir("../..", func(path string, f os.DirEntry, err error) error {
		if err != nil || f.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(b), "udit") {
			return err
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			found++
			if object(d, m[1]) == m[1] {
				t.Errorf("%s: object %q has no Chinese name", path, m[1])
			}
		}
		for _, m := range result.FindAllStringSubmatch(string(b), -1) {
			found++
			if results[m[1]] == "" {
				t.Errorf("%s: result %q has no Chinese name", path, m[1])
			}
		}
		return nil
	})
	if err != nil || found < 15 {
		t.Errorf("%d found, %v", found, err)
	}
}

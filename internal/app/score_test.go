package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

type scored struct {
	Groups []struct {
		Group string
		Rows  []struct {
			Unit  string
			Total json.Number
			Rank  int
			Items []struct {
				Item    string
				Score   json.Number
				Formula string
			}
		}
	}
	Problems []struct{ Level, Where, Message string }
}

// scoreFiles runs the command on a scheme and data.
func scoreFiles(t *testing.T, scheme, data []byte, name, format string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	s, d := filepath.Join(dir, "s.yaml"), filepath.Join(dir, name)
	for f, b := range map[string][]byte{s: scheme, d: data} {
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var o, e bytes.Buffer
	code = Run(t.Context(), []string{"score", "--scheme", s, "--data", d, "--format", format}, &o, &e)
	return code, o.String(), e.String()
}

func same(a json.Number, b string) bool {
	x, err := decimal.Parse(a.String())
	y, err2 := decimal.Parse(b)
	return err == nil && err2 == nil && x.Cmp(y) == 0
}

// TestScoreCommand plays the files of testdata/score: a scheme as a stranger writes it from the schema of domain 13.15, a table as people send it, and
// what has to come out. Lines of want:
//
//	甲镇 79.37 1            the unit's total and, if given, rank
//	甲镇/投资完成率 27.60    an item's score
//	formula 甲镇/指标 words  words of its formula
//	problem words words      one problem has all the words; noproblem: there is none
//	any words                on stdout or stderr; table words: in the table
//	exit 1
func TestScoreCommand(t *testing.T) {
	files, err := filepath.Glob("testdata/score/*.txt")
	if err != nil || len(files) < 80 {
		t.Fatal(len(files), err)
	}
	form := regexp.MustCompile(`(?s)-- scheme.yaml --\n(.*?)-- data.csv --\n(.*?)-- want --\n(.*)`)
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			m := form.FindSubmatch(b)
			if m == nil {
				t.Fatal("not of the form scheme, data, want")
			}
			code, stdout, stderr := scoreFiles(t, m[1], m[2], "d.csv", "json")
			want(t, string(m[3]), code, stdout, stderr, func() string {
				_, table, _ := scoreFiles(t, m[1], m[2], "d.csv", "table")
				return table
			})
		})
	}
}

func want(t *testing.T, lines string, code int, stdout, stderr string, table func() string) {
	t.Helper()
	var out scored
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatalf("%v in %q, stderr %q", err, stdout, stderr)
	}
	exit := 0
	checked := 0
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		w := strings.Fields(line)
		checked++
		find := func(name string) (total json.Number, rank int, formula string) {
			unit, item, isItem := strings.Cut(name, "/")
			for _, g := range out.Groups {
				for _, r := range g.Rows {
					if r.Unit != unit {
						continue
					}
					if !isItem {
						return r.Total, r.Rank, ""
					}
					for _, i := range r.Items {
						if i.Item == item {
							return i.Score, 0, i.Formula
						}
					}
				}
			}
			return "", -1, ""
		}
		switch w[0] {
		case "exit":
			fmt.Sscan(w[1], &exit)
		case "noproblem":
			if len(out.Problems) > 0 {
				t.Errorf("problems: %+v", out.Problems)
			}
		case "problem":
			ok := false
			for _, p := range out.Problems {
				ok = ok || !slices.ContainsFunc(w[1:], func(x string) bool { return !strings.Contains(p.Where+p.Message, x) })
			}
			if !ok {
				t.Errorf("no problem says %v: %+v", w[1:], out.Problems)
			}
		case "any":
			if !strings.Contains(stdout+stderr, w[1]) {
				t.Errorf("nothing says %s: %s %s", w[1], stdout, stderr)
			}
		case "table":
			if s := table(); !strings.Contains(s, w[1]) {
				t.Errorf("the table lacks %s:\n%s", w[1], s)
			}
		case "formula":
			if _, _, f := find(w[1]); !strings.Contains(f, w[2]) {
				t.Errorf("%s: %q lacks %s", w[1], f, w[2])
			}
		default:
			total, rank, formula := find(w[0])
			if !same(total, w[1]) || len(w) > 2 && fmt.Sprint(rank) != w[2] {
				t.Errorf("%s: got %s %d (%s), problems %+v", line, total, rank, formula, out.Problems)
			}
		}
	}
	if code != exit || checked == 0 {
		t.Errorf("exit %d, want %d: %s", code, exit, stderr)
	}
}

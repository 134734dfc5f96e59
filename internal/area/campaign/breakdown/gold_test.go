package breakdown

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

const shared = "../../../../../shared/data" // from the package to beside the checkout

func sharedText(t *testing.T, number string) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(shared, "gov_documents/text", number+"_*"))
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("test material is missing: " + number)
		}
		t.Skip("test material is not beside the checkout: " + number)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b), "\n")
}

type goldTask struct {
	TextEnds     string   `json:"text_ends"`
	LeadUnits    []string `json:"lead_units"`
	SupportUnits []string `json:"support_units"`
	Deadline     string   `json:"deadline"`
}

type gold struct {
	Document string     `json:"document"`
	Date     string     `json:"date"`
	Tasks    []goldTask `json:"tasks"`
}

// score counts hits over what was found and what should be.
type score struct{ hit, found, want int }

func (s *score) add(found, want []string) {
	left := map[string]int{}
	for _, w := range want {
		left[w]++
	}
	s.want += len(want)
	s.found += len(found)
	for _, f := range found {
		if left[f] > 0 {
			left[f]--
			s.hit++
		}
	}
}

// percent is 100 when there is nothing to find and nothing was found.
func percent(hit, of int) float64 {
	if of == 0 {
		return 100
	}
	return 100 * float64(hit) / float64(of)
}

// TestGold measures the parser on two documents that were labelled by hand
// before it was written and on which it is never tuned.
func TestGold(t *testing.T) {
	files, _ := filepath.Glob("testdata/gold/*.json")
	if len(files) < 2 {
		t.Fatal("gold labels are missing")
	}
	sort.Strings(files)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var g gold
		if err := json.Unmarshal(b, &g); err != nil {
			t.Fatal(err)
		}
		t.Run(g.Document, func(t *testing.T) {
			res := ParseText(sharedText(t, g.Document), Options{})
			byEnd := map[string]Task{}
			for _, w := range g.Tasks {
				for _, x := range res.Tasks {
					if strings.HasSuffix(x.Text, w.TextEnds) {
						byEnd[w.TextEnds] = x
					}
				}
			}
			var tasks, units, leads, dues score
			tasks.want, tasks.found, tasks.hit = len(g.Tasks), len(res.Tasks), len(byEnd)
			matched := map[string]bool{}
			for _, w := range g.Tasks {
				x := byEnd[w.TextEnds]
				matched[x.Text] = true
				units.add(append(append([]string{}, x.LeadUnits...), x.SupportUnits...), append(append([]string{}, w.LeadUnits...), w.SupportUnits...))
				leads.add(x.LeadUnits, w.LeadUnits)
				dues.add(some(x.Deadline), some(w.Deadline))
				if strings.Join(x.LeadUnits, "、") != strings.Join(w.LeadUnits, "、") || strings.Join(x.SupportUnits, "、") != strings.Join(w.SupportUnits, "、") || x.Deadline != w.Deadline {
					t.Logf("%q: %v | %v | %s, want %v | %v | %s", w.TextEnds, x.LeadUnits, x.SupportUnits, x.Deadline, w.LeadUnits, w.SupportUnits, w.Deadline)
				}
			}
			for _, x := range res.Tasks { // what is no task at all counts against precision
				if !matched[x.Text] {
					t.Logf("not in the gold: %q %v %v", x.Text, x.LeadUnits, x.SupportUnits)
					units.found += len(x.LeadUnits) + len(x.SupportUnits)
					leads.found += len(x.LeadUnits)
					dues.found += len(some(x.Deadline))
				}
			}
			for _, m := range []struct {
				name string
				s    score
			}{{"tasks", tasks}, {"units", units}, {"lead units", leads}, {"deadlines", dues}} {
				p, r := percent(m.s.hit, m.s.found), percent(m.s.hit, m.s.want)
				t.Logf("%s %s: precision %.1f%% (%d/%d), recall %.1f%% (%d/%d)", g.Document, m.name, p, m.s.hit, m.s.found, r, m.s.hit, m.s.want)
				if p < 95 || r < 95 {
					t.Errorf("%s below 95%%", m.name)
				}
			}
			if len(g.Tasks) == 0 {
				t.Error("no gold task")
			}
		})
	}
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

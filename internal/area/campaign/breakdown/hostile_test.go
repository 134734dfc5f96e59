package breakdown

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// everything runs all that takes text from outside.
func everything(t testing.TB, s string) {
	t.Helper()
	opt := Options{Year: 2017}
	check := func(res Result) {
		if res.Tasks == nil || res.Problems == nil {
			t.Fatal("a nil list becomes null")
		}
		for _, x := range res.Tasks {
			if x.LeadUnits == nil || x.SupportUnits == nil || strings.TrimSpace(x.Text) == "" {
				t.Fatalf("bad task %+v", x)
			}
			if x.Deadline != "" {
				if _, err := time.Parse(time.DateOnly, x.Deadline); err != nil {
					t.Fatalf("deadline %q", x.Deadline)
				}
			}
			for _, u := range append(append([]string{}, x.LeadUnits...), x.SupportUnits...) {
				if u == "" || utf8.RuneCountInString(u) > maxName {
					t.Fatalf("unit %q", u)
				}
			}
			for _, v := range []string{x.Goal, x.Points} {
				if d, ok := decimal(v); v != "" && (!ok || d != v) {
					t.Fatalf("number %q", v)
				}
			}
		}
		for _, p := range res.Problems {
			if !strings.HasPrefix(p.Message, p.Where) || !utf8.ValidString(p.Message) {
				t.Fatalf("problem %q", p.Message)
			}
		}
	}
	check(ParseText(strings.Split(s, "\n"), opt))
	check(ParseText([]string{"1.修路。（" + s + "）", "责任单位：" + s, "完成时限：" + s}, Options{}))
	g := ParsePaste(s)
	check(ParseGrid(g, GuessMapping(g), opt))
	g.Merges = []Range{{0, 0, 5, 5}, {-1, 2, 1, 1}, {3, 3, 1 << 40, 1 << 40}}
	check(ParseGrid(g, GuessMapping(g), opt))
	h := Grid{Rows: [][]string{{"序号", "工作任务", "目标", "时间节点", "责任单位", "分值"}, {"1", s, s, s, s, s}}}
	check(ParseGrid(h, GuessMapping(h), opt))
	check(ParseGrid(h, Mapping{HeadingRow: 1 << 20, HeadingRows: -3, Columns: []Column{{Field: FieldText}, {Field: Field(s)}}}, opt))
	MatchUnits([]string{s}, []Body{{1, "城南镇", s, []string{s}}})
	ReadQuantity(s)
}

func TestNaughtyStrings(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(shared, "hostile_input/blns.json"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("test material is not beside the checkout")
	}
	var all []string
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	p, err := os.ReadFile(filepath.Join(shared, "hostile_input/csv_payloads_payloadbox.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, strings.Split(string(p), "\n")...)
	if len(all) < 400 {
		t.Fatalf("only %d strings", len(all))
	}
	for _, s := range all {
		everything(t, s)
	}
	// What is stored is what was written.
	h := Grid{Rows: [][]string{{"序号", "工作任务", "责任单位"}, {"1", "=cmd|' /C calc'!A0", "区交通局"}}}
	if got := ParseGrid(h, GuessMapping(h), Options{}).Tasks[0].Text; got != "=cmd|' /C calc'!A0" {
		t.Errorf("text %q", got)
	}
}

// many repeats a text, a twentieth as often where the race detector watches, which makes every step ten times as slow.
func many(s string, n int) string {
	if watched {
		n /= 20
	}
	return strings.Repeat(s, n)
}

// TestBounded feeds shapes that make careless parsers slow.
func TestBounded(t *testing.T) {
	for name, s := range map[string]string{
		"open brackets":    many("（", 15000),
		"nested":           many("（责任单位：", 2500) + many("）", 2500),
		"shut brackets":    many("）", 15000),
		"和":                many("财政部和", 6000) + "教育部",
		"和 in a bracket":   "1.修路。（" + many("财政部和", 300) + "教育部负责）",
		"牵头":               "1.修路。（" + many("牵头", 400) + "）",
		"dates":            many("2017年6月底前，", 1200),
		"labels":           many("责任单位：", 4000),
		"labels and stops": many("责任单位：区交通局。", 2500),
		"quotes":           many("\"a\t", 6000),
		"quotes and lines": many("\"a\n", 6000),
		"pairs of quotes":  many("\"\"", 60000),
		"tabs":             many("\t", 60000),
		"lines":            many("1.修路。（区交通局负责）\n", 400),
		"digits":           many("9", 15000),
		"numerals":         many("一", 10000) + "、修路",
		"spaces":           many(" ", 30000),
		"bars":             many("甲\n| 乙\n|\n", 1200),
		"bars in a line":   many("| 甲 | 乙 | 丙 |\n", 1200),
		"titles":           many("序号\n工作任务\n责任单位\n", 600),
		"titles and rows":  "序号\n工作任务\n责任单位\n" + many("1\n修路\n区交通局\n", 600),
		"bars at the end":  many("|\n甲 |\n乙 |\n", 1200),
		"bars and titles":  many("|\n序号 |\n任务 |\n责任单位 |\n甲\n", 600),
		"counted cells":    "序号\n工作任务\n进展\n责任单位\n" + many("1\n修路\n甲\n乙\n丙\n丁\n", 600),
		"broken rows":      "序号\t任务\t责任单位\n" + many("1\t修\n", 1200),
		"asking":           many("请财政部、", 2500) + "2017年6月底前完成。",
		"merged":           many("甲\t乙\n", 800),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := make(chan struct{})
			go func() { everything(t, s); close(done) }()
			select {
			case <-done:
			case <-time.After(4 * time.Minute): // a guard against a hang, not a measure of speed
				t.Fatal("did not end")
			}
		})
	}
}

func FuzzEverything(f *testing.F) {
	for _, s := range []string{
		"1.修路。（区交通局牵头，区财政局配合；2017年6月底前完成）",
		"序号\t工作任务\t责任单位\n1\t\"修\n路\"\t区交通局、区财政局",
		"一、路\n（一）修路。\n责任单位：区交通局\n完成时限：２月３０日",
		"列第一位者为牵头单位，下同。以下均需各乡镇落实，不再列出",
		"每年2月底前，到二〇二〇年，3亿元，30,000 万元",
		"（）()[]【】〔〕\x00\xff\"\"\t",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { everything(t, clip(s, 2000)) })
}

package score

import (
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// FuzzParse: no text makes the reader panic, and what it accepts can be checked, described and computed.
func FuzzParse(f *testing.F) {
	for _, id := range Packs() {
		b, _ := PackText(id)
		f.Add(string(b))
	}
	f.Add(mixed)
	f.Add("id: t\nname: 测\nversion: 1\nitems:\n  - {name: 甲, weight: 10, method: step, params: {k_up: [{to: 3, k: 1}, {k: 2}]}, each: sum}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse([]byte(text))
		if err != nil {
			if len(AsSyntax(err)) == 0 {
				t.Fatal("an error without a problem")
			}
			return
		}
		Check(s)
		d := Data{}
		for i, it := range s.Items {
			it.Describe()
			for _, u := range []string{"甲", "乙"} {
				d.Rows = append(d.Rows, in(u, it.Indicator, []string{"1", "0", "-7.5", "100"}[i%4], []string{"100", "0", "3"}[i%3]))
			}
		}
		r := Compute(s, d)
		if err := Verify(s.Text(), d.Canonical(), r.Canonical()); err != nil {
			t.Fatal(err)
		}
		Levers(s, d, "甲")
		r.Text()
	})
}

// FuzzCSV: no bytes make the table reader panic, and rows it keeps name a unit.
func FuzzCSV(f *testing.F) {
	f.Add("单位,指标,完成值\n甲,乙,1\n")
	f.Add("unit;item;value\n\"a\";b;１，２３４\n")
	f.Add("单位\t指标\t时段\t完成值\n甲\t乙\t2026年3月\t5%\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, bad := ReadCSV(strings.NewReader(text))
		for _, r := range d.Rows {
			if r.Unit == "" || r.Item == "" && r.Event == "" {
				t.Fatalf("%+v", r)
			}
		}
		for _, p := range bad {
			if p.Where == "" || p.Message == "" {
				t.Fatal(p)
			}
		}
	})
}

// TestMutatedPacks changes one or two words or lines of real schemes, which byte fuzzing seldom survives the reader with.
func TestMutatedPacks(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	words := []string{"0", "-1", "1/3", "none", "rank", "step", "count", "formula", "bands", "votes", "efficacy", "vs_first", "vs_mean_bands", "threshold", "combination", "manual", "ratio", "sum", "mean", "down", "true", "[]", "{}", "1e9", "~", "9999999999999999999",
		"完成值 ÷ 0", "权重 × 完成值", "不足1", "[1,1]", "name", "per", "k_up", "delta", "table", "each", "over", "given", "period", "base", "\"\"", "half_even", "group_mean", "share"}
	token := regexp.MustCompile(`[\p{L}\p{N}_.%-]+`)
	var seeds []string
	for _, id := range Packs() {
		b, _ := PackText(id)
		seeds = append(seeds, string(b))
	}
	if b, err := os.ReadFile("../../../../docs/scheme.md"); err == nil {
		_, after, _ := strings.Cut(string(b), "```yaml\n")
		text, _, _ := strings.Cut(after, "```")
		seeds = append(seeds, text, text, text)
	}
	seeds = append(seeds, mixed)
	accepted := 0
	for range 4000 {
		text := seeds[r.Intn(len(seeds))]
		for range 1 + r.Intn(2) {
			if r.Intn(4) == 0 {
				lines := strings.Split(text, "\n")
				i := r.Intn(len(lines))
				text = strings.Join(slices.Delete(lines, i, i+1), "\n")
				continue
			}
			at := token.FindAllStringIndex(text, -1)
			if len(at) == 0 {
				continue
			}
			p := at[r.Intn(len(at))]
			text = text[:p[0]] + words[r.Intn(len(words))] + text[p[1]:]
		}
		s, err := Parse([]byte(text))
		if err != nil {
			if len(AsSyntax(err)) == 0 {
				t.Fatal("an error without a problem")
			}
			continue
		}
		accepted++
		Check(s)
		d := Data{Period: "2026Q1"}
		for i, n := range sortedKeys(s.indicators()) {
			for k, u := range []string{"甲", "乙", "丙"} {
				d.Rows = append(d.Rows, in(u, n, []string{"1", "0", "-7.5", "100", "9999999999999999999"}[(i+k)%5], []string{"100", "0", "3", ""}[(i*k)%4]))
			}
		}
		for i, n := range sortedKeys(s.events()) {
			d.Rows = append(d.Rows, Input{Unit: "甲", Event: n, Count: some(fmt.Sprint(i * 3))})
		}
		for _, it := range s.Items {
			it.Describe()
		}
		res := Compute(s, d)
		if err := Verify(s.Text(), d.Canonical(), res.Canonical()); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		res.Text()
		Aggregate(s, YearInput{Period: "2026", Quarters: []Result{res}})
		if accepted%20 == 0 {
			Levers(s, d, "乙")
		}
	}
	if accepted < 500 {
		t.Errorf("only %d of 4000 accepted: the test tests little", accepted)
	}
}

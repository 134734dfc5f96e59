package viz

import (
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

var samples = map[string]SVG{
	"symbols":      Symbols(),
	"light-red":    LightText(Red, ""),
	"light-late":   LightText(Red, "迟 19 天 <b>"),
	"light-icon":   LightIcon(Missing, ""),
	"light-mark":   LightMark(Hold),
	"units":        Units(Amber, 20, 18),
	"units-none":   Units(Red, 0, 18),
	"bullet":       Bullet{Value: 55, Plan: 58}.Draw(),
	"bullet-over":  Bullet{Value: 12.5, Plan: 11, Max: 10, Width: 90, Label: "任务完成 12.5，满分 10"}.Draw(),
	"bullet-plain": Bullet{Value: 3, NoPlan: true, Full: true}.Draw(),
	"bar-worst":    Bar{Value: 375, Max: 412, Worst: true}.Draw(),
	"deviation":    Deviation{Points: []float64{-1, -2, -3, -4, -6, -9, -11, -13}}.Draw(),
	"deviation-up": Deviation{Points: []float64{1, 0, -40}, Slots: 3, Label: "示例"}.Draw(),
	"prob":         Prob{P: 71, Low: 58, High: 82}.Draw(),
	"miles":        Miles{Gates: []Milestone{{2, OnTime, "3-1 开工"}, {5.9, Late, "6-28 桥梁下部"}, {6.98, Missed, "7-31 管线迁改"}, {8.63, Ahead, "9-20 路基贯通"}}, Today: 7.7}.Draw(),
	"miles-past":   Miles{Gates: []Milestone{{12.5, OnTime, ""}}, NoToday: true, Full: true}.Draw(),
	"miles-words":  Miles{Gates: []Milestone{{2, OnTime, "开工"}, {6.9, Missed, "管线迁改"}, {7.0, Ahead, "没有地方写"}, {11.9, Ahead, "通车<"}}, Today: 7.7, Width: 900, Full: true, Words: true}.Draw(),
	"gate":         GateMark(Late),
	"spark":        Spark{Plan: []float64{3, 8, 15, 24}, Actual: []float64{2, 6, 12}, Forecast: []float64{20}, Label: "走势"}.Draw(),
	"spark-empty":  Spark{}.Draw(),
	"dot":          Dot{Value: 91.4, Low: 89, High: 93.5, From: 75, To: 97, Ticks: []float64{80, 85, 90, 95}, Mine: true}.Draw(),
	"dot-axis":     DotAxis(75, 97, []float64{80, 85, 90, 95}),
	"stage":        Stage{Steps: []string{"交办", "整改", "自验", "初核", "复核", "销号"}, Now: 2}.Draw(),
	"stage-done":   Stage{Steps: []string{"交办", "销号"}, Now: 2}.Draw(),
}

func TestGolden(t *testing.T) {
	for name, got := range samples {
		file := filepath.Join("testdata", "golden", name+".svg")
		if *update {
			os.MkdirAll(filepath.Dir(file), 0o755)
			os.WriteFile(file, []byte(got+"\n"), 0o644)
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != string(got)+"\n" {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, want)
		}
	}
}

// TestSound: every figure is well formed, has no style attribute, and is either silent or has a sentence.
func TestSound(t *testing.T) {
	bad := math.NaN()
	all := map[string]SVG{
		"nan":  Bullet{Value: bad, Plan: math.Inf(1)}.Draw(),
		"dev":  Deviation{Points: []float64{bad, math.Inf(-1)}}.Draw(),
		"dot":  Dot{Value: bad}.Draw(),
		"text": Prob{P: 50, Low: 40, High: 60, Label: `a"b<c>&'` + "\x00"}.Draw(),
		"out":  Prob{P: 500, Low: -3, High: 900}.Draw(),
		"gate": Miles{Gates: []Milestone{{-4, "?", `<script>`}}, Today: 99}.Draw(),
		"step": Stage{Now: -1}.Draw(),
		"one":  Stage{Steps: []string{"x"}, Now: 9}.Draw(),
		"many": Units(Green, 1_000_000, 0),
	}
	for k, v := range samples {
		all[k] = v
	}
	for name, s := range all {
		d := xml.NewDecoder(strings.NewReader(string(s)))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v in %s", name, err, s)
				break
			}
		}
		text := string(s)
		if strings.Contains(text, "style=") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || strings.Contains(text, "<script") {
			t.Errorf("%s: %s", name, text)
		}
		if !strings.Contains(text, "aria-hidden") && !strings.Contains(text, `role="img" aria-label="`) {
			t.Errorf("%s: neither silent nor spoken: %s", name, text)
		}
		if strings.Contains(text, `aria-label=""`) {
			t.Errorf("%s: empty sentence", name)
		}
	}
	if n := strings.Count(string(all["many"]), "<use"); n != 400 {
		t.Errorf("%d glyphs", n)
	}
}

// TestLights: each light has its own word and its own shape; an unknown one is never green.
func TestLights(t *testing.T) {
	words, shapes := map[string]bool{}, map[string]bool{}
	for _, l := range Lights() {
		words[l.Word()] = true
		_, rest, ok := strings.Cut(string(Symbols()), `id="l-`+string(l)+`"`)
		if !ok {
			t.Fatalf("%s has no shape", l)
		}
		shape, _, _ := strings.Cut(rest, "</symbol>")
		shapes[shape] = true
	}
	if len(words) != 7 || len(shapes) != 7 {
		t.Errorf("%d words, %d shapes", len(words), len(shapes))
	}
	if got := LightIcon("", ""); !strings.Contains(string(got), "缺报") {
		t.Error(got)
	}
}

func TestWords(t *testing.T) {
	for p, want := range map[int]string{100: "很有把握", 90: "很有把握", 89: "较有把握", 75: "较有把握", 74: "有悬念", 50: "有悬念", 49: "把握不大", 25: "把握不大", 24: "很难完成", 0: "很难完成"} {
		if got := ProbWord(p); got != want {
			t.Errorf("%d: %s, want %s", p, got, want)
		}
	}
	for n, want := range map[int]string{4: "+4", -13: "−13", 0: "0", math.MinInt: "−9223372036854775808"} {
		if got := Signed(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

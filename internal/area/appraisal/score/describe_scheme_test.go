package score

import (
	"strings"
	"testing"
)

func TestClauses(t *testing.T) {
	s, err := Parse([]byte(`id: c
name: 全的
version: "1"
base: 100
groups: [{name: 镇街组}, {name: 部门组}]
missing: group_mean
unverified: zero
rounding: {item: 2, total: 1, mode: half_even}
max_items: 12
source: 某市办法
note: 样例
items:
  - {name: 投资, weight: 100, method: ratio, params: {cap: 1}}
bonus: [{event: 表扬, per: 1, cap: 3}]
bonus_max: 5
veto: [{name: 重大事故, event: 重大事故, effect: downgrade, legal_basis: 安委〔2017〕1号, authority: 安委会}]
grades: {mode: share, table: [{name: 优秀, share: 0.3, min: 90}, {name: 合格}]}
aggregate: {year: [{of: quarter, fn: mean, w: 0.6}, {of: year_end, fn: last, w: 0.4}], monthly_bonus: [0.5, 0.3, 0.1], gate: 投资 >= 8}
statement: {last: 1, red: 3, when: 总分 < 满分 × 0.8, authority: 常务会, legal_basis: 区考办〔2017〕5号}
`))
	if err != nil {
		t.Fatal(AsSyntax(err), err)
	}
	var text []string
	for _, c := range s.Clauses() {
		text = append(text, c.Term+"："+c.Text)
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{"组别：镇街组、部门组", "缺项：按组内平均得分率计", "只有自报的数：不得分", "总分取 1 位，四舍六入五成双", "加分合计最多 5 分", "一票否决：重大事故：降低一个等次，由安委会认定（依据：安委〔2017〕1号）",
		"等次：优秀 不超过组内 30%（总分不低于 90）；合格", "年度汇总：季度得分的平均 × 0.6 ＋ 年终得分的最后一期 × 0.4", "月度名次加分：各月第 1 名起依次加 0.5、0.3、0.1 分，前提是", "黄旗和表态：列组内末 1 位，且“总分", "红旗：列组内前 3 位", "每个单位不超过 12 项", "出处：某市办法", "说明：样例"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
	// Every shipped pack says where it comes from and that it is a sample.
	for _, n := range Packs() {
		p, err := Pack(n)
		if err != nil {
			t.Fatal(err)
		}
		if p.Source == "" || !strings.Contains(p.Note, "样例") {
			t.Errorf("%s: source %q, note %q", n, p.Source, p.Note)
		}
	}
}

// The first ones are honoured where they are not below target; who is among the last never is.
func TestRedFlag(t *testing.T) {
	s, err := Parse([]byte("id: f\nname: 旗\nversion: \"1\"\nbase: 100\nitems:\n  - {name: 投资, weight: 100, method: ratio, params: {cap: 1}}\nstatement: {last: 1, red: 3, when: 总分 < 80, legal_basis: 区考办〔2017〕5号}\n"))
	if err != nil {
		t.Fatal(AsSyntax(err), err)
	}
	see := func(vals ...string) string {
		d := Data{Period: "2017Q2"}
		for i, v := range vals {
			d.Rows = append(d.Rows, Input{Unit: string(rune('甲' + i)), Item: "投资", Value: some(v), Target: some("100")})
		}
		out := ""
		for _, g := range Compute(s, d).Groups {
			for _, u := range g.Rows {
				switch {
				case u.Red != nil && u.Statement != nil:
					out += "?"
				case u.Red != nil:
					out += "R"
				case u.Statement != nil:
					out += "Y"
				default:
					out += "-"
				}
			}
		}
		return out
	}
	defer func() { // with ties: none, a place shared by more than there are flags gives none
		s.Statement.Spare = true
		for want, vals := range map[string][]string{"RRR-Y": {"99", "95", "90", "85", "70"}, "----": {"90", "90", "90", "90"}, "R---Y": {"99", "90", "90", "90", "70"}, "RRR--": {"99", "95", "95", "70", "70"}, "RR--": {"99", "95", "85", "85"}} {
			if got := see(vals...); got != want {
				t.Errorf("none: %v: %s, want %s", vals, got, want)
			}
		}
	}()
	for want, vals := range map[string][]string{
		"RRR-Y": {"99", "95", "90", "85", "70"},
		"RR--Y": {"99", "95", "79", "78", "70"}, // the third is below target itself
		"RRR--": {"99", "95", "90", "85", "81"}, // the last is not
		"RR-":   {"99", "95", "90"},             // and with three units the third is the last
		"RRRR":  {"90", "90", "90", "90"},       // all alike: all first, nobody last
	} {
		if got := see(vals...); got != want {
			t.Errorf("%v: %s, want %s", vals, got, want)
		}
	}
}

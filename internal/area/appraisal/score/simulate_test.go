package score

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

func TestSimulate(t *testing.T) {
	old := mustParse(t, tenItems+"  - {name: 投资, weight: 60, source_unit: 局, method: ratio}\n  - {name: 信访, weight: 40, source_unit: 局, method: ratio}\n")
	draft := mustParse(t, tenItems+"  - {name: 投资, weight: 30, source_unit: 局, method: ratio}\n  - {name: 信访, weight: 40, source_unit: 局, method: ratio}\n  - {name: 党建, weight: 20, source_unit: 局, method: ratio}\n  - {name: 招商, weight: 10, source_unit: 局, method: ratio, params: {cap: none}}\n")
	rows := func(m string) Data {
		d := Data{Period: m}
		for i, u := range []string{"甲镇", "乙镇", "丙镇"} {
			d.Rows = append(d.Rows, in(u, "投资", []string{"100", "80", "60"}[i], "100"), in(u, "信访", []string{"60", "90", "95"}[i], "100"), in(u, "党建", "20", "20"), in(u, "招商", []string{"30", "31", "90"}[i], "100"))
		}
		return d
	}
	sim := Simulate(old, draft, []Data{rows("2017Q1"), rows("2017Q2")})
	if len(sim.Groups) != 1 || len(sim.Periods) != 2 {
		t.Fatal(sim)
	}
	g := sim.Groups[0]
	// By hand: old 84, 84, 74; draft 30+24+20+3=77, 24+36+20+3.1=83.1, 18+38+20+9=85.
	want := []Move{{Unit: "丙镇", OldRank: 3, NewRank: 1, Decides: "投资"}, {Unit: "乙镇", OldRank: 1, NewRank: 2}, {Unit: "甲镇", OldRank: 1, NewRank: 3, Decides: "投资"}}
	for i, w := range want {
		m := g.Moves[i]
		if m.Unit != w.Unit || m.OldRank != w.OldRank || m.NewRank != w.NewRank || w.Decides != "" && m.Decides != w.Decides {
			t.Errorf("%d: %+v", i, m)
		}
	}
	if m := g.Moves[0]; m.NewTotal.String() != "85.00" || m.OldTotal.String() != "74.00" || !strings.Contains(m.Text, "第 3 → 第 1，进 2 位，起决定作用的是“投资”（对组内平均 ＋6.00 分）") {
		t.Errorf("%+v", m)
	}
	if len(g.Useless) != 1 || g.Useless[0].Item != "党建" || !strings.Contains(g.Useless[0].Text, "3 个单位都得满分") {
		t.Error(g.Useless)
	}
	if len(g.Dominated) != 1 || g.Dominated[0].Item != "招商" || !strings.Contains(g.Dominated[0].Text, "丙镇比第二名多 5.9 分，其余单位之间只差 0.1 分") {
		t.Error(g.Dominated)
	}
	// Ranks 1.5 1.5 3 against 3 2 1: ρ = −1.5 ÷ √(1.5 × 2), τ-b = −2 ÷ √(2 × 3).
	if g.Spearman != "-0.866" || g.Kendall != "-0.816" {
		t.Error(g.Spearman, g.Kendall)
	}
	same := Simulate(old, old, []Data{rows("2017Q1")}).Groups[0]
	if same.Spearman != "1.000" || same.Kendall != "1.000" || same.Moves[0].Text != "" {
		t.Errorf("%+v", same)
	}
}

// Without ties ρ is 1 − 6Σd² ÷ n(n²−1) and τ counts pairs; both are taken here the other way.
func TestCorrelationAgainstTextbook(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for range 200 {
		n := 2 + r.Intn(15)
		p := r.Perm(n)
		a, b := make([]Num, n), make([]Num, n)
		var d2, same, other int64
		for i := range n {
			a[i], b[i] = Int(int64(i)), Int(int64(p[i]))
			d2 += int64((i - p[i]) * (i - p[i]))
			for j := range i {
				if p[i] > p[j] {
					same++
				} else {
					other++
				}
			}
		}
		rho, _ := Int(6 * d2).quo(Int(int64(n) * int64(n*n-1)))
		x, _ := Int(1).sub(rho).Round(3, HalfUp)
		tau, _ := Int(same - other).quo(Int(same + other))
		y, _ := tau.Round(3, HalfUp)
		if got := decimal.MustParse(spearman(a, b)); got.Cmp(x) != 0 {
			t.Errorf("%v: ρ %s, want %s", p, got, x)
		}
		if got := decimal.MustParse(kendall(a, b)); got.Cmp(y) != 0 {
			t.Errorf("%v: τ %s, want %s", p, got, y)
		}
	}
	if spearman([]Num{Int(1)}, []Num{Int(1)}) != "" || kendall([]Num{Int(1), Int(1)}, []Num{Int(1), Int(2)}) != "" {
		t.Error("a correlation of nothing")
	}
}

func TestWhatIfSource(t *testing.T) {
	s, err := Pack("jiaocheng-quarterly")
	if err != nil {
		t.Fatal(err)
	}
	row := func(src, v string) Input {
		return Input{Unit: "甲镇", Item: "任务完成", Value: some(v), Target: some("100"), Count: some("1"), Kind: Reported, Source: src}
	}
	d := Data{Period: "2017Q2", Rows: []Input{row("task:1@2017-06", "50"), row("task:2@2017-06", "100"), in("甲镇", "督查核验", "10", "10"), {Unit: "甲镇", Item: "整改销号", Exempt: true, Basis: "无"}, in("甲镇", "争先进位", "1", "")}}
	hash := d.Hash()
	before := Compute(s, d).Find("甲镇")
	r, err := WhatIfSource(s, d, "甲镇", "task:1@2017-06", false, decimal.MustParse("80"))
	if err != nil {
		t.Fatal(err)
	}
	// Of 60 points each task counts half; 30 points of a hundred more on one of them are 9 of 90, rescaled to 100.
	if u := r.Find("甲镇"); before.Total.String() != "83.33" || u.Total.String() != "93.33" {
		t.Error(before.Total, u.Total)
	}
	if d.Hash() != hash {
		t.Error("the data were changed")
	}
	if _, err := WhatIfSource(s, d, "甲镇", "task:9@2017-06", false, decimal.One); err == nil {
		t.Error("a row that is not there")
	}
	if !s.Compares("争先进位") || s.Compares("任务完成") {
		t.Error("which items compare units")
	}
}

package score

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

func total(t *testing.T, r Result, unit, want string) *UnitResult {
	t.Helper()
	u := r.Find(unit)
	if u == nil {
		t.Fatalf("no unit %s", unit)
	}
	if u.Total.String() != want {
		t.Errorf("%s %s, want %s: %s %v", unit, u.Total, want, u.Formula, u.Notes)
	}
	return u
}

// TestMissing is domain 13.13: the three policies, and the void item.
func TestMissing(t *testing.T) {
	text := "id: m\nname: 缺项\nversion: \"1\"\nmissing: POLICY\nitems:\n  - {name: 甲, weight: 40, method: ratio}\n  - {name: 乙, weight: 60, method: ratio}\n"
	d := Data{Rows: []Input{in("A", "甲", "90", "100"), in("B", "甲", "80", "100"), in("B", "乙", "50", "100"), in("C", "甲", "100", "100"), in("C", "乙", "100", "100"),
		in("D", "甲", "50", "100"), {Unit: "D", Item: "乙", Exempt: true, Basis: "区考委〔2026〕3号"}, in("E", "甲", "50", "100"), {Unit: "E", Item: "乙", Exempt: true}}}
	for policy, want := range map[string]map[string]string{
		"drop_rescale":   {"A": "90.00", "B": "62.00", "D": "50.00", "E": "50.00"},
		"group_mean":     {"A": "81.00", "B": "62.00", "D": "65.00", "E": "65.00"}, // mean rate of 乙 is 75 %
		"full_if_exempt": {"A": "36.00", "B": "62.00", "D": "80.00", "E": "20.00"}, // E has no written basis
		"zero":           {"A": "36.00", "D": "20.00"},
	} {
		r := Compute(mustParse(t, strings.Replace(text, "POLICY", policy, 1)), d)
		for u, w := range want {
			total(t, r, u, w)
		}
		if it := r.Find("A").Item("乙"); len(it.Notes) == 0 {
			t.Error(policy, "says nothing about the missing item")
		}
		if len(r.Problems) == 0 {
			t.Error(policy, "no problem reported")
		}
	}
	s := mustParse(t, strings.Replace(text, "POLICY", "zero", 1))
	r := Compute(s, Data{Rows: []Input{in("A", "甲", "90", "0"), in("A", "乙", "50", "100"), in("B", "甲", "1", ""), in("B", "乙", "1", "1")}})
	u := total(t, r, "A", "50.00") // 30 × 100 ÷ 60: a zero denominator voids the item whatever the policy
	if !strings.Contains(u.Item("甲").Formula, "目标值为零") || r.Problems[0].Level != Error {
		t.Error(u.Item("甲").Formula, r.Problems)
	}
	total(t, r, "B", "100.00")
	// Nothing to score: not ranked.
	r = Compute(mustParse(t, strings.Replace(text, "POLICY", "drop_rescale", 1)), Data{Rows: []Input{{Unit: "A", Item: "甲", Target: some("1")}, in("B", "甲", "1", "1")}})
	if u := r.Find("A"); u.Rank != 0 || len(u.Notes) == 0 {
		t.Error(u)
	}
}

// TestKinds: certified before verified before reported, and what an unverified value counts.
func TestKinds(t *testing.T) {
	text := "id: k\nname: 核验\nversion: \"1\"\nunverified: HOW\nitems:\n  - {name: 甲, weight: 100, method: ratio}\n"
	row := func(u string, k Kind, v string) Input {
		return Input{Unit: u, Item: "甲", Value: some(v), Target: some("100"), Kind: k, Source: string(k) + "#1"}
	}
	d := Data{Rows: []Input{row("A", Reported, "99"), row("A", Verified, "80"), row("A", Certified, "70"), row("B", Reported, "99"), row("B", Verified, "80"), row("C", Reported, "99")}}
	for how, want := range map[string]string{"use": "99.00", "zero": "0.00", "missing": "0.00"} {
		r := Compute(mustParse(t, strings.Replace(text, "HOW", how, 1)), d)
		total(t, r, "A", "70.00")
		total(t, r, "B", "80.00")
		u := total(t, r, "C", want)
		it := u.Items[0]
		if !it.Inputs[0].Unverified || it.Inputs[0].Source != "自报#1" || !strings.Contains(strings.Join(it.Notes, ""), "未核验") {
			t.Errorf("%s %+v", how, it)
		}
		if (how == "missing") != (u.Rank == 0) {
			t.Error(how, u.Rank)
		}
	}
	r := Compute(mustParse(t, strings.Replace(text, "HOW", "use", 1)), Data{Rows: []Input{row("A", Certified, "70"), row("A", Certified, "71")}})
	if it := r.Find("A").Items[0]; it.State != Dropped || !strings.Contains(it.Formula, "有2行不同的数据") {
		t.Error(it)
	}
}

// TestModifiers is domain 13.11.
func TestModifiers(t *testing.T) {
	s := mustParse(t, `
id: m
name: 修饰
version: "1"
base: 100
variables: [只有列单事项]
items:
  - {name: 甲, weight: 100, method: ratio, coefficient: 难度系数, coefficient_on: points, max: 120, share: {主办: 1, 协办: 0.5}}
bonus:
  - {event: 表扬, per: 2, share: {主办: 1, 协办: 0.5}, cap: 5}
  - {event: 创新, tiers: [{to: 2, k: 1}, {k: 0.5}], max_count: 5}
  - {event: 进位, per: 1, gate: 甲 ≥ 95, cap: 3}
deduction:
  - {event: 批评, per: 1, double_role: 上级, floor: -6}
  - {event: 督办, per: 0.5, double_if: 只有列单事项 ＝ 1}
bonus_max: 8
`)
	ev := func(unit, event, count, role string) Input {
		return Input{Unit: unit, Event: event, Count: some(count), Role: role}
	}
	r := Compute(s, Data{Rows: []Input{
		in("A", "甲", "90", "100"), in("A", "难度系数", "1.1", ""), ev("A", "表扬", "1", "主办"), ev("A", "表扬", "1", "协办"), ev("A", "创新", "4", ""), ev("A", "批评", "1", "上级"), ev("A", "批评", "1", ""), ev("A", "进位", "2", ""),
		{Unit: "B", Item: "甲", Value: some("100"), Target: some("100"), Role: "协办"}, in("B", "难度系数", "1", ""), ev("B", "批评", "9", "上级"), ev("B", "督办", "2", ""), in("B", "只有列单事项", "1", ""),
		in("C", "甲", "100", "100"), in("C", "难度系数", "1.35", ""), ev("C", "表扬", "9", ""), ev("C", "进位", "9", ""), ev("C", "创新", "9", ""), ev("C", "督办", "2", ""),
	}})
	u := total(t, r, "A", "102.00") // 99 + 2 + 1 + 2 + 1 − (2+1) + 0
	if u.Item("表扬").Score.String() != "3.00" || u.Item("创新").Score.String() != "3.00" || u.Item("批评").Score.String() != "-3.00" || u.Item("进位").Score.String() != "0.00" {
		t.Error(u.Items)
	}
	u = total(t, r, "B", "42.00") // 100 × 0.5 − 6 (capped from −18) − 2
	if f := u.Item("批评").Formula; !strings.Contains(f, "= -18，按规定计 -6.00") {
		t.Error(f)
	}
	u = total(t, r, "C", "127.00") // 120 (capped from 135) + 8 (of 5 + 3.5 + 3) − 1
	if f := u.Item("甲").Formula; !strings.Contains(f, "= 135，按规定计 120.00") {
		t.Error(f)
	}
	if n := strings.Join(u.Notes, ""); !strings.Contains(n, "加分合计封顶：11.5分按8分计") {
		t.Error(n)
	}
}

// TestEventGate: falsified data give no points for the item (domain 13.11), and rows of another period are said, not used.
func TestEventGate(t *testing.T) {
	s := mustParse(t, "id: e\nname: 事件\nversion: \"1\"\nitems:\n  - {name: 甲, weight: 100, method: ratio, gate: 弄虚作假 = 0}\ndeduction: [{event: 弄虚作假, per: 1}]\n")
	d := Data{Period: "2026Q1", Rows: []Input{in("A", "甲", "9", "10"), in("B", "甲", "9", "10"), {Unit: "B", Event: "弄虚作假", Period: "2026-02"}, {Unit: "A", Event: "弄虚作假", Period: "2026-04"}, {Unit: "A", Item: "甲", Period: "2025Q4", Value: some("1"), Target: some("1")}, in("A", "丁", "1", "")}}
	r := Compute(s, d)
	total(t, r, "A", "90.00")
	u := total(t, r, "B", "-1.00")
	if f := u.Item("甲").Formula; !strings.HasSuffix(f, "= 90，按规定计 0.00") || len(u.Item("甲").Inputs) != 2 {
		t.Error(f, u.Item("甲").Inputs)
	}
	if len(r.Problems) != 2 || r.Problems[0].String() != "指标“丁”：不在考核方案里，有1行未计入" || r.Problems[1].String() != "考核期“2026Q1”：有1行数据属于别的时段，未计入" {
		t.Error(r.Problems)
	}
}

// TestWiderPeriod: an attribute of the year serves every quarter; an exemption stands above any value.
func TestWiderPeriod(t *testing.T) {
	s := mustParse(t, "id: w\nname: 期\nversion: \"1\"\nmissing: full_if_exempt\nitems:\n  - {name: 甲, weight: 100, method: ratio, coefficient: 难度系数}\n")
	r := Compute(s, Data{Period: "2026Q2", Rows: []Input{in("A", "甲", "50", "100"), {Unit: "A", Item: "难度系数", Period: "2026", Value: some("1.2")}, {Unit: "B", Item: "甲", Value: some("1"), Target: some("2"), Kind: Certified}, {Unit: "B", Item: "甲", Exempt: true, Basis: "某文"}}})
	total(t, r, "A", "60.00")
	total(t, r, "B", "100.00")
	if len(r.Problems) != 0 {
		t.Error(r.Problems)
	}
}

func TestVotes(t *testing.T) {
	s := mustParse(t, "id: v\nname: 测评\nversion: \"1\"\nitems:\n  - {name: 民主测评, weight: 100, method: votes, params: {full: 10, trim: 1}}\n")
	var rows []Input
	for _, v := range []string{"10", "9", "8", "8.5", "0"} {
		rows = append(rows, in("A", "民主测评", v, ""))
	}
	rows = append(rows, in("B", "民主测评", "9", ""), in("B", "民主测评", "9", ""))
	rows = append(rows, Input{Unit: "C", Item: "民主测评", Value: some("9"), Count: some("5")})
	r := Compute(s, Data{Rows: rows})
	total(t, r, "A", "85.00")
	if u := r.Find("B"); u.Rank != 0 || !strings.Contains(u.Items[0].Formula, "没有票可算") {
		t.Error(u)
	}
	total(t, r, "C", "90.00")
}

func TestReverse(t *testing.T) {
	y := func(m string) *Scheme {
		return mustParse(t, "id: r\nname: 逆向\nversion: \"1\"\nitems:\n  - {name: 甲, weight: 100, direction: down, method: "+m+"}\n")
	}
	d := Data{Rows: []Input{in("A", "甲", "2", "4"), in("B", "甲", "8", "4"), in("C", "甲", "0", "4")}}
	for m, want := range map[string][3]string{
		"ratio":                              {"100.00", "50.00", "100.00"},
		"efficacy":                           {"90.00", "60.00", "100.00"},
		"rank, params: {delta: 0.1}":         {"90.00", "80.00", "100.00"},
		"rank, params: {places: [100, 60]}":  {"60.00", "0.00", "100.00"},
		"threshold":                          {"100.00", "0.00", "100.00"},
		"step, params: {k_up: 1, k_down: 2}": {"102.00", "92.00", "104.00"},
		"efficacy, params: {satisfied: 2, unacceptable: 8}": {"100.00", "60.00", "100.00"},
	} {
		r := Compute(y(m), d)
		for i, u := range []string{"A", "B", "C"} {
			total(t, r, u, want[i])
		}
	}
	r := Compute(y("vs_first"), Data{Rows: []Input{in("A", "甲", "2", ""), in("B", "甲", "8", "")}})
	total(t, r, "A", "100.00")
	total(t, r, "B", "25.00")
}

// TestTies: "1224" after rounding, inside the group only.
func TestTies(t *testing.T) {
	s := mustParse(t, "id: t\nname: 并列\nversion: \"1\"\ngroups: [甲组, 乙组]\nitems:\n  - {name: 分, weight: 100, method: manual}\n")
	row := func(u, g, v string) Input { return Input{Unit: u, Group: g, Item: "分", Value: some(v)} }
	r := Compute(s, Data{Rows: []Input{row("a", "甲组", "90"), row("b", "甲组", "85.004"), row("c", "甲组", "84.996"), row("d", "甲组", "80"), row("e", "乙组", "99"), row("f", "乙组", "10")}})
	for u, k := range map[string]int{"a": 1, "b": 2, "c": 2, "d": 4, "e": 1, "f": 2} {
		if r.Find(u).Rank != k {
			t.Errorf("%s rank %d, want %d", u, r.Find(u).Rank, k)
		}
	}
	if r.Groups[0].Group != "甲组" || r.Groups[0].Rows[1].Unit != "b" {
		t.Error(r.Groups)
	}
}

// TestGradesVetoStatement is domain 13.12 and 16.3.7.
func TestGradesVetoStatement(t *testing.T) {
	s := mustParse(t, `
id: g
name: 等次
version: "1"
items:
  - {name: 分, weight: 100, method: manual}
  - {name: 投资, weight: 0, extra: true, method: count, params: {per: 0}}
veto:
  - {event: 重大安全事故, effect: no_award, legal_basis: 国务院令第493号}
  - {event: 弄虚作假, effect: fail, legal_basis: 统计法第四十条}
grades: {mode: share, table: [{name: 优秀, share: 0.4, min: 85}, {name: 良好, min: 70}, {name: 合格, min: 60}, {name: 不合格}]}
statement: {last: 2, when: 投资 < 投资_目标, authority: 区政府常务会, legal_basis: 区委〔2026〕1号}
`)
	var rows []Input
	for u, v := range map[string]string{"a": "95", "b": "90", "c": "90", "d": "75", "e": "65"} {
		rows = append(rows, in(u, "分", v, ""), in(u, "投资", "10", map[bool]string{true: "12", false: "10"}[u == "e" || u == "a"]))
	}
	rows = append(rows, Input{Unit: "d", Event: "弄虚作假"}, Input{Unit: "a", Event: "重大安全事故", Source: "case:3"})
	r := Compute(s, Data{Rows: rows})
	for u, g := range map[string]string{"a": "良好", "b": "良好", "c": "良好", "d": "不合格", "e": "合格"} { // 40 % of five is two; the tie b, c does not fit
		if got := r.Find(u).Grade; got != g {
			t.Errorf("%s %s, want %s", u, got, g)
		}
	}
	if n := strings.Join(r.Find("b").Notes, ""); !strings.Contains(n, "名额不够并列的2个单位") {
		t.Error(n)
	}
	if v := r.Find("a").Vetoes; len(v) != 1 || v[0].LegalBasis != "国务院令第493号" || v[0].Sources[0] != "case:3" {
		t.Error(v)
	}
	// e is last and below target; d is second from the end but met it; a missed it but is first.
	for u, want := range map[string]bool{"a": false, "d": false, "e": true} {
		if got := r.Find(u).Statement != nil; got != want {
			t.Errorf("%s statement %v", u, got)
		}
	}
	if st := r.Find("e").Statement; !strings.Contains(st.Text, "投资 ＜ 投资_目标（10 ＜ 12）") {
		t.Error(st.Text)
	}
	bands := mustParse(t, "id: b\nname: 等次\nversion: \"1\"\nitems:\n  - {name: 分, weight: 100, method: manual}\ngrades: {table: [{name: 优秀, range: 90以上}, {name: 良好, range: 80以上不足90}, {name: 不合格, range: 不足80}]}\n")
	r = Compute(bands, Data{Rows: []Input{in("a", "分", "90", ""), in("b", "分", "89.99", ""), in("c", "分", "79.995", "")}})
	for u, g := range map[string]string{"a": "优秀", "b": "良好", "c": "良好"} { // 79.995 is 80.00 after rounding
		if got := r.Find(u).Grade; got != g {
			t.Errorf("%s %s, want %s", u, got, g)
		}
	}
}

// TestPromotion: three new projects of 1 亿 or one of 10 亿 lift one grade (桐庐); a veto still comes after.
func TestPromotion(t *testing.T) {
	s := mustParse(t, `
id: p
name: 晋档
version: "1"
variables: [亿元项目, 十亿项目]
items: [{name: 分, weight: 100, method: manual}]
veto: [{event: 弄虚作假, effect: downgrade, legal_basis: 统计法}]
promotion: [{name: 大项目, when: 亿元项目 ≥ 3 或 十亿项目 ≥ 1}]
grades: {table: [{name: 一档, range: 90以上}, {name: 二档, range: 80以上不足90}, {name: 三档, range: 不足80}]}
`)
	var rows []Input
	for u, v := range map[string][3]string{"a": {"95", "3", "0"}, "b": {"85", "0", "1"}, "c": {"70", "2", "0"}, "d": {"70", "3", "1"}, "e": {"70", "3", "0"}} {
		rows = append(rows, in(u, "分", v[0], ""), in(u, "亿元项目", v[1], ""), in(u, "十亿项目", v[2], ""))
	}
	r := Compute(s, Data{Rows: append(rows, Input{Unit: "e", Event: "弄虚作假"})})
	for u, g := range map[string]string{"a": "一档", "b": "一档", "c": "三档", "d": "二档", "e": "三档"} {
		if got := r.Find(u).Grade; got != g {
			t.Errorf("%s %s, want %s %v", u, got, g, r.Find(u).Notes)
		}
	}
}

// TestPeriodWeights: one city weighs starts in the first quarter and completions in the third (domain 8).
func TestPeriodWeights(t *testing.T) {
	s := mustParse(t, "id: p\nname: 期\nversion: \"1\"\nitems:\n  - {name: 开工, weight: 50, method: ratio, periods: {Q1: 100, Q3: 0}}\n  - {name: 竣工, weight: 50, method: ratio, periods: {Q1: 0, Q3: 100}}\n")
	d := Data{Rows: []Input{in("A", "开工", "1", "2"), in("A", "竣工", "4", "4")}}
	for p, want := range map[string]string{"2023Q1": "50.00", "2023Q2": "75.00", "2023Q3": "100.00"} {
		d.Period = p
		total(t, Compute(s, d), "A", want)
	}
}

func TestWhatIfAndLevers(t *testing.T) {
	s := pack(t, "fuzhou-2016-county")
	rows := func(u string, v ...string) []Input {
		return []Input{in(u, "投资计划贡献率", v[0], "200"), in(u, "投资完成率", v[1], "100"), in(u, "开工率", v[2], "7"), in(u, "竣工率", v[3], "4"), in(u, "拆迁完成率", v[4], "100"), in(u, "交地完成率", v[5], "100")}
	}
	d := Data{Rows: append(rows("甲", "24", "92", "6", "3", "81", "88"), rows("乙", "30", "95", "6", "3", "80", "87")...)}
	l, ok := FastestPoint(s, d, "甲")
	if !ok || l.Cost.Cmp(frac(4, 100)) != 0 {
		t.Fatal(l, ok)
	}
	// 30 points per 100: +1 point needs 3.34 (27.60 + 1.00); in whole percentage points 4, for 投资完成率 and 交地完成率 alike; the first by number wins.
	if l.Indicator != "投资完成率" || l.To.String() != "96" || l.Gain.String() != "1.20" {
		t.Error(l.Text)
	}
	all := Levers(s, d, "甲")
	for _, l := range all {
		r, err := WhatIf(s, d, "甲", l.Indicator, l.To)
		if err != nil {
			t.Fatal(err)
		}
		gain := FromDecimal(r.Find("甲").Total).sub(FromDecimal(Compute(s, d).Find("甲").Total))
		if gain.Cmp(FromDecimal(l.Gain)) != 0 || l.Enough != (gain.Cmp(Int(1)) >= 0) {
			t.Errorf("%s: gain %s", l.Text, gain)
		}
		if l.Enough { // one step less is not enough
			less, _ := l.To.Sub(decimal.MustNew(1, 0))
			if less.Cmp(l.From) > 0 {
				r, _ := WhatIf(s, d, "甲", l.Indicator, less)
				if FromDecimal(r.Find("甲").Total).sub(FromDecimal(Compute(s, d).Find("甲").Total)).Cmp(Int(1)) >= 0 {
					t.Errorf("%s: %s would do", l.Text, less)
				}
			}
		}
	}
	if len(all) != 6 {
		t.Errorf("%d levers", len(all))
	}
	full := Data{Rows: rows("甲", "200", "100", "7", "4", "100", "100")}
	if l, ok := FastestPoint(s, full, "甲"); ok {
		t.Error("full marks cannot rise", l.Text)
	}
	if _, err := WhatIf(s, d, "丙", "开工率", decimal.One); err == nil {
		t.Error("no such unit")
	}
	if _, err := WhatIf(s, d, "甲", "没有", decimal.One); err == nil {
		t.Error("no such indicator")
	}
	// Less is better: the lever lowers the value.
	down := mustParse(t, "id: d\nname: 逆向\nversion: \"1\"\nitems:\n  - {name: 积案, weight: 100, direction: down, method: ratio}\n")
	l, ok = FastestPoint(down, Data{Rows: []Input{in("甲", "积案", "8", "4")}}, "甲")
	if !ok || l.To.String() != "7" || l.Gain.String() != "7.14" || !strings.Contains(l.Text, "降低到 7（降低 1，相当于目标的 25%）") {
		t.Error(l.Text, ok)
	}
	// A rank item: the lever is the value that overtakes the next.
	rk := mustParse(t, "id: r\nname: 名次\nversion: \"1\"\nitems:\n  - {name: 增速, weight: 100, method: rank, params: {per_place: 5}}\n")
	l, ok = FastestPoint(rk, Data{Rows: []Input{in("甲", "增速", "7.5", ""), in("乙", "增速", "8.1", ""), in("丙", "增速", "9", "")}}, "甲")
	if !ok || l.To.String() != "8.10" || l.Gain.String() != "5.00" || !strings.Contains(l.Text, "名次由第3升到第2") {
		t.Error(l.Text, ok)
	}
}

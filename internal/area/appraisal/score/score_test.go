package score

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

func mustParse(t testing.TB, text string) *Scheme {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func some(s string) decimal.NullDecimal {
	if s == "" {
		return decimal.NullDecimal{}
	}
	return Some(decimal.MustParse(s))
}

// in is one row: unit, item, value, target.
func in(unit, item, value, target string) Input {
	return Input{Unit: unit, Item: item, Value: some(value), Target: some(target)}
}

func TestPackJiaocheng(t *testing.T) {
	s, err := Pack("jiaocheng-quarterly")
	if err != nil {
		t.Fatal(err)
	}
	d := Data{Period: "2026Q1", Rows: []Input{
		{Unit: "城南镇", Item: "任务完成", Value: some("46"), Target: some("50"), Kind: Certified, Source: "task:9"}, in("城南镇", "督查核验", "9", "10"), in("城南镇", "整改销号", "3", "4"), in("城南镇", "争先进位", "2", ""),
		{Unit: "飞鸾镇", Item: "任务完成", Value: some("55"), Target: some("50"), Kind: Reported}, in("飞鸾镇", "督查核验", "10", "10"), {Unit: "飞鸾镇", Item: "整改销号", Exempt: true, Basis: "本季无到期问题"}, in("飞鸾镇", "争先进位", "-1", ""),
	}}
	r := Compute(s, d)
	a, b := r.Find("城南镇"), r.Find("飞鸾镇")
	if a.Total.String() != "90.70" || b.Total.String() != "99.44" || b.Rank != 1 || a.Rank != 2 {
		t.Errorf("%s", r.Canonical())
	}
	if got := a.Item("任务完成").Formula; got != "得分 = 逐条（权重 × min(1, 完成值 ÷ 目标值)）按权重的平均 = (1 × [60 × min(1, 46 ÷ 50)]) ÷ 1 = 55.20" {
		t.Error(got)
	}
	if n := strings.Join(b.Item("任务完成").Notes, "；"); n != "第1条：封顶：按100%计（实际110%）；未核验：采用自报值" {
		t.Error(n)
	}
	if b.Formula != "总分 = 缺项换算 89.5 × 100 ÷ 90 = 99.44" {
		t.Error(b.Formula)
	}
	if len(r.Problems) != 0 {
		t.Error(r.Problems)
	}
	if a.Grade != "良好" || b.Grade != "良好" {
		t.Error(a.Grade, b.Grade)
	}
	if err := Verify(s.Text(), d.Canonical(), r.Canonical()); err != nil {
		t.Error(err)
	}
	bad := strings.Replace(string(r.Canonical()), "90.70", "90.80", 1)
	if err := Verify(s.Text(), d.Canonical(), []byte(bad)); err == nil || !strings.Contains(err.Error(), "封存的是") {
		t.Error(err)
	}
}

package score

import (
	"fmt"
	"strings"
	"testing"
)

// scheme builds a one-scheme YAML with the given items.
func scheme(items string, more ...string) string {
	return "id: t\nname: 测试\nversion: \"1\"\nbase: 0\n" + strings.Join(more, "\n") + "\nitems:\n" + items
}

func pack(t *testing.T, id string) *Scheme {
	t.Helper()
	s, err := Pack(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWorkedExamples recomputes every number of domain 14 that follows from what is printed.
func TestWorkedExamples(t *testing.T) {
	ev := func(unit, event, count string) Input { return Input{Unit: unit, Event: event, Count: some(count)} }
	step := "  - {name: 年度投资, weight: 25, target: 100, method: step, params: {k_up: [{to: 130, k: 0.2}, {k: 0.1}], k_down: 0.1, max_add: 10, max_deduct: 10}}\n"
	mean := "  - {name: 完成率, weight: 20, target: 100, extra: true, method: vs_mean_bands, params: {mean: target, divisors: [%s]}}\n"
	zz := "  - {name: 市定, weight: 40, target: 100, method: step, params: {k_up: 1/2, k_down: 1/2, max_add: 15, max_deduct: 15}}\n"
	gx := "  - {name: 新开工, weight: 25, method: step, params: {k_up: 0.1, k_down: 0.1, max_add: 3, max_deduct: 3}}\n" +
		"  - {name: 投资额, weight: 25, method: step, params: {k_up: 0.1, k_down: 0.1, max_add: 3, max_deduct: 3}}\n"
	gdp := `
  - name: 生产总值
    weight: 10
    method: combination
    parts:
      - {name: GDP达标, weight: 4, indicator: GDP增速, method: threshold, params: {at: 8}}
      - {name: GDP名次, weight: 6, indicator: GDP增速, method: rank, params: {delta: 0.05}, gate: GDP增速 ≥ 8}
  - {name: 财政, weight: 6, method: rank, params: {delta: 5%}}
`
	award := "  - {name: 电量, weight: 0, extra: true, method: formula, max: 800000, formula: 如果(完成值 × 0.1 ＜ 30000，0，完成值 × 0.1)}\n"
	vote := `
  - {name: 主要领导评分, weight: 600, method: vs_first}
  - {name: 分管领导排名, weight: 200, method: rank, each: mean, params: {given: true, delta: 2%}}
  - name: 民主测评
    weight: 200
    method: bands
    params:
      table:
        - {range: 90以上, points: 200}
        - {range: 80-90, points: 190}
        - {range: "[70,80)", points: 180}
        - {range: 60以上不足70, points: 170}
        - {range: 不足60, and: 否定率 < 1/3, points: 160}
        - {range: 不足60, points: 130}
`
	zb := `
  - {name: 项目进度, weight: 30, method: ratio}
  - {name: 投资, weight: 20, method: ratio}
  - {name: 产业契合度, weight: 20, method: ratio}
  - {name: 载体评分, weight: 20, method: formula, formula: 园区评分 × 70% ＋ 乡镇评分 × 30%, max: 20}
  - {name: 工作队, weight: 20, method: manual}
bonus:
  - {event: 外出招商, per: 0.5, cap: 3}
  - {event: 推介会, per: 3, max_count: 1}
`
	sheet := `
  - {name: 省外到资, weight: 0.5, method: ratio}
  - {name: 外资, weight: 0.5, method: ratio, params: {cap: none}}
  - name: 签约
    weight: 0.5
    max: 0.5
    method: combination
    parts:
      - {name: 签约个数, weight: 0.25, method: ratio, params: {cap: none}}
      - {name: 签约金额, weight: 0.25, method: ratio, params: {cap: none}}
  - {name: 逾期开工, weight: 0.5, method: count, params: {base: 0.5, per: -0.1}}
deduction:
  - {event: 弄虚作假, per: 0.2}
`
	ret := `
  - {name: 报表, weight: 100, method: count, params: {base: 100, per: 0}, off: true}
  - {name: 基础, weight: 100, method: manual}
deduction:
  - {event: 迟报, per: 0.1}
  - {event: 缺报, per: 0.5}
  - {event: 假报, per: 1}
`
	eff := `
  - name: 项目建设
    weight: 30
    method: combination
    parts:
      - {name: 甲指标, weight: 18, method: efficacy}
      - {name: 乙指标, weight: 12, method: efficacy}
  - {name: 甲系数, indicator: 甲指标, weight: 100, method: efficacy}
`
	cases := []struct {
		name   string
		scheme string // YAML, or "pack:id"
		rows   []Input
		want   map[string]string // "unit" total, "unit/item" score
	}{
		{"14.1 county", "pack:fuzhou-2016-county", []Input{in("甲", "投资计划贡献率", "24", "200"), in("甲", "投资完成率", "92", "100"), in("甲", "开工率", "6", "7"), in("甲", "竣工率", "3", "4"),
			in("甲", "拆迁完成率", "81", "100"), in("甲", "交地完成率", "88", "100")},
			map[string]string{"甲/1": "1.20", "甲/2": "27.60", "甲/3": "8.57", "甲/4": "7.50", "甲/5": "8.10", "甲/6": "26.40", "甲": "79.37"}},
		{"14.2 department", "pack:fuzhou-2016-department", []Input{in("甲", "投资计划贡献率", "12", "100"), in("甲", "投资完成率", "92", "100")}, map[string]string{"甲/1": "3.60", "甲/2": "64.40", "甲": "68.00"}},
		{"14.3 Wenzhou", "pack:wenzhou-2013-fai", []Input{
			in("A", "投资率", "62", ""), in("A", "GDP增速", "9.8", "9"), in("A", "生产性投资增速", "46", ""), in("A", "固投增速", "43", ""), in("A", "工业性投资增速", "50", "48"), in("A", "难度系数", "1.35", ""),
			in("B", "投资率", "78", ""), in("B", "GDP增速", "9", "9"), in("B", "生产性投资增速", "44", ""), in("B", "固投增速", "45", ""), in("B", "工业性投资增速", "46", "45"), in("B", "难度系数", "1.10", "")},
			map[string]string{"A": "400.00", "B": "397.53"}},
		{"14.4 +8", scheme(fmt.Sprintf(mean, "20, 40, 60")), []Input{in("甲", "完成率", "108", ""), in("乙", "完成率", "115", ""), in("丙", "完成率", "125", ""), in("丁", "完成率", "88", "")},
			map[string]string{"甲": "28.00", "乙": "32.50", "丙": "36.67", "丁": "9.00"}}, // −12: 20 − 10 − 1 = 9
		{"14.4 increment", scheme(fmt.Sprintf(mean, "60, 80, 100")), []Input{in("丙", "完成率", "125", "")}, map[string]string{"丙": "26.83"}},
		{"14.5 Yan'an", "pack:yanan-2017", []Input{in("区", "新开工项目", "1", ""), in("区", "续建项目", "2", ""), in("区", "项目年度计划", "12", ""), in("区", "项目年度计划", "6", ""), in("区", "项目年度计划", "0.8", ""),
			in("区", "产业项目", "1", ""), in("区", "民生项目", "1", ""), in("区", "功能项目", "1", ""), in("区", "项目进度", "4.8", "12"), in("区", "项目进度", "1.8", "6"), in("区", "项目进度", "0.5", "0.8"),
			ev("区", "列入省级清单", "1"), ev("区", "投运", "1"), ev("区", "集中开工", "1"), ev("区", "市级通报批评", "1")},
			map[string]string{"区/3": "33.00", "区/7": "79.50", "区": "205.50"}},
		{"14.6 step", scheme(step), []Input{in("甲", "年度投资", "88", ""), in("乙", "年度投资", "118", ""), in("丙", "年度投资", "142", ""), in("丁", "年度投资", "200", "")},
			map[string]string{"甲": "23.80", "乙": "28.60", "丙": "32.20", "丁": "35.00"}}, // 200: 25 + 6 + 7 = 38, capped at +10
		{"14.6 places and starts", scheme(places146, "variables: [应开工]"), starts146(), map[string]string{
			"u01/上半年排名": "7.00", "u03/上半年排名": "7.00", "u04/上半年排名": "5.00", "u07/上半年排名": "3.00", "u10/上半年排名": "3.00", "u11/上半年排名": "0.00",
			"u01/开工": "10.00", "u02/开工": "3.00", "u01/开工率": "7.00", "u02/开工率": "4.00", "u03/开工率": "2.00", "u04/开工率": "5.00", "u05/开工率": "3.00", "u01/未按时入库": "-6.00"}},
		{"14.10 2026 with growth", scheme("  - {name: 电量, weight: 0, extra: true, method: formula, max: 800000, gate: 增速 ≥ 6, formula: 如果(完成值 × 0.1 ＜ 30000，0，完成值 × 0.1)}\n", "variables: [增速]"),
			[]Input{in("甲", "电量", "1200000", ""), in("甲", "增速", "6", ""), in("乙", "电量", "1200000", ""), in("乙", "增速", "5.9", "")}, map[string]string{"甲": "120000.00", "乙": "0.00"}},
		{"14.18 from 100", scheme("  - {name: 督查反馈, weight: 100, method: count, params: {base: 100, per: -1}}\n"), []Input{in("甲", "督查反馈", "10", ""), in("甲", "督查反馈", "5", ""), in("甲", "督查反馈", "20", "")}, map[string]string{"甲": "65.00"}},
		{"negative completion", scheme("  - {name: 利润, weight: 30, method: ratio}\n"), []Input{in("甲", "利润", "-5", "100")}, map[string]string{"甲": "0.00"}},
		{"14.7 efficacy", scheme(eff), []Input{in("A", "甲指标", "12.4", ""), in("B", "甲指标", "9.1", ""), in("C", "甲指标", "7.6", ""), in("D", "甲指标", "5.0", ""), in("E", "甲指标", "2.2", ""),
			in("A", "乙指标", "3.0", ""), in("B", "乙指标", "6.5", ""), in("C", "乙指标", "0.8", ""), in("D", "乙指标", "2", ""), in("E", "乙指标", "1", "")},
			map[string]string{"A/甲系数": "100.00", "B/甲系数": "87.06", "C/甲系数": "81.18", "D/甲系数": "70.98", "E/甲系数": "60.00", "A/项目建设": "27.05", "B/项目建设": "27.67"}},
		{"14.8 monthly", scheme(gdp), []Input{in("甲", "GDP增速", "9", ""), in("乙", "GDP增速", "8", ""), in("丙", "GDP增速", "7.9", ""), in("丁", "GDP增速", "8.5", ""), in("甲", "财政", "9", ""), in("乙", "财政", "8", ""), in("丙", "财政", "7", ""), in("丁", "财政", "6", "")},
			map[string]string{"甲/财政": "6.00", "乙/财政": "5.70", "丙/财政": "5.40", "丁/财政": "5.10", "甲/生产总值": "10.00", "丁/生产总值": "9.70", "乙/生产总值": "9.40", "丙/生产总值": "0.00"}},
		{"14.9 level", "pack:jinwu-zhengshi", []Input{{Unit: "甲村", Group: "村", Item: "经营性收入", Value: some("5")}, {Unit: "乙村", Group: "村", Item: "经营性收入", Value: some("4.99")}}, map[string]string{"甲村/3": "50.00", "乙村/3": "30.00"}},
		{"14.10 award", scheme(award), []Input{in("甲", "电量", "250000", ""), in("乙", "电量", "1200000", ""), in("丙", "电量", "9000000", "")}, map[string]string{"甲": "0.00", "乙": "120000.00", "丙": "800000.00"}},
		{"14.11 twelve places", scheme("  - {name: 名次, weight: 30, method: rank, over: mean, params: {given: true, delta: 0.05}}\n", "period: year"), twelve("1,3,2,1,4,2,2,1,3,1,2,2"), map[string]string{"甲": "28.50"}},
		{"14.12 Ruian", scheme(vote, "variables: [否定率]"), []Input{in("甲", "主要领导评分", "872", ""), in("乙", "主要领导评分", "931", ""), in("甲", "分管领导排名", "2", ""), in("甲", "分管领导排名", "4", ""), in("甲", "分管领导排名", "3", ""), in("甲", "分管领导排名", "6", ""), in("甲", "民主测评", "84", "")},
			map[string]string{"甲/主要领导评分": "561.98", "甲/分管领导排名": "189.00", "甲/民主测评": "190.00", "甲": "940.98"}},
		{"13.7 second condition", scheme(vote, "variables: [否定率]"), []Input{in("甲", "民主测评", "59", ""), in("甲", "否定率", "0.3", ""), in("乙", "民主测评", "59.99", ""), in("乙", "否定率", "0.34", ""), in("丙", "民主测评", "60", ""), in("丁", "民主测评", "90", "")},
			map[string]string{"甲/民主测评": "160.00", "乙/民主测评": "130.00", "丙/民主测评": "170.00", "丁/民主测评": "200.00"}},
		{"14.14 task force", scheme(zb, "variables: [园区评分, 乡镇评分]"), []Input{in("甲", "项目进度", "5", "6"), in("甲", "投资", "1.8", "2.4"), in("甲", "产业契合度", "4", "5"), in("甲", "园区评分", "13", ""), in("甲", "乡镇评分", "12", ""), in("甲", "工作队", "13.5", ""), ev("甲", "外出招商", "8"), ev("甲", "推介会", "1")},
			map[string]string{"甲/项目进度": "25.00", "甲/投资": "15.00", "甲/产业契合度": "16.00", "甲/载体评分": "12.70", "甲/外出招商": "3.00", "甲": "88.20"}},
		{"14.15 mixed caps", scheme(sheet), []Input{in("甲", "省外到资", "96", "100"), in("甲", "外资", "120", "100"), in("甲", "签约个数", "28", "27"), in("甲", "签约金额", "177.7", "54"), in("甲", "逾期开工", "1", ""), ev("甲", "弄虚作假", "1")},
			map[string]string{"甲/省外到资": "0.48", "甲/外资": "0.60", "甲/签约": "0.50", "甲/逾期开工": "0.40", "甲/弄虚作假": "-0.20"}},
		{"14.15 signing uncapped", scheme(strings.Replace(sheet, "    max: 0.5\n", "", 1)), []Input{in("甲", "签约个数", "28", "27"), in("甲", "签约金额", "177.7", "54")}, map[string]string{"甲/签约": "1.08"}},
		{"14.16 Zaozhuang", scheme(zz), []Input{in("甲", "市定", "113", ""), in("乙", "市定", "91", ""), in("丙", "市定", "150", "")}, map[string]string{"甲": "46.50", "乙": "35.50", "丙": "55.00"}},
		{"14.16 Guangxi", scheme(gx), []Input{in("甲", "新开工", "45", "10"), in("甲", "投资额", "20", "22")}, map[string]string{"甲/新开工": "28.00", "甲/投资额": "24.80"}},
		{"14.17 Yongding", scheme("  - {name: 房屋征拆, weight: 60, method: ratio}\n  - {name: 土地征收, weight: 40, method: ratio}\n"), []Input{in("甲", "房屋征拆", "3", "4"), in("甲", "土地征收", "9", "10")}, map[string]string{"甲/房屋征拆": "45.00", "甲/土地征收": "36.00", "甲": "81.00"}},
		{"14.18 returns", scheme(ret), []Input{in("甲", "基础", "100", ""), ev("甲", "迟报", "2"), ev("甲", "缺报", "1"), ev("甲", "假报", "1")}, map[string]string{"甲/迟报": "-0.20", "甲/缺报": "-0.50", "甲/假报": "-1.00", "甲": "98.30"}},
		{"penggai June", "pack:penggai-nodes", []Input{{Unit: "甲", Item: "开工率", Period: "2018-07", Value: some("40")}, {Unit: "甲", Item: "基本建成率", Period: "2018-07", Value: some("60")}, {Unit: "甲", Item: "资金拨付超期天数", Period: "2018-07", Value: some("5")}},
			map[string]string{"甲/1": "40.00", "甲/2": "40.00", "甲/3": "7.00", "甲": "87.00"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var s *Scheme
			if id, ok := strings.CutPrefix(c.scheme, "pack:"); ok {
				s = pack(t, id)
			} else {
				s = mustParse(t, c.scheme)
			}
			r := Compute(s, Data{Rows: c.rows})
			for _, k := range sortedKeys(c.want) {
				unit, item, one := strings.Cut(k, "/")
				u := r.Find(unit)
				if u == nil {
					t.Fatalf("no unit %s", unit)
				}
				if !one {
					if u.Total.String() != c.want[k] {
						t.Errorf("%s total %s, want %s\n%s", unit, u.Total, c.want[k], u.Formula)
					}
					continue
				}
				it := u.Item(item)
				if it == nil {
					t.Fatalf("%s: no item %s", unit, item)
				}
				if it.Score.String() != c.want[k] {
					t.Errorf("%s %s, want %s\n%s %v", k, it.Score, c.want[k], it.Formula, it.Notes)
				}
			}
		})
	}
}

// places146 is the rest of the 2020 award table: places in bands of three, starts with a cap, the start rate by number of projects due.
const places146 = `
  - {name: 上半年排名, weight: 7, method: rank, params: {places: [7, 7, 7, 5, 5, 5, 3, 3, 3, 3]}}
  - {name: 开工, weight: 10, method: count, params: {per: 1}, max: 10}
  - {name: 开工率, weight: 7, method: formula, max: 7, formula: 如果(应开工 = 0，2，5 ＋ 限幅((完成值 － 如果(应开工 ≤ 5，80，70)) ÷ 10，－2，2))}
deduction: [{event: 未按时入库, per: 3, floor: -30}]
`

func starts146() []Input {
	var out []Input
	for u := range 11 {
		out = append(out, in(fmt.Sprintf("u%02d", u+1), "上半年排名", fmt.Sprint(100-u), ""))
	}
	for i, r := range [][2]string{{"100", "5"}, {"60", "6"}, {"0", "0"}, {"80", "5"}, {"50", "6"}} {
		u := fmt.Sprintf("u%02d", i+1)
		out = append(out, in(u, "开工率", r[0], ""), in(u, "应开工", r[1], ""))
	}
	return append(out, in("u01", "开工", "12", ""), in("u02", "开工", "3", ""), Input{Unit: "u01", Event: "未按时入库", Count: some("2")})
}

// TestYearWeights: the quarters weigh differently, and a unit without the first quarter is rescaled on those it has.
func TestYearWeights(t *testing.T) {
	s := mustParse(t, "id: w\nname: 加权\nversion: \"1\"\nitems:\n  - {name: 综合得分, weight: 100, method: manual}\naggregate:\n  year: [{of: quarter, fn: weights, weights: [0.1, 0.2, 0.3, 0.4], w: 1}]\n")
	y := YearInput{Period: "2019"}
	for i, v := range []string{"80", "85", "90", "95"} {
		rows := []Input{in("甲", "综合得分", v, "")}
		if i > 0 {
			rows = append(rows, in("乙", "综合得分", v, ""))
		}
		y.Quarters = append(y.Quarters, Compute(s, Data{Period: fmt.Sprintf("2019Q%d", i+1), Rows: rows}))
	}
	r := Aggregate(s, y)
	total(t, r, "甲", "90.00") // 8 + 17 + 27 + 38
	total(t, r, "乙", "91.11") // 82 ÷ 0.9
	if r.Find("乙").Rank != 1 {
		t.Error("rank")
	}
}

func twelve(places string) []Input {
	var out []Input
	for i, p := range strings.Split(places, ",") {
		out = append(out, Input{Unit: "甲", Item: "名次", Period: fmt.Sprintf("2013-%02d", i+1), Value: some(p)})
	}
	return out
}

// TestYear6040 is domain 14.13: 88.875 × 0.6 + 84 × 0.4 = 86.925, half up 86.93.
func TestYear6040(t *testing.T) {
	s := pack(t, "zhengqian-60-40")
	var y YearInput
	y.Period = "2019"
	for i, v := range []string{"86", "91", "88.5", "90"} {
		y.Quarters = append(y.Quarters, Compute(s, Data{Period: fmt.Sprintf("2019Q%d", i+1), Rows: []Input{in("甲镇", "综合得分", v, "")}}))
	}
	end := Compute(s, Data{Period: "2019", Rows: []Input{in("甲镇", "综合得分", "84", "")}})
	y.YearEnd = &end
	u := Aggregate(s, y).Find("甲镇")
	if u.Total.String() != "86.93" || u.Formula != "总分 = (86.00 ＋ 91.00 ＋ 88.50 ＋ 90.00) ÷ 4 × 0.6 ＋ 84.00 × 0.4 = 86.93" {
		t.Error(u.Total, u.Formula)
	}
	for mode, want := range map[string]string{"half_even": "86.92", "down": "86.92"} {
		m := mustParse(t, strings.Replace(string(s.Text()), "half_up", mode, 1))
		if got := Aggregate(m, y).Find("甲镇").Total.String(); got != want {
			t.Error(mode, got)
		}
	}
	// The order of the quarters does not matter, and the sealed form reads back to the same.
	y2 := y
	y2.Quarters = []Result{y.Quarters[3], y.Quarters[0], y.Quarters[2], y.Quarters[1]}
	back, err := ParseYearInput(y2.Canonical())
	if err != nil || string(Aggregate(s, back).Canonical()) != string(Aggregate(s, y).Canonical()) {
		t.Error("sealed year differs", err)
	}
	sealed := Aggregate(s, y).Canonical()
	if err := VerifyYear(s.Text(), y.Canonical(), sealed); err != nil {
		t.Error(err)
	}
	if err := VerifyYear(s.Text(), y.Canonical(), []byte(strings.Replace(string(sealed), "86.93", "86.94", 1))); err == nil {
		t.Error("a changed year verifies")
	}
	// A unit that came in the third quarter is scored on its full periods.
	y.Quarters[2].Groups[0].Rows = append(y.Quarters[2].Groups[0].Rows, UnitResult{Unit: "新镇", Total: some("80").Decimal, Rank: 2})
	y.Quarters[2].restore()
	u = Aggregate(s, y).Find("新镇")
	if u.Total.String() != "80.00" || len(u.Notes) == 0 {
		t.Error(u.Total, u.Notes)
	}
}

// TestMonthlyBonus is the year-end bonus of domain 14.8: by monthly place, behind a gate.
func TestMonthlyBonus(t *testing.T) {
	s := mustParse(t, `
id: m
name: 月评
version: "1"
period: month
base: 100
variables: [GDP, FAI, 财政八项]
items:
  - {name: 综合, weight: 100, method: manual}
aggregate:
  year: [{of: month, fn: mean, w: 1}]
  monthly_bonus: [0.5, 0.3, 0.1]
  gate: GDP ≥ 8 且 FAI ≥ 8 且 财政八项 ≥ 10
`)
	y := YearInput{Period: "2020"}
	for m := 1; m <= 2; m++ {
		y.Months = append(y.Months, Compute(s, Data{Period: fmt.Sprintf("2020-%02d", m), Rows: []Input{in("甲", "综合", "90", ""), in("乙", "综合", "85", ""), in("丙", "综合", "80", "")}}))
	}
	for _, u := range []string{"甲", "乙", "丙"} {
		fai := "8"
		if u == "乙" {
			fai = "7.99"
		}
		y.Data.Rows = append(y.Data.Rows, in(u, "GDP", "8", ""), in(u, "FAI", fai, ""), in(u, "财政八项", "10", ""))
	}
	r := Aggregate(s, y)
	for u, want := range map[string]string{"甲": "91.00", "乙": "85.00", "丙": "80.20"} {
		if got := r.Find(u); got.Total.String() != want {
			t.Error(u, got.Total, got.Formula)
		}
	}
	if f := r.Find("乙").Item("YB").Formula; f != "得分 = 各月名次加分 = 0.3 ＋ 0.3 = 0.6，按规定计 0.00" {
		t.Error(f)
	}
}

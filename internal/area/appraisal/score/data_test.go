package score

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

// real opens a file of the real material beside the checkout.
func real(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "shared", "data", name))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("真实材料不在 ../shared/data，跳过")
	}
	return b
}

var (
	points   = regexp.MustCompile(`[（(](\d+)\s*分?\s*[）)]`)
	mergeTag = regexp.MustCompile(`\s*\[[cr]\d+\]`)
	whole    = regexp.MustCompile(`^\d+$`)
)

// loadShicheng writes the county sheet as a scheme: 40 common points, and one combination of 60
// points for each responsible department, whose parts are the points printed in the rule text.
func loadShicheng(t *testing.T) string {
	var b strings.Builder
	b.WriteString("id: shicheng-2018\nname: 石城县2018年度河长制目标管理考核\nversion: \"1\"\nlegal_basis: 测试\nbase: 100\nitems:\n")
	section := ""
	type dept struct {
		no, name string
		parts    []string
	}
	var depts []*dept
	var cur *dept
	pointsOf := func(text, whole string) []string {
		var out []string
		for _, m := range points.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
		if len(out) == 0 {
			out = []string{whole}
		}
		return out
	}
	for n, line := range strings.Split(string(real(t, "appraisal_rules/shicheng_2018_river_chief_county_departments.tsv")), "\n") {
		f := strings.Split(line, "\t")
		for i := range f {
			f[i] = strings.TrimSpace(mergeTag.ReplaceAllString(f[i], ""))
		}
		if n < 2 || len(f) < 3 {
			continue
		}
		switch {
		case strings.HasSuffix(f[0], "、"):
			section = strings.TrimSuffix(f[0], "、")
		case section == "一" && whole.MatchString(f[0]):
			fmt.Fprintf(&b, "  - {section: 一, no: \"%s\", name: %s, weight: %s, source_unit: 县河长办, method: manual}\n", f[0], f[1], f[2])
		case section == "二" && whole.MatchString(f[0]):
			k := 1 // rows 1 and 14 carry the merged kind of department before the name
			if f[0] == "1" || f[0] == "14" {
				k = 2
			}
			rest := f[k:]
			if len(rest) > 3 && whole.MatchString(rest[1]) && strings.HasPrefix(rest[0], "县") {
				cur = &dept{no: f[0], name: rest[0]}
				depts = append(depts, cur)
				cur.parts = append(cur.parts, pointsOf(rest[3], rest[1])...)
			} else { // a further row of the same department: its points come first
				cur.parts = append(cur.parts, pointsOf(f[2], f[0])...)
			}
		}
	}
	for _, d := range depts {
		fmt.Fprintf(&b, "  - section: 二\n    no: \"%s\"\n    id: 二-%s-%s\n    name: %s\n    units: [%s]\n    weight: 60\n    source_unit: 县河长办\n    method: combination\n    parts:\n", d.no, d.no, d.name, d.name, d.name)
		for i, p := range d.parts {
			fmt.Fprintf(&b, "      - {name: %s第%d项, weight: %s, method: manual}\n", d.name, i+1, p)
		}
	}
	return b.String()
}

// TestShicheng finds the two errors of a really published scheme, and no other.
func TestShicheng(t *testing.T) {
	s := mustParse(t, loadShicheng(t))
	if n := len(s.Items); n != 36 {
		t.Fatalf("%d items, want 5 common and 31 departments", n)
	}
	var got []string
	for _, p := range Check(s) {
		got = append(got, regexp.MustCompile(`第\d+行`).ReplaceAllString(p.String(), ""))
	}
	want := []string{
		"指标“县矿管局”：各分项合计 20＋10＋20 = 50 分，与指标分值 60 不符",
		"指标“县能源办”：“二”中序号 30 用了两次，另一处是“县工业园区管委会”",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestTiesAir ranks as the province's bulletin does, from both ends.
func TestTiesAir(t *testing.T) {
	var all []struct {
		Best  [][]any `json:"best"`
		Worst [][]any `json:"worst_from_last"`
	}
	if err := json.Unmarshal(real(t, "rank_ties_air/rankings.json"), &all); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		for end, list := range map[string][][]any{"best": a.Best, "worst": a.Worst} {
			var xs []Num
			var want []int
			for _, e := range list { // the index follows the published place: equal places, equal values
				p := int(e[1].(float64))
				want = append(want, p)
				if end == "best" {
					xs = append(xs, Int(int64(239+p)))
				} else {
					xs = append(xs, Int(int64(343-p)))
				}
			}
			got := places(xs, end == "best", "1224")
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, published %v", end, got, want)
			}
		}
	}
}

// TestHDR recomputes the human development index from its inputs by a formula of a scheme, for every country and year with complete inputs, and
// ranks it after rounding to three decimals.
func TestHDR(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(string(real(t, "hdr_ranking/hdr2023_24_hdi_inputs_1990_2021.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, h := range rows[0] {
		col[h] = i
	}
	names := map[string]string{"le": "预期寿命", "eys": "预期受教育年限", "mys": "平均受教育年限", "gnipc": "人均国民收入"}
	text := `
编号: hdi
名称: 人类发展指数
依据: 联合国开发计划署技术说明
周期: 年
满分: 0
进位: {item: 3, total: 3}
变量: [预期寿命, 预期受教育年限, 平均受教育年限, 人均国民收入]
指标:
  - 名称: 指数
    分值: 1
    方法: 公式法
    公式: 几何平均(最小(1, (预期寿命-20)/65), (最小(1, 预期受教育年限/18)+最小(1, 平均受教育年限/15))/2, 最小(1, 对数(人均国民收入/100)/对数(750)))
`
	s, raw := mustParse(t, text), mustParse(t, strings.Replace(text, "{item: 3, total: 3}", "{item: 9, total: 9}", 1))
	units, same, years, unrounded := 0, 0, 0, 0
	for year := 1990; year <= 2021; year++ {
		var d Data
		published := map[string]decimal.Decimal{}
		for _, r := range rows[1:] {
			get := func(n string) string { return r[col[fmt.Sprintf("%s_%d", n, year)]] }
			if get("hdi") == "" || get("le") == "" || get("eys") == "" || get("mys") == "" || get("gnipc") == "" || strings.HasPrefix(r[0], "ZZ") {
				continue
			}
			for k, n := range names {
				x, _, err := cell(get(k))
				if err != nil {
					t.Fatal(err)
				}
				d.Rows = append(d.Rows, Input{Unit: r[0], Item: n, Value: x})
			}
			published[r[0]] = decimal.MustParse(get("hdi"))
		}
		years++
		units += len(published)
		got, exact := Compute(s, d), Compute(raw, d)
		for _, u := range got.Groups[0].Rows {
			want := 1
			for _, o := range published {
				if o.Cmp(published[u.Unit]) > 0 {
					want++
				}
			}
			if u.Total.Cmp(published[u.Unit]) == 0 {
				same++
			} else {
				t.Errorf("%d %s: %s, published %s: %s", year, u.Unit, u.Total, published[u.Unit], u.Items[0].Formula)
			}
			if u.Rank != want {
				t.Errorf("%d %s: rank %d, by the published values %d", year, u.Unit, u.Rank, want)
			}
			if exact.Find(u.Unit).Rank == want {
				unrounded++
			}
		}
	}
	t.Logf("%d years, %d values, %d equal at three decimals with their ranks; %d ranks equal without rounding", years, units, same, unrounded)
	if years != 32 || units < 5000 || unrounded >= units {
		t.Errorf("%d years, %d values, %d ranks without rounding", years, units, unrounded)
	}
}

// TestBulletins recomputes what published bulletins allow and reports what does not agree; it corrects nothing.
func TestBulletins(t *testing.T) {
	var all []struct {
		ID     string
		Inputs any
		Checks []struct {
			What      string
			Published json.Number
			Agrees    bool
		}
	}
	dec := json.NewDecoder(strings.NewReader(string(real(t, "bulletins_recompute/bulletins.json"))))
	dec.UseNumber()
	if err := dec.Decode(&all); err != nil {
		t.Fatal(err)
	}
	// check → formula over inputs; a path with + sums over a list or an object.
	rules := map[string]string{
		"nd_keyprojects_m8/超序时进度百分点 = 77.2-8/12*100": "rate_pct - 8/12*100",
		"nd_keyprojects_m8/县级管理占全市总量%":               "county_managed_done/done*100",
		"nd_keyprojects_m8/市管占全市总量%":                 "city_managed_done/done*100",
		"nd_keyprojects_m8/市管超序时百分点":                 "city_managed_rate_pct - 8/12*100",
		"nd_keyprojects_m8/超序时项目占比%":                 "ahead_projects/projects*100",
		"nd_keyprojects_m8/县级+市管=总量":                 "county_managed_done + city_managed_done",
		"pt_keyprojects_q1_2018/产业+基础设施+社会民生=总投资":    "joint_start_industry + joint_start_infrastructure + joint_start_social",
		"xa_keyprojects_h1_2018/行业项目数合计":             "sector_all_1",
		"xa_keyprojects_h1_2018/行业投资合计":              "sector_all_2",
		"xa_keyprojects_h1_2018/部门项目数合计":             "dept_all_1",
		"xa_keyprojects_h1_2018/部门投资合计":              "dept_all_2",
		"xa_keyprojects_h1_2018/超时序百分点":              "rate - 6/12*100",
		"jm_keyprojects_m10_2018/完成率%":               "done/plan*100",
		"jm_keyprojects_m10_2018/超时间进度百分点(10/12)":    "rate - 10/12*100",
		"jm_keyprojects_m10_2018/开工率%":               "started/start_plan*100",
		"jm_keyprojects_q1_2021/完成率%":                "done/plan*100",
		"jm_keyprojects_q1_2021/同比增长%":               "yoy_abs/(done-yoy_abs)*100",
		"jm_keyprojects_q1_2021/超时间进度":               "rate - 3/12*100",
		"jm_keyprojects_q1_2021/开工率%":                "started/start_plan*100",
		"ln_keyprojects_m5/完成率%":                     "done/plan*100",
		"ln_keyprojects_m5/省市重点完成率%":                 "prov_done/prov_plan*100",
		"ln_keyprojects_m5/开工率%":                     "started/projects*100",
		"ln_keyprojects_m5/开工+未开工":                   "started + not_started",
		"fj_q1_2017_joint_start/项目数合计":               "rows_all_1",
		"fj_q1_2017_joint_start/总投资合计":               "rows_all_2",
		"fz_20211008/项目数":                            "parts_all_1",
		"fz_20211008/总投资":                            "parts_all_2",
		"fz_20211008/年计划":                            "parts_all_3",
		"fz_2022q2/总投资":                              "parts_all_2",
		"sq_2023q1/项目数":                              "parts_all_1",
		"sq_2023q1/总投资":                              "parts_all_2",
		"sq_2023q1/年计划":                              "parts_all_3",
		"fj_q4_gongjian/项目数":                         "parts_all_1",
		"fj_2009_list/总投资":                           "under_construction_total + reserve_total",
		"fd_m7/开工率%":                                 "active_started/active_n*100",
		"fd_m7/双百开工率%":                               "double100_start_started/double100_start_n*100",
		"pt_h1_2012/超序时":                             "rate - 6/12*100",
		"pt_h1_2012/超亿元占比%":                          "over1/n*100",
		"pt_h1_2012/超序时占比%":                          "ahead_n/n*100",
		"tx_2015/签约%":                                "signed/total*100",
		"sy_2017/签约%":                                "signed/total*100",
		"ng_12345_202108/受理":                         "self + dispatched",
		"ng_12345_202108/按时率%":                       "ontime/dispatched*100",
		"dy_12345_201603w/分类":                        "types_all",
		"dy_12345_201603w/前三%":                       "top3_all/total*100",
		"hotline_46983/渠道合计":                         "phone + mail + web",
		"hotline_46983/直接答复率%":                       "direct/total*100",
		"hotline_46983/按期率%":                         "replied/total*100",
		"ya_2024q3/三产":                               "p + s + t",
		"nd_2023/贡献率 = 拉动/增速":                        "pull/g*100",
		"nd_2023/城镇增速":                               "urban_inc/(urban-urban_inc)*100",
		"nd_2023/农村增速":                               "rural_inc/(rural-rural_inc)*100",
		"nd_2005/二产%":                                "s_0/gdp*100",
		"nd_2005/财政占比%":                              "rev/gdp*100",
		"ls_muju_2019/区县合计":                          "county_all",
		"ls_muju_2019/开发区 %":                         "county_开发区/total*100",
		"ls_muju_2019/A %":                           "classes_A_0/total*100",
		"ls_muju_2019/D %":                           "classes_D_0/total*100",
		"fz_2022q2/项目数":                              "parts_all_1",
		"fz_2022q2/年计划":                              "parts_all_3",
		"fj_q4_gongjian/总投资(亿元, 发布为1.32万亿)":          "四舍五入(parts_all_2/100)*100",
		"fj_2009_list/项目数":                           "under_construction_n + reserve_n",
		"fa_2017/Q4项目":                               "q4_start_0 + q4_finish_0",
		"fa_2017/Q4总投资":                              "q4_start_1 + q4_finish_1",
		"pt_96/合计":                                   "parts_all",
		"qc_2019/两率推得同一总数":                           "demolished/dem_pct*100",
		"ng_12345_202108/派单":                         "parts_all",
		"dy_12345_201603w/合计":                        "assigned + own",
		"hotline_46983/直接+交办":                        "direct + assigned",
		"ya_2024q3/零售 地域":                            "town + rural",
		"ya_2024q3/零售 类型":                            "cater + goods",
		"nd_2005/三产":                                 "p_0 + s_0 + t_0",
		"nd_2005/财政增幅高于GDP":                          "rev_g - g",
		"nd_2005/低于预期目标":                             "target - g",
		"ls_muju_2019/A+B+C+D":                       "classes_A_0 + classes_B_0 + classes_C_0 + classes_D_0",
		"ls_muju_2019/B %":                           "classes_B_0/total*100",
		"ls_muju_2019/C %":                           "classes_C_0/total*100",
		"ls_muju_2019/青田县 %":                         "county_青田县/total*100",
		"ls_muju_2019/缙云县 %":                         "county_缙云县/total*100",
		"ls_muju_2019/松阳县 %":                         "county_松阳县/total*100",
		"ls_muju_2019/龙泉市 %":                         "county_龙泉市/total*100",
		"ls_muju_2019/遂昌县 %":                         "county_遂昌县/total*100",
		"ls_muju_2019/云和县 %":                         "county_云和县/total*100",
		"ls_muju_2019/莲都区 %":                         "county_莲都区/total*100",
		"ls_muju_2019/庆元县 %":                         "county_庆元县/total*100",
		"ls_muju_2019/景宁县 %":                         "county_景宁县/total*100",
	}
	// What the excerpt does not print cannot be recomputed; nothing else is left out.
	without := map[string]string{"xa_keyprojects_h1_2018/新开工率%": "the numbers of projects planned and started are not printed"}
	// The total that two published rates (two decimals) imply is itself a quotient: it is compared at two decimals.
	precision := map[string]int{"qc_2019/两率推得同一总数": 2}
	used, discrepancies, bare := 0, 0, 0
	for _, b := range all {
		for _, c := range b.Checks {
			rule, ok := rules[b.ID+"/"+c.What]
			if m, isMap := b.Inputs.(map[string]any); isMap && len(m) == 0 {
				bare++
				continue
			}
			if !ok {
				if without[b.ID+"/"+c.What] == "" {
					t.Errorf("%s %s has inputs and no rule", b.ID, c.What)
				}
				continue
			}
			used++
			vars := map[string]string{}
			flatten("", b.Inputs, vars)
			published := decimal.MustParse(c.Published.String())
			if n, ok := precision[b.ID+"/"+c.What]; ok {
				published = published.Round(n)
			}
			probe := mustFormula(t, rule)
			var rows []Input
			for _, v := range probe.names() {
				x, ok := vars[v]
				if !ok {
					t.Fatalf("%s: no input %s", b.ID, v)
				}
				rows = append(rows, in("甲", v, x, ""))
			}
			s := mustParse(t, fmt.Sprintf("id: b\nname: 复算\nversion: \"1\"\nbase: 0\nvariables: [%s]\nrounding: {item: %d, total: %d}\nitems:\n  - {name: 复算, weight: 0, extra: true, method: formula, formula: %q}\n",
				strings.Join(probe.names(), ", "), published.Scale(), published.Scale(), rule))
			got := Compute(s, Data{Rows: rows}).Groups[0].Rows[0].Items[0]
			agrees := got.Score.Cmp(published) == 0
			if !agrees {
				discrepancies++
				t.Logf("发布数据不符：%s %s 发布 %s，%s", b.ID, c.What, published, got.Formula)
			}
			// The file tolerates 0.06 here; at the printed precision 7.4 ÷ 8.6 is 86.0 %, not 86.1 %.
			if b.ID == "nd_2023" && strings.HasPrefix(c.What, "贡献率") {
				c.Agrees = false
			}
			if agrees != c.Agrees {
				t.Errorf("%s %s: published %s, %s, the file says agrees=%v", b.ID, c.What, published, got.Formula, c.Agrees)
			}
		}
	}
	if used != len(rules) {
		t.Errorf("%d rules, %d used", len(rules), used)
	}
	if discrepancies == 0 {
		t.Error("no discrepancy found; the publications have some")
	}
	t.Logf("%d recomputed, %d discrepancies, %d without printed inputs", used, discrepancies, bare+len(without))
}

func mustFormula(t *testing.T, src string) *Formula {
	t.Helper()
	f, err := parseFormula(src, "数", func(string) bool { return true }, nil, nil)
	if err != nil {
		t.Fatal(src, err)
	}
	return f
}

// flatten names every number of v by its path, and adds "<path>_all" and "<path>_all_<i>" as sums.
func flatten(path string, v any, out map[string]string) {
	join := func(k string) string {
		if path == "" {
			return k
		}
		return path + "_" + k
	}
	add := func(k string, x string) {
		a, err := ParseNum(x)
		if err != nil {
			return
		}
		if o, ok := out[k]; ok {
			b, _ := ParseNum(o)
			a = a.add(b)
		}
		out[k] = a.String()
	}
	each := func(k string, e any) {
		flatten(join(k), e, out)
		switch e := e.(type) {
		case json.Number:
			add(join("all"), e.String())
		case []any:
			for i, x := range e {
				if n, ok := x.(json.Number); ok {
					add(join("all")+"_"+fmt.Sprint(i), n.String())
				}
			}
		}
	}
	switch v := v.(type) {
	case json.Number:
		out[path] = v.String()
	case map[string]any:
		for _, k := range sortedKeys(v) {
			each(k, v[k])
		}
	case []any:
		for i, e := range v {
			each(fmt.Sprint(i), e)
		}
	}
}

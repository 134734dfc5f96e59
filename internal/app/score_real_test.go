package app

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// material reads a file of the real material beside the checkout.
func material(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", name))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("真实材料不在 ../shared/data，跳过")
	}
	return b
}

func records(t *testing.T, b []byte, comma rune) (head map[string]int, rows [][]string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head = map[string]int{}
	for i, h := range all[0] {
		head[h] = i
	}
	return head, all[1:]
}

// play scores a scheme on data as they are published and returns the sheet.
func play(t *testing.T, scheme string, data []byte, name string) scored {
	t.Helper()
	code, stdout, stderr := scoreFiles(t, []byte(scheme), data, name, "json")
	var out scored
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != 0 {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	return out
}

func ratOf(t *testing.T, s string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return r
}

// TestScoreProvinces gives the 31 provinces the published ranks and scores of a composite index: min-max of ten indicators as published, by the
// published weights (four decimals, so a score may differ by a hundredth), the index rescaled from 0 to 100.
func TestScoreProvinces(t *testing.T) {
	weights, ws := records(t, material(t, "province_economy_nbs/weights.csv"), ',')
	published, ps := records(t, material(t, "province_economy_nbs/scores.csv"), ',')
	var b strings.Builder
	b.WriteString("id: p\nname: 省域经济\nlegal_basis: 国家统计局\nperiod: year\nbase: 0\nrounding: {item: 6, total: 6}\nitems:\n")
	for _, w := range ws {
		n := w[weights["indicator"]]
		more := map[string]string{"unemployment": ", direction: 逆指标", "cpi": ", direction: 逆指标, corrections: [{expr: 绝对值(完成值-100)-完成值}]"}[n]
		fmt.Fprintf(&b, "  - {name: %s, weight: %s, method: efficacy, d_min: 0, d_span: 100%s}\n", n, w[weights["weight"]], more)
	}
	out := play(t, b.String(), material(t, "province_economy_nbs/indicators_2023.csv"), "d.csv")
	rows := out.Groups[0].Rows
	hi, lo := ratOf(t, string(rows[0].Total)), ratOf(t, string(rows[len(rows)-1].Total))
	at := map[string]int{}
	for i, r := range rows {
		at[r.Unit] = i
	}
	if len(ps) != 31 || len(rows) != 31 {
		t.Fatal(len(ps), len(rows))
	}
	for _, p := range ps {
		r := rows[at[p[published["province"]]]]
		x := new(big.Rat).Sub(ratOf(t, string(r.Total)), lo)
		x.Quo(x, new(big.Rat).Sub(hi, lo)).Mul(x, big.NewRat(100, 1))
		gap := x.Sub(x, ratOf(t, p[published["score"]]))
		if gap.Abs(gap).Cmp(big.NewRat(2, 100)) > 0 || fmt.Sprint(r.Rank) != p[published["rank"]] {
			t.Errorf("%s: rank %d, published %s; score differs by %s", r.Unit, r.Rank, p[published["rank"]], gap.FloatString(4))
		}
	}
}

// TestScoreASEM gives 51 countries the published index and ranks of 49 treated indicators in eight groups of two halves: each level is a mean.
func TestScoreASEM(t *testing.T) {
	meta, ms := records(t, material(t, "composite_asem_coinr/coinr_1.1.14/IndMeta.csv"), ',')
	results, rs := records(t, material(t, "composite_asem_coinr/coinr_1.1.14/results_full.csv"), ',')
	ranks, ks := records(t, material(t, "composite_asem_coinr/coinr_1.1.14/ranks_full.csv"), ',')
	parent := map[string]string{}
	children := map[string]int64{}
	down := map[string]bool{}
	var leaves []string
	for _, m := range ms {
		if m[meta["Type"]] != "Indicator" && m[meta["Type"]] != "Aggregate" {
			continue
		}
		if m[meta["Weight"]] != "1" {
			t.Fatal("the weights of this index are equal:", m)
		}
		c, p := m[meta["iCode"]], m[meta["Parent"]]
		if p != "NA" && p != "" {
			parent[c] = p
			children[p]++
		}
		if m[meta["Type"]] == "Indicator" {
			leaves = append(leaves, c)
			down[c] = m[meta["Direction"]] == "-1"
		}
	}
	var b strings.Builder
	b.WriteString("id: asem\nname: 可持续互联互通\nlegal_basis: ASEM\nperiod: year\nbase: 0\nrounding: {item: 9, total: 6}\nmax_items: 60\nitems:\n")
	for _, c := range leaves {
		share := big.NewRat(100, 1) // an index of 0 to 100: the points of the leaf
		for x := c; parent[x] != ""; x = parent[x] {
			share.Mul(share, big.NewRat(1, children[parent[x]]))
		}
		dir := ""
		if down[c] {
			dir = ", direction: down"
		}
		fmt.Fprintf(&b, "  - {name: %s, weight: %s, method: efficacy, d_min: 0, d_span: 100%s}\n", c, share.RatString(), dir)
	}
	data := bytes.Replace(material(t, "composite_asem_coinr/coinr_1.1.14/Treated.csv"), []byte(`"uCode"`), []byte(`"country"`), 1)
	// 2.6e-05 is refused, because a spreadsheet writes so where it has lost digits; the office writes plain figures.
	data = regexp.MustCompile(`[0-9.]+e-[0-9]+`).ReplaceAllFunc(data, func(b []byte) []byte { return []byte(ratOf(t, string(b)).FloatString(17)) })
	out := play(t, b.String(), data, "d.csv")
	at := map[string]int{}
	for i, r := range out.Groups[0].Rows {
		at[r.Unit] = i
	}
	if len(rs) != 51 || len(out.Groups[0].Rows) != 51 || len(leaves) != 49 {
		t.Fatal(len(rs), len(out.Groups[0].Rows), len(leaves))
	}
	for _, p := range rs {
		r := out.Groups[0].Rows[at[p[results["uCode"]]]]
		gap := new(big.Rat).Sub(ratOf(t, string(r.Total)), ratOf(t, p[results["Index"]]))
		if gap.Abs(gap).Cmp(big.NewRat(1, 100000)) > 0 {
			t.Errorf("%s: %s, published %s", r.Unit, r.Total, p[results["Index"]])
		}
	}
	for _, p := range ks {
		if r := out.Groups[0].Rows[at[p[ranks["uCode"]]]]; fmt.Sprint(r.Rank) != p[ranks["Index"]] {
			t.Errorf("%s: rank %d, published %s", r.Unit, r.Rank, p[ranks["Index"]])
		}
	}
}

// TestScoreYearbooks reads the tables of a yearbook in the forms in which they are printed: one city a row, and one city a column.
func TestScoreYearbooks(t *testing.T) {
	check := func(out scored, item string, values map[string]string) {
		t.Helper()
		if len(out.Groups) != 1 || len(out.Groups[0].Rows) != 9 || len(values) != 9 {
			t.Fatalf("%d values, %+v", len(values), out.Groups)
		}
		best := new(big.Rat)
		for _, v := range values {
			if x := ratOf(t, v); x.Cmp(best) > 0 {
				best = x
			}
		}
		for _, r := range out.Groups[0].Rows {
			want := new(big.Rat).Quo(ratOf(t, values[r.Unit]), best)
			if s := want.Mul(want, big.NewRat(100, 1)).FloatString(2); !same(r.Items[0].Score, s) || r.Items[0].Item != item {
				t.Errorf("%s: %s, from the printed figures %s (%s)", r.Unit, r.Items[0].Score, s, r.Items[0].Formula)
			}
		}
	}
	scheme := func(item string) string {
		return "id: yb\nname: 年鉴\nlegal_basis: 统计年鉴\nperiod: year\nitems:\n  - {name: " + item + ", weight: 100, method: vs_first}\n"
	}
	b := material(t, "regional_stats/fujian_yb2007_t5-29_urban_households_2006.tsv")
	head, rows := records(t, b, '\t')
	values := map[string]string{}
	for _, r := range rows {
		values[r[head["region_zh"]]] = r[head["disposable_income_yuan"]]
	}
	check(play(t, scheme("disposable_income_yuan"), b, "d.tsv"), "disposable_income_yuan", values)
	for _, f := range []string{"fujian_yb2003_t16-01_city_basics_2002.tsv", "fujian_yb2007_t16-01_city_basics_2006.tsv"} {
		b := material(t, "regional_stats/"+f)
		head, rows := records(t, b, '\t')
		values := map[string]string{}
		for _, r := range rows {
			if r[head["item"]] == "年出生人口" {
				for h, i := range head {
					if strings.HasSuffix(h, "市") {
						values[h] = r[i]
					}
				}
			}
		}
		check(play(t, scheme("年出生人口"), b, "d.tsv"), "年出生人口", values)
	}
}

// book is a workbook of one sheet as a spreadsheet program writes it: cells are numbers, percentages ("92%", stored as 0.92) or words.
func book(t *testing.T, rows [][]string, merges ...string) []byte {
	t.Helper()
	var sheet strings.Builder
	sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for i, r := range rows {
		fmt.Fprintf(&sheet, `<row r="%d">`, i+1)
		for j, c := range r {
			ref := fmt.Sprintf("%c%d", 'A'+j, i+1)
			_, number := new(big.Rat).SetString(c)
			switch p, percent := strings.CutSuffix(c, "%"); {
			case c == "":
			case percent:
				fmt.Fprintf(&sheet, `<c r="%s" s="1"><v>%s</v></c>`, ref, new(big.Rat).Quo(ratOf(t, p), big.NewRat(100, 1)).FloatString(4))
			case number:
				fmt.Fprintf(&sheet, `<c r="%s"><v>%s</v></c>`, ref, c)
			default:
				fmt.Fprintf(&sheet, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, c)
			}
		}
		sheet.WriteString("</row>")
	}
	sheet.WriteString("</sheetData><mergeCells>")
	for _, m := range merges {
		fmt.Fprintf(&sheet, `<mergeCell ref="%s"/>`, m)
	}
	sheet.WriteString("</mergeCells></worksheet>")
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="一季度" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="10" applyNumberFormat="1"/></cellXfs></styleSheet>`},
		{"xl/worksheets/sheet1.xml", sheet.String()},
	} {
		w, err := z.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestScorePage: a web page under the name of a spreadsheet is called what it is.
func TestScorePage(t *testing.T) {
	code, _, stderr := scoreFiles(t, []byte("编号: q\n名称: 季度\n依据: 考核办〔2026〕1号\n指标:\n  - {名称: 开工, 分值: 40, 方法: 完成率法, 数据来源: 发改局}\n"), []byte("<meta charset=utf-8><TABLE><tr><td>单位</td></tr></TABLE>"), "d.xls", "table")
	if code == 0 || !strings.Contains(stderr, "其实是一个网页") {
		t.Errorf("%d: %s", code, stderr)
	}
}

// TestScoreWorkbook reads the table as offices keep it in a spreadsheet: a merged title, a heading in two rows with merged cells, percentages, sums.
// Each book is there a second time, saved as .xls by LibreOffice 7.4, and scores alike.
func TestScoreWorkbook(t *testing.T) {
	scheme := "编号: q\n名称: 季度\n依据: 考核办〔2026〕1号\n指标:\n  - {名称: 投资完成率, 分值: 60, 方法: 完成率法, 数据来源: 统计局}\n  - {名称: 开工, 分值: 40, 方法: 完成率法, 数据来源: 发改局}\n"
	two := book(t, [][]string{
		{"2026年一季度重点项目完成情况表"},
		{"填报单位：发改局", "", "", "单位：亿元"},
		{"单位", "投资完成率", "", "开工", ""},
		{"", "完成值", "目标值", "完成值", "目标值"},
		{"甲镇", "92%", "100%", "3", "4"},
		{"乙　镇", "88.5%", "100%", "4", "4"},
		{"合计", "", "", "7", "8"},
		{"注：数据由发改局认定"},
	}, "A1:E1", "A3:A4", "B3:C3", "D3:E3")
	long := book(t, [][]string{
		{"一季度完成情况"},
		{},
		{"序号", "单位", "指标", "完成值", "目标值"},
		{"1", "甲镇", "投资完成率", "92%", "100%"},
		{"2", "", "开工", "3", "4"},
		{"3", "乙镇", "投资完成率", "８８．５％", "100%"},
		{"4", "", "开工", "4个", "4个"},
		{"注：以上数据经核对"},
	}, "B4:B5", "B6:B7")
	old := func(name string) []byte {
		b, err := os.ReadFile("testdata/score/" + name + ".xls")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, b := range map[string][]byte{"two headings": two, "long": long, "two headings.xls": old("两行表头"), "long.xls": old("一行一个数")} {
		out := play(t, scheme, b, "d.xlsx")
		got := map[string]string{}
		for _, r := range out.Groups[0].Rows {
			got[r.Unit] = string(r.Total)
		}
		// 60 × 0.92 + 40 × 3/4 and 60 × 0.885 + 40
		if len(got) != 2 || !same(json.Number(got["甲镇"]), "85.2") || !same(json.Number(got["乙镇"]), "93.1") {
			t.Errorf("%s: %v, problems %+v", name, got, out.Problems)
		}
	}
}

package score

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/govalues/decimal"
	"golang.org/x/text/encoding/simplifiedchinese"
	unicode16 "golang.org/x/text/encoding/unicode"
)

// columns maps a header, in lower case, without spaces and brackets, to a field.
var columns = func() map[string]string {
	m := map[string]string{}
	for f, names := range map[string]string{
		"unit":   "unit 单位 单位名称 乡镇 乡镇街道 镇街 街道 被考核单位 考核单位 考核对象 责任单位 部门 县区 县市区 区县 市县 地区 城市 县 区 市 村 村居 园区 企业 姓名",
		"group":  "group 组别 分组 组 考核组 类别组",
		"item":   "item indicator 指标 指标名称 考核指标 考核项目 指标项 评价指标 项目",
		"period": "period 时段 考核期 月份 季度 年份 年度 时期 期间 时间 周期 月 季 年",
		"value":  "value actual 完成值 实际值 实际 完成 完成数 完成量 完成情况 实绩 数值 值 实际完成 实际完成值 累计完成 得分 评分",
		"target": "target plan 目标值 目标 目标数 计划 计划值 计划数 任务数 任务 年度目标 年度计划",
		"event":  "event 事件 事项 加扣分事项 加减分事项",
		"count":  "count 次数 数量 个数 件数 票数",
		"role":   "role 角色 责任",
		"kind":   "kind 性质 数据性质",
		"source": "source 来源 数据来源 出处",
		"exempt": "exempt 免考",
		"basis":  "basis 依据 免考依据",
	} {
		for _, n := range strings.Fields(names) {
			m[n] = f
		}
	}
	return m
}()

// column returns the field of a header cell: 完成值（亿元） is 完成值; its unit of measure comes back too.
func column(h string) (field, measure string) {
	h = strings.ToLower(strings.ReplaceAll(halfWidth(h), " ", ""))
	h = strings.Trim(strings.NewReplacer("\n", "", "\r", "", "*", "", ":", "").Replace(h), "_")
	if f, ok := columns[h]; ok {
		return f, ""
	}
	if i := strings.IndexAny(h, "([【"); i > 0 {
		name := h[:i]
		measure = strings.Trim(strings.TrimPrefix(h[i:], "【"), "()[]】")
		return columns[name], measure
	}
	return "", ""
}

// halfWidth turns full-width digits and signs into plain ones and trims all kinds of space and the byte order mark.
func halfWidth(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\uFEFF' || r == '\u200B':
			return -1
		case r == '　' || r == '\u00A0':
			return ' '
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '−' || r == '－':
			return '-'
		}
		return r
	}, s))
}

// text trims a name but leaves its characters as they are.
func trimText(s string) string { return strings.Trim(s, " \t\r\n　\u00A0\uFEFF\u200B") }

// cell reads a number as people type it: full-width digits, thousands commas, a percent sign (92% is 92 percentage points), 万 and 亿.
// "", "-", "—", "/" and 无 are no value. large says that it was written with 万 or 亿.
func cell(s string) (v decimal.NullDecimal, large bool, err error) {
	t := halfWidth(s)
	switch t {
	case "", "-", "—", "——", "--", "/", "\\", "无", "缺", "N/A", "n/a", "#N/A":
		return v, false, nil
	}
	if strings.HasPrefix(t, "=") || strings.HasPrefix(t, "@") {
		return v, false, fmt.Errorf("“%s”是公式，不读公式，请改成算好的数", trimText(s))
	}
	t = strings.TrimSpace(strings.TrimSuffix(t, "%"))
	digits := len(t)
	for i, r := range t {
		if !strings.ContainsRune("0123456789.,+- ", r) {
			digits = i
			break
		}
	}
	shift := 0
	if unit := strings.TrimSpace(t[digits:]); digits > 0 && unit != "" {
		big := map[string]int{"万": 4, "万元": 4, "百万": 6, "百万元": 6, "千万": 7, "千万元": 7, "亿": 8, "亿元": 8, "万亿": 12, "万亿元": 12}
		var ok bool
		if shift, ok = big[unit]; ok {
			large = true
			t = strings.TrimSpace(t[:digits])
		}
	}
	if strings.ContainsAny(t, "eE") && strings.Trim(t, "0123456789.+-eE") == "" && strings.ContainsAny(t, "0123456789") {
		return v, false, fmt.Errorf("“%s”是科学计数法，可能已经丢了位数，请改成普通数字", trimText(s))
	}
	if i := strings.IndexAny(t, ", "); i >= 0 {
		sep := t[i : i+1]
		whole, frac, _ := strings.Cut(t, ".")
		parts := strings.Split(strings.TrimLeft(whole, "+-"), sep)
		for k, p := range parts {
			if k > 0 && len(p) != 3 || k == 0 && (len(p) == 0 || len(p) > 3) || strings.Trim(p, "0123456789") != "" {
				if strings.Trim(t, "0123456789.+-, ") != "" {
					return v, false, fmt.Errorf("“%s”不是数字", trimText(s))
				}
				return v, false, fmt.Errorf("“%s”的千位分隔符位置不对", trimText(s))
			}
		}
		if strings.ContainsAny(frac, ", ") {
			return v, false, fmt.Errorf("“%s”的千位分隔符位置不对", trimText(s))
		}
		t = strings.ReplaceAll(t, sep, "")
	}
	d, err := parseDecimal(t)
	if err != nil {
		if unit := strings.TrimLeft(t, "0123456789.+-"); unit != "" && unit != t && !strings.ContainsAny(unit, "0123456789") {
			return v, false, fmt.Errorf("“%s”不是数字，带有“%s”，请只写数字", trimText(s), unit)
		}
		return v, false, err
	}
	if shift > 0 {
		x := FromDecimal(d).mul(FromDecimal(decimal.MustNew(pow10[shift], 0)))
		var ok bool
		if d, ok = x.Round(max(d.Scale()-shift, 0), HalfUp); !ok || FromDecimal(d).Cmp(x) != 0 {
			return v, false, fmt.Errorf("“%s”超过19位，无法精确计算，请改用较大的计量单位", trimText(s))
		}
	}
	return Some(d), large, nil
}

// period normalizes 2023年3月, 2023年一季度, 2023/03, 2023q1 to 2023-03, 2023Q1.
func normalPeriod(s string) (string, bool) {
	t := strings.ToUpper(strings.ReplaceAll(halfWidth(s), " ", ""))
	if t == "" {
		return "", true
	}
	switch t {
	case "年终", "年末", "全年", "年度", "YEAREND", "YEAR_END", "YE":
		return yearEnd, true
	}
	t = strings.NewReplacer("第", "", "年度", "", "全年", "", "年终", "", "年末", "").Replace(t)
	for i, n := range []string{"一", "二", "三", "四"} {
		t = strings.ReplaceAll(t, n+"季度", fmt.Sprintf("Q%d", i+1))
		t = strings.ReplaceAll(t, fmt.Sprintf("%d季度", i+1), fmt.Sprintf("Q%d", i+1))
	}
	t = strings.NewReplacer("上半年", "H1", "下半年", "H2").Replace(t)
	t = strings.TrimSuffix(strings.NewReplacer("年Q", "Q", "-Q", "Q", "年H", "H", "年", "-", "/", "-", ".", "-").Replace(t), "-")
	if m, ok := strings.CutSuffix(t, "日"); ok { // a day stands for its month
		t = strings.ReplaceAll(m, "月", "-")
	}
	if m, ok := strings.CutSuffix(t, "月份"); ok {
		t = m + "月"
	}
	if m, ok := strings.CutSuffix(t, "月底"); ok {
		t = m + "月"
	}
	if m, ok := strings.CutSuffix(t, "月"); ok {
		t = m
		year, rest := "", t
		if len(t) > 5 && t[4] == '-' {
			year, rest = t[:5], t[5:]
		}
		if _, end, ok := strings.Cut(rest, "-"); ok { // 1-8月: from January to the end of August
			rest = end
		}
		t = year + rest
		if year == "" && len(rest) == 1 {
			t = "0" + rest
		}
	}
	if p := strings.Split(t, "-"); len(p) == 3 && len(p[0]) == 4 { // 2017-03-31
		t = p[0] + "-" + p[1]
	}
	if len(t) == 6 && strings.Trim(t, "0123456789") == "" && t[4:] >= "01" && t[4:] <= "12" { // 201703
		t = t[:4] + "-" + t[4:]
	}
	if len(t) == 6 && t[4] == '-' {
		t = t[:5] + "0" + t[5:]
	}
	digits := func(s string) bool {
		for _, r := range s {
			if r < '0' || r > '9' {
				return false
			}
		}
		return true
	}
	switch {
	case len(t) == 4 && digits(t):
		return t, true
	case len(t) == 2 && (t[0] == 'Q' && t[1] >= '1' && t[1] <= '4' || t == "H1" || t == "H2" || digits(t) && t >= "01" && t <= "12"): // no year is said
		return t, true
	case len(t) == 6 && digits(t[:4]) && (t[4:] == "H1" || t[4:] == "H2"):
		return t, true
	case len(t) == 6 && digits(t[:4]) && t[4] == 'Q' && t[5] >= '1' && t[5] <= '4':
		return t, true
	case len(t) == 7 && digits(t[:4]) && t[4] == '-' && t[5:] >= "01" && t[5:] <= "12" && digits(t[5:]):
		return t, true
	}
	return s, false
}

// Period reads a period as people write it; false if it is none.
func Period(s string) (string, bool) {
	p, ok := normalPeriod(s)
	return p, ok && p != ""
}

// ReadTable reads rows in the long form (长表): a header of column names in any order, in English or
// Chinese, then one row per value or event. Bad rows become problems with their row number;
// the good ones are kept. Row 1 is the header.
func ReadTable(rows [][]string) (Data, []Problem) {
	var d Data
	var bad []Problem
	large := map[string]bool{}
	fail := func(where, format string, args ...any) {
		bad = append(bad, Problem{Error, where, fmt.Sprintf(format, args...)})
	}
	head, best, first := -1, 0, -1 // the heading is the row of the first twenty that names the most columns
	for i := 0; i < len(rows) && first < 0 || i < min(len(rows), max(first, 0)+20); i++ {
		r := rows[i]
		if strings.TrimSpace(halfWidth(strings.Join(r, ""))) == "" {
			continue
		}
		if first < 0 {
			first = i
		}
		seen := map[string]bool{}
		for _, h := range r {
			if f, _ := column(h); f != "" {
				seen[f] = true
			}
		}
		if n := len(seen); n > best && (seen["unit"] && (seen["item"] || seen["event"]) || best == 0 && n > 1 || i == first) {
			head, best = i, n
		}
		if seen["unit"] && (seen["item"] || seen["event"]) {
			break
		}
	}
	if first < 0 {
		fail("表格", "表格是空的，一行也没有。第一行应是表头：单位,组别,指标,时段,完成值,目标值,事件,次数")
		return d, bad
	}
	if head < 0 {
		head = first
	}
	at, measures := map[string]int{}, map[string]string{}
	for i, h := range rows[head] {
		f, measure := column(h)
		switch {
		case strings.TrimSpace(halfWidth(h)) == "":
		case f == "":
			bad = append(bad, Problem{Warning, fmt.Sprintf("第%d行第%d列", head+1, i+1), "不认识列名“" + trimText(h) + "”，这一列没有读入"})
		default:
			if _, twice := at[f]; twice {
				fail(fmt.Sprintf("第%d行第%d列", head+1, i+1), "列“%s”出现了两次，只读第一列", trimText(h))
				continue
			}
			at[f], measures[f] = i, measure
		}
	}
	_, hasUnit := at["unit"]
	_, hasItem := at["item"]
	_, hasEvent := at["event"]
	if !hasUnit || !hasItem && !hasEvent {
		bad = slices.DeleteFunc(bad, func(p Problem) bool { return p.Level == Warning })
		fail(fmt.Sprintf("第%d行", head+1), "没有找到表头。表头要有“单位”，以及“指标”或“事件”这一列；可用的列名：单位、组别、指标、时段、完成值、目标值、事件、次数、角色、性质、来源、免考、依据")
		return d, bad
	}
	for n := head + 1; n < len(rows); n++ {
		row := rows[n]
		if strings.TrimSpace(halfWidth(strings.Join(row, ""))) == "" {
			continue
		}
		where := fmt.Sprintf("第%d行", n+1)
		get := func(f string) string {
			if i, ok := at[f]; ok && i < len(row) {
				return trimText(row[i])
			}
			return ""
		}
		ok := true
		sizes := map[string]bool{}
		number := func(f, name string) decimal.NullDecimal {
			v, large, err := cell(get(f))
			if err != nil {
				fail(where, "%s：%s", name, err)
				ok = false
			}
			if large && strings.ContainsAny(measures[f], "万亿") {
				fail(where, "%s：“%s”带有单位，而表头已写明单位是%s，请只写数字", name, get(f), measures[f])
				ok = false
			}
			if v.Valid && !v.Decimal.IsZero() {
				sizes[f] = large
			}
			return v
		}
		in := Input{Unit: get("unit"), Group: get("group"), Item: get("item"), Event: get("event"), Role: roleName(get("role")), Source: get("source"), Basis: get("basis")}
		in.Value, in.Target, in.Count = number("value", "完成值"), number("target", "目标值"), number("count", "次数")
		if v, have := sizes["value"]; have {
			if t, have := sizes["target"]; have && v != t && ok {
				fail(where, "完成值“%s”和目标值“%s”的单位不一致，请都带单位或都不带", get("value"), get("target"))
				ok = false
			}
			if in.Item != "" && ok {
				if old, have := large[in.Item]; have && old != v {
					bad = append(bad, Problem{Warning, where, "指标“" + in.Item + "”有的行带“万”“亿”，有的行不带，请核对是不是同一个单位"})
				}
				large[in.Item] = v
			}
		}
		if in.Unit == "" && slices.Contains([]string{"合计", "总计", "小计", "平均"}, strings.TrimSpace(rows[n][0])) {
			continue
		}
		if in.Unit == "" {
			fail(where, "没有写单位。合并过的单元格，请在每一行都写上单位")
			ok = false
		}
		if slices.Contains([]string{"合计", "总计", "小计", "平均"}, in.Unit) {
			bad = append(bad, Problem{Warning, where, "“" + in.Unit + "”是汇总行，没有读入"})
			continue
		}
		if in.Item == "" && in.Event == "" {
			fail(where, "没有写指标，也没有写事件")
			ok = false
		}
		p, good := normalPeriod(get("period"))
		if !good {
			fail(where, "时段“%s”看不懂，请写成 2026-03、2026Q1 或 2026", get("period"))
			ok = false
		}
		in.Period = p
		switch k := Kind(get("kind")); k {
		case "", Reported, Verified, Certified:
			in.Kind = k
		default:
			fail(where, "性质“%s”不对，只能写自报、核验、认定", k)
			ok = false
		}
		switch e := strings.ToLower(halfWidth(get("exempt"))); e {
		case "", "否", "no", "false", "0":
		case "是", "免考", "yes", "true", "1":
			in.Exempt = true
		default:
			fail(where, "免考一列只能写是或否，写的是“%s”", get("exempt"))
			ok = false
		}
		if in.Count.Valid && in.Count.Decimal.IsNeg() {
			fail(where, "次数不能是负数")
			ok = false
		}
		if ok && in.Item != "" && in.Event == "" && !in.Value.Valid && !in.Count.Valid && !in.Exempt && !in.Target.Valid {
			bad = append(bad, Problem{Warning, where, "单位“" + in.Unit + "”指标“" + in.Item + "”没有完成值，按缺项处理"})
		}
		if ok {
			d.Rows = append(d.Rows, in)
		}
	}
	return d, bad
}

// ReadCSV reads a CSV file in UTF-8 (with or without BOM) or GB18030, separated by commas, semicolons or tabs.
func ReadCSV(r io.Reader) (Data, []Problem) {
	b, err := io.ReadAll(io.LimitReader(r, 64<<20+1))
	if err != nil {
		return Data{}, []Problem{{Error, "文件", "文件读不出来，请重新选择"}}
	}
	if len(b) > 64<<20 {
		return Data{}, []Problem{{Error, "文件", "文件超过64MB，请分几次导入"}}
	}
	b, ok := decodeText(b)
	if !ok {
		return Data{}, []Problem{{Error, "文件", "文件编码不是 UTF-8、UTF-16 或 GB18030，请另存为 CSV UTF-8 后再导入"}}
	}
	if !bytes.ContainsRune(b, '\n') {
		b = bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
	}
	sep := separator(b)
	var rows [][]string
	var bad []Problem
	base := 0 // lines before b
	for len(b) > 0 {
		c := csv.NewReader(bytes.NewReader(b))
		c.FieldsPerRecord, c.LazyQuotes, c.Comma = -1, true, sep
		skip := 0 // the line of b at which a runaway quote stands
		for skip == 0 {
			row, err := c.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil { // not with lazy quotes, but never loop on it
				return Data{}, []Problem{{Error, "文件", "文件不是 CSV 表格，请另存为 CSV UTF-8 后再导入"}}
			}
			line, _ := c.FieldPos(0)
			if k := slices.IndexFunc(row, func(s string) bool { return strings.Contains(s, "\n") && strings.ContainsRune(s, sep) }); k >= 0 { // a quote that was opened and never closed takes the lines after it
				skip, _ = c.FieldPos(k)
				bad = append(bad, Problem{Error, fmt.Sprintf("第%d行", base+skip), fmt.Sprintf("第%d列的引号没有配对，这一行没有读入，请补上或删去这个引号", k+1)})
				break
			}
			for len(rows) < base+line-1 { // the reader skips empty lines; keep row numbers those of the file
				rows = append(rows, nil)
			}
			rows = append(rows, row)
		}
		if skip == 0 || len(bad) > 100 {
			break
		}
		for range skip {
			_, b, _ = bytes.Cut(b, []byte("\n"))
		}
		base += skip
	}
	d, more := ReadTable(rows)
	return d, append(bad, more...)
}

// separator finds what stands between the cells: the sign at which one of the first lines falls into the most headings that are known.
func separator(b []byte) rune {
	sep, best := ',', 0
	for range 20 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		for _, s := range ",\t;，；|" {
			n := 0
			for _, h := range strings.Split(string(line), string(s)) {
				if f, _ := column(strings.Trim(h, "\" \r")); f != "" {
					n++
				}
			}
			if n > best {
				sep, best = s, n
			}
		}
		if best > 1 {
			break
		}
	}
	return sep
}

// decodeText returns text in UTF-8: from UTF-8 with or without BOM, UTF-16 of either order, or GB18030.
func decodeText(b []byte) ([]byte, bool) {
	wide := func(e unicode16.Endianness) ([]byte, bool) {
		out, err := unicode16.UTF16(e, unicode16.UseBOM).NewDecoder().Bytes(b)
		return bytes.TrimPrefix(out, []byte("\xEF\xBB\xBF")), err == nil && !bytes.ContainsRune(out, utf8.RuneError)
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xFF\xFE")):
		return wide(unicode16.LittleEndian)
	case bytes.HasPrefix(b, []byte("\xFE\xFF")):
		return wide(unicode16.BigEndian)
	}
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	if bytes.Contains(b, []byte{0}) { // UTF-16 that does not say so; its commas and digits have a zero beside them
		even := 0
		for i := 0; i < len(b); i += 2 {
			if b[i] == 0 {
				even++
			}
		}
		if even > bytes.Count(b, []byte{0})/2 {
			return wide(unicode16.BigEndian)
		}
		return wide(unicode16.LittleEndian)
	}
	if utf8.Valid(b) {
		return b, true
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	return out, err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

package score

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/govalues/decimal"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// columns maps a header, in lower case and without spaces, to a field.
var columns = map[string]string{
	"unit": "unit", "单位": "unit", "单位名称": "unit", "乡镇": "unit", "group": "group", "组别": "group", "分组": "group", "item": "item", "指标": "item", "指标名称": "item", "项目": "item",
	"period": "period", "时段": "period", "考核期": "period", "月份": "period", "季度": "period", "value": "value", "完成值": "value", "实际值": "value", "target": "target", "目标值": "target",
	"event": "event", "事件": "event", "count": "count", "次数": "count", "role": "role", "角色": "role", "kind": "kind", "性质": "kind", "数据性质": "kind", "source": "source", "来源": "source",
	"exempt": "exempt", "免考": "exempt", "basis": "basis", "依据": "basis", "免考依据": "basis",
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

// cell reads a number as people type it: full-width digits, thousands commas, a percent sign
// (92% is 92 percentage points). "", "-", "—", "/" and 无 are no value.
func cell(s string) (decimal.NullDecimal, error) {
	t := halfWidth(s)
	switch t {
	case "", "-", "—", "——", "--", "/", "无", "缺":
		return decimal.NullDecimal{}, nil
	}
	t = strings.TrimSpace(strings.TrimSuffix(t, "%"))
	if strings.ContainsAny(t, "万亿") {
		return decimal.NullDecimal{}, fmt.Errorf("“%s”带有单位，请只写数字，全列用同一个计量单位", trimText(s))
	}
	if i := strings.IndexByte(t, ','); i >= 0 {
		whole, frac, _ := strings.Cut(t, ".")
		parts := strings.Split(strings.TrimLeft(whole, "+-"), ",")
		for k, p := range parts {
			if k > 0 && len(p) != 3 || k == 0 && (len(p) == 0 || len(p) > 3) {
				return decimal.NullDecimal{}, fmt.Errorf("“%s”的千位分隔符位置不对", trimText(s))
			}
		}
		if strings.Contains(frac, ",") {
			return decimal.NullDecimal{}, fmt.Errorf("“%s”的千位分隔符位置不对", trimText(s))
		}
		t = strings.ReplaceAll(t, ",", "")
	}
	d, err := parseDecimal(t)
	if err != nil {
		return decimal.NullDecimal{}, err
	}
	return Some(d), nil
}

// period normalizes 2023年3月, 2023年一季度, 2023/03, 2023q1 to 2023-03, 2023Q1.
func normalPeriod(s string) (string, bool) {
	t := strings.ToUpper(strings.ReplaceAll(halfWidth(s), " ", ""))
	if t == "" {
		return "", true
	}
	t = strings.NewReplacer("第", "", "年度", "", "全年", "").Replace(t)
	for i, n := range []string{"一", "二", "三", "四"} {
		t = strings.ReplaceAll(t, n+"季度", fmt.Sprintf("Q%d", i+1))
		t = strings.ReplaceAll(t, fmt.Sprintf("%d季度", i+1), fmt.Sprintf("Q%d", i+1))
	}
	t = strings.TrimSuffix(strings.NewReplacer("年Q", "Q", "-Q", "Q", "年", "-", "/", "-", ".", "-").Replace(t), "-")
	if m, ok := strings.CutSuffix(t, "月"); ok {
		t = m
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
	case len(t) == 6 && digits(t[:4]) && t[4] == 'Q' && t[5] >= '1' && t[5] <= '4':
		return t, true
	case len(t) == 7 && digits(t[:4]) && t[4] == '-' && t[5:] >= "01" && t[5:] <= "12" && digits(t[5:]):
		return t, true
	}
	return s, false
}

// ReadTable reads rows in the long form (长表): a header of column names in any order, in English or
// Chinese, then one row per value or event. Bad rows become problems with their row number;
// the good ones are kept. Row 1 is the header.
func ReadTable(rows [][]string) (Data, []Problem) {
	var d Data
	var bad []Problem
	fail := func(where, format string, args ...any) {
		bad = append(bad, Problem{Error, where, fmt.Sprintf(format, args...)})
	}
	head := -1
	for i, r := range rows {
		if strings.TrimSpace(halfWidth(strings.Join(r, ""))) != "" {
			head = i
			break
		}
	}
	if head < 0 {
		fail("表格", "表格是空的")
		return d, bad
	}
	at := map[string]int{}
	for i, h := range rows[head] {
		name := strings.ToLower(strings.ReplaceAll(halfWidth(h), " ", ""))
		f, ok := columns[name]
		switch {
		case name == "":
		case !ok:
			bad = append(bad, Problem{Warning, fmt.Sprintf("第%d行第%d列", head+1, i+1), "不认识列名“" + trimText(h) + "”，这一列没有读入"})
		default:
			if _, twice := at[f]; twice {
				fail(fmt.Sprintf("第%d行第%d列", head+1, i+1), "列“%s”出现了两次，只读第一列", trimText(h))
				continue
			}
			at[f] = i
		}
	}
	_, hasUnit := at["unit"]
	_, hasItem := at["item"]
	_, hasEvent := at["event"]
	if !hasUnit || !hasItem && !hasEvent {
		fail(fmt.Sprintf("第%d行", head+1), "表头要有“单位”，以及“指标”或“事件”这一列；可用的列名：单位、组别、指标、时段、完成值、目标值、事件、次数、角色、性质、来源、免考、依据")
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
		number := func(f, name string) decimal.NullDecimal {
			v, err := cell(get(f))
			if err != nil {
				fail(where, "%s：%s", name, err)
				ok = false
			}
			return v
		}
		in := Input{Unit: get("unit"), Group: get("group"), Item: get("item"), Event: get("event"), Role: get("role"), Source: get("source"), Basis: get("basis")}
		in.Value, in.Target, in.Count = number("value", "完成值"), number("target", "目标值"), number("count", "次数")
		if in.Unit == "" {
			fail(where, "没有写单位")
			ok = false
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
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(b) {
		if b, err = simplifiedchinese.GB18030.NewDecoder().Bytes(b); err != nil || bytes.ContainsRune(b, utf8.RuneError) {
			return Data{}, []Problem{{Error, "文件", "文件编码不是 UTF-8 也不是 GB18030，请另存为 CSV UTF-8 后再导入"}}
		}
	}
	c := csv.NewReader(bytes.NewReader(b))
	c.FieldsPerRecord, c.LazyQuotes = -1, true
	first, _, _ := bytes.Cut(b, []byte("\n"))
	for _, sep := range "\t;，" {
		if bytes.ContainsRune(first, sep) && !bytes.ContainsRune(first, ',') {
			c.Comma = sep
		}
	}
	var rows [][]string
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var pe *csv.ParseError
			line := 0
			if errors.As(err, &pe) {
				line = pe.Line
			}
			return Data{}, []Problem{{Error, fmt.Sprintf("第%d行", line), "引号不成对，读不下去"}}
		}
		line, _ := c.FieldPos(0)
		for len(rows) < line-1 { // the reader skips empty lines; keep row numbers those of the file
			rows = append(rows, nil)
		}
		rows = append(rows, row)
	}
	return ReadTable(rows)
}

package score

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
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
		"unit": "unit 单位 单位名称 单位名 乡镇 乡镇名称 乡镇街道 镇街 镇 乡 街道 被考核单位 被考评单位 考核单位 考核对象 责任单位 牵头单位 部门 部门名称 责任部门 县区 县市区 区县 市县 地区 城市 地市 设区市 县 区 市 省 省份 省市 " +
			"村 村居 园区 开发区 企业 姓名 region region_zh province city country county",
		"group":   "group 组别 分组 组 考核组 类别组",
		"item":    "item indicator 指标 指标名称 考核指标 考核项目 指标项 评价指标 项目",
		"period":  "period 时段 考核期 月份 季度 年份 年度 时期 期间 时间 周期 月 季 年",
		"value":   "value actual 完成值 实际值 实际 完成 完成数 完成量 完成情况 实绩 数值 值 实际完成 实际完成值 累计完成 得分 评分",
		"target":  "target plan 目标值 目标 目标数 计划 计划值 计划数 任务数 任务 年度目标 年度计划",
		"event":   "event 事件 事项 加扣分事项 加减分事项",
		"measure": "measure 计量单位 数据单位",
		"count":   "count 次数 数量 个数 件数 票数",
		"role":    "role 角色 责任",
		"kind":    "kind 性质 数据性质",
		"source":  "source 来源 数据来源 出处",
		"exempt":  "exempt 免考",
		"basis":   "basis 依据 免考依据",
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
// "", "-", "—", "/" and 无 are no value. as says how it was written: "%", "万亿" (with 万 or 亿, and multiplied), a measure word such as 个, or "".
func cell(s string) (v decimal.NullDecimal, as string, err error) {
	t := halfWidth(s)
	switch t {
	case "", "-", "—", "——", "--", "/", "\\", "无", "缺", "N/A", "n/a", "#N/A":
		return v, as, nil
	}
	if strings.HasPrefix(t, "=") || strings.HasPrefix(t, "@") {
		return v, as, fmt.Errorf("“%s”是公式，不读公式，请改成算好的数", trimText(s))
	}
	for _, w := range []string{"%", "个百分点", "百分点"} {
		if n, ok := strings.CutSuffix(t, w); ok {
			t, as = strings.TrimSpace(n), "%"
			break
		}
	}
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
			as = "万亿"
			t = strings.TrimSpace(t[:digits])
		} else if as == "" && slices.Contains(counters, unit) {
			as = unit
			t = strings.TrimSpace(t[:digits])
		}
	}
	if strings.ContainsAny(t, "eE") && strings.Trim(t, "0123456789.+-eE") == "" && strings.ContainsAny(t, "0123456789") {
		return v, as, fmt.Errorf("“%s”是科学计数法，可能已经丢了位数，请改成普通数字", trimText(s))
	}
	if i := strings.IndexAny(t, ", "); i >= 0 {
		sep := t[i : i+1]
		whole, frac, _ := strings.Cut(t, ".")
		parts := strings.Split(strings.TrimLeft(whole, "+-"), sep)
		if sep == "," && len(parts[0]) > 0 && parts[0][0] == '0' { // 0,925 has no thousands
			return v, as, fmt.Errorf("“%s”里的逗号像是小数点，小数点请写成“.”", trimText(s))
		}
		for k, p := range parts {
			if k > 0 && len(p) != 3 || k == 0 && (len(p) == 0 || len(p) > 3) || strings.Trim(p, "0123456789") != "" {
				if strings.Trim(t, "0123456789.+-, ") != "" {
					return v, as, fmt.Errorf("“%s”不是数字", trimText(s))
				}
				return v, as, fmt.Errorf("“%s”的千位分隔符位置不对", trimText(s))
			}
		}
		if strings.ContainsAny(frac, ", ") {
			return v, as, fmt.Errorf("“%s”的千位分隔符位置不对", trimText(s))
		}
		t = strings.ReplaceAll(t, sep, "")
	}
	d, err := parseDecimal(t)
	if err != nil {
		if unit := strings.TrimLeft(t, "0123456789.+-"); unit != "" && unit != t && !strings.ContainsAny(unit, "0123456789") {
			return v, as, fmt.Errorf("“%s”不是数字，带有“%s”，请只写数字", trimText(s), unit)
		} else if in, ok := strings.CutPrefix(t, "("); ok && strings.HasSuffix(in, ")") {
			return v, as, fmt.Errorf("“%s”不是数字，负数请写成 -%s", trimText(s), strings.TrimSuffix(in, ")"))
		} else if strings.TrimLeft(t, "约近超<>≥≤~0123456789.-") == "" && strings.ContainsAny(t, "0123456789") && strings.ContainsAny(t, "约近超<>≥≤~") {
			return v, as, fmt.Errorf("“%s”不是数字，请写确切的数，不写“约”“近”“＜”一类的字", trimText(s))
		}
		return v, as, err
	}
	if shift > 0 {
		x := FromDecimal(d).mul(FromDecimal(decimal.MustNew(pow10[shift], 0)))
		var ok bool
		if d, ok = x.Round(max(d.Scale()-shift, 0), HalfUp); !ok || FromDecimal(d).Cmp(x) != 0 {
			return v, as, fmt.Errorf("“%s”超过19位，无法精确计算，请改用较大的计量单位", trimText(s))
		}
	}
	return Some(d), as, nil
}

// counters are measure words that may stand behind a number and do not change it.
var counters = strings.Fields("个 项 户 家 件 次 人 名 天 日 处 座 起 宗 辆 台 套 间 栋 幢 场 篇 条 份 期 批 分 亩 公里 千米 平方米 ㎡ 公顷 吨 人次 元")

// periodWords are the words that stand around a period and the figures for months written in characters.
var periodWords = strings.NewReplacer("截至", "", "截止到", "", "截止", "", "年初至", "", "前三个季度", "前三季度", "前两个季度", "前二季度", "前两季度", "前二季度", "—", "-", "–", "-", "~", "-", "至", "-", "到", "-", "季度末", "季度", "季末", "季度", "季度底", "季度",
	"月末", "月", "前十二个月", "12月", "前十一个月", "11月", "前十个月", "10月", "前九个月", "9月", "前八个月", "8月", "前七个月", "7月", "前六个月", "6月", "前五个月", "5月", "前四个月", "4月", "前三个月", "3月", "前两个月", "2月", "前二个月", "2月",
	"前12个月", "12月", "前11个月", "11月", "前10个月", "10月", "前9个月", "9月", "前8个月", "8月", "前7个月", "7月", "前6个月", "6月", "前5个月", "5月", "前4个月", "4月", "前3个月", "3月", "前2个月", "2月",
	"十二月", "12月", "十一月", "11月", "十月", "10月", "九月", "9月", "八月", "8月", "七月", "7月", "六月", "6月", "五月", "5月", "四月", "4月", "三月", "3月", "二月", "2月", "一月", "1月", "元月", "1月")

var shortYear = regexp.MustCompile(`^[0-9]{2}年`)

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
	t = periodWords.Replace(t)
	if shortYear.MatchString(t) { // 26年8月
		t = "20" + t
	}
	if i := strings.Index(t, "00:00"); i > 8 { // a date with its time of day
		t = strings.TrimRight(t[:i], "T")
	}
	t = strings.NewReplacer("第", "", "年度", "", "全年", "", "年终", "", "年末", "", "年底", "").Replace(t)
	for i, n := range []string{"一", "二", "三", "四"} {
		t = strings.ReplaceAll(t, "前"+n+"季度", fmt.Sprintf("Q%d", i+1))
		t = strings.ReplaceAll(t, fmt.Sprintf("前%d季度", i+1), fmt.Sprintf("Q%d", i+1))
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
	if len(t) == 8 && strings.Trim(t, "0123456789") == "" && t[6:] >= "01" && t[6:] <= "31" { // 20170331
		t = t[:6]
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

package breakdown

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/base/period"
)

// Due is a deadline as read (时限).
type Due struct {
	Day       string // 2019-06-30, or "" if Recurring, Standing or unknown
	Text      string // the words it was read from
	Recurring bool   // 每年2月底前
	Standing  bool   // 持续推进
	Yearless  bool   // 6月底前, and nothing says of which year
	Event     bool   // 春节前, 党的十九大召开前: by something else than a day
	Unsure    string // 6月前: has two readings, so no day was taken; says them
}

// base is what relative deadlines are counted from.
type base struct {
	year  int    // of "年底前"; 0 unknown
	fixed bool   // the year was given by caller or title, not taken from the date
	date  string // date of the document, "" unknown
}

// written is the year in which the document was written: its 明年 is the one
// after it, even where its title names that year.
func (b base) written() int {
	if b.date != "" {
		return hanNumber(b.date[:4])
	}
	return b.year
}

const han = `[〇○零一二三四五六七八九]`
const hanMonth = `\d{1,2}|十[一二]?|[一二三四五六七八九]`
const hanDay = `\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九]`

// dueRE finds every mention of a time that may be a deadline. Groups: 1 before
// word, 2 year, 3 relative year, 4 month, 5 day, 6 part of month, 7 quarter,
// 8 half, 9 end of the year, 10 after word.
var dueRE = compile(`(每年|每月|每季度|每半年|每周|截至|截止到?|力争到?|确保到?|到|至|于|在|从|自|比|较)?\s*` +
	`(?:(\d{4}|` + han + `{4})\s*年度?|(今年|本年度?|当年|明年|后年|去年|上年|次年))?\s*` +
	`(?:(` + hanMonth + `)\s*月份?(?:(` + hanDay + `)\s*[日号]|(上旬|中旬|下旬|月?初|月?中|月?底|月?末))?` +
	`|第?([一二三四1-4])季度(?:末|底|内)?|(上半年|下半年)|(年?底|年末|末|年中|年初|年度?内|内|全年))?\s*` +
	`(之前|以前|前|以内|之内|底前|内|起|以来|开始|以后|之后|后)?`)

var (
	relativeRE   = compile(`(?:印发|发布|公布|下发|发文|实施|施行)之日起(?:的)?\s*(\d{1,3}|[一二三四五六七八九十]{1,3})\s*(个工作日|工作日|日|天|个月|年)(?:之内|以内|内)`)
	standingRE   = compile(`^(?:并)?(?:年内|全年|今年内?|本年度?|长期)?(?:持续(?:推进|实施|开展|用力|进行|整改|深化|落实)?|长期(?:坚持|推进|任务|实施|开展|执行)?|常态化?(?:推进|开展|实施|坚持)?|常年(?:坚持|推进)?|常抓不懈|常态工作|常规工作|长效坚持|动态(?:推进|管理|更新)|全年(?:推进|持续|实施)?|贯穿全年|日常工作|经常性工作)(?:推进|坚持|实施|开展)?$`)
	everyRE      = compile(`^(?:次月|次季|当月|当季|每(?:年|月|季度?|半年|周|日|天|旬)|按(?:月|季|季度|年|周)|逐月|逐季|年度)`)
	everyDayRE   = compile(`每(?:个)?(?:月|季度?|周|旬|年|半年)(?:度)?(?:结束后|终了)?\s*(?:[月第末后次]{0,2}\s*\d{1,2}\s*[日号天]|[底末])(?:之前|以前|以?内|前)?`)
	isoRE        = compile(`^(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$`)
	excelRE      = compile(`^(\d{2})-(\d{2})-(\d{2})$`)
	planRE       = compile(`^[“"]?(十[一二三四五六]五|[一二三四五六七八九]五)[”"]?(?:规划)?(?:时期|期间|末|期末|期内)?(?:内|前|底|底前|完成|实施|推进)*$`)
	withinRE     = compile(`^(?:在|力争|用)?\s*(\d{1,3}|[一二两三四五六七八九十半]{1,3})\s*(个工作日|工作日|日|天|周|个?星期|个月|个?季度|小时|年)(?:时间)?(?:之|以)?内(?:全面|基本)?(?:完成|实现|建成)?$`)
	atOnceRE     = compile(`^(?:立行立改|立整立改|即知即改|即查即改|立查立改|边查边改|边督边改|即行即改|(?:立即|即时|马上|随时|即刻|及时|按时|限时|限期|尽快|从速)(?:整改|整改到位|办|办理|办结|执行|落实|完成)?|(?:按|依)(?:上级|文件|规定|要求|节点|计划|时序|序时)[\p{Han}]{0,6}|根据[\p{Han}]{2,10}(?:安排|要求|部署|确定))$`)
	feastRE      = compile(`春节|元旦|清明|五一|劳动节|端午|国庆|中秋|重阳|七一|八一|十一|大会|党代会|全会|召开|汛|采暖|供暖|开学|学期|秋收|春耕|换届|两会|暑[期假]|寒假`)
	eventRE      = compile(`(\d{4}\s*年\s*|今年|明年|当年|次年)?(春节|元旦|清明节?|“?五一”?|劳动节|端午节?|七一|八一|“?十一”?|国庆节?|中秋节?|重阳节?|主?汛期|采暖季|供暖季|供暖期|(?:春季|秋季)?开学|全国两会|两会|党的[一二三四五六七八九十]{2,3}大|换届|高考|中考)(?:节|假期|召开|到来|来临|开幕|期间)?(?:之前|以前|前)`)
	typoMonthRE  = compile(`(\d{4}\s*年\s*\d{1,2})\s*(底)`)
	yearsRE      = compile(`^((?:19|20)\d{2})\s*年?\s*(?:[-—–~～]+|至|到)\s*((?:19|20)\d{2})\s*年?底?$`)
	excelMonthRE = compile(`^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-(\d{2})$`)
	spanFieldRE  = compile(`^(\d{4}[-./年]\d{1,2}(?:[-./月]\d{1,2}日?|月)?)\s*(?:[-—–~～]+|至|到)\s*(\d{4}[-./年]\d{1,2}(?:[-./月]\d{1,2}日?|月)?|\d{1,2}(?:[./月]\d{1,2}日?|月)?)(?:底|前|底前)?$`)
	doneRE       = compile(`^[，,]?(?:全部|全面|基本|初步|力争|确保|要|须|必须|应)?(?:完成|建成|实现|竣工|投产|开工|交付|投入使用|达到|启动|出台|到位)`)
)

// monthEnd returns the last day of a month.
func monthEnd(y, m int) string {
	return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// day returns the day if the calendar has it.
func day(y, m, d int) (string, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	s := t.Format(time.DateOnly)
	return s, y >= 1949 && y <= 2199 && t.Year() == y && int(t.Month()) == m && t.Day() == d
}

// mention is one time in a text.
type mention struct {
	from, to   int // bytes
	due        Due
	before     string // 到, 从, 每年 ...
	after      string // 前, 起 ...
	exact      bool   // has a month, quarter, half or end of year
	marked     bool   // the words make it a deadline
	impossible bool   // 2月30日
	yearless   bool   // no year is known
}

// mentions finds the times in s (already narrow), resolved by b.
func (b base) mentions(s string) []mention {
	var out []mention
	lastYear, sentence, seen := 0, -1, 0
	recurring := false
	for _, m := range dueRE.FindAllStringSubmatchIndex(s, -1) {
		g := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		year, rel, month, dayOf, part, quarter, half, end := g(2), g(3), g(4), g(5), g(6), g(7), g(8), g(9)
		if year == "" && rel == "" && month == "" && quarter == "" && half == "" && end == "" {
			continue
		}
		if year == "" && rel == "" && month == "" && quarter == "" && half == "" && (end == "底" || end == "末" || end == "内") {
			continue
		}
		if r, _ := utf8.DecodeLastRuneInString(s[:m[0]]); end == "年度内" && strings.ContainsRune("税计政算然", r) {
			continue // 纳税年度内
		}
		if end != "" && year == "" && rel == "" { // 年底 must not be the tail of 十年底 or 多年内
			if r, _ := utf8.DecodeLastRuneInString(s[:m[0]+len(g(1))]); g(1) == "" && (r >= '0' && r <= '9' || strings.ContainsRune("一二两三四五六七八九十百几多数半", r)) {
				continue
			}
		}
		if i := strings.LastIndexAny(s[seen:m[0]], "。；;！？\n"); i >= 0 {
			lastYear, sentence, recurring = 0, seen+i, false
		}
		seen = m[0]
		y, explicit := 0, false
		switch {
		case year != "":
			y, explicit = hanNumber(year), true
		case rel == "明年" || rel == "次年":
			y = b.written() + 1
		case rel == "后年":
			y = b.written() + 2
		case rel == "去年" || rel == "上年":
			y = b.year - 1
		case lastYear != 0:
			y = lastYear
		default:
			y = b.year
		}
		if b.year == 0 && !explicit && lastYear == 0 {
			y = 0
		}
		if year != "" {
			lastYear = y
		}
		mt := mention{from: m[0], to: m[1], before: g(1), after: g(10), yearless: y == 0}
		if mt.before == "于" || mt.before == "在" {
			mt.from += len(mt.before)
		}
		mt.exact = month != "" || quarter != "" || half != "" || end != ""
		mo := hanNumber(month)
		if month != "" && (mo < 1 || mo > 12) {
			continue
		}
		d := ""
		switch {
		case month != "":
			if !explicit && rel == "" && lastYear == 0 && !b.fixed && b.date != "" && b.date[5:7] >= "10" && y != 0 && fmt.Sprintf("%04d-%02d", y, mo) < b.date[:7] {
				y++ // written in the last quarter, a month already past is next year's
			}
			switch {
			case dayOf != "":
				var ok bool
				if d, ok = day(y, mo, hanNumber(dayOf)); !ok {
					d, mt.impossible = "", y != 0
				}
			case part == "上旬" || strings.HasSuffix(part, "初"):
				d, _ = day(y, mo, 10)
			case part == "中旬":
				d, _ = day(y, mo, 20)
			case strings.HasSuffix(part, "中"):
				d, _ = day(y, mo, 15)
			default:
				d = monthEnd(y, mo)
			}
		case quarter != "":
			d = monthEnd(y, 3*((strings.Index("一二三四", quarter)/3+4)%4+1))
			if quarter[0] < 0x80 {
				d = monthEnd(y, 3*int(quarter[0]-'0'))
			}
		case half == "上半年", end == "年中":
			d = monthEnd(y, 6)
		case end == "年初":
			d = monthEnd(y, 3)
		default:
			d = monthEnd(y, 12)
		}
		if y < 1949 || y > 2199 {
			d = ""
		}
		mt.due = Due{Day: d, Text: strings.TrimSpace(s[mt.from:mt.to])}
		if d != "" && end == "" && (month != "" && dayOf == "" && part == "" || quarter != "" && !strings.ContainsAny(s[m[0]:m[1]], "末底内")) && beforeRE.MatchString(mt.after) {
			mt.due.Day, mt.due.Unsure = "", unsure(mt.due.Text, d, quarter != "")
		}
		switch {
		case strings.HasPrefix(mt.before, "每"):
			recurring = true
			fallthrough
		case recurring && year == "":
			mt.due.Day, mt.due.Recurring = "", true
		}
		ends := part != "" && strings.ContainsAny(part, "底末") || strings.Contains(end, "底") || strings.Contains(end, "末") || strings.Contains(end, "内")
		switch mt.after {
		case "之前", "以前", "前", "以内", "之内", "底前", "内":
			mt.marked = true
		case "起", "以来", "开始", "以后", "之后", "后":
			mt.marked = false
			mt.due.Day = ""
			out = append(out, mt)
			continue
		}
		head := strings.TrimSpace(s[sentence+1 : m[0]])
		if mt.before == "到" && strings.HasSuffix(head, "现在") { // 从现在到2009年
			mt.before = "从"
		}
		switch mt.before {
		case "到", "至", "截至", "截止", "截止到", "力争到", "确保到", "力争", "确保":
			mt.marked = true
		case "从", "自", "比", "较":
			mt.due.Day = ""
			out = append(out, mt)
			continue
		}
		if ends && year == "" && rel == "" && month == "" && quarter == "" { // 年底效能考核 is no deadline, 年底竣工 and 年底。 are
			r, _ := utf8.DecodeRuneInString(s[m[1]:])
			ends = m[1] == len(s) || strings.ContainsRune("，,。；;、）)", r)
		}
		if ends && (b.date == "" || d >= b.date) {
			mt.marked = true
		}
		if doneRE.MatchString(s[m[1]:]) {
			mt.marked = true
		}
		if mt.exact && strings.Trim(head, `“"（(　 `) == "" && (strings.HasPrefix(s[m[1]:], "，") || strings.HasPrefix(s[m[1]:], ",")) {
			mt.marked = true // 2019年上半年，…
		}
		if mt.due.Recurring {
			mt.marked = true
		}
		out = append(out, mt)
	}
	// A span (1月1日至12月31日, 2018—2020年) says how long, not by when.
	for i := range out {
		if i > 0 && (out[i].from == out[i-1].to && strings.HasPrefix(out[i].before, "至") || out[i].from == out[i-1].to && out[i].before == "到" || strings.ContainsAny(s[out[i-1].to:out[i].from], "—－-–~～") && len(s[out[i-1].to:out[i].from]) <= 6) {
			out[i].marked, out[i-1].marked = false, false
		} else if p := s[:out[i].from]; len(p) > 0 {
			cut := strings.TrimRight(p, "—－-–~～")
			if len(cut) < len(p) && len(cut) > 0 && cut[len(cut)-1] >= '0' && cut[len(cut)-1] <= '9' {
				out[i].marked = false
			}
		}
	}
	return out
}

// beforeRE is the word that has two readings behind a month or a quarter.
var beforeRE = compile(`^(?:之前|以前|前)$`)

// unsure says the two readings of 6月前 and 二季度前, which end with the day last, or the day before they begin. Documents write 6月底前 or
// 6月30日前 where they are careful; where they are not, usage is divided, and the month that lies between decides over a light.
func unsure(text, last string, quarter bool) string {
	t, err := time.Parse(time.DateOnly, last)
	if err != nil {
		return ""
	}
	first, what := t.AddDate(0, 0, 1-t.Day()), "这个月"
	if quarter {
		first, what = first.AddDate(0, -2, 0), "这个季度"
	}
	return fmt.Sprintf("时限%s有两种读法：%s到来以前（%s），或者%s底（%s）。没有读成日期，请写明是哪一天。", quote(text), what, first.AddDate(0, 0, -1).Format(time.DateOnly), what, last)
}

// prose finds the deadline of a task in its running text: of several, the last
// day, when the whole must be done. Days before the document are history.
func (b base) prose(text string) (Due, bool) {
	s := narrow(text)
	var best Due
	found := false
	var again []string // 每年2月底前, 3月底前
	if m := relativeRE.FindStringSubmatch(s); m != nil {
		best, found = b.relative(m), true
	}
	for _, m := range b.mentions(s) {
		if m.marked && m.yearless && !m.due.Recurring && !found {
			best, found = Due{Text: m.due.Text, Yearless: true}, true
		}
		if m.marked && m.due.Unsure != "" && !found {
			best, found = m.due, true
		}
		if !m.marked || m.due.Day == "" && !m.due.Recurring {
			continue
		}
		if m.due.Day != "" && (b.date != "" && m.due.Day < b.date || b.date == "" && b.year != 0 && m.due.Day < fmt.Sprint(b.year)) {
			continue
		}
		if m.due.Recurring {
			again = append(again, m.due.Text)
		}
		if !found || m.due.Day > best.Day {
			best, found = m.due, true
		}
	}
	if best.Recurring && best.Day == "" {
		best.Text = strings.Join(again, "；")
	}
	if !found {
		if m := everyDayRE.FindString(s); m != "" {
			return Due{Text: m, Recurring: true}, true
		}
		if m := eventRE.FindStringSubmatch(s); m != nil {
			return Due{Day: b.event(m), Text: m[0], Event: true}, true
		}
		for _, c := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("，,。；;、", r) }) {
			if c = strings.TrimSpace(c); standingRE.MatchString(c) {
				return Due{Text: c, Standing: true}, true
			}
		}
	}
	return best, found
}

// feasts are the days whose date does not move.
var feasts = map[string][2]int{"元旦": {1, 1}, "五一": {5, 1}, "劳动节": {5, 1}, "“五一”": {5, 1}, "七一": {7, 1}, "八一": {8, 1}, "国庆": {10, 1}, "十一": {10, 1}, "“十一”": {10, 1}}

// springs are the first days of the lunar year (春节) from 2010 on.
var springs = []string{"2010-02-14", "2011-02-03", "2012-01-23", "2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25",
	"2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03"}

// event is the day before a feast: in the year that is named, else the next after the date of the document, else, where the feast is
// not at the turn of the year, of the year that the document is about. "": not to be known from a calendar.
func (b base) event(m []string) string {
	name, next := strings.TrimSuffix(m[2], "节"), ""
	if _, ok := feasts[m[2]]; ok {
		name = m[2]
	}
	y := hanNumber(strings.TrimRight(m[1], "年 "))
	switch strings.TrimRight(m[1], " ") {
	case "今年", "当年":
		y = b.written()
	case "明年", "次年":
		y = b.written() + 1
	}
	if y <= 0 {
		y, next = b.year, b.date
		if b.fixed && b.date != "" && b.date[:4] < fmt.Sprint(b.year) {
			next = fmt.Sprintf("%04d-01-01", b.year)
		}
	}
	before := func(d string) string {
		t, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return ""
		}
		return t.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	if m[2] == "春节" {
		for _, d := range springs {
			if m[1] != "" && d[:4] == fmt.Sprint(y) || m[1] == "" && next != "" && d > next {
				return before(d)
			}
		}
		return ""
	}
	f, ok := feasts[name]
	if !ok || y <= 0 {
		return ""
	}
	if name == "元旦" && m[1] == "" { // the one that ends the year
		y++
	}
	d, _ := day(y, f[0], f[1])
	if m[1] == "" && b.date != "" && !b.fixed && d <= b.date {
		d, _ = day(y+1, f[0], f[1])
	}
	return before(d)
}

// What people type into a cell for short: 17.9.30, 2017Q3, 9/30, 9-30.
var (
	shortYearRE   = compile(`^(\d{2})[./-](\d{1,2})[./-](\d{1,2})(?:日)?(?:之前|以前|前)?$`)
	quarterCodeRE = compile(`^(?:(\d{4})年?)?[Qq]([1-4])(?:末|底|前)?$`)
	slashDayRE    = compile(`^(\d{1,2})([/-])(\d{1,2})(?:之前|以前|前)?$`)
)

// monthDayRE is a day without a year as tables write it: 10.15, 6.30前.
var monthDayRE = compile(`^(?:于|在|截至|截止)?(\d{1,2})[.·](\d{1,2})[日号]?(?:之前|以前|前)?(?:完成)?$`)

// beforeYear is 2020年前, of which people mean the end of 2020 or that of 2019.
var beforeYear = compile(`(?:^|[^\d/.\-—－~～至月])(\d{4})年(?:之前|以前|前)(?:[^\p{Han}]|完成|建成|实现|全面|基本|力争|$)`)

// doubt is what a reader must be told of a deadline that has two readings; "" if none.
func doubt(text, day string) string {
	m := beforeYear.FindStringSubmatch(narrow(text))
	if m == nil || !strings.HasPrefix(day, m[1]) {
		return ""
	}
	y := hanNumber(m[1])
	return fmt.Sprintf("“%d年前”有两种读法，这里按 %d 年底（%s）读入。如果是说 %d 年到来以前，请改成 %d-12-31。", y, y, day, y, y-1)
}

// relative resolves 印发之日起30日内 from the date of the document; the day of
// issue is not counted. Working days need the calendar and stay open here.
func (b base) relative(m []string) Due {
	d := Due{Text: m[0]}
	t, err := time.Parse(time.DateOnly, b.date)
	n := hanNumber(m[1])
	if err != nil || n < 0 {
		return d
	}
	switch m[2] {
	case "日", "天":
		d.Day = t.AddDate(0, 0, n).Format(time.DateOnly)
	case "个月":
		u := t.AddDate(0, n, 0)
		if u.Day() != t.Day() { // no 31st: the month's last day
			u = u.AddDate(0, 0, -u.Day())
		}
		d.Day = u.Format(time.DateOnly)
	case "年":
		d.Day = t.AddDate(n, 0, 0).Format(time.DateOnly)
	}
	return d
}

// noYear is the answer for 年底前 where no year is known; it is said once for all.
const noYear = "没有年份"

// yearless says it.
func yearless(n int, first string) string {
	return fmt.Sprintf("有 %d 处时间节点没有写年份，文件里也找不到年份（第一处是%s）。请先选定年份再导入，或者写成 2017-02-28 这样的日期。", n, first)
}

// field reads a cell or the value of 完成时限：. mend is a Chinese sentence if
// it is not empty and cannot be read.
func (b base) field(text string) (due Due, mend string) {
	raw := strings.TrimSpace(text)
	s := strings.Trim(narrow(raw), " 。；;，,、")
	if s == "" || s == "-" || s == "—" || s == "——" || s == "/" || s == "无" {
		return Due{}, ""
	}
	advice := func(why string) string {
		return "时间节点" + quote(raw) + why + "请写成 2017-02-28 这样的日期。"
	}
	if m := isoRE.FindStringSubmatch(s); m != nil {
		y, mo, d := hanNumber(m[1]), hanNumber(m[2]), hanNumber(m[3])
		if mo < 1 || mo > 12 {
			return Due{Text: raw}, advice("不是日期。")
		}
		if m[3] == "" {
			return Due{Day: monthEnd(y, mo), Text: raw}, ""
		}
		if iso, ok := day(y, mo, d); ok {
			return Due{Day: iso, Text: raw}, ""
		}
		return Due{Text: raw}, advice("不是日期。")
	}
	if m := shortYearRE.FindStringSubmatch(s); m != nil && hanNumber(m[1]) > 12 { // 17.9.30, in which no month comes first
		if iso, ok := day(2000+hanNumber(m[1]), hanNumber(m[2]), hanNumber(m[3])); ok {
			return Due{Day: iso, Text: raw}, ""
		}
		return Due{Text: raw}, advice("不是日期。")
	}
	if m := excelRE.FindStringSubmatch(s); m != nil { // 06-30-17, a sheet's plain date style
		if iso, ok := day(2000+hanNumber(m[3]), hanNumber(m[1]), hanNumber(m[2])); ok {
			return Due{Day: iso, Text: raw}, ""
		}
		return Due{Text: raw}, advice("不是日期。")
	}
	if m := excelMonthRE.FindStringSubmatch(s); m != nil { // Jun-17
		return Due{Day: monthEnd(2000+hanNumber(m[2]), 1+strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", m[1])/3), Text: raw}, ""
	}
	if m := quarterCodeRE.FindStringSubmatch(s); m != nil {
		year := b.year
		if m[1] != "" {
			year = hanNumber(m[1])
		}
		if year == 0 {
			return Due{Text: raw}, noYear
		}
		return Due{Day: monthEnd(year, 3*hanNumber(m[2])), Text: raw}, ""
	}
	if m := slashDayRE.FindStringSubmatch(s); m != nil {
		if m[2] == "-" && hanNumber(m[3]) <= 12 {
			return Due{Text: raw}, advice("可能是一天，也可能是几个月。")
		}
		s = m[1] + "." + m[3]
	}
	s = typoMonthRE.ReplaceAllString(s, "${1}月$2") // 2016年6底前
	if m := monthDayRE.FindStringSubmatch(s); m != nil {
		if b.year == 0 {
			return Due{Text: raw}, noYear
		}
		if iso, ok := day(b.year, hanNumber(m[1]), hanNumber(m[2])); ok {
			return Due{Day: iso, Text: raw}, ""
		}
		return Due{Text: raw}, advice("不是日期。")
	}
	if len(s) == 8 && s[0] == '2' && hanNumber(s) > 0 {
		n := hanNumber(s)
		if iso, ok := day(n/10000, n/100%100, n%100); ok {
			return Due{Day: iso, Text: raw}, ""
		}
	}
	if len(s) == 5 && hanNumber(s) >= 25569 { // a spreadsheet's day number
		return Due{Day: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, hanNumber(s)).Format(time.DateOnly), Text: raw}, ""
	}
	if len(s) == 4 && hanNumber(s) >= 1949 && hanNumber(s) <= 2199 {
		return Due{Day: s + "-12-31", Text: raw}, ""
	}
	if m := yearsRE.FindStringSubmatch(s); m != nil && m[1] <= m[2] { // 2015-2018: the end counts
		return Due{Day: m[2] + "-12-31", Text: raw}, ""
	}
	if standingRE.MatchString(s) {
		return Due{Text: raw, Standing: true}, ""
	}
	if m := planRE.FindStringSubmatch(s); m != nil { // a five-year plan ends in a year like 2020; three years lay between the second and the third
		if end := 1955 + 5*hanNumber(strings.TrimSuffix(m[1], "五")); end >= 1970 {
			return Due{Day: monthEnd(end, 12), Text: raw}, ""
		}
	}
	if atOnceRE.MatchString(s) {
		return Due{Text: raw}, advice("没有写到哪一天为止。")
	}
	if withinRE.MatchString(s) {
		return Due{Text: raw}, advice("没有说从哪一天算起，算不出是哪一天。")
	}
	if m := spanFieldRE.FindStringSubmatch(s); m != nil { // from when till when: the end counts
		end := m[2]
		if !isoRE.MatchString(end) {
			end = m[1][:4] + "." + strings.Trim(strings.ReplaceAll(end, "月", "."), "日. ")
		}
		if due, mend = b.field(end); mend == "" {
			due.Text = raw
			return due, ""
		}
		return Due{Text: raw}, advice("不是日期。")
	}
	if m := relativeRE.FindStringSubmatch(s); m != nil {
		due = b.relative(m)
		due.Text = raw
		if due.Day == "" {
			return due, advice("要从印发之日算起，算不出是哪一天。")
		}
		return due, ""
	}
	if everyRE.MatchString(s) && !strings.HasPrefix(s, "年度") {
		return Due{Text: raw, Recurring: true}, ""
	}
	// 5月底前出台，年内持续推进: the day counts, not the going on.
	var kept []string
	clauses := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("，,。；;、", r) })
	for _, c := range clauses {
		if !standingRE.MatchString(strings.TrimSpace(c)) {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return Due{Text: raw, Standing: true}, ""
	}
	if len(kept) < len(clauses) {
		if due, mend = b.field(strings.Join(kept, "；")); mend == "" {
			due.Text = raw
			return due, ""
		}
		return Due{Text: raw, Standing: true}, ""
	}
	if m := eventRE.FindStringSubmatch(s); m != nil && !strings.ContainsAny(s, "月季底") {
		if d := b.event(m); d != "" {
			return Due{Day: d, Text: raw, Event: true}, ""
		}
		return Due{Text: raw, Event: true}, advice("要看" + quote(m[2]) + "是哪一天。")
	}
	bad, unknown, two := false, false, ""
	for _, m := range b.mentions(s) {
		switch {
		case m.impossible:
			bad = true
		case m.due.Recurring:
			due.Recurring = true
		case m.after == "起" || m.before == "从" || m.before == "自":
		case m.due.Unsure != "":
			two = m.due.Unsure
		case m.due.Day == "":
			unknown = true
		case m.due.Day > due.Day:
			due.Day = m.due.Day
		}
	}
	due.Text = raw
	if due.Day != "" && feastRE.MatchString(s) && !strings.ContainsAny(s, "月季") { // 2019年汛期前 is not the end of 2019
		return Due{Text: raw}, advice("看不懂。")
	}
	if due.Day != "" {
		due.Recurring = false
		return due, ""
	}
	if due.Recurring {
		return due, ""
	}
	switch {
	case two != "":
		due.Unsure = two
		return due, two
	case unknown && b.year == 0:
		return due, noYear
	case bad:
		return due, advice("不是日期。")
	}
	return due, advice("看不懂。")
}

// dayOfDate checks a date the caller gave.
func dayOfDate(s string) string {
	if _, err := period.ParseDay(s); err != nil {
		return ""
	}
	return s
}

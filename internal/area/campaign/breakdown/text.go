package breakdown

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

const hanCount = `[一二三四五六七八九十百零〇]{1,5}`

// numberings are the levels of numbering in official documents, outermost first.
var numberings = []pattern{
	compile(`^(第` + hanCount + `[章编节部]分?)[\s、，：:]*`),
	compile(`^(` + hanCount + `)[、．.]\s*`),
	compile(`^([（(]\s*` + hanCount + `\s*[)）])[、.．]?\s*`),
	compile(`^(第(?:` + hanCount + `|\d{1,4})[条项件])[\s、，：:]*`),
	compile(`^(\d{1,4})\s*(?:[、]|[.．](?:\s|\D|\d{4}年|\d{1,2}(?:[-—－~～至]+\d{1,2})?月|$))`),
	compile(`^([（(]\s*\d{1,4}\s*[)）])[、.．]?\s*`),
	compile(`^([①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳])[、.．]?\s*`),
}

// numbered splits a paragraph into its number and the rest; level -1: none.
func numbered(p string) (level int, no, rest string) {
	n := narrow(p)
	for i, re := range numberings {
		m := re.FindStringSubmatchIndex(n)
		if m == nil {
			continue
		}
		no = n[m[2]:m[3]]
		if i == 4 { // the character after the point is not ours
			tail := n[m[3]:]
			k := m[3] + strings.IndexAny(tail, "、.．")
			_, w := utf8.DecodeRuneInString(n[k:])
			m[1] = k + w
		}
		// n and p have the same runes, not the same bytes
		return i, strings.Join(strings.Fields(no), ""), strings.TrimSpace(skipRunes(p, utf8.RuneCountInString(n[:m[1]])))
	}
	return -1, "", p
}

func skipRunes(s string, n int) string {
	for ; n > 0 && s != ""; n-- {
		_, w := utf8.DecodeRuneInString(s)
		s = s[w:]
	}
	return s
}

var pairs = map[rune]rune{'（': '）', '(': ')', '[': ']', '【': '】', '〔': '〕', '［': '］'}

// mates treats half-width and full-width brackets as partners.
func mates(open, shut rune) bool {
	return pairs[open] == shut || open == '（' && shut == ')' || open == '(' && shut == '）'
}

// block is a stretch of a paragraph that states responsibility.
type block struct {
	from, to int // bytes, with the brackets
	clause   clause
	raw      string
	firm     bool // labelled, or written after the end of a sentence
}

// blocks finds the responsibilities in a paragraph, in order; none overlap.
func blocks(p string) []block {
	var out []block
	type open struct {
		at int
		r  rune
	}
	var stack []open
	for i, r := range p {
		if _, ok := pairs[r]; ok {
			if len(stack) < 8 {
				stack = append(stack, open{i, r})
			}
			continue
		}
		if len(stack) == 0 || !strings.ContainsRune("）)]】〕］", r) {
			continue
		}
		k := len(stack) - 1
		for k >= 0 && !mates(stack[k].r, r) {
			k--
		}
		if k < 0 {
			continue
		}
		o := stack[k]
		stack = stack[:k]
		if k > 0 {
			continue // inside another bracket
		}
		inner := p[o.at+utf8.RuneLen(o.r) : i]
		end := i + utf8.RuneLen(r)
		before, _ := utf8.DecodeLastRuneInString(strings.TrimRight(p[:o.at], " 　"))
		tail := strings.TrimLeft(p[end:], " 　")
		after, _ := utf8.DecodeRuneInString(tail)
		ended := strings.TrimSpace(p[:o.at]) == "" || strings.ContainsRune("。；;！？”.…：:", before)
		closes := tail == "" || strings.ContainsRune("。；;！", after)
		if !ended && !closes && !isLabelled(inner) {
			continue
		}
		c, ok := readClause(inner, false)
		if k := len(out) - 1; k >= 0 && out[k].to == o.at && c.duties == nil && out[k].clause.due == "" {
			if when, rest := dueLead(inner); when != "" && (rest == "" || doneRE.MatchString(rest)) || isTime(inner) || standingRE.MatchString(inner) { // （区交通局负责）（12月底前完成）
				if when == "" {
					when = inner
				}
				out[k].clause.due, out[k].to = when, end
			}
			continue
		}
		if !ok || c.duties == nil && !isLabelled(inner) {
			continue
		}
		if ended && !closes && len(out) == 0 && strings.TrimSpace(p[:o.at]) == "" && !isLabelled(inner) {
			continue // （一） and the like at the head of a paragraph
		}
		if !ended && !isLabelled(inner) && !hasVerb(inner) && !allOffices(c.duties) {
			continue // 平台（创新中心、检测中心）
		}
		b := block{from: o.at, to: end, clause: c, raw: inner, firm: ended || isLabelled(inner)}
		if closes && tail != "" && after != '”' {
			b.to = len(p) - len(tail) + utf8.RuneLen(after)
		}
		out = append(out, b)
	}
	// A bracket that is never shut, at the end of a text that breaks off: its labels count.
	if len(stack) > 0 {
		if o := stack[0]; isLabelled(p[o.at:]) && !within(out, o.at) {
			inner := p[o.at+utf8.RuneLen(o.r):]
			if c, ok := readClause(inner, false); ok && c.duties != nil {
				out = append(out, block{from: o.at, to: len(p), clause: c, raw: inner, firm: true})
			}
		}
	}
	free := inline(p, out)
	for _, b := range out {
		if !within(free, b.from) { // a bracket in a value is part of the name
			free = append(free, b)
		}
	}
	if free == nil {
		free = bareSentence(p)
	}
	if free == nil {
		free = afterDash(p)
	}
	sort.Slice(free, func(i, j int) bool { return free[i].from < free[j].from })
	return free
}

// bareSentence takes a last sentence that is nothing but responsibility, without
// brackets: 区教育局牵头，区财政局配合，8月底前完成。
func bareSentence(p string) []block {
	end := len(strings.TrimRight(p, "。；; 　"))
	at := 0
	if i := strings.LastIndexAny(p[:end], "。；;"); i >= 0 {
		_, w := utf8.DecodeRuneInString(p[i:])
		at = i + w
	}
	s := p[at:end]
	if at == 0 || utf8.RuneCountInString(s) > 200 || !hasVerb(s) {
		return nil
	}
	c, ok := readClause(s, false)
	if !ok {
		return nil
	}
	for _, d := range c.duties {
		if !isUnit(d.Name) || stopWords.MatchString(d.Name) || utf8.RuneCountInString(d.Name) > 16 {
			return nil
		}
	}
	for _, q := range strings.FieldsFunc(s, isStop) {
		when, _ := dueLead(q)
		if q = strings.TrimSpace(q); !verbRE.MatchString(q) && !strings.Contains(q, "牵头") && when == "" && !standingRE.MatchString(q) && !allUnits(q) {
			return nil
		}
	}
	return []block{{from: at, to: len(p), clause: c, raw: s, firm: true}}
}

// afterDash takes the bodies that stand behind a dash at the end: 修好城东大桥。——区交通局、区财政局.
func afterDash(p string) []block {
	at := strings.LastIndex(p, "——")
	if at <= 0 {
		return nil
	}
	s := strings.Trim(p[at+len("——"):], " 　—。；;（）()")
	c, ok := readClause(s, false)
	if !ok {
		return nil
	}
	for _, d := range c.duties {
		if !isUnit(d.Name) || stopWords.MatchString(d.Name) || utf8.RuneCountInString(d.Name) > 16 {
			return nil
		}
	}
	if !allUnits(s) && !hasVerb(s) || !allOffices(c.duties) && !strings.ContainsAny(s, "、，") {
		return nil
	}
	return []block{{from: at, to: len(p), clause: c, raw: s, firm: true}}
}

// allOffices reports whether every name is plainly that of a public body.
func allOffices(duties []Duty) bool {
	for _, d := range duties {
		if !officeRE.MatchString(innerName.ReplaceAllString(d.Name, "")) {
			return false
		}
	}
	return duties != nil
}

var officeRE = compile(`.(?:局|委|办|部|厅|署|政府|街道|镇|乡|办公室|管委会|总工会|妇联|团委|残联|指挥部)$`)

func allUnits(s string) bool {
	names := splitUnits(s)
	for _, n := range names {
		if !isUnit(n) {
			return false
		}
	}
	return len(names) > 0
}

// inline finds headings outside brackets: …。责任单位：A、B。2.…
func inline(p string, taken []block) []block {
	var out []block
	at := 0
	for _, m := range labelRE.FindAllStringIndex(p, -1) {
		if m[0] < at || within(taken, m[0]) {
			continue
		}
		if head := strings.TrimRight(p[:m[0]], " 　"); head != "" {
			if r, _ := utf8.DecodeLastRuneInString(head); !strings.ContainsRune("。；;！？”）)】]，,、★◆●■▲", r) {
				continue // 明确责任单位：… inside a sentence
			}
		}
		// The value runs to the full stop, or over it if another heading follows.
		end := m[1]
		for {
			stop := strings.IndexAny(p[end:], "。（(")
			upTo := len(p)
			if stop >= 0 {
				upTo = min(len(p), end+stop+16)
			}
			if next := nextItem.FindStringIndex(p[end:upTo]); next != nil && (stop < 0 || next[0] < stop) {
				end += next[0]
				break
			}
			if stop < 0 {
				end = len(p)
				break
			}
			if !strings.HasPrefix(p[end+stop:], "。") { // a bracket in the value: 区住建局（房管中心）
				shut := strings.IndexAny(p[end+stop:], "）)")
				if shut < 0 {
					end = len(p)
					break
				}
				_, w := utf8.DecodeRuneInString(p[end+stop+shut:])
				end += stop + shut + w
				continue
			}
			end += stop + len("。")
			rest := strings.TrimLeft(p[end:], " 　")
			if l := labelRE.FindStringIndex(rest); l == nil || l[0] != 0 {
				break
			}
		}
		c, ok := readClause(p[m[0]:end], true)
		if ok {
			out = append(out, block{from: m[0], to: end, clause: c, raw: p[m[0]:end], firm: true})
		}
		at = end
	}
	return out
}

// within reports whether byte i lies in one of the blocks.
func within(blocks []block, i int) bool {
	for _, b := range blocks {
		if i >= b.from && i < b.to {
			return true
		}
	}
	return false
}

var (
	itemOne = compile(`[\s。；;]1\s*[.．、]\D`)
	itemTwo = compile(`(?:^|[\s。；;])2\s*[.．、]\D`)
)

var nextItem = compile(`[\s。；;]\d{1,3}[.．、]\D`)

var (
	wholeDateRE = compile(`^[（(]?\s*(?:[\p{Han}、\s]{0,40}?)?(\d{4}|` + han + `{4})\s*年\s*(` + hanMonth + `)\s*月\s*(` + hanDay + `)\s*日\s*(?:印发)?\s*[)）]?$`)
	docNoRE     = compile(`[〔\[［【(（](\d{4})[〕\]］】)）]\s*\d+\s*号`)
	titleYearRE = compile(`(\d{4}|` + han + `{4})\s*年度?`)
	titleWordRE = compile(`工作|任务|要点|分工|分解|方案|报告|目标|计划|实事|责任|清单|台账`)
	spanRE      = compile(`\d{4}\s*年?\s*[—－\-–~～至到]+\s*\d{4}|三年|五年|十四五|十三五`)
	noiseRE     = compile(`^[\s|丨·.\-—_=*]*$`)
)

// frame finds the date of the document (成文日期) and the year that it is about.
func frame(paras []string, opt Options) base {
	b := base{date: dayOfDate(opt.Date)}
	docYear := 0
	for _, p := range paras {
		n := strings.TrimSpace(narrow(clip(p, 400)))
		if utf8.RuneCountInString(n) > 80 {
			continue
		}
		if docYear == 0 {
			if m := docNoRE.FindStringSubmatch(n); m != nil {
				docYear = hanNumber(m[1])
			}
		}
		if b.date == "" {
			if m := wholeDateRE.FindStringSubmatch(n); m != nil {
				b.date, _ = day(hanNumber(m[1]), hanNumber(m[2]), hanNumber(m[3]))
			}
		}
	}
	switch {
	case opt.Year != 0:
		b.year, b.fixed = opt.Year, true
		return b
	case b.date != "":
		b.year = hanNumber(b.date[:4])
	default:
		b.year = docYear
	}
	for i, p := range paras {
		n := narrow(clip(p, 400))
		if i > 12 {
			break
		}
		if utf8.RuneCountInString(n) > 60 || !titleWordRE.MatchString(n) || spanRE.MatchString(n) || strings.ContainsAny(n, "。；") || docNoRE.MatchString(n) {
			continue
		}
		if m := titleYearRE.FindStringSubmatch(n); m != nil {
			if y := hanNumber(m[1]); y >= 1949 && y <= 2199 && (b.year == 0 || y == b.year || y == b.year+1) {
				b.year, b.fixed = y, true
				break
			}
		}
	}
	return b
}

// heading is one level of the outline.
type heading struct {
	level     int
	no, title string
}

// reader walks through the paragraphs.
type reader struct {
	base
	convention
	res     Result
	stack   []heading
	texts   []string // of the open task
	more    []int    // paragraphs of texts[1:]
	textAt  int      // paragraph where the open task began
	own     bool     // the open texts begin with the item's own number
	clause  *clause  // responsibility of the open task
	last    int      // paragraph of the last line read into it
	carry   []Duty   // 以下均需…落实，不再列出
	counts  map[string]int
	unled   []int
	noYear  []string // where a deadline lacks its year
	tail    bool     // the open text stands after the last bracket of a paragraph
	without []unassigned
	undone  []undone
	led     map[string]int // tasks by parent heading
}

// undone is a text with a deadline that belongs to no task.
type undone struct {
	para      int
	due, text string
}

// unassigned is a numbered item without responsibility.
type unassigned struct {
	parent, no string
	path       []string
	para       int
	text       string
}

// slipRE is a heading at the beginning of a bracket with a semicolon in the place of its colon: （责任单位；区住建局）.
var slipRE = compile(`([（(【\[〔]\s*(?:牵头|责任|负责|配合|主办|主责|承办|协办)(?:责任)?(?:单位|部门|科室|处室))\s*[；;]`)

// ParseText reads a running text (.txt, or the paragraphs of a .docx). The
// responsibility may stand in brackets after a sentence, several in a
// paragraph, or on lines of its own after it. Deadlines come from 完成时限：,
// else from the sentence. Source: S2, S7; domain 3.
func ParseText(paragraphs []string, opt Options) Result {
	r := &reader{counts: map[string]int{}, led: map[string]int{}}
	var paras []string
	var numbers []int
	tables := textTables(paragraphs)
	inTable := map[int]bool{}
	for _, t := range tables {
		for i := t.from; i < t.to; i++ {
			inTable[i] = true
		}
	}
	for i, p := range paragraphs {
		if inTable[i] {
			continue
		}
		for _, line := range strings.FieldsFunc(p, func(c rune) bool { return c == '\n' || c == '\r' || c == '\v' }) {
			if utf8.RuneCountInString(line) > maxParagraph {
				r.res.problem(fmt.Sprintf("第 %d 段", i+1), "这一段超过两万字，只读了前面两万字。请分段后再导入。")
				line = clip(line, maxParagraph)
			}
			line = strings.Trim(strings.ToValidUTF8(line, ""), " \t　\u00a0\ufeff")
			if noiseRE.MatchString(line) {
				continue
			}
			line = slipRE.ReplaceAllString(line, "$1：")
			paras, numbers = append(paras, line), append(numbers, i+1)
		}
	}
	r.begin(paras, opt)
	paras, numbers = r.unread(paras, numbers)
	for i, p := range paras {
		if len(r.res.Tasks) >= maxTasks {
			r.res.problem("全文", fmt.Sprintf("任务超过 %d 条，后面的没有读。请分成几个文件导入。", maxTasks))
			break
		}
		r.paragraph(p, numbers[i])
	}
	r.flush()
	for _, t := range tables {
		r.table(t)
	}
	r.finish(paras, numbers)
	return r.res
}

// unread says where the titles of a table stand of which the cells were not read, and takes away what cannot be a text: a page of
// a PDF whose columns ran together.
func (r *reader) unread(paras []string, numbers []int) (outP []string, outN []int) {
	said := 0
	say := func(n int, what string) {
		if said++; said <= 5 {
			r.res.problem(fmt.Sprintf("第 %d 段", n), what)
		}
	}
	for i := 0; i < len(paras); i++ {
		words := strings.Fields(narrow(clip(paras[i], 600)))
		switch n := titlesIn(words); {
		case crowdedRE.MatchString(narrow(clip(paras[i], 600))), n >= 4 && len(words) > n+6, n >= 3 && len(words) > n+2 && titlesRun(words) >= 3:
			say(numbers[i], "像是从 PDF 里复制的表格，各列混在一起，分不开，没有导入："+quote(paras[i])+"。请用原来的 Word、Excel 文件；只有 PDF 时，请在 WPS 里转成 Word 再导入。")
			for i+1 < len(paras) && ranTogether(paras[i+1]) { // it goes on
				i++
				say(numbers[i], "接着上面那张分不开的表格，没有导入："+quote(paras[i])+"。")
			}
			continue
		case n >= 3 && len(words) <= n+2:
			say(numbers[i], "是表格的标题行，下面的格子没有读出来："+quote(paras[i])+"。请在原来的 Word、Excel 里选中整张表复制过来，或者上传原来的文件。")
		}
		j := i
		for j < len(paras) && j < i+12 && titleOf(paras[j]) != FieldNone {
			j++
		}
		if j-i >= 3 && titlesIn(paras[i:j]) >= 3 {
			say(numbers[i], "起是表格的标题（"+strings.Join(paras[i:j], "、")+"），下面的格子没有读出来。请在原来的 Word、Excel 里选中整张表复制过来，或者上传原来的文件。")
			for ; i < j-1; i++ {
				outP, outN = append(outP, paras[i]), append(outN, numbers[i])
			}
		}
		outP, outN = append(outP, paras[i]), append(outN, numbers[i])
	}
	return outP, outN
}

// crowdedRE is the titles of a table with nothing between them, not even spaces, and the first number behind.
var crowdedRE = compile(`序号[^，。；：:\s|]{2,40}(?:责任|牵头|承办|主办|配合)(?:单位|部门|科室)[^，。；：:\s|]{0,30}?1\p{Han}`)

// titlesRun is the most titles that follow each other in words.
func titlesRun(words []string) (most int) {
	n := 0
	for _, w := range words {
		if n++; titleOf(w) == FieldNone || utf8.RuneCountInString(w) < 2 {
			n = 0
		}
		most = max(most, n)
	}
	return most
}

// ranTogether reports whether a paragraph is cells of a table with nothing but spaces between: names of bodies stand alone among sentences.
func ranTogether(s string) bool {
	words := strings.Fields(narrow(clip(s, 600)))
	bodies := 0
	for _, w := range words {
		if isUnit(w) {
			bodies++
		}
	}
	return len(words) > 5 && bodies >= 2
}

// titlesIn counts the different kinds of titles in words; 0 if there is none for a task and one for a body or a time.
func titlesIn(words []string) int {
	kinds := map[Field]bool{}
	for _, w := range words {
		if f := titleOf(w); f != FieldNone && utf8.RuneCountInString(w) > 1 && !strings.ContainsAny(w, "、。（") {
			kinds[f] = true
		}
	}
	if !kinds[FieldText] || !kinds[FieldLead] && !kinds[FieldOwes] && !kinds[FieldDeadline] {
		return 0
	}
	return len(kinds)
}

// table takes the tasks of a table inside the text.
func (r *reader) table(t textTable) {
	g := t.grid
	g.lines = true
	for _, l := range t.line {
		g.Nums = append(g.Nums, l+1)
	}
	res := ParseGrid(g, GuessMapping(g), r.context())
	for _, x := range res.Tasks {
		x.Paragraph, x.Row, x.Columns = x.Row, 0, nil
		r.res.Tasks = append(r.res.Tasks, x)
	}
	r.res.Problems = append(r.res.Problems, res.Problems...)
}

// context is what the text says for its tables: whose year, and who leads.
func (r *reader) context() Options {
	return Options{Year: r.year, FirstLeads: r.firstLeads, Date: r.date}
}

// Context returns what the paragraphs of a document say for the tables between
// them: the date, the year, and the convention of who leads.
func Context(paragraphs []string, opt Options) Options {
	r := &reader{}
	r.begin(paragraphs, opt)
	return r.context()
}

// begin reads date, year and convention.
func (r *reader) begin(paras []string, opt Options) {
	r.base, r.firstLeads = frame(paras, opt), opt.FirstLeads
	for _, p := range paras {
		if strings.Contains(p, "牵头") || strings.Contains(p, "主办") || strings.Contains(p, "主责") {
			r.firstLeads = r.firstLeads || firstLeadsRE.MatchString(p)
			r.markLeads = r.markLeads || markLeadsRE.MatchString(p)
		}
	}
}

// spacedLabel is a heading at the start of a line with a space for its colon.
var spacedLabel = compile(`^(牵头单位|责任单位|配合单位|牵头领导|责任领导|责任人|完成时限|完成时间|时间节点)[ \t　]+`)

func (r *reader) paragraph(p string, n int) {
	p = spacedLabel.ReplaceAllString(p, "$1：")
	level, no, rest := numbered(p)
	if level >= 0 && isLabelled(rest) && startsLabelled(rest) { // 1.责任单位：…
		level, no = -1, ""
	}
	found := blocks(rest)
	if m := carryRE.FindStringSubmatch(rest); m != nil && found == nil && len(r.res.Tasks) == 0 && r.clause == nil { // the preface says it for all
		if names := splitUnits(m[1]); len(names) > 0 && allUnits(m[1]) {
			r.carry = nil
			for _, name := range names {
				r.carry = append(r.carry, Duty{name, Owes})
			}
		}
	}
	// A line that only states responsibility belongs to the text above it.
	if level < 0 && len(found) > 0 && strings.Trim(rest[:found[0].from], " 　★◆●■▲·") == "" && (len(r.texts) > 0 || r.clause != nil) {
		tail := found[len(found)-1].to
		if strings.Trim(rest[tail:], " 　。；;") == "" {
			for i := range found {
				r.merge(found[i], n)
			}
			return
		}
	}
	if level < 0 && len(r.texts) > 0 && r.clause == nil && len(found) == 0 {
		if firstLeadsRE.MatchString(rest) && utf8.RuneCountInString(rest) < 60 {
			return
		}
		r.texts = append(r.texts, rest) // a further paragraph of the same item
		r.more = append(r.more, n)
		r.last = n
		return
	}
	if r.clause == nil && (level < 0 || len(r.stack) > 0 && level > r.stack[len(r.stack)-1].level) {
		r.texts, r.tail = nil, false // it was only the heading of what follows
	}
	r.flush()
	if level >= 0 {
		r.enter(level, no, rest)
	}
	at := 0
	for i, b := range found {
		text := strings.Trim(rest[at:b.from], " 　。；;")
		if text != "" || i == 0 {
			if i > 0 {
				r.flush()
			}
			whole := strings.TrimSpace(rest[at:b.from])
			if m := itemOne.FindStringIndex(whole); m != nil && i == 0 && level < 0 && len(found) > 1 && itemTwo.MatchString(rest[b.to-1:]) { // the preface, and 1. in the same paragraph
				whole = strings.TrimLeft(whole[m[0]:], " 　。；;")
				if l, no, tail := numbered(whole); l >= 0 && tail != "" {
					r.enter(l, no, tail)
					whole = tail
				}
			}
			if l, no, tail := numbered(whole); i > 0 && l >= 0 && tail != "" { // the next item in the same paragraph
				r.enter(l, no, tail)
				whole = tail
			}
			r.texts, r.textAt, r.own = append(r.texts, whole), n, level >= 0
			if whole == "" {
				r.texts = nil
			}
		}
		r.merge(b, n)
		at = b.to
	}
	tail := strings.TrimSpace(rest[at:])
	if strings.Trim(tail, " 　。；;！") == "" {
		return
	}
	if len(found) > 0 {
		r.flush()
	}
	r.texts, r.textAt, r.own, r.last = []string{tail}, n, level >= 0 && len(found) == 0, n
	r.tail = len(found) > 0 && utf8.RuneCountInString(tail) >= 8
}

// enter moves to a numbered item of the outline.
func (r *reader) enter(level int, no, rest string) {
	for len(r.stack) > 0 && r.stack[len(r.stack)-1].level >= level {
		r.stack = r.stack[:len(r.stack)-1]
	}
	title := rest
	if i := strings.IndexAny(title, "。（"); i > 0 {
		title = title[:i]
	}
	r.stack = append(r.stack, heading{level, no, clip(title, 60)})
}

func startsLabelled(s string) bool {
	m := labelRE.FindStringIndex(s)
	return m != nil && m[0] == 0
}

func (r *reader) merge(b block, n int) {
	if r.clause == nil {
		r.clause = &clause{}
	}
	c := r.clause
	c.duties = append(c.duties, b.clause.duties...)
	if b.clause.due != "" {
		c.due = join(c.due, b.clause.due)
	}
	if b.clause.leader != "" {
		c.leader = join(c.leader, b.clause.leader)
	}
	if b.clause.owner != "" {
		c.owner = join(c.owner, b.clause.owner)
	}
	c.listed = c.listed || b.clause.listed
	if m := carryRE.FindStringSubmatch(b.raw); m != nil {
		defer func(names []string) {
			r.carry = nil
			for _, name := range names {
				r.carry = append(r.carry, Duty{name, Owes})
			}
		}(splitUnits(m[1]))
	}
	c.duties = append(c.duties, r.carry...)
	r.last, r.tail = n, false
}

// parent names the heading above the innermost one.
func (r *reader) parent() string {
	s := ""
	for i := 0; i+1 < len(r.stack); i++ {
		s += r.stack[i].no + "/"
	}
	return s
}

// flush ends the open task.
func (r *reader) flush() {
	c, texts, tail := r.clause, r.texts, r.tail
	r.clause, r.texts, r.tail = nil, nil, false
	if c == nil && tail && len(r.res.Problems) < maxProblems {
		r.res.problem(fmt.Sprintf("第 %d 段", r.textAt), "最后的"+quote(texts[0])+"后面没有写责任单位，没有导入。如果是任务，请在后面写（责任单位：…）。")
		return
	}
	if c == nil {
		for i, text := range texts {
			at := r.textAt
			if i > 0 && len(texts)-i <= len(r.more) {
				at = r.more[len(r.more)-(len(texts)-i)]
			}
			if due, ok := r.prose(text); ok && due.Day != "" && strings.ContainsAny(due.Text, "月日") {
				r.undone = append(r.undone, undone{at, due.Text, text})
			}
		}
		r.more = nil
		if len(texts) > 0 && r.own && len(r.stack) > 0 {
			u := unassigned{r.parent(), r.stack[len(r.stack)-1].no, nil, r.textAt, strings.Join(texts, "")}
			for _, h := range r.stack {
				u.path = append(u.path, h.no+" "+h.title)
			}
			r.without = append(r.without, u)
		}
		return
	}
	r.more = nil
	// Only the text of a numbered item may be of several paragraphs; else the one
	// just above the line with the units is the task, and what stood before it is
	// a title or a preface.
	if chapter := r.own && len(r.stack) > 0 && r.stack[len(r.stack)-1].level <= 1; len(texts) > 1 && (chapter || !r.own) {
		texts = texts[len(texts)-1:]
	}
	where := fmt.Sprintf("第 %d 段", r.last)
	text := strings.TrimSpace(strings.Join(texts, ""))
	if text == "" && len(r.stack) > 0 {
		text = r.stack[len(r.stack)-1].title
	}
	if text == "" {
		r.res.problem(where, "只写了责任单位，前面没有任务内容。请补上任务内容。")
		return
	}
	t := Task{Text: text, Paragraph: r.last, Leader: c.leader, Owner: c.owner}
	key := ""
	for _, h := range r.stack {
		t.Path = append(t.Path, h.no+" "+h.title)
		key += h.no + "/"
	}
	if len(r.stack) > 0 {
		t.No = r.stack[len(r.stack)-1].no
		if r.counts[key]++; r.counts[key] > 1 {
			t.No = fmt.Sprintf("%s-%d", t.No, r.counts[key])
		}
	}
	r.assign(&t, c.duties)
	due, ok := Due{}, false
	if c.due != "" {
		var mend string
		if due, mend = r.field(c.due); mend == noYear {
			r.noYear = append(r.noYear, where)
		} else if mend != "" {
			r.res.problem(where, mend)
		}
		ok = due.Text != ""
	}
	if !ok {
		due, ok = r.prose(text)
		switch {
		case due.Yearless:
			r.noYear = append(r.noYear, where)
		case due.Unsure != "":
			r.res.problem(where, due.Unsure)
		case due.Event && due.Day == "":
			r.res.problem(where, "时限"+quote(due.Text)+"要看是哪一天，没有读成日期。请填写日期。")
		case ok && due.Day == "" && !due.Recurring && !due.Standing:
			r.res.problem(where, "时限"+quote(due.Text)+"要从印发之日算起，算不出是哪一天。请填写日期。")
		}
	}
	if note := doubt(due.Text, due.Day); note != "" {
		r.res.problem(where, note)
	}
	t.Deadline, t.DeadlineText, t.Recurring, t.Standing = due.Day, due.Text, due.Recurring, due.Standing
	if len(t.Duties) == 0 {
		r.res.problem(where, quote(text)+"没有写责任单位。请补上牵头单位。")
	} else if len(t.LeadUnits) == 0 {
		r.unled = append(r.unled, len(r.res.Tasks))
	}
	r.led[r.parent()]++
	r.res.Tasks = append(r.res.Tasks, t)
}

// finish adds what can only be said of the whole document.
func (r *reader) finish(paras []string, numbers []int) {
	res := &r.res
	if res.Tasks == nil {
		r.undone = nil
		if !r.byBody(paras, numbers) {
			res.Bare = true
			r.bare(paras, numbers)
		}
	}
	if n := len(r.unled); n > 0 {
		res.problem("全文", fmt.Sprintf("有 %d 条任务写了几个单位，没有写谁牵头（第一条是%s）。请在每条里选定牵头单位；如果排在第一位的就是牵头单位，请选“第一个单位牵头”后再导入。", n, quote(res.Tasks[r.unled[0]].Text)))
	}
	if n := len(r.noYear); n > 0 {
		res.problem("全文", yearless(n, r.noYear[0]))
	}
	missed := map[string]int{}
	for _, u := range r.without {
		missed[u.parent]++
	}
	for _, u := range r.without {
		// An item among brothers that mostly have units has lost its own.
		if r.led[u.parent] <= missed[u.parent] || len(res.Problems) >= maxProblems {
			continue
		}
		res.problem(fmt.Sprintf("第 %d 段", u.para), u.no+" "+quote(u.text)+"没有写责任单位。请补上牵头单位；如果不是任务，请删去这一条。")
		due, _ := r.prose(u.text)
		res.Tasks = append(res.Tasks, Task{No: u.no, Text: u.text, LeadUnits: []string{}, SupportUnits: []string{}, Deadline: due.Day, DeadlineText: due.Text, Recurring: due.Recurring, Standing: due.Standing, Path: u.path, Paragraph: u.para})
	}
	for i, u := range r.undone {
		taken := false
		for _, w := range r.without {
			taken = taken || w.para == u.para && r.led[w.parent] > missed[w.parent]
		}
		if !taken && len(res.Tasks) > 0 && i < 50 {
			res.problem(fmt.Sprintf("第 %d 段", u.para), "有时限“"+u.due+"”，没有写责任单位，没有作为任务导入："+quote(u.text)+"。如果是任务，请在末尾写（责任单位：…）。")
		}
	}
	sort.SliceStable(res.Tasks, func(i, j int) bool { return res.Tasks[i].Paragraph < res.Tasks[j].Paragraph })
	// The same number under two headings: say which.
	times := map[string]int{}
	for _, t := range res.Tasks {
		times[t.No]++
	}
	for i := range res.Tasks {
		t := &res.Tasks[i]
		if t.No != "" && times[t.No] > 1 && len(t.Path) > 1 {
			up, _, _ := strings.Cut(t.Path[len(t.Path)-2], " ")
			t.No = up + t.No
		}
	}
	if res.Tasks == nil {
		res.Tasks = []Task{}
	}
	if res.Problems == nil {
		res.Problems = []Problem{}
	}
}

var (
	bodyHead  = compile(`^(.{2,40}?)(?:[（(][^（）()]{0,12}(?:项|条|件)[)）])?(?:牵头)?(?:负责)?(?:的?(?:工作|任务|事项)?)?(?:[（(][^（）()]{0,12}(?:项|条|件)[)）])?[。：:]?$`)
	bodyColon = compile(`^([^：:，。；]{2,30})[：:]\s*(.+)$`)
	itemsRE   = compile(`(?:^|[\s。；;])\d{1,3}\s*[.．、](?:\D)`)
)

// bodiesOf returns the bodies that a heading is nothing but: 一、区发改局, 区教育局、区住建局（6项）.
func bodiesOf(s string) []string {
	m := bodyHead.FindStringSubmatch(narrow(s))
	if m == nil || !allUnits(m[1]) || stopWords.MatchString(m[1]) {
		return nil
	}
	names := splitUnits(m[1])
	for _, n := range names {
		if !officeRE.MatchString(innerName.ReplaceAllString(n, "")) || utf8.RuneCountInString(n) > 16 {
			return nil
		}
	}
	return names
}

// workText reports whether s says what to do, and is no list of persons or numbers behind the name of a body.
func workText(s string) bool {
	han := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			han++
		}
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；;。 　（）()0123456789", r) }) {
		if utf8.RuneCountInString(w) > 4 && !isUnit(w) {
			return han >= 8
		}
	}
	return false
}

// byBody reads a document that is ordered by who must act: each body is a heading, or stands with a colon before its items, and what
// follows is its tasks. ok is false where that is not so.
func (r *reader) byBody(paras []string, numbers []int) (ok bool) {
	type place struct {
		level int
		names []string
		rest  string // of a paragraph 区交通局：1.…；2.…
	}
	heads := map[int]place{}
	plain := 0
	for i, p := range paras {
		level, _, rest := numbered(p)
		if names := bodiesOf(rest); names != nil {
			next := -1
			if i+1 < len(paras) {
				next, _, _ = numbered(paras[i+1])
			}
			if next > level && !strings.HasSuffix(rest, "：") && !strings.HasSuffix(rest, ":") { // no addressee, no signature
				heads[i] = place{level, names, ""}
			}
		} else if m := bodyColon.FindStringSubmatch(rest); m != nil && bodiesOf(m[1]) != nil && workText(m[2]) {
			heads[i] = place{level, bodiesOf(m[1]), m[2]}
		} else if level < 0 && utf8.RuneCountInString(rest) > 60 {
			plain++
		}
	}
	if len(heads) < 2 || plain > len(heads) {
		return false
	}
	served := map[string]bool{} // bodies that have got a task
	var now place
	put := func(i int, no, text string) {
		text = strings.Trim(text, " 　；;")
		if utf8.RuneCountInString(text) < 4 || len(r.res.Tasks) >= maxTasks {
			return
		}
		t := Task{No: no, Text: text, Paragraph: numbers[i]}
		var duties []Duty
		for _, n := range now.names {
			duties = append(duties, Duty{n, Owes})
		}
		r.assign(&t, duties)
		due, _ := r.prose(text)
		t.Deadline, t.DeadlineText, t.Recurring, t.Standing = due.Day, due.Text, due.Recurring, due.Standing
		where := fmt.Sprintf("第 %d 段", numbers[i])
		switch {
		case due.Yearless:
			r.noYear = append(r.noYear, where)
		case due.Unsure != "":
			r.res.problem(where, due.Unsure)
		}
		if note := doubt(due.Text, due.Day); note != "" {
			r.res.problem(where, note)
		}
		if len(t.LeadUnits) == 0 {
			r.unled = append(r.unled, len(r.res.Tasks))
		}
		served[strings.Join(now.names, "、")] = true
		r.res.Tasks = append(r.res.Tasks, t)
	}
	said, unled, noYear := len(r.res.Problems), len(r.unled), len(r.noYear)
	for i, p := range paras {
		level, no, rest := numbered(p)
		if h, head := heads[i]; head {
			now = h
			if h.rest == "" {
				continue
			}
			cuts := itemsRE.FindAllStringIndex(h.rest, -1)
			if len(cuts) == 0 {
				put(i, no, h.rest)
			}
			for k, c := range cuts {
				end := len(h.rest)
				if k+1 < len(cuts) {
					end = cuts[k+1][0]
				}
				_, no, text := numbered(strings.TrimLeft(h.rest[c[0]:end], " 　。；;"))
				put(i, no, text)
			}
			continue
		}
		switch {
		case now.names == nil:
		case level >= 0 && now.level >= 0 && level <= now.level: // a heading of something else
			now = place{}
		case level > now.level || utf8.RuneCountInString(rest) >= 8 && wholeDateRE.FindStringSubmatch(narrow(rest)) == nil:
			put(i, no, rest)
		}
	}
	if len(served) < 2 {
		r.res.Tasks, r.res.Problems, r.unled, r.noYear = nil, r.res.Problems[:said], r.unled[:unled], r.noYear[:noYear]
		return false
	}
	return true
}

// maxSentence is as long as a sentence is that a person wrote to be read.
const maxSentence = 1000

// bare reads a document that names no units in our forms: a sentence with a
// deadline, or one that asks a body by name (请财政部…), is a task; who must do it
// is the sentence's subject. The reader is told.
func (r *reader) bare(paras []string, numbers []int) {
	no, unsaid := "", 0
	for i, p := range paras {
		level, n, rest := numbered(p)
		if level >= 0 {
			no = n
		}
		for _, s := range strings.SplitAfter(rest, "。") {
			if s = strings.TrimSpace(s); utf8.RuneCountInString(s) < 12 || utf8.RuneCountInString(s) > maxSentence || len(r.res.Tasks) >= maxTasks {
				continue
			}
			due, ok := r.prose(s)
			if !ok && !strings.Contains(s, "请") {
				continue
			}
			duties, asked := r.subjects(s)
			if !asked && (!ok || due.Day == "" && !due.Recurring && !due.Yearless && due.Unsure == "") {
				continue
			}
			if due.Unsure != "" {
				r.res.problem(fmt.Sprintf("第 %d 段", numbers[i]), due.Unsure)
			}
			if due.Yearless {
				r.noYear = append(r.noYear, fmt.Sprintf("第 %d 段", numbers[i]))
			}
			t := Task{No: no, Text: s, Deadline: due.Day, DeadlineText: due.Text, Recurring: due.Recurring, Standing: due.Standing, Paragraph: numbers[i]}
			r.assign(&t, duties)
			if len(duties) == 0 {
				unsaid++
			}
			r.res.Tasks = append(r.res.Tasks, t)
		}
	}
	switch n := len(r.res.Tasks); {
	case n == 0:
		r.res.problem("全文", "没有找到任务。请在每条任务后写责任单位，例如（区住建局牵头，区财政局配合；2017年6月底前完成）。")
	case unsaid == n:
		r.res.problem("全文", fmt.Sprintf("没有找到责任单位，只按有时限的句子读出 %d 条。请在每条任务后写（责任单位：…），或者在页面上补选牵头单位。", n))
	default:
		r.res.problem("全文", fmt.Sprintf("任务后面没有写责任单位，只按句子里的时限和主语读出 %d 条，其中 %d 条没有认出单位。请逐条核对单位，或者在每条任务后写（责任单位：…）。", n, unsaid))
	}
}

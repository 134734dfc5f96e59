package orgweb

import (
	"fmt"
	"net/http"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// rollLine is a row of a roll and what will come of it.
type rollLine struct {
	No                              int // as a person counts, the heading included
	Unit, Name, Title, Tier, Leader string
	From                            string
	Is                              string // new, there, bad
	Why                             string
	seat                            org.Seat
}

// roll is an import of people and posts before it is done.
type roll struct {
	Lines           []rollLine
	New, There, Bad int
	Text            string
}

// The columns of a roll, in the order of a table without a heading.
const (
	rollUnit = iota
	rollName
	rollTitle
	rollTier
	rollLeader
	rollFrom
	rollColumns
)

var rollHeadings = map[string]int{
	"单位": rollUnit, "单位名称": rollUnit, "所在单位": rollUnit, "工作单位": rollUnit, "部门": rollUnit,
	"姓名": rollName, "名字": rollName, "人员": rollName,
	"职务": rollTitle, "岗位": rollTitle, "职务名称": rollTitle, "现任职务": rollTitle,
	"责任": rollTier, "责任层级": rollTier, "三级责任": rollTier,
	"区领导": rollLeader, "是否区领导": rollLeader, "县领导": rollLeader,
	"任职日期": rollFrom, "任职时间": rollFrom, "任现职时间": rollFrom,
}

func rollHeading(row []string) (at [rollColumns]int, ok bool) {
	for i := range at {
		at[i] = -1
	}
	for i, c := range row {
		if f, known := rollHeadings[strings.Join(strings.Fields(c), "")]; known && at[f] < 0 {
			at[f] = i
		}
	}
	return at, at[rollUnit] >= 0 && (at[rollName] >= 0 || at[rollTitle] >= 0)
}

// rollTiers are the words for a tier of duty.
var rollTiers = map[string]org.Tier{"": org.NoTier, "无": org.NoTier, "分管": org.PortfolioDuty, "分管责任": org.PortfolioDuty, "主管": org.SectorDuty, "主管责任": org.SectorDuty,
	"属地": org.LocalDuty, "属地责任": org.LocalDuty}

var yes = map[string]bool{"是": true, "√": true, "✓": true, "1": true, "对": true, "区领导": true}
var no = map[string]bool{"": true, "否": true, "0": true, "×": true, "不是": true, "无": true}

// dayOf reads a day as people write it in a roll; a month is its first day.
func dayOf(s string) (string, bool) {
	s = strings.Trim(strings.NewReplacer("年", "-", "月", "-", "日", "", ".", "-", "/", "-").Replace(s), "- ")
	parts := strings.Split(s, "-")
	if len(parts) == 2 {
		parts = append(parts, "1")
	}
	if len(parts) != 3 {
		return "", false
	}
	for i, p := range parts[1:] {
		if len(p) == 1 {
			parts[i+1] = "0" + p
		}
	}
	day := strings.Join(parts, "-")
	_, err := period.ParseDay(day)
	return day, err == nil
}

// readRoll turns a table into lines and says of each what will come of it. It is pure.
func readRoll(rows [][]string, d *org.Directory, today string) roll {
	var out roll
	at := [rollColumns]int{0, 1, 2, 3, 4, 5}
	first := 0
	for i, row := range rows[:min(len(rows), 7)] {
		if h, ok := rollHeading(row); ok {
			at, first = h, i+1
			break
		}
	}
	var text []string
	last := "" // the unit of the row above: rolls merge its cell, or leave it out
	for i := first; i < len(rows) && len(out.Lines) < maxRows; i++ {
		if strings.TrimSpace(strings.Join(rows[i], "")) == "" {
			continue
		}
		cell := func(f int) string {
			if at[f] < 0 || at[f] >= len(rows[i]) {
				return ""
			}
			return strings.TrimSpace(rows[i][at[f]])
		}
		l := rollLine{No: i + 1, Unit: cell(rollUnit), Name: strings.Join(strings.Fields(cell(rollName)), ""), Title: cell(rollTitle), Tier: cell(rollTier), Leader: cell(rollLeader), From: cell(rollFrom), Is: "new"}
		if l.Unit == "" {
			l.Unit = last
		}
		last = l.Unit
		text = append(text, strings.Join([]string{l.Unit, l.Name, l.Title, l.Tier, l.Leader, l.From}, "\t"))
		l.read(d, today)
		out.Lines = append(out.Lines, l)
	}
	var seats []org.Seat
	for _, l := range out.Lines {
		if l.Is == "new" {
			seats = append(seats, l.seat)
		}
	}
	placed := d.Place(seats)
	for i := range out.Lines {
		l := &out.Lines[i]
		if l.Is == "new" {
			p := placed[0]
			placed = placed[1:]
			switch {
			case p.Same():
				l.Is, l.Why = "there", "已经有了，不改"
			case p.Appoint && p.After > l.seat.FromOn:
				l.Is, l.Why = "bad", fmt.Sprintf("这个职务 %s 以前由别人担任，任职日期不能更早", p.After)
			default:
				l.Why = wordsOf(p)
			}
		}
		switch l.Is {
		case "new":
			out.New++
		case "there":
			out.There++
		default:
			out.Bad++
		}
	}
	out.Text = strings.Join(text, "\n")
	return out
}

// read reads a line into a seat, or says what is wrong with it.
func (l *rollLine) read(d *org.Directory, today string) {
	bad := func(format string, a ...any) { l.Is, l.Why = "bad", fmt.Sprintf(format, a...) }
	u := d.Find(l.Unit)
	tier, knownTier := rollTiers[l.Tier]
	from, dated := today, true
	if l.From != "" {
		from, dated = dayOf(l.From)
	}
	switch {
	case l.Unit == "":
		bad("没有写单位")
	case u == nil:
		bad("没有“%s”这个单位。请改名称，或先导入单位", l.Unit)
	case u.EndedOn != "":
		bad("“%s”已经撤销", l.Unit)
	case l.Name == "" && l.Title == "":
		bad("没有姓名，也没有职务")
	case len([]rune(l.Name)) > 20:
		bad("姓名最多 20 个字")
	case strings.ContainsAny(l.Name, "、,，;；/"):
		bad("一行写一个人，请把“%s”分成几行", l.Name)
	case len([]rune(l.Title)) > 60:
		bad("职务最多 60 个字")
	case !knownTier:
		bad("责任“%s”看不懂。请写分管责任、主管责任、属地责任，或者不写", l.Tier)
	case !yes[l.Leader] && !no[l.Leader]:
		bad("区领导一列请写是或否，现在是“%s”", l.Leader)
	case !dated:
		bad("任职日期“%s”看不懂，请写成 2017-03-01 这样", l.From)
	case from > today:
		bad("任职日期 %s 还没有到，到那一天再登记", from)
	default:
		l.seat = org.Seat{UnitID: u.ID, Name: l.Name, Title: l.Title, Tier: tier, Leader: yes[l.Leader], FromOn: from}
	}
}

func wordsOf(p org.Placed) string {
	var out []string
	if p.NewPerson {
		out = append(out, "登记人员")
	}
	if p.NewPost {
		out = append(out, "设立职务")
	}
	if p.Appoint {
		out = append(out, "任职")
	}
	return strings.Join(out, "、")
}

func (p *Pages) rollForm(w http.ResponseWriter, r *http.Request) error {
	return p.showRoll(w, r, nil, "", nil)
}

func (p *Pages) showRoll(w http.ResponseWriter, r *http.Request, d *roll, pasted string, failed error) error {
	if route.Status(failed) >= http.StatusInternalServerError {
		return failed
	}
	f := route.Frame(r)
	f.Title, f.Crumbs = "导入花名册", []ui.Crumb{{Href: "/org", Label: "单位"}, {Label: "导入花名册"}}
	if d != nil {
		f.Lede = ui.Rich("读到 %d 行：新增 **%d**，已有 %d，要改 **%d**。还没有存。", len(d.Lines), d.New, d.There, d.Bad)
	}
	ui.Render(w, r, route.Status(failed), rollPage(f, d, pasted, failed))
	return nil
}

func (p *Pages) importRoll(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "pasted", "act")
	if err != nil {
		return err
	}
	pasted := v.Get("pasted")
	rows := split(pasted)
	name, content, err := upload(r, "file")
	if err != nil {
		return err
	}
	if len(content) > 0 {
		if rows, err = p.Read(name, content); err != nil {
			return p.showRoll(w, r, nil, pasted, atFile(err))
		}
	} else if strings.TrimSpace(pasted) == "" {
		return p.showRoll(w, r, nil, pasted, errs.At("pasted", "还没有粘贴内容，也没有选文件。"))
	}
	dir, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	d := readRoll(rows, dir, period.Day(p.Clock.Now()))
	if v.Get("act") != "commit" || d.New == 0 {
		return p.showRoll(w, r, &d, d.Text, nil)
	}
	var seats []org.Seat
	for _, l := range d.Lines {
		if l.Is == "new" {
			seats = append(seats, l.seat)
		}
	}
	n, err := p.Org.ImportRoll(r.Context(), seats)
	if err != nil {
		return p.showRoll(w, r, &d, d.Text, err)
	}
	said := fmt.Sprintf("已存入 %d 行", n)
	if d.Bad > 0 {
		said += fmt.Sprintf("，%d 行没有存", d.Bad)
	}
	route.SetFlash(w, r, said, "")
	route.Redirect(w, r, "/org")
	return nil
}

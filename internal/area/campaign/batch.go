package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// RowStatus is what an import makes of a row.
type RowStatus string

// The states of a row.
const (
	RowNew       RowStatus = "new"       // 新增
	RowChanged   RowStatus = "changed"   // 有变化：转为调整申请
	RowUnchanged RowStatus = "unchanged" // 没有变化
	RowMend      RowStatus = "mend"      // 要改
)

// Chinese returns the state's name.
func (s RowStatus) Chinese() string {
	return map[RowStatus]string{RowNew: "新增", RowChanged: "有变化", RowUnchanged: "没有变化", RowMend: "要改"}[s]
}

// Row is one row of an import with what will become of it.
type Row struct {
	Row         int              `json:"row"`             // as the user sees it; of a text, the paragraph
	Sheet       string           `json:"sheet,omitempty"` // 工作表, where a file has several
	No          string           `json:"no"`              // of the item: CS-07
	Title       string           `json:"title"`
	Unit        string           `json:"unit"` // lead unit as the document has it
	Goal        string           `json:"goal,omitempty"`
	Due         string           `json:"due,omitempty"`
	Status      RowStatus        `json:"status"`
	Problems    []string         `json:"problems,omitempty"`    // what to mend, in words
	Notes       []string         `json:"notes,omitempty"`       // what was supplied or assumed
	Suggestions []UnitSuggestion `json:"suggestions,omitempty"` // one tap mends these
	Differences []Difference     `json:"differences,omitempty"`
	TaskID      int64            `json:"task_id,string,omitempty"`
	Outcome     string           `json:"outcome,omitempty"` // what the commit made of it, in words

	Draft  ItemDraft    `json:"-"`
	Wanted *task.Wanted `json:"wanted,omitempty"` // what an adjustment would ask for
}

// UnitSuggestion offers the nearest unit for a name that the register does not have.
type UnitSuggestion struct {
	Name   string `json:"name"`
	UnitID int64  `json:"unit_id,string"`
	Unit   string `json:"unit"`
}

// Difference is a field of an existing item that the import has otherwise.
type Difference struct {
	Field string `json:"field"`
	Now   string `json:"now"`
	New   string `json:"new"`
}

// Source is what is imported: the rows that a parser read, and the user's answers for names that the register does not have.
type Source struct {
	FileName string              `json:"file_name"`
	Tasks    []breakdown.Task    `json:"tasks"`
	Problems []breakdown.Problem `json:"problems"`
	Units    map[string]int64    `json:"units,omitempty"` // name in the document → unit
}

// Preview is what an import would do. Nothing has been entered yet.
type Preview struct {
	BatchID                       int64
	CampaignID                    int64
	Rows                          []Row
	Problems                      []string // of the document as a whole, or of places that became no row
	New, Changed, Unchanged, Mend int
}

// Batch is one import (导入批次).
type Batch struct {
	ID, CampaignID int64
	State          BatchState
	Source         Source
	Rows           []Row // as previewed, with their outcome once committed
	Rejected       []Row // rows that were not entered, with the reason, for download
	Added          int64 // items opened
	Proposed       int64 // adjustments asked for
	Refused        int64
	MadeBy         int64
	MadeAt         int64
	CommittedAt    int64
	UndoneAt       int64
	Version        int64
}

// BatchState is how far an import is.
type BatchState string

// The states of a batch.
const (
	Previewed BatchState = "previewed" // 待确认
	Committed BatchState = "committed" // 已导入
	Undone    BatchState = "undone"    // 已撤销
)

// Chinese returns the state's name.
func (s BatchState) Chinese() string {
	return map[BatchState]string{Previewed: "待确认", Committed: "已导入", Undone: "已撤销"}[s]
}

// existing is an item with all that an import compares.
type existing struct {
	task  task.Task
	sheet indicator.Sheet
}

// groups are names that mean many units at once.
var groups = map[string][]org.Kind{
	"各乡镇": {org.Township}, "各镇": {org.Township}, "各街道": {org.Subdistrict}, "各乡镇（街道）": {org.Township, org.Subdistrict}, "各镇街": {org.Township, org.Subdistrict},
	"各乡镇街道": {org.Township, org.Subdistrict}, "各街道（乡镇）": {org.Township, org.Subdistrict}, "各乡镇、街道": {org.Township, org.Subdistrict}, "各部门": {org.Department},
	"各区直部门": {org.Department}, "区直各部门": {org.Department}, "区直有关单位": nil, "各有关单位": nil, "有关单位": nil, "相关单位": nil, "有关部门": nil, "相关部门": nil,
}

// preview classifies every row. It is pure.
func (c Campaign) preview(src Source, dir *org.Directory, have map[string]existing) Preview {
	p := Preview{CampaignID: c.ID}
	for _, x := range src.Problems {
		p.Problems = append(p.Problems, x.Message)
	}
	bodies := make([]breakdown.Body, 0, len(dir.Units))
	for _, u := range dir.Units {
		if u.EndedOn == "" {
			bodies = append(bodies, breakdown.Body{ID: u.ID, Name: u.Name, Short: u.ShortName, Aliases: u.Aliases})
		}
	}
	used, byTitle := map[string]bool{}, map[string]string{}
	for no, e := range have {
		used[no] = true
		byTitle[e.task.Title] = no
	}
	seen := map[string]bool{}
	for _, t := range src.Tasks { // a number that comes twice numbers nothing
		no := c.Number(t.No)
		if t.No != "" && !seen[no] {
			used[no] = true
		}
		seen[no] = true
	}
	seen = map[string]bool{}
	for _, t := range src.Tasks {
		r := c.row(t, src, dir, bodies)
		switch no := c.Number(t.No); {
		case t.No != "" && !seen[no]:
			r.No = no
		case byTitle[r.Draft.Title] != "" && !seen[byTitle[r.Draft.Title]]:
			r.No = byTitle[r.Draft.Title]
		default:
			r.No = c.next(used)
			used[r.No] = true
			if t.No != "" {
				r.Notes = append(r.Notes, fmt.Sprintf("序号“%s”在表里重复，改编为 %s。", t.No, r.No))
			}
		}
		seen[r.No] = true
		r.Draft.No = r.No
		e, old := have[r.No]
		switch {
		case len(r.Problems) > 0:
			r.Status = RowMend
		case old:
			r.compare(c, e, dir)
		default:
			r.Status = RowNew
		}
		switch r.Status {
		case RowNew:
			p.New++
		case RowChanged:
			p.Changed++
		case RowUnchanged:
			p.Unchanged++
		case RowMend:
			p.Mend++
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

// placeOf says where a field of a row was read, before what is wrong with it: 第 7 行 F 列「完成时限」：. What a text
// says has no column.
func placeOf(t breakdown.Task, f breakdown.Field) string {
	if t.Columns == nil || t.Row == 0 {
		return ""
	}
	at := t.Columns[f]
	if at == "" && (f == breakdown.FieldLead || f == breakdown.FieldSupport) { // 责任单位 is both
		at = t.Columns[breakdown.FieldOwes]
	}
	if at == "" && f == breakdown.FieldSupport {
		at = t.Columns[breakdown.FieldLead]
	}
	row := fmt.Sprintf("第 %d 行", t.Row)
	switch {
	case at == "":
		return row + "："
	case at[0] < 0x80:
		at = " " + at
	}
	return row + at + "："
}

// row reads one row against the register. It is pure.
func (c Campaign) row(t breakdown.Task, src Source, dir *org.Directory, bodies []breakdown.Body) Row {
	r := Row{Row: t.Row, Sheet: t.Sheet, Title: t.Text, Unit: strings.Join(t.LeadUnits, "、")}
	d := ItemDraft{Title: strings.TrimSpace(t.Text), Category: t.Category, Note: t.Note, Deadline: t.Deadline, DeadlineText: t.DeadlineText}
	bad := func(f breakdown.Field, format string, args ...any) {
		r.Problems = append(r.Problems, placeOf(t, f)+fmt.Sprintf(format, args...))
	}
	note := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	if d.Title == "" {
		bad(breakdown.FieldText, "没有写工作任务。请补上任务内容。")
	}
	if n := len([]rune(d.Title)); n > 500 {
		d.Standard, d.Title = d.Title, clip(d.Title, 120)
		note("任务内容有 %d 字，前 120 字作标题，全文记在完成标准。", n)
	}
	find := func(f breakdown.Field, names []string) (ids []int64) {
		for _, m := range breakdown.MatchUnits(names, bodies) {
			if id := src.Units[m.Name]; id != 0 && dir.Unit(id) != nil {
				m.ID = id
			}
			if m.ID != 0 {
				ids = append(ids, m.ID)
				continue
			}
			if m.Suggest != nil {
				r.Suggestions = append(r.Suggestions, UnitSuggestion{m.Name, m.Suggest.ID, m.Suggest.Name})
			}
			bad(f, "%s", m.Message)
		}
		return ids
	}
	var lead []string
	for _, n := range t.LeadUnits {
		if kinds, ok := groups[n]; ok && src.Units[n] == 0 {
			if kinds == nil {
				bad(breakdown.FieldLead, "“%s”不是一个单位。请写明由哪个单位牵头。", n)
			} else {
				bad(breakdown.FieldLead, "“%s”是一组单位。请给每个单位写一行，各有各的目标。", n)
			}
			continue
		}
		lead = append(lead, n)
	}
	ids := find(breakdown.FieldLead, lead)
	switch {
	case len(t.LeadUnits) == 0:
		bad(breakdown.FieldLead, "没有写牵头单位。请补上；每件任务要有一个单位负责。")
	case len(ids) > 0:
		d.LeadUnit = ids[0]
		d.SupportUnits = append(d.SupportUnits, ids[1:]...)
		if len(ids) > 1 {
			note("牵头单位写了 %d 个，第一个“%s”牵头，其余配合。", len(ids), dir.UnitName(ids[0]))
		}
	}
	var support []string
	for _, n := range t.SupportUnits {
		kinds, ok := groups[n]
		if !ok {
			support = append(support, n)
			continue
		}
		for _, u := range dir.Units {
			if u.EndedOn == "" && slices.Contains(kinds, u.Kind) && !slices.Contains(d.SupportUnits, u.ID) && u.ID != d.LeadUnit {
				d.SupportUnits = append(d.SupportUnits, u.ID)
			}
		}
		if kinds == nil {
			note("配合单位“%s”没有写明是谁，没有登记。", n)
		}
	}
	d.SupportUnits = append(d.SupportUnits, find(breakdown.FieldSupport, support)...)
	slices.Sort(d.SupportUnits)
	d.SupportUnits = slices.Compact(d.SupportUnits)

	var why string
	if d.Target, why = exact("目标", t.Goal); why != "" {
		bad(breakdown.FieldGoal, "%s", why)
	}
	if d.Measure = t.Unit; t.Goal != "" && d.Target <= 0 && why == "" {
		bad(breakdown.FieldGoal, "目标“%s”要大于 0。", t.Goal)
	}
	if t.Goal == "" {
		d.Measure = ""
		note("没有写数字目标，按完成 100%% 计。")
	}
	if t.GoalText != "" && t.GoalText != t.Goal {
		d.Scoring = "目标原文：" + t.GoalText
	}
	if t.Quarters != nil && t.Goal != "" {
		var q [4]amount.Scaled
		full := 0
		for i, v := range t.Quarters {
			x, why := exact([]string{"一季度目标", "二季度目标", "三季度目标", "四季度目标"}[i], v)
			if why != "" {
				bad([]breakdown.Field{breakdown.FieldQ1, breakdown.FieldQ2, breakdown.FieldQ3, breakdown.FieldQ4}[i], "%s", why)
			}
			if q[i] = x; v != "" {
				full++
			}
		}
		if full == 4 {
			d.Quarters = &q
		} else {
			note("季度目标没有写全（只有 %d 个），没有采用，按月平均推进。", full)
		}
	}
	w, why := exact("分值", t.Points)
	switch {
	case why != "":
		bad(breakdown.FieldPoints, "%s", why)
	case w < 0 || w%100 != 0:
		bad(breakdown.FieldPoints, "分值“%s”要是不小于 0 的数，最多 2 位小数。", t.Points)
	default:
		d.Weight = int64(w) / 100
	}
	if d.Deadline == "" && d.DeadlineText == "" {
		d.Deadline = period.Day(c.To.End().Add(-1))
		note("没有写时限，按行动结束的 %s 计。", d.Deadline)
	}
	if d.Deadline == "" && d.DeadlineText != "" {
		note("时限“%s”没有定到哪一天，先照原文记下；要按期亮灯，请补日期。", clip(d.DeadlineText, 30))
	}
	r.Due = cmp.Or(d.Deadline, d.DeadlineText)
	if r.Goal = cmp.Or(t.GoalText, t.Goal); r.Goal != "" && !strings.HasSuffix(r.Goal, t.Unit) {
		r.Goal += " " + t.Unit
	}
	if t.Leader != "" {
		if d.Leader = leaderOf(dir, t.Leader); d.Leader == 0 {
			note("区领导里没有“%s”，先记牵头领导为行动的牵头领导。", clip(t.Leader, 30))
		}
	}
	if t.Owner != "" && d.LeadUnit != 0 {
		d.Owner = postIn(dir, d.LeadUnit, t.Owner)
	}
	if len(r.Problems) == 0 {
		if _, err := c.opening(d, dir); err != nil {
			bad(breakdown.FieldNone, "%s", sayAll(err))
		}
	}
	r.Draft = d
	return r
}

// compare says how the row differs from the item that bears its number. Deadline, target, curve and weight
// can be asked for as an adjustment; title and units cannot, since they make another promise.
func (r *Row) compare(c Campaign, e existing, dir *org.Directory) {
	r.TaskID = e.task.ID
	o, err := c.opening(r.Draft, dir)
	if err != nil {
		r.Status, r.Problems = RowMend, append(r.Problems, sayAll(err))
		return
	}
	differ := func(field, now, new string) { r.Differences = append(r.Differences, Difference{field, now, new}) }
	var fixed []string
	if o.Task.Title != e.task.Title {
		differ("任务", e.task.Title, o.Task.Title)
		fixed = append(fixed, "任务内容")
	}
	if o.Task.LeadUnit != e.task.LeadUnit {
		differ("牵头单位", dir.UnitName(e.task.LeadUnit), dir.UnitName(o.Task.LeadUnit))
		fixed = append(fixed, "牵头单位")
	}
	if o.Indicator.Measure != e.sheet.Measure {
		differ("计量单位", e.sheet.Measure, o.Indicator.Measure)
		fixed = append(fixed, "计量单位")
	}
	w, any := task.Wanted{}, false
	if o.Task.Deadline != e.task.Deadline {
		differ("时限", deadlineText(e.task), deadlineText(o.Task))
		if o.Task.Deadline == "" {
			fixed = append(fixed, "时限改为持续推进")
		} else {
			w.Deadline, any = &o.Task.Deadline, true
		}
	}
	now := e.sheet.Plan
	if o.Plan.Target != now.Target {
		differ("目标", indicator.Show(now.Target, e.sheet.Measure), indicator.Show(o.Plan.Target, e.sheet.Measure))
		w.Target, any = &o.Plan.Target, true
	}
	if o.Plan.To != now.To && w.Deadline != nil {
		w.ToMonth, any = &o.Plan.To, true
	}
	if len(o.Plan.Curve) > 0 && (!slices.Equal(o.Plan.Curve, now.Curve) || w.ToMonth != nil) {
		if w.ToMonth == nil && o.Plan.To != now.To {
			w.ToMonth = &o.Plan.To
		}
		differ("季度目标", "现行曲线", "新的季度目标")
		w.Curve, any = o.Plan.Curve, true
	}
	if o.Task.Weight != e.task.Weight {
		differ("分值", indicator.Number(amount.Scaled(e.task.Weight*100)), indicator.Number(amount.Scaled(o.Task.Weight*100)))
		w.Weight, any = &o.Task.Weight, true
	}
	switch {
	case len(fixed) > 0:
		r.Status = RowMend
		r.Problems = append(r.Problems, fmt.Sprintf("%s 已经下达，导入不能改它的%s。确要改，请给新任务一个新编号，原任务按程序中止。", r.No, strings.Join(fixed, "、")))
	case any && e.task.State != task.Open:
		r.Status = RowMend
		r.Problems = append(r.Problems, fmt.Sprintf("%s %s，不能再调整。", r.No, e.task.State.Chinese()))
	case any:
		r.Status, r.Wanted = RowChanged, &w
	default:
		r.Status = RowUnchanged
	}
}

func deadlineText(t task.Task) string {
	if t.Deadline == "" {
		if t.DeadlineText == "" {
			return "持续推进"
		}
		return t.DeadlineText
	}
	return t.Deadline
}

// leaderOf finds a district leader's post by name, by title, or by both written together; 0 if it is none or not clear.
func leaderOf(dir *org.Directory, text string) int64 {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "　", " ")), "")
	var found []int64
	for _, p := range dir.Leaders() {
		name := ""
		if h := dir.Holder(p.ID); h != nil {
			name = strings.ReplaceAll(h.Name, " ", "")
		}
		if name != "" && (text == name || text == name+p.Title || text == p.Title+name || strings.HasPrefix(text, name)) {
			return p.ID
		}
		if text == p.Title {
			found = append(found, p.ID)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return 0
}

// postIn finds the post of a unit whose holder or title the text names; 0 if none does.
func postIn(dir *org.Directory, unitID int64, text string) int64 {
	text = strings.TrimSpace(text)
	for _, p := range dir.Posts {
		if p.UnitID != unitID {
			continue
		}
		if h := dir.Holder(p.ID); h != nil && strings.Contains(text, h.Name) || text == p.Title {
			return p.ID
		}
	}
	return 0
}

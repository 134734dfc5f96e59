package campaignweb

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"duban/internal/area/campaign"
	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/amount"
	"duban/internal/base/id"
	"duban/internal/office/xlsx"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
)

const xlsxMedia = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// columns are those of the export, and of the rows that an import sends back. Their titles are read back by breakdown.GuessMapping.
var columns = []struct {
	title string
	field breakdown.Field
	xlsx.Format
	width float64
}{
	{"编号", breakdown.FieldNo, xlsx.Centred, 10}, {"类别", breakdown.FieldCategory, xlsx.Text, 14}, {"工作任务", breakdown.FieldText, xlsx.Text, 40}, {"目标", breakdown.FieldGoal, xlsx.Plain, 10},
	{"计量单位", breakdown.FieldMeasure, xlsx.Centred, 10}, {"时间节点", breakdown.FieldDeadline, xlsx.Centred, 13}, {"牵头领导", breakdown.FieldLeader, xlsx.Text, 16}, {"牵头单位", breakdown.FieldLead, xlsx.Text, 14},
	{"配合单位", breakdown.FieldSupport, xlsx.Text, 20}, {"责任人", breakdown.FieldOwner, xlsx.Text, 12}, {"分值", breakdown.FieldPoints, xlsx.Plain, 8},
	{"一季度目标", breakdown.FieldQ1, xlsx.Plain, 11}, {"二季度目标", breakdown.FieldQ2, xlsx.Plain, 11}, {"三季度目标", breakdown.FieldQ3, xlsx.Plain, 11}, {"四季度目标", breakdown.FieldQ4, xlsx.Plain, 11},
	{"备注", breakdown.FieldNote, xlsx.Text, 20},
}

func titles() (out []string) {
	for _, c := range columns {
		out = append(out, c.title)
	}
	return out
}

// cellsOf prints a row of an import in the columns of the export.
func cellsOf(t breakdown.Task) []string {
	q := [4]string{}
	if t.Quarters != nil {
		q = *t.Quarters
	}
	deadline := t.Deadline
	if deadline == "" {
		deadline = t.DeadlineText
	}
	goal := t.Goal
	if goal == "" {
		goal = t.GoalText
	}
	return []string{t.No, t.Category, t.Text, goal, t.Unit, deadline, t.Leader, strings.Join(t.LeadUnits, "、"), strings.Join(t.SupportUnits, "、"), t.Owner, t.Points, q[0], q[1], q[2], q[3], t.Note}
}

// faultOf finds the column that a problem speaks of; −1 is the row as a whole.
func faultOf(t breakdown.Task, problem string) int {
	col := func(f breakdown.Field) int {
		for i, c := range columns {
			if c.field == f {
				return i
			}
		}
		return -1
	}
	for f, at := range t.Columns { // the problem says it itself
		if c := col(f); c >= 0 && strings.Contains(problem, at+"：") {
			return c
		}
	}
	for _, n := range t.SupportUnits {
		if strings.Contains(problem, "“"+n+"”") {
			return col(breakdown.FieldSupport)
		}
	}
	for _, x := range []struct {
		word  string
		field breakdown.Field
	}{{"一季度目标", breakdown.FieldQ1}, {"二季度目标", breakdown.FieldQ2}, {"三季度目标", breakdown.FieldQ3}, {"四季度目标", breakdown.FieldQ4}, {"分值", breakdown.FieldPoints},
		{"时限", breakdown.FieldDeadline}, {"目标", breakdown.FieldGoal}, {"工作任务", breakdown.FieldText}, {"单位", breakdown.FieldLead}, {"没有“", breakdown.FieldLead}} {
		if strings.Contains(problem, x.word) {
			return col(x.field)
		}
	}
	return -1
}

// export hands out the task book as a table that can be mended and imported again: rows find their item by number.
func (p *Pages) export(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	c, _, err := p.Service.Get(r.Context(), pathID(r, "id"))
	if err != nil {
		return err
	}
	unit := int64(0) // all units, for those who may see them
	manages, err := p.Service.Manages(r.Context(), c.ID)
	if err != nil {
		return err
	}
	if !who.Overseer() && !manages {
		unit = who.UnitID
	}
	book, err := p.Service.TaskBookOf(r.Context(), c.ID, unit)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	serial := strings.ToUpper(route.ID(r))
	t := xlsx.Table{Title: c.Name + "任务书", Mark: xlsx.Mark{Unit: d.UnitName(who.UnitID), Person: who.Name, At: clockOf(p.Clock.Now()), Serial: serial}}
	for _, x := range columns {
		t.Columns = append(t.Columns, xlsx.Column{Title: x.title, Width: x.width, Format: x.Format})
	}
	var out bytes.Buffer
	err = xlsx.Write(&out, t, func(yield func([]any, error) bool) {
		for _, x := range book.Items {
			if !yield(exportRow(c, x, d), nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	p.Log.Note(r.Context(), audit.Entry{Act: audit.ActExport, Object: campaign.Kind + ":" + id.Format(c.ID), Result: "ok", Detail: fmt.Sprintf("任务书 %d 行，编号 %s", len(book.Items), serial)})
	attach(w, xlsxMedia, c.Name+"任务书.xlsx")
	_, err = w.Write(out.Bytes())
	return err
}

func exportRow(c campaign.Campaign, x campaign.BookItem, d *org.Directory) []any {
	t, plan := x.Task, x.Sheet.Plan
	// A number in a cell has no unit; percent holds any value that is stored.
	number := func(v amount.Scaled) any { return amount.FromScaled(v, amount.Percent) }
	deadline := t.Deadline
	if deadline == "" {
		deadline = t.DeadlineText
	}
	var support []string
	for _, u := range t.SupportUnits {
		support = append(support, d.UnitName(u))
	}
	owner := ""
	if h := d.Holder(t.Owner); h != nil {
		owner = h.Name
	} else if o := d.Post(t.Owner); o != nil {
		owner = o.Title
	}
	leader := strings.ReplaceAll(d.PostText(t.Leader), "　", "")
	q := [4]any{}
	if len(plan.Curve) > 0 && plan.From.Number() == 1 && plan.From.Year() == plan.To.Year() && plan.To.Number() == 12 {
		for i := range q {
			q[i] = number(plan.Curve[3*i+2])
		}
	}
	return []any{t.No, x.Item.Category, t.Title, number(plan.Target), x.Sheet.Measure, deadline, leader, d.UnitName(t.LeadUnit), strings.Join(support, "、"), owner,
		number(amount.Scaled(t.Weight * 100)), q[0], q[1], q[2], q[3], x.Item.Note}
}

package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// SubmitReport files a month's report (提交月度进展) with its proof: account, reading, light, exhibits and fact in one transaction. The same
// key twice gives the first receipt. A certified value of the month is taken as it is; another one is refused.
// Errors: NotFound (another unit's item), Invalid (fields month, value, cut_reason, blocker_kind, progress, help), Conflict, Forbidden.
func (s *Service) SubmitReport(ctx context.Context, key string, d ReportDraft) (r Receipt, err error) {
	who, err := auth.Require(ctx, MayReport)
	if err != nil {
		return r, err
	}
	var dup bool
	var before int64 // the account that the key has made already
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		r = Receipt{} // may run twice
		var done string
		var err error
		if done, dup, err = receipt.Take(ctx, tx, who, key, string(MayReport)); err != nil || dup {
			before = id.Parse(done)
			return err
		}
		t, err := isItem(task.Lock(ctx, tx, who.RegionID, d.TaskID))
		if err != nil {
			return err
		}
		if err := who.OwnUnit(t.LeadUnit); err != nil {
			return err
		}
		sit, err := s.tasks.SituationOf(ctx, tx, who.RegionID, t, d.Month)
		if err != nil {
			return err
		}
		if v := sit.Value(d.Month).Certified; v != nil && d.Value != *v {
			return errs.At("value", "%s已由数据来源认定为 %s，不用另填，请按认定数提交。", d.Month.Chinese(), indicator.Show(*v, sit.Sheet.Measure))
		}
		a, err := s.tasks.File(ctx, tx, who, t, sit, d.Draft)
		if err != nil {
			return err
		}
		for _, f := range d.Files {
			_, err := s.files.PutFile(ctx, tx, who, proofOf(t.ID), t.LeadUnit, f)
			if err != nil && errs.KindOf(err) != errs.Conflict { // the same file was offered before: it stands already
				return err
			}
		}
		if err := receipt.Give(ctx, tx, who, key, id.Format(a.ID)); err != nil {
			return err
		}
		if err := s.out.Publish(ctx, tx, who.RegionID, "campaign.report.submitted", subject("task.account", a.ID),
			map[string]any{"campaign": t.Origin.ID, "task": t.ID, "unit": t.LeadUnit, "period": a.Period, "late": a.Late}); err != nil {
			return err
		}
		// What Receipt would read is at hand, but for two lists.
		r = Receipt{Report: Report{Account: a.Account, Task: a.Task, Measure: sit.Sheet.Measure}, Pace: sit.Sheet.Plan.Pace(a.Period), Record: a.Record, MayWithdraw: true}
		if r.Task.SupportUnits, err = task.SupportOf(ctx, tx, who.RegionID, t.ID); err != nil {
			return err
		}
		r.Exhibits, err = s.files.List(ctx, tx, who.RegionID, proofOf(t.ID))
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	if dup {
		return s.Receipt(ctx, before)
	}
	return r, nil
}

// proofOf is the owner of an item's exhibits: they belong to the task once, and every check refers to them. Source: domain 16.3.4.
func proofOf(taskID int64) ref.Ref { return ref.Ref{Kind: "task.task", ID: taskID} }

// Receipt returns the receipt of a report (回执) to whoever may see it. Errors: NotFound.
func (s *Service) Receipt(ctx context.Context, accountID int64) (r Receipt, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return r, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err = s.receipt(ctx, tx, who, accountID)
		return err
	})
	return r, err
}

func (s *Service) receipt(ctx context.Context, tx *sqldb.Tx, who auth.Actor, accountID int64) (r Receipt, err error) {
	if r.Account, err = task.AccountOf(ctx, tx, who.RegionID, accountID); err != nil {
		return r, err
	}
	if r.Task, err = itemTask(ctx, tx, who.RegionID, r.TaskID); err != nil {
		return r, err
	}
	ok, err := s.sees(ctx, tx, who, r.Task.Origin.ID, r.UnitID)
	if err != nil {
		return r, err
	}
	if !ok {
		return Receipt{}, who.MaySee(r.UnitID)
	}
	sheet, err := indicator.Get(ctx, tx, who.RegionID, r.Task.IndicatorID)
	if err != nil {
		return r, err
	}
	r.Measure, r.Pace = sheet.Measure, sheet.Plan.Pace(r.Period)
	r.MayWithdraw = r.State == task.Submitted && who.InUnit(r.UnitID) && who.May(MayReport)
	entries, err := ledger.Entries(ctx, tx, who.RegionID, ledger.Filter{Subject: subject("task.account", accountID), Limit: 10})
	if err != nil {
		return r, err
	}
	for _, e := range entries {
		if e.Verb == "submit" {
			r.Record = e.Seq
		}
	}
	r.Exhibits, err = s.files.List(ctx, tx, who.RegionID, proofOf(r.TaskID))
	return r, err
}

// WithdrawReport takes a report back (撤回) until it is verified. Errors: NotFound, Conflict.
func (s *Service) WithdrawReport(ctx context.Context, key string, accountID, version int64) (a task.Account, err error) {
	who, err := auth.Require(ctx, MayReport)
	if err != nil {
		return a, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, dup, err := receipt.Take(ctx, tx, who, key, "campaign.report.withdraw")
		if err != nil {
			return err
		}
		if a, err = task.AccountOf(ctx, tx, who.RegionID, accountID); err != nil {
			return err
		}
		if err := who.OwnUnit(a.UnitID); err != nil || dup {
			return err
		}
		t, err := itemTask(ctx, tx, who.RegionID, a.TaskID)
		if err != nil {
			return err
		}
		if a, err = s.tasks.WithdrawAccount(ctx, tx, who, accountID, version); err != nil {
			return err
		}
		return s.out.Publish(ctx, tx, who.RegionID, "campaign.report.withdrawn", subject("task.account", a.ID), map[string]any{"campaign": t.Origin.ID, "task": t.ID, "unit": a.UnitID, "period": a.Period})
	})
	return a, err
}

// SaveDraft keeps what the person has typed so far (草稿), right or wrong; body is the form as JSON.
func (s *Service) SaveDraft(ctx context.Context, itemID int64, m period.Month, body string) error {
	who, err := auth.Require(ctx, MayReport)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		t, err := itemTask(ctx, tx, who.RegionID, itemID)
		if err != nil {
			return err
		}
		if err := who.OwnUnit(t.LeadUnit); err != nil {
			return err
		}
		if !m.Valid() {
			return errs.At("month", "月份不对，请写成 2017-03 这样。")
		}
		return task.SaveDraft(ctx, tx, who, itemID, m, body)
	})
}

// Draft returns what the person has saved for the month; ok is false if there is nothing. A draft is seen by nobody else.
func (s *Service) Draft(ctx context.Context, itemID int64, m period.Month) (d task.SavedDraft, ok bool, err error) {
	who, err := auth.Require(ctx, MayReport)
	if err != nil {
		return d, false, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		d, ok, err = task.DraftOf(ctx, tx, who, itemID, m)
		return err
	})
	return d, ok, err
}

// Prefill returns what the form of a month's report shows before anything is typed, each value with its source. m "" is the month
// that is due: the earlier of last month and this one that has no account. Errors: NotFound (another unit's item).
func (s *Service) Prefill(ctx context.Context, itemID int64, m period.Month) (p Prefill, err error) {
	who, err := auth.Require(ctx, MayReport)
	if err != nil {
		return p, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if p.Task, err = itemTask(ctx, tx, who.RegionID, itemID); err != nil {
			return err
		}
		if err := who.OwnUnit(p.Task.LeadUnit); err != nil {
			return err
		}
		accounts, err := task.Accounts(ctx, tx, who.RegionID, itemID)
		if err != nil {
			return err
		}
		live := map[period.Month]*task.Account{}
		for i, a := range accounts {
			if a.State != task.Withdrawn {
				live[a.Period] = &accounts[i]
			}
		}
		sheet, err := indicator.Get(ctx, tx, who.RegionID, p.Task.IndicatorID)
		if err != nil {
			return err
		}
		if m == "" {
			m = dueMonth(period.MonthOf(tx.Now()), sheet.Plan, live)
		}
		if !m.Valid() {
			return errs.At("month", "月份不对，请写成 2017-03 这样。")
		}
		sit, err := s.tasks.SituationOf(ctx, tx, who.RegionID, p.Task, m)
		if err != nil {
			return err
		}
		p.Sheet, p.Month, p.DueOn, p.Pace, p.Before, p.Filed = sit.Sheet, m, sit.DueOn, sit.Sheet.Plan.Pace(m), sit.Before, live[m]
		p.DaysLeft = daysTo(period.Day(tx.Now()), p.DueOn)
		v, err := indicator.ValueOf(ctx, tx, who.RegionID, p.Task.IndicatorID, m)
		if err != nil {
			return err
		}
		if p.Draft, _, err = task.DraftOf(ctx, tx, who, itemID, m); err != nil {
			return err
		}
		if p.Exhibits, err = s.files.List(ctx, tx, who.RegionID, proofOf(itemID)); err != nil {
			return err
		}
		if sheet.Measure == "%" {
			ms, err := task.Milestones(ctx, tx, who.RegionID, itemID)
			if err != nil {
				return err
			}
			if x, ok := task.ReachedValue(ms, p.Sheet.Plan, m); ok {
				p.Steps = &x
			}
		}
		p.fill(v, live[m.Prev()])
		return nil
	})
	return p, err
}

// dueMonth is the month that a unit has to report next: last month until it is reported, then this one.
func dueMonth(now period.Month, plan indicator.Plan, live map[period.Month]*task.Account) period.Month {
	last := now.Prev()
	if last >= plan.From && last <= plan.To && live[last] == nil {
		return last
	}
	if now > plan.To {
		return plan.To
	}
	return now
}

func daysTo(today, day string) int64 {
	a, err1 := period.ParseDay(today)
	b, err2 := period.ParseDay(day)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int64(b.Sub(a) / (24 * time.Hour))
}

// fill puts in what is known. It is pure.
func (p *Prefill) fill(v indicator.Value, last *task.Account) {
	set := func(f *Filled, text, source string) {
		if text != "" {
			f.Text, f.Source = text, source
			p.Count++
		}
	}
	before := p.Before != nil && p.Before.Reported != nil
	switch {
	case v.Certified != nil:
		set(&p.Value, indicator.Plain(*v.Certified), "数据来源已认定，不用再填")
		p.Value.ReadOnly, p.Certify = true, v.Certified
	case v.Verified != nil:
		set(&p.Value, indicator.Plain(*v.Verified), "督查室核验数")
	case p.Steps != nil && p.Steps.Value > 0 && (!before || p.Steps.Value >= *p.Before.Reported):
		set(&p.Value, indicator.Plain(p.Steps.Value), p.steps()+"，请核对")
	case before:
		words := near(p.Before.Period, p.Month) + "报了 " + indicator.Show(*p.Before.Reported, p.Sheet.Measure) + "，请改成本月累计"
		if p.Steps != nil { // between two milestones work goes on: what was reported already is not taken back
			words += "；" + p.steps()
		}
		set(&p.Value, indicator.Plain(*p.Before.Reported), words)
	}
	if last == nil {
		return
	}
	carried := "沿用 " + near(last.Period, p.Month)
	set(&p.Blocker, last.BlockerKind, carried)
	set(&p.Words, last.Blocker, carried)
	set(&p.Help, last.Help, carried+"，已解决请删去")
	set(&p.Next, last.NextStep, last.Period.Chinese()+"说的下一步")
}

// steps says what the milestones come to, and on whose word.
func (p *Prefill) steps() string {
	x := p.Steps
	var parts []string
	if x.Checked > 0 {
		parts = append(parts, fmt.Sprintf("已核验 %d 个占 %s%%", x.Checked, indicator.Number(amount.Scaled(x.CheckedW*100))))
	}
	if x.Claimed > 0 {
		parts = append(parts, fmt.Sprintf("已申报待核验 %d 个占 %s%%", x.Claimed, indicator.Number(amount.Scaled(x.ClaimedW*100))))
	}
	if parts == nil {
		return "按节点还没有一个完成"
	}
	return "按节点推算 " + indicator.Show(x.Value, p.Sheet.Measure) + "：" + strings.Join(parts, "，")
}

// askedFrom is the day of the month from which the month's own account is asked for: before that it would say little. [D]
const askedFrom = "20"

// Todo returns the actor's unit's list (待办): what was sent back and what is late first, then what is due with the days that are
// left, then what waits for somebody else. What supervision has found is added by the page.
func (s *Service) Todo(ctx context.Context) (l TodoList, err error) {
	who, err := auth.Require(ctx, MayReport)
	if err != nil {
		return l, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		l = TodoList{UnitID: who.UnitID}
		tasks, err := task.List(ctx, tx, who.RegionID, task.Filter{Unit: who.UnitID})
		if err != nil {
			return err
		}
		items, err := sqldb.All(ctx, tx, selectItemsUnit, scanItem, who.RegionID, who.UnitID)
		if err != nil {
			return err
		}
		completed := map[int64]int64{}
		for _, i := range items {
			completed[i.ID] = i.CompletedAt
		}
		sheets, err := indicator.SheetsOf(ctx, tx, who.RegionID, who.UnitID)
		if err != nil {
			return err
		}
		now, today := period.MonthOf(tx.Now()), period.Day(tx.Now())
		months := [2]period.Month{now.Prev(), now}
		var live [2]map[int64]task.Account
		var due [2]string
		for i, m := range months {
			if live[i], err = task.AccountsOfUnit(ctx, tx, who.RegionID, who.UnitID, m); err != nil {
				return err
			}
			if due[i], err = s.tasks.DueOn(ctx, tx, who.RegionID, m); err != nil {
				return err
			}
		}
		l.Month, l.DueOn = months[0], due[0]
		if today > due[0] {
			l.Month, l.DueOn = months[1], due[1]
		}
		for _, t := range tasks {
			if _, mine := completed[t.ID]; !mine || t.State == task.Closed || t.State == task.Stopped {
				continue
			}
			sheet := sheets[t.IndicatorID]
			x := TodoItem{Task: t, Measure: sheet.Measure}
			if t.State == task.Completed {
				x.Step, x.Month = StepDone, months[0]
				l.Waiting = append(l.Waiting, x)
				continue
			}
			if completed[t.ID] != 0 { // reported done, and open again
				x.Step, x.Month, x.DueOn = StepSentBack, now, today
				if x.Reason, err = sentBack(ctx, tx, who.RegionID, t.ID); err != nil {
					return err
				}
				l.First = append(l.First, x)
			}
			asked := false
			for i, m := range months {
				if m < sheet.Plan.From || m > sheet.Plan.To {
					continue
				}
				y := TodoItem{Task: t, Measure: sheet.Measure, Month: m, DueOn: due[i], DaysLeft: daysTo(today, due[i])}
				if a, ok := live[i][t.ID]; ok {
					y.Account = &a
					if y.Step = StepWaiting; a.State == task.Verified {
						y.Step = StepChecked
						l.Checked = append(l.Checked, y)
					} else {
						l.Waiting = append(l.Waiting, y)
					}
					continue
				}
				if asked || i == 1 && today[8:] < askedFrom { // last month comes first; this one is asked for near its end
					continue
				}
				asked, y.CanReport = true, true
				if y.Step = StepDue; y.DaysLeft < 0 {
					y.Step = StepLate
					l.First = append(l.First, y)
				} else {
					l.Due = append(l.Due, y)
				}
			}
		}
		l.Minutes = len(l.First) + len(l.Due)
		return nil
	})
	return l, err
}

// sentBack returns why a task was last sent back, in the words of who did it.
func sentBack(ctx context.Context, tx *sqldb.Tx, regionID, taskID int64) (string, error) {
	entries, err := ledger.Entries(ctx, tx, regionID, ledger.Filter{Subject: subject("task.task", taskID), Limit: 20})
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.Verb == "send_back" {
			var b struct {
				Note string `json:"note"`
			}
			if err := json.Unmarshal(e.Body, &b); err != nil {
				return "", err
			}
			return strings.TrimSpace(b.Note), nil
		}
	}
	return "", nil
}

// AddExhibit offers a file as proof of an item after its report (补交佐证). Errors: NotFound, Conflict if it was offered before.
func (s *Service) AddExhibit(ctx context.Context, itemID int64, f evidence.File) (e evidence.Exhibit, err error) {
	who, err := auth.Require(ctx, MayReport)
	if err != nil {
		return e, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		t, err := itemTask(ctx, tx, who.RegionID, itemID)
		if err != nil {
			return err
		}
		if err := who.OwnUnit(t.LeadUnit); err != nil {
			return err
		}
		e, err = s.files.PutFile(ctx, tx, who, proofOf(itemID), t.LeadUnit, f)
		return err
	})
	return e, err
}

// near names a month beside another: 8 月, with the year only if it is another one.
func near(m, beside period.Month) string {
	if m.Year() == beside.Year() {
		return strconv.Itoa(m.Number()) + " 月"
	}
	return m.Chinese()
}

package appraisal

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"

	"github.com/govalues/decimal"
)

// The items that a round fills by itself from tasks and verification; a scheme uses them by these names.
const (
	ItemTasks    = "任务完成" // one row per task: value, where it should stand, weight
	ItemVerified = "督查核验" // tasks whose verified value bears out the report ÷ tasks verified
	ItemClosed   = "整改销号" // findings closed ÷ findings due
	ItemMove     = "争先进位" // points gained on plan since the month or quarter before
)

// facts is everything that a round reads, loaded once.
type facts struct {
	dir    *org.Directory
	tasks  []task.Task
	sheets map[int64]indicator.Sheet
	plans  map[int64][]indicator.Plan
	values map[period.Month]map[int64]indicator.Value
	events []Event
	owned  map[int64][]indicator.Sheet // by unit; filled by collect
}

// load reads a round's facts: the same number of statements however many units there are.
func (s *Service) load(ctx context.Context, tx *sqldb.Tx, regionID int64, q period.Term) (f facts, err error) {
	if f.dir, err = s.org.Directory(ctx, tx, regionID); err != nil {
		return f, err
	}
	if f.tasks, err = task.List(ctx, tx, regionID, task.Filter{}); err != nil {
		return f, err
	}
	slices.SortFunc(f.tasks, func(a, b task.Task) int { return cmp.Compare(a.ID, b.ID) })
	if f.sheets, err = indicator.Sheets(ctx, tx, regionID); err != nil {
		return f, err
	}
	if f.plans, err = indicator.AllPlans(ctx, tx, regionID); err != nil {
		return f, err
	}
	f.values = map[period.Month]map[int64]indicator.Value{}
	for m := period.Month(string(q[:4]) + "-01"); m <= q.Last(); m = m.Next() {
		if f.values[m], err = indicator.Month(ctx, tx, regionID, m); err != nil {
			return f, err
		}
	}
	periods := []period.Term{q}
	if !q.Monthly() {
		for _, m := range q.Months() {
			periods = append(periods, period.Term(m))
		}
	}
	for _, p := range periods {
		list, err := sqldb.All(ctx, tx, selectEvents, scanEvent, regionID, string(p))
		if err != nil {
			return f, err
		}
		f.events = append(f.events, list...)
	}
	return f, nil
}

// valueAt returns the value of an indicator that stands at the end of a month: that month's, or the last one before it when the
// month's account is missing (stale is true then).
func (f facts) valueAt(id int64, m period.Month) (v amount.Scaled, k indicator.ValueKind, from period.Month, ok bool) {
	for x := m; x >= period.Month(m.Year()+"-01"); x = x.Prev() {
		if v, k, ok := f.values[x][id].Best(); ok {
			return v, k, x, true
		}
	}
	return 0, "", "", false
}

func dec(v amount.Scaled) decimal.NullDecimal {
	return score.Some(decimal.MustNew(int64(v), 4).Trim(0))
}

func kindOf(k indicator.ValueKind) score.Kind {
	return map[indicator.ValueKind]score.Kind{indicator.Reported: score.Reported, indicator.Verified: score.Verified, indicator.Certified: score.Certified}[k]
}

// collect makes the rows of a month or quarter. It is pure: the same facts give the same rows.
// Units without any task in it are not appraised. Where a month's account is missing the last value before it stands, as a
// reported one; a task that never had a value counts 0.
func (f facts) collect(q period.Term, s *score.Scheme) score.Data {
	d := score.Data{Period: string(q)}
	end := q.Last()
	at := end.End().UnixMilli()
	wanted := names(s)
	groups := map[string]bool{}
	for _, g := range s.Groups {
		groups[g.Name] = true
	}
	tasks, owned := map[int64][]task.Task{}, map[int64][]indicator.Sheet{} // by unit: a unit is not looked for among everybody's
	for _, t := range f.tasks {
		tasks[t.LeadUnit] = append(tasks[t.LeadUnit], t)
	}
	for _, x := range f.sheets {
		owned[x.UnitID] = append(owned[x.UnitID], x)
	}
	for _, list := range owned {
		slices.SortFunc(list, func(a, b indicator.Sheet) int { return cmp.Compare(a.ID, b.ID) })
	}
	f.owned = owned
	for _, u := range f.dir.Units {
		if len(groups) > 0 && !groups[u.Group()] {
			continue
		}
		f := f
		f.tasks = tasks[u.ID]
		var rows []score.Input
		add := func(in score.Input) {
			in.Unit, in.Group = u.Name, u.Group()
			if in.Period == "" {
				in.Period = string(q)
			}
			rows = append(rows, in)
		}
		n := 0
		for _, t := range f.tasks {
			sheet, ok := f.sheets[t.IndicatorID]
			if t.LeadUnit != u.ID || !ok || t.State == task.Stopped {
				continue
			}
			plan := indicator.PlanOn(f.plans[t.IndicatorID], at-1)
			pace := plan.Pace(end)
			if end < plan.From || pace == 0 {
				continue
			}
			n++
			v, k, from, has := f.valueAt(t.IndicatorID, end)
			if !has {
				v, k, from = 0, indicator.Reported, end
			}
			in := score.Input{Item: ItemTasks, Value: dec(v), Target: dec(pace), Count: dec(amount.Scaled(max(t.Weight, 1) * 100)), Kind: kindOf(k), Source: fmt.Sprintf("task:%d@%s", t.ID, from)}
			if sheet.Direction == indicator.Down {
				turn(&in, has)
			} else if !has {
				in.Basis = noReport
			}
			if wanted[ItemTasks] {
				add(in)
			}
		}
		if n == 0 {
			continue
		}
		if wanted[ItemVerified] {
			if ok, all := f.borneOut(u.ID, q); all > 0 {
				add(score.Input{Item: ItemVerified, Value: dec(amount.Scaled(ok * 10000)), Target: dec(amount.Scaled(all * 10000)), Kind: score.Verified, Source: fmt.Sprintf("verified:%d@%s", u.ID, q)})
			}
		}
		if wanted[ItemMove] {
			if now, ok := f.lead(u.ID, q); ok {
				if before, ok := f.lead(u.ID, q.Prev()); ok && q.Prev()[:4] == q[:4] {
					add(score.Input{Item: ItemMove, Value: score.Some(decimal.MustNew(now-before, 2).Trim(0)), Kind: score.Verified, Source: fmt.Sprintf("lead:%d@%s-%s", u.ID, q, q.Prev())})
				}
			}
		}
		for _, sheet := range f.own(u.ID) {
			name := sheet.Name
			if !wanted[name] || name == ItemTasks {
				continue
			}
			v, k, from, has := f.valueAt(sheet.ID, end)
			if !has {
				continue
			}
			plan := indicator.PlanOn(f.plans[sheet.ID], at-1)
			add(score.Input{Item: name, Value: dec(v), Target: dec(plan.Pace(end)), Kind: kindOf(k), Source: fmt.Sprintf("indicator:%d@%s", sheet.ID, from)})
		}
		if wanted[ItemClosed] {
			if found, closed, src, ok := f.findings(u.ID, end); ok {
				add(score.Input{Item: ItemClosed, Value: dec(closed), Target: dec(found), Kind: score.Verified, Source: src})
			}
		}
		for _, e := range f.events {
			if e.UnitID != u.ID || e.ConfirmedBy == 0 || e.Void {
				continue
			}
			in := score.Input{Item: e.Item, Event: e.Event, Role: e.Role, Kind: score.Certified, Source: fmt.Sprintf("event:%d", e.ID), Exempt: e.Exempt}
			if e.Exempt {
				in.Basis = e.DocNo
			}
			if e.Event != "" {
				in.Count = dec(amount.Scaled(e.Count))
			}
			in.Value, in.Target = parse(e.Value), parse(e.Target)
			add(in)
		}
		d.Rows = append(d.Rows, rows...)
	}
	return d
}

// noReport is the basis of a row that nobody ever reported, so that its nought does not pass for a reported one.
const noReport = "没有报数，按0计"

// The basis of a row whose indicator is better the smaller it is; found turns a corrected value by it.
const (
	downBasis  = "逆向指标，按“应达 ÷ 完成”计"
	downAbsent = "逆向指标，没有报数，按0计"
)

// turn makes a row of an indicator of which less is better fit an item of which more is better: plan ÷ value.
// None of a bad thing is the plan kept in full; no value at all counts 0. Source: domain 13.1.
func turn(in *score.Input, has bool) {
	done, pace := in.Value, in.Target
	switch {
	case !has:
		in.Value, in.Basis = score.Some(decimal.Zero), downAbsent
		return
	case done.Decimal.Sign() <= 0:
		in.Value, in.Target = pace, pace
	default:
		in.Value, in.Target = pace, done
	}
	in.Basis = downBasis + "：完成 " + done.Decimal.String() + "，应达 " + pace.Decimal.String()
}

// correct puts the value that an upheld objection found into its row.
func correct(in *score.Input, v decimal.NullDecimal, decision string) {
	basis := decision
	switch {
	case in.Basis == downAbsent:
		in.Value = v
		turn(in, true)
		basis = in.Basis + "；" + decision
	case strings.HasPrefix(in.Basis, downBasis):
		in.Value, in.Target = v, in.Value
		turn(in, true)
		basis = in.Basis + "；" + decision
	case !in.Value.Valid && in.Count.Valid: // a counted event
		in.Count = v
	default:
		in.Value = v
	}
	in.Kind, in.Basis = score.Certified, basis
}

func parse(s string) decimal.NullDecimal {
	if d, err := decimal.Parse(s); err == nil {
		return score.Some(d)
	}
	return decimal.NullDecimal{}
}

// names returns the names of the values that a scheme reads.
func names(s *score.Scheme) map[string]bool {
	out := map[string]bool{}
	var walk func(items []*score.Item)
	walk = func(items []*score.Item) {
		for _, it := range items {
			if it.Off {
				continue
			}
			out[it.Indicator] = true
			if it.Indicator == "" {
				out[it.Name] = true
			}
			walk(it.Parts)
		}
	}
	walk(s.Items)
	for _, v := range s.Variables {
		out[v] = true
	}
	return out
}

// own returns the indicators that a unit owes and that belong to no task, by id.
func (f facts) own(unit int64) []indicator.Sheet { return f.owned[unit] }

// borneOut counts the unit's tasks that were verified in it, and those whose last verified value is not worse than what was reported.
func (f facts) borneOut(unit int64, q period.Term) (ok, all int64) {
	for _, t := range f.tasks {
		if t.LeadUnit != unit {
			continue
		}
		for _, m := range slices.Backward(q.Months()) {
			v := f.values[m][t.IndicatorID]
			if v.Verified == nil {
				continue
			}
			all++
			down := f.sheets[t.IndicatorID].Direction == indicator.Down
			if v.Reported == nil || *v.Verified == *v.Reported || (*v.Verified > *v.Reported) != down {
				ok++
			}
			break
		}
	}
	return ok, all
}

// lead returns how far the unit's tasks stand ahead of plan at the end of the month or quarter, weighted, in points ×100 of their targets.
func (f facts) lead(unit int64, q period.Term) (int64, bool) {
	end := q.Last()
	sum, weight := new(big.Rat), int64(0)
	for _, t := range f.tasks {
		if t.LeadUnit != unit || t.State == task.Stopped {
			continue
		}
		plan := indicator.PlanOn(f.plans[t.IndicatorID], end.End().UnixMilli()-1)
		if plan.Target <= 0 || end < plan.From {
			continue
		}
		v, _, _, has := f.valueAt(t.IndicatorID, end)
		ahead := min(v, plan.Target) - plan.Pace(end)
		if f.sheets[t.IndicatorID].Direction == indicator.Down {
			if ahead = plan.Pace(end) - v; !has {
				ahead = -plan.Pace(end)
			}
		}
		w := max(t.Weight, 1)
		sum.Add(sum, new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(w), big.NewInt(int64(ahead))), big.NewInt(int64(plan.Target))))
		weight += w
	}
	if weight == 0 {
		return 0, false
	}
	sum.Mul(sum, big.NewRat(10000, weight))
	half := new(big.Rat).SetInt64(1)
	half.SetFrac64(1, 2)
	if sum.Sign() < 0 {
		half.Neg(half)
	}
	sum.Add(sum, half)
	return new(big.Int).Quo(sum.Num(), sum.Denom()).Int64(), true
}

// findings returns the findings of the year up to a month that a unit had and closed, which supervision records as verified values.
func (f facts) findings(unit int64, end period.Month) (found, closed amount.Scaled, source string, ok bool) {
	for _, s := range f.own(unit) {
		v, _, _, has := f.valueAt(s.ID, end)
		switch {
		case !has:
		case s.Name == indicator.FindingsFound:
			found, ok = v, v > 0
			source = fmt.Sprintf("findings:%d@%s", unit, end)
		case s.Name == indicator.FindingsClosed:
			closed = v
		}
	}
	return found, closed, source, ok
}

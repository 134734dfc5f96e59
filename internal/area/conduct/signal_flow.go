package conduct

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

func signalRef(id int64) ref.Ref { return ref.Ref{Kind: SignalKind, ID: id} }

// DetectMonth looks through the work data of a month that is over and raises what signals they make (生成线索), each shown to its unit at once. It may be
// run again: what was raised is not raised twice. It returns how many are new. Errors: Invalid (month).
func (s *Service) DetectMonth(ctx context.Context, key string, m period.Month) (int64, error) {
	return s.once(ctx, MayKeep, key, "conduct.signal.detect", func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) (int64, error) {
		return s.Detect(ctx, tx, who, m)
	})
}

// Detect is DetectMonth inside the caller's transaction: for the monthly job, whose actor has a region and no person.
func (s *Service) Detect(ctx context.Context, tx *sqldb.Tx, who auth.Actor, m period.Month) (int64, error) {
	if !m.Valid() || m >= period.MonthOf(tx.Now()) {
		return 0, errs.At("month", "月份请写成 2017-03 这样，要是已经过完的月份。")
	}
	d, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return 0, err
	}
	rules, err := rulesOf(ctx, tx, who.RegionID)
	if err != nil {
		return 0, err
	}
	found, err := s.signs(ctx, tx, who.RegionID, rules, m)
	if err != nil {
		return 0, err
	}
	have := map[raisedKey]bool{}
	for _, q := range []struct {
		s    *sqldb.Stmt
		args []any
	}{{selectRaised, []any{who.RegionID, string(m)}}, {selectToothless, []any{who.RegionID}}} {
		list, err := sqldb.All(ctx, tx, q.s, scanRaised, q.args...)
		if err != nil {
			return 0, err
		}
		for _, k := range list {
			have[k] = true
		}
	}
	var n int64
	for _, x := range found {
		if u := d.Unit(x.UnitID); have[raisedKey{x.Symptom, x.Subject.Kind, x.Subject.ID}] || u == nil || u.EndedOn != "" {
			continue
		}
		if _, err := s.raise(ctx, tx, who, x); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// signs computes the signals of a month.
func (s *Service) signs(ctx context.Context, tx *sqldb.Tx, regionID int64, r Rules, m period.Month) (out []Signal, err error) {
	cal, err := s.calendar.LoadIn(ctx, tx)
	if err != nil {
		return nil, err
	}
	tasks, err := task.List(ctx, tx, regionID, task.Filter{})
	if err != nil {
		return nil, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	now, err := task.AccountsIn(ctx, tx, regionID, m)
	if err != nil {
		return nil, err
	}
	before, err := task.AccountsIn(ctx, tx, regionID, m.Prev())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(tasks, func(a, b task.Task) int { return cmp.Compare(a.ID, b.ID) })
	for _, t := range tasks {
		a, ok := now[t.ID]
		b, had := before[t.ID]
		h, known := sheets[t.IndicatorID]
		if !ok || !had || !known || t.State != task.Open {
			continue
		}
		if parts := r.lukewarm(a, b, h.Plan); int64(len(parts)) >= r.LukewarmParts {
			out = append(out, Signal{Symptom: Lukewarm, UnitID: t.LeadUnit, Subject: ref.Ref{Kind: "task.task", ID: t.ID}, Title: t.Title, Month: m, Features: parts})
		}
	}
	matters, err := sqldb.All(ctx, tx, selectMatters, scanMatter, regionID, m.Add(-2).Start().UnixMilli())
	if err != nil {
		return nil, err
	}
	extended, err := extensions(ctx, tx, regionID, tasks, m, r.Extensions)
	if err != nil {
		return nil, err
	}
	byUnit := map[int64][]Matter{}
	var units []int64
	add := func(u int64) {
		if !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	for _, x := range matters {
		byUnit[x.UnitID] = append(byUnit[x.UnitID], x)
		add(x.UnitID)
	}
	for u := range extended {
		add(u)
	}
	slices.Sort(units)
	for _, u := range units {
		parts, err := r.unhurried(m, period.Day(m.End().Add(-1)), cal, byUnit[u], extended[u])
		if err != nil {
			return nil, err
		}
		if int64(len(parts)) >= r.UnhurriedParts {
			out = append(out, Signal{Symptom: Unhurried, UnitID: u, Subject: ref.Ref{Kind: "org.unit", ID: u}, Title: m.Chinese() + "前三个月的办理", Month: m, Features: parts})
		}
	}
	from, until := m.Start().UnixMilli(), m.End().UnixMilli()
	for _, x := range matters {
		if x.Kind != "finding" || !(x.ReopenedAt >= from && x.ReopenedAt < until || x.ClosedAt >= from && x.ClosedAt < until) {
			continue
		}
		if parts := r.toothless(x); int64(len(parts)) >= r.ToothlessParts {
			title, err := findingTitle(ctx, tx, regionID, x.ID)
			if err != nil {
				return nil, err
			}
			out = append(out, Signal{Symptom: Toothless, UnitID: x.UnitID, Subject: ref.Ref{Kind: "supervision.finding", ID: x.ID}, Title: title, Month: m, Features: parts})
		}
	}
	return out, nil
}

// findingTitle names a finding by the fact that its sealed row states, so that two of a unit can be told apart.
func findingTitle(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (string, error) {
	e, ok, err := ledger.LatestRow(ctx, tx, regionID, ref.Ref{Kind: "supervision.finding", ID: id})
	if err != nil {
		return "", err
	}
	var row struct {
		Fact string `json:"fact"`
	}
	if ok {
		if err := json.Unmarshal(e.Row, &row); err != nil {
			return "", err
		}
	}
	if row.Fact == "" {
		return "督查发现问题的整改", nil
	}
	r := []rune(row.Fact)
	if len(r) > 30 {
		return string(r[:30]) + "…", nil
	}
	return row.Fact, nil
}

// extensions says, by unit, which tasks had their deadline moved again, the last time in the three months that end with m.
func extensions(ctx context.Context, tx *sqldb.Tx, regionID int64, tasks []task.Task, m period.Month, least int64) (map[int64][]string, error) {
	list, err := task.AdjustmentsOf(ctx, tx, regionID, task.AdjustmentFilter{State: task.Approved})
	if err != nil {
		return nil, err
	}
	from, until := m.Add(-2).Start().UnixMilli(), m.End().UnixMilli()
	recent := map[int64]bool{}
	for _, a := range list {
		if a.Wanted.Deadline != nil && a.DecidedAt >= from && a.DecidedAt < until {
			recent[a.TaskID] = true
		}
	}
	out := map[int64][]string{}
	for _, t := range tasks {
		if !recent[t.ID] {
			continue
		}
		all, err := task.Baselines(ctx, tx, regionID, t.ID)
		if err != nil {
			return nil, err
		}
		var n int64
		for i := 1; i < len(all); i++ {
			if all[i].Deadline > all[i-1].Deadline && all[i].At < until {
				n++
			}
		}
		if n >= least && len(out[t.LeadUnit]) == 0 {
			out[t.LeadUnit] = append(out[t.LeadUnit], fmt.Sprintf("“%s”的时限已经延后 %d 次", t.Title, n))
		}
	}
	return out, nil
}

// raise enters a signal and shows it to its unit.
func (s *Service) raise(ctx context.Context, tx *sqldb.Tx, who auth.Actor, x Signal) (int64, error) {
	cal, err := s.calendar.LoadIn(ctx, tx)
	if err != nil {
		return 0, err
	}
	if x.DueOn, err = cal.AddWorkdays(period.Day(tx.Now()), explainDays); err != nil {
		return 0, err
	}
	x.CalendarVersion = cal.Version(x.DueOn)
	year := period.MonthOf(tx.Now()).Year()
	n, err := sqldb.One(ctx, tx, nextNumber, sqldb.Int64, who.RegionID, year)
	if err != nil {
		return 0, err
	}
	source := "data"
	if x.RaisedBy != 0 {
		source = "person"
	}
	x.ID, x.No, x.State, x.FromData, x.RaisedAt, x.Version = s.ids(), fmt.Sprintf("%s-%03d", year, n), Shown, x.RaisedBy == 0, tx.Now().UnixMilli(), 1
	if _, err := tx.Exec(ctx, insertSignal, who.RegionID, x.ID, x.No, string(x.Symptom), source, x.UnitID, x.Subject.Kind, x.Subject.ID, x.Title, string(x.Month), x.features(), x.RaisedBy, x.RaisedAt, x.DueOn, x.CalendarVersion); err != nil {
		if errs.KindOf(err) == errs.Conflict {
			return 0, errs.New(errs.Conflict, "这个月的线索别人刚刚生成，请刷新页面看。")
		}
		return 0, err
	}
	if err := s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Unit: x.UnitID, Kind: "conduct.signal.explain", Subject: signalRef(x.ID),
		Title: "说明作风线索 " + x.No + "（" + x.Symptom.Chinese() + "）：" + x.Title, Href: href(x.ID), DueOn: x.DueOn}); err != nil {
		return 0, err
	}
	return x.ID, s.after(ctx, tx, who, x, "show", "shown", "")
}

func href(id int64) string { return fmt.Sprintf("/conduct/signals/%d", id) }

// after records what happened to a signal: the step, the fact and the ledger's entry.
func (s *Service) after(ctx context.Context, tx *sqldb.Tx, who auth.Actor, x Signal, verb, past, text string) error {
	if _, err := tx.Exec(ctx, insertStep, who.RegionID, s.ids(), x.ID, verb, text, who.ID, who.UnitID, tx.Now().UnixMilli()); err != nil {
		return err
	}
	if err := s.out.Publish(ctx, tx, who.RegionID, SignalKind+"."+past, signalRef(x.ID), map[string]any{"unit": fmt.Sprint(x.UnitID), "symptom": x.Symptom, "month": x.Month, "outcome": x.Outcome}); err != nil {
		return err
	}
	return seal(ctx, tx, who, SignalKind, x.ID, verb, x.sealed())
}

// SignalDraft is a signal that a person enters (人工线索), with the document that it rests on.
type SignalDraft struct {
	Symptom Symptom
	UnitID  int64
	Title   string
	Fact    string
	Basis   string // 督查记录、群众反映的编号等
	Month   period.Month
}

// RaiseSignal enters a signal by hand (登记线索). Errors: Invalid (symptom, unit, title, fact, basis, month).
func (s *Service) RaiseSignal(ctx context.Context, key string, d SignalDraft) (int64, error) {
	return s.once(ctx, MayKeep, key, "conduct.signal.raise", func(tx *sqldb.Tx, who auth.Actor, dir *org.Directory) (int64, error) {
		var x texts
		g := Signal{Symptom: d.Symptom, UnitID: d.UnitID, Month: d.Month, RaisedBy: who.ID, Subject: ref.Ref{Kind: "org.unit", ID: d.UnitID}}
		if d.Symptom.Chinese() == "" {
			x.add("symptom", "还没有选是哪一种情形。")
		}
		if u := dir.Unit(d.UnitID); u == nil || u.EndedOn != "" {
			x.add("unit", "还没有选单位。")
		}
		g.Title = x.need("title", "事项", d.Title, 60)
		fact := x.need("fact", "事实", d.Fact, 1000)
		basis := x.need("basis", "来源", d.Basis, 200)
		if !d.Month.Valid() || d.Month > period.MonthOf(tx.Now()) {
			x.add("month", "发生的月份请写成 2017-03 这样，不能是以后的月份。")
		}
		if err := x.refuse(); err != nil {
			return 0, err
		}
		g.Features = []string{fact, "来源：" + basis}
		return s.raise(ctx, tx, who, g)
	})
}

// Step is one thing that happened to a signal.
type Step struct {
	Verb, Text       string
	PersonID, UnitID int64
	At               int64
}

// Chinese returns the step's word.
func (s Step) Chinese() string {
	return map[string]string{"show": "送单位说明", "explain": "单位说明", "find": "认定", "mend": "报告整改", "archive": "归档"}[s.Verb]
}

// SignalView is a signal as the actor may see it, with what he may do.
type SignalView struct {
	Signal
	Steps                                    []Step
	Said                                     []task.Account // 不冷不热: what the unit wrote in the month before and in the month
	Matters                                  []Matter       // 不急不忙: what came in the three months, and when it was accepted and reported
	MayExplain, MayFind, MayMend, MayArchive bool
}

// sees reports whether the actor may see a signal: the unit and the office that keeps the file always, the leaders once the unit has been heard.
func sees(who auth.Actor, x Signal, today string) bool {
	return who.May(MayKeep) || who.InUnit(x.UnitID) || who.Has(auth.Leader) && !x.Early(today)
}

// Signal shows one signal with its course. Errors: NotFound.
func (s *Service) Signal(ctx context.Context, id int64) (v SignalView, err error) {
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		x, err := sqldb.One(ctx, tx, selectSignal, scanSignal, who.RegionID, id)
		if err != nil {
			return err
		}
		today := period.Day(tx.Now())
		if !sees(who, x, today) {
			return gone()
		}
		v.Signal = x
		own := who.InUnit(x.UnitID)
		v.MayExplain = own && who.May(MayExplain) && x.State == Shown
		v.MayMend = own && who.May(MayExplain) && x.State == Found && x.Outcome == Mend
		v.MayFind = !own && who.May(MayFind) && (x.State == Explained || x.Silent(today))
		v.MayArchive = !own && who.May(MayKeep) && (x.State == Mended || x.State == Found && x.Outcome != Mend)
		if v.Steps, err = sqldb.All(ctx, tx, selectSteps, scanStep, who.RegionID, id); err != nil || !x.FromData {
			return err
		}
		return v.evidence(ctx, tx, who.RegionID)
	})
	return v, err
}

// evidence reads what the data say, so that the unit sees what the rule saw.
func (v *SignalView) evidence(ctx context.Context, tx *sqldb.Tx, regionID int64) error {
	switch v.Symptom {
	case Lukewarm:
		all, err := task.Accounts(ctx, tx, regionID, v.Subject.ID)
		if err != nil {
			return err
		}
		for _, m := range []period.Month{v.Month.Prev(), v.Month} {
			if i := slices.IndexFunc(all, func(a task.Account) bool { return a.Period == m && a.State != task.Withdrawn }); i >= 0 {
				v.Said = append(v.Said, all[i])
			}
		}
	case Unhurried:
		from, until := v.Month.Add(-2).Start().UnixMilli(), v.Month.End().UnixMilli()
		all, err := sqldb.All(ctx, tx, selectMatters, scanMatter, regionID, from)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.UnitID == v.UnitID && x.IssuedAt >= from && x.IssuedAt < until {
				v.Matters = append(v.Matters, x)
			}
		}
		slices.SortStableFunc(v.Matters, func(a, b Matter) int { return cmp.Compare(a.IssuedAt, b.IssuedAt) })
	}
	return nil
}

// SignalTally counts the signals of the current year and those that are older and still open.
func (s *Service) SignalTally(ctx context.Context) (t Tally, err error) {
	t = Tally{Live: map[Stage]int64{}, Symptoms: map[Symptom]int64{}, Outcomes: map[Outcome]int64{}}
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		year, today := period.MonthOf(tx.Now()).Year(), period.Day(tx.Now())
		list, err := sqldb.All(ctx, tx, countSignals, scanCount, who.RegionID, year)
		for _, c := range list {
			if sees(who, c.Signal, today) {
				t.add(c.Signal, c.n, c.No == year, today)
			}
		}
		return err
	})
	return t, err
}

// SignalFilter chooses signals; its zero value is all.
type SignalFilter struct {
	Symptom  Symptom
	State    SignalState
	Live     bool // not archived
	Stage    Stage
	Unit     int64
	From, To period.Month
	Before   int64
	Limit    int // 50 if 0
}

// Signals lists signals, the latest first: a unit's own for the unit, all for the office, for leaders those whose unit has been heard.
func (s *Service) Signals(ctx context.Context, f SignalFilter) (out []Signal, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		if !who.May(MayKeep) && !who.Has(auth.Leader) {
			if f.Unit != 0 && !who.InUnit(f.Unit) {
				return gone()
			}
			if f.Unit == 0 {
				f.Unit = who.UnitID
			}
		}
		q := listSignals.With(who.RegionID).If(f.Symptom != "", `symptom = ?`, string(f.Symptom)).If(f.State != "", `state = ?`, string(f.State)).If(f.Live, `state <> 'archived'`).
			If(f.Unit != 0, `unit_id = ?`, f.Unit).If(f.From != "", `month >= ?`, string(f.From)).If(f.To != "", `month <= ?`, string(f.To)).If(f.Before != 0, `id < ?`, f.Before)
		today := period.Day(tx.Now())
		q = q.If(f.Stage == Waiting, `state = 'shown' AND due_on >= ?`, today).If(f.Stage == Silence, `state = 'shown' AND due_on < ?`, today).If(f.Stage == Judging, `state = 'explained'`).
			If(f.Stage == Righting, `state = 'found' AND outcome = 'mend'`).If(f.Stage == Closing, `(state = 'mended' OR state = 'found' AND outcome <> 'mend')`)
		list, err := sqldb.Rows(ctx, tx, q, scanSignal, int64(min(f.Limit, 500)))
		for _, x := range list {
			if sees(who, x, today) {
				out = append(out, x)
			}
		}
		return err
	})
	return out, err
}

// change loads a signal at the version that the form showed, changes it and writes it back.
func (s *Service) change(ctx context.Context, p auth.Permission, key string, id, version int64, verb, past string, fn func(tx *sqldb.Tx, who auth.Actor, d *org.Directory, x *Signal) (text string, err error)) error {
	_, err := s.once(ctx, p, key, "conduct.signal."+verb, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) (int64, error) {
		x, err := sqldb.One(ctx, tx, selectSignal, scanSignal, who.RegionID, id)
		if err != nil {
			return 0, err
		}
		if !sees(who, x, period.Day(tx.Now())) {
			return 0, gone()
		}
		if x.Version != version {
			return 0, stale("条线索")
		}
		text, err := fn(tx, who, d, &x)
		if err != nil {
			return 0, err
		}
		n, err := tx.Exec(ctx, updateSignal, who.RegionID, id, version, string(x.State), x.Explanation, string(x.Claim), x.ExplainedBy, x.ExplainedAt, string(x.Outcome), x.Ground, joinIDs(x.Panel), x.FoundBy, x.FoundAt,
			x.MendByOn, x.Mending, x.MendedAt, x.Closing, x.ArchivedBy, x.ArchivedAt)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, stale("条线索")
		}
		return id, s.after(ctx, tx, who, x, verb, past, text)
	})
	return err
}

// Explain is the unit's word on a signal (说明), and whether it asks to be forgiven and on which ground (申请容错). It may still be given after its last
// day, as long as the panel has not found. Errors: NotFound, Conflict, Invalid (explanation, claim).
func (s *Service) Explain(ctx context.Context, key string, id, version int64, text string, claim Distinction) error {
	return s.change(ctx, MayExplain, key, id, version, "explain", "explained", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory, x *Signal) (string, error) {
		if err := who.OwnUnit(x.UnitID); err != nil {
			return "", err
		}
		if err := x.must(Shown); err != nil {
			return "", err
		}
		var t texts
		x.Explanation = t.need("explanation", "说明", text, 2000)
		if claim != "" && claim.Chinese() == "" {
			t.add("claim", "没有这样的容错情形，请重新选。")
		}
		if err := t.refuse(); err != nil {
			return "", err
		}
		x.Claim, x.State, x.ExplainedBy, x.ExplainedAt = claim, Explained, who.ID, tx.Now().UnixMilli()
		if err := s.notices.Done(ctx, tx, who.RegionID, "conduct.signal.explain", signalRef(id)); err != nil {
			return "", err
		}
		return x.Explanation, s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Role: auth.Supervisor, Kind: "conduct.signal.find", Subject: signalRef(id), Title: "认定作风线索 " + x.No + "：" + x.Title, Href: href(id)})
	})
}

// Find enters what the panel found (认定). Errors: NotFound, Forbidden, Conflict (the unit has not been heard), Invalid (outcome, ground, panel, mend_by).
func (s *Service) Find(ctx context.Context, key string, id, version int64, d FindDraft) error {
	return s.change(ctx, MayFind, key, id, version, "find", "found", func(tx *sqldb.Tx, who auth.Actor, dir *org.Directory, x *Signal) (string, error) {
		if who.InUnit(x.UnitID) {
			return "", errs.New(errs.Forbidden, "本单位的线索要由别的单位的人认定。")
		}
		y, err := x.find(d, who.ID, dir, period.Day(tx.Now()))
		if err != nil {
			return "", err
		}
		*x = y
		x.FoundBy, x.FoundAt = who.ID, tx.Now().UnixMilli()
		for _, kind := range []string{"conduct.signal.explain", "conduct.signal.find"} {
			if err := s.notices.Done(ctx, tx, who.RegionID, kind, signalRef(id)); err != nil {
				return "", err
			}
		}
		if x.Outcome == Mend {
			err = s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Unit: x.UnitID, Kind: "conduct.signal.mend", Subject: signalRef(id), Title: "报告作风线索 " + x.No + " 的整改：" + x.Title, Href: href(id), DueOn: x.MendByOn})
		}
		return x.Outcome.Chinese() + "：" + x.Ground, err
	})
}

// ReportMending is the unit's report of what it put right (报告整改). Errors: NotFound, Conflict, Invalid (mending).
func (s *Service) ReportMending(ctx context.Context, key string, id, version int64, text string) error {
	return s.change(ctx, MayExplain, key, id, version, "mend", "mended", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory, x *Signal) (string, error) {
		if err := who.OwnUnit(x.UnitID); err != nil {
			return "", err
		}
		if err := x.must(Found); err != nil {
			return "", err
		}
		if x.Outcome != Mend {
			return "", errs.New(errs.Conflict, "线索 %s 的认定是“%s”，不用报告整改。", x.No, x.Outcome.Chinese())
		}
		var t texts
		x.Mending = t.need("mending", "整改情况", text, 2000)
		x.State, x.MendedAt = Mended, tx.Now().UnixMilli()
		if err := t.refuse(); err != nil {
			return "", err
		}
		if err := s.notices.Done(ctx, tx, who.RegionID, "conduct.signal.mend", signalRef(id)); err != nil {
			return "", err
		}
		return x.Mending, s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Role: auth.Supervisor, Kind: "conduct.signal.archive", Subject: signalRef(id), Title: "核对整改并归档作风线索 " + x.No, Href: href(id)})
	})
}

// Archive closes the file (归档): the reminder was given, the talk held, the mending looked at. Errors: NotFound, Forbidden, Conflict, Invalid (closing).
func (s *Service) Archive(ctx context.Context, key string, id, version int64, text string) error {
	return s.change(ctx, MayKeep, key, id, version, "archive", "archived", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory, x *Signal) (string, error) {
		if who.InUnit(x.UnitID) {
			return "", errs.New(errs.Forbidden, "本单位的线索要由别的单位的人归档。")
		}
		want := Found
		if x.Outcome == Mend {
			want = Mended
		}
		if err := x.must(want); err != nil {
			return "", err
		}
		var t texts
		x.Closing = t.need("closing", "办理情况", text, 1000)
		x.State, x.ArchivedBy, x.ArchivedAt = Archived, who.ID, tx.Now().UnixMilli()
		if err := t.refuse(); err != nil {
			return "", err
		}
		return x.Closing, s.notices.Done(ctx, tx, who.RegionID, "conduct.signal.archive", signalRef(id))
	})
}

func rulesOf(ctx context.Context, tx *sqldb.Tx, regionID int64) (Rules, error) {
	r, ok, err := sqldb.Maybe(ctx, tx, selectRule, scanRule, regionID)
	if !ok {
		r = DefaultRules
	}
	return r, err
}

// RulesNow returns the rules in force; Version 0 are the defaults.
func (s *Service) RulesNow(ctx context.Context) (r Rules, err error) {
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		r, err = rulesOf(ctx, tx, who.RegionID)
		return err
	})
	return r, err
}

// SetRules puts rules in force, with the document that they rest on. Errors: Invalid, Conflict.
func (s *Service) SetRules(ctx context.Context, key string, r Rules) error {
	_, err := s.once(ctx, MayRule, key, "conduct.rule.set", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) (int64, error) {
		if err := r.check(); err != nil {
			return 0, err
		}
		r.SetBy = who.ID
		n, err := tx.Exec(ctx, putRule, who.RegionID, r.encode(), r.Basis, r.SetBy, tx.Now().UnixMilli(), r.Version)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, stale("套规则")
		}
		return who.RegionID, seal(ctx, tx, who, RuleKind, who.RegionID, "set", r.sealed())
	})
	return err
}

// EachRule yields the region's rules in their sealed form.
func EachRule(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	r, ok, err := sqldb.Maybe(ctx, tx, selectRule, scanRule, regionID)
	if err != nil || !ok {
		return err
	}
	return yield(regionID, r.sealed())
}

// EachSignal yields every signal of the region in its sealed form.
func EachSignal(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectSignalsAll, scanSignal, func(x Signal) error { return yield(x.ID, x.sealed()) }, regionID)
}

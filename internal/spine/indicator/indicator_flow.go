package indicator

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// Book is what other packages may do with indicators, inside their own transactions.
type Book struct{ ids func() int64 }

// NewBook returns a Book.
func NewBook(ids func() int64) *Book { return &Book{ids} }

// Open enters an indicator with its baseline plan (revision 1), inside the caller's transaction.
func (b *Book) Open(ctx context.Context, tx *sqldb.Tx, who auth.Actor, i Indicator, p Plan) (Indicator, error) {
	if i.Direction == "" {
		i.Direction = Up
	}
	if err := p.Check(); err != nil {
		return i, err
	}
	i.ID, i.Revision = b.ids(), 1
	if _, err := tx.Exec(ctx, insertIndicator, who.RegionID, i.ID, i.Name, i.Measure, i.Direction, i.UnitID, i.SourceUnitID); err != nil {
		return i, err
	}
	p.Revision = 1
	if err := b.insertPlan(ctx, tx, who, i.ID, p); err != nil {
		return i, err
	}
	return i, ledger.Append(ctx, tx, who, ref.Ref{Kind: "indicator.indicator", ID: i.ID}, "open", ledger.Row(i.sealed()))
}

func (b *Book) insertPlan(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64, p Plan) error {
	planID := b.ids()
	if _, err := tx.Exec(ctx, insertPlan, who.RegionID, planID, id, p.Revision, string(p.From), string(p.To), int64(p.Target), encodeCurve(p.Curve), tx.Now().UnixMilli()); err != nil {
		return err
	}
	return ledger.Append(ctx, tx, who, ref.Ref{Kind: "indicator.plan", ID: planID}, "seal", ledger.Row(sealedPlan(id, p)))
}

// Discard removes an indicator that has no reading yet: the undo of an import. Errors: Conflict if it has one.
func (b *Book) Discard(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64) error {
	list, err := sqldb.All(ctx, tx, selectReadings, scanReading, who.RegionID, id)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return errs.New(errs.Conflict, "已经有填报数据，不能整批撤销。")
	}
	plans, err := sqldb.All(ctx, tx, selectPlans, scanPlan, who.RegionID, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deletePlans, who.RegionID, id); err != nil {
		return err
	}
	for _, p := range plans {
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "indicator.plan", ID: p.id}, "discard", ledger.NoRow()); err != nil {
			return err
		}
	}
	if _, err = tx.Exec(ctx, deleteIndicator, who.RegionID, id); err != nil {
		return err
	}
	return ledger.Append(ctx, tx, who, ref.Ref{Kind: "indicator.indicator", ID: id}, "discard", ledger.NoRow())
}

// Revise puts a new plan in force and returns its revision. The caller has the approval; the old plans stay.
func (b *Book) Revise(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64, p Plan) (int64, error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	plans, err := Plans(ctx, tx, who.RegionID, id)
	if err != nil {
		return 0, err
	}
	if len(plans) == 0 {
		return 0, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	p.Revision = plans[len(plans)-1].Revision + 1
	if err := b.insertPlan(ctx, tx, who, id, p); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, setRevision, who.RegionID, id, p.Revision)
	return p.Revision, err
}

// Record is Enter with the entry in the ledger.
func (b *Book) Record(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r Reading) (Reading, error) {
	r, act, err := b.Enter(ctx, tx, who, r)
	if err != nil {
		return r, err
	}
	return r, ledger.AppendAll(ctx, tx, who, []ledger.Act{act})
}

// Enter enters a reading and returns the act that the caller must append to the ledger with its own. Reported: by the unit (the caller
// has checked). Verified and certified values may not be entered by the person who reported the month. A void reading withdraws the value.
// Errors: Forbidden, Invalid (field value: too large).
func (b *Book) Enter(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r Reading) (Reading, ledger.Act, error) {
	if r.Value > Most || r.Value < -Most {
		return r, ledger.Act{}, errs.At("value", "数字太大，请检查计量单位，看看是不是把元写成了万元。")
	}
	r.ID, r.EnteredBy, r.At = b.ids(), who.ID, tx.Now().UnixMilli()
	if r.Kind != Reported {
		v, ok, err := sqldb.Maybe(ctx, tx, selectValue, scanValue, who.RegionID, r.IndicatorID, string(r.Period))
		if err != nil {
			return r, ledger.Act{}, err
		}
		if ok && v.ReportedBy == who.ID {
			return r, ledger.Act{}, errs.New(errs.Forbidden, "这个月的数是您自己填报的，不能由您%s。", r.Kind.Chinese())
		}
	}
	if _, err := tx.Exec(ctx, insertReading, who.RegionID, r.ID, r.IndicatorID, string(r.Period), string(r.Kind), int64(r.Value), r.Void, r.Note, r.Source, who.ID, r.At); err != nil {
		return r, ledger.Act{}, err
	}
	var value any = int64(r.Value)
	if r.Void {
		value = nil
	}
	var err error
	switch r.Kind {
	case Reported:
		_, err = tx.Exec(ctx, upsertReported, who.RegionID, r.IndicatorID, string(r.Period), value, who.ID, r.ID)
	case Verified:
		_, err = tx.Exec(ctx, upsertVerified, who.RegionID, r.IndicatorID, string(r.Period), value, r.ID)
	case Certified:
		_, err = tx.Exec(ctx, upsertCertified, who.RegionID, r.IndicatorID, string(r.Period), value, r.ID)
	}
	if err != nil {
		return r, ledger.Act{}, err
	}
	verb := map[ValueKind]string{Reported: "report", Verified: "verify", Certified: "certify"}[r.Kind]
	if r.Void {
		verb = "withdraw"
	}
	return r, ledger.Act{Subject: ref.Ref{Kind: "indicator.reading", ID: r.ID}, Verb: verb, Body: ledger.Row(r.sealed())}, nil
}

// Get returns an indicator with the plan in force.
func Get(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (Sheet, error) {
	h, ok, err := sqldb.Maybe(ctx, tx, selectSheet, scanSheet, regionID, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	return h, err
}

// Sheets returns every indicator of the region with the plan in force, by id.
func Sheets(ctx context.Context, tx *sqldb.Tx, regionID int64) (map[int64]Sheet, error) {
	list, err := sqldb.Rows(ctx, tx, listSheet.With(regionID), scanSheet)
	return bySheet(list), err
}

// SheetsOf is Sheets of one unit.
func SheetsOf(ctx context.Context, tx *sqldb.Tx, regionID, unitID int64) (map[int64]Sheet, error) {
	list, err := sqldb.Rows(ctx, tx, listSheet.With(regionID).And("i.unit_id = ?", unitID), scanSheet)
	return bySheet(list), err
}

// chunks splits ids into lists of 64, the last filled up with its first id, as parameters after the region.
func chunks(regionID int64, ids []int64) (out [][]any) {
	for list := range slices.Chunk(ids, 64) {
		args := []any{regionID}
		for _, id := range list {
			args = append(args, id)
		}
		for len(args) < 65 {
			args = append(args, list[0])
		}
		out = append(out, args)
	}
	return out
}

// SheetsIn is Sheets of these indicators: one statement for each 64.
func SheetsIn(ctx context.Context, tx *sqldb.Tx, regionID int64, ids []int64) (map[int64]Sheet, error) {
	out := make(map[int64]Sheet, len(ids))
	for _, args := range chunks(regionID, ids) {
		list, err := sqldb.All(ctx, tx, selectSheetsIn, scanSheet, args...)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			out[s.ID] = s
		}
	}
	return out, nil
}

// SheetsFor returns at least the sheets of these indicators in one statement: of few by name, of many with all the others of the region.
func SheetsFor(ctx context.Context, tx *sqldb.Tx, regionID int64, ids []int64) (map[int64]Sheet, error) {
	if len(ids) <= 64 {
		return SheetsIn(ctx, tx, regionID, ids)
	}
	return Sheets(ctx, tx, regionID)
}

// HistoryIn returns the three values of every month of these indicators, by indicator and month: one statement for each 64.
func HistoryIn(ctx context.Context, tx *sqldb.Tx, regionID int64, ids []int64) (map[int64][]Value, error) {
	out := map[int64][]Value{}
	for _, args := range chunks(regionID, ids) {
		if err := sqldb.Each(ctx, tx, selectHistoryIn, scanValue, func(v Value) error {
			out[v.IndicatorID] = append(out[v.IndicatorID], v)
			return nil
		}, args...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Histories returns the three values of every month of every indicator of the region: for the night.
func Histories(ctx context.Context, tx *sqldb.Tx, regionID int64) (map[int64][]Value, error) {
	out := map[int64][]Value{}
	err := sqldb.Each(ctx, tx, selectValuesAll, scanValue, func(v Value) error {
		out[v.IndicatorID] = append(out[v.IndicatorID], v)
		return nil
	}, regionID)
	return out, err
}

// SheetsBySource is Sheets of the indicators that a data source certifies.
func SheetsBySource(ctx context.Context, tx *sqldb.Tx, regionID, unitID int64) (map[int64]Sheet, error) {
	list, err := sqldb.Rows(ctx, tx, listSheet.With(regionID).And("i.source_unit_id = ?", unitID), scanSheet)
	return bySheet(list), err
}

func bySheet(list []Sheet) map[int64]Sheet {
	out := make(map[int64]Sheet, len(list))
	for _, s := range list {
		out[s.ID] = s
	}
	return out
}

// Plans returns every revision of the plan: the first is 原定, the last is 现行.
func Plans(ctx context.Context, tx *sqldb.Tx, regionID, id int64) ([]Plan, error) {
	rows, err := sqldb.All(ctx, tx, selectPlans, scanPlan, regionID, id)
	out := make([]Plan, len(rows))
	for i, r := range rows {
		out[i] = r.Plan
	}
	return out, err
}

// PlanAt returns the plan that was in force at the end of the month: the last one approved before then, else the first.
func PlanAt(ctx context.Context, tx *sqldb.Tx, regionID, id int64, revision int64) (Plan, error) {
	plans, err := Plans(ctx, tx, regionID, id)
	for _, p := range plans {
		if p.Revision == revision {
			return p, err
		}
	}
	if err == nil {
		err = errs.New(errs.NotFound, "没有第 %d 版目标", revision)
	}
	return Plan{}, err
}

// History returns the three values of every month of an indicator, by month.
func History(ctx context.Context, tx *sqldb.Tx, regionID, id int64) ([]Value, error) {
	return sqldb.All(ctx, tx, selectHistory, scanValue, regionID, id)
}

// GetWithHistory returns an indicator with the plan in force and the three values of every month, in order: one statement. Errors: NotFound.
func GetWithHistory(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (h Sheet, values []Value, err error) {
	rows, err := sqldb.All(ctx, tx, selectSheetPast, scanSheetValue, regionID, id)
	if err != nil {
		return h, nil, err
	}
	if len(rows) == 0 {
		return h, nil, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	h = rows[0].sheet
	if h.Plan.Curve, err = decodeCurve(rows[0].curve); err != nil {
		return h, nil, err
	}
	for _, r := range rows {
		if r.value.Period != "" {
			values = append(values, r.value)
		}
	}
	slices.SortFunc(values, func(a, b Value) int { return cmp.Compare(a.Period, b.Period) })
	return h, values, nil
}

// PlanOn returns the plan that was in force at an instant: the last one put in force by then, else the first.
// Source: domain 13.13 (target changed: the version in force at the period's end).
func PlanOn(plans []Plan, at int64) Plan {
	var p Plan
	for i, x := range plans {
		if i == 0 || x.At <= at {
			p = x
		}
	}
	return p
}

// UnitHistory returns the three values of every month of every indicator that a unit owes, by indicator and month.
func UnitHistory(ctx context.Context, tx *sqldb.Tx, regionID, unitID int64) (map[int64][]Value, error) {
	list, err := sqldb.All(ctx, tx, selectUnitHistory, scanValue, regionID, unitID)
	out := map[int64][]Value{}
	for _, v := range list {
		out[v.IndicatorID] = append(out[v.IndicatorID], v)
	}
	return out, err
}

// Month returns the three values of every indicator of the region for a month, by indicator.
func Month(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (map[int64]Value, error) {
	list, err := sqldb.All(ctx, tx, selectMonth, scanValue, regionID, string(m))
	out := make(map[int64]Value, len(list))
	for _, v := range list {
		out[v.IndicatorID] = v
	}
	return out, err
}

// ValueOf returns the three values of an indicator for a month; all nil if nothing was entered.
func ValueOf(ctx context.Context, tx *sqldb.Tx, regionID, id int64, m period.Month) (Value, error) {
	v, ok, err := sqldb.Maybe(ctx, tx, selectValue, scanValue, regionID, id, string(m))
	if !ok {
		v = Value{IndicatorID: id, Period: m}
	}
	return v, err
}

// Readings returns every reading of an indicator, oldest first, withdrawn ones included.
func Readings(ctx context.Context, tx *sqldb.Tx, regionID, id int64) ([]Reading, error) {
	list, err := sqldb.All(ctx, tx, selectReadings, scanReading, regionID, id)
	slices.SortFunc(list, func(a, b Reading) int { return cmp.Compare(a.ID, b.ID) })
	return list, err
}

// sealed is the canonical form of a reading in the ledger.
func (r Reading) sealed() any {
	return struct {
		Indicator int64         `json:"indicator,string"`
		Period    period.Month  `json:"period"`
		Kind      ValueKind     `json:"kind"`
		Value     amount.Scaled `json:"value_x10000"`
		Void      bool          `json:"void"`
		Note      string        `json:"note"`
		Source    string        `json:"source"`
		EnteredBy ledger.Person `json:"entered_by"`
	}{r.IndicatorID, r.Period, r.Kind, r.Value, r.Void, r.Note, r.Source, ledger.Person(r.EnteredBy)}
}

func sealedPlan(indicatorID int64, p Plan) any {
	return struct {
		Indicator int64           `json:"indicator,string"`
		Revision  int64           `json:"revision"`
		From      period.Month    `json:"from"`
		To        period.Month    `json:"to"`
		Target    amount.Scaled   `json:"target_x10000"`
		Curve     []amount.Scaled `json:"curve_x10000"`
	}{indicatorID, p.Revision, p.From, p.To, p.Target, p.Curve}
}

// EachReading yields every reading of the region in its sealed form: duban verify compares it with the ledger.
func EachReading(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectReadingsAll, scanReading, func(r Reading) error { return yield(r.ID, r.sealed()) }, regionID)
}

// EachIndicator yields every indicator of the region in its sealed form.
func EachIndicator(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	list, err := sqldb.Rows(ctx, tx, listSheet.With(regionID), scanSheet)
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := yield(s.ID, s.Indicator.sealed()); err != nil {
			return err
		}
	}
	return nil
}

// EachPlan yields every revision of every plan in its sealed form.
func EachPlan(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectPlansAll, scanPlan, func(p planRow) error { return yield(p.id, sealedPlan(p.indicatorID, p.Plan)) }, regionID)
}

// AllPlans returns every revision of every indicator's plan in the region.
func AllPlans(ctx context.Context, tx *sqldb.Tx, regionID int64) (map[int64][]Plan, error) {
	rows, err := sqldb.All(ctx, tx, selectPlansAll, scanPlan, regionID)
	out := map[int64][]Plan{}
	for _, r := range rows {
		out[r.indicatorID] = append(out[r.indicatorID], r.Plan)
	}
	return out, err
}

// CheckValues compares the months' values, which pages read, with the sealed readings that
// they are made of, and returns a sentence for every difference.
func CheckValues(ctx context.Context, tx *sqldb.Tx, regionID int64) (bad []string, err error) {
	type key struct {
		indicator int64
		period    period.Month
		kind      ValueKind
	}
	type point struct {
		value *amount.Scaled // nil: withdrawn
		by    int64
		id    int64
	}
	last := map[key]point{}
	if err := sqldb.Each(ctx, tx, selectReadingsAll, scanReading, func(r Reading) error {
		k := key{r.IndicatorID, r.Period, r.Kind}
		x := point{by: r.EnteredBy, id: r.ID}
		if !r.Void {
			x.value = &r.Value
		}
		last[k] = x
		return nil
	}, regionID); err != nil {
		return nil, err
	}
	same := func(v Value, kind ValueKind, got *amount.Scaled, reading, by int64) {
		k := key{v.IndicatorID, v.Period, kind}
		want := last[k]
		delete(last, k)
		of := func(what string) {
			bad = append(bad, "indicator.value："+string(v.Period)+" 的"+kind.Chinese()+what+"与读数台账不一致（指标 "+ref.Ref{Kind: "indicator", ID: v.IndicatorID}.String()+"）")
		}
		if (got == nil) != (want.value == nil) || got != nil && *got != *want.value || reading != want.id {
			of("数")
		}
		if kind == Reported && by != want.by { // he may not verify it
			of("人")
		}
	}
	if err := sqldb.Each(ctx, tx, selectValuesAll, scanValue, func(v Value) error {
		same(v, Reported, v.Reported, v.ReportedReading, v.ReportedBy)
		same(v, Verified, v.Verified, v.VerifiedReading, 0)
		same(v, Certified, v.Certified, v.CertifiedReading, 0)
		return nil
	}, regionID); err != nil {
		return nil, err
	}
	plans, err := AllPlans(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	sheets, err := Sheets(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	for id, list := range plans {
		if n := list[len(list)-1].Revision; sheets[id].Revision != n {
			bad = append(bad, fmt.Sprintf("indicator.indicator:%d 用的是第 %d 版目标，最新的是第 %d 版", id, sheets[id].Revision, n))
		}
	}
	for k, v := range last {
		if v.value != nil {
			bad = append(bad, "indicator.value：缺少 "+string(k.period)+" 的"+k.kind.Chinese()+"数（指标 "+ref.Ref{Kind: "indicator", ID: k.indicator}.String()+"）")
		}
	}
	return bad, nil
}

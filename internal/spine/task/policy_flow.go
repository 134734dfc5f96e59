package task

import (
	"context"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/receipt"
)

// MayAdopt guards the light policy: the supervision office puts it in force, on the strength of a document.
var MayAdopt = auth.Permit("task.policy.adopt", "发布亮灯规则", auth.Supervisor)

// Rules is what a page shows of the light policies.
type Rules struct {
	List     []Policy     // every version, oldest first
	Now      Policy       // in force for the month that is judged today; revision 0 is the default preset
	Month    period.Month // that month: the last one that is over
	Earliest period.Month // the first month that a new policy may begin with: none from here on has its lights
}

// earliestAhead bounds how far a policy may be put in force ahead of time.
const earliestAhead = 12

// Policies returns the region's light policies. Everybody who is judged by them may read them (规则公开).
//
// Source: ui 5 (a light stands beside its published rule); domain 16.1.
func (s *Service) Policies(ctx context.Context) (r Rules, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return r, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r.Month = period.MonthOf(tx.Now()).Prev()
		if r.List, err = Policies(ctx, tx, who.RegionID); err != nil {
			return err
		}
		r.Now, r.Earliest = policyFor(r.List, r.Month), r.Month
		_, closed, err := sqldb.Maybe(ctx, tx, selectClosed, sqldb.Text, who.RegionID, string(r.Month), string(r.Month))
		if closed {
			r.Earliest = r.Month.Next()
		}
		return err
	})
	return r, err
}

// AdoptPolicy puts a light policy in force from a month on. The document (文号) that orders it is required; a month that has its
// lights already keeps them. The same key twice adopts once. Errors: Invalid, Forbidden.
//
// Source: domain 16.1.
func (s *Service) AdoptPolicy(ctx context.Context, key string, p Policy) (Policy, error) {
	who, err := auth.Require(ctx, MayAdopt)
	if err != nil {
		return p, err
	}
	p.Name, p.Source, p.DocNo = strings.TrimSpace(p.Name), strings.TrimSpace(p.Source), strings.TrimSpace(p.DocNo)
	var bad []errs.Field
	if p.Name == "" {
		bad = append(bad, errs.Field{Name: "name", Message: "还没有写规则名称，如“蕉城区 2017 亮灯规则”。"})
	}
	if p.DocNo == "" {
		bad = append(bad, errs.Field{Name: "doc_no", Message: "还没有写依据的文号，如“区委办〔2017〕18号”。没有依据的规则不能发布。"})
	}
	bad = append(bad, errs.FieldsOf(p.Check())...)
	if !p.FromMonth.Valid() {
		bad = append(bad, errs.Field{Name: "from_month", Message: "从哪个月起执行，请写成 2017-03 这样。"})
	}
	if err := errs.Refuse("亮灯规则还没存上", bad...); err != nil {
		return p, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		done, dup, err := receipt.Take(ctx, tx, who, key, string(MayAdopt))
		if err != nil {
			return err
		}
		list, err := Policies(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		if dup {
			for _, x := range list {
				if x.ID == id.Parse(done) {
					p = x
				}
			}
			return nil
		}
		cur := period.MonthOf(tx.Now())
		switch {
		case p.FromMonth < cur.Prev():
			return errs.At("from_month", "新规则不能回头改以前的月份，最早从%s起执行。", cur.Prev().Chinese())
		case p.FromMonth > cur.Add(earliestAhead):
			return errs.At("from_month", "%s太远了，请在 %d 个月以内。", p.FromMonth.Chinese(), earliestAhead)
		}
		if n := len(list); n > 0 && list[n-1].FromMonth > p.FromMonth {
			return errs.At("from_month", "已经有一版规则定在%s起执行，新的一版不能比它早。", list[n-1].FromMonth.Chinese())
		}
		if p, err = s.book.AdoptPolicy(ctx, tx, who, p); err != nil {
			return err
		}
		if err := receipt.Give(ctx, tx, who, key, id.Format(p.ID)); err != nil {
			return err
		}
		return s.book.out.Publish(ctx, tx, who.RegionID, "task.policy.adopted", ref.Ref{Kind: "task.policy", ID: p.ID}, map[string]any{"revision": p.Revision, "from_month": p.FromMonth})
	})
	return p, err
}

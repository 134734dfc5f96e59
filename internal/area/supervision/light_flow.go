package supervision

import (
	"context"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"

	"duban/internal/base/ref"
)

// lightsFrom returns the first day on which the month may be closed: the accounts are due, and the grace has passed in which they are looked at.
// Source: domain 8 (填报 → 数据校验 → 实地抽查 → 通报).
func (s *Service) lightsFrom(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (string, error) {
	if !m.Valid() {
		return "", errs.At("month", "月份不对，请写成 2017-03 这样。")
	}
	due, err := s.tasks.DueOn(ctx, tx, regionID, m)
	if err != nil {
		return "", err
	}
	if last := period.Day(m.End().Add(-1)); due < last {
		due = last
	}
	cal, err := s.calendar.LoadIn(ctx, tx)
	if err != nil {
		return "", err
	}
	return cal.AddWorkdays(due, s.set.GraceDays+1)
}

// LightsFrom returns the first day on which the month may be closed.
func (s *Service) LightsFrom(ctx context.Context, m period.Month) (day string, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		day, err = s.lightsFrom(ctx, tx, who.RegionID, m)
		return err
	})
	return day, err
}

// CloseMonth gives every task its light for the month (月度亮灯) under the policy in force, and writes each unit's counts of findings.
// It returns how many tasks have a light. A month is closed once; what stands does not change. Errors: Invalid (too early), Forbidden.
func (s *Service) CloseMonth(ctx context.Context, key string, m period.Month) (lit int64, err error) {
	return s.once(ctx, MayLight, key, "supervision.light.close:"+string(m), func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		from, err := s.lightsFrom(ctx, tx, who.RegionID, m)
		if err != nil {
			return 0, err
		}
		if today := period.Day(tx.Now()); today < from {
			return 0, errs.New(errs.Invalid, "%s的进展还在报送和抽查，%s起才能亮灯。", m.Chinese(), from)
		}
		list, err := s.tasks.CloseMonth(ctx, tx, who, m)
		if err != nil {
			return 0, err
		}
		if err := s.countAll(ctx, tx, who, m); err != nil {
			return 0, err
		}
		return int64(len(list)), s.out.Publish(ctx, tx, who.RegionID, "supervision.month.closed", ref.Ref{Kind: "org.region", ID: who.RegionID}, map[string]any{"month": m, "lights": len(list)})
	})
}

// AdoptPolicy puts a light policy in force from a month on (发布亮灯规则); its document number is required. It never reaches back into a closed month.
func (s *Service) AdoptPolicy(ctx context.Context, key string, p task.Policy) (policyID int64, err error) {
	return s.once(ctx, MayAdopt, key, "supervision.policy.adopt", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		if p.DocNo == "" {
			return 0, errs.At("doc_no", "还没有写文号。亮灯规则要有文件依据，如“蕉督〔2017〕3 号”。")
		}
		p, err := s.tasks.AdoptPolicy(ctx, tx, who, p)
		return p.ID, err
	})
}

// Policies returns every version of the light policy, oldest first; task.Presets are those that may be adopted.
func (s *Service) Policies(ctx context.Context) (list []task.Policy, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		list, err = task.Policies(ctx, tx, who.RegionID)
		return err
	})
	return list, err
}

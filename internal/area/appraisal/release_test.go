package appraisal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
)

var forgeDecider = sqldb.SQL("appraisal.forgeDecider", `UPDATE appraisal_release SET decided_by = decided_by + 1 WHERE region_id = $1 AND number = 2`)

// withRank is rules whose second item is by rank, so that one unit's points hang on the others' values.
var withRank = strings.Replace(rules, "{id: \"2\", name: 督查核验, weight: 20, method: ratio, params: {cap: 1}}", "{id: \"2\", name: 督查核验, weight: 20, method: rank, params: {delta: 0.05}}", 1)

// An objection is taken back by the unit that filed it, until it is decided; what was said stays, and the round goes on.
func TestWithdrawObjection(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		g.june()
		r := g.until("2017Q2", x.ID, ByTier, Announced)
		o, err := g.s.FileObjection(g.as("林城南"), g.key(), r.ID, "1", "征地 6 月底实为 60 亩，验收单附后。")
		g.ok(err)
		waiting := func() int {
			list, err := notice.New(db).Mine(g.as("方衡"))
			g.ok(err)
			return len(list)
		}
		if waiting() != 1 {
			t.Errorf("%d to-dos of the office", waiting())
		}
		_, err = g.s.WithdrawObjection(g.as("陈漳湾"), g.key(), o.ID, o.Version, "替它撤回")
		g.refused(err, errs.NotFound, "")
		_, err = g.s.WithdrawObjection(g.as("宋时雨"), g.key(), o.ID, o.Version, "劝它撤回") // the office takes nobody's objection back
		g.refused(err, errs.Forbidden, "")
		_, err = g.s.WithdrawObjection(g.as("借调城南"), g.key(), o.ID, o.Version, "代为撤回")
		g.refused(err, errs.Forbidden, "")
		_, err = g.s.WithdrawObjection(g.as("林城南"), g.key(), o.ID, o.Version, " ")
		g.refused(err, errs.Invalid, "为什么撤回")
		_, err = g.s.WithdrawObjection(g.as("林城南"), g.key(), o.ID, o.Version+1, "核对后无误")
		g.refused(err, errs.Conflict, "刷新")
		key := g.key()
		o, err = g.s.WithdrawObjection(g.as("林城南"), key, o.ID, o.Version, "与台账核对后，原数无误")
		g.ok(err)
		if _, err = g.s.WithdrawObjection(g.as("林城南"), key, o.ID, o.Version, "与台账核对后，原数无误"); err != nil {
			t.Errorf("sent twice: %v", err)
		}
		if o.State != TakenBack || o.ChangeValue != "" || waiting() != 0 {
			t.Errorf("%+v, %d waiting", o, waiting())
		}
		_, err = g.s.WithdrawObjection(g.as("林城南"), g.key(), o.ID, o.Version, "再撤一次")
		g.refused(err, errs.Conflict, "已撤回")
		_, err = g.s.DecideObjection(g.as("方衡"), g.key(), o.ID, o.Version, Decision{Words: "不成立"})
		g.refused(err, errs.Conflict, "已经撤回")
		v, err := g.s.Show(g.as("江平野"), r.ID)
		g.ok(err)
		if len(v.Objections) != 1 || v.Objections[0].Text != o.Text || v.Objections[0].Decision != "与台账核对后，原数无误" || v.Round.Revision != 1 || v.Round.State != Announced {
			t.Errorf("what was said does not stay: %+v", v.Objections)
		}
		// It may object again within the period, and what is decided is decided.
		again, err := g.s.FileObjection(g.as("林城南"), g.key(), r.ID, "1", "又查到一份验收单，请复核。")
		g.ok(err)
		again, err = g.s.DecideObjection(g.as("方衡"), g.key(), again.ID, again.Version, Decision{Words: "验收单不是本季的，不成立。"})
		g.ok(err)
		_, err = g.s.WithdrawObjection(g.as("林城南"), g.key(), again.ID, again.Version, "想撤回了")
		g.refused(err, errs.Conflict, "不能再撤回")
		c.SetDay("2017-07-12")
		_, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		g.ok(err)
		g.verified()
	})
}

// The release of a published round is changed by a leader, with a reason: pages and proofs follow at once, and the offices read what it was.
func TestChangeRelease(t *testing.T) {
	ledger.RegisterPayload(BundleKind, CheckBundle)
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(withRank)
		g.june()
		r := g.until("2017Q2", x.ID, ByRank, Approved)
		_, err := g.s.ChangeRelease(g.as("江平野"), g.key(), r.ID, r.Version, ByTier, "不宜公开名次", "宁区委办〔2017〕33号")
		g.refused(err, errs.Conflict, "不能改发布口径")
		r, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2017〕5号")
		g.ok(err)
		g.who["许知（领导）"] = auth.Actor{ID: g.who["许知"].ID, RegionID: region, UnitID: g.unit["区考核办"], Roles: []auth.Role{auth.Leader}}
		_, err = g.s.ChangeRelease(g.as("宋时雨"), g.key(), r.ID, r.Version, ByTier, "不宜公开名次", "宁区委办〔2017〕33号")
		g.refused(err, errs.Forbidden, "审定")
		_, err = g.s.ChangeRelease(g.as("许知（领导）"), g.key(), r.ID, r.Version, ByTier, "不宜公开名次", "宁区委办〔2017〕33号")
		g.refused(err, errs.Forbidden, "试算是您做的")
		for _, bad := range [][3]string{{"rank", "不改", "文号"}, {"all", "全公开", "文号"}, {"tier", " ", "文号"}, {"tier", "有原因", " "}} {
			_, err = g.s.ChangeRelease(g.as("江平野"), g.key(), r.ID, r.Version, Release(bad[0]), bad[1], bad[2])
			g.refused(err, errs.Invalid, "")
		}
		_, err = g.s.ChangeRelease(g.as("江平野"), g.key(), r.ID, r.Version-1, ByTier, "不宜公开名次", "宁区委办〔2017〕33号")
		g.refused(err, errs.Conflict, "刚有人办过")

		seen := func() string { // what 林城南 reads of the round, its own line apart
			v, err := g.s.Show(g.as("林城南"), r.ID)
			g.ok(err)
			var out []string
			for _, b := range v.Boards {
				for _, l := range b.Lines {
					if l.UnitID != g.unit["城南镇"] {
						body, _ := json.Marshal(l)
						out = append(out, string(body))
					}
				}
			}
			return strings.Join(out, "\n")
		}
		proof := func() Bundle {
			t.Helper()
			_, file, err := g.s.Proof(g.as("林城南"), ledger.New(db), r.ID, g.unit["城南镇"])
			g.ok(err)
			rep, err := ledger.VerifyBundle(file, "")
			g.ok(err)
			if !rep.OK() || !rep.Recomputed {
				t.Errorf("the proof: %+v", rep)
			}
			var f struct {
				Payload json.RawMessage `json:"payload"`
			}
			g.ok(json.Unmarshal(file, &f))
			var b Bundle
			g.ok(json.Unmarshal(f.Payload, &b))
			return b
		}
		if !strings.Contains(seen(), `"total":"`) {
			t.Errorf("published by rank: %s", seen())
		}
		if b := proof(); len(b.Lines) != 4 || len(b.Others) == 0 || b.Others[0].Unit == "" || strings.Contains(b.Others[0].Unit, "某单位") {
			t.Errorf("the proof by rank: %d lines, %+v", len(b.Lines), b.Others)
		}

		r, err = g.s.ChangeRelease(g.as("江平野"), g.key(), r.ID, r.Version, ByTier, "名次差距小于误差，改为只公布档次", "宁区委办〔2017〕33号")
		g.ok(err)
		if r.Release != ByTier || r.State != Published {
			t.Errorf("%+v", r)
		}
		if s := seen(); strings.Contains(s, `"total":"9`) || strings.Contains(s, `"rank":1`) || !strings.Contains(s, "漳湾镇") {
			t.Errorf("after the change a unit reads %s", s)
		}
		b := proof()
		if len(b.Lines) != 1 || b.Lines[0].Unit != "城南镇" || len(b.Others) == 0 {
			t.Errorf("the proof by tier: %d lines, %d others", len(b.Lines), len(b.Others))
		}
		for _, o := range b.Others {
			if !strings.HasPrefix(o.Unit, "某单位") || o.Source != "" || o.Basis != "" {
				t.Errorf("the proof by tier names another: %+v", o)
			}
		}
		v, err := g.s.Show(g.as("林城南"), r.ID)
		g.ok(err)
		if len(v.Releases) != 1 || v.Releases[0].Number != 2 || v.Releases[0].Was != ByRank || !strings.Contains(v.Releases[0].Reason, "小于误差") {
			t.Errorf("%+v", v.Releases)
		}
		// What version 1 showed stays readable for those who see all, and for nobody else.
		old, rel, err := g.s.Released(g.as("江平野"), r.ID, 1)
		g.ok(err)
		if l, _ := old.line(g.unit["漳湾镇"]); rel != ByRank || l.Rank != 1 || l.Total == "" || l.ResultHash != "" {
			t.Errorf("version 1: %s %+v", rel, l)
		}
		now, rel, err := g.s.Released(g.as("江平野"), r.ID, 2)
		g.ok(err)
		if l, _ := now.line(g.unit["漳湾镇"]); rel != ByTier || l.Rank != 0 || l.Total != "" || l.Tier == 0 {
			t.Errorf("version 2: %s %+v", rel, l)
		}
		for _, n := range []int64{0, 3} {
			_, _, err = g.s.Released(g.as("江平野"), r.ID, n)
			g.refused(err, errs.NotFound, "")
		}
		_, _, err = g.s.Released(g.as("林城南"), r.ID, 1)
		g.refused(err, errs.NotFound, "")

		// After a correction the old version is still what it was; after the lock the release can still be changed.
		before, _ := old.line(g.unit["城南镇"])
		r, err = g.s.Correct(g.as("江平野"), g.key(), r.ID, r.Version, Correction{UnitID: g.unit["城南镇"], Source: fmt.Sprintf("task:%d@2017-06", g.task["城南镇道路"]), Value: "60", Basis: "宁区考办〔2017〕6号", Reason: "漏计"})
		g.ok(err)
		r, err = g.s.Lock(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		r, err = g.s.ChangeRelease(g.as("江平野"), g.key(), r.ID, r.Version, ByRank, "全区通报需要", "宁区委办〔2017〕40号")
		g.ok(err)
		old, rel, err = g.s.Released(g.as("方衡"), r.ID, 1)
		g.ok(err)
		if l, _ := old.line(g.unit["城南镇"]); rel != ByRank || l.Total != before.Total {
			t.Errorf("version 1 after a correction: %+v, was %+v", l, before)
		}
		if !strings.Contains(seen(), `"total":"`) || r.State != Locked {
			t.Errorf("by rank again: %s", seen())
		}
		g.verified()
		g.write("宋时雨", func(ctx context.Context, tx *sqldb.Tx, _ auth.Actor) error {
			n, err := tx.Exec(ctx, forgeDecider, region)
			if err == nil && n != 1 {
				t.Errorf("%d rows were forged", n)
			}
			return err
		})
		rep, err := ledger.Verify(t.Context(), db)
		g.ok(err)
		if f := rep.Findings; len(f) != 1 || f[0].Subject.Kind != "appraisal.release" || !strings.Contains(f[0].Text, "“决定人”") {
			t.Errorf("who decided was changed; found %v", f)
		}
	})
}

package appraisal

import (
	"fmt"
	"strings"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/notice"
)

const flagRule = "statement: {last: 1, red: 2, when: 总分 < 满分 × 0.8, authority: 区委常委会, legal_basis: 宁区委办〔2017〕9号}\n"

// Flags follow the rule of the scheme alone: last and below target, first and not below it. A leader issues them; the unit with a yellow one
// makes its statement; a correction that changes them lets them be issued anew, and the earlier ones stay.
func TestFlags(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules + flagRule)
		g.june()
		r := g.until("2017Q2", x.ID, ByTier, Approved)
		f, err := g.s.FlagsOf(g.as("江平野"), r.ID)
		g.ok(err)
		if !f.Ruled || len(f.Due) != 0 {
			t.Errorf("before publication: %+v", f)
		}
		_, err = g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version, "宁区委办〔2017〕35号", "讲评会")
		g.refused(err, errs.Conflict, "发布以后才能发")
		r, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2017〕5号")
		g.ok(err)
		colours := func(list []Flag) string {
			var out []string
			for _, f := range list {
				out = append(out, f.Unit+string(f.Colour))
			}
			return strings.Join(out, " ")
		}
		f, err = g.s.FlagsOf(g.as("江平野"), r.ID)
		g.ok(err)
		// 漳湾镇 96, 飞鸾镇 82; 城南镇 and 八都镇 share the last place with 60 of 100.
		if got := colours(f.Due); got != "漳湾镇red 飞鸾镇red 八都镇yellow 城南镇yellow" && got != "漳湾镇red 飞鸾镇red 城南镇yellow 八都镇yellow" {
			t.Errorf("due: %s", got)
		}
		if !strings.Contains(f.Due[2].Ground, "60") || f.Due[2].LegalBasis == "" {
			t.Errorf("the ground: %+v", f.Due[2])
		}
		_, err = g.s.FlagsOf(g.as("林城南"), r.ID)
		g.refused(err, errs.NotFound, "")
		_, err = g.s.IssueFlags(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区委办〔2017〕35号", "讲评会")
		g.refused(err, errs.Forbidden, "审定")
		g.who["许知（领导）"] = auth.Actor{ID: g.who["许知"].ID, RegionID: region, UnitID: g.unit["区考核办"], Roles: []auth.Role{auth.Leader}}
		_, err = g.s.IssueFlags(g.as("许知（领导）"), g.key(), r.ID, r.Version, "宁区委办〔2017〕35号", "讲评会")
		g.refused(err, errs.Forbidden, "试算是您做的")
		_, err = g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version, " ", "讲评会")
		g.refused(err, errs.Invalid, "文号")
		_, err = g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version, "宁区委办〔2017〕35号", " ")
		g.refused(err, errs.Invalid, "什么会上")
		_, err = g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version-1, "宁区委办〔2017〕35号", "讲评会")
		g.refused(err, errs.Conflict, "刚有人办过")
		key := g.key()
		n, err := g.s.IssueFlags(g.as("江平野"), key, r.ID, r.Version, "宁区委办〔2017〕35号", "二季度讲评会")
		g.ok(err)
		if _, err := g.s.IssueFlags(g.as("江平野"), key, r.ID, r.Version, "宁区委办〔2017〕35号", "二季度讲评会"); err != nil || n != 4 {
			t.Errorf("%d issued, and sent twice: %v", n, err)
		}
		_, err = g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version, "宁区委办〔2017〕36号", "讲评会")
		g.refused(err, errs.Conflict, "已经发过")

		// What a unit reads of the others is the name and the colour.
		f, err = g.s.FlagsOf(g.as("林城南"), r.ID)
		g.ok(err)
		var mine Flag
		for _, x := range f.Issued {
			switch {
			case x.UnitID == g.unit["城南镇"]:
				mine = x
			case x.Ground != "" || x.Cause != "":
				t.Errorf("城南镇 reads of another: %+v", x)
			}
		}
		if len(f.Issued) != 4 || f.Due != nil || mine.Colour != YellowFlag || mine.Ground == "" || mine.DueOn == "" {
			t.Errorf("%+v", f)
		}
		todos := func(person string) (n int) {
			list, err := notice.New(db).Mine(g.as(person))
			g.ok(err)
			for _, x := range list {
				if x.Kind == statementKind {
					n++
				}
			}
			return n
		}
		if todos("林城南") != 1 || todos("吴八都") != 1 || todos("陈漳湾") != 0 {
			t.Errorf("to-dos: %d %d %d", todos("林城南"), todos("吴八都"), todos("陈漳湾"))
		}
		_, _, err = g.s.StatementOf(g.as("陈漳湾"), r.ID, g.unit["城南镇"])
		g.refused(err, errs.NotFound, "")
		_, _, err = g.s.StatementOf(g.as("陈漳湾"), r.ID, g.unit["漳湾镇"]) // a red flag asks for nothing
		g.refused(err, errs.NotFound, "")
		_, err = g.s.MakeStatement(g.as("吴八都"), g.key(), mine.ID, mine.Version, "征地手续没有提前报。", "每周调度，九月底前交地。")
		g.refused(err, errs.NotFound, "")
		_, err = g.s.MakeStatement(g.as("江平野"), g.key(), mine.ID, mine.Version, "征地手续没有提前报。", "每周调度，九月底前交地。")
		g.refused(err, errs.Forbidden, "")
		_, err = g.s.MakeStatement(g.as("林城南"), g.key(), mine.ID, mine.Version, "没有", "")
		g.refused(err, errs.Invalid, "10 到 800 字")
		_, err = g.s.MakeStatement(g.as("林城南"), g.key(), mine.ID, mine.Version, "征地手续没有提前报件，漏了两宗。", "每周调度一次，九月底前交地，镇长负责。")
		g.ok(err)
		_, err = g.s.MakeStatement(g.as("林城南"), g.key(), mine.ID, mine.Version, "征地手续没有提前报件，漏了两宗。", "每周调度一次，九月底前交地，镇长负责。")
		g.refused(err, errs.Conflict, "刚有人写过")
		if todos("林城南") != 0 {
			t.Error("the to-do is still there")
		}
		s, d, err := g.s.StatementOf(g.as("宋时雨"), r.ID, g.unit["城南镇"])
		g.ok(err)
		if s.Cause == "" || s.StatedBy != g.who["林城南"].ID || d.Line.Total != "60.00" {
			t.Errorf("%+v, %s", s, d.Line.Total)
		}

		// A correction lifts 城南镇: the flags are no longer those that the scores give.
		r, err = g.s.Correct(g.as("江平野"), g.key(), r.ID, r.Version, Correction{UnitID: g.unit["城南镇"], Source: fmt.Sprintf("task:%d@2017-06", g.task["城南镇道路"]), Value: "60", Basis: "宁区考办〔2017〕6号", Reason: "漏计"})
		g.ok(err)
		f, err = g.s.FlagsOf(g.as("江平野"), r.ID)
		g.ok(err)
		if !f.Moved || colours(f.Due) != "漳湾镇red 飞鸾镇red 八都镇yellow" || len(f.Issued) != 4 {
			t.Errorf("after the correction: %v, due %s, issued %s", f.Moved, colours(f.Due), colours(f.Issued))
		}
		n, err = g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version, "宁区委办〔2017〕37号", "二季度讲评会")
		g.ok(err)
		f, err = g.s.FlagsOf(g.as("江平野"), r.ID)
		g.ok(err)
		if n != 3 || len(f.Issued) != 3 || f.Moved || f.Issued[0].DocNo != "宁区委办〔2017〕37号" || todos("吴八都") != 1 {
			t.Errorf("issued anew: %d, %+v, %d to-dos", n, f, todos("吴八都"))
		}
		g.verified()
	})
}

// Without the rule and its basis there are no flags; last place alone gives none.
func TestNoFlags(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		low := g.frozen(strings.Replace(rules, "id: quarter\n", "id: low\n", 1) + strings.Replace(strings.Replace(flagRule, "0.8", "0.5", 1), "red: 2, ", "", 1))
		g.june()
		r := g.until("2017Q2", x.ID, ByTier, Published)
		_, err := g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version, "宁区委办〔2017〕35号", "讲评会")
		g.refused(err, errs.Conflict, "没有写红旗、黄旗")
		r = g.until("2017Q2", low.ID, ByTier, Published) // the last have 60 of 100, which is not below half
		_, err = g.s.IssueFlags(g.as("江平野"), g.key(), r.ID, r.Version, "宁区委办〔2017〕35号", "讲评会")
		g.refused(err, errs.Conflict, "没有红旗单位，也没有黄旗单位")
	})
}

package supervision

import (
	"context"
	"strings"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
)

// A month of supervision from the reports to the published bulletin, played with a moved clock.
func TestMonth(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		g.report("林城南", "拆迁", "2017-03", 10) // of 30 that are due
		g.report("林城南", "签约", "2017-03", 30)
		g.report("陈漳湾", "安置", "2017-03", 45)
		g.report("叶住建", "管线", "2017-03", 36)
		g.report("叶住建", "绿化", "2017-03", 30)
		// 道路 is not reported.

		tour := g.tour()
		// 管线 says 36; the inspector finds 24 of 30: behind, and 10 points less than reported.
		check, err := g.s.Verify(g.as("宋时雨"), g.key(), Seen{TourID: tour, TaskID: g.task["管线"], Value: 24 * 10000, Note: "现场丈量 24 亩，两段未完工", Grade: Documents})
		g.ok(err)
		if check == 0 {
			t.Fatal("no check")
		}
		f, err := g.s.IssueFinding(g.as("宋时雨"), g.key(), FindingDraft{TourID: tour, TaskID: g.task["管线"], Kind: "自报不实", Fact: "自报 36 亩，现场 24 亩", Requirement: "更正数字，补齐两段", Days: 5})
		g.ok(err)
		v, err := g.s.Tour(g.as("方衡"), tour)
		g.ok(err)
		var seen bool
		for _, r := range v.Rows {
			if r.Task.ID != g.task["管线"] {
				continue
			}
			seen = true
			if last := r.Last(); r.Reported == nil || *r.Reported != 36*10000 || last == nil || last.Verified != 24*10000 || last.Gap == nil || *last.Gap != 1000 || last.Grade != Documents {
				t.Errorf("自报 and 核验 side by side: %+v", r)
			}
		}
		if !seen || len(v.Rows) < 3 {
			t.Errorf("the tour shows %d rows", len(v.Rows))
		}
		g.ok(g.s.EndTour(g.as("方衡"), g.key(), tour, "督查 1 项，发现问题 1 个，其余按计划下月复查"))

		// Lights: not before the accounts are due and looked at.
		from, err := g.s.LightsFrom(g.as("方衡"), "2017-03")
		g.ok(err)
		_, err = g.s.CloseMonth(g.as("方衡"), g.key(), "2017-03")
		g.refused(err, errs.Invalid, from)
		if _, err := g.s.DraftBulletin(g.as("方衡"), g.key(), "2017-03", Scope{}); errs.KindOf(err) != errs.Conflict {
			t.Errorf("a bulletin without lights: %v", err)
		}
		c.SetDay(from)
		_, err = g.s.CloseMonth(g.as("林城南"), g.key(), "2017-03")
		g.refused(err, errs.Forbidden, "月度亮灯")
		key := g.key()
		n, err := g.s.CloseMonth(g.as("方衡"), key, "2017-03")
		g.ok(err)
		again, err := g.s.CloseMonth(g.as("方衡"), key, "2017-03")
		g.ok(err)
		if n != 6 || again != 6 {
			t.Errorf("%d lights, then %d", n, again)
		}
		board, err := g.s.MonthBoard(g.as("陈漳湾"), "2017-03") // everybody of the region
		g.ok(err)
		if !board.Closed || board.Counts[task.Red] != 1 || board.Counts[task.Amber] != 1 || board.Counts[task.Missing] != 1 || board.Counts[task.Green] != 3 || len(board.Rows) != 3 {
			t.Errorf("board: %+v", board.Counts)
		}

		for _, r := range board.Rows { // findings are the unit's own business, and what stands today is not the closed month's
			if own := r.UnitID == g.unit["漳湾镇"]; (r.Findings != nil) != own {
				t.Errorf("漳湾镇 sees the findings of %d: %v", r.UnitID, r.Findings)
			}
			if r.Lights[0].Task.Standing != (task.Standing{}) || r.Lights[0].Light.Rule == "" {
				t.Errorf("%+v", r.Lights[0])
			}
		}

		// The counters that appraisal reads: a unit without findings has a nought, not nothing.
		if n, ok := g.counter("区住建局", FoundIndicator, "2017-04"); !ok || n != 1 {
			t.Errorf("found in April: %d %v", n, ok)
		}
		if n, ok := g.counter("城南镇", FoundIndicator, "2017-03"); !ok || n != 0 {
			t.Errorf("城南镇 has no count: %d %v", n, ok)
		}

		// The bulletin.
		b, err := g.s.DraftBulletin(g.as("方衡"), g.key(), "2017-03", Scope{})
		g.ok(err)
		_, err = g.s.DraftBulletin(g.as("宋时雨"), g.key(), "2017-03", Scope{})
		g.refused(err, errs.Conflict, "已有一份通报")
		w, err := g.s.Bulletin(g.as("方衡"), b)
		g.ok(err)
		tables := w.Doc.Tables
		if len(tables.Slow) != 3 || tables.Slow[0].Title != "道路" || tables.Slow[0].Done() != "缺报" || tables.Slow[1].Title != "拆迁" || tables.Slow[1].Done() != "10 亩（自报，未核验）" ||
			tables.Slow[1].Ahead() != "−16.67" || tables.Slow[1].Should() != "30 亩" || tables.Slow[2].Done() != "24 亩" || tables.Slow[2].Blocker != "两户未谈妥" {
			t.Errorf("慢序时: %+v", tables.Slow)
		}
		if len(tables.OnPace) != 3 || tables.OnPace[0].Unit != "城南镇" || tables.OnPace[1].Title != "安置" || tables.OnPace[2].Title != "绿化" {
			t.Errorf("按序时: %+v", tables.OnPace)
		}
		if tables.MeanGap == nil || *tables.MeanGap != 1000 || tables.Checked != 1 || tables.Found != 1 || tables.Closed != 0 || len(tables.Named) != 3 || len(tables.Praised) != 0 {
			t.Errorf("totals: %+v", tables)
		}
		for _, want := range []string{"2 个行动 6 项任务", "现场核验 1 项", "按序时 3 项，慢序时 3 项（其中缺报 1 项）", "红灯 1 项，黄灯 1 项，绿灯 3 项", "平均相差 10 个百分点", "发现问题 1 个，已销号 0 个"} {
			if !strings.Contains(w.Doc.Text.Lede, want) {
				t.Errorf("%q is not in %s", want, w.Doc.Text.Lede)
			}
		}
		if len(w.Moved) != 0 || w.Bulletin.Issue != 1 {
			t.Errorf("moved %v, issue %d", w.Moved, w.Bulletin.Issue)
		}
		for _, r := range append(tables.Slow, tables.OnPace...) { // every number is traced to a sealed light
			g.read(func(ctx context.Context, tx *sqldb.Tx) error {
				lights, err := task.LightsOf(ctx, tx, region, r.TaskID)
				if err == nil && (len(lights) != 1 || lights[0].ID != r.LightID) {
					t.Errorf("%s: no light %d", r.Title, r.LightID)
				}
				return err
			})
		}
		text := w.Doc.Text
		text.Requirement = "4 月 28 日前整改到位。"
		g.ok(g.s.EditBulletin(g.as("方衡"), g.key(), b, w.Bulletin.Version, text))
		g.refused(g.s.EditBulletin(g.as("宋时雨"), g.key(), b, w.Bulletin.Version, text), errs.Conflict, "别人刚改过")

		// Nobody but the office and the leaders sees the draft, and it is not published before the units were asked.
		if _, err := g.s.Bulletin(g.as("林城南"), b); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a unit reads the draft: %v", err)
		}
		if list, err := g.s.Bulletins(g.as("林城南"), ""); err != nil || len(list) != 0 {
			t.Errorf("a unit lists the draft: %v %v", list, err)
		}
		g.refused(g.s.Publish(g.as("江平野"), g.key(), b, "蕉督〔2017〕1 号", ""), errs.Conflict, "还没有送")
		g.ok(g.s.SendForConfirmation(g.as("方衡"), g.key(), b, 0))
		g.refused(g.s.Publish(g.as("江平野"), g.key(), b, "蕉督〔2017〕1 号", ""), errs.Conflict, "还没有核对事实")

		inq, err := g.s.Inquiries(g.as("林城南"))
		g.ok(err)
		if len(inq) != 1 || len(inq[0].Rows) != 1 || inq[0].Rows[0].Title != "拆迁" {
			t.Errorf("城南镇 is asked about its own rows only: %+v", inq)
		}
		g.refused(g.s.Confirm(g.as("林城南"), g.key(), b, g.unit["漳湾镇"], true, ""), errs.NotFound, "")
		g.refused(g.s.Confirm(g.as("林城南"), g.key(), b, g.unit["城南镇"], false, " "), errs.Invalid, "不同意见")
		g.ok(g.s.Confirm(g.as("林城南"), g.key(), b, g.unit["城南镇"], false, "3 月 30 日新签 5 亩未计入"))
		g.refused(g.s.Confirm(g.as("林城南"), g.key(), b, g.unit["城南镇"], true, ""), errs.Conflict, "不能再答复")
		g.ok(g.s.Confirm(g.as("叶住建"), g.key(), b, g.unit["区住建局"], true, ""))
		g.refused(g.s.ReplyDissent(g.as("方衡"), g.key(), b, g.unit["区住建局"], "不成立"), errs.Conflict, "没有待答复")
		g.refused(g.s.ReplyDissent(g.as("林城南"), g.key(), b, g.unit["城南镇"], "成立"), errs.Forbidden, "")
		g.ok(g.s.ReplyDissent(g.as("方衡"), g.key(), b, g.unit["城南镇"], "4 月一并核验"))
		g.refused(g.s.Publish(g.as("江平野"), g.key(), b, "蕉督〔2017〕1 号", ""), errs.Conflict, "漳湾镇还没有核对事实")

		// On the last day the time is not up; on the day after it is.
		w, err = g.s.Bulletin(g.as("江平野"), b)
		g.ok(err)
		due := w.Bulletin.ConfirmDueOn
		c.SetDay(due)
		g.refused(g.s.Publish(g.as("江平野"), g.key(), b, "蕉督〔2017〕1 号", ""), errs.Conflict, due)
		day, err := period.ParseDay(due)
		g.ok(err)
		c.SetDay(period.Day(day.AddDate(0, 0, 1)))
		g.refused(g.s.Publish(g.as("方衡"), g.key(), b, "蕉督〔2017〕1 号", ""), errs.Forbidden, "起草人")
		g.refused(g.s.Publish(g.as("林城南"), g.key(), b, "蕉督〔2017〕1 号", ""), errs.Forbidden, "签发督查通报")
		g.refused(g.s.Publish(g.as("江平野"), g.key(), b, "", ""), errs.Invalid, "文号")
		var anchored int64
		g.s.Anchoring(func(_ context.Context, r int64) (string, error) { anchored = r; return "7F3A-92C1", nil })
		g.ok(g.s.Publish(g.as("江平野"), g.key(), b, "蕉督〔2017〕1 号", ""))
		if anchored != region {
			t.Error("the ledger is not anchored")
		}

		// Published: everybody of the region reads it; the dissent is attached; silence is marked.
		w, err = g.s.Bulletin(g.as("陈漳湾"), b)
		g.ok(err)
		if d := w.Doc.Dissents(); len(d) != 1 || d[0].Unit != "城南镇" || d[0].Text != "3 月 30 日新签 5 亩未计入" || d[0].Reply != "4 月一并核验" {
			t.Errorf("dissents: %+v", w.Doc.Answers)
		}
		if len(w.Doc.Answers) != 3 || w.Doc.Text.Requirement != "4 月 28 日前整改到位。" || w.Doc.Anchor != "7F3A-92C1" || w.Doc.PublishedOn != period.Day(c.Now()) || w.Doc.Region != "宁德市蕉城区" {
			t.Errorf("published: %+v", w.Doc)
		}
		for _, a := range w.Doc.Answers {
			if a.Unit == "漳湾镇" && a.State != Silent {
				t.Errorf("silence is %s", a.State)
			}
		}
		var body []string
		for _, p := range w.Doc.Body() {
			body = append(body, p.Text)
		}
		if len(body) != 8 || body[1] != "一、总体情况" || body[3] != "二、红灯和缺报的任务" || !strings.HasPrefix(body[4], "漳湾镇“道路”：") ||
			!strings.HasPrefix(body[5], "城南镇“拆迁”：自报 10 亩，应达 30 亩") || body[6] != "三、工作要求" || w.Doc.Organ != "宁德市蕉城区督查室" {
			t.Errorf("%q", body)
		}
		// What is published stands still: byte for byte, whatever happens afterwards.
		frozen := w.Bulletin.Content
		if sum(frozen) != w.Doc.SHA256 || w.Doc.SHA256 == "" {
			t.Error("the hash is not of what is published")
		}
		g.read(func(ctx context.Context, tx *sqldb.Tx) error {
			e, ok, err := ledger.LatestRow(ctx, tx, region, bulletinRef(b))
			if !ok || string(e.Body) != frozen || !strings.Contains(string(e.Row), w.Doc.SHA256) {
				t.Errorf("not sealed: %v %s", ok, e.Text)
			}
			return err
		})
		g.refused(g.s.EditBulletin(g.as("方衡"), g.key(), b, 0, text), errs.Conflict, "已经发出")
		g.refused(g.s.TakeBackBulletin(g.as("方衡"), g.key(), b, "改"), errs.Conflict, "不能退回")
		g.refused(g.s.Publish(g.as("江平野"), g.key(), b, "蕉督〔2017〕2 号", ""), errs.Conflict, "已经发出")
		g.report("陈漳湾", "道路", "2017-03", 40)

		// A missing month made up late turns amber, never green.
		board, err = g.s.MonthBoard(g.as("陈漳湾"), "2017-03")
		g.ok(err)
		if board.Counts[task.Missing] != 0 || board.Counts[task.Amber] != 2 || board.Counts[task.Green] != 3 {
			t.Errorf("made up: %+v", board.Counts)
		}
		w, err = g.s.Bulletin(g.as("陈漳湾"), b)
		g.ok(err)
		if w.Bulletin.Content != frozen || w.Doc.Tables.Slow[0].Done() != "缺报" {
			t.Error("a published bulletin has changed")
		}

		// The finding to its end.
		g.refused(g.s.AcceptFinding(g.as("林城南"), g.key(), f), errs.NotFound, "")
		g.refused(g.s.ReportFinding(g.as("叶住建"), g.key(), f, "已改"), errs.Conflict, "待签收")
		g.ok(g.s.AcceptFinding(g.as("叶住建"), g.key(), f))
		g.ok(g.s.ReportFinding(g.as("叶住建"), g.key(), f, "数字已更正"))
		g.refused(g.s.CloseFinding(g.as("叶住建"), g.key(), f, "好"), errs.Forbidden, "复核销号")
		g.ok(g.s.SendBackFinding(g.as("方衡"), g.key(), f, "第二段还没有完工", 5))
		g.ok(g.s.ReportFinding(g.as("叶住建"), g.key(), f, "两段均已完工"))
		g.ok(g.s.CloseFinding(g.as("方衡"), g.key(), f, "现场复核属实"))
		if n, ok := g.counter("区住建局", ClosedIndicator, "2017-04"); !ok || n != 1 {
			t.Errorf("closed: %d %v", n, ok)
		}
		g.ok(g.s.ReopenFinding(g.as("方衡"), g.key(), f, "管线又被挖断", 3))
		if n, ok := g.counter("区住建局", ClosedIndicator, "2017-04"); !ok || n != 0 {
			t.Errorf("closed after it came back: %d %v", n, ok)
		}
		x, err := g.s.Finding(g.as("叶住建"), f)
		g.ok(err)
		var verbs []string
		for _, s := range x.Steps {
			verbs = append(verbs, s.Verb)
		}
		if got := strings.Join(verbs, " "); got != "issue accept report send_back report close reopen" || x.Reopened != 1 || x.SentBack != 1 || !x.MayMend || x.MayClose {
			t.Errorf("%s %+v", got, x.FindingLine)
		}
		g.sealedAsKept()
		// Negative control: whoever rewrites a published bulletin in the database is found.
		g.write("方衡", func(ctx context.Context, tx *sqldb.Tx, _ auth.Actor) error {
			_, err := tx.Exec(ctx, deed, region, strings.Replace(frozen, "10 亩", "30 亩", 1))
			return err
		})
		report, err := ledger.Verify(t.Context(), db)
		g.ok(err)
		if report.OK() {
			t.Error("a rewritten bulletin is not found")
		}
	})
}

var deed = sqldb.SQL("supervision.testDeed", `UPDATE supervision_bulletin SET content = $2 WHERE region_id = $1`)

// Who does not owe the finding, does not oversee and was not on the tour sees nothing of it; nor does another region.
func TestFindingsAreTheUnits(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		tour := g.tour()
		f, err := g.s.IssueFinding(g.as("宋时雨"), g.key(), FindingDraft{TourID: tour, TaskID: g.task["管线"], Kind: "进度滞后", Fact: "停工", Requirement: "复工", Days: 5})
		g.ok(err)
		stranger := auth.Actor{ID: 99, RegionID: region + 1, UnitID: 5, Roles: []auth.Role{auth.Supervisor, auth.Leader}}
		for name, ctx := range map[string]context.Context{"another unit": g.as("林城南"), "another region": auth.With(t.Context(), stranger)} {
			if _, err := g.s.Finding(ctx, f); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s opens the finding: %v", name, err)
			}
			if list, err := g.s.Findings(ctx, FindingFilter{}); err != nil || len(list) != 0 {
				t.Errorf("%s lists %d findings, %v", name, len(list), err)
			}
			if list, err := g.s.FindingsOf(ctx, g.unit["区住建局"]); err != nil || len(list) != 0 {
				t.Errorf("%s lists %d findings of the unit, %v", name, len(list), err)
			}
			if x, err := g.s.Closure(ctx, "", ""); err != nil || x.All.Found != 0 {
				t.Errorf("%s counts %+v, %v", name, x, err)
			}
			if _, err := g.s.Tour(ctx, tour); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s opens the tour: %v", name, err)
			}
			if err := g.s.AcceptFinding(ctx, g.key(), f); err == nil {
				t.Errorf("%s signs for the finding", name)
			}
			if err := g.s.CloseFinding(ctx, g.key(), f, "好"); err == nil {
				t.Errorf("%s closes the finding", name)
			}
		}
		if list, err := g.s.Tours(g.as("林城南"), "", ""); err != nil || len(list) != 1 || list[0].Found != 1 || list[0].Tour.Basis != "" || len(list[0].Tour.Inspectors) != 0 {
			t.Errorf("a unit sees the numbers of a tour, not its group: %+v %v", list, err)
		}
		// The unit itself, the office and the leader do see it.
		for _, name := range []string{"叶住建", "方衡", "江平野"} {
			if list, err := g.s.Findings(g.as(name), FindingFilter{Open: true}); err != nil || len(list) != 1 {
				t.Errorf("%s lists %d, %v", name, len(list), err)
			}
		}
		c.SetDay("2017-05-10")
		if list, err := g.s.Findings(g.as("叶住建"), FindingFilter{Overdue: true}); err != nil || len(list) != 1 || !list[0].Late {
			t.Errorf("overdue: %+v %v", list, err)
		}
		if x, err := g.s.Closure(g.as("方衡"), "2017-03", "2017-03"); err != nil || x.ByUnit[g.unit["区住建局"]] != (Tally{1, 0, 1}) || x.ByOrigin[roads] != (Tally{1, 0, 1}) {
			t.Errorf("closure: %+v %v", x, err)
		}
	})
}

func TestTourRefuses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		open := func(change func(*TourDraft)) error {
			d := g.draft()
			change(&d)
			_, err := g.s.OpenTour(g.as("方衡"), g.key(), d)
			return err
		}
		g.refused(open(func(d *TourDraft) { d.Basis = " " }), errs.Invalid, "第十一条")
		g.refused(open(func(d *TourDraft) { d.LeaderID = 0 }), errs.Invalid, "组长")
		g.refused(open(func(d *TourDraft) { d.Inspectors = nil }), errs.Invalid, "督查人员")
		g.refused(open(func(d *TourDraft) { d.Scope.Units = []int64{g.unit["区委办"]} }), errs.Invalid, "没有任务")
		g.refused(open(func(d *TourDraft) { d.Inspectors = append(d.Inspectors, g.who["林城南"].ID) }), errs.Invalid, "不能督查本单位")
		g.refused(open(func(d *TourDraft) { d.LeaderID = g.who["叶住建"].ID }), errs.Invalid, "不能督查本单位")
		_, err := g.s.OpenTour(g.as("林城南"), g.key(), g.draft())
		g.refused(err, errs.Forbidden, "组织督查")

		// Somebody on loan from 区住建局 may look at the townships' tasks but not at those of his own unit.
		d := g.draft()
		d.Scope = Scope{Origins: nil, Units: []int64{g.unit["城南镇"], g.unit["漳湾镇"]}}
		d.Inspectors = []int64{g.who["借调"].ID}
		tour, err := g.s.OpenTour(g.as("方衡"), g.key(), d)
		g.ok(err)
		see := Seen{TourID: tour, TaskID: g.task["安置"], Value: 20 * 10000, Note: "看了", Grade: Documents}
		_, err = g.s.Verify(g.as("借调"), g.key(), see)
		g.refused(err, errs.Conflict, "筹备")
		g.refused(g.s.BeginTour(g.as("方衡"), g.key(), tour), errs.Conflict, "抽样")
		_, err = g.s.DrawSample(g.as("方衡"), g.key(), tour, 2, "abc")
		g.ok(err)
		_, err = g.s.DrawSample(g.as("方衡"), g.key(), tour, 2, "abd")
		g.refused(err, errs.Conflict, "只抽一次")
		g.ok(g.s.BeginTour(g.as("方衡"), g.key(), tour))
		g.report("陈漳湾", "安置", "2017-03", 30)
		key := g.key()
		first, err := g.s.Verify(g.as("借调"), key, see)
		g.ok(err)
		second, err := g.s.Verify(g.as("借调"), key, see)
		g.ok(err)
		if first != second {
			t.Error("a form that was sent twice counts twice")
		}
		see.TaskID = g.task["管线"]
		_, err = g.s.Verify(g.as("借调"), g.key(), see)
		g.refused(err, errs.Invalid, "范围")
		see.TaskID = g.task["安置"]
		_, err = g.s.Verify(g.as("宋时雨"), g.key(), see) // of the office, not of the group
		g.refused(err, errs.Forbidden, "督查组")
		_, err = g.s.Verify(g.as("林城南"), g.key(), see)
		g.refused(err, errs.NotFound, "")
		see.Grade = 5
		_, err = g.s.Verify(g.as("借调"), g.key(), see)
		g.refused(err, errs.Invalid, "佐证等级")
		if list, err := g.s.Checked(g.as("陈漳湾"), g.task["安置"]); err != nil || len(list) != 1 {
			t.Errorf("已查过: %v %v", list, err)
		}
		if _, err := g.s.Checked(g.as("林城南"), g.task["安置"]); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another unit's checks: %v", err)
		}

		// The reporter never verifies: he has moved to the office since, and is of the group.
		g.report("叶住建", "绿化", "2017-03", 30)
		moved := g.who["叶住建"]
		moved.UnitID, moved.Units, moved.Roles = g.unit["区委督查室"], nil, []auth.Role{auth.Supervisor}
		g.who["叶住建"] = moved
		admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
		dir, err := g.org.Look(admin)
		g.ok(err)
		p := *dir.Person(moved.ID)
		p.UnitID = g.unit["区委督查室"]
		_, err = g.org.SavePerson(admin, p)
		g.ok(err)
		d = g.draft()
		d.Inspectors = []int64{moved.ID}
		next, err := g.s.OpenTour(g.as("方衡"), g.key(), d)
		g.ok(err)
		_, err = g.s.DrawSample(g.as("方衡"), g.key(), next, 6, "x")
		g.ok(err)
		g.ok(g.s.BeginTour(g.as("方衡"), g.key(), next))
		_, err = g.s.Verify(g.as("叶住建"), g.key(), Seen{TourID: next, TaskID: g.task["绿化"], Value: 30 * 10000, Note: "看了", Grade: NoEvidence})
		g.refused(err, errs.Forbidden, "自己填报")
		// Control: what another has reported he may verify; and the tour shows that another tour has looked already.
		_, err = g.s.Verify(g.as("叶住建"), g.key(), Seen{TourID: next, TaskID: g.task["安置"], Value: 30 * 10000, Note: "看了", Grade: NoEvidence})
		g.ok(err)
		v, err := g.s.Tour(g.as("叶住建"), next)
		g.ok(err)
		for _, r := range v.Rows {
			if r.Task.ID == g.task["安置"] && (len(r.Earlier) != 1 || r.Earlier[0].TourID != tour) {
				t.Errorf("已查过 is not shown: %+v", r)
			}
		}
		// And a member who has gone back to the inspected unit since is refused on site.
		p.Version++
		p.UnitID = g.unit["漳湾镇"]
		_, err = g.org.SavePerson(admin, p)
		g.ok(err)
		_, err = g.s.Verify(g.as("叶住建"), g.key(), Seen{TourID: next, TaskID: g.task["道路"], Value: 1, Note: "看了", Grade: NoEvidence})
		g.refused(err, errs.Forbidden, "不能督查本单位")
		g.read(func(ctx context.Context, tx *sqldb.Tx) error {
			v, err := indicator.Month(ctx, tx, region, "2017-03")
			for _, x := range v {
				if x.ReportedBy == moved.ID && x.Verified != nil {
					t.Error("the reporter has verified")
				}
			}
			return err
		})
		g.sealedAsKept()
	})
}

// A justified dissent: the bulletin goes back, is computed again, and the units are asked again.
func TestTakenBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		g.report("林城南", "拆迁", "2017-03", 10)
		g.report("林城南", "签约", "2017-03", 30)
		c.SetDay("2017-04-20")
		_, err := g.s.CloseMonth(g.as("方衡"), g.key(), "2017-03")
		g.ok(err)
		b, err := g.s.DraftBulletin(g.as("方衡"), g.key(), "2017-03", Scope{Units: []int64{g.unit["城南镇"], g.unit["漳湾镇"]}})
		g.ok(err)
		g.ok(g.s.SendForConfirmation(g.as("方衡"), g.key(), b, 2))
		g.ok(g.s.Confirm(g.as("陈漳湾"), g.key(), b, g.unit["漳湾镇"], false, "安置已报，系统没收到"))
		g.report("陈漳湾", "安置", "2017-03", 40)
		w, err := g.s.Bulletin(g.as("方衡"), b)
		g.ok(err)
		if len(w.Moved) != 1 || !strings.Contains(w.Moved[0], "安置") {
			t.Errorf("moved: %v", w.Moved)
		}
		g.refused(g.s.RedraftBulletin(g.as("方衡"), g.key(), b, 0), errs.Conflict, "先退回修改")
		g.ok(g.s.TakeBackBulletin(g.as("方衡"), g.key(), b, "漳湾镇补报"))
		g.ok(g.s.RedraftBulletin(g.as("方衡"), g.key(), b, 0))
		g.ok(g.s.SendForConfirmation(g.as("方衡"), g.key(), b, 2))
		w, err = g.s.Bulletin(g.as("方衡"), b)
		g.ok(err)
		if len(w.Moved) != 0 || w.Bulletin.Round != 2 || len(w.Versions) != 2 || len(w.Confirmations) != 2 || w.NotReady == "" {
			t.Errorf("second round: %+v", w)
		}
		// 安置 was missing and is made up: amber, on pace, and not praised away.
		for _, r := range w.Doc.Tables.OnPace {
			if r.Title == "安置" && (r.Light != task.Amber || !r.MadeUp) {
				t.Errorf("made up: %+v", r)
			}
		}
		g.ok(g.s.Confirm(g.as("陈漳湾"), g.key(), b, g.unit["漳湾镇"], true, ""))
		g.ok(g.s.Confirm(g.as("林城南"), g.key(), b, g.unit["城南镇"], true, ""))
		g.ok(g.s.Publish(g.as("宋时雨"), g.key(), b, "蕉督〔2017〕1 号", "城南镇、漳湾镇")) // all have answered: the day need not pass
		w, err = g.s.Bulletin(g.as("林城南"), b)
		g.ok(err)
		if len(w.Doc.Answers) != 2 || len(w.Doc.Dissents()) != 0 || w.Doc.Recipients != "城南镇、漳湾镇" {
			t.Errorf("%+v", w.Doc.Answers)
		}
		b2, err := g.s.DraftBulletin(g.as("方衡"), g.key(), "2017-03", Scope{})
		g.ok(err)
		w, err = g.s.Bulletin(g.as("方衡"), b2)
		g.ok(err)
		if w.Bulletin.Issue != 2 {
			t.Errorf("issue %d", w.Bulletin.Issue)
		}
		g.sealedAsKept()
	})
}

// Slips follow one another: blue, then orange only when blue went unanswered, then red.
func TestOrders(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		d := OrderDraft{Level: Blue, UnitID: g.unit["城南镇"], About: findingRef(5), Matter: "拆迁滞后", Requirement: "一周内复工", Days: 3}
		blue, err := g.s.IssueOrder(g.as("方衡"), g.key(), d)
		g.ok(err)
		_, err = g.s.IssueOrder(g.as("方衡"), g.key(), d)
		g.refused(err, errs.Conflict, "一事一单")
		red := d
		red.Level, red.About.ID = Red, 6
		_, err = g.s.IssueOrder(g.as("方衡"), g.key(), red)
		g.refused(err, errs.Invalid, "从蓝单开始")
		red.Cause = "特事特办"
		_, err = g.s.IssueOrder(g.as("方衡"), g.key(), red)
		g.ok(err)
		_, err = g.s.IssueOrder(g.as("林城南"), g.key(), d)
		g.refused(err, errs.Forbidden, "签发督办单")
		_, err = g.s.EscalateOrder(g.as("方衡"), g.key(), blue, "三日内答复", 3)
		g.refused(err, errs.Conflict, "还没有逾期")
		g.refused(g.s.AcceptOrder(g.as("陈漳湾"), g.key(), blue), errs.NotFound, "")
		g.ok(g.s.UrgeOrder(g.as("方衡"), g.key(), blue, "请抓紧"))
		c.SetDay("2017-03-20")
		orange, err := g.s.EscalateOrder(g.as("方衡"), g.key(), blue, "三日内答复", 3)
		g.ok(err)
		_, err = g.s.EscalateOrder(g.as("方衡"), g.key(), blue, "再来", 3)
		g.refused(err, errs.Conflict, "不能升级")
		g.ok(g.s.ReplyOrder(g.as("林城南"), g.key(), orange, "已复工"))
		g.ok(g.s.SendBackOrder(g.as("方衡"), g.key(), orange, "现场没人", 1))
		c.SetDay("2017-04-10")
		last, err := g.s.EscalateOrder(g.as("方衡"), g.key(), orange, "立即复工", 1)
		g.ok(err)
		v, err := g.s.Order(g.as("林城南"), last)
		g.ok(err)
		if v.Level != Red || v.Before == nil || v.Before.Level != Orange || v.Before.State != OrderEscalated || v.No != "红〔2017〕2号" || !v.Mine {
			t.Errorf("%+v", v)
		}
		g.ok(g.s.ReplyOrder(g.as("林城南"), g.key(), last, "已复工"))
		g.ok(g.s.CloseOrder(g.as("方衡"), g.key(), last, "属实"))
		if _, err := g.s.Order(g.as("陈漳湾"), last); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another unit: %v", err)
		}
		if list, err := g.s.Orders(g.as("陈漳湾"), OrderFilter{}); err != nil || len(list) != 0 {
			t.Errorf("another unit: %v %v", list, err)
		}
		if list, err := g.s.Orders(g.as("林城南"), OrderFilter{}); err != nil || len(list) != 4 {
			t.Errorf("own unit: %d %v", len(list), err)
		}
		g.sealedAsKept()
	})
}

// A light policy needs its document, and never reaches back into a closed month.
func TestPolicy(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		p := task.Presets[4] // 瓯海: a missed month is red
		p.FromMonth = "2017-03"
		_, err := g.s.AdoptPolicy(g.as("方衡"), g.key(), p)
		g.refused(err, errs.Invalid, "文号")
		p.DocNo = "蕉督〔2017〕1 号"
		_, err = g.s.AdoptPolicy(g.as("林城南"), g.key(), p)
		g.refused(err, errs.Forbidden, "亮灯规则")
		_, err = g.s.AdoptPolicy(g.as("方衡"), g.key(), p)
		g.ok(err)
		c.SetDay("2017-04-01")
		g.report("叶住建", "管线", "2017-03", 29) // one short: amber by the default, red by this policy
		c.SetDay("2017-04-20")
		_, err = g.s.CloseMonth(g.as("方衡"), g.key(), "2017-03")
		g.ok(err)
		b, err := g.s.MonthBoard(g.as("方衡"), "2017-03")
		g.ok(err)
		if b.Counts[task.Red] != 1 || b.Policy.Name != "瓯海 2020 规则" || b.Policy.Revision != 1 {
			t.Errorf("%+v %+v", b.Counts, b.Policy)
		}
		p.FromMonth = "2017-03"
		_, err = g.s.AdoptPolicy(g.as("方衡"), g.key(), p)
		g.refused(err, errs.Invalid, "已经亮灯")
	})
}

// An inspector on loan offers a photograph: his group and the inspected unit may open it, others may not; so it is with the proof of a mended finding.
func TestProof(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		d := g.draft()
		d.Scope.Units = []int64{g.unit["漳湾镇"]}
		d.Inspectors = []int64{g.who["借调"].ID}
		tour, err := g.s.OpenTour(g.as("方衡"), g.key(), d)
		g.ok(err)
		_, err = g.s.DrawSample(g.as("方衡"), g.key(), tour, 1, "")
		g.ok(err)
		g.ok(g.s.BeginTour(g.as("方衡"), g.key(), tour))
		note, err := evidence.Inspect("现场记录.txt", []byte("四月一日现场丈量，二十亩。"))
		g.ok(err)
		check, err := g.s.Verify(g.as("借调"), g.key(), Seen{TourID: tour, TaskID: g.task["安置"], Value: 20 * 10000, Note: "看了", Grade: Documents, Files: []evidence.File{note}})
		g.ok(err)
		f, err := g.s.IssueFinding(g.as("借调"), g.key(), FindingDraft{TourID: tour, TaskID: g.task["安置"], Kind: "进度滞后", Fact: "停工", Requirement: "复工", Days: 5})
		g.ok(err)
		g.ok(g.s.AcceptFinding(g.as("陈漳湾"), g.key(), f))
		proof, err := evidence.Inspect("复工说明.txt", []byte("已于四月三日复工。"))
		g.ok(err)
		g.ok(g.s.ReportFinding(g.as("陈漳湾"), g.key(), f, "已复工", proof))
		list, err := g.s.CheckExhibits(g.as("陈漳湾"), check)
		g.ok(err)
		v, err := g.s.Finding(g.as("借调"), f)
		g.ok(err)
		if len(list) != 1 || len(v.Exhibits) != 1 {
			t.Fatalf("%v %v", list, v.Exhibits)
		}
		for name, may := range map[string]bool{"陈漳湾": true, "借调": true, "方衡": true, "林城南": false} {
			for _, x := range []evidence.Exhibit{list[0], v.Exhibits[0]} {
				if _, _, err := g.s.evidence.Open(g.as(name), x.ID); (err == nil) != may {
					t.Errorf("%s opens %s: %v", name, x.Name, err)
				}
			}
		}
		if _, err := g.s.CheckExhibits(g.as("林城南"), check); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another unit lists the proof: %v", err)
		}
		if x, err := g.s.OriginMonths(g.as("林城南"), homes, "2017"); err != nil || x[2] != (Tally{1, 0, 0}) || x[1] != (Tally{}) {
			t.Errorf("the campaign's months: %v %v", x, err)
		}
	})
}

// A page costs the same number of statements however many rows it has.
func TestStatementsStandStill(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		tour := g.tour()
		cost := func(name string, read func(context.Context) error) int64 {
			ctx, n := sqldb.WithCounter(g.as("方衡"))
			if err := read(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return n.N()
		}
		pages := map[string]func(context.Context) error{
			"tour":     func(ctx context.Context) error { _, err := g.s.Tour(ctx, tour); return err },
			"tours":    func(ctx context.Context) error { _, err := g.s.Tours(ctx, "", ""); return err },
			"findings": func(ctx context.Context) error { _, err := g.s.Findings(ctx, FindingFilter{}); return err },
			"board":    func(ctx context.Context) error { _, err := g.s.MonthBoard(ctx, "2017-03"); return err },
		}
		before := map[string]int64{}
		for name, read := range pages {
			cost(name, read) // the directory is read once
			before[name] = cost(name, read)
		}
		for _, name := range []string{"拆迁", "签约", "安置", "道路", "管线", "绿化"} {
			_, err := g.s.Verify(g.as("宋时雨"), g.key(), Seen{TourID: tour, TaskID: g.task[name], Value: 10000, Note: "看了", Grade: Documents})
			g.ok(err)
			_, err = g.s.IssueFinding(g.as("宋时雨"), g.key(), FindingDraft{TourID: tour, TaskID: g.task[name], Kind: "进度滞后", Fact: "慢", Requirement: "快", Days: 5})
			g.ok(err)
		}
		most := map[string]int64{"tour": 10, "tours": 5, "findings": 2, "board": 9}
		for name, read := range pages {
			if n := cost(name, read); n != before[name] || n > most[name] {
				t.Errorf("%s: %d statements, %d before, at most %d", name, n, before[name], most[name])
			}
		}
		if v, err := g.s.Tour(g.as("方衡"), tour); err != nil || len(v.Rows) != 6 {
			t.Errorf("%d rows, %v", len(v.Rows), err)
		}
	})
}

// Two who press at once: one number each, one draw, one publication.
func TestAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		tour, err := g.s.OpenTour(g.as("方衡"), g.key(), g.draft())
		g.ok(err)
		both := func(n int, do func(key string) error) (ok int) {
			fail := make(chan error, n)
			for range n {
				key := g.key()
				go func() { fail <- do(key) }()
			}
			for range n {
				err := <-fail
				if err == nil {
					ok++
				} else if errs.KindOf(err) != errs.Conflict {
					t.Errorf("%v", err)
				}
			}
			return ok
		}
		office, loan := g.as("方衡"), g.as("宋时雨")
		if n := both(4, func(key string) error { _, err := g.s.DrawSample(office, key, tour, 3, key); return err }); n != 1 {
			t.Errorf("drawn %d times", n)
		}
		g.ok(g.s.BeginTour(office, g.key(), tour))
		if n := both(12, func(key string) error {
			_, err := g.s.IssueFinding(loan, key, FindingDraft{TourID: tour, TaskID: g.task["道路"], Kind: "进度滞后", Fact: "慢", Requirement: "快", Days: 5})
			return err
		}); n != 12 {
			t.Errorf("%d of 12 findings", n)
		}
		if n, _ := g.counter("漳湾镇", FoundIndicator, "2017-04"); n != 12 {
			t.Errorf("counted %d of 12", n)
		}
		list, err := g.s.Findings(office, FindingFilter{})
		g.ok(err)
		no := map[string]bool{}
		for _, f := range list {
			no[f.No] = true
		}
		if len(no) != 12 || !no["2017-03-001"] || !no["2017-03-012"] {
			t.Errorf("numbers: %v", no)
		}
		for _, f := range list {
			g.ok(g.s.AcceptFinding(g.as("陈漳湾"), g.key(), f.ID))
			g.ok(g.s.ReportFinding(g.as("陈漳湾"), g.key(), f.ID, "已改"))
		}
		next := make(chan int64, len(list))
		for _, f := range list {
			next <- f.ID
		}
		if n := both(12, func(key string) error { return g.s.CloseFinding(office, key, <-next, "属实") }); n != 12 {
			t.Errorf("%d of 12 closed", n)
		}
		if n, _ := g.counter("漳湾镇", ClosedIndicator, "2017-04"); n != 12 {
			t.Errorf("counted %d of 12 closed", n)
		}
		c.SetDay("2017-04-20")
		if n := both(3, func(key string) error { _, err := g.s.CloseMonth(office, key, "2017-03"); return err }); n == 0 {
			t.Error("nobody closed the month")
		}
		if n := both(3, func(key string) error { _, err := g.s.DraftBulletin(office, key, "2017-03", Scope{}); return err }); n != 1 {
			t.Errorf("%d drafts", n)
		}
		g.sealedAsKept()
	})
}

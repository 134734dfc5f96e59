package campaign

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

// district is a small district: a supervision office, two bureaus and two towns.
type district struct {
	t     *testing.T
	db    *sqldb.DB
	clock *period.Fixed
	s     *Service
	book  *task.Book
	tasks *task.Service
	dir   *org.Service

	region                                 int64
	office, housing, south, north          int64 // units
	leaderPost, housingHead, southHead     int64 // posts
	admin, supervisor, leader, head, clerk context.Context
	northClerk, force, housingBoss         context.Context
	southClerkID, newHeadID                int64
	keys                                   int
}

const password = "口令-2017-正确"

func setUp(t *testing.T, db *sqldb.DB, c *period.Fixed) *district {
	t.Helper()
	ids := id.New(c, 1).Next
	cal := calendar.New(db)
	must(t, cal.Seed(t.Context()))
	out := outbox.New(db, ids)
	book := task.NewBook(ids, indicator.NewBook(ids), cal, out)
	dir := org.New(db, ids, nil)
	d := &district{t: t, db: db, clock: c, book: book, tasks: task.New(db, book), dir: dir}
	d.s = New(db, ids, dir, book, evidence.New(db, ids), out)
	d.s.AskPassword(func(_ context.Context, p string) error {
		if p != password {
			return errs.At("password", "口令不对")
		}
		return nil
	})
	r, err := dir.CreateRegion(t.Context(), org.Region{Code: "350902", Name: "宁德市蕉城区", ShortName: "蕉城"})
	must(t, err)
	d.region = r.ID
	d.admin = auth.With(t.Context(), auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
	unit := func(name, short string, k org.Kind) int64 {
		u, err := dir.SaveUnit(d.admin, org.Unit{Name: name, ShortName: short, Kind: k})
		must(t, err)
		return u.ID
	}
	d.office, d.housing = unit("区委督查室", "督查室", org.Office), unit("蕉城区住房和城乡建设局", "区住建局", org.Department)
	d.south, d.north = unit("城南镇", "城南镇", org.Township), unit("城北街道", "城北街道", org.Subdistrict)
	person := func(name string, unit int64) int64 {
		p, err := dir.SavePerson(d.admin, org.Person{Name: name, UnitID: unit})
		must(t, err)
		return p.ID
	}
	post := func(unit int64, title string, leader bool, holder int64) int64 {
		p, err := dir.SavePost(d.admin, org.Post{UnitID: unit, Title: title, Leader: leader})
		must(t, err)
		must(t, dir.Appoint(d.admin, p.ID, holder, "2017-01-01"))
		return p.ID
	}
	who := func(person, unit int64, roles ...auth.Role) context.Context {
		return auth.With(t.Context(), auth.Actor{ID: person, RegionID: r.ID, UnitID: unit, Units: []int64{unit}, Roles: roles})
	}
	lead, boss, head := person("江平野", d.office), person("陈克让", d.housing), person("阮清和", d.south)
	d.leaderPost, d.housingHead, d.southHead = post(d.office, "副区长", true, lead), post(d.housing, "局长", false, boss), post(d.south, "镇长", false, head)
	d.southClerkID, d.newHeadID = person("缪小舟", d.south), person("连海生", d.south)
	d.supervisor = who(person("方衡", d.office), d.office, auth.Supervisor)
	d.leader, d.head, d.clerk = who(lead, d.office, auth.Leader), who(head, d.south, auth.Head), who(d.southClerkID, d.south, auth.Clerk)
	d.northClerk = who(person("苏晚舟", d.north), d.north, auth.Clerk, auth.Head)
	d.housingBoss = who(boss, d.housing, auth.Head)
	d.force = who(person("何向晚", d.housing), d.housing, auth.TaskForce)
	return d
}

func (d *district) key() string { d.keys++; return fmt.Sprintf("key-%06d", d.keys) }

func (d *district) campaign() Campaign {
	d.t.Helper()
	c, err := d.s.CreateCampaign(d.supervisor, d.key(), Campaign{Preset: "city", LeaderPost: d.leaderPost, LeadUnit: d.housing})
	must(d.t, err)
	return c
}

func (d *district) item(c Campaign, unit int64, target amount.Scaled) task.Task {
	d.t.Helper()
	x, err := d.s.AddItem(d.supervisor, d.key(), c.ID, ItemDraft{Title: fmt.Sprintf("“两违”拆除 %d", d.keys), Measure: "平方米", Target: target, LeadUnit: unit, Weight: 500})
	must(d.t, err)
	return x
}

func (d *district) report(who context.Context, itemID int64, m period.Month, v amount.Scaled) (Receipt, error) {
	return d.s.SubmitReport(who, d.key(), ReportDraft{Draft: task.Draft{TaskID: itemID, Month: m, Value: v, BlockerKind: task.NoBlocker}})
}

// verify holds every sealed row of this package to the ledger's latest entry.
func (d *district) verify() {
	d.t.Helper()
	for kind, each := range map[string]ledger.Reader{Kind: EachCampaign, TaskBookKind: EachTaskBook, PledgeKind: EachPledge, SignatureKind: EachSignature} {
		must(d.t, d.db.View(d.t.Context(), func(tx *sqldb.Tx) error {
			rows := map[int64]any{}
			if err := each(d.t.Context(), tx, d.region, func(id int64, row any) error {
				rows[id] = row
				return nil
			}); err != nil {
				return err
			}
			for id, want := range rows {
				e, ok, err := ledger.LatestRow(d.t.Context(), tx, d.region, subject(kind, id))
				if err != nil {
					return err
				}
				same, err := ledger.Holds(d.t.Context(), tx, e, want)
				if err != nil {
					return err
				}
				if !ok || !same {
					d.t.Errorf("%s:%d: row %v, sealed %s", kind, id, want, e.Row)
				}
			}
			return nil
		}))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, kind errs.Kind, words string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v (kind %d), want kind %d with %q", err, errs.KindOf(err), kind, words)
	}
}

func TestCampaignLife(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		_, err := d.s.CreateCampaign(d.clerk, d.key(), Campaign{Preset: "city"})
		refused(t, err, errs.Forbidden, "督查室")
		_, err = d.s.CreateCampaign(d.supervisor, d.key(), Campaign{Code: "cs1"})
		refused(t, err, errs.Invalid, "牵头单位")
		k := d.key()
		x, err := d.s.CreateCampaign(d.supervisor, k, Campaign{Preset: "city", LeaderPost: d.leaderPost, LeadUnit: d.housing})
		must(t, err)
		if x.Code != "CS" || x.Name != "城市建设管理攻坚行动" || x.Year != 2017 || x.From != "2017-01" || x.To != "2017-12" || x.State != Preparing {
			t.Errorf("preset not filled in: %+v", x)
		}
		again, err := d.s.CreateCampaign(d.supervisor, k, Campaign{Preset: "city", LeaderPost: d.leaderPost, LeadUnit: d.housing})
		if err != nil || again.ID != x.ID {
			t.Errorf("the same form twice: %v %v", again.ID, err)
		}
		_, err = d.s.CreateCampaign(d.supervisor, d.key(), Campaign{Preset: "city", LeadUnit: d.housing})
		refused(t, err, errs.Invalid, "已经有编号字头为 CS")

		// A task force works on its own campaigns only.
		_, err = d.s.IssuePlan(d.force, x.ID, x.Version, Plan{DocNo: "区委办〔2017〕18号", IssuedOn: "2017-03-01"}, nil)
		refused(t, err, errs.Forbidden, "专班")
		me, _ := auth.From(d.force)
		x, err = d.s.SetTaskForce(d.supervisor, x.Version, TaskForce{CampaignID: x.ID, Members: []Member{{Role: Chief, PostID: d.leaderPost}, {Role: Liaison, PersonID: me.ID}, {Role: Ranker, UnitID: d.south}}})
		must(t, err)
		_, err = d.s.SetTaskForce(d.supervisor, x.Version, TaskForce{CampaignID: x.ID, Members: []Member{{Role: Liaison, PersonID: me.ID}}})
		refused(t, err, errs.Invalid, "1 个组长")
		file, err := evidence.Inspect("方案.txt", []byte("城市建设管理攻坚行动实施方案"))
		must(t, err)
		old := x.Version
		x, err = d.s.IssuePlan(d.force, x.ID, x.Version, Plan{DocNo: "区委办〔2017〕18号", IssuedOn: "2017-03-01"}, &file)
		must(t, err)
		if x.State != Planned || x.Plan.ExhibitID == 0 {
			t.Errorf("plan not issued: %+v", x)
		}
		_, err = d.s.ChangeCampaign(d.supervisor, Campaign{ID: x.ID, Version: old, Name: "别的", Code: "CS", Year: 2017, From: "2017-01", To: "2017-12", LeadUnit: d.housing})
		refused(t, err, errs.Conflict, "别人刚改过")
		for _, w := range []struct {
			who  context.Context
			want int
		}{{d.force, 1}, {d.leader, 1}, {d.clerk, 0}} {
			a, _ := auth.From(w.who)
			mine, err := d.s.CampaignsOf(w.who, a.ID)
			if err != nil || len(mine) != w.want {
				t.Errorf("campaigns of %d: %d, want %d (%v)", a.ID, len(mine), w.want, err)
			}
		}

		it := d.item(x, d.south, 320000000)
		if it.No != "CS-01" {
			t.Errorf("number %s", it.No)
		}
		books, err := d.s.IssueTaskBook(d.force, d.key(), x.ID)
		must(t, err)
		_, err = d.s.AcceptTaskBook(d.northClerk, d.key(), books[0].ID, books[0].Version)
		refused(t, err, errs.NotFound, "")
		b, err := d.s.AcceptTaskBook(d.head, d.key(), books[0].ID, books[0].Version)
		must(t, err)
		if b.State != Accepted || b.AcceptedPostID != d.southHead {
			t.Errorf("accepted: %+v", b)
		}
		if x, _, err = d.s.Get(d.clerk, x.ID); err != nil || x.State != Running {
			t.Errorf("state %s %v", x.State, err)
		}
		_, err = d.s.Archive(d.supervisor, x.ID, x.Version, "")
		refused(t, err, errs.Invalid, "还有 1 项没有销号")

		// An approved adjustment shows as 原定 and 现行.
		day := "2017-11-30"
		a, err := d.tasks.Propose(d.head, d.key(), task.Adjustment{TaskID: it.ID, Reason: "上级调整", Wanted: task.Wanted{Deadline: &day}})
		must(t, err)
		_, err = d.tasks.Decide(d.leader, d.key(), a.ID, a.Version, true, "区政办〔2017〕30号", "")
		must(t, err)
		v, err := d.s.TaskBookOf(d.head, x.ID, d.south)
		must(t, err)
		if len(v.Items) != 1 || v.Items[0].First.Deadline != "2017-12-31" || v.Items[0].Task.Deadline != day || v.Items[0].Adjustments != 1 {
			t.Errorf("task book: %+v", v.Items)
		}
		_, err = d.s.TaskBookOf(d.northClerk, x.ID, d.south)
		refused(t, err, errs.NotFound, "")
		x, err = d.s.Archive(d.supervisor, x.ID, x.Version, "1 项转入下年。")
		must(t, err)
		d.verify()
	})
}

func rows() []breakdown.Task {
	return []breakdown.Task{
		{Row: 2, No: "1", Text: "拆除“两违”3.2 万平方米", LeadUnits: []string{"城南镇"}, SupportUnits: []string{"区住建局", "各街道"}, Deadline: "2017-12-31", Goal: "3.2", Unit: "万平方米", Points: "5", Leader: "江平野", Quarters: &[4]string{"0.5", "1", "1", "0.7"}},
		{Row: 3, No: "2", Text: "新增停车泊位", LeadUnits: []string{"城南阵"}, Goal: "1200", Unit: "个"},
		{Row: 4, No: "3", Text: "农贸市场改造", LeadUnits: []string{"城北街道"}, Goal: "3", Unit: "个", DeadlineText: "持续推进"},
	}
}

func TestImportAndUndo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		src := Source{FileName: "任务书.xlsx", Tasks: rows()}
		p, err := d.s.PreviewImport(d.supervisor, x.ID, src)
		must(t, err)
		if p.New != 2 || p.Mend != 1 || len(p.Rows) != 3 {
			t.Fatalf("preview: %+v", p)
		}
		bad := p.Rows[1]
		if len(bad.Problems) != 1 || bad.Problems[0] != "没有“城南阵”。是不是“城南镇”？" || bad.Suggestions[0].UnitID != d.south {
			t.Errorf("row to mend: %+v", bad)
		}
		key := d.key()
		b, err := d.s.CommitImport(d.supervisor, key, p.BatchID, "")
		must(t, err)
		twice, err := d.s.CommitImport(d.supervisor, key, p.BatchID, "")
		must(t, err)
		if b.Added != 2 || len(b.Rejected) != 1 || twice.Added != 2 {
			t.Fatalf("batch: %+v", b)
		}
		o, err := d.s.CampaignOverview(d.supervisor, x.ID)
		must(t, err)
		if o.Total != 2 || o.Lines[0].Task.No != "CS-01" || o.Lines[0].Task.Leader != d.leaderPost || o.Lines[0].Task.Weight != 500 {
			t.Fatalf("overview: %+v", o)
		}
		det, err := d.s.ItemDetail(d.supervisor, o.Lines[0].Task.ID)
		must(t, err)
		if got := det.Sheet.Plan.Quarter("2017Q2"); got != 15000 { // 0.5 + 1, one by one
			t.Errorf("second quarter %d", got)
		}
		if got := det.Task.SupportUnits; len(got) != 2 || got[0] != d.housing || got[1] != d.north {
			t.Errorf("support %v", got)
		}

		// The same document again changes nothing; with the answer for the unknown name one row is new.
		src.Units = map[string]int64{"城南阵": d.south}
		p2, err := d.s.PreviewImport(d.supervisor, x.ID, src)
		must(t, err)
		if p2.New != 1 || p2.Unchanged != 2 {
			t.Errorf("second preview: %+v", p2)
		}
		// A changed target asks for an adjustment, another lead unit is refused.
		src.Tasks = rows()
		src.Tasks[0].Goal, src.Tasks[0].Quarters, src.Tasks[0].Points = "4", nil, "6"
		src.Tasks[2].LeadUnits = []string{"城南镇"}
		p3, err := d.s.PreviewImport(d.supervisor, x.ID, src)
		must(t, err)
		if p3.Changed != 1 || p3.Mend != 1 || p3.New != 1 {
			t.Fatalf("third preview: %+v", p3)
		}
		key3 := d.key()
		b3, err := d.s.CommitImport(d.supervisor, key3, p3.BatchID, "区政办〔2017〕9号")
		must(t, err)
		if again, err := d.s.CommitImport(d.supervisor, key3, p3.BatchID, "区政办〔2017〕9号"); err != nil || again.Proposed != 1 || again.Refused != 1 {
			t.Errorf("the same commit twice: %+v %v", again, err)
		}
		if b3.Proposed != 1 || b3.Added != 1 || b3.Refused != 1 {
			t.Fatalf("third batch: %+v", b3)
		}
		det, err = d.s.ItemDetail(d.supervisor, det.Task.ID)
		must(t, err)
		if det.Sheet.Plan.Target != 32000 || len(det.Adjustments) != 1 || *det.Adjustments[0].Wanted.Target != 40000 || det.Adjustments[0].DocNo != "区政办〔2017〕9号" {
			t.Errorf("sealed target was touched, or nothing proposed: %+v %+v", det.Sheet.Plan, det.Adjustments)
		}

		// The first batch has something on it, the third has not.
		_, err = d.s.UndoBatch(d.supervisor, d.key(), b.ID)
		refused(t, err, errs.Conflict, "调整申请")
		undone, err := d.s.UndoBatch(d.supervisor, d.key(), b3.ID)
		must(t, err)
		if undone.State != Undone {
			t.Errorf("state %s", undone.State)
		}
		if o, _ = d.s.CampaignOverview(d.supervisor, x.ID); o.Total != 2 {
			t.Errorf("%d items after undo", o.Total)
		}
		if list, err := d.s.Batches(d.supervisor, x.ID); err != nil || len(list) != 2 {
			t.Errorf("batches %d %v", len(list), err)
		}
		_, err = d.s.UndoBatch(d.supervisor, d.key(), b3.ID)
		refused(t, err, errs.Conflict, "已撤销")

		// An account on one row keeps the whole batch.
		p4, err := d.s.PreviewImport(d.supervisor, x.ID, Source{Tasks: []breakdown.Task{{No: "8", Text: "甲", LeadUnits: []string{"城南镇"}}, {No: "9", Text: "乙", LeadUnits: []string{"城南镇"}}}})
		must(t, err)
		b4, err := d.s.CommitImport(d.supervisor, d.key(), p4.BatchID, "")
		must(t, err)
		_, err = d.report(d.clerk, b4.Rows[0].TaskID, "2017-02", 100000)
		must(t, err)
		_, err = d.s.UndoBatch(d.supervisor, d.key(), b4.ID)
		refused(t, err, errs.Conflict, "已经开始填报")
		if o, _ = d.s.CampaignOverview(d.supervisor, x.ID); o.Total != 4 {
			t.Errorf("%d items after a refused undo", o.Total)
		}
	})
}

func TestPledge(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		it := d.item(x, d.south, 320000000)
		_, err := d.s.DraftPledge(d.supervisor, PledgeDrafting{UnitID: d.south, CampaignID: x.ID, Form: Responsibility})
		refused(t, err, errs.Invalid, "依据")
		_, err = d.s.DraftPledge(d.supervisor, PledgeDrafting{UnitID: d.north, CampaignID: x.ID})
		refused(t, err, errs.Invalid, "还没有")
		_, err = d.s.DraftPledge(d.northClerk, PledgeDrafting{UnitID: d.south})
		refused(t, err, errs.NotFound, "")
		p, err := d.s.DraftPledge(d.supervisor, PledgeDrafting{UnitID: d.south, CampaignID: x.ID})
		must(t, err)
		for _, want := range []string{"目标任务确认书\n", "乙方：城南镇", it.No + "　" + it.Title, "32,000 平方米", "时限：2017-12-31　分值：5", "2017年二季度 16,000 平方米", "合计 1 项"} {
			if !strings.Contains(p.Text, want) {
				t.Errorf("the text lacks %q:\n%s", want, p.Text)
			}
		}
		// A draft follows the items; only the signer's own version is signed.
		d.item(x, d.south, 1000000)
		_, err = d.s.SignPledge(d.head, d.key(), p.ID, p.Version, password)
		refused(t, err, errs.Conflict, "重拟")
		p, err = d.s.DraftPledge(d.head, PledgeDrafting{UnitID: d.south, CampaignID: x.ID})
		must(t, err)
		if p.Revision != 1 || p.Version != 2 {
			t.Errorf("a draft was not written anew: %+v", p)
		}
		_, err = d.s.SignPledge(d.head, d.key(), p.ID, p.Version, "错的")
		refused(t, err, errs.Invalid, "口令不对")
		_, err = d.s.SignPledge(d.housingBoss, d.key(), p.ID, p.Version, password)
		refused(t, err, errs.NotFound, "")

		n, err := d.s.ChasePledges(d.supervisor)
		must(t, err)
		m, err := d.s.ChasePledges(d.supervisor)
		must(t, err)
		if n != 1 || m != 0 {
			t.Errorf("chased %d then %d", n, m)
		}

		key := d.key()
		v, err := d.s.SignPledge(d.head, key, p.ID, p.Version, password)
		must(t, err)
		if v.Status != "待领导签" || v.State != PledgeHalf {
			t.Errorf("after one: %s %s", v.Status, v.State)
		}
		if again, err := d.s.SignPledge(d.head, key, p.ID, p.Version, password); err != nil || again.Status != v.Status {
			t.Errorf("signed twice: %v %v", again.Status, err)
		}
		_, err = d.s.SignPledge(d.head, d.key(), p.ID, v.Version, password)
		refused(t, err, errs.Conflict, "已经签过")
		v, err = d.s.SignPledge(d.leader, d.key(), p.ID, v.Version, password)
		must(t, err)
		if !v.Complete() || v.Text != p.Text {
			t.Errorf("after both: %s", v.Status)
		}
		must(t, db.View(t.Context(), func(tx *sqldb.Tx) error {
			entries, err := ledger.Entries(t.Context(), tx, d.region, ledger.Filter{Subject: subject(SignatureKind, 0)})
			if err != nil || len(entries) != 2 || !strings.Contains(string(entries[0].Row), p.SHA256()) {
				t.Errorf("the ledger does not hold the fingerprint: %v %v", entries, err)
			}
			return nil
		}))
		if n, err = d.s.ChasePledges(d.supervisor); err != nil || n != 0 {
			t.Errorf("chased what is signed: %d %v", n, err)
		}
		_, err = d.s.DraftPledge(d.supervisor, PledgeDrafting{UnitID: d.south, CampaignID: x.ID})
		refused(t, err, errs.Conflict, "不用重拟")

		// A new holder of the post signs the same text again.
		c.SetDay("2017-03-10")
		must(t, d.dir.Appoint(d.admin, d.southHead, d.newHeadID, "2017-03-10"))
		v, err = d.s.Pledge(d.supervisor, p.ID)
		must(t, err)
		if v.Status != "换人待补签" {
			t.Errorf("new holder: %s", v.Status)
		}
		if n, err = d.s.ChasePledges(d.supervisor); err != nil || n != 1 {
			t.Errorf("the new holder was not urged: %d %v", n, err)
		}
		newHead := auth.With(t.Context(), auth.Actor{ID: d.newHeadID, RegionID: d.region, UnitID: d.south, Units: []int64{d.south}, Roles: []auth.Role{auth.Head}})
		v, err = d.s.SignPledge(newHead, d.key(), p.ID, v.Version, password)
		must(t, err)
		if !v.Complete() {
			t.Errorf("after the new holder: %s", v.Status)
		}
		if all, err := d.s.Signatures(newHead, p.ID); err != nil || len(all) != 3 {
			t.Errorf("signatures: %d %v", len(all), err)
		}

		// A changed item asks for a next version.
		day := "2017-11-30"
		a, err := d.tasks.Propose(newHead, d.key(), task.Adjustment{TaskID: it.ID, Reason: "上级调整", Wanted: task.Wanted{Deadline: &day}})
		must(t, err)
		_, err = d.tasks.Decide(d.leader, d.key(), a.ID, a.Version, true, "区政办〔2017〕30号", "")
		must(t, err)
		if v, err = d.s.Pledge(newHead, p.ID); err != nil || v.Status != "需补签" || !v.Changed || v.MaySign != "" {
			t.Errorf("changed item: %+v %v", v.Status, err)
		}
		p2, err := d.s.DraftPledge(d.supervisor, PledgeDrafting{UnitID: d.south, CampaignID: x.ID})
		must(t, err)
		if p2.Revision != 2 || !strings.Contains(p2.Text, day) {
			t.Errorf("second version: %+v", p2)
		}
		list, err := d.s.Pledges(d.supervisor, PledgeFilter{CampaignID: x.ID})
		if err != nil || len(list) != 1 || list[0].ID != p2.ID || list[0].Status != "待双方签" {
			t.Errorf("list: %+v %v", list, err)
		}
		if other, err := d.s.Pledges(d.northClerk, PledgeFilter{CampaignID: x.ID}); err != nil || len(other) != 0 {
			t.Errorf("another unit sees %d pledges (%v)", len(other), err)
		}
		_, err = d.s.Pledge(d.northClerk, p.ID)
		refused(t, err, errs.NotFound, "")
		// For all campaigns, with a basis.
		r, err := d.s.DraftPledge(d.supervisor, PledgeDrafting{UnitID: d.south, Form: Responsibility, BasisDocNo: "宁委发〔2017〕3号", BasisLevel: Municipal})
		must(t, err)
		if !strings.HasPrefix(r.Text, "责任状\n") || !strings.Contains(r.Text, "宁委发〔2017〕3号（市级）") {
			t.Errorf("letter: %s", r.Text)
		}
		d.verify()
	})
}

func TestReport(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		it := d.item(x, d.south, 1200000) // 120, so 10 a month
		list, err := d.s.Todo(d.clerk)
		must(t, err)
		if len(list.Due) != 1 || list.Due[0].Month != "2017-02" || list.Due[0].DueOn != "2017-03-06" || list.Due[0].DaysLeft != 5 {
			t.Fatalf("to do: %+v", list)
		}
		_, err = d.report(d.northClerk, it.ID, "2017-02", 200000)
		refused(t, err, errs.NotFound, "")
		_, err = d.report(d.force, it.ID, "2017-02", 200000)
		refused(t, err, errs.Forbidden, "填报月度进展")
		_, err = d.s.SubmitReport(d.clerk, d.key(), ReportDraft{Draft: task.Draft{TaskID: it.ID, Month: "2017-02", Value: 100000}})
		refused(t, err, errs.Invalid, "还没有选卡点")
		_, err = d.report(d.clerk, it.ID, "2017-04", 200000)
		refused(t, err, errs.Invalid, "还没到")

		file, err := evidence.Inspect("清单.txt", []byte("拆除清单 20 平方米"))
		must(t, err)
		key := d.key()
		draft := ReportDraft{Draft: task.Draft{TaskID: it.ID, Month: "2017-02", Value: 150000, BlockerKind: "资金", Blocker: "缺 3 万元", NextStep: "3 月拆 5 处"}, Files: []evidence.File{file}}
		r, err := d.s.SubmitReport(d.clerk, key, draft)
		must(t, err)
		if r.Late || r.Value != 150000 || r.Record == 0 || len(r.Exhibits) != 1 || !r.MayWithdraw || r.Pace != 200000 || r.Measure != "平方米" {
			t.Errorf("receipt: %+v", r)
		}
		draft.Value = 180000
		again, err := d.s.SubmitReport(d.clerk, key, draft)
		if err != nil || again.Value != 150000 || !reflect.DeepEqual(again, r) { // the first was made of what was written, the second is read
			t.Errorf("the same form twice: %v\nfirst %+v\nthen  %+v", err, r, again)
		}
		_, err = d.report(d.clerk, it.ID, "2017-02", 160000)
		refused(t, err, errs.Conflict, "已经报过 15 平方米")
		_, err = d.s.Receipt(d.northClerk, r.ID)
		refused(t, err, errs.NotFound, "")
		if got, err := d.s.Receipt(d.supervisor, r.ID); err != nil || got.MayWithdraw {
			t.Errorf("supervisor's receipt: %v %v", got.MayWithdraw, err)
		}
		_, err = d.s.WithdrawReport(d.northClerk, d.key(), r.ID, r.Version)
		refused(t, err, errs.NotFound, "")
		_, err = d.s.WithdrawReport(d.clerk, d.key(), r.ID, r.Version)
		must(t, err)
		// The same file offered twice stands once and keeps no report away.
		draft.Value = 150000
		r, err = d.s.SubmitReport(d.clerk, d.key(), draft)
		must(t, err)
		if len(r.Exhibits) != 1 {
			t.Errorf("%d exhibits", len(r.Exhibits))
		}

		// March is reported late, and says so.
		must(t, d.s.SaveDraft(d.clerk, it.ID, "2017-03", `{"value":"30"}`))
		c.SetDay("2017-04-12")
		if list, err = d.s.Todo(d.clerk); err != nil || len(list.First) != 1 || list.First[0].Step != StepLate || list.First[0].DaysLeft != -7 {
			t.Errorf("late: %+v %v", list, err)
		}
		p, err := d.s.Prefill(d.clerk, it.ID, "")
		must(t, err)
		if p.Month != "2017-03" || p.Value.Text != "15" || p.Blocker.Text != "资金" || p.Blocker.Source != "沿用 2 月" || p.Words.Text != "缺 3 万元" || p.Next.Text != "3 月拆 5 处" || p.Count != 4 || p.Draft.Body != `{"value":"30"}` || p.Pace != 300000 {
			t.Errorf("prefill: %+v", p)
		}
		_, err = d.s.Prefill(d.northClerk, it.ID, "")
		refused(t, err, errs.NotFound, "")
		r, err = d.report(d.clerk, it.ID, "2017-03", 300000)
		must(t, err)
		if !r.Late {
			t.Error("a report after the due day is late")
		}
		if list, _ = d.s.Todo(d.clerk); len(list.First) != 0 || len(list.Due) != 0 || len(list.Waiting) != 1 {
			t.Errorf("after, and before April is asked for: %+v", list)
		}

		// Done, sent back, done again.
		must(t, d.s.CompleteItem(d.clerk, d.key(), it.ID, "已拆完"))
		if list, _ = d.s.Todo(d.clerk); len(list.Waiting) != 1 || list.Waiting[0].Step != StepDone {
			t.Errorf("completed: %+v", list.Waiting)
		}
		if detail, err := d.s.ItemDetail(d.supervisor, it.ID); err != nil || !detail.MayClose {
			t.Errorf("the supervisor may not close what is reported done: %v", err)
		}
		refused(t, d.s.CloseItem(d.clerk, d.key(), it.ID, "看过"), errs.Forbidden, "")
		refused(t, d.s.SendBackItem(d.supervisor, d.key(), it.ID, " "), errs.Invalid, "退回要写原因")
		must(t, d.s.SendBackItem(d.supervisor, d.key(), it.ID, "缺验收单"))
		if list, _ = d.s.Todo(d.clerk); len(list.First) != 1 || list.First[0].Step != StepSentBack || list.First[0].Reason != "缺验收单" {
			t.Errorf("sent back: %+v", list.First)
		}
		refused(t, d.s.CloseItem(d.supervisor, d.key(), it.ID, "看过"), errs.Conflict, "")
		must(t, d.s.CompleteItem(d.clerk, d.key(), it.ID, "验收单已补"))
		once := d.key()
		must(t, d.s.CloseItem(d.supervisor, once, it.ID, "现场查看，与验收单一致"))
		must(t, d.s.CloseItem(d.supervisor, once, it.ID, "现场查看，与验收单一致")) // the same form twice
		detail, err := d.s.ItemDetail(d.clerk, it.ID)
		if must(t, err); detail.Task.State != task.Closed || detail.Task.Standing.Light != task.Done || detail.MayReport {
			t.Errorf("struck off: %s %s, may report %v", detail.Task.State, detail.Task.Standing.Light, detail.MayReport)
		}
	})
}

func TestCertifiedValueIsNotAskedAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		it, err := d.s.AddItem(d.supervisor, d.key(), x.ID, ItemDraft{Title: "技改投资", Measure: "万元", Target: 1200000, LeadUnit: d.south, SourceUnit: d.housing})
		must(t, err)
		src := auth.With(t.Context(), auth.Actor{ID: 77, RegionID: d.region, UnitID: d.housing, Roles: []auth.Role{auth.Source}})
		_, err = indicator.New(db, d.book.Indicators()).Certify(src, it.IndicatorID, "2017-02", 210000, "统计月报 2017 年 2 月", "")
		must(t, err)
		p, err := d.s.Prefill(d.clerk, it.ID, "2017-02")
		must(t, err)
		if !p.Value.ReadOnly || p.Value.Text != "21" {
			t.Errorf("prefill: %+v", p.Value)
		}
		_, err = d.report(d.clerk, it.ID, "2017-02", 220000)
		refused(t, err, errs.Invalid, "认定为 21 万元")
		_, err = d.report(d.clerk, it.ID, "2017-02", 210000)
		must(t, err)
	})
}

func TestWhoSees(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		it, err := d.s.AddItem(d.supervisor, d.key(), x.ID, ItemDraft{Title: "雨污分流", Measure: "公里", Target: 1200000, LeadUnit: d.south, SupportUnits: []int64{d.housing}})
		must(t, err)
		file, err := evidence.Inspect("清单.txt", []byte("清单"))
		must(t, err)
		_, err = d.s.SubmitReport(d.clerk, d.key(), ReportDraft{Draft: task.Draft{TaskID: it.ID, Month: "2017-02", Value: 50000, BlockerKind: "资金"}, Files: []evidence.File{file}})
		must(t, err)
		det, err := d.s.ItemDetail(d.clerk, it.ID)
		must(t, err)
		exhibit := det.Exhibits[0].ID
		files := d.s.files
		look := func(name string, who context.Context, detail, helper, line bool, open bool) {
			t.Helper()
			got, err := d.s.ItemDetail(who, it.ID)
			if (err == nil) != detail || err != nil && errs.KindOf(err) != errs.NotFound || detail && got.Helper != helper {
				t.Errorf("%s: detail %v helper %v", name, err, got.Helper)
			}
			if helper && (len(got.Accounts)+len(got.Values)+len(got.Exhibits) != 0 || got.Task.Standing.Done != nil) {
				t.Errorf("%s: who only helps sees accounts", name)
			}
			o, err := d.s.CampaignOverview(who, x.ID)
			if err != nil || len(o.Lines) != 1 || o.Lines[0].Hidden == line || !line && (o.Lines[0].Task.Standing.Done != nil || o.Lines[0].Task.Standing.Blocker != "") {
				t.Errorf("%s: overview %+v %v", name, o.Lines, err)
			}
			if _, _, err := files.Open(who, exhibit); (err == nil) != open {
				t.Errorf("%s: exhibit %v", name, err)
			}
		}
		look("own clerk", d.clerk, true, false, true, true)
		look("supervisor", d.supervisor, true, false, true, true)
		look("leader", d.leader, true, false, true, true)
		look("another unit", d.northClerk, false, false, false, false)
		look("supporting unit", d.housingBoss, true, true, false, false)
		look("task force of another campaign", d.force, true, true, false, false) // he is of the supporting unit
		me, _ := auth.From(d.force)
		x, _, _ = d.s.Get(d.supervisor, x.ID)
		_, err = d.s.SetTaskForce(d.supervisor, x.Version, TaskForce{CampaignID: x.ID, Members: []Member{{Role: Chief, PersonID: me.ID}}})
		must(t, err)
		look("own task force", d.force, true, false, true, true)
		stranger := auth.With(t.Context(), auth.Actor{ID: me.ID, RegionID: d.region + 1, UnitID: d.south, Units: []int64{d.south}, Roles: auth.Everyone})
		if _, err := d.s.ItemDetail(stranger, it.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another region: %v", err)
		}
		if _, err := d.s.CampaignOverview(stranger, x.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another region: %v", err)
		}
		if l, err := d.s.List(stranger); err != nil || len(l) != 0 {
			t.Errorf("another region lists %d campaigns %v", len(l), err)
		}
		// The light of a closed month is for everybody.
		c.SetDay("2017-03-08")
		sup, _ := auth.From(d.supervisor)
		must(t, db.Update(t.Context(), func(tx *sqldb.Tx) error { _, err := d.book.CloseMonth(t.Context(), tx, sup, "2017-02"); return err }))
		o, err := d.s.CampaignOverview(d.northClerk, x.ID)
		must(t, err)
		if s := o.Lines[0].Task.Standing; s.Light != task.Red || s.AsOf != "2017-02" || s.Done != nil {
			t.Errorf("closed month: %+v", s)
		}
		if len(o.History) != 1 || o.History[0].Done != 417 || o.History[0].Pace != 1667 || o.History[0].Lead() != -1250 {
			t.Errorf("history: %+v", o.History)
		}
	})
}

func TestProgress(t *testing.T) {
	v := func(n amount.Scaled) *amount.Scaled { return &n }
	for _, x := range []struct {
		name string
		list []share
		want Progress
	}{
		{"nothing", nil, Progress{}},
		{"no weights: each counts the same", []share{{value: v(100), pace: 50, total: 100}, {pace: 50, total: 100}}, Progress{Done: 5000, Pace: 5000}},
		{"a surplus covers nothing", []share{{weight: 1, value: v(300), pace: 50, total: 100}, {weight: 1, value: v(0), pace: 50, total: 100}}, Progress{Done: 5000, Pace: 5000}},
		{"weights", []share{{weight: 300, value: v(50), pace: 50, total: 100}, {weight: 100, value: v(100), pace: 50, total: 100}}, Progress{Done: 6250, Pace: 5000}},
		{"less is better", []share{{weight: 1, value: v(60), pace: 50, total: 100, direction: indicator.Down}}, Progress{Done: 4000, Pace: 5000}},
		{"half up", []share{{weight: 1, value: v(1), pace: 2, total: 3}}, Progress{Done: 3333, Pace: 6667}},
	} {
		if got := progress(x.list); got != x.want {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
}

func TestPresetCurve(t *testing.T) {
	if len(Presets) != 6 || PresetOf(VillageIncome) == nil {
		t.Fatal("S7 has six campaigns")
	}
	p := PresetOf("shanty").Indicators[0]
	curve := p.Curve("2017-01", "2017-12", 1000000)
	plan := indicator.Plan{From: "2017-01", To: "2017-12", Target: 1000000, Curve: curve}
	must(t, plan.Check())
	for m, want := range map[period.Month]amount.Scaled{"2017-06": 500000, "2017-07": 650000, "2017-08": 800000, "2017-10": 1000000, "2017-12": 1000000} {
		if got := plan.Pace(m); got != want {
			t.Errorf("%s: %d, want %d", m, got, want)
		}
	}
	if p.Curve("2017-01", "2017-08", 1000000) != nil {
		t.Error("a plan that ends before the last node has no such curve")
	}
}

func TestQuarters(t *testing.T) {
	c := Campaign{Code: "CS", From: "2017-03", To: "2017-12"}
	curve, to, err := c.quarters([4]amount.Scaled{3, 6, 9, 12}, 12, "2017-12")
	if err != nil || to != "2017-12" || len(curve) != 10 || curve[0] != 3 || curve[9] != 12 {
		t.Errorf("cumulative: %v %s %v", curve, to, err)
	}
	if curve, to, err = c.quarters([4]amount.Scaled{3, 3, 6, 0}, 12, "2017-09"); err != nil || to != "2017-09" || curve[6] != 12 {
		t.Errorf("one by one: %v %s %v", curve, to, err)
	}
	if _, _, err = c.quarters([4]amount.Scaled{1, 2, 3, 4}, 12, "2017-12"); err == nil {
		t.Error("neither cumulative nor adding up")
	}
	for in, want := range map[string]string{"7": "CS-07", "CS-7": "CS-07", "CS-107": "CS-107", "（三）": "CS-（三）"} {
		if got := c.Number(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// TestReportRace: 24 reports of one month at once; one stands, nobody is told a lie.
func TestReportRace(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		same := d.item(x, d.south, 1200000)
		var each []task.Task
		for range 24 {
			each = append(each, d.item(x, d.south, 1200000))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 24 {
			for _, it := range []task.Task{same, each[i]} {
				wg.Add(1)
				key := d.key()
				go func() {
					defer wg.Done()
					_, err := d.s.SubmitReport(d.clerk, key, ReportDraft{Draft: task.Draft{TaskID: it.ID, Month: "2017-02", Value: 200000}})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil && it.ID == same.ID:
						won++
					case err != nil && (it.ID != same.ID || errs.KindOf(err) != errs.Conflict):
						t.Errorf("report %d: %v", i, err)
					}
				}()
			}
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d of 24 reports of one month were taken", won)
		}
		must(t, db.View(t.Context(), func(tx *sqldb.Tx) error {
			live, err := task.AccountsIn(t.Context(), tx, d.region, "2017-02")
			if len(live) != 25 {
				err = errors.Join(err, fmt.Errorf("%d accounts", len(live)))
			}
			return err
		}))
	})
}

func TestStatementsAreCounted(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		var it task.Task
		for range 12 {
			it = d.item(x, d.south, 1200000)
		}
		_, err := d.report(d.clerk, it.ID, "2017-02", 200000)
		must(t, err)
		for _, p := range []struct {
			name string
			max  int64
			run  func(ctx context.Context) error
		}{
			{"list", 6, func(ctx context.Context) error { _, err := d.s.CampaignOverview(ctx, x.ID); return err }},
			{"campaigns", 4, func(ctx context.Context) error { _, err := d.s.Campaigns(ctx); return err }},
			{"detail", 14, func(ctx context.Context) error { _, err := d.s.ItemDetail(ctx, it.ID); return err }},
			{"pledges", 7, func(ctx context.Context) error {
				_, err := d.s.Pledges(ctx, PledgeFilter{CampaignID: x.ID})
				return err
			}},
			{"task book", 8, func(ctx context.Context) error { _, err := d.s.TaskBookOf(ctx, x.ID, d.south); return err }},
			{"to do", 11, func(ctx context.Context) error { _, err := d.s.Todo(ctx); return err }},
			{"prefill", 16, func(ctx context.Context) error { _, err := d.s.Prefill(ctx, it.ID, ""); return err }},
		} {
			must(t, p.run(d.clerk)) // loads the directory once
			ctx, n := sqldb.WithCounter(d.clerk)
			must(t, p.run(ctx))
			if n.N() > p.max {
				t.Errorf("%s: %d statements, at most %d: %v", p.name, n.N(), p.max, n.Names())
			}
		}
	})
}

// A percent item with milestones and no other plan follows their weights; what is counted, or has quarters, keeps its own pace.
func TestMilestonesMakeThePlan(t *testing.T) {
	c := Campaign{Code: "JT", From: "2017-01", To: "2017-12"}
	d := ItemDraft{Title: "跨江大桥", LeadUnit: 7, Deadline: "2017-10-31", Milestones: []task.Milestone{{Title: "桥梁下部", DueOn: "2017-04-30", Weight: 4000}, {Title: "通车", DueOn: "2017-10-20", Weight: 6000}}}
	dir := &org.Directory{}
	pace := func(d ItemDraft) (out [2]amount.Scaled) {
		t.Helper()
		o, err := c.opening(d, dir)
		must(t, err)
		return [2]amount.Scaled{o.Plan.Pace("2017-03"), o.Plan.Pace("2017-04")}
	}
	if got := pace(d); got != [2]amount.Scaled{0, 40_0000} {
		t.Errorf("percent: %v", got)
	}
	d.Measure, d.Target = "公里", 10_0000
	if got := pace(d); got != [2]amount.Scaled{3_0000, 4_0000} {
		t.Errorf("what is counted: %v", got)
	}
	d.Measure, d.Target, d.Quarters = "%", 100_0000, &[4]amount.Scaled{30_0000, 60_0000, 90_0000, 100_0000}
	if got := pace(d); got[0] != 30_0000 {
		t.Errorf("with quarters: %v", got)
	}
}

// TestPromises: a batch that came after the signature can be undone, since the signed text does not speak of it.
func TestPromises(t *testing.T) {
	p := Pledge{Text: "确认书\n一、目标任务\n产业提升攻坚行动\nCY-01　新能源三期\n　　目标：完成投资　10 万元\nCY-12　茶叶加工\n合计 2 项\n二、约定\nCY-02　另说\n"}
	for no, want := range map[string]bool{"CY-01": true, "CY-12": true, "CY-1": false, "CY-02": false, "ZS-01": false} {
		if p.promises(no) != want {
			t.Errorf("%s: %v", no, !want)
		}
	}
}

// TestMilestonesFillTheReport: the form of a percent item opens with what its milestones come to, on whose word it says; it never opens with less than was
// reported, and a value that supervision or the data source has set goes before it.
//
// Source: domain 16.3 (报一次).
func TestMilestonesFillTheReport(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		d := setUp(t, db, c)
		x := d.campaign()
		steps := []task.Milestone{{Title: "立项", DueOn: "2017-03-31", Weight: 3000}, {Title: "开工", DueOn: "2017-06-30", Weight: 2500}, {Title: "竣工", DueOn: "2017-11-30", Weight: 4500}}
		it, err := d.s.AddItem(d.supervisor, d.key(), x.ID, ItemDraft{Title: "安置房建设", LeadUnit: d.south, Deadline: "2017-12-31", Milestones: steps})
		must(t, err)
		see := func(m period.Month, text, source string) {
			t.Helper()
			p, err := d.s.Prefill(d.clerk, it.ID, m)
			must(t, err)
			if p.Value.Text != text || p.Value.Source != source || p.Value.ReadOnly {
				t.Errorf("%s: %+v, want %s %s", m, p.Value, text, source)
			}
		}
		c.SetDay("2017-04-03")
		see("2017-03", "", "") // nothing reached, nothing reported
		must(t, d.tasks.ClaimMilestone(d.clerk, d.key(), it.ID, 1, "2017-03-28", ""))
		see("2017-03", "30", "按节点推算 30%：已申报待核验 1 个占 30%，请核对")
		see("2017-02", "", "") // it was not reached by then
		must(t, d.tasks.CheckMilestone(d.supervisor, d.key(), it.ID, 1, true, "2017-03-29", ""))
		see("2017-03", "30", "按节点推算 30%：已核验 1 个占 30%，请核对")

		// The unit may say more: the work goes on between two milestones. Next month opens with what it said, and tells the milestones beside it.
		_, err = d.report(d.clerk, it.ID, "2017-03", 42_0000)
		must(t, err)
		c.SetDay("2017-05-03")
		see("2017-04", "42", "3 月报了 42%，请改成本月累计；按节点推算 30%：已核验 1 个占 30%")
		must(t, d.tasks.ClaimMilestone(d.clerk, d.key(), it.ID, 2, "2017-04-20", ""))
		see("2017-04", "55", "按节点推算 55%：已核验 1 个占 30%，已申报待核验 1 个占 25%，请核对")
		must(t, d.tasks.CheckMilestone(d.supervisor, d.key(), it.ID, 2, false, "", "还没有进场"))
		see("2017-04", "42", "3 月报了 42%，请改成本月累计；按节点推算 30%：已核验 1 个占 30%")

		// What is counted in another measure does not follow its milestones.
		land, err := d.s.AddItem(d.supervisor, d.key(), x.ID, ItemDraft{Title: "征地", Measure: "亩", Target: 100_0000, LeadUnit: d.south, Deadline: "2017-12-31", Milestones: steps})
		must(t, err)
		must(t, d.tasks.ClaimMilestone(d.clerk, d.key(), land.ID, 1, "2017-03-28", ""))
		p, err := d.s.Prefill(d.clerk, land.ID, "2017-04")
		must(t, err)
		if p.Steps != nil || p.Value.Text != "" {
			t.Errorf("%+v", p.Value)
		}
	})
}

// Package house puts the program together: it opens the database, makes every service once and tells
// the ledger, the outbox and the jobs about them. The server, the command line, the demonstration and the
// scenario plays all live in the same house, so that what a test proves is what runs.
//
// Source: S1 to S12; architecture §4.
package house

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"duban/internal/area/appraisal"
	"duban/internal/area/campaign"
	"duban/internal/area/conduct"
	"duban/internal/area/supervision"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/calendar"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
	"duban/internal/spine/template"
	"duban/internal/view/cockpit"
	"duban/migrations"
)

// Options is what a house is opened with.
type Options struct {
	DSN    string       // sqlite:FILE or postgres://…
	Clock  period.Clock // the district's time; nil: the machine's
	Real   period.Clock // the time of sessions and passwords; nil: the machine's
	Node   int64        // 0..255, the number that the process would like in its ids; it takes another if a living process holds it
	Log    *slog.Logger
	Params account.Params // zero: the default cost of passwords
}

// House is the program, put together.
type House struct {
	Options
	DB  *sqldb.DB
	IDs *id.Source

	Org        *org.Service
	Audit      *audit.Log
	Account    *account.Service
	Calendar   *calendar.Service
	Outbox     *outbox.Outbox
	Ledger     *ledger.Service
	Evidence   *evidence.Service
	Templates  *template.Service
	Notices    *notice.Service
	NoticeBook *notice.Book
	Indicators *indicator.Book
	Indicator  *indicator.Service
	Tasks      *task.Book
	Task       *task.Service

	Campaigns   *campaign.Service
	Supervision *supervision.Service
	Appraisal   *appraisal.Service
	Cockpit     *cockpit.Service
	Burden      *burden.Service
	Conduct     *conduct.Service

	mu     sync.Mutex
	held   int64  // the node number in the ids of this process
	holder string // under which it stands in the database
}

// Open opens the database, brings its schema up to date and makes the services.
func Open(ctx context.Context, o Options) (*House, error) {
	if o.Clock == nil {
		o.Clock = period.System{}
	}
	if o.Real == nil {
		o.Real = period.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if path, ok := strings.CutPrefix(o.DSN, "sqlite:"); ok { // passwords' hashes and the signing key stand in it: nobody else on the machine reads it
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("打不开数据库文件 %s：%w。请核对路径和权限", path, err)
		}
		f.Close()
	}
	db, err := sqldb.Open(ctx, o.DSN, o.Clock)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, migrations.FS); err != nil {
		db.Close()
		return nil, err
	}
	h, err := Build(ctx, db, o)
	if err != nil {
		db.Close()
	}
	return h, err
}

// OpenReadOnly opens the house to look at it: nothing is made, brought up to date or entered, and no service can write. It refuses a database that
// is not there or not of this program's version.
func OpenReadOnly(ctx context.Context, o Options) (*House, error) {
	if o.Clock == nil {
		o.Clock = period.System{}
	}
	db, err := sqldb.OpenReadOnly(ctx, o.DSN, o.Clock)
	if err != nil {
		return nil, err
	}
	if err := db.Fits(ctx, migrations.FS); err != nil {
		db.Close()
		return nil, err
	}
	h, err := Build(ctx, db, o)
	if err != nil {
		db.Close()
	}
	return h, err
}

// Build makes the services on an open and migrated database. If that is read-only it enters nothing: the ids that such a house makes go nowhere.
func Build(ctx context.Context, db *sqldb.DB, o Options) (*House, error) {
	h := &House{Options: o, DB: db}
	if h.Real == nil {
		h.Real = period.System{}
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	if !db.ReadOnly() {
		if err := h.claim(ctx); err != nil {
			return nil, err
		}
	}
	h.IDs = id.New(o.Clock, h.held)
	ids := h.IDs.Next
	h.Org = org.New(db, ids, h.seal)
	h.Audit = audit.New(db, h.IDs)
	h.Account = account.New(db, h.IDs, h.Audit, organisation{h}, account.Options{Clock: o.Real, Params: o.Params, Seal: sealRoles})
	h.Calendar = calendar.New(db)
	if !db.ReadOnly() {
		if err := h.Calendar.Seed(ctx); err != nil {
			return nil, err
		}
	}
	h.Outbox = outbox.New(db, ids)
	h.Outbox.Log = o.Log
	h.Ledger = ledger.New(db)
	h.Evidence = evidence.New(db, ids)
	h.Templates = template.New(db, ids, papers())
	h.NoticeBook = notice.NewBook(ids)
	h.Notices = notice.New(db)
	h.Indicators = indicator.NewBook(ids)
	h.Indicator = indicator.New(db, h.Indicators)
	h.Tasks = task.NewBook(ids, h.Indicators, h.Calendar, h.Outbox)
	h.Task = task.New(db, h.Tasks)
	h.Indicator.Naming(h.ownersOf)
	h.Indicator.Following(h.certified)

	ledger.RegisterSubject("indicator.reading", indicator.EachReading, ledger.Labels{"": "指标读数", "indicator": "指标", "period": "月份", "kind": "数据性质", "value_x10000": "数值", "void": "作废", "note": "说明", "source": "出处"})
	ledger.RegisterSubject("indicator.plan", indicator.EachPlan, ledger.Labels{"": "目标", "target_x10000": "年度目标", "curve_x10000": "月度曲线"})
	ledger.RegisterSubject("org.unit", org.EachUnit, ledger.Labels{"": "单位", "name": "名称", "kind": "类别", "parent": "上级单位"})
	ledger.RegisterSubject("org.post", eachDuty, ledger.Labels{"": "职务", "unit": "单位", "title": "名称", "tier": "责任层级", "leader": "区领导", "holders": "任职的人"})
	ledger.RegisterTakenIn("org.roster", eachRoster, ledger.Labels{"": "在册人员", "people": "在册的人", "person": "人员（化名）", "name": "姓名（化名）"})
	ledger.RegisterTakenIn(account.RoleKind, eachRole, ledger.Labels{"": "角色", "role": "角色", "holders": "任这个角色的人"})
	ledger.RegisterSubject("indicator.indicator", indicator.EachIndicator, ledger.Labels{"": "指标", "name": "名称", "direction": "方向", "measure": "计量单位", "source_unit": "数据来源"})
	ledger.RegisterSubject("task.task", task.EachTask, ledger.Labels{"": "任务", "title": "任务内容", "deadline": "时限", "weight_x100": "分值", "state": "状态", "lead_unit": "牵头单位", "revision": "基准版次"})
	ledger.RegisterSubject("task.policy", task.EachPolicy, ledger.Labels{"": "亮灯规则", "policy": "规则", "doc_no": "文号", "from_month": "起始月"})
	ledger.RegisterSubject("task.baseline", task.EachBaseline, ledger.Labels{"": "任务基准", "title": "任务内容", "deadline": "时限", "weight_x100": "分值", "lead_unit": "牵头单位", "milestones": "节点"})
	ledger.RegisterSubject(task.MilestoneKind, task.EachMilestones, ledger.Labels{"": "节点", "milestones": "节点", "no": "第几个", "title": "节点名称", "note": "说明"})
	ledger.RegisterSubject("task.account", task.EachAccount, ledger.Labels{"": "月度进展", "value_x10000": "自报完成数", "before_x10000": "上月完成数", "progress": "进展情况", "blocker": "卡点", "help": "请求帮助", "late": "迟报", "state": "状态"})
	ledger.RegisterSubject("task.light", task.EachLight, ledger.Labels{"": "月度亮灯", "light": "灯色", "rule": "规则", "numbers": "数值"})
	ledger.RegisterSubject("task.adjustment", task.EachAdjustment, ledger.Labels{"": "调整申请", "reason": "原因", "doc_no": "文号", "wanted": "调整内容"})
	ledger.RegisterSubject("appraisal.scheme", appraisal.EachScheme, ledger.Labels{"": "考核办法"})
	ledger.RegisterSubject("appraisal.round", appraisal.EachRound, ledger.Labels{"": "评比"})
	ledger.RegisterSubject("appraisal.board", appraisal.EachBoard, ledger.Labels{"": "排名表", "lines": "得分", "data_hash": "数据指纹", "result_hash": "得分单指纹"})
	ledger.RegisterSubject("appraisal.objection", appraisal.EachObjection, ledger.Labels{"": "异议"})
	ledger.RegisterSubject("appraisal.release", appraisal.EachRelease, ledger.Labels{"": "发布口径变更"})
	ledger.RegisterSubject("appraisal.spot", appraisal.EachSpot, ledger.Labels{"": "抽查项", "answer": "核对结果", "found": "核对的数", "evidence": "看了什么"})
	ledger.RegisterSubject("appraisal.flag", appraisal.EachFlag, ledger.Labels{"": "红旗黄旗", "cause": "原因", "measures": "措施"})
	ledger.RegisterSubject(template.VersionKind, template.EachVersion, ledger.Labels{"": "公文模板", "paper": "公文", "revision": "版次", "file_name": "文件名", "sha256": "文件指纹", "note": "改了什么"})
	ledger.RegisterSubject(template.TurnKind, template.EachTurn, ledger.Labels{"": "启用的模板", "paper": "公文", "turn": "第几次", "revision": "版次", "reason": "原因", "made_at": "启用的时刻"})
	ledger.RegisterSubject("appraisal.event", appraisal.EachEvent, ledger.Labels{"": "加扣分事项"})

	ledger.RegisterPayload(appraisal.BundleKind, appraisal.CheckBundle)

	h.Campaigns = campaign.New(db, ids, h.Org, h.Tasks, h.Evidence, h.Outbox)
	h.Campaigns.AskPassword(h.Account.Reauth)
	h.Supervision = supervision.New(db, ids, supervision.Spine{Org: h.Org, Tasks: h.Tasks, Calendar: h.Calendar, Evidence: h.Evidence, Outbox: h.Outbox})
	h.Supervision.Naming(h.nameOf)
	h.Supervision.Anchoring(h.Anchor)
	h.Appraisal = appraisal.New(db, ids, h.Org, h.Calendar, h.Outbox, h.NoticeBook)
	h.Cockpit = cockpit.New(db, h.Outbox)
	h.Burden = burden.New(db, ids, h.Org, h.Calendar, h.NoticeBook, h.Outbox)
	h.Burden.CountingChecks(supervision.ChecksReceived)
	h.Conduct = conduct.New(db, ids, h.Org, h.Calendar, h.NoticeBook, h.Outbox)
	h.listen()
	h.listenSupervision()
	h.schedule()
	if !db.ReadOnly() {
		if err := h.takeIn(ctx); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Close gives the node number back and closes the database.
func (h *House) Close() error {
	if !h.DB.ReadOnly() {
		h.release()
	}
	return h.DB.Close()
}

// seal records a change of the organisation. Units and posts stand in the ledger; who came, moved and left, and may see another unit's business from
// then on, is the audit log's: the ledger names nobody.
func (h *House) seal(ctx context.Context, tx *sqldb.Tx, who auth.Actor, kind string, id int64, verb string, body any) error {
	switch kind {
	case "org.person":
		return h.Audit.Append(ctx, tx, audit.Entry{RegionID: who.RegionID, PersonID: who.ID, Act: audit.ActAccount, Object: fmt.Sprintf("person:%d", id), Detail: fmt.Sprint(body)})
	case "org.unit": // its kind decides the group it is ranked in: the row itself is sealed
		body = ledger.Row(body)
	}
	if r, ok := body.(org.Roster); ok {
		if body = ledger.Row(roster(r)); len(r.People) == 0 {
			body = ledger.NoRow()
		}
	}
	if d, ok := body.(org.Duty); ok { // responsibility follows the post: who holds it and held it is sealed with it
		body = ledger.Row(duty(d))
	}
	return ledger.Append(ctx, tx, who, ref.Ref{Kind: kind, ID: id}, verb, body)
}

// ChangeKey changes the signing key of all ledgers (换签名钥), and enters it in every region's audit log.
func (h *House) ChangeKey(ctx context.Context, ch ledger.KeyChange) (done ledger.Handover, err error) {
	err = h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		var regions []int64
		if done, regions, err = h.Ledger.ChangeKeyIn(ctx, tx, ch); err != nil {
			return err
		}
		for _, r := range regions {
			if err := h.Audit.Append(ctx, tx, audit.Entry{RegionID: r, Act: audit.ActRule, Object: fmt.Sprintf("key:%d", done.No), Detail: done.String()}); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// ForgetNames destroys the secret of a region's pseudonyms (销毁化名密钥), and enters it in its audit log.
func (h *House) ForgetNames(ctx context.Context, regionID int64, reason string) error {
	return h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		if err := ledger.ForgetNamesIn(ctx, tx, regionID, reason); err != nil {
			return err
		}
		return h.Audit.Append(ctx, tx, audit.Entry{RegionID: regionID, Act: audit.ActRule, Object: fmt.Sprintf("names:%d", regionID), Detail: "销毁化名密钥：" + reason})
	})
}

// duty is the sealed form of a post and of those who held it.
func duty(d org.Duty) any {
	type holder struct {
		ID      int64         `json:"id,string"`
		Person  ledger.Person `json:"person"`
		FromOn  string        `json:"from_on"`
		UntilOn string        `json:"until_on"`
	}
	holders := []holder{}
	for _, h := range d.Holdings {
		holders = append(holders, holder{h.ID, ledger.Person(h.PersonID), h.FromOn, h.UntilOn})
	}
	return struct {
		Unit    int64    `json:"unit,string"`
		Title   string   `json:"title"`
		Tier    org.Tier `json:"tier"`
		Leader  bool     `json:"leader"`
		SortNo  int64    `json:"sort_no"`
		Holders []holder `json:"holders"`
	}{d.Post.UnitID, d.Post.Title, d.Post.Tier, d.Post.Leader, d.Post.SortNo, holders}
}

func eachDuty(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return org.EachDuty(ctx, tx, regionID, func(d org.Duty) error { return yield(d.Post.ID, duty(d)) })
}

// roster is the sealed form of the people of a unit.
func roster(r org.Roster) any {
	type seat struct {
		Person ledger.Person `json:"person"`
		Name   ledger.Person `json:"name"`
		LeftOn string        `json:"left_on"`
	}
	people := []seat{}
	for _, p := range r.People {
		people = append(people, seat{ledger.Person(p.ID), ledger.Name(p.Name), p.LeftOn})
	}
	return struct {
		People []seat `json:"people"`
	}{people}
}

func eachRoster(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return org.EachRoster(ctx, tx, regionID, func(r org.Roster) error { return yield(r.UnitID, roster(r)) })
}

// sealRoles seals who has the roles, as the act leaves them.
func sealRoles(ctx context.Context, tx *sqldb.Tx, who auth.Actor, verb string, roles ...auth.Role) error {
	if err := ledger.Hold(ctx, tx, who.RegionID); err != nil {
		return err
	}
	now := map[int64]any{}
	if err := eachRole(ctx, tx, who.RegionID, func(id int64, row any) error { now[id] = row; return nil }); err != nil {
		return err
	}
	var acts []ledger.Act
	for _, r := range roles {
		no, body := account.RoleNo[r], ledger.NoRow()
		if row := now[no]; row != nil {
			body = ledger.Row(row)
		}
		acts = append(acts, ledger.Act{Subject: ref.Ref{Kind: account.RoleKind, ID: no}, Verb: verb, Body: body})
	}
	return ledger.AppendAll(ctx, tx, who, acts)
}

// eachRole yields the sealed form of everybody who has a role.
func eachRole(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	type holder struct {
		Person   ledger.Person `json:"person"`
		Disabled bool          `json:"disabled"`
	}
	return account.EachRole(ctx, tx, regionID, func(x account.Holders) error {
		holders := []holder{}
		for _, h := range x.People {
			holders = append(holders, holder{ledger.Person(h.PersonID), h.Disabled})
		}
		return yield(account.RoleNo[x.Role], struct {
			Role    auth.Role `json:"role"`
			Holders []holder  `json:"holders"`
		}{x.Role, holders})
	})
}

// takeIn seals what programs before this one entered without a seal: who sits where, and who has which role. Once, for each region.
func (h *House) takeIn(ctx context.Context) error {
	return h.eachRegion(ctx, func(tx *sqldb.Tx, region int64) error {
		for _, x := range []struct { // in one order, so that both engines enter the same
			kind string
			seal func(context.Context, *sqldb.Tx, int64) error
		}{{"org.roster", h.Org.TakeIn}, {account.RoleKind, h.Account.TakeIn}} {
			list, err := ledger.Entries(ctx, tx, region, ledger.Filter{Subject: ref.Ref{Kind: x.kind}, Limit: 1})
			if err == nil && len(list) == 0 {
				err = x.seal(ctx, tx, region)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// organisation is what accounts ask of the organisation.
type organisation struct{ h *House }

func (o organisation) Person(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) (string, int64, []int64, error) {
	d, err := o.h.Org.Directory(ctx, tx, regionID)
	if err != nil {
		return "", 0, nil, err
	}
	p := d.Person(personID)
	if p == nil || p.LeftOn != "" && p.LeftOn <= period.Day(tx.Now()) {
		return "", 0, nil, errs.New(errs.NotFound, "没有这个人，或者已经调离")
	}
	return p.Name, p.UnitID, d.Below(p.UnitID), nil
}

func (o organisation) Words(ctx context.Context, tx *sqldb.Tx, regionID int64) ([]string, error) {
	d, err := o.h.Org.Directory(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	words := []string{d.Region.Name, d.Region.ShortName}
	for _, u := range d.Units {
		words = append(words, u.Name, u.ShortName)
	}
	return words, nil
}

func (o organisation) Found(ctx context.Context, tx *sqldb.Tx, region, unit string, people []string) (int64, []int64, error) {
	return o.h.Org.Found(ctx, tx, region, unit, people)
}

// Ping reports whether the database answers.
func (h *House) Ping(ctx context.Context) error {
	_, err := h.Org.Regions(ctx)
	return err
}

// Bundle returns the proof bundle of a unit's published score, for its page.
func (h *House) Bundle(ctx context.Context, roundID, unitID int64) (string, []byte, error) {
	return h.Appraisal.Proof(ctx, h.Ledger, roundID, unitID)
}

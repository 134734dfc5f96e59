package campaign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// Permissions of this package. A task force (专班) holds the managing ones for its own campaigns only.
var (
	MayRead     = auth.Permit("campaign.campaign.read", "查看攻坚行动", auth.Everyone...)
	MayOpen     = auth.Permit("campaign.campaign.open", "设立攻坚行动", auth.Supervisor)
	MayChange   = auth.Permit("campaign.campaign.change", "维护攻坚行动", auth.Supervisor, auth.TaskForce)
	MayImport   = auth.Permit("campaign.item.import", "录入和导入任务书", auth.Supervisor, auth.TaskForce)
	MayIssue    = auth.Permit("campaign.taskbook.issue", "下达任务书", auth.Supervisor, auth.TaskForce)
	MayAccept   = auth.Permit("campaign.taskbook.accept", "签收任务书", auth.Head)
	MayDraft    = auth.Permit("campaign.pledge.draft", "拟目标任务确认书", auth.Supervisor, auth.TaskForce, auth.Head)
	MaySign     = auth.Permit("campaign.pledge.sign", "签订目标任务确认书", auth.Head, auth.Leader)
	MayReport   = auth.Permit("campaign.report.submit", "填报月度进展", auth.Head, auth.Clerk)
	MayComplete = auth.Permit("campaign.item.complete", "报任务办结", auth.Head, auth.Clerk)
	MayClose    = auth.Permit("campaign.item.close", "核验办结、销号", auth.Supervisor)
)

// Reauth checks the password that the acting person has typed again; an error says that it is wrong.
type Reauth func(ctx context.Context, password string) error

// Service is the use cases of campaigns.
type Service struct {
	db        *sqldb.DB
	ids       func() int64
	org       *org.Service
	tasks     *task.Book
	proposals *task.Service
	files     *evidence.Service
	out       *outbox.Outbox
	notices   *notice.Book
	reauth    Reauth
	memory    *remembered
}

// New returns a Service, names its sealed rows to the ledger, and lets task forces open the evidence of their campaigns.
// Signing works once AskPassword has been called.
func New(db *sqldb.DB, ids func() int64, dir *org.Service, tasks *task.Book, files *evidence.Service, out *outbox.Outbox) *Service {
	s := &Service{db: db, ids: ids, org: dir, tasks: tasks, proposals: task.New(db, tasks), files: files, out: out, notices: notice.NewBook(ids), memory: remember()}
	files.Allow("task.task", s.grantTask)
	files.Allow(Kind, func(context.Context, *sqldb.Tx, auth.Actor, evidence.Exhibit) (bool, error) { return true, nil })
	ledger.RegisterSubject(Kind, EachCampaign, ledger.Labels{"": "攻坚行动", "code": "编号字头", "name": "名称", "year": "年度", "from": "起始月", "to": "结束月",
		"leader_post": "牵头领导", "deputy_posts": "副牵头领导", "lead_unit": "牵头单位", "state": "状态", "plan_doc_no": "方案文号", "plan_title": "方案标题",
		"plan_on": "方案印发日期", "plan_exhibit": "方案文件", "summary": "总结", "members": "专班名单"})
	ledger.RegisterSubject(TaskBookKind, EachTaskBook, ledger.Labels{"": "任务书", "campaign": "攻坚行动", "unit": "单位", "state": "状态", "items": "条目数", "post": "签收职务"})
	ledger.RegisterSubject(PledgeKind, EachPledge, ledger.Labels{"": "目标任务确认书", "campaign": "攻坚行动", "unit": "单位", "year": "年度", "revision": "版次", "kind": "种类",
		"basis_doc_no": "依据文号", "basis_level": "依据层级", "state": "状态", "unit_post": "单位签字职务", "leader_post": "领导签字职务", "sha256": "全文指纹"})
	ledger.RegisterSubject(SignatureKind, EachSignature, ledger.Labels{"": "签字", "pledge": "确认书", "side": "签字方", "post": "职务", "sha256": "所签全文指纹", "at": "时间"})
	return s
}

// AskPassword sets what checks the password that a signer types again. It is called while the program is put together.
func (s *Service) AskPassword(check Reauth) { s.reauth = check }

// grantTask lets the members of a campaign's task force open what its items' units have offered as proof.
func (s *Service) grantTask(ctx context.Context, tx *sqldb.Tx, who auth.Actor, e evidence.Exhibit) (bool, error) {
	if !who.Has(auth.TaskForce) {
		return false, nil
	}
	t, err := task.Get(ctx, tx, who.RegionID, e.Owner.ID)
	if err != nil || t.Origin.Kind != Kind {
		return false, err
	}
	return s.member(ctx, tx, who, t.Origin.ID)
}

// member reports whether the actor belongs to the campaign's task force.
func (s *Service) member(ctx context.Context, tx *sqldb.Tx, who auth.Actor, campaignID int64) (bool, error) {
	if !who.Has(auth.TaskForce) {
		return false, nil
	}
	d, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return false, err
	}
	if tx.Writes() { // an act reads the one list that it judges by
		f, err := force(ctx, tx, who.RegionID, campaignID)
		return f.Has(d, who.ID), err
	}
	g, err := s.register(ctx, tx, who.RegionID)
	if err != nil {
		return false, err
	}
	return g.forces[campaignID].Has(d, who.ID), nil
}

// manages refuses whoever may not run the campaign: the supervision office may, and the campaign's own task force.
func (s *Service) manages(ctx context.Context, tx *sqldb.Tx, who auth.Actor, campaignID int64) error {
	if who.Has(auth.Supervisor) {
		return nil
	}
	ok, err := s.member(ctx, tx, who, campaignID)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.Forbidden, "您不在这个攻坚行动的专班里，不能改。需要的话，请督查室把您加进名单。")
	}
	return nil
}

// sees reports whether the actor may read the unit's accounts, drafts and evidence in the campaign.
func (s *Service) sees(ctx context.Context, tx *sqldb.Tx, who auth.Actor, campaignID, unitID int64) (bool, error) {
	if who.Sees(unitID) {
		return true, nil
	}
	return s.member(ctx, tx, who, campaignID)
}

func force(ctx context.Context, tx *sqldb.Tx, regionID, campaignID int64) (TaskForce, error) {
	rows, err := sqldb.All(ctx, tx, selectMembers, scanMember, regionID, campaignID)
	f := TaskForce{CampaignID: campaignID}
	for _, r := range rows {
		f.Members = append(f.Members, r.Member)
	}
	return f, err
}

func forces(ctx context.Context, tx *sqldb.Tx, regionID int64) (map[int64]TaskForce, error) {
	rows, err := sqldb.All(ctx, tx, selectMembersAll, scanMember, regionID)
	out := map[int64]TaskForce{}
	for _, r := range rows {
		f := out[r.campaignID]
		f.CampaignID = r.campaignID
		f.Members = append(f.Members, r.Member)
		out[r.campaignID] = f
	}
	return out, err
}

// CreateCampaign opens a campaign (设立). Year, months and code are filled from the preset and the clock where they are missing.
// The same key twice gives the campaign made first. Errors: Invalid, Forbidden.
func (s *Service) CreateCampaign(ctx context.Context, key string, c Campaign) (Campaign, error) {
	who, err := auth.Require(ctx, MayOpen)
	if err != nil {
		return c, err
	}
	if p := PresetOf(c.Preset); p != nil {
		if c.Code == "" {
			c.Code = p.Code
		}
		if c.Name == "" {
			c.Name = p.Name
		}
	}
	c.Name, c.Code = strings.TrimSpace(c.Name), strings.ToUpper(strings.TrimSpace(c.Code))
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		done, dup, err := receipt.Take(ctx, tx, who, key, string(MayOpen))
		if err != nil {
			return err
		}
		if dup {
			c, err = sqldb.One(ctx, tx, selectCampaign, scanCampaign, who.RegionID, id.Parse(done))
			return err
		}
		if c.Year == 0 {
			c.Year, _ = strconv.ParseInt(period.MonthOf(tx.Now()).Year(), 10, 64)
		}
		if c.From == "" {
			c.From = period.Month(fmt.Sprintf("%04d-01", c.Year))
		}
		if c.To == "" {
			c.To = period.Month(fmt.Sprintf("%04d-12", c.Year))
		}
		if err := c.check(); err != nil {
			return err
		}
		if err := s.known(ctx, tx, who, c, TaskForce{}); err != nil {
			return err
		}
		c.ID, c.State, c.OpenedAt, c.Version = s.ids(), Preparing, tx.Now().UnixMilli(), 1
		if _, err := tx.Exec(ctx, insertCampaign, who.RegionID, c.ID, c.Preset, c.Code, c.Name, c.Year, string(c.From), string(c.To), c.LeaderPost, joinIDs(c.DeputyPosts), c.LeadUnit,
			string(c.State), c.OpenedAt, c.SortNo); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.At("code", "%d 年已经有编号字头为 %s 的行动，请换一个。", c.Year, c.Code)
			}
			return err
		}
		if err := receipt.Give(ctx, tx, who, key, id.Format(c.ID)); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, c.Ref(), "open", ledger.Row(c.sealed(TaskForce{})))
	})
	return c, err
}

// known refuses units, posts and people that the region does not have.
func (s *Service) known(ctx context.Context, tx *sqldb.Tx, who auth.Actor, c Campaign, f TaskForce) error {
	d, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return err
	}
	if c.LeadUnit != 0 && d.Unit(c.LeadUnit) == nil {
		return errs.At("lead_unit", "单位名册里没有这个牵头单位，请重新选。")
	}
	for _, p := range append([]int64{c.LeaderPost}, c.DeputyPosts...) {
		if p != 0 && d.Post(p) == nil {
			return errs.At("leader_post", "职务名册里没有这个职务，请重新选牵头领导。")
		}
	}
	for i, m := range f.Members {
		if m.PostID != 0 && d.Post(m.PostID) == nil || m.PersonID != 0 && d.Person(m.PersonID) == nil || m.UnitID != 0 && d.Unit(m.UnitID) == nil {
			return errs.At("members", "第 %d 个成员在名册里找不到，请重新选。", i+1)
		}
	}
	return nil
}

// change loads a campaign for its manager, lets fn change it, and stores and seals it. version 0 skips the check of the reader's version.
func (s *Service) change(ctx context.Context, who auth.Actor, campaignID, version int64, verb string, fn func(tx *sqldb.Tx, c *Campaign, f *TaskForce) error) (c Campaign, err error) {
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if c, err = sqldb.One(ctx, tx, lockCampaign, scanCampaign, who.RegionID, campaignID); err != nil {
			return err
		}
		if err := s.manages(ctx, tx, who, c.ID); err != nil {
			return err
		}
		if version != 0 && c.Version != version {
			return errs.New(errs.Conflict, "别人刚改过“%s”，请看过新的内容再改。", c.Name)
		}
		return s.put(ctx, tx, who, &c, verb, fn)
	})
	return c, err
}

// put applies fn to a locked campaign, stores it and seals it.
func (s *Service) put(ctx context.Context, tx *sqldb.Tx, who auth.Actor, c *Campaign, verb string, fn func(tx *sqldb.Tx, c *Campaign, f *TaskForce) error) error {
	f, err := force(ctx, tx, who.RegionID, c.ID)
	if err != nil {
		return err
	}
	if err := fn(tx, c, &f); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, updateCampaign, who.RegionID, c.ID, c.Code, c.Name, c.Year, string(c.From), string(c.To), c.LeaderPost, joinIDs(c.DeputyPosts), c.LeadUnit, string(c.State),
		c.Plan.DocNo, c.Plan.Title, c.Plan.IssuedOn, c.Plan.ExhibitID, c.Summary, c.ArchivedAt, c.SortNo, c.Version)
	if err != nil {
		if errs.KindOf(err) == errs.Conflict {
			return errs.At("code", "%d 年已经有编号字头为 %s 的行动，请换一个。", c.Year, c.Code)
		}
		return err
	}
	if n == 0 {
		return errs.New(errs.Conflict, "别人刚改过“%s”，请看过新的内容再改。", c.Name)
	}
	c.Version++
	return ledger.Append(ctx, tx, who, c.Ref(), verb, ledger.Row(c.sealed(f)))
}

// ChangeCampaign changes name, months, leaders and lead unit; c.Version must be the one that was read. The code and the year
// stay once there are items, whose numbers bear them. Errors: Invalid, Conflict, Forbidden.
func (s *Service) ChangeCampaign(ctx context.Context, c Campaign) (Campaign, error) {
	who, err := auth.Require(ctx, MayChange)
	if err != nil {
		return c, err
	}
	version := c.Version
	if version == 0 {
		version = -1 // nobody's version: a change names the one that was read
	}
	return s.change(ctx, who, c.ID, version, "change", func(tx *sqldb.Tx, old *Campaign, f *TaskForce) error {
		c.Name, c.Code = strings.TrimSpace(c.Name), strings.ToUpper(strings.TrimSpace(c.Code))
		if old.State == Archived {
			return errs.New(errs.Conflict, "“%s”已经归档，不能再改。", old.Name)
		}
		if err := c.check(); err != nil {
			return err
		}
		if err := s.known(ctx, tx, who, c, TaskForce{}); err != nil {
			return err
		}
		if c.Code != old.Code || c.Year != old.Year {
			list, err := task.List(ctx, tx, who.RegionID, task.Filter{Origin: old.Ref(), Limit: 1})
			if err != nil {
				return err
			}
			if len(list) > 0 {
				return errs.At("code", "已经有任务用了字头 %s，编号字头和年度不能再改。", old.Code)
			}
		}
		old.Code, old.Name, old.Year, old.From, old.To = c.Code, c.Name, c.Year, c.From, c.To
		old.LeaderPost, old.DeputyPosts, old.LeadUnit, old.SortNo = c.LeaderPost, c.DeputyPosts, c.LeadUnit, c.SortNo
		return nil
	})
}

// IssuePlan records the plan (实施方案) as it was issued; file may be nil. Issued again, the newer one stands and the earlier stays in the ledger.
func (s *Service) IssuePlan(ctx context.Context, campaignID, version int64, p Plan, file *evidence.File) (Campaign, error) {
	who, err := auth.Require(ctx, MayChange)
	if err != nil {
		return Campaign{}, err
	}
	p.DocNo, p.Title = strings.TrimSpace(p.DocNo), strings.TrimSpace(p.Title)
	var bad []errs.Field
	if p.DocNo == "" {
		bad = append(bad, errs.Field{Name: "doc_no", Message: "还没有写方案文号，如“区委办〔2017〕18号”。"})
	}
	if _, err := period.ParseDay(p.IssuedOn); err != nil {
		bad = append(bad, errs.Field{Name: "issued_on", Message: "印发日期请写成 2017-03-01 这样。"})
	}
	if err := errs.Refuse("方案还没存上", bad...); err != nil {
		return Campaign{}, err
	}
	return s.change(ctx, who, campaignID, version, "issue_plan", func(tx *sqldb.Tx, c *Campaign, f *TaskForce) error {
		if c.State == Archived {
			return errs.New(errs.Conflict, "“%s”已经归档，不能再改。", c.Name)
		}
		p.ExhibitID = c.Plan.ExhibitID
		if file != nil {
			unit := c.LeadUnit
			if !who.Sees(unit) {
				unit = who.UnitID
			}
			e, err := s.files.PutFile(ctx, tx, who, c.Ref(), unit, *file)
			if err != nil {
				return err
			}
			p.ExhibitID = e.ID
		}
		if p.Title == "" {
			p.Title = c.Name + "实施方案"
		}
		c.Plan = p
		if c.State == Preparing {
			c.State = Planned
		}
		return s.out.Publish(ctx, tx, who.RegionID, "campaign.plan.issued", c.Ref(), map[string]any{"doc_no": p.DocNo})
	})
}

// SetTaskForce replaces the task force (专班名单). Errors: Invalid, Conflict, Forbidden.
func (s *Service) SetTaskForce(ctx context.Context, version int64, f TaskForce) (Campaign, error) {
	who, err := auth.Require(ctx, MayChange)
	if err != nil {
		return Campaign{}, err
	}
	if err := f.check(); err != nil {
		return Campaign{}, err
	}
	return s.change(ctx, who, f.CampaignID, version, "set_task_force", func(tx *sqldb.Tx, c *Campaign, now *TaskForce) error {
		if err := s.known(ctx, tx, who, *c, f); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteMembers, who.RegionID, c.ID); err != nil {
			return err
		}
		for i, m := range f.Members {
			if _, err := tx.Exec(ctx, insertMember, who.RegionID, c.ID, i+1, string(m.Role), m.PostID, m.PersonID, m.UnitID); err != nil {
				return err
			}
		}
		now.Members = f.Members
		return nil
	})
}

// Archive ends a campaign with its summary (总结归档). Items that are not struck off (未销号) must be spoken of in it.
func (s *Service) Archive(ctx context.Context, campaignID, version int64, summary string) (Campaign, error) {
	who, err := auth.Require(ctx, MayChange)
	if err != nil {
		return Campaign{}, err
	}
	summary = strings.TrimSpace(summary)
	return s.change(ctx, who, campaignID, version, "archive", func(tx *sqldb.Tx, c *Campaign, f *TaskForce) error {
		if c.State == Archived {
			return errs.New(errs.Conflict, "“%s”已经归档了。", c.Name)
		}
		if c.State != Running {
			return errs.New(errs.Conflict, "“%s”还在%s，任务书确认、开始推进以后才能归档。", c.Name, c.State.Chinese())
		}
		list, err := task.List(ctx, tx, who.RegionID, task.Filter{Origin: c.Ref()})
		if err != nil {
			return err
		}
		open := 0
		for _, t := range list {
			if t.State == task.Open || t.State == task.Completed { // a stopped one needs no word: its stop was approved
				open++
			}
		}
		if open > 0 && summary == "" {
			return errs.At("summary", "还有 %d 项没有销号。请在总结里写明怎样处理，再归档。", open)
		}
		if len([]rune(summary)) > 4000 {
			return errs.At("summary", "总结最多 4000 字，请把附件另存。")
		}
		c.State, c.Summary, c.ArchivedAt = Archived, summary, tx.Now().UnixMilli()
		return s.out.Publish(ctx, tx, who.RegionID, "campaign.campaign.archived", c.Ref(), map[string]any{"open": open})
	})
}

// Get returns a campaign with its task force. Everybody of the region may read it.
func (s *Service) Get(ctx context.Context, campaignID int64) (c Campaign, f TaskForce, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return c, f, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		c, f, err = s.registered(ctx, tx, who.RegionID, campaignID)
		return err
	})
	return c, f, err
}

// List returns the region's campaigns, the newest year first.
func (s *Service) List(ctx context.Context) (out []Campaign, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		g, err := s.register(ctx, tx, who.RegionID)
		if err == nil {
			out = slices.Clone(g.list)
		}
		return err
	})
	return out, err
}

// CampaignsOf returns the campaigns in whose task force the person is.
func (s *Service) CampaignsOf(ctx context.Context, personID int64) (out []Campaign, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		d, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		g, err := s.register(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		for _, c := range g.list {
			if g.forces[c.ID].Has(d, personID) {
				out = append(out, c)
			}
		}
		return nil
	})
	return out, err
}

// Manages reports whether the actor may run the campaign, so that a page offers what he may do.
func (s *Service) Manages(ctx context.Context, campaignID int64) (ok bool, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return false, err
	}
	if who.Has(auth.Supervisor) {
		return true, nil
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		ok, err = s.member(ctx, tx, who, campaignID)
		return err
	})
	return ok, err
}

// EachCampaign yields every campaign of the region in its sealed form.
func EachCampaign(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	fs, err := forces(ctx, tx, regionID)
	if err != nil {
		return err
	}
	return sqldb.Each(ctx, tx, selectCampaigns, scanCampaign, func(c Campaign) error { return yield(c.ID, c.sealed(fs[c.ID])) }, regionID)
}

func subject(kind string, id int64) ref.Ref { return ref.Ref{Kind: kind, ID: id} }

// NameOf returns the name of a campaign, for the papers and lists of others. Errors: NotFound.
func NameOf(ctx context.Context, tx *sqldb.Tx, regionID, campaignID int64) (string, error) {
	c, err := sqldb.One(ctx, tx, selectCampaign, scanCampaign, regionID, campaignID)
	return c.Name, err
}

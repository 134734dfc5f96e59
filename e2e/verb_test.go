package e2e

import (
	"context"
	"fmt"
	"strings"
	"time"

	"duban/internal/area/appraisal"
	"duban/internal/area/campaign"
	"duban/internal/area/campaign/breakdown"
	"duban/internal/area/conduct"
	"duban/internal/area/supervision"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// verb performs a statement; its error is the program's refusal.
type verb func(p *stage, ctx context.Context, s statement) error

// fixSecret gives a region the secret of its pseudonyms, which is otherwise made by chance: so two performances give the same bytes.
var fixSecret = sqldb.SQL("ledger.playSecret", `INSERT INTO ledger_key (region_id, secret) VALUES ($1, $2)`)

// verbs are the acts of a play. Words in brackets may be left out.
//
//	district   区划 编码 全称 简称 · 建单位 类别 名称[=简称]… · 建人员 单位 姓名 职务 角色[、角色] · 换人 职务 姓名 日期
//	stage      序幕 文件 · 时间 日期 [时刻] · 作为 单位 姓名
//	campaign   立行动 编号 名称 + 牵头领导 牵头单位 · 印发方案 编号 文号 · 设专班 编号 + 组长 副组长 联络员 成员
//	           导入任务书 编号 文号 + table · 加任务 编号 + 内容 目标 计量 牵头单位 时限 分值 数据来源 · 下达 编号 [单位…] · 签收 编号 · 拟确认书 单位 [领导 姓名] · 签字 单位 [口令 …]
//	report     填报 任务 月 数 [核减 …] [卡点 类：…] [求助 单位：…] [说明 …] [下一步 …] [附件 名=内容] · 撤回 任务 月
//	           存草稿 任务 月 … · 报办结 任务 … · 认定 任务 月 数 出处
//	adjustment 申请调整 任务 [原因 …] [时限 …] [目标 …] [分值 …] [文号 …] · 批准/不批准 任务 [文号 …] [意见 …] · 撤回申请 任务
//	tour       采用亮灯规则 名称 月 文号 · 开督查 月 + 名称 依据 组长 组员 行动 单位 方案 · 抽样 月 数量 种子 · 出发 月 · 核验 任务 月 数 等级 …
//	           下达问题 任务 月 类别 天数 + 事实 要求 · 签收问题 号 · 报结 号 … · 销号 号 … · 退回 号 天数 … · 反弹 号 天数 … · 结束督查 月 …
//	order      发督办单 级别 单位 天数 + 事项 要求 任务 理由 · 签收督办单 号 · 回复 号 … · 办结督办单 号 … · 升级 号 天数 …
//	conduct    登记线索 单位 月 情形 + 事项 事实 来源 · 提意见 类别 …
//	bulletin   亮灯 月 · 拟通报 月 · 送核对 期 [天数] · 核对 期 · 有异议 期 … · 答复 期 单位 … · 退回修改 期 … · 签发 期 文号
//	appraisal  起草办法 + text · 定稿 文号 日期 · 记事项 单位 季度 事项 文号 · 确认事项 单位 · 开评比 季度 档次|名次 · 试算 · 确认数据 · 自评 季度 …
//	           初核 季度 … · 公示 · 提异议 季度 项目 … · 复核 季度 单位 成立|不成立 [任务 月 数] 理由 … · 审定 · 发布 季度 文号 · 归档
var verbs map[string]verb

func init() {
	verbs = map[string]verb{
		"区划": (*stage).makeRegion, "建单位": (*stage).makeUnits, "建人员": (*stage).makePerson, "换人": (*stage).appoint,
		"时间": (*stage).moveClock, "作为": (*stage).become,
		"立行动": (*stage).createCampaign, "印发方案": (*stage).issuePlan, "设专班": (*stage).setForce, "导入任务书": (*stage).importBook, "加任务": (*stage).addItem, "下达": (*stage).issueBooks,
		"签收": (*stage).acceptBook, "拟确认书": (*stage).draftPledge, "签字": (*stage).signPledge,
		"填报": (*stage).report, "撤回": (*stage).withdraw, "存草稿": (*stage).saveDraft, "报办结": (*stage).complete, "认定": (*stage).certify,
		"申请调整": (*stage).propose, "批准": decide(true), "不批准": decide(false), "撤回申请": (*stage).takeBack,
		"采用亮灯规则": (*stage).adopt, "开督查": (*stage).openTour, "抽样": (*stage).draw, "出发": (*stage).begin, "核验": (*stage).check, "结束督查": (*stage).endTour,
		"下达问题": (*stage).issueFinding, "签收问题": onFinding(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.AcceptFinding(ctx, p.key(), id)
		}),
		"报结": onFinding(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.ReportFinding(ctx, p.key(), id, s.text(1))
		}),
		"销号": onFinding(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.CloseFinding(ctx, p.key(), id, s.text(1))
		}),
		"退回": onFinding(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.SendBackFinding(ctx, p.key(), id, s.text(2), int(whole(s, s.word(1))))
		}),
		"反弹": onFinding(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.ReopenFinding(ctx, p.key(), id, s.text(2), int(whole(s, s.word(1))))
		}),
		"登记线索": (*stage).raiseSignal, "提意见": (*stage).suggest,
		"发督办单": (*stage).issueOrder,
		"签收督办单": onOrder(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.AcceptOrder(ctx, p.key(), id)
		}),
		"回复": onOrder(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.ReplyOrder(ctx, p.key(), id, s.text(1))
		}),
		"办结督办单": onOrder(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.CloseOrder(ctx, p.key(), id, s.text(1))
		}),
		"升级": (*stage).escalate,
		"亮灯": (*stage).light, "拟通报": (*stage).draftBulletin, "送核对": onBulletin(func(p *stage, ctx context.Context, id int64, s statement) error {
			days := 0
			if len(s.words) > 1 {
				days = int(whole(s, s.word(1)))
			}
			return p.h.Supervision.SendForConfirmation(ctx, p.key(), id, days)
		}),
		"核对": onBulletin(func(p *stage, ctx context.Context, id int64, s statement) error {
			s.only(1)
			return p.h.Supervision.Confirm(ctx, p.key(), id, p.who.unit, true, "")
		}),
		"有异议": onBulletin(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.Confirm(ctx, p.key(), id, p.who.unit, false, s.text(1))
		}),
		"答复": onBulletin(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.ReplyDissent(ctx, p.key(), id, p.unit(s, s.word(1)).ID, s.text(2))
		}),
		"退回修改": onBulletin(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.TakeBackBulletin(ctx, p.key(), id, s.text(1))
		}),
		"签发": onBulletin(func(p *stage, ctx context.Context, id int64, s statement) error {
			return p.h.Supervision.Publish(ctx, p.key(), id, s.text(1), "")
		}),
		"起草办法": (*stage).draftScheme, "定稿": (*stage).freeze, "记事项": (*stage).enter, "确认事项": (*stage).confirmEvent, "开评比": (*stage).openRound,
		"试算": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return p.h.Appraisal.Compute(ctx, p.key(), id, v)
		}),
		"确认数据": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return p.h.Appraisal.Confirm(ctx, p.key(), id, v)
		}),
		"核对抽查项": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			x, err := p.h.Appraisal.SpotsOf(ctx, id)
			for _, y := range x.List {
				if err == nil && y.Answer == "" && x.Barred[y.ID] == "" {
					_, err = p.h.Appraisal.AnswerSpot(ctx, p.key(), y.ID, y.Version, appraisal.Agrees, "", s.text(1))
				}
			}
			return appraisal.Round{}, err
		}),
		"初核": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return p.h.Appraisal.Review(ctx, p.key(), id, v, s.text(1))
		}),
		"公示": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return p.h.Appraisal.Announce(ctx, p.key(), id, v)
		}),
		"审定": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return p.h.Appraisal.Approve(ctx, p.key(), id, v)
		}),
		"发布": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return p.h.Appraisal.Publish(ctx, p.key(), id, v, s.text(1))
		}),
		"归档": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return p.h.Appraisal.Lock(ctx, p.key(), id, v)
		}),
		"自评": onRound(func(p *stage, ctx context.Context, id, v int64, s statement) (appraisal.Round, error) {
			return appraisal.Round{}, p.h.Appraisal.Remark(ctx, p.key(), id, s.text(1))
		}),
		"提异议": (*stage).object, "复核": (*stage).decideObjection,
	}
}

// The district.

func (p *stage) root(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Actor{ID: 1, RegionID: p.region, Name: "初始化", Roles: []auth.Role{auth.SysAdmin}})
}

func (p *stage) makeRegion(ctx context.Context, s statement) error {
	s.only(3)
	r, err := p.h.Org.CreateRegion(ctx, org.Region{Code: s.word(0), Name: s.word(1), ShortName: s.word(2)})
	if err != nil {
		return err
	}
	p.region = r.ID
	return p.h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, fixSecret, r.ID, []byte("0123456789abcdef0123456789abcdef"))
		return err
	})
}

func (p *stage) makeUnits(ctx context.Context, s statement) error {
	kind := org.KindOf(s.word(0))
	if s.word(0) == "办公室" {
		kind = org.Office
	}
	if kind == "" {
		s.fail("没有“%s”这一类单位", s.word(0))
	}
	for _, w := range s.words[1:] {
		name, short, _ := strings.Cut(w, "=")
		p.sort += 10
		u, err := p.h.Org.SaveUnit(p.root(ctx), org.Unit{Name: name, ShortName: short, Kind: kind, SortNo: p.sort})
		if err != nil {
			return err
		}
		p.units[u.Name], p.units[u.ShortName] = u, u
	}
	return nil
}

// makePerson enters a person with his post and his account. 职务 — is none; a 区领导 holds a leader's post.
func (p *stage) makePerson(ctx context.Context, s statement) error {
	s.only(4)
	u := p.unit(s, s.word(0))
	x := &person{name: s.word(1), unit: u.ID}
	for _, w := range strings.Split(s.word(3), "、") {
		found := false
		for _, r := range auth.Roles {
			if r.Chinese() == w {
				x.roles, found = append(x.roles, r), true
			}
		}
		if !found {
			s.fail("没有角色“%s”", w)
		}
	}
	p.sort += 10
	y, err := p.h.Org.SavePerson(p.root(ctx), org.Person{Name: x.name, UnitID: u.ID, SortNo: p.sort})
	if err != nil {
		return err
	}
	x.id = y.ID
	if title := s.word(2); title != "—" {
		post, err := p.h.Org.SavePost(p.root(ctx), org.Post{UnitID: u.ID, Title: title, Leader: x.roles[0] == auth.Leader, SortNo: p.sort})
		if err != nil {
			return err
		}
		x.post = post.ID
		if err := p.h.Org.Appoint(p.root(ctx), post.ID, x.id, "2016-12-01"); err != nil {
			return err
		}
	}
	x.login = fmt.Sprintf("u%03d", len(p.people)+1)
	p.people = append(p.people, x)
	return p.h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		return p.h.Account.Create(ctx, tx, p.region, x.id, x.login, password, x.roles...)
	})
}

func (p *stage) appoint(ctx context.Context, s statement) error {
	s.only(3)
	post, to := p.post(ctx, s, s.word(0)), p.find(s, "", s.word(1))
	for _, x := range p.people {
		if x.post == post {
			x.post = 0
		}
	}
	to.post = post
	return p.h.Org.Appoint(p.root(ctx), post, to.id, s.word(2))
}

func (p *stage) moveClock(ctx context.Context, s statement) error {
	s.only(2)
	hour := "09:00"
	if len(s.words) > 1 {
		hour = s.word(1)
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", s.word(0)+" "+hour, period.Beijing)
	if err != nil || t.Before(p.clock.Now()) {
		s.fail("时间要写成 2017-03-09 或 2017-03-09 18:30，只能往后走")
	}
	if err := p.h.Outbox.Drain(ctx); err != nil { // what was published is delivered before the day is over
		return err
	}
	p.clock.Set(t)
	return nil
}

func (p *stage) become(ctx context.Context, s statement) error {
	s.only(2)
	p.who = p.find(s, s.word(0), s.word(1))
	return nil
}

// Campaigns.

func (p *stage) createCampaign(ctx context.Context, s statement) error {
	s.only(2)
	f := s.fields("牵头领导", "牵头单位")
	c, err := p.h.Campaigns.CreateCampaign(p.as(ctx, s), p.key(), campaign.Campaign{Code: s.word(0), Name: s.word(1), Year: 2017, From: "2017-01", To: "2017-12",
		LeaderPost: p.post(ctx, s, f["牵头领导"]), LeadUnit: p.unit(s, f["牵头单位"]).ID, SortNo: int64(len(p.campaigns) + 1)})
	if err == nil {
		p.campaigns[c.Code] = c.ID
	}
	return err
}

func (p *stage) campaign(ctx context.Context, s statement, code string) campaign.Campaign {
	c, _, err := p.h.Campaigns.Get(p.all(ctx), known(s, p.campaigns, code))
	if err != nil {
		s.fail("%v", err)
	}
	return c
}

func (p *stage) issuePlan(ctx context.Context, s statement) error {
	s.only(2)
	c := p.campaign(ctx, s, s.word(0))
	_, err := p.h.Campaigns.IssuePlan(p.as(ctx, s), c.ID, c.Version, campaign.Plan{DocNo: s.word(1), IssuedOn: period.Day(p.clock.Now())}, nil)
	return err
}

func (p *stage) setForce(ctx context.Context, s statement) error {
	s.only(1)
	c := p.campaign(ctx, s, s.word(0))
	force := campaign.TaskForce{CampaignID: c.ID}
	f := s.fields("组长", "副组长", "联络员", "成员")
	for _, r := range campaign.MemberRoles {
		for _, name := range strings.FieldsFunc(f[r.Chinese()], func(c rune) bool { return c == '、' }) {
			m := campaign.Member{Role: r}
			if u, ok := p.units[name]; ok {
				m.UnitID = u.ID
			} else {
				m.PersonID = p.find(s, "", name).id
			}
			force.Members = append(force.Members, m)
		}
	}
	_, err := p.h.Campaigns.SetTaskForce(p.as(ctx, s), c.Version, force)
	return err
}

func (p *stage) importBook(ctx context.Context, s statement) error {
	s.only(2)
	c := p.campaign(ctx, s, s.word(0))
	grid := breakdown.Grid{Rows: s.table()}
	res := breakdown.ParseGrid(grid, breakdown.GuessMapping(grid), breakdown.Options{Year: 2017})
	v, err := p.h.Campaigns.PreviewImport(p.as(ctx, s), c.ID, campaign.Source{FileName: c.Name + "任务书.xlsx", Tasks: res.Tasks, Problems: res.Problems})
	if err != nil {
		return err
	}
	p.said = fmt.Sprintf("新增 %d 有变化 %d 没有变化 %d 要改 %d", v.New, v.Changed, v.Unchanged, v.Mend)
	for _, r := range v.Rows {
		p.said += " " + strings.Join(r.Problems, " ")
	}
	_, err = p.h.Campaigns.CommitImport(p.as(ctx, s), p.key(), v.BatchID, s.word(1))
	return err
}

func (p *stage) addItem(ctx context.Context, s statement) error {
	s.only(1)
	f := s.fields("内容", "目标", "计量", "牵头单位", "时限", "分值", "数据来源")
	d := campaign.ItemDraft{Title: f["内容"], Target: number(s, f["目标"]), Measure: f["计量"], LeadUnit: p.unit(s, f["牵头单位"]).ID, Deadline: f["时限"], Weight: whole(s, f["分值"]) * 100}
	if f["数据来源"] != "" {
		d.SourceUnit = p.unit(s, f["数据来源"]).ID
	}
	t, err := p.h.Campaigns.AddItem(p.as(ctx, s), p.key(), known(s, p.campaigns, s.word(0)), d)
	p.said = "编号 " + t.No
	return err
}

func (p *stage) issueBooks(ctx context.Context, s statement) error {
	var units []int64
	for _, u := range s.words[1:] {
		units = append(units, p.unit(s, u).ID)
	}
	books, err := p.h.Campaigns.IssueTaskBook(p.as(ctx, s), p.key(), known(s, p.campaigns, s.word(0)), units...)
	p.said = fmt.Sprintf("下达 %d 份", len(books))
	return err
}

func (p *stage) acceptBook(ctx context.Context, s statement) error {
	s.only(2) // another unit may be named: it must be refused
	unit := p.who.unit
	if len(s.words) > 1 {
		unit = p.unit(s, s.word(1)).ID
	}
	books, err := p.h.Campaigns.TaskBooks(p.all(ctx), known(s, p.campaigns, s.word(0)))
	if err != nil {
		return err
	}
	for _, b := range books {
		if b.UnitID == unit {
			_, err := p.h.Campaigns.AcceptTaskBook(p.as(ctx, s), p.key(), b.ID, b.Version)
			return err
		}
	}
	s.fail("没有这个单位的任务书")
	return nil
}

func (p *stage) draftPledge(ctx context.Context, s statement) error {
	d := campaign.PledgeDrafting{UnitID: p.unit(s, s.word(0)).ID, Year: 2017}
	if n := s.named(1, "领导", "责任状"); n["领导"] != "" {
		d.LeaderPost = p.post(ctx, s, n["领导"])
	} else if doc, ok := n["责任状"]; ok {
		d.Form, d.BasisDocNo, d.BasisLevel = campaign.Responsibility, doc, campaign.Municipal
	}
	_, err := p.h.Campaigns.DraftPledge(p.as(ctx, s), d)
	return err
}

func (p *stage) pledge(ctx context.Context, s statement, unit string) campaign.PledgeView {
	list, err := p.h.Campaigns.Pledges(p.all(ctx), campaign.PledgeFilter{UnitID: p.unit(s, unit).ID})
	if err != nil || len(list) != 1 {
		s.fail("“%s”有 %d 份确认书 %v", unit, len(list), err)
	}
	return list[0]
}

func (p *stage) signPledge(ctx context.Context, s statement) error {
	v := p.pledge(ctx, s, s.word(0))
	pass := password
	if n := s.named(1, "口令"); n["口令"] != "" {
		pass = n["口令"]
	}
	_, err := p.h.Campaigns.SignPledge(p.as(ctx, s), p.key(), v.ID, v.Version, pass)
	return err
}

// Reports.

// task returns the task with the number.
func (p *stage) task(ctx context.Context, s statement, no string) (t task.Task) {
	err := p.h.DB.View(ctx, func(tx *sqldb.Tx) error {
		list, err := task.List(ctx, tx, p.region, task.Filter{})
		for _, x := range list {
			if x.No == no {
				t = x
			}
		}
		return err
	})
	if err != nil || t.ID == 0 {
		s.fail("没有任务 %s %v", no, err)
	}
	return t
}

func (p *stage) report(ctx context.Context, s statement) error {
	t, m := p.task(ctx, s, s.word(0)), p.month(s, s.word(1))
	n := s.named(3, "核减", "卡点", "求助", "说明", "下一步", "附件")
	d := campaign.ReportDraft{Draft: task.Draft{TaskID: t.ID, Month: m, Value: number(s, s.word(2)), Progress: n["说明"], NextStep: n["下一步"]}}
	d.CutReason, d.Cut = n["核减"], false
	if _, ok := n["核减"]; ok {
		d.Cut = true
	}
	d.BlockerKind, d.Blocker, _ = strings.Cut(n["卡点"], "：")
	if unit, words, ok := strings.Cut(n["求助"], "："); ok {
		d.HelpUnit, d.Help = p.unit(s, unit).ID, words
	}
	if name, content, ok := strings.Cut(n["附件"], "="); ok {
		f, err := evidence.Inspect(name, []byte(content+"\n"))
		if err != nil {
			return err
		}
		d.Files = append(d.Files, f)
	}
	r, err := p.h.Campaigns.SubmitReport(p.as(ctx, s), p.key(), d)
	if err != nil {
		return err
	}
	p.reports[t.No+" "+string(m)] = r.ID
	for _, e := range r.Exhibits {
		p.exhibits[e.Name] = e.ID
	}
	p.said = fmt.Sprintf("台账第 %d 号记录 %s 应达 %s", r.Record, indicator.Show(r.Value, r.Measure), indicator.Show(r.Pace, r.Measure))
	if r.Late {
		p.said += " 迟报"
	}
	return nil
}

func (p *stage) account(ctx context.Context, s statement, no string, m period.Month) (a task.Account) {
	err := p.h.DB.View(ctx, func(tx *sqldb.Tx) (err error) {
		a, err = task.AccountOf(ctx, tx, p.region, known(s, p.reports, no+" "+string(m)))
		return err
	})
	if err != nil {
		s.fail("%v", err)
	}
	return a
}

func (p *stage) withdraw(ctx context.Context, s statement) error {
	s.only(2)
	a := p.account(ctx, s, s.word(0), p.month(s, s.word(1)))
	_, err := p.h.Campaigns.WithdrawReport(p.as(ctx, s), p.key(), a.ID, a.Version)
	return err
}

func (p *stage) saveDraft(ctx context.Context, s statement) error {
	return p.h.Campaigns.SaveDraft(p.as(ctx, s), p.task(ctx, s, s.word(0)).ID, p.month(s, s.word(1)), s.text(2))
}

func (p *stage) complete(ctx context.Context, s statement) error {
	return p.h.Campaigns.CompleteItem(p.as(ctx, s), p.key(), p.task(ctx, s, s.word(0)).ID, s.text(1))
}

func (p *stage) certify(ctx context.Context, s statement) error {
	_, err := p.h.Indicator.Certify(p.as(ctx, s), p.task(ctx, s, s.word(0)).IndicatorID, p.month(s, s.word(1)), number(s, s.word(2)), s.text(3), "")
	return err
}

// Adjustments.

func (p *stage) propose(ctx context.Context, s statement) error {
	t := p.task(ctx, s, s.word(0))
	n := s.named(1, "原因", "时限", "目标", "分值", "文号")
	a := task.Adjustment{TaskID: t.ID, Reason: n["原因"], DocNo: n["文号"]}
	if v := n["时限"]; v != "" {
		a.Wanted.Deadline = &v
	}
	if v := n["目标"]; v != "" {
		x := number(s, v)
		a.Wanted.Target = &x
	}
	if v := n["分值"]; v != "" {
		x := whole(s, v) * 100
		a.Wanted.Weight = &x
	}
	a, err := p.h.Task.Propose(p.as(ctx, s), p.key(), a)
	if err == nil {
		p.adjustments[t.No] = a.ID
	}
	return err
}

func (p *stage) adjustment(ctx context.Context, s statement, no string) task.Adjustment {
	a, _, err := p.h.Task.AdjustmentOf(p.all(ctx), known(s, p.adjustments, no))
	if err != nil {
		s.fail("%v", err)
	}
	return a
}

func decide(yes bool) verb {
	return func(p *stage, ctx context.Context, s statement) error {
		n := s.named(1, "文号", "意见")
		a := p.adjustment(ctx, s, s.word(0))
		_, err := p.h.Task.Decide(p.as(ctx, s), p.key(), a.ID, a.Version, yes, n["文号"], n["意见"])
		return err
	}
}

func (p *stage) takeBack(ctx context.Context, s statement) error {
	s.only(1)
	a := p.adjustment(ctx, s, s.word(0))
	_, err := p.h.Task.TakeBack(p.as(ctx, s), p.key(), a.ID, a.Version)
	return err
}

// Supervision.

func (p *stage) adopt(ctx context.Context, s statement) error {
	for _, x := range task.Presets {
		if x.Name == s.word(0) {
			x.FromMonth, x.DocNo = p.month(s, s.word(1)), s.text(2)
			_, err := p.h.Supervision.AdoptPolicy(p.as(ctx, s), p.key(), x)
			return err
		}
	}
	s.fail("没有亮灯规则“%s”", s.word(0))
	return nil
}

func (p *stage) openTour(ctx context.Context, s statement) error {
	s.only(1)
	f := s.fields("名称", "依据", "组长", "组员", "行动", "单位", "方案")
	m := p.month(s, s.word(0))
	d := supervision.TourDraft{Month: m, Title: f["名称"], Basis: f["依据"], Plan: f["方案"]}
	if f["组长"] != "" {
		d.LeaderID = p.find(s, "", f["组长"]).id
	}
	list := func(name string) []string {
		return strings.FieldsFunc(f[name], func(c rune) bool { return c == '、' })
	}
	for _, x := range list("组员") {
		d.Inspectors = append(d.Inspectors, p.find(s, "", x).id)
	}
	for _, x := range list("行动") {
		d.Scope.Origins = append(d.Scope.Origins, ref.Ref{Kind: campaign.Kind, ID: known(s, p.campaigns, x)})
	}
	for _, x := range list("单位") {
		d.Scope.Units = append(d.Scope.Units, p.unit(s, x).ID)
	}
	n, err := p.h.Supervision.OpenTour(p.as(ctx, s), p.key(), d)
	if err == nil {
		p.tours[m] = n
	}
	return err
}

func (p *stage) tour(s statement, w string) int64 { return known(s, p.tours, p.month(s, w)) }

func (p *stage) draw(ctx context.Context, s statement) error {
	list, err := p.h.Supervision.DrawSample(p.as(ctx, s), p.key(), p.tour(s, s.word(0)), int(whole(s, s.word(1))), s.text(2))
	p.said = fmt.Sprintf("抽到 %d 项", len(list))
	return err
}

func (p *stage) begin(ctx context.Context, s statement) error {
	s.only(1)
	return p.h.Supervision.BeginTour(p.as(ctx, s), p.key(), p.tour(s, s.word(0)))
}

func (p *stage) endTour(ctx context.Context, s statement) error {
	return p.h.Supervision.EndTour(p.as(ctx, s), p.key(), p.tour(s, s.word(0)), s.text(1))
}

func (p *stage) check(ctx context.Context, s statement) error {
	in := supervision.Seen{TourID: p.tour(s, s.word(1)), TaskID: p.task(ctx, s, s.word(0)).ID, Value: number(s, s.word(2)), Note: s.text(4)}
	for _, g := range supervision.Grades {
		if strings.HasPrefix(g.Chinese(), strings.TrimSuffix(s.word(3), "级")+" 级") {
			in.Grade = g
		}
	}
	_, err := p.h.Supervision.Verify(p.as(ctx, s), p.key(), in)
	return err
}

func (p *stage) issueFinding(ctx context.Context, s statement) error {
	s.only(4)
	f := s.fields("事实", "要求")
	n, err := p.h.Supervision.IssueFinding(p.as(ctx, s), p.key(), supervision.FindingDraft{TourID: p.tour(s, s.word(1)), TaskID: p.task(ctx, s, s.word(0)).ID,
		Kind: s.word(2), Days: int(whole(s, s.word(3))), Fact: f["事实"], Requirement: f["要求"]})
	if err != nil {
		return err
	}
	v, err := p.h.Supervision.Finding(p.all(ctx), n)
	if err != nil {
		return err
	}
	p.findings[v.No] = n
	p.said = "问题 " + v.No + " 整改到 " + v.DueOn
	return nil
}

func onFinding(fn func(p *stage, ctx context.Context, id int64, s statement) error) verb {
	return func(p *stage, ctx context.Context, s statement) error {
		return fn(p, p.as(ctx, s), known(s, p.findings, s.word(0)), s)
	}
}

func (p *stage) issueOrder(ctx context.Context, s statement) error {
	s.only(3)
	f := s.fields("事项", "要求", "任务", "理由")
	d := supervision.OrderDraft{Level: level(s), UnitID: p.unit(s, s.word(1)).ID, Days: int(whole(s, s.word(2))), Matter: f["事项"], Requirement: f["要求"], Cause: f["理由"]}
	if f["任务"] != "" {
		d.About = ref.Ref{Kind: "task.task", ID: p.task(ctx, s, f["任务"]).ID}
	}
	n, err := p.h.Supervision.IssueOrder(p.as(ctx, s), p.key(), d)
	return p.ordered(ctx, n, err)
}

func level(s statement) supervision.Level {
	for _, l := range supervision.Levels {
		if strings.HasPrefix(l.Chinese(), s.word(0)) {
			return l
		}
	}
	s.fail("没有“%s”", s.word(0))
	return ""
}

func (p *stage) ordered(ctx context.Context, n int64, err error) error {
	if err != nil {
		return err
	}
	v, err := p.h.Supervision.Order(p.all(ctx), n)
	if err != nil {
		return err
	}
	p.orders[v.No] = n
	p.said = v.No + " 办到 " + v.DueOn
	return nil
}

func (p *stage) escalate(ctx context.Context, s statement) error {
	n, err := p.h.Supervision.EscalateOrder(p.as(ctx, s), p.key(), known(s, p.orders, s.word(0)), s.text(2), int(whole(s, s.word(1))))
	return p.ordered(ctx, n, err)
}

func onOrder(fn func(p *stage, ctx context.Context, id int64, s statement) error) verb {
	return func(p *stage, ctx context.Context, s statement) error {
		return fn(p, p.as(ctx, s), known(s, p.orders, s.word(0)), s)
	}
}

// raiseSignal: 登记线索 单位 月 情形 + 事项 事实 来源.
func (p *stage) raiseSignal(ctx context.Context, s statement) error {
	s.only(3)
	f := s.fields("事项", "事实", "来源")
	d := conduct.SignalDraft{UnitID: p.unit(s, s.word(0)).ID, Month: p.month(s, s.word(1)), Title: f["事项"], Fact: f["事实"], Basis: f["来源"]}
	for _, x := range conduct.Symptoms {
		if x.Chinese() == s.word(2) {
			d.Symptom = x
		}
	}
	n, err := p.h.Conduct.RaiseSignal(p.as(ctx, s), p.key(), d)
	p.signal = n
	return err
}

// suggest: 提意见 类别 ….
func (p *stage) suggest(ctx context.Context, s statement) error {
	d := burden.SuggestionDraft{Text: s.text(1)}
	for _, x := range burden.Classes {
		if x.Chinese() == s.word(0) {
			d.Class = x
		}
	}
	g, err := p.h.Burden.Suggest(p.as(ctx, s), p.key(), d)
	p.suggestion = g.ID
	return err
}

func (p *stage) light(ctx context.Context, s statement) error {
	s.only(1)
	n, err := p.h.Supervision.CloseMonth(p.as(ctx, s), p.key(), p.month(s, s.word(0)))
	p.said = fmt.Sprintf("亮灯 %d 项", n)
	return err
}

func (p *stage) draftBulletin(ctx context.Context, s statement) error {
	s.only(1)
	n, err := p.h.Supervision.DraftBulletin(p.as(ctx, s), p.key(), p.month(s, s.word(0)), supervision.Scope{})
	if err != nil {
		return err
	}
	v, err := p.h.Supervision.Bulletin(p.all(ctx), n)
	if err != nil {
		return err
	}
	p.bulletins[v.Bulletin.Issue] = n
	p.said = fmt.Sprintf("第%d期 %s", v.Bulletin.Issue, v.Doc.Text.Lede)
	return nil
}

// issue reads 第1期.
func (p *stage) issue(s statement, w string) int64 {
	return known(s, p.bulletins, whole(s, strings.TrimSuffix(strings.TrimPrefix(w, "第"), "期")))
}

func onBulletin(fn func(p *stage, ctx context.Context, id int64, s statement) error) verb {
	return func(p *stage, ctx context.Context, s statement) error {
		return fn(p, p.as(ctx, s), p.issue(s, s.word(0)), s)
	}
}

// Appraisal.

func (p *stage) draftScheme(ctx context.Context, s statement) error {
	s.only(0)
	x, err := p.h.Appraisal.SaveScheme(p.as(ctx, s), p.key(), appraisal.Scheme{Text: strings.Join(s.block, "\n") + "\n"})
	if err == nil {
		p.scheme = x.ID
	}
	return err
}

func (p *stage) freeze(ctx context.Context, s statement) error {
	s.only(2)
	x, err := p.h.Appraisal.SchemeOf(p.all(ctx), p.scheme)
	if err != nil {
		return err
	}
	_, err = p.h.Appraisal.Freeze(p.as(ctx, s), p.key(), x.ID, x.Version, s.word(0), s.word(1))
	return err
}

func (p *stage) enter(ctx context.Context, s statement) error {
	e, err := p.h.Appraisal.Enter(p.as(ctx, s), p.key(), appraisal.Event{UnitID: p.unit(s, s.word(0)).ID, Period: string(p.quarter(s, s.word(1))), Event: s.word(2), DocNo: s.text(3)})
	if err == nil {
		p.events[s.word(0)] = e.ID
	}
	return err
}

func (p *stage) confirmEvent(ctx context.Context, s statement) error {
	s.only(1)
	return p.h.Appraisal.ConfirmEvent(p.as(ctx, s), p.key(), known(s, p.events, s.word(0)), true)
}

func (p *stage) openRound(ctx context.Context, s statement) error {
	s.only(2)
	q := p.quarter(s, s.word(0))
	r, err := p.h.Appraisal.OpenRound(p.as(ctx, s), p.key(), period.Term(q), p.scheme, map[string]appraisal.Release{"档次": appraisal.ByTier, "名次": appraisal.ByRank}[s.word(1)])
	if err == nil {
		p.rounds[q] = r.ID
	}
	return err
}

func (p *stage) round(ctx context.Context, s statement, w string) appraisal.Round {
	v, err := p.h.Appraisal.Show(p.all(ctx), known(s, p.rounds, p.quarter(s, w)))
	if err != nil {
		s.fail("%v", err)
	}
	return v.Round
}

func onRound(fn func(p *stage, ctx context.Context, id, version int64, s statement) (appraisal.Round, error)) verb {
	return func(p *stage, ctx context.Context, s statement) error {
		r := p.round(ctx, s, s.word(0))
		r, err := fn(p, p.as(ctx, s), r.ID, r.Version, s)
		if r.ObjectionUntil != "" {
			p.said = "异议期到 " + r.ObjectionUntil
		}
		return err
	}
}

func (p *stage) object(ctx context.Context, s statement) error {
	r := p.round(ctx, s, s.word(0))
	o, err := p.h.Appraisal.FileObjection(p.as(ctx, s), p.key(), r.ID, s.word(1), s.text(2))
	if err == nil {
		p.objections[fmt.Sprint(r.Period, " ", p.who.unit)] = o.ID
	}
	return err
}

// decideObjection: 复核 一季度 七都镇 成立 ZQ-01 3月 30 理由 ….
func (p *stage) decideObjection(ctx context.Context, s statement) error {
	r := p.round(ctx, s, s.word(0))
	n := known(s, p.objections, fmt.Sprint(r.Period, " ", p.unit(s, s.word(1)).ID))
	v, err := p.h.Appraisal.Show(p.all(ctx), r.ID)
	if err != nil {
		return err
	}
	var d appraisal.Decision
	i := 3
	switch s.word(2) {
	case "成立":
		d.Upheld, d.Source, d.Value = true, fmt.Sprintf("task:%d@%s", p.task(ctx, s, s.word(3)).ID, p.month(s, s.word(4))), s.word(5)
		i = 6
	case "不成立":
	default:
		s.fail("要写成立或不成立")
	}
	d.Words = s.named(i, "理由")["理由"]
	for _, o := range v.Objections {
		if o.ID == n {
			_, err = p.h.Appraisal.DecideObjection(p.as(ctx, s), p.key(), n, o.Version, d)
		}
	}
	return err
}

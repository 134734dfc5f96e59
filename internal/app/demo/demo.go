// Package demo plays the demonstration district (演示区县): 蕉城区 in 2017 with its real townships, ordinary departments and invented
// people, through the same use cases as people use and never by SQL.
//
// A seeded generator plays January to September: reports in time, late, missing, inflated, withdrawn and disputed; values certified by
// the statistics office; a tour a month; three bulletins; two quarters appraised to the published board. The same seed plays the same year.
// All of it is marked 演示数据 on every page.
//
// Source: S3, S7.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"duban/internal/app/house"
	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/area/campaign"
	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// Shown are the accounts that the log-in page offers: who, and the log-in name. All have Password.
var Shown = []struct{ Who, Login string }{
	{"区委书记（区领导）", "shuji"}, {"常务副区长（分管领导）", "changwu"}, {"区委组织部部长（考察记录查阅人）", "zuzhi"}, {"区纪委书记（认定小组、查阅人）", "jiwei"}, {"督查室", "ducha1"}, {"督查室（第二人）", "ducha2"}, {"考核办", "kaohe1"}, {"考核办（复核）", "kaohe2"},
	{"七都镇镇长（单位负责人）", "qidu"}, {"七都镇填报员", "qidu2"}, {"三都镇填报员", "sandu2"}, {"区住建局局长（要报表的部门）", "zhujian"}, {"区统计局（数据来源）", "tongji"}, {"区审计局（审计）", "shenji"},
	{"系统管理员", "xitong"}, {"安全管理员", "anquan"}, {"审计管理员", "rizhi"},
}

// player plays the year.
type player struct {
	h     *house.House
	clock *period.Fixed
	rnd   *rand.Rand
	luck  *rand.Rand // of certifications, so that they do not disturb the rest of the play
	style *rand.Rand // of conduct, likewise
	cast
	n     int // for receipt keys
	until string
	items []*item
	camps []campaign.Campaign
	used  map[string]bool // names that somebody has

	measures, actions []int64       // of the eight measures
	warned            map[int64]int // units with signals of 不疼不痒

	log func(format string, args ...any)
}

// Play enters the district and plays up to the end of a day: LastDay for the demonstration, YearOver for the whole year
// with its year-end appraisal. clock must be the house's clock.
func Play(ctx context.Context, h *house.House, clock *period.Fixed, seed uint64, until string, log func(string, ...any)) error {
	p := &player{until: until, h: h, clock: clock, rnd: rand.New(rand.NewPCG(seed, 2017)), luck: rand.New(rand.NewPCG(seed, 2018)), style: rand.New(rand.NewPCG(seed, 2019)),
		used: map[string]bool{}, warned: map[int64]int{}, log: log}
	h.Conduct.Salting(func(id int64) []byte { return fmt.Appendf(nil, "%016x", id) })
	defer h.Conduct.Salting(nil)
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{{"单位和人员", p.organisation}, {"六大攻坚行动和任务书", p.campaigns}, {"月报、督查、亮灯、评比、作风、减负", p.year}} {
		log("演示区县：%s", step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("演示区县（%s）：%w", step.what, err)
		}
	}
	if err := h.Outbox.Drain(ctx); err != nil {
		return err
	}
	if err := h.RefreshTasks(ctx); err != nil {
		return err
	}
	return h.Checkpoint(ctx)
}

// as returns a context in which x acts.
func (p *player) as(ctx context.Context, x *person) context.Context {
	return auth.With(ctx, auth.Actor{ID: x.id, RegionID: p.region, UnitID: x.unit, Name: x.name, Roles: x.roles, Units: []int64{x.unit}})
}

// key is a receipt key that is the same in every play.
func (p *player) key() string { p.n++; return fmt.Sprintf("demo-%012d", p.n) }

func (p *player) chance(percent int) bool { return p.rnd.IntN(100) < percent }

func (p *player) organisation(ctx context.Context) error {
	p.clock.SetDay("2017-01-04")
	r, err := p.h.Org.CreateRegion(ctx, org.Region{Code: "350902", Name: "宁德市蕉城区", ShortName: "蕉城", Demo: true})
	if err != nil {
		return err
	}
	p.region = r.ID
	if err := p.h.EnsureReturns(ctx); err != nil {
		return err
	}
	p.heads, p.clerks, p.units = map[string]*person{}, map[string]*person{}, map[string]*org.Unit{}
	// The first acts of an installation are the system administrator's, who has no account yet: set-up opens it.
	root := auth.With(ctx, auth.Actor{ID: 1, RegionID: r.ID, Name: "初始化", Roles: []auth.Role{auth.SysAdmin}})
	sort := int64(0)
	unit := func(name, short, code string, kind org.Kind) (*org.Unit, error) {
		sort += 10
		u, err := p.h.Org.SaveUnit(root, org.Unit{Name: name, ShortName: short, Code: code, Kind: kind, SortNo: sort})
		p.units[name], p.units[short] = &u, &u
		return &u, err
	}
	if p.offices, err = unit("中共蕉城区委员会", "区委", "", org.Office); err != nil {
		return err
	}
	if p.supervision, err = unit("区委区政府督查室", "督查室", "", org.Office); err != nil {
		return err
	}
	if p.appraisalOffice, err = unit("区绩效考核办公室", "考核办", "", org.Office); err != nil {
		return err
	}
	info, err := unit("区信息化办公室", "区信息办", "", org.Office)
	if err != nil {
		return err
	}
	for _, t := range townships {
		if _, err := unit(t.name, t.name, t.code, t.kind); err != nil {
			return err
		}
	}
	for _, d := range departments {
		if _, err := unit(d.name, d.short, "", org.Department); err != nil {
			return err
		}
	}
	who := &names{rnd: p.rnd, used: p.used}
	hire := func(u *org.Unit, title, login string, leader bool, tier org.Tier, roles ...auth.Role) (*person, error) {
		sort += 10
		x, err := p.h.Org.SavePerson(root, org.Person{Name: who.next(), UnitID: u.ID, SortNo: sort})
		if err != nil {
			return nil, err
		}
		out := &person{id: x.ID, name: x.Name, unit: u.ID, login: login, roles: roles}
		if title != "" {
			post, err := p.h.Org.SavePost(root, org.Post{UnitID: u.ID, Title: title, Leader: leader, Tier: tier, SortNo: sort})
			if err != nil {
				return nil, err
			}
			out.post = post.ID
			if err := p.h.Org.Appoint(root, post.ID, x.ID, "2016-12-01"); err != nil {
				return nil, err
			}
		}
		p.all = append(p.all, out)
		return out, nil
	}
	for _, l := range leaders {
		x, err := hire(p.offices, l.title, l.login, true, org.PortfolioDuty, auth.Leader)
		if err != nil {
			return err
		}
		p.leaders = append(p.leaders, x)
	}
	for i, title := range []string{"督查室主任", "督查室副主任", "督查员"} {
		x, err := hire(p.supervision, title, fmt.Sprintf("ducha%d", i+1), false, org.NoTier, auth.Supervisor)
		if err != nil {
			return err
		}
		p.supervisors = append(p.supervisors, x)
	}
	for i, title := range []string{"考核办主任", "考核办副主任", "考核员"} {
		x, err := hire(p.appraisalOffice, title, fmt.Sprintf("kaohe%d", i+1), false, org.NoTier, auth.Appraiser)
		if err != nil {
			return err
		}
		p.appraisers = append(p.appraisers, x)
	}
	for _, t := range townships {
		title := "镇长"
		switch {
		case t.kind == org.Subdistrict:
			title = "街道办主任"
		case strings.HasSuffix(t.name, "乡"):
			title = "乡长"
		}
		if p.heads[t.name], err = hire(p.units[t.name], title, t.login, false, org.LocalDuty, auth.Head); err != nil {
			return err
		}
		if p.clerks[t.name], err = hire(p.units[t.name], "党政办干事", t.login+"2", false, org.NoTier, auth.Clerk); err != nil {
			return err
		}
	}
	for _, d := range departments {
		roles := []auth.Role{auth.Head}
		switch d.short {
		case "区统计局":
			roles = []auth.Role{auth.Source}
		case "区审计局":
			roles = []auth.Role{auth.Auditor}
		}
		x, err := hire(p.units[d.name], d.head, d.login, false, org.SectorDuty, roles...)
		if err != nil {
			return err
		}
		switch d.short {
		case "区统计局":
			p.statistics = x
			continue
		case "区审计局":
			p.auditor = x
			continue
		}
		p.heads[d.name] = x
		if p.clerks[d.name], err = hire(p.units[d.name], "办公室干事", d.login+"2", false, org.NoTier, auth.Clerk); err != nil {
			return err
		}
	}
	for _, a := range []struct {
		login string
		role  auth.Role
		at    **person
	}{{"xitong", auth.SysAdmin, &p.sys}, {"anquan", auth.SecAdmin, &p.sec}, {"rizhi", auth.AudAdmin, &p.aud}} {
		if *a.at, err = hire(info, "", a.login, false, org.NoTier, a.role); err != nil {
			return err
		}
	}
	return p.h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		for _, x := range p.all {
			if err := p.h.Account.Create(ctx, tx, p.region, x.id, x.login, Password, x.roles...); err != nil {
				return err
			}
		}
		return nil
	})
}

// campaigns creates the six, issues their plans, and imports each task book as a table, as the offices would.
func (p *player) campaigns(ctx context.Context) error {
	p.clock.SetDay("2017-01-09")
	boss := p.as(ctx, p.supervisors[0])
	policy := task.Presets[0]
	policy.FromMonth, policy.DocNo = "2017-01", "宁区委督〔2017〕1号"
	if _, err := p.h.Supervision.AdoptPolicy(boss, p.key(), policy); err != nil {
		return err
	}
	for i, c := range campaigns {
		made, err := p.h.Campaigns.CreateCampaign(boss, p.key(), campaign.Campaign{Preset: c.preset, Year: 2017, From: "2017-01", To: "2017-12",
			LeaderPost: p.leaders[c.leader].post, LeadUnit: p.units[c.unit].ID, SortNo: int64(i + 1)})
		if err != nil {
			return err
		}
		force := campaign.TaskForce{CampaignID: made.ID, Members: []campaign.Member{
			{Role: campaign.Chief, PostID: p.leaders[c.leader].post}, {Role: campaign.Deputy, PostID: p.heads[c.unit].post}, {Role: campaign.Liaison, PersonID: p.clerks[c.unit].id}}}
		seen := map[string]bool{c.unit: true}
		for _, row := range c.rows {
			if u := p.units[row[5]]; !seen[u.Name] {
				seen[u.Name] = true
				force.Members = append(force.Members, campaign.Member{Role: campaign.Ranker, UnitID: u.ID})
			}
		}
		if made, err = p.h.Campaigns.SetTaskForce(boss, made.Version, force); err != nil {
			return err
		}
		if made, err = p.h.Campaigns.IssuePlan(boss, made.ID, made.Version, campaign.Plan{DocNo: c.docNo, Title: made.Name + "实施方案", IssuedOn: "2017-01-09"}, nil); err != nil {
			return err
		}
		grid := breakdown.Grid{Rows: [][]string{{"序号", "工作任务", "年度目标", "单位", "一季度", "二季度", "三季度", "四季度", "完成时限", "牵头单位", "配合单位", "分值"}}}
		for n, row := range c.rows {
			if certifiedItem(row[0]) || steps[row[0]] != nil {
				continue
			}
			q := make([]string, 4)
			if row[3] != "" {
				copy(q, strings.Split(row[3], ","))
			}
			grid.Rows = append(grid.Rows, append(append([]string{fmt.Sprint(n + 1), row[0], row[1], row[2]}, q...), row[4], row[5], row[6], row[7]))
		}
		res := breakdown.ParseGrid(grid, breakdown.GuessMapping(grid), breakdown.Options{Year: 2017})
		preview, err := p.h.Campaigns.PreviewImport(boss, made.ID, campaign.Source{FileName: made.Name + "任务书.xlsx", Tasks: res.Tasks, Problems: res.Problems})
		if err != nil {
			return err
		}
		if preview.Mend > 0 {
			for _, r := range preview.Rows {
				if r.Status == campaign.RowMend {
					return fmt.Errorf("%s第 %d 行：%v", made.Name, r.Row, r.Problems)
				}
			}
		}
		if _, err := p.h.Campaigns.CommitImport(boss, p.key(), preview.BatchID, c.docNo); err != nil {
			return err
		}
		for n, row := range c.rows { // a task book's table has no column for the data source and none for milestones: these are entered one by one
			if !certifiedItem(row[0]) && steps[row[0]] == nil {
				continue
			}
			d := campaign.ItemDraft{No: fmt.Sprint(n + 1), Title: row[0], Measure: row[2], Deadline: row[4], LeadUnit: p.units[row[5]].ID}
			if certifiedItem(row[0]) {
				d.SourceUnit = p.units["区统计局"].ID
			}
			for _, x := range steps[row[0]] {
				d.Milestones = append(d.Milestones, task.Milestone{Title: x.title, DueOn: x.due, Weight: x.weight * 100})
			}
			if row[3] != "" {
				d.Quarters = &[4]amount.Scaled{}
				for i, s := range strings.Split(row[3], ",") {
					if d.Quarters[i], err = scaled(s); err != nil {
						return err
					}
				}
			}
			if d.Target, err = scaled(row[1]); err != nil {
				return err
			}
			weight, err := scaled(row[7])
			if err != nil {
				return err
			}
			d.Weight = int64(weight) / 100
			for name := range strings.SplitSeq(row[6], "、") {
				if u := p.units[name]; u != nil && u.ID != d.SourceUnit { // who certifies a value does not help to make it
					d.SupportUnits = append(d.SupportUnits, u.ID)
				}
			}
			if _, err := p.h.Campaigns.AddItem(boss, p.key(), made.ID, d); err != nil {
				return fmt.Errorf("%s：%w", d.Title, err)
			}
		}
		p.camps = append(p.camps, made)
	}
	if err := p.load(ctx); err != nil {
		return err
	}
	p.clock.SetDay("2017-01-16")
	for _, c := range p.camps {
		books, err := p.h.Campaigns.IssueTaskBook(p.as(ctx, p.supervisors[0]), p.key(), c.ID)
		if err != nil {
			return err
		}
		for _, b := range books {
			head := p.headOf(b.UnitID)
			if head == nil {
				continue
			}
			if _, err := p.h.Campaigns.AcceptTaskBook(p.as(ctx, head), p.key(), b.ID, b.Version); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *player) headOf(unit int64) *person {
	for _, x := range p.heads {
		if x.unit == unit {
			return x
		}
	}
	return nil
}

func (p *player) clerkOf(unit int64) *person {
	for _, x := range p.clerks {
		if x.unit == unit {
			return x
		}
	}
	return nil
}

// pledges draws up each unit's pledge for all its campaigns; all but two are signed by both sides.
func (p *player) pledges(at func(string, func(context.Context) error)) {
	done := map[int64]bool{}
	for _, it := range p.items {
		if done[it.unit] {
			continue
		}
		done[it.unit] = true
		head := p.headOf(it.unit)
		var x campaign.Pledge
		at("2017-02-06", func(ctx context.Context) (err error) {
			x, err = p.h.Campaigns.DraftPledge(p.as(ctx, p.supervisors[0]), campaign.PledgeDrafting{UnitID: it.unit, Year: 2017, Form: campaign.Confirmation, LeaderPost: p.leaders[1].post})
			return err
		})
		if head == p.heads["洪口乡"] { // not signed to this day: it is chased
			continue
		}
		var v campaign.PledgeView
		at("2017-02-08", func(ctx context.Context) (err error) {
			v, err = p.h.Campaigns.SignPledge(p.as(ctx, head), p.key(), x.ID, x.Version, Password)
			return err
		})
		if head == p.heads["虎贝乡"] { // the unit has signed, the leader has not
			continue
		}
		at("2017-02-10", func(ctx context.Context) error {
			_, err := p.h.Campaigns.SignPledge(p.as(ctx, p.leaders[1]), p.key(), x.ID, v.Version, Password)
			return err
		})
	}
}

// flagRule is what this district adds to the pack: red flags, and yellow ones for who is last and below target. The pack has none, since it
// has no legal basis of its own.
const flagRule = `
statement: {last: 1, red: 3, ties: none, when: 总分 < 满分 × 0.8, authority: 区委常委会, legal_basis: 宁区委办〔2017〕20号}
`

// scheme drafts the quarterly scheme from the shipped pack and has a leader freeze it.
func (p *player) scheme(at func(string, func(context.Context) error)) {
	var x appraisal.Scheme
	at("2017-02-20", func(ctx context.Context) (err error) {
		text, _ := score.PackText("jiaocheng-quarterly")
		text = append(text, flagRule...)
		x, err = p.h.Appraisal.SaveScheme(p.as(ctx, p.appraisers[0]), p.key(), appraisal.Scheme{Text: string(text)})
		return err
	})
	at("2017-02-27", func(ctx context.Context) error {
		_, err := p.h.Appraisal.Freeze(p.as(ctx, p.leaders[0]), p.key(), x.ID, x.Version, "宁区委办〔2017〕20号", "2017-01-01")
		return err
	})
}

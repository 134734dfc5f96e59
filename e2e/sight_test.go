package e2e

import (
	"context"
	"fmt"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// sights are what a play says must be seen (应见), or refused (应拒), by whoever is on the stage.
//
//	应拒 words [权限|不存在|冲突|不合规]   the act before was refused with these words
//	应见 words · 不应见 words               in what the act before answered
//	应见灯 任务 月 灯 [补报]                  the sealed light of a closed month
//	应见现灯 任务 灯                         the light today
//	应见值 任务 月 [自报 数] [核验 数] [认定 数] [应达 数]
//	应见得分 季度 单位 分 [第N版] · 应见分项 季度 单位 项目 分 · 应见名次 季度 单位 名次 [第N版] · 应见档次 季度 单位 档
//	应见状态 对象 状态                       行动 编号 | 任务 号 | 确认书 单位 | 问题 号 | 督办单 号 | 通报 期 | 评比 季度 | 调整 任务
//	待办有 words · 待办没有 words · 待填有 任务 · 待填没有 任务
//	看得到 对象 · 看不到 对象                 the record exists, or does not exist, for whoever is on the stage
//	应见通报 期 words · 不应见通报 期 words     in a bulletin as it is printed
var sights map[string]func(p *stage, ctx context.Context, s statement)

func init() {
	sights = map[string]func(p *stage, ctx context.Context, s statement){
		"应拒": (*stage).refused,
		"应见": func(p *stage, ctx context.Context, s statement) {
			if !strings.Contains(p.said, s.text(0)) {
				s.fail("没有“%s”，只有“%s”", s.text(0), p.said)
			}
		},
		"不应见": func(p *stage, ctx context.Context, s statement) {
			if strings.Contains(p.said, s.text(0)) {
				s.fail("有“%s”：“%s”", s.text(0), p.said)
			}
		},
		"应见灯": (*stage).seeLight, "应见现灯": (*stage).seeStanding, "应见值": (*stage).seeValue,
		"应见得分": (*stage).seeScore, "应见分项": (*stage).seePart, "应见名次": (*stage).seeRank, "应见档次": (*stage).seeTier, "应见状态": (*stage).seeState,
		"待办有": todo(true), "待办没有": todo(false), "待填有": due(true), "待填没有": due(false),
		"看得到": opens(true), "看不到": opens(false), "应见通报": printed(true), "不应见通报": printed(false),
	}
}

func (p *stage) refused(ctx context.Context, s statement) {
	if p.err == nil {
		s.fail("第 %d 行的“%s”没有被拒绝", p.failed.line, p.failed.verb)
	}
	err := p.err
	p.err = nil
	words, kind := s.words, errs.KindOf(err)
	s.word(0)
	if k, ok := map[string]errs.Kind{"权限": errs.Forbidden, "不存在": errs.NotFound, "冲突": errs.Conflict, "不合规": errs.Invalid}[words[len(words)-1]]; ok && len(words) > 1 {
		if words = words[:len(words)-1]; k != kind {
			s.fail("不是“%s”（%d）：%s", s.words[len(words)], kind, say(err))
		}
	}
	if want := strings.Join(words, " "); !strings.Contains(say(err), want) {
		s.fail("没有“%s”，只有“%s”", want, say(err))
	}
	if kind == errs.Internal {
		s.fail("是内部错误：%v", err)
	}
}

func (p *stage) seeLight(ctx context.Context, s statement) {
	s.only(4)
	t, m := p.task(ctx, s, s.word(0)), p.month(s, s.word(1))
	var list []task.Month
	err := p.h.DB.View(ctx, func(tx *sqldb.Tx) (err error) {
		list, err = task.LightsBetween(ctx, tx, p.region, m, m)
		return err
	})
	if err != nil {
		s.fail("%v", err)
	}
	for _, l := range list {
		if l.TaskID != t.ID {
			continue
		}
		made := len(s.words) == 4 && s.word(3) == "补报"
		if l.Light.Chinese() != s.word(2) || l.MadeUp != made {
			s.fail("%s是%s（%s，补报 %v）", m.Chinese(), l.Light.Chinese(), l.Rule, l.MadeUp)
		}
		p.said = l.Rule
		return
	}
	s.fail("%s没有灯", m.Chinese())
}

func (p *stage) seeStanding(ctx context.Context, s statement) {
	s.only(2)
	if t := p.task(ctx, s, s.word(0)); t.Standing.Light.Chinese() != s.word(1) {
		s.fail("现在是%s：%s", t.Standing.Light.Chinese(), t.Standing.Why)
	}
}

func (p *stage) seeValue(ctx context.Context, s statement) {
	t, m := p.task(ctx, s, s.word(0)), p.month(s, s.word(1))
	var v indicator.Value
	var sheet indicator.Sheet
	err := p.h.DB.View(ctx, func(tx *sqldb.Tx) (err error) {
		if v, err = indicator.ValueOf(ctx, tx, p.region, t.IndicatorID, m); err != nil {
			return err
		}
		sheet, err = indicator.Get(ctx, tx, p.region, t.IndicatorID)
		return err
	})
	if err != nil {
		s.fail("%v", err)
	}
	pace := sheet.Plan.Pace(m)
	have := map[string]string{"应达": indicator.Plain(pace), "自报": "无", "核验": "无", "认定": "无"}
	if v.Reported != nil {
		have["自报"] = indicator.Plain(*v.Reported)
	}
	if v.Verified != nil {
		have["核验"] = indicator.Plain(*v.Verified)
	}
	if v.Certified != nil {
		have["认定"] = indicator.Plain(*v.Certified)
	}
	for k, want := range s.named(2, "自报", "核验", "认定", "应达") {
		if have[k] != want {
			s.fail("%s是 %s，不是 %s", k, have[k], want)
		}
	}
}

// line returns a unit's line as the person on the stage sees it, of the revision that the last word names (第2版).
func (p *stage) line(ctx context.Context, s statement, at int) (appraisal.Line, bool) {
	revision := int64(0)
	if len(s.words) > at {
		revision = whole(s, strings.TrimSuffix(strings.TrimPrefix(s.word(at), "第"), "版"))
	}
	v, err := p.h.Appraisal.ShowAt(p.as(ctx, s), roundID(s, p, s.word(0)), revision)
	if err != nil {
		s.fail("%v", err)
	}
	unit := p.unit(s, s.word(1)).ID
	for _, b := range v.Boards {
		for _, l := range b.Lines {
			if l.UnitID == unit {
				return l, true
			}
		}
	}
	return appraisal.Line{}, false
}

func roundID(s statement, p *stage, quarter string) int64 {
	n, ok := p.rounds[p.quarter(s, quarter)]
	if !ok {
		s.fail("还没有%s的评比", quarter)
	}
	return n
}

func (p *stage) seeScore(ctx context.Context, s statement) {
	s.only(4)
	if l, ok := p.line(ctx, s, 3); !ok || l.Total != strings.TrimSuffix(s.word(2), "—") { // — : the line is there, its score is not
		s.fail("得分是“%s”（看得到：%v）", l.Total, ok)
	}
}

func (p *stage) seePart(ctx context.Context, s statement) {
	s.only(5)
	l, _ := p.line(ctx, s, 4)
	for _, it := range l.Items {
		if it.Name == s.word(2) {
			if it.Score != s.word(3) {
				s.fail("“%s”得 %s", it.Name, it.Score)
			}
			return
		}
	}
	s.fail("没有“%s”：%+v", s.word(2), l.Items)
}

func (p *stage) seeRank(ctx context.Context, s statement) {
	s.only(4)
	if l, ok := p.line(ctx, s, 3); !ok || fmt.Sprint(l.Rank) != s.word(2) {
		s.fail("名次是 %d（看得到：%v）", l.Rank, ok)
	}
}

func (p *stage) seeTier(ctx context.Context, s statement) {
	s.only(3)
	if l, ok := p.line(ctx, s, 3); !ok || appraisal.TierName(l.Tier) != s.word(2) {
		s.fail("是%s（看得到：%v）", appraisal.TierName(l.Tier), ok)
	}
}

func (p *stage) seeState(ctx context.Context, s statement) {
	s.only(3)
	all, is := p.all(ctx), ""
	must := func(err error) {
		if err != nil {
			s.fail("%v", err)
		}
	}
	switch s.word(0) {
	case "行动":
		is = p.campaign(ctx, s, s.word(1)).State.Chinese()
	case "任务":
		is = p.task(ctx, s, s.word(1)).State.Chinese()
	case "确认书":
		is = p.pledge(ctx, s, s.word(1)).Status
	case "调整":
		is = p.adjustment(ctx, s, s.word(1)).State.Chinese()
	case "问题":
		v, err := p.h.Supervision.Finding(all, p.findings[s.word(1)])
		must(err)
		is = v.State.Chinese()
	case "督办单":
		v, err := p.h.Supervision.Order(all, p.orders[s.word(1)])
		must(err)
		is = v.State.Chinese()
	case "通报":
		v, err := p.h.Supervision.Bulletin(all, p.issue(s, s.word(1)))
		must(err)
		is = v.Bulletin.State.Chinese()
	case "评比":
		is = p.round(ctx, s, s.word(1)).State.Chinese()
	default:
		s.fail("没有“%s”这种对象", s.word(0))
	}
	if is != s.word(2) {
		s.fail("是“%s”", is)
	}
}

func todo(want bool) func(p *stage, ctx context.Context, s statement) {
	return func(p *stage, ctx context.Context, s statement) {
		if err := p.h.Outbox.Drain(ctx); err != nil {
			s.fail("%v", err)
		}
		list, err := p.h.Notices.Mine(p.as(ctx, s))
		if err != nil {
			s.fail("%v", err)
		}
		var titles []string
		has := false
		for _, x := range list {
			titles = append(titles, x.Title)
			has = has || strings.Contains(x.Title, s.text(0))
		}
		if has != want {
			s.fail("待办是：%s", strings.Join(titles, "；"))
		}
	}
}

func due(want bool) func(p *stage, ctx context.Context, s statement) {
	return func(p *stage, ctx context.Context, s statement) {
		s.only(1)
		l, err := p.h.Campaigns.Todo(p.as(ctx, s))
		if err != nil {
			s.fail("%v", err)
		}
		has := false
		for _, x := range append(l.First, l.Due...) {
			has = has || x.Task.No == s.word(0)
		}
		if has != want {
			s.fail("待填有：%v", has)
		}
	}
}

// opens opens a record as the person on the stage. What he may not see does not exist for him: NotFound, never Forbidden.
func opens(want bool) func(p *stage, ctx context.Context, s statement) {
	return func(p *stage, ctx context.Context, s statement) {
		me := p.as(ctx, s)
		var err error
		switch s.word(0) {
		case "回执":
			_, err = p.h.Campaigns.Receipt(me, known(s, p.reports, s.word(1)+" "+string(p.month(s, s.word(2)))))
		case "填报":
			_, err = p.h.Campaigns.Prefill(me, p.task(ctx, s, s.word(1)).ID, p.month(s, s.word(2)))
		case "任务":
			_, err = p.h.Task.Terms(me, p.task(ctx, s, s.word(1)).ID)
		case "任务书":
			_, err = p.h.Campaigns.TaskBookOf(me, known(s, p.campaigns, s.word(1)), p.unit(s, s.word(2)).ID)
		case "确认书":
			_, err = p.h.Campaigns.Pledge(me, p.pledge(ctx, s, s.word(1)).ID)
		case "调整":
			_, _, err = p.h.Task.AdjustmentOf(me, known(s, p.adjustments, s.word(1)))
		case "佐证":
			_, _, err = p.h.Evidence.Open(me, known(s, p.exhibits, s.word(1)))
		case "督查":
			_, err = p.h.Supervision.Tour(me, p.tour(s, s.word(1)))
		case "核验":
			_, err = p.h.Supervision.Checked(me, p.task(ctx, s, s.word(1)).ID)
		case "问题":
			_, err = p.h.Supervision.Finding(me, known(s, p.findings, s.word(1)))
		case "督办单":
			_, err = p.h.Supervision.Order(me, known(s, p.orders, s.word(1)))
		case "通报":
			_, err = p.h.Supervision.Bulletin(me, p.issue(s, s.word(1)))
		case "评比":
			_, err = p.h.Appraisal.Show(me, roundID(s, p, s.word(1)))
		case "得分单":
			_, err = p.h.Appraisal.DetailOf(me, roundID(s, p, s.word(1)), p.unit(s, s.word(2)).ID)
		case "排名": // the line of a unit on the board
			if _, ok := p.line(ctx, statement{s.file, s.line, s.verb, s.words[1:], nil}, 2); !ok {
				err = errs.New(errs.NotFound, "没有这一行")
			}
		case "草稿":
			var ok bool
			_, ok, err = p.h.Campaigns.Draft(me, p.task(ctx, s, s.word(1)).ID, p.month(s, s.word(2)))
			if err == nil && !ok {
				err = errs.New(errs.NotFound, "没有草稿")
			}
		default:
			s.fail("没有“%s”这种对象", s.word(0))
		}
		switch {
		case want && err != nil:
			s.fail("看不到：%v", err)
		case !want && err == nil:
			s.fail("看到了")
		case !want && errs.KindOf(err) != errs.NotFound:
			s.fail("不是“没有找到”，而是：%v", err)
		}
	}
}

func printed(want bool) func(p *stage, ctx context.Context, s statement) {
	return func(p *stage, ctx context.Context, s statement) {
		v, err := p.h.Supervision.Bulletin(p.as(ctx, s), p.issue(s, s.word(0)))
		if err != nil {
			s.fail("%v", err)
		}
		var text []string
		for _, x := range v.Doc.Body() {
			text = append(text, x.Text)
		}
		for _, a := range v.Doc.Dissents() {
			text = append(text, a.Unit+"："+a.Text, "答复："+a.Reply)
		}
		if whole := strings.Join(text, "\n"); strings.Contains(whole, s.text(1)) != want {
			s.fail("通报是：\n%s", whole)
		}
	}
}

package demo

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/area/appraisal"
	"duban/internal/area/campaign"
	"duban/internal/area/supervision"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// LastDay is the day before the demonstration opens; YearOver is after the year-end appraisal of a play of the whole year.
const (
	LastDay  = "2017-10-08"
	YearOver = "2018-03-15"
)

// item is one task with how it truly went.
type item struct {
	id, unit int64
	title    string
	sheet    indicator.Sheet
	support  []int64
	truth    map[period.Month]amount.Scaled
	reported amount.Scaled // the last one
	lowered  bool          // a check found less than was reported
	stopped  bool          // by an approved request

	certified map[period.Month]bool
}

// event is something that happens on a day.
type event struct {
	day string
	seq int
	do  func(context.Context) error
}

type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].day < a[j].day || a[i].day == a[j].day && a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}

// load reads the items that the imports have made and decides how each will truly go.
func (p *player) load(ctx context.Context) error {
	return p.h.DB.View(ctx, func(tx *sqldb.Tx) error {
		tasks, err := task.List(ctx, tx, p.region, task.Filter{})
		if err != nil {
			return err
		}
		place := map[int64]int{}
		for i, c := range p.camps {
			place[c.ID] = i
		}
		slices.SortFunc(tasks, func(a, b task.Task) int { // as the task books list them, however they were entered
			return cmp.Or(cmp.Compare(place[a.Origin.ID], place[b.Origin.ID]), cmp.Compare(a.No, b.No))
		})
		ability := map[int64]int{}
		for _, t := range tasks {
			full, err := task.Get(ctx, tx, p.region, t.ID)
			if err != nil {
				return err
			}
			sheet, err := indicator.Get(ctx, tx, p.region, t.IndicatorID)
			if err != nil {
				return err
			}
			if _, ok := ability[t.LeadUnit]; !ok {
				ability[t.LeadUnit] = 97 + p.rnd.IntN(13) // percent of plan
				switch {
				case t.LeadUnit == p.units["洪口乡"].ID || t.LeadUnit == p.units["虎贝乡"].ID:
					ability[t.LeadUnit] = 78 + p.rnd.IntN(8)
				case t.LeadUnit == p.units["漳湾镇"].ID || t.LeadUnit == p.units["金涵畲族乡"].ID:
					ability[t.LeadUnit] = 104 + p.rnd.IntN(6)
				}
			}
			it := &item{id: t.ID, unit: t.LeadUnit, title: t.Title, sheet: sheet, support: full.SupportUnits, truth: map[period.Month]amount.Scaled{}, certified: map[period.Month]bool{}}
			own := ability[t.LeadUnit] + p.rnd.IntN(17) - 8
			if strings.HasPrefix(t.Title, "城澳作业区征迁") {
				own = 64
			}
			var before amount.Scaled
			for m := sheet.Plan.From; m <= "2017-12" && m <= sheet.Plan.To; m = m.Next() {
				v := int64(sheet.Plan.Pace(m)) * int64(own+p.rnd.IntN(9)-4) / 100
				g := grain(sheet.Measure) // what is counted is whole: the nearest, as a unit would count it
				v = (v + g/2) / g * g
				if v < int64(sheet.Plan.Pace(m)) && int64(sheet.Plan.Target) < 20*g && own >= 96 {
					v += g // of a few things the next one is done before its time
				}
				it.truth[m] = min(max(amount.Scaled(v), before), sheet.Plan.Target)
				before = it.truth[m]
			}
			p.items = append(p.items, it)
		}
		return nil
	})
}

// grain is the smallest step in which a measure is counted, ×10^4.
func grain(measure string) int64 {
	switch measure {
	case "亩", "公里", "万人次":
		return 1000
	}
	return 10000
}

func day(m period.Month, d int) string { return fmt.Sprintf("%s-%02d", m, d) }

func plus(d string, n int) string {
	t, _ := period.ParseDay(d)
	return period.Day(t.AddDate(0, 0, n))
}

// year plays January to September and opens October.
func (p *player) year(ctx context.Context) error {
	var a agenda
	seq := 0
	at := func(d string, do func(context.Context) error) {
		seq++
		heap.Push(&a, event{d, seq, do})
	}
	last := period.Month("2017-09")
	if p.until > LastDay {
		last = "2017-12"
	}
	p.pledges(at)
	at("2017-02-13", p.officials)
	at("2017-02-14", p.eight)
	at("2017-02-15", p.account)
	p.scheme(at)
	for m := period.Month("2017-01"); m <= last; m = m.Next() {
		if err := p.month(ctx, m, at); err != nil {
			return err
		}
	}
	p.quarter("2017Q1", at)
	p.quarter("2017Q2", at)
	if p.until > LastDay {
		p.quarter("2017Q3", at)
		p.quarter("2017Q4", at)
		p.yearEnd(at)
	}
	p.adjustments(at)
	p.milestones(at)
	p.stop(at)
	p.manners(at)
	p.burdens(at)
	drained := period.Day(p.clock.Now())
	for a.Len() > 0 {
		e := heap.Pop(&a).(event)
		if e.day > p.until {
			continue
		}
		if e.day < period.Day(p.clock.Now()) {
			e.day = period.Day(p.clock.Now())
		}
		if e.day != period.Day(p.clock.Now()) {
			if e.day >= plus(drained, 3) { // facts are heard and nightly jobs run every third day: nothing that is played waits for them
				if err := p.h.Outbox.Drain(ctx); err != nil {
					return err
				}
				drained = e.day
			}
			if m := period.MonthOf(p.clock.Now()); string(m) < e.day[:7] {
				p.log("演示区县：%s", period.Month(e.day[:7]).Chinese())
			}
			p.clock.SetDay(e.day)
		} else {
			p.clock.Set(p.clock.Now().Add(time.Minute))
		}
		if err := e.do(ctx); err != nil {
			return fmt.Errorf("%s：%w", e.day, err)
		}
	}
	p.clock.SetDay(p.until)
	return nil
}

// month enters what a month's round brings: accounts, a tour, findings, lights, and at times a bulletin.
func (p *player) month(ctx context.Context, m period.Month, at func(string, func(context.Context) error)) error {
	next := m.Next()
	var due string
	if err := p.h.DB.View(ctx, func(tx *sqldb.Tx) (err error) {
		due, err = p.h.Tasks.DueOn(ctx, tx, p.region, m)
		return err
	}); err != nil {
		return err
	}
	for n, it := range p.items {
		if _, ok := it.truth[m]; !ok {
			continue
		}
		if m == "2017-09" && n%3 == 0 && p.until <= LastDay { // left for whoever opens the demonstration
			continue
		}
		careless := it.unit == p.units["洪口乡"].ID || it.unit == p.units["九都镇"].ID
		file := func(ctx context.Context) error { return p.file(ctx, it, m, at) }
		switch {
		case p.chance(4) || careless && p.chance(12): // missing; some are made up later
			if p.chance(60) {
				at(day(next, 20), file)
			}
		case p.chance(7):
			at(plus(due, 1+p.rnd.IntN(4)), file)
		default:
			at(day(m, 24+p.rnd.IntN(4)), file)
		}
	}
	p.detect(m, at)
	if m == "2017-09" && p.until <= LastDay {
		return nil
	}
	p.certify(m, at)
	at(plus(due, 1), func(ctx context.Context) error { return p.tour(ctx, m, at) })
	at(day(next, 14), func(ctx context.Context) error {
		_, err := p.h.Supervision.CloseMonth(p.as(ctx, p.supervisors[0]), p.key(), m)
		return err
	})
	if m == "2017-03" || m == "2017-06" || m == "2017-08" {
		at(day(next, 15), func(ctx context.Context) error { return p.bulletin(ctx, m, at) })
	}
	return nil
}

// certify has the statistics office certify the month's values on the 18th of the next month, four of five of them: some returns come in
// late and stay open. One is corrected when the quarter is added up. August is left for whoever opens the demonstration.
func (p *player) certify(m period.Month, at func(string, func(context.Context) error)) {
	for _, it := range p.items {
		v, ok := it.truth[m]
		if !ok || it.sheet.SourceUnitID != p.units["区统计局"].ID || p.luck.IntN(100) >= 80 || m == "2017-08" && p.until <= LastDay {
			continue
		}
		enter := func(v amount.Scaled, note string) func(context.Context) error {
			return func(ctx context.Context) error {
				_, err := p.h.Indicator.CertifyOnce(p.as(ctx, p.statistics), p.key(), indicator.Certification{IndicatorID: it.sheet.ID, Month: m, Value: v, Source: fmt.Sprintf("统计月报 2017 年 %d 月", m.Number()), Note: note})
				if err != nil {
					return fmt.Errorf("认定 %s：%w", it.title, err)
				}
				it.certified[m] = true
				return nil
			}
		}
		if m == "2017-06" && !strings.HasPrefix(it.title, "新增") {
			at(day(m.Next(), 18), enter(v-v/100/10000*10000, ""))
			at(day(m.Next(), 24), enter(v, "半年汇总时发现漏计一家企业"))
			continue
		}
		at(day(m.Next(), 18), enter(v, ""))
	}
}

// copied are the tasks whose unit writes the same words month after month, and in which months: signals of conduct come of it.
var copied = map[string]string{"署前路棚户区改造房屋拆除": "03 04", "虎贝旅游公路征地": "03 04", "石后乡村旅游投资": "05 06", "虎贝黄家村乡村旅游投资": "06 07", "洪口水源地移民安置签约": "07 08",
	"全区接待游客": "07 08", "数字城管案件办结": "07 08", "薄弱村转化（洪口）": "05 06"}

// file has the clerk report a month as the unit sees it: truly, or somewhat better than truly.
func (p *player) file(ctx context.Context, it *item, m period.Month, at func(string, func(context.Context) error)) error {
	clerk := p.clerkOf(it.unit)
	if clerk == nil {
		return nil
	}
	truth, show := it.truth[m], it.truth[m]
	rosy := it.unit == p.units["霍童镇"].ID || it.unit == p.units["八都镇"].ID || it.unit == p.units["城南镇"].ID
	if rosy && p.chance(35) {
		v := int64(truth) * int64(104+p.rnd.IntN(8)) / 100
		show = min(amount.Scaled(v-v%grain(it.sheet.Measure)), it.sheet.Plan.Target)
	}
	d := task.Draft{TaskID: it.id, Month: m, Value: show, BlockerKind: task.NoBlocker}
	if it.lowered && show < it.reported {
		d.Value, d.Cut, d.CutReason = truth, true, "按督查核验数更正"
		d.Cut = truth < it.reported
		it.lowered = false
	} else if show < it.reported {
		d.Value = it.reported
	}
	if it.certified[m] { // what the data source has certified is not asked again
		d.Value, d.Cut, d.CutReason = truth, truth < it.reported, "按统计局认定数更正"
	}
	if !d.Cut {
		d.CutReason = ""
	}
	pace := it.sheet.Plan.Pace(m)
	if d.Value < pace {
		d.BlockerKind = blockerOrder[p.rnd.IntN(len(blockerOrder))]
		texts := blockers[d.BlockerKind]
		d.Blocker = texts[p.rnd.IntN(len(texts))]
		d.NextStep = "倒排工期，每周调度一次"
		if len(it.support) > 0 && p.chance(25) {
			d.HelpUnit, d.Help = it.support[p.rnd.IntN(len(it.support))], "请帮助解决："+d.Blocker
			if r := []rune(d.Help); len(r) > 60 {
				d.Help = string(r[:60])
			}
		}
	}
	d.Progress = fmt.Sprintf("%d月累计完成 %s，应达 %s。", m.Number(), indicator.Show(d.Value, it.sheet.Measure), indicator.About(pace, it.sheet.Measure))
	if months := copied[it.title]; d.Value < pace && strings.Contains(months, string(m)[5:]) {
		d.Progress, d.BlockerKind, d.Blocker, d.HelpUnit, d.Help = "各项工作正在有序推进，班子成员多次研究，下一步将继续加大力度，确保完成年度任务。", task.NoBlocker, "", 0, ""
	}
	r := campaign.ReportDraft{Draft: d}
	if p.chance(6) {
		f, err := evidence.Inspect("逐户（逐宗）台账.txt", []byte(fmt.Sprintf("%s\n%s 台账\n累计完成 %s\n（演示数据）\n", it.title, m.Chinese(), indicator.Show(d.Value, it.sheet.Measure))))
		if err != nil {
			return err
		}
		r.Files = append(r.Files, f)
	}
	if it.stopped { // after the draws, so that the others' year is the same with and without it
		p.chance(3)
		return nil
	}
	out, err := p.h.Campaigns.SubmitReport(p.as(ctx, clerk), p.key(), r)
	if err != nil {
		return fmt.Errorf("%s %s：%w", it.title, m, err)
	}
	if p.chance(3) { // taken back the same day and filed again
		if _, err := p.h.Campaigns.WithdrawReport(p.as(ctx, clerk), p.key(), out.ID, out.Version); err != nil {
			return err
		}
		r.Progress += "（更正后重报）"
		r.Files = nil
		if _, err := p.h.Campaigns.SubmitReport(p.as(ctx, clerk), p.key(), r); err != nil {
			return err
		}
	}
	it.reported = max(it.reported, d.Value)
	if d.Cut {
		it.reported = d.Value
	}
	return nil
}

// tour sends the inspectors out: a drawn sample, a verified value each, findings where it is warranted.
func (p *player) tour(ctx context.Context, m period.Month, at func(string, func(context.Context) error)) error {
	boss := p.as(ctx, p.supervisors[0])
	var people []int64
	for _, x := range p.supervisors {
		people = append(people, x.id)
	}
	scope := supervision.Scope{}
	for _, c := range p.camps {
		scope.Origins = append(scope.Origins, ref.Ref{Kind: campaign.Kind, ID: c.ID})
	}
	id, err := p.h.Supervision.OpenTour(boss, p.key(), supervision.TourDraft{Month: m, Title: fmt.Sprintf("%d月份六大攻坚行动督查", m.Number()), Basis: "区委区政府年度督查计划", BasisDocNo: "宁区委办〔2017〕8号",
		LeaderID: p.supervisors[0].id, Inspectors: people, Scope: scope, Plan: "抽查任务现场核对，逐项比对自报数与台账、现场。"})
	if err != nil {
		return err
	}
	drawn, err := p.h.Supervision.DrawSample(boss, p.key(), id, 24, fmt.Sprintf("督查%s", m))
	if err != nil {
		return err
	}
	if err := p.h.Supervision.BeginTour(boss, p.key(), id); err != nil {
		return err
	}
	byID := map[int64]*item{}
	for _, it := range p.items {
		byID[it.id] = it
	}
	for _, x := range drawn {
		it := byID[x.TaskID]
		if it == nil {
			continue
		}
		truth, ok := it.truth[m]
		if !ok {
			continue
		}
		inspector := p.supervisors[p.rnd.IntN(len(p.supervisors))]
		note, grade := "现场核对，与台账一致", supervision.Documents
		if truth < it.reported {
			note, grade, it.lowered = "现场核对数少于自报数", supervision.Structured, true
		}
		if _, err := p.h.Supervision.Verify(p.as(ctx, inspector), p.key(), supervision.Seen{TourID: id, TaskID: it.id, Value: truth, Note: note, Grade: grade}); err != nil {
			return fmt.Errorf("核验 %s：%w", it.title, err)
		}
		f := -1
		switch pace := it.sheet.Plan.Pace(m); {
		case truth < it.reported:
			f = 0
		case int64(truth)*100 < int64(pace)*88 && p.chance(70):
			f = 1
		case p.chance(8):
			f = 2
		}
		if f < 0 {
			continue
		}
		fact := findingFacts[f]
		fid, err := p.h.Supervision.IssueFinding(p.as(ctx, inspector), p.key(), supervision.FindingDraft{TourID: id, TaskID: it.id, Kind: fact.kind, Fact: it.title + "：" + fact.fact, Requirement: fact.require, Days: 10})
		if err != nil {
			return err
		}
		p.mend(fid, it.unit, f, at)
	}
	today := period.Day(p.clock.Now())
	at(plus(today, 2), func(ctx context.Context) error {
		return p.h.Supervision.EndTour(p.as(ctx, p.supervisors[0]), p.key(), id, "抽查任务已全部核验，发现的问题已下达整改。")
	})
	return nil
}

// causes are why something was found wrong and what was done about it, by the kind of finding.
var causes = []string{"原因是台账由各村后补、没有逐户签字。已逐户补签，数据已更正，今后当天入账。", "由于施工队伍人手不足，作业面没有铺开。已增加一个班组，附倒排工期表。", "因批复下来后没有及时归档，造成资料不全。已补齐，并指定专人保管。"}

// mend has the unit put a finding right, sooner, later or not yet. Most say what caused it; some came back after they were struck off.
func (p *player) mend(id, unit int64, kind int, at func(string, func(context.Context) error)) {
	head := p.headOf(unit)
	if head == nil {
		return
	}
	today := period.Day(p.clock.Now())
	month := p.clock.Now().Month()
	slow := unit == p.units["虎贝乡"].ID && (month == time.April || month == time.May) || unit == p.units["洪口乡"].ID && (month == time.August || month == time.September)
	report, back := causes[kind], p.style.IntN(16) == 0
	if p.style.IntN(8) == 0 {
		report = "已按要求整改，台账和现场照片备查。"
	}
	accepted := 1
	if slow {
		accepted = 6
	}
	at(plus(today, accepted), func(ctx context.Context) error { return p.h.Supervision.AcceptFinding(p.as(ctx, head), p.key(), id) })
	if p.chance(12) {
		return
	}
	days := 4 + p.rnd.IntN(8)
	if p.chance(15) {
		days += 14
	}
	if slow {
		days = max(days, 13)
	}
	at(plus(today, days), func(ctx context.Context) error {
		return p.h.Supervision.ReportFinding(p.as(ctx, head), p.key(), id, report)
	})
	again := p.chance(12)
	at(plus(today, days+2), func(ctx context.Context) error {
		if again {
			return p.h.Supervision.SendBackFinding(p.as(ctx, p.supervisors[1]), p.key(), id, "只补了台账，现场没有变化", 10)
		}
		return p.h.Supervision.CloseFinding(p.as(ctx, p.supervisors[1]), p.key(), id, "复核属实，同意销号。")
	})
	if again {
		at(plus(today, days+8), func(ctx context.Context) error {
			return p.h.Supervision.ReportFinding(p.as(ctx, head), p.key(), id, "原因是上次只改了台账。现场已整改，请复核。")
		})
		at(plus(today, days+10), func(ctx context.Context) error {
			return p.h.Supervision.CloseFinding(p.as(ctx, p.supervisors[1]), p.key(), id, "再次复核属实，同意销号。")
		})
	} else if back {
		at(plus(today, days+24), func(ctx context.Context) error {
			return p.h.Supervision.ReopenFinding(p.as(ctx, p.supervisors[2]), p.key(), id, "回访时同样的问题又有了", 10)
		})
		at(plus(today, days+31), func(ctx context.Context) error {
			return p.h.Supervision.ReportFinding(p.as(ctx, head), p.key(), id, "原因是没有人盯着。已定到人，每周查一次。")
		})
		at(plus(today, days+33), func(ctx context.Context) error {
			return p.h.Supervision.CloseFinding(p.as(ctx, p.supervisors[1]), p.key(), id, "再次复核属实，同意销号。")
		})
	}
}

// bulletin drafts the month's bulletin, asks the named units, and has a leader issue it. One unit dissents.
func (p *player) bulletin(ctx context.Context, m period.Month, at func(string, func(context.Context) error)) error {
	boss := p.as(ctx, p.supervisors[0])
	id, err := p.h.Supervision.DraftBulletin(boss, p.key(), m, supervision.Scope{})
	if err != nil {
		return err
	}
	if err := p.h.Supervision.SendForConfirmation(boss, p.key(), id, 3); err != nil {
		return err
	}
	today := period.Day(p.clock.Now())
	at(plus(today, 2), func(ctx context.Context) error {
		v, err := p.h.Supervision.Bulletin(p.as(ctx, p.supervisors[0]), id)
		if err != nil {
			return err
		}
		for i, c := range v.Confirmations {
			head := p.headOf(c.UnitID)
			if head == nil || i%5 == 4 { // one in five does not answer in time
				continue
			}
			agree, text := true, ""
			if i == 1 {
				agree, text = false, "应达数按原进度计算，本单位已申请调整，请在通报中注明。"
			}
			if err := p.h.Supervision.Confirm(p.as(ctx, head), p.key(), id, c.UnitID, agree, text); err != nil {
				return err
			}
		}
		return nil
	})
	n := map[period.Month]int{"2017-03": 1, "2017-06": 2, "2017-08": 3}[m]
	at(plus(today, 8), func(ctx context.Context) error {
		return p.h.Supervision.Publish(p.as(ctx, p.leaders[2]), p.key(), id, fmt.Sprintf("宁区委督〔2017〕%d号", n+4), "")
	})
	return nil
}

// quarter plays a quarter's appraisal from the cut-off to the published board; in the second one objection is upheld and one rejected.
func (p *player) quarter(q period.Quarter, at func(string, func(context.Context) error)) {
	m := q.Last().Next()
	var r appraisal.Round
	step := func(d int, who *person, do func(ctx context.Context) (appraisal.Round, error)) {
		at(day(m, d), func(ctx context.Context) (err error) {
			r, err = do(p.as(ctx, who))
			return err
		})
	}
	ap := p.h.Appraisal
	step(17, p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) {
		list, err := ap.Schemes(ctx)
		if err != nil {
			return r, err
		}
		for _, x := range list {
			if x.State == appraisal.Frozen {
				return ap.OpenRound(ctx, p.key(), period.Term(q), x.ID, appraisal.ByTier)
			}
		}
		return r, fmt.Errorf("没有已定稿的考核办法")
	})
	step(17, p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Compute(ctx, p.key(), r.ID, r.Version) })
	step(18, p.statistics, func(ctx context.Context) (appraisal.Round, error) { return ap.Confirm(ctx, p.key(), r.ID, r.Version) })
	at(day(m, 19), func(ctx context.Context) error { return p.spots(ctx, r.ID) })
	step(19, p.appraisers[1], func(ctx context.Context) (appraisal.Round, error) {
		return ap.Review(ctx, p.key(), r.ID, r.Version, "程序抽到的数逐项看了月报、核验记录和现场，都一致。")
	})
	step(20, p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Announce(ctx, p.key(), r.ID, r.Version) })
	if q <= "2017Q2" { // one objection that has no ground; in the second quarter another that has, of a unit that comes to stand before another by it
		p.object(&r, m, p.heads["三都镇"], "城澳作业区征迁户数因上级调整红线减少，应达数应按新红线计算。", "", at)
	}
	if q == "2017Q2" {
		p.object(&r, m, nil, "有一项任务 6 月的完成数漏计一笔已支付的工程款，请按凭证更正。", "查验支付凭证属实，按应达数认定。", at)
	}
	step(28, p.leaders[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Approve(ctx, p.key(), r.ID, r.Version) })
	step(28, p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) {
		return ap.Publish(ctx, p.key(), r.ID, r.Version, fmt.Sprintf("宁区考办〔2017〕%d号", map[period.Quarter]int{"2017Q1": 3, "2017Q2": 6, "2017Q3": 9, "2017Q4": 12}[q]))
	})
	if q == "2017Q1" { // the second quarter's flags are left for whoever opens the demonstration
		p.flags(&r, m.Next(), at)
	}
	if q != "2017Q2" {
		m = m.Next()
		step(15, p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Lock(ctx, p.key(), r.ID, r.Version) })
	}
}

// spots answers what the program drew for the first review: each item by somebody who neither entered nor verified it.
func (p *player) spots(ctx context.Context, roundID int64) error {
	words := []string{"到现场看了形象进度，与月报一致。", "查了台账和验收单，与月报一致。", "查了支付凭证，与月报一致。"}
	who := append(slices.Clone(p.appraisers), p.supervisors...)
	list, err := p.h.Appraisal.SpotsOf(p.as(ctx, p.appraisers[0]), roundID)
	if err != nil {
		return err
	}
	for i, x := range list.List {
		err := errs.New(errs.Forbidden, "没有人可以核对")
		for k := range who {
			if _, err = p.h.Appraisal.AnswerSpot(p.as(ctx, who[(i+k)%len(who)]), p.key(), x.ID, x.Version, appraisal.Agrees, "", words[i%len(words)]); err == nil || errs.KindOf(err) != errs.Forbidden {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// object plays an objection and its decision; head nil is the head of a township whose rank a correction changes. Without words for it
// the objection is rejected.
func (p *player) object(r *appraisal.Round, m period.Month, head *person, text, upheld string, at func(string, func(context.Context) error)) {
	ap := p.h.Appraisal
	var o appraisal.Objection
	var found appraisal.Decision
	at(day(m, 21), func(ctx context.Context) (err error) {
		if head == nil {
			if head, found, err = p.mistaken(ctx, *r); err != nil {
				return err
			}
		}
		o, err = ap.FileObjection(p.as(ctx, head), p.key(), r.ID, "1", text)
		return err
	})
	at(day(m, 25), func(ctx context.Context) error {
		d := appraisal.Decision{Words: "红线调整没有批准文件，按在执行的任务书计分，异议不成立。"}
		if upheld != "" {
			found.Words = upheld
			d = found
		}
		if _, err := ap.DecideObjection(p.as(ctx, p.appraisers[2]), p.key(), o.ID, o.Version, d); err != nil {
			return err
		}
		v, err := ap.Show(p.as(ctx, p.appraisers[2]), r.ID)
		*r = v.Round
		return err
	})
}

// flags plays the red and yellow flags of a quarter and the statements of the units with a yellow one.
func (p *player) flags(r *appraisal.Round, m period.Month, at func(string, func(context.Context) error)) {
	ap := p.h.Appraisal
	at(day(m, 4), func(ctx context.Context) error {
		_, err := ap.IssueFlags(p.as(ctx, p.leaders[0]), p.key(), r.ID, r.Version, "宁区委办〔2017〕31号", r.Title[:len(r.Title)-len("评比")]+"重点工作讲评会")
		return err
	})
	at(day(m, 9), func(ctx context.Context) error {
		x, err := ap.FlagsOf(p.as(ctx, p.appraisers[0]), r.ID)
		if err != nil {
			return err
		}
		for _, f := range x.Issued {
			head := p.headOf(f.UnitID)
			if f.Colour != appraisal.YellowFlag || head == nil {
				continue
			}
			if _, err := ap.MakeStatement(p.as(ctx, head), p.key(), f.ID, f.Version, "前期手续准备不足，报件晚，一季度主要在补手续；现场力量偏少，进度安排前松后紧。", "由主要负责人每周调度一次，五月底前补齐手续。\n倒排到旬，六月底前赶上应达进度，赶不上的书面说明。"); err != nil {
				return err
			}
		}
		return nil
	})
}

// mistaken looks, from the last township up, for one that a correction of one of its tasks would put before another: the objection that is upheld
// ranks everybody anew.
func (p *player) mistaken(ctx context.Context, r appraisal.Round) (*person, appraisal.Decision, error) {
	ap, look := p.h.Appraisal, p.as(ctx, p.appraisers[2])
	v, err := ap.Show(look, r.ID)
	if err != nil {
		return nil, appraisal.Decision{}, err
	}
	for _, b := range v.Boards {
		if b.Group != "镇街组" {
			continue
		}
		for _, l := range slices.Backward(b.Lines) {
			head := p.headOf(l.UnitID)
			if head == nil || head == p.heads["三都镇"] {
				continue
			}
			detail, err := ap.DetailOf(look, r.ID, l.UnitID)
			if err != nil {
				return nil, appraisal.Decision{}, err
			}
			for _, row := range detail.Data.Rows {
				if row.Item != appraisal.ItemTasks || !row.Value.Valid || !row.Target.Valid || row.Value.Decimal.Cmp(row.Target.Decimal) >= 0 {
					continue
				}
				d := appraisal.Decision{Upheld: true, Source: row.Source, Value: row.Target.Decimal.String()}
				g, err := ap.WhatIf(look, r.ID, l.UnitID, d.Source, d.Value)
				if err != nil {
					return nil, d, err
				}
				if g.NewRank < g.OldRank {
					return head, d, nil
				}
			}
		}
	}
	return nil, appraisal.Decision{}, fmt.Errorf("%s：没有一个单位能凭一个数的更正改变名次", r.Title)
}

// yearEnd plays the year-end appraisal from the mean of the quarters to the locked board.
func (p *player) yearEnd(at func(string, func(context.Context) error)) {
	var r appraisal.Round
	step := func(d string, who *person, do func(ctx context.Context) (appraisal.Round, error)) {
		at(d, func(ctx context.Context) (err error) {
			r, err = do(p.as(ctx, who))
			return err
		})
	}
	ap := p.h.Appraisal
	step("2018-02-05", p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) {
		list, err := ap.Schemes(ctx)
		if err != nil {
			return r, err
		}
		for _, x := range list {
			if x.State == appraisal.Frozen {
				return ap.OpenYearEnd(ctx, p.key(), "2017", x.ID, appraisal.ByTier)
			}
		}
		return r, fmt.Errorf("没有已定稿的考核办法")
	})
	step("2018-02-05", p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Compute(ctx, p.key(), r.ID, r.Version) })
	step("2018-02-06", p.statistics, func(ctx context.Context) (appraisal.Round, error) { return ap.Confirm(ctx, p.key(), r.ID, r.Version) })
	step("2018-02-07", p.appraisers[1], func(ctx context.Context) (appraisal.Round, error) {
		return ap.Review(ctx, p.key(), r.ID, r.Version, "四个季度已发布得分逐一核对，平均数无误。")
	})
	step("2018-02-08", p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Announce(ctx, p.key(), r.ID, r.Version) })
	step("2018-03-01", p.leaders[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Approve(ctx, p.key(), r.ID, r.Version) })
	step("2018-03-02", p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) {
		return ap.Publish(ctx, p.key(), r.ID, r.Version, "宁区考办〔2018〕1号")
	})
	step("2018-03-12", p.appraisers[0], func(ctx context.Context) (appraisal.Round, error) { return ap.Lock(ctx, p.key(), r.ID, r.Version) })
}

// adjustments asks for changes of sealed baselines: granted, refused, and two that wait for a leader today.
func (p *player) adjustments(at func(string, func(context.Context) error)) {
	propose := func(d, title, unit, deadline, reason, docNo string, then func(ctx context.Context, a task.Adjustment) error) {
		at(d, func(ctx context.Context) error {
			for _, it := range p.items {
				if it.title != title {
					continue
				}
				a, err := p.h.Task.Propose(p.as(ctx, p.heads[unit]), p.key(), task.Adjustment{TaskID: it.id, Reason: reason, DocNo: docNo, Wanted: task.Wanted{Deadline: &deadline}})
				if err != nil || then == nil {
					return err
				}
				at(plus(d, 3), func(ctx context.Context) error { return then(ctx, a) })
				return nil
			}
			return fmt.Errorf("没有任务“%s”", title)
		})
	}
	decide := func(yes bool, docNo, words string) func(context.Context, task.Adjustment) error {
		return func(ctx context.Context, a task.Adjustment) error {
			_, err := p.h.Task.Decide(p.as(ctx, p.leaders[2]), p.key(), a.ID, a.Version, yes, docNo, words)
			return err
		}
	}
	propose("2017-06-12", "集镇立面整治（霍童）", "霍童镇", "2017-11-30", "古镇保护规划调整，立面方案重新报批", "", decide(true, "宁区政办〔2017〕41号", "同意延期一个月"))
	propose("2017-07-11", "城区雨污分流管网", "区住房和城乡建设局", "2017-12-31", "汛期施工受影响", "", decide(false, "", "汛期已在计划内考虑，不予延期"))
	propose("2017-10-07", "城澳作业区征迁签约", "三都镇", "2017-10-31", "尚有 30 余户对安置地块有异议，需要重新选址后集中签约", "", nil)
	propose("2017-10-07", "疏港路青苗清表", "飞鸾镇", "2017-10-20", "台风后道路抢通占用机械，清表延后", "", nil)
}

// milestones has the units say what they have reached, and an inspector look: late, found unfinished and claimed anew, or waiting today.
func (p *player) milestones(at func(string, func(context.Context) error)) {
	for _, it := range p.items {
		for i, x := range steps[it.title] {
			no := int64(i + 1)
			claim := func(reached, words string) func(context.Context) error {
				return func(ctx context.Context) error {
					return p.h.Task.ClaimMilestone(p.as(ctx, p.clerkOf(it.unit)), p.key(), it.id, no, reached, words)
				}
			}
			if x.denied != "" {
				at(x.due, claim(x.due, "已按期完成"))
				at(x.denied, func(ctx context.Context) error {
					return p.h.Task.CheckMilestone(p.as(ctx, p.supervisors[1]), p.key(), it.id, no, false, "", x.lacked)
				})
			}
			if x.claim != "" {
				at(x.claim, claim(x.claim, ""))
			}
			if x.check != "" {
				at(x.check, func(ctx context.Context) error {
					return p.h.Task.CheckMilestone(p.as(ctx, p.supervisors[1]), p.key(), it.id, no, true, x.reached, "到现场看过，与申报"+map[bool]string{true: "一致", false: "相差几天，以现场为准"}[x.reached == x.claim])
				})
			}
		}
	}
}

// stop halts one item while the province moves its line, and takes it up again.
func (p *player) stop(at func(string, func(context.Context) error)) {
	for _, it := range p.items {
		if it.title != "沈海复线连接线征地" {
			continue
		}
		ask := func(d string, w task.Wanted, reason, docNo string) {
			at(d, func(ctx context.Context) error {
				a, err := p.h.Task.Propose(p.as(ctx, p.headOf(it.unit)), p.key(), task.Adjustment{TaskID: it.id, Reason: reason, DocNo: docNo, Wanted: w})
				if err != nil {
					return err
				}
				at(plus(d, 2), func(ctx context.Context) error {
					_, err := p.h.Task.Decide(p.as(ctx, p.leaders[2]), p.key(), a.ID, a.Version, true, docNo, "同意")
					it.stopped = w.State == task.Stopped
					return err
				})
				return nil
			})
		}
		deadline := "2018-01-31"
		ask("2017-05-16", task.Wanted{State: task.Stopped}, "省里调整线位，红线未定，征地无法进行", "宁区政〔2017〕会纪23号")
		ask("2017-08-14", task.Wanted{State: task.Open, Deadline: &deadline}, "线位已批复，恢复征地，工期顺延一个月", "宁区政〔2017〕会纪37号")
	}
}

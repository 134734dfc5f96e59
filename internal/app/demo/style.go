package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"duban/internal/area/conduct"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/org"
)

// measures are the eight measures (八条措施) with who owns each. Titles, numbers and owners are invented in the manner of such documents.
// Source: S8; domain 9.
var measures = []struct{ title, content, owner string }{
	{"对标先进找差距", "每个单位选一个先进地方的同行对标，列出差距、学什么、半年里改什么。", "区发改局"},
	{"马上就办、限时办结", "交办的事两个工作日内签收，按时限办结；办不了的三日内说清原因，不拖到最后一天。", "督查室"},
	{"一线考察识别干部", "到项目、征迁、村居一线看干部怎么干事，两人以上同行，只记看到的事实。", "区委组织部"},
	{"正向激励", "干得好的及时表扬，给考核办提加分建议，评先评优向一线倾斜。", "考核办"},
	{"容错纠错", "落实“三个区分开来”：单位申请、小组核实、集体认定，给干事的人撑腰。", "区纪委"},
	{"减负松绑", "要基层填的报表一律登记，先减后增；检查有计划，意见有回音。", "督查室"},
	{"反向提醒", "不急不忙、不冷不热、不疼不痒的，先听单位说明，再由小组认定；该提醒的提醒，该约谈的约谈。", "区纪委"},
	{"服务企业零距离", "区领导挂钩重点企业和项目，企业的诉求十个工作日内给回音。", "区经信局"},
}

// actions are what is to be done for a measure: by whom, until when, and when it was reported done ("" if it is not).
var actions = []struct {
	measure              int
	text, unit, due, did string
	note                 string
}{
	{1, "编印六个先进县市的差距清单，分行业列出可学的做法", "区发改局", "2017-03-31", "2017-03-28", "清单已编印，24 项差距，每项写明向谁学、谁来学。"},
	{1, "到先进乡镇跟班学习，列出半年改进事项", "七都镇", "2017-06-30", "2017-06-26", "跟班 5 天，列出 7 件改进事项，已办 3 件。"},
	{1, "到先进乡镇跟班学习，列出半年改进事项", "霍童镇", "2017-09-15", "", ""},
	{2, "印发签收和办结时限表，逐项写明起算日", "督查室", "2017-02-28", "2017-02-24", "时限表已印发，共 31 项。"},
	{2, "梳理超过 15 个工作日的审批事项，压缩三分之一", "区住建局", "2017-05-31", "2017-06-08", "11 项压缩到平均 9 个工作日；迟了一周，是与省里系统对接耽误的。"},
	{3, "对六大攻坚行动开展首轮一线考察", "区委组织部", "2017-06-30", "2017-06-29", "考察 9 个项目现场，记录 5 份，本人都看得到。"},
	{3, "对下半年重点项目开展第二轮一线考察", "区委组织部", "2017-11-30", "", ""},
	{4, "定出表扬和加分建议的办法，写明谁提、谁研究", "考核办", "2017-03-31", "2017-03-30", "办法已印发。加分由考核办按考核办法研究，不直接加。"},
	{5, "印发容错认定的流程：申请、核实、认定各由谁办", "区纪委", "2017-04-28", "2017-04-27", "流程已印发，一张图说清。"},
	{6, "清理各部门要基层填的报表，全部登记", "督查室", "2017-03-15", "2017-03-13", "清出报表 23 张，停用 14 张，合并 4 张，留下的都在报表清单里。"},
	{6, "把上墙的制度牌和内容重复的台账清一遍", "七都镇", "2017-10-31", "", ""},
	{7, "每月看一遍工作数据，线索先送单位说明", "督查室", "2017-12-29", "", ""},
	{8, "建立区领导挂钩企业清单，写明联系人", "区经信局", "2017-04-14", "2017-04-12", "清单 86 家，每家一名联系人。"},
	{8, "在新能源三期工地设服务点，诉求当场登记", "漳湾镇", "2017-09-29", "2017-09-22", "服务点已设，登记诉求 17 件，办结 15 件。"},
	{8, "规模以上企业走访一遍，问题列清单", "区经信局", "2017-09-30", "", ""},
}

// reviews are how each measure stands after the first half-year (半年评估).
var reviews = []struct {
	rating conduct.Rating
	text   string
}{
	{conduct.Partly, "24 项差距里 9 项有了行动，真正缩小的 4 项。学的多，改的少，下半年盯改进事项。"},
	{conduct.Works, "交办事项平均签收从 3.6 个工作日降到 1.4 个，到期未办的少了一半。"},
	{conduct.Partly, "首轮看了 9 个现场。一线记录还没有用到评先评优上。"},
	{conduct.Works, "表扬 3 次，加分建议由考核办研究过，程序清楚，没有异议。"},
	{conduct.Partly, "流程已有，上半年只有一件申请。要让单位知道怎么申请。"},
	{conduct.Works, "要基层填的报表从 23 张减到 5 张，意见箱都有回音。"},
	{conduct.Fails, "线索按月在看，可同一类问题下个月又有。要把原因问到底。"},
	{conduct.Partly, "诉求登记到位，回音平均 12 个工作日，还没有做到 10 个。"},
}

// fate is what becomes of a signal: what the unit says, what the panel finds and how it ends.
type fate struct {
	outcome                      conduct.Outcome
	claim                        conduct.Distinction
	says, ground, mends, closing string
}

// fates say what becomes of the signals whose story is told: by the task, or by what the data say of it; others are reminded.
var fates = []struct {
	symptom conduct.Symptom
	about   string // in the title or in what the data say
	fate
}{
	{conduct.Lukewarm, "虎贝旅游公路征地", fate{outcome: conduct.None, says: "林地手续在省里审批，材料补过两次，都有收文。卡点没有填，是以为上月填过就不用再填。",
		ground: "核对收文登记，补件属实，没有进展是等审批；卡点怎么填已当面讲清，不属作风问题。", closing: "已把认定结果告知单位。"}},
	{conduct.Lukewarm, "薄弱村转化", fate{outcome: conduct.Mend, says: "村里的账没有按时送来，只好照上月的写。",
		ground: "账在村里放了两周没有人去取，属办事拖沓，责令整改。", mends: "原因是收账没有定人。已定每月 20 日由驻村干部收账、当天核数，从这个月起照办。", closing: "查看了收账登记，按时收齐，同意归档。"}},
	{conduct.Lukewarm, "虎贝黄家村", fate{outcome: conduct.Talk, says: "人手紧，进度慢，以后抓紧。",
		ground: "同一单位三个月里第三条线索，说明里没有讲出原因和办法。", closing: "8 月由区纪委和督查室约谈乡主要负责人，当场定了三条措施，谈话记录另存。"}},
	{conduct.Lukewarm, "洪口水源地", fate{outcome: conduct.Exempt, claim: conduct.Explorer, says: "我们在试“预签约”：户主先签意向，等评估价公示后一次签正式协议，所以这两个月完成数不动、文字相近。做法上级没有规定，事先报过分管领导。申请容错。",
		ground: "核实：意向名单、分管领导批示、公示材料齐全，抽问 8 户都属实，没有虚报，没有谋取私利。属探索性试验中的暂时落后，予以容错。", closing: "容错认定书已送达，下季度不因此事重复追究。"}},
	{conduct.Lukewarm, "数字城管案件", fate{outcome: conduct.None, says: "8 月平台升级停机 9 天，案件派不下来，平台公司有书面通知。停机的事没有写进卡点，是疏忽。",
		ground: "核对停机通知和派案记录，属实，不属作风问题。建议今后停机写进卡点。", closing: "已把认定结果告知单位。"}},
	{conduct.Lukewarm, "全区接待游客", fate{outcome: conduct.Remind, says: "8 月的数要等景区汇总，先照 7 月的文字报了，没有回头改。",
		ground: "景区汇总 8 月 29 日已到，局里没有更新，是没有用心。提醒今后数到了就改。", closing: "已由督查室提醒局分管负责人。"}},
	{conduct.Toothless, "反弹", fate{outcome: conduct.Mend, says: "销号以后没有人再去看，问题又回来了。",
		ground: "回访属实，整改没有管住，责令把长效的办法拿出来。", mends: "原因是没有定人盯。已定到村到人，每周查一次，查的记录留在乡里。", closing: "回访两次没有反弹，同意归档。"}},
	{conduct.Toothless, "没有说明问题", fate{outcome: conduct.Remind, says: "报结时只写了结果。原因是台账由各村后补，核对不细，已经补写。",
		ground: "补充说明讲清了原因，问题也已改，提醒今后报结要写原因。", closing: "已提醒单位分管负责人。"}},
	{conduct.Unhurried, "", fate{outcome: conduct.Remind, says: "签收晚，是党政办收文后没有当天转办。已改为收文当天转、第二天问。",
		ground: "收文登记显示在党政办压了几天，没有特殊原因，提醒改正。", closing: "已提醒党政办负责人。"}},
	{conduct.Lukewarm, "", fate{outcome: conduct.Remind, says: "文字照抄了上月，没有到现场核就报了。今后由挂点干部先报实数，再写进展。",
		ground: "两个月文字雷同，到现场问，月中其实有变化没有写进来，是没有用心。", closing: "已由督查室提醒单位分管负责人。"}},
}

// fateOf is what becomes of a signal; a unit that was reminded of 不疼不痒 before must put it right.
func (p *player) fateOf(x conduct.Signal) fate {
	if x.Symptom == conduct.Toothless {
		if p.warned[x.UnitID]++; p.warned[x.UnitID] > 2 {
			return fate{outcome: conduct.Mend, says: "又没有写原因，是经办的同志换了，没有交代清楚。", ground: "提醒过还犯，责令整改，写明今后由谁把关。",
				mends: "原因是报结没有人审。今后由乡长看过再报，报结单上写原因和责任人。", closing: "后两次报结都写了原因，同意归档。"}
		}
	}
	for _, f := range fates {
		if f.symptom == x.Symptom && strings.Contains(x.Title+strings.Join(x.Features, ""), f.about) {
			return f.fate
		}
	}
	return fates[len(fates)-1].fate
}

// praises are the positive incentives (正向激励) of the year.
var praises = []struct {
	day, unit, head string // head "" is the whole unit
	form            conduct.PraiseForm
	fact, basis     string
	settled         string // the day on which 考核办 has looked into it
}{
	{"2017-04-18", "漳湾镇", "", conduct.Commend, "新能源三期征地 38 天交付 310 亩，逐户签字齐全，没有一件信访。", "一季度督查通报", ""},
	{"2017-05-16", "金涵畲族乡", "", conduct.Bonus, "连接线征地全部由村民代表会议公示，抽查 12 户全部满意，可供全区借鉴。", "4 月份督查记录", "2017-05-24"},
	{"2017-07-06", "七都镇", "七都镇", conduct.Commend, "带队驻点 104 国道七都段一个月，协调林地手续，征地提前 20 天交付。", "首轮一线考察", ""},
	{"2017-07-20", "蕉南街道", "蕉南街道", conduct.Recommend, "署前路棚改签约率 71%，入户 1200 多次，做法已在全区推开。", "二季度督查通报", ""},
	{"2017-09-26", "漳湾镇", "", conduct.Bonus, "在工地设服务点，企业诉求 17 件办结 15 件，平均 4 个工作日。", "8 月份督查记录", ""},
}

// exams are what was seen of people where the work is done (一线考察): of the head of a unit.
var exams = []struct{ unit, day, wrote, place, fact, view string }{
	{"三都镇", "2017-04-20", "2017-04-24", "城澳作业区征迁现场", "当天入户 6 户，4 户因安置地块意见未签。镇长逐户记下诉求，当场答复能办的 3 件，不能办的 1 件说明了理由。", "熟悉每户情况，敢碰硬；对安置地块的难题向上反映偏晚。"},
	{"漳湾镇", "2017-05-11", "2017-05-15", "新能源三期征地指挥点", "每晚八点碰头，当天的问题当天定人。看到 5 月 9 日提出的坟墓迁移问题 11 日已办完。", "组织有力，办事快；碰头会可以再短些。"},
	{"七都镇", "2017-06-14", "2017-06-20", "104 国道七都段", "在工地和林业局的同志一起核对 5.4 亩林地红线，中午没有离开现场，下午拿出补件清单。", "肯下一线，能协调部门。"},
	{"洪口乡", "2017-06-22", "2017-06-27", "水源地移民安置点", "安置房二层尚未封顶，问施工队何时复工，乡里说不上来；材料款已到账三周。", "掌握情况不够，要盯到人盯到天。"},
	{"石后乡", "2017-09-13", "2017-09-19", "食用菌加工厂", "企业反映用电扩容 40 天没有回音，乡长当场打电话约定三天内到场，三天后确已到场。", "对企业的事上心，马上就办。"},
}

// officials are the people of the party offices that the measures name; they are hired after everybody else, so that the rest of the play stays as it is.
func (p *player) officials(ctx context.Context) error {
	p.clock.SetDay("2017-02-13")
	root := auth.With(ctx, auth.Actor{ID: 1, RegionID: p.region, Name: "初始化", Roles: []auth.Role{auth.SysAdmin}})
	who := &names{rnd: p.style, used: p.used}
	var made []*person
	for i, u := range []struct {
		name, short string
		people      []struct {
			title, login string
			role         auth.Role
		}
	}{
		{"中共蕉城区委组织部", "区委组织部", []struct {
			title, login string
			role         auth.Role
		}{{"干部监督科科长", "zuzhi2", auth.Clerk}}},
		{"中共蕉城区纪律检查委员会", "区纪委", []struct {
			title, login string
			role         auth.Role
		}{{"区委常委、区纪委书记", "jiwei", auth.Leader}, {"党风政风室主任", "jiwei2", auth.Clerk}}},
	} {
		unit, err := p.h.Org.SaveUnit(root, org.Unit{Name: u.name, ShortName: u.short, Kind: org.Office, SortNo: int64(12 + 2*i)})
		if err != nil {
			return err
		}
		p.units[u.name], p.units[u.short] = &unit, &unit
		for j, x := range u.people {
			hired, err := p.h.Org.SavePerson(root, org.Person{Name: who.next(), UnitID: unit.ID, SortNo: int64(5000 + 10*(2*i+j))})
			if err != nil {
				return err
			}
			post, err := p.h.Org.SavePost(root, org.Post{UnitID: unit.ID, Title: x.title, Leader: x.role == auth.Leader, SortNo: int64(5000 + 10*(2*i+j))})
			if err != nil {
				return err
			}
			if err := p.h.Org.Appoint(root, post.ID, hired.ID, "2016-12-01"); err != nil {
				return err
			}
			made = append(made, &person{id: hired.ID, name: hired.Name, unit: unit.ID, post: post.ID, login: x.login, roles: []auth.Role{x.role}})
		}
	}
	p.personnel, p.discipline, p.disciplineClerk = made[0], made[1], made[2]
	p.all = append(p.all, made...)
	return p.h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		for _, x := range made {
			if err := p.h.Account.Create(ctx, tx, p.region, x.id, x.login, Password, x.roles...); err != nil {
				return err
			}
		}
		return nil
	})
}

// eight enters the document of the eight measures with its actions, the rules of the signals and the named readers of the records of persons.
func (p *player) eight(ctx context.Context) error {
	p.clock.SetDay("2017-02-14")
	boss := p.as(ctx, p.supervisors[0])
	d := conduct.DocumentDraft{Title: "提振干事创业精气神八条措施", DocNo: "宁区委〔2017〕6号", IssuedOn: "2017-02-13"}
	for _, m := range measures {
		d.Measures = append(d.Measures, conduct.MeasureDraft{Title: m.title, Content: m.content, OwnerUnit: p.units[m.owner].ID})
	}
	if _, err := p.h.Conduct.AdoptMeasures(boss, p.key(), d); err != nil {
		return err
	}
	doc, err := p.h.Conduct.Measures(boss)
	if err != nil {
		return err
	}
	for _, a := range actions {
		id, err := p.h.Conduct.AddAction(boss, p.key(), doc.Measures[a.measure-1].ID, a.text, p.units[a.unit].ID, a.due)
		if err != nil {
			return fmt.Errorf("%s：%w", a.text, err)
		}
		p.actions = append(p.actions, id)
	}
	for _, m := range doc.Measures {
		p.measures = append(p.measures, m.ID)
	}
	rules := conduct.DefaultRules
	rules.Basis = "宁区委〔2017〕6号第七条"
	if err := p.h.Conduct.SetRules(boss, p.key(), rules); err != nil {
		return err
	}
	secretary := p.as(ctx, p.leaders[0])
	for _, x := range []struct {
		who           *person
		reason, until string
	}{{p.leaders[6], "分管一线考察工作", "2017-12-31"}, {p.discipline, "办理容错认定，要核实情况", "2017-12-31"}, {p.supervisors[1], "参加首轮一线考察", "2017-06-30"}} {
		if _, err := p.h.Conduct.NameReader(secretary, p.key(), x.who.id, x.reason, x.until); err != nil {
			return err
		}
	}
	return nil
}

// actor is who reports for a unit: its head, or somebody of the office.
func (p *player) actor(unit string) *person {
	switch unit {
	case "督查室":
		return p.supervisors[1]
	case "考核办":
		return p.appraisers[1]
	case "区委组织部":
		return p.personnel
	case "区纪委":
		return p.disciplineClerk
	}
	return p.headOf(p.units[unit].ID)
}

// manners plays what follows from the eight measures through the year.
func (p *player) manners(at func(string, func(context.Context) error)) {
	for i, a := range actions {
		if a.did == "" {
			continue
		}
		at(a.did, func(ctx context.Context) error {
			return p.h.Conduct.CompleteAction(p.as(ctx, p.actor(a.unit)), p.key(), p.actions[i], a.note)
		})
	}
	for i, r := range reviews {
		at(fmt.Sprintf("2017-07-%02d", 10+i/4), func(ctx context.Context) error {
			_, err := p.h.Conduct.ReviewMeasure(p.as(ctx, p.supervisors[0]), p.key(), p.measures[i], "2017H1", r.rating, r.text)
			return err
		})
	}
	for _, x := range praises {
		at(x.day, func(ctx context.Context) error {
			y := conduct.Praise{Form: x.form, UnitID: p.units[x.unit].ID, Fact: x.fact, Basis: x.basis}
			if x.head != "" {
				y.PersonID = p.heads[x.head].id
			}
			id, err := p.h.Conduct.GivePraise(p.as(ctx, p.supervisors[0]), p.key(), y)
			if err == nil && x.settled != "" {
				at(x.settled, func(ctx context.Context) error {
					return p.h.Conduct.SettleBonus(p.as(ctx, p.appraisers[0]), p.key(), id)
				})
			}
			return err
		})
	}
	chief := p.leaders[6]
	for _, x := range exams {
		at(x.wrote, func(ctx context.Context) error {
			_, err := p.h.Conduct.WriteExam(p.as(ctx, chief), p.key(), conduct.Exam{PersonID: p.heads[x.unit].id, Place: x.place, ObservedOn: x.day, Fact: x.fact, View: x.view, Assessors: []int64{p.personnel.id, p.supervisors[1].id}})
			return err
		})
	}
	for _, x := range []struct {
		day, unit, why string
		who            **person
	}{{"2017-07-05", "七都镇", "研究上半年表扬名单", &p.leaders[6]}, {"2017-07-05", "漳湾镇", "研究上半年表扬名单", &p.leaders[6]}, {"2017-08-22", "三都镇", "核实三都镇的容错申请", &p.discipline}, {"2017-09-27", "漳湾镇", "研究三季度加分建议", &p.leaders[6]}} {
		at(x.day, func(ctx context.Context) error {
			_, err := p.h.Conduct.ReadExams(p.as(ctx, *x.who), p.heads[x.unit].id, x.why)
			return err
		})
	}
	// Three that inspectors have entered by hand: to one the unit has said nothing in its time, two wait for the unit's word.
	for _, x := range []struct {
		day  string
		text conduct.SignalDraft
	}{
		{"2017-09-11", conduct.SignalDraft{Symptom: conduct.Unhurried, UnitID: p.units["九都镇"].ID, Title: "霍童溪九都段项目协调", Month: "2017-08",
			Fact: "8 月 22 日、29 日两次协调会议定由镇里报管线迁改清单，到 9 月 8 日没有报，也没有说明原因。", Basis: "8 月份督查记录第 7 号"}},
		{"2017-09-27", conduct.SignalDraft{Symptom: conduct.Unhurried, UnitID: p.units["七都镇"].ID, Title: "标准厂房项目协调会议定的事", Month: "2017-09",
			Fact: "9 月 13 日协调会议定由镇里 9 月 20 日前报电力迁改方案，到 9 月 26 日仍未报，也没有说明。", Basis: "9 月份督查记录第 4 号"}},
		{"2017-09-28", conduct.SignalDraft{Symptom: conduct.Lukewarm, UnitID: p.units["区农业局"].ID, Title: "薄弱村转化的技术指导", Month: "2017-09",
			Fact: "抽查四个薄弱村，三个村说半年里没有技术员来过；局里每月报表都写“已组织指导”。", Basis: "意见箱 9 月来信，督查室已回访"}},
	} {
		at(x.day, func(ctx context.Context) error {
			_, err := p.h.Conduct.RaiseSignal(p.as(ctx, p.supervisors[2]), p.key(), x.text)
			return err
		})
	}
}

// detect looks through a month's work data on the eighth of the next, as the program does by itself, and plays what becomes of the signals.
func (p *player) detect(m period.Month, at func(string, func(context.Context) error)) {
	at(day(m.Next(), 8), func(ctx context.Context) error {
		if err := p.h.Outbox.Drain(ctx); err != nil { // signals come of what the facts of supervision tell
			return err
		}
		boss := p.as(ctx, p.supervisors[0])
		if _, err := p.h.Conduct.DetectMonth(boss, p.key(), m); err != nil {
			return err
		}
		list, err := p.h.Conduct.Signals(boss, conduct.SignalFilter{From: m, To: m, State: conduct.Shown, Limit: 500})
		if err != nil {
			return err
		}
		cal, err := p.calendar(ctx)
		if err != nil {
			return err
		}
		slices.Reverse(list) // the first number first
		for _, x := range list {
			if err := p.hear(x, cal, at); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *player) calendar(ctx context.Context) (cal *calendar.Calendar, err error) {
	err = p.h.DB.View(ctx, func(tx *sqldb.Tx) error {
		cal, err = p.h.Calendar.LoadIn(ctx, tx)
		return err
	})
	return cal, err
}

// hear plays a signal from the unit's word to the archive. The panel has not yet met on the last one of 不急不忙.
func (p *player) hear(x conduct.Signal, cal *calendar.Calendar, at func(string, func(context.Context) error)) error {
	head := p.headOf(x.UnitID)
	if head == nil {
		return nil
	}
	way := p.fateOf(x)
	var says, finds, mended, ends, mendBy string
	for _, d := range []struct {
		to   *string
		from *string
		n    int
	}{{&says, &x.DueOn, -p.style.IntN(7)}, {&finds, &x.DueOn, 2 + p.style.IntN(4)}, {&mended, &finds, 12}, {&ends, &finds, 9 + p.style.IntN(5)}, {&mendBy, &finds, 15}} {
		var err error
		if *d.to, err = cal.AddWorkdays(*d.from, d.n); err != nil {
			return err
		}
	}
	version := func(ctx context.Context) (int64, error) {
		v, err := p.h.Conduct.Signal(p.as(ctx, p.supervisors[0]), x.ID)
		return v.Version, err
	}
	at(says, func(ctx context.Context) error {
		return p.h.Conduct.Explain(p.as(ctx, head), p.key(), x.ID, x.Version, way.says, way.claim)
	})
	if x.Symptom == conduct.Unhurried && x.Month == "2017-08" {
		return nil
	}
	at(finds, func(ctx context.Context) error {
		v, err := version(ctx)
		if err != nil {
			return err
		}
		d := conduct.FindDraft{Outcome: way.outcome, Ground: way.ground, Panel: []int64{p.supervisors[0].id, p.discipline.id, p.personnel.id}}
		if d.Outcome == conduct.Mend {
			d.MendByOn = mendBy
		}
		return p.h.Conduct.Find(p.as(ctx, p.supervisors[0]), p.key(), x.ID, v, d)
	})
	if way.outcome == conduct.Mend {
		at(mended, func(ctx context.Context) error {
			v, err := version(ctx)
			if err != nil {
				return err
			}
			return p.h.Conduct.ReportMending(p.as(ctx, head), p.key(), x.ID, v, way.mends)
		})
		var err error
		if ends, err = cal.AddWorkdays(mended, 5); err != nil {
			return err
		}
	}
	at(ends, func(ctx context.Context) error {
		v, err := version(ctx)
		if err != nil {
			return err
		}
		return p.h.Conduct.Archive(p.as(ctx, p.supervisors[1]), p.key(), x.ID, v, way.closing)
	})
	return nil
}

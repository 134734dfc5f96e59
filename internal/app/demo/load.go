package demo

import (
	"context"
	"fmt"

	"duban/internal/base/errs"
	"duban/internal/spine/burden"
	"duban/internal/spine/org"
)

// asked are the returns that departments ask of others beside the program's own: who asks, when it was proposed, and what came of it.
var asked = []struct {
	key, unit, day string // who asks, and when
	draft          burden.ReturnDraft
	to             []string // units, if not kinds
	replaces       string   // key of the return that it takes the place of
	signed, reason string   // by the head, when units would pass their limits with it
	decided, words string
	refused        bool
	ended, why     string
}{
	{key: "village", unit: "区农业局", day: "2017-02-16", decided: "2017-02-20", words: "同意，一季一报。", draft: burden.ReturnDraft{Name: "村级集体经济收支季报", Basis: "宁区委农办〔2017〕3号", Source: "村级财务账，由镇里汇总",
		Frequency: burden.Quarterly, Minutes: 40, Audience: burden.ByKind, Kinds: []org.Kind{org.Township, org.Subdistrict}, From: "2017-03", WhyNew: "没有同类报表；村账只有镇里有。",
		Fields: []string{"经营性收入（万元）", "补助收入（万元）", "支出（万元）", "年末债务（万元）", "收不抵支的村数（个）"}}},
	{key: "illegal-week", unit: "区执法局", day: "2017-02-16", to: []string{"蕉南街道", "蕉北街道", "城南镇", "金涵畲族乡", "漳湾镇"}, decided: "2017-02-20", words: "先按周报，半年后看能不能改月报。",
		draft: burden.ReturnDraft{Name: "“两违”治理周报", Basis: "宁区政办〔2017〕9号", Source: "镇街巡查记录", Frequency: burden.Weekly, Minutes: 15, Audience: burden.ByUnit, From: "2017-02", WhyNew: "专项治理期间要按周掌握新增违建。",
			Fields: []string{"本周新发现违建（处）", "本周拆除面积（平方米）", "在建停工（处）", "需协调的事"}}},
	{key: "projects", unit: "区发改局", day: "2017-02-16", to: []string{"漳湾镇", "三都镇", "七都镇", "飞鸾镇"}, decided: "2017-02-21", words: "同意，年中与月度进展对一次，重复的停。", ended: "2017-06-28", why: "这几项月度进展里都有，重复填报，停用。",
		draft: burden.ReturnDraft{Name: "重点项目进度月报", Basis: "宁区发改〔2017〕12号", Source: "项目业主报镇里", Frequency: burden.Monthly, Minutes: 30, Audience: burden.ByUnit, From: "2017-03", WhyNew: "月度进展不分项目业主。",
			Fields: []string{"本月完成投资（万元）", "形象进度", "存在问题"}}},
	{key: "fire", unit: "区林业局", day: "2017-02-17", decided: "2017-02-22", words: "省森林防火系统里每天都有值班记录，不再要乡镇填。", refused: true,
		draft: burden.ReturnDraft{Name: "森林防火值班周报", Basis: "宁区森防〔2017〕2号", Source: "乡镇值班表", Frequency: burden.Weekly, Minutes: 10, Audience: burden.ByKind, Kinds: []org.Kind{org.Township}, From: "2017-03", WhyNew: "清明前后火险高。",
			Fields: []string{"值班人员", "出动次数", "火情"}}},
	{key: "tour", unit: "区旅游局", day: "2017-03-20", to: []string{"霍童镇", "三都镇", "洪口乡", "虎贝乡"}, decided: "2017-03-23", words: "同意，只在长假报。",
		draft: burden.ReturnDraft{Name: "节假日旅游接待快报", Basis: "宁区旅〔2017〕8号", Source: "景区售票、停车记录", Frequency: burden.OnEvent, Minutes: 10, Audience: burden.ByUnit, From: "2017-04", WhyNew: "长假期间上级按日调度。",
			Fields: []string{"接待人次（人次）", "停车（辆）", "安全情况"}}},
	{key: "illegal-month", unit: "区执法局", day: "2017-05-04", to: []string{"蕉南街道", "蕉北街道", "城南镇", "金涵畲族乡", "漳湾镇"}, replaces: "illegal-week", decided: "2017-05-09", words: "同意。采纳意见箱来信，周报改月报，一年少填四十多次。",
		draft: burden.ReturnDraft{Name: "“两违”治理月报", Basis: "宁区政办〔2017〕33号", Source: "镇街巡查记录", Frequency: burden.Monthly, Minutes: 15, Audience: burden.ByUnit, From: "2017-06",
			Fields: []string{"本月新发现违建（处）", "本月拆除面积（平方米）", "需协调的事"}}},
	{key: "industry", unit: "区经信局", day: "2017-07-12", to: []string{"漳湾镇", "七都镇", "城南镇", "飞鸾镇", "八都镇"}, decided: "2017-07-18", words: "同意。规模以上企业数由统计局认定，系统带出，不要镇里再填。",
		draft: burden.ReturnDraft{Name: "工业企业运行月报", Basis: "宁区经信〔2017〕21号", Source: "镇里走访企业", Frequency: burden.Monthly, Minutes: 20, Audience: burden.ByUnit, From: "2017-08", WhyNew: "停产和用电异常没有别的来源。",
			Fields: []string{"=新增规模以上企业", "停产企业（家）", "用电明显下降的企业（家）", "企业要协调的事"}}},
	{key: "land", unit: "区国土局", day: "2017-08-15", signed: "2017-08-18", reason: "省厅卫片执法逐月核查，漏报要扣全区用地指标。只要有图斑的乡镇填，年底核完就停。", decided: "2017-08-21", words: "同意，只到年底；没有图斑的乡镇不填。",
		draft: burden.ReturnDraft{Name: "违法用地图斑核查表", Basis: "宁国土资〔2017〕86号", Source: "图斑现场核查", Frequency: burden.Monthly, Minutes: 90, Audience: burden.ByKind, Kinds: []org.Kind{org.Township, org.Subdistrict}, From: "2017-09", WhyNew: "图斑由省里逐月下发，没有可替代的报表。",
			Fields: []string{"图斑编号", "实际用途", "占地面积（平方米）", "占用耕地（平方米）", "处置情况", "计划完成日期"}}},
	{key: "pollution", unit: "区农业局", day: "2017-09-18", decided: "2017-09-22", words: "与污染源普查入户表重复，等普查数据共享，不另要报表。", refused: true,
		draft: burden.ReturnDraft{Name: "农业面源污染情况表", Basis: "宁农〔2017〕40号", Source: "村里估算", Frequency: burden.Once, Minutes: 60, Audience: burden.ByKind, Kinds: []org.Kind{org.Township}, From: "2017-10", WhyNew: "底数不清。",
			Fields: []string{"化肥用量（吨）", "农药用量（吨）", "养殖户（户）"}}},
	{key: "house", unit: "区住建局", day: "2017-09-29",
		draft: burden.ReturnDraft{Name: "老旧房屋安全排查周报", Basis: "宁区住建〔2017〕77号", Source: "镇街逐栋排查", Frequency: burden.Weekly, Minutes: 45, Audience: burden.ByKind, Kinds: []org.Kind{org.Township, org.Subdistrict}, From: "2017-10", WhyNew: "台风季后全面排查，没有同类报表。",
			Fields: []string{"本周排查（栋）", "发现隐患（栋）", "已腾空（户）", "已加固（栋）", "需协调的隐患"}}},
}

// letters are what people wrote into the mailbox (意见箱) and when it was answered; what has no answer waits.
var letters = []struct {
	day, unit string // whose clerk wrote
	class     burden.SuggestionClass
	page      string
	text      string
	anonymous bool
	answered  string
	outcome   burden.Outcome
	answer    string
}{
	{"2017-03-09", "城南镇", burden.Repeat, "/burden/returns", "“两违”拆除面积，周报报给执法局，月报又报给督查室，同一个数填两遍。", false, "2017-03-17", burden.Adopted, "说得对。已和执法局商定，周报改成月报，手续办好就停；停用以前周报里的面积不再核对。"},
	{"2017-03-22", "九都镇", burden.Hardship, "", "征地户数要等村里逐户核，月底前后人都在村里，能不能在手机上先存着，过两天再交？", true, "2017-03-31", burden.Adopted, "可以。填一半会自动存成草稿，30 天内接着填；没网时先存在手机里。"},
	{"2017-04-21", "三都镇", burden.Deduction, "/appraisal", "一季度城澳作业区征迁按原红线算应达数，觉得扣重了。", false, "2017-04-27", burden.Explained, "应达数按在执行的任务书算。红线调整要有批准文件，请先申请调整；对得分有异议，可以在得分页直接提。"},
	{"2017-05-12", "霍童镇", burden.Other, "/todo", "手机上“待办”里办完的和没办的混在一起，不好找。", false, "2017-05-22", burden.Adopted, "已改：先办的在最上面，已报等核验的放在下面。"},
	{"2017-06-14", "石后乡", burden.Repeat, "", "旅游收入景区报一次、镇里报一次，口径还不一样。", true, "2017-07-06", burden.Partly, "答复迟了，向您道歉。假日快报只留接待人次，旅游收入以统计部门的数为准；平时的口径还在和旅游局对。"},
	{"2017-07-19", "赤溪镇", burden.Hardship, "/burden", "茶叶加工园的投资要等业主给发票，25 号前给不齐。", false, "2017-07-27", burden.Partly, "按已有凭证报，差的下月补，不算少报。截止日期由亮灯规则定，暂不改。"},
	{"2017-08-10", "飞鸾镇", burden.Other, "", "督查通报里写“青苗清表滞后”，能不能同时写上台风影响？", false, "2017-08-17", burden.Explained, "通报发之前会送贵镇核对，写上不同意见的，会附在通报后面一起发。"},
	{"2017-09-12", "洋中镇", burden.Deduction, "/appraisal", "集镇立面整治核验时漏看了后街 6 户，二季度少算了。", false, "2017-09-20", burden.Adopted, "复核属实，请在下一次督查时一并核验，已记下；二季度异议期已过，按规定不再改。"},
	{"2017-09-14", "八都镇", burden.Hardship, "", "国道征地每月要附逐户签名表，60 多户，一个村跑两天。能不能半年附一次？", false, "", "", ""},
	{"2017-09-27", "七都镇", burden.Repeat, "/burden/returns", "规上企业数统计局每月都有，工业月报能不能不要我们再核一遍？", false, "2017-09-30", burden.Adopted, "这一项已由系统带出，您看一眼就行，不用填。"},
	{"2017-09-28", "虎贝乡", burden.Hardship, "", "图斑核查表的“占用耕地”镇里没有测绘的人，量不准，报错了怕追责。", true, "", "", ""},
	{"2017-09-30", "七都镇", burden.Other, "/todo", "林地手续卡在区林业局一个多月，能不能在系统里看到办到哪一步？", false, "", "", ""},
}

// confirmed are the clauses of the self-check that the office has confirmed (自查确认). The numbers are invented.
var confirmed = []struct {
	clause string
	met    bool
	text   string
}{
	{"force", true, "没有发文或在群里要求定期登录，没有通报过使用率。"},
	{"vehicle", true, "年度督查计划、考核计划已报备，没有借系统增加频次。"},
	{"level", true, "16 个乡镇、街道都没有另建同类应用。"},
	{"filing", true, "演示备案编号 3509022017003，2017-02-20 备案。"},
	{"acceptance", true, "2017-01-12 验收，功能、性能、便捷性三项合格。"},
	{"security", false, "等级保护二级已备案；测评排在 11 月，还没有做。"},
}

// account sets the limits of the burden account and what the office confirms of the self-check.
func (p *player) account(ctx context.Context) error {
	boss := p.as(ctx, p.supervisors[0])
	if err := p.h.Burden.SetLimit(boss, p.key(), burden.Limit{Sheets: 16, Fields: 80, Minutes: 200, Checks: 8, Basis: "宁区委〔2017〕6号第六条"}); err != nil {
		return err
	}
	for _, c := range confirmed {
		if err := p.h.Burden.State(boss, p.key(), c.clause, c.met, c.text); err != nil {
			return err
		}
	}
	return nil
}

// burdens plays the returns that are asked for and the mailbox.
func (p *player) burdens(at func(string, func(context.Context) error)) {
	ids := map[string]int64{}
	for _, x := range asked {
		clerk, head := p.clerks[p.units[x.unit].Name], p.heads[p.units[x.unit].Name]
		version := func(ctx context.Context, who *person) (int64, error) {
			v, err := p.h.Burden.Return(p.as(ctx, who), ids[x.key])
			return v.Version, err
		}
		at(x.day, func(ctx context.Context) (err error) {
			d := x.draft
			for _, u := range x.to {
				d.Units = append(d.Units, p.units[u].ID)
			}
			d.Replaces = ids[x.replaces]
			ids[x.key], err = p.h.Burden.ProposeReturn(p.as(ctx, clerk), p.key(), d)
			return err
		})
		if x.signed != "" {
			at(plus(x.day, 1), func(ctx context.Context) error { // the office tries to approve it, and is held up by the limit
				v, err := version(ctx, p.supervisors[0])
				if err != nil {
					return err
				}
				if err := p.h.Burden.DecideReturn(p.as(ctx, p.supervisors[0]), p.key(), ids[x.key], v, true, x.words); errs.KindOf(err) != errs.Conflict {
					return fmt.Errorf("《%s》超过上限，没有签字就批准了：%w", x.draft.Name, err)
				}
				return nil
			})
			at(x.signed, func(ctx context.Context) error {
				v, err := version(ctx, head)
				if err != nil {
					return err
				}
				return p.h.Burden.SignOver(p.as(ctx, head), p.key(), ids[x.key], v, x.reason)
			})
		}
		if x.decided != "" {
			at(x.decided, func(ctx context.Context) error {
				v, err := version(ctx, p.supervisors[0])
				if err != nil {
					return err
				}
				return p.h.Burden.DecideReturn(p.as(ctx, p.supervisors[0]), p.key(), ids[x.key], v, !x.refused, x.words)
			})
		}
		if x.ended != "" {
			at(x.ended, func(ctx context.Context) error {
				v, err := version(ctx, p.supervisors[0])
				if err != nil {
					return err
				}
				return p.h.Burden.EndReturn(p.as(ctx, p.supervisors[0]), p.key(), ids[x.key], v, x.why)
			})
		}
	}
	for _, x := range letters {
		at(x.day, func(ctx context.Context) error {
			g, err := p.h.Burden.Suggest(p.as(ctx, p.clerks[x.unit]), p.key(), burden.SuggestionDraft{Class: x.class, Page: x.page, Text: x.text, Anonymous: x.anonymous})
			if err != nil || x.answered == "" {
				return err
			}
			who := p.supervisors[1]
			if x.class == burden.Deduction {
				who = p.appraisers[1]
			}
			at(x.answered, func(ctx context.Context) error {
				return p.h.Burden.Answer(p.as(ctx, who), p.key(), g.ID, x.outcome, x.answer)
			})
			return nil
		})
	}
}

package burden

import (
	"fmt"

	"duban/internal/spine/ledger"
)

// Standing is how the program and the district stand to a clause.
type Standing string

// The standings of a clause.
const (
	Met     Standing = "met"     // 符合
	Unmet   Standing = "unmet"   // 不符合
	Pending Standing = "pending" // 待单位确认
)

// Chinese returns the standing's word.
func (s Standing) Chinese() string {
	return map[Standing]string{Met: "符合", Unmet: "不符合", Pending: "待单位确认"}[s]
}

// Clause is one demand of 国办函〔2026〕12号 (政务移动互联网应用程序规范化管理办法), in our words, with how things stand.
// The wording sums up the published text; whoever signs the sheet holds it against the original.
type Clause struct {
	Key      string
	Ban      bool // a prohibition; else a duty
	Demand   string
	How      string // how the program stands, from what it is and what it counts
	Evidence string // where to look
	Asks     string // what only the district can confirm; "" if nothing
	Standing Standing
	Stated   *Statement
}

// Statement is what the office confirmed for a clause (单位确认).
type Statement struct {
	ID       int64
	Clause   string
	Met      bool
	Text     string
	StatedBy int64
	At       int64
}

func (s Statement) sealed() any {
	return struct {
		Clause   string        `json:"clause"`
		Met      bool          `json:"met"`
		Text     string        `json:"text"`
		At       int64         `json:"at"`
		StatedBy ledger.Person `json:"stated_by"`
	}{s.Clause, s.Met, s.Text, s.At, ledger.Person(s.StatedBy)}
}

// counts is what the sheet counts anew each time it is opened.
type counts struct {
	returns, fields, held int64
	repeats               []string
	mail                  Tally
}

// DemandOf returns what a clause demands (条款); "" if there is none of this key.
func DemandOf(key string) string {
	for _, c := range clauses(counts{}, nil) {
		if c.Key == key {
			return c.Demand
		}
	}
	return ""
}

// clauses fills the sheet (自查表). It is pure.
// Source: domain 16.3 (国办函〔2026〕12号); lessons 7.4.
func clauses(c counts, stated map[string]Statement) []Clause {
	list := []Clause{
		{Key: "repeat", Ban: true, Demand: "不得随意或者重复要求基层填表、报数、交材料",
			How:      fmt.Sprintf("在用报表 %d 张，要填 %d 项，系统带出 %d 项；两张报表重复要填的 %d 项。新增报表要写依据、替代哪一张或者为什么不能替代，已有的数据不能再要。", c.returns, c.fields, c.held, len(c.repeats)),
			Evidence: "减负账本—报表清单", Standing: Met},
		{Key: "checkin", Ban: true, Demand: "除安保、应急等特殊场景外，不得设置打卡签到、积分排名、统计在线时长等强制性功能",
			How:      "系统没有打卡、签到、积分和在线时长。登录与操作的日志只供安全审计，考核和作风模块的程序读不到它们，由构建时的检查强制执行。",
			Evidence: "构建检查：考核、作风两个模块引用不到登录和操作日志（源码 internal/archtest）", Standing: Met},
		{Key: "force", Ban: true, Demand: "不得强制推广下载，不得考核通报安装使用率，不得强制要求定期登录",
			How:      "系统是网页，打开就用，不用安装；没有安装率、使用率、登录次数的统计和排名。",
			Evidence: "全部页面", Asks: "没有另外发文或在群里要求定期登录、通报使用率", Standing: Met},
		{Key: "vehicle", Ban: true, Demand: "不得把应用程序异化为工作考核日常化、督查检查线上化的主要载体",
			How:      "考评按季度和年终进行，只读指标、任务和台账；督查要有政府决定或领导批示的依据，核验要到现场，按月组织。",
			Evidence: "督查计划、考核办法", Asks: "考核、督查的年度计划已经报备，没有借系统增加频次", Standing: Met},
		{Key: "likes", Ban: true, Demand: "不得将点赞量、网络投票数、转发量、学习时长等作为考评依据",
			How:      "系统没有点赞、投票、转发和学习计时，考核办法也选不到这样的数据。",
			Evidence: "考核办法的数据来源只有指标、任务、台账", Standing: Met},
		{Key: "traces", Ban: true, Demand: "非必要不得强制要求基层上传工作照片、视频和轨迹",
			How:      "照片一律选填，没有照片也能提交；不采集位置，照片里的位置信息上传前去掉；没有视频和轨迹功能。网页禁用了定位、摄像头和麦克风接口。",
			Evidence: "填报页；网页的响应头里写明禁用", Standing: Met},
		{Key: "profit", Ban: true, Demand: "不得借应用程序开展营利活动",
			How: "系统是自由软件，没有广告、付费和外部链接。", Evidence: "全部页面", Standing: Met},
		{Key: "level", Ban: true, Demand: "县以下（不含县级）单位原则上不得开发建设",
			How: "由区级部署一套，乡镇、街道、村（社区）用浏览器打开，不另建。", Evidence: "本系统的行政区设置", Asks: "乡镇、街道没有另建同类应用", Standing: Met},
		{Key: "filing", Demand: "按规定申请备案，取得备案编号", How: "备案由主办单位办理，系统不能代办。", Evidence: "备案编号", Asks: "备案编号和日期", Standing: Pending},
		{Key: "acceptance", Demand: "上线前对功能完整性、性能稳定性、使用便捷性等进行验收", How: "程序随带全部测试，一条命令可以重跑，结果可作验收材料。", Evidence: "全部测试的结果", Asks: "验收日期和结论", Standing: Pending},
		{Key: "complaint", Demand: "提供投诉建议功能，及时处理",
			How:      fmt.Sprintf("每一页都有“提意见”，可以隐名，10 个工作日内答复。今年收到 %d 条，答复 %d 条，按时 %d 条，超期未答 %d 条。", c.mail.Total, c.mail.Answered, c.mail.InTime, c.mail.Overdue),
			Evidence: "意见箱", Standing: Met},
		{Key: "watch", Demand: "做好运行监测，定期清理整合用户少、不实用的功能", How: "系统记运行日志，提供健康检查地址。哪些功能闲置、要不要停，由主办单位判断。", Evidence: "运行日志、健康检查", Asks: "最近一次功能盘点的日期和结论", Standing: Pending},
		{Key: "onceonly", Demand: "数据一次采集、共享使用",
			How:      fmt.Sprintf("有认定数据或别的报表已经填过的，由系统带出，目前 %d 项；佐证材料挂在任务上，各次检查引用同一份。", c.held),
			Evidence: "减负账本—报表清单", Standing: Met},
		{Key: "security", Demand: "落实网络安全、数据安全、个人信息保护和保密要求",
			How:      "三员分设，操作留痕，台账防篡改；本系统不处理国家秘密。等级保护定级、测评由主办单位办理。",
			Evidence: "安全说明、台账核验的结果", Asks: "等级保护备案编号、最近一次测评和保密检查日期", Standing: Pending},
	}
	for i := range list {
		x := &list[i]
		switch {
		case x.Key == "repeat" && len(c.repeats) > 0:
			x.Standing, x.How = Unmet, x.How+"重复的是："+listed(c.repeats, 5)+"。"
		case x.Key == "complaint" && c.mail.Overdue > 0:
			x.Standing = Unmet
		}
		s, ok := stated[x.Key]
		switch {
		case x.Asks == "":
		case !ok:
			x.Standing = Pending
		default:
			x.Stated = &s
			if x.Standing = Met; !s.Met {
				x.Standing = Unmet
			}
		}
	}
	return list
}

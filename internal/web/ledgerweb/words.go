package ledgerweb

import (
	"duban/internal/area/appraisal"
	"duban/internal/area/campaign"
	"duban/internal/area/conduct"
	"duban/internal/area/supervision"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// fields are the Chinese names of what stands in sealed rows and in what acts say. What a kind calls otherwise stands with its registration
// (ledger.FieldName), which goes before.
var fields = map[string]string{
	"accepted_at": "签收时间", "added": "新增条数", "addressees": "向谁要", "adjustment": "所依据的调整", "aliases": "别名", "amber": "黄灯",
	"amber_includes_bound": "黄灯含上限", "anonymous": "匿名", "answer": "答复", "answered_at": "答复时间", "answers": "答复", "archived_at": "归档时间", "as_of": "数据截至", "asked_at": "送核对时间",
	"at": "时间", "audience": "对象", "base": "按什么算", "basis": "依据", "basis_doc_no": "依据文号", "basis_level": "依据层级", "before_x10000": "上月完成数",
	"begun_at": "进场时间", "behind_x100": "落后（百分点）", "blocker": "卡点", "blocker_kind": "卡点类别", "bulletin": "通报", "calendar": "放假安排版次", "campaign": "攻坚行动",
	"candidates": "可抽的任务", "cause": "原因", "change_source": "更正哪个数", "change_value": "更正为", "checked": "已核验", "checks": "核验数", "claim": "了解人申报",
	"claim_note": "申报说明", "claimed_on": "申报完成日", "clause": "条款", "closed": "已销号", "closed_at": "销号时间", "closing": "销号意见", "code": "编号", "colour": "旗色",
	"conclusion": "结论", "confirm_due_on": "核对期限", "content": "内容", "content_sha256": "正文指纹", "curve": "月度曲线", "curve_x10000": "月度曲线", "cut": "核减",
	"cut_reason": "核减原因", "cutoff_on": "截数日", "data": "数据", "days": "期限（工作日）", "deadline": "时限", "decision": "审批意见", "demo": "演示",
	"deputy_posts": "副组长", "digest": "加盐指纹", "direction": "方向", "disabled": "已停用", "doc_no": "文号", "done_at": "完成时间", "done_note": "完成情况",
	"done_on": "完成日", "drawn": "抽到的", "due_day": "报送日", "due_on": "期限", "ended_at": "结束时间", "ended_on": "撤销日期", "evidence": "佐证",
	"explained_at": "说明时间", "explanation": "说明", "extensions": "延期次数", "fact": "事实", "features": "特征", "fields": "填报项", "found": "核对的数",
	"found_at": "认定时间", "frequency": "频次", "from": "起", "from_key": "旧公钥", "from_month": "起始月", "from_on": "自", "gap_x100": "自报与核验之差（百分点）",
	"grade": "佐证等级", "green": "绿灯", "ground": "理由", "group": "组别", "grp": "组别", "half": "半年", "hash": "指纹", "held": "已有认定数据", "held_by": "认定数据",
	"help": "请求帮助", "help_unit": "请谁帮助", "holders": "任职的人", "id": "编号", "indicator": "指标", "intro": "引言", "issue": "期号", "issued_at": "下达时间",
	"issued_on": "印发日期", "item": "评分项", "items": "条目", "kind": "种类", "late": "迟报", "late_count": "迟报次数", "late_days": "迟报天数", "lead_unit": "牵头单位",
	"lead_x100": "超前（百分点）", "leader_post": "牵头领导", "lede": "摘要", "left_on": "离岗日期", "legal_basis": "依据", "level": "档", "light": "灯色", "light_id": "亮灯",
	"lights": "亮灯", "line": "得分单指纹", "lines": "得分", "lukewarm_parts": "不冷不热的表现", "made_up": "补上转黄", "mean_gap": "平均差", "measure": "计量单位",
	"measures": "措施", "media": "类型", "mend_by_on": "整改期限", "mended_at": "整改完成时间", "mending": "整改情况", "met": "符合", "milestones": "节点",
	"minutes": "用时（分钟）", "missing": "缺报", "month": "月份", "name": "名称", "name_sha256": "名称指纹", "named": "点名单位", "next_step": "下步打算", "no": "序号",
	"note": "说明", "numbers": "数值", "objection_until": "异议期至", "occasion": "场合", "of": "总数", "offered_sha256": "提交的文件指纹", "on_pace": "按序时",
	"opened_at": "立项时间", "organ": "制发机关", "origin": "来自", "origins": "范围", "outcome": "结果", "over_reason": "超限原因", "overdue": "超期天数",
	"overdue_red_days": "超期多少天为红", "owner": "牵头", "owner_post": "责任人职务", "pace_x10000": "应达数", "page": "页面", "panel": "认定小组", "paper": "公文",
	"parent": "上级单位", "people": "人员", "period": "时段", "plan": "方案", "plan_doc_no": "方案文号", "plan_exhibit": "方案文件", "plan_on": "方案日期",
	"plan_revision": "计划版次", "plan_title": "方案名称", "pledge": "确认书", "policy": "规则", "policy_revision": "规则版次", "post": "职务", "praise": "表扬",
	"praised": "表扬单位", "progress": "进展情况", "published_at": "印发时间", "published_on": "印发日期", "quarter_only": "只看季末", "raised_at": "提出时间", "rating": "评价",
	"reason": "原因", "recipients": "主送", "red": "红灯", "red_beyond": "落后超过为红", "red_on_miss": "未完成即红", "refused": "退回条数", "region": "行政区",
	"release": "发布口径", "reminded": "催办", "reopened": "重新打开次数", "replaces": "替代哪张", "reply": "回复", "report": "报结情况", "reported_at": "报结时间",
	"reported_x10000": "自报数", "requirement": "整改要求", "review_note": "初核意见", "review_on": "回头看日期", "revision": "版次", "risky": "有风险的", "role": "角色",
	"round": "评比", "rule": "规则", "scheme": "考核办法", "scheme_hash": "考核办法指纹", "scope": "范围", "seed": "抽签种子", "sent_back": "退回次数", "sha256": "指纹",
	"sheets": "报表数", "short_name": "简称", "side": "签字方", "similar_percent": "雷同（%）", "since_months": "距上次抽查（月）", "size": "台账记录数", "slow": "慢序时",
	"sort_no": "排序", "source": "出处", "source_unit": "数据来源", "spots": "抽查项数", "spots_open": "未核对", "standard": "标准", "state": "状态", "subject": "事项",
	"submitted_at": "上报时间", "summary": "概要", "support": "配合单位", "symptom": "表现", "tables": "表", "target": "目标", "target_x10000": "目标", "task": "任务",
	"tasks": "任务", "template": "模板", "text": "正文", "tier": "档次", "title": "名称", "to": "止", "to_key": "新公钥", "tolerance": "容差",
	"toothless_parts": "不疼不痒的表现", "tour": "督查", "unhurried_parts": "不急不忙的表现", "unit": "单位", "unit_id": "单位", "unit_post": "单位负责人职务", "units": "单位",
	"until": "止", "until_on": "至", "use_count": "次数", "use_percent": "用足比例（%）", "value": "数值", "value_x10000": "数值", "verified_x10000": "核验数",
	"void": "作废", "wanted": "调整为", "weight_x100": "分值", "why": "原因", "why_new": "为什么要新增", "withdrawn": "撤销", "withdrawn_why": "撤销原因", "worst": "最差的灯",
	"year": "年度",
}

type chinese interface {
	~string
	Chinese() string
}

func code[T chinese](s string) string { return T(s).Chinese() }

func pick(m map[string]string) func(string) string { return func(s string) string { return m[s] } }

// codes say in Chinese what stands for a choice: "kind.field", or "field" where all kinds mean the same.
var codes = map[string]func(string) string{
	"light": code[task.Light], "worst": code[task.Light],
	"account.role.role":              code[auth.Role],
	"appraisal.flag.colour":          code[appraisal.Colour],
	"appraisal.objection.state":      code[appraisal.ObjectionState],
	"appraisal.release.release":      code[appraisal.Release],
	"appraisal.round.kind":           pick(map[string]string{"quarterly": "按月、按季", "yearly": "年终"}),
	"appraisal.round.release":        code[appraisal.Release],
	"appraisal.round.state":          code[appraisal.State],
	"appraisal.scheme.state":         code[appraisal.SchemeState],
	"appraisal.spot.answer":          code[appraisal.Answer],
	"burden.return.audience":         code[burden.Audience],
	"burden.return.addressees":       code[org.Kind],
	"burden.return.frequency":        code[burden.Frequency],
	"burden.return.state":            code[burden.ReturnState],
	"burden.statement.clause":        burden.DemandOf,
	"burden.suggestion.kind":         code[burden.SuggestionClass],
	"burden.suggestion.outcome":      code[burden.Outcome],
	"campaign.campaign.role":         code[campaign.MemberRole],
	"campaign.campaign.state":        code[campaign.State],
	"campaign.pledge.basis_level":    code[campaign.BasisLevel],
	"campaign.pledge.kind":           code[campaign.PledgeForm],
	"campaign.pledge.side":           code[campaign.Side],
	"campaign.pledge.state":          code[campaign.PledgeState],
	"campaign.signature.side":        code[campaign.Side],
	"campaign.taskbook.state":        code[campaign.TaskBookState],
	"conduct.praise.kind":            code[conduct.PraiseForm],
	"conduct.review.rating":          code[conduct.Rating],
	"conduct.signal.claim":           code[conduct.Distinction],
	"conduct.signal.outcome":         code[conduct.Outcome],
	"conduct.signal.state":           code[conduct.SignalState],
	"conduct.signal.symptom":         code[conduct.Symptom],
	"indicator.indicator.direction":  pick(map[string]string{"up": "越多越好", "down": "越少越好"}),
	"indicator.reading.kind":         code[indicator.ValueKind],
	"org.post.tier":                  pick(map[string]string{"portfolio": "分管责任", "sector": "主管责任", "local": "属地责任"}),
	"org.unit.kind":                  code[org.Kind],
	"supervision.bulletin.kind":      code[indicator.ValueKind],
	"supervision.bulletin.state":     bulletinState,
	"supervision.confirmation.state": code[supervision.ConfirmationState],
	"supervision.finding.state":      code[supervision.FindingState],
	"supervision.order.level":        code[supervision.Level],
	"supervision.order.state":        code[supervision.OrderState],
	"supervision.tour.state":         code[supervision.TourState],
	"task.account.state":             code[task.AccountState],
	"task.adjustment.state":          adjustmentState,
	"task.light.kind":                code[indicator.ValueKind],
	"task.policy.base":               pick(map[string]string{"points": "百分点", "relative": "与应达之比"}),
	"task.task.state":                code[task.State],
}

// A bulletin holds the answers of units beside its own state, and an adjustment the state that is wanted of the task.
func bulletinState(s string) string {
	if c := code[supervision.BulletinState](s); c != "" {
		return c
	}
	return code[supervision.ConfirmationState](s)
}

func adjustmentState(s string) string {
	if c := code[task.AdjustmentState](s); c != "" {
		return c
	}
	return code[task.State](s)
}

package supervision

import (
	"strconv"

	"duban/internal/base/ref"
	"duban/internal/spine/ledger"
)

// Level is the colour of an order (督办单).
type Level string

// The levels of an order. Each follows an unanswered one of the level before.
// Source: domain 16.1 [16] (三明 2017).
const (
	Blue   Level = "blue"   // 蓝单：提醒
	Orange Level = "orange" // 橙单：警示，责令限期
	Red    Level = "red"    // 红单：警告，责令限期
)

// Levels lists the levels, the mildest first.
var Levels = []Level{Blue, Orange, Red}

// Chinese returns the level's name.
func (l Level) Chinese() string {
	return map[Level]string{Blue: "蓝单（提醒）", Orange: "橙单（警示）", Red: "红单（警告）"}[l]
}

func (l Level) next() Level { return map[Level]Level{Blue: Orange, Orange: Red}[l] }

// OrderState is how far an order has come.
type OrderState string

// The states of an order.
const (
	OrderIssued    OrderState = "issued"    // 待签收
	OrderAccepted  OrderState = "accepted"  // 办理中
	OrderReplied   OrderState = "replied"   // 已回复，待审核
	OrderSentBack  OrderState = "sent_back" // 退回重办
	OrderClosed    OrderState = "closed"    // 已办结
	OrderEscalated OrderState = "escalated" // 逾期未办，已升级
)

// Chinese returns the state's name.
func (s OrderState) Chinese() string {
	return map[OrderState]string{OrderIssued: "待签收", OrderAccepted: "办理中", OrderReplied: "待审核", OrderSentBack: "退回重办", OrderClosed: "已办结", OrderEscalated: "已升级"}[s]
}

// Causes are the reasons for which an order may begin above blue.
// Source: domain 16.1 [16].
var Causes = map[Level][]string{Orange: {"重大事项", "紧急事项", "领导批示"}, Red: {"特事特办"}}

// Order is a slip that demands one thing of one unit by a day (督办单): one matter, one slip (一事一单).
type Order struct {
	ID              int64
	No              string // 蓝〔2017〕7号
	Level           Level
	UnitID          int64
	About           ref.Ref // task.task, supervision.finding or another area's record; may be empty
	Matter          string  // 督办事项
	Requirement     string  // 办理要求
	Cause           string  // why it begins above blue
	Basis           string  // 依据: 批示, 会议纪要, 文件
	Follows         int64   // the unanswered order of the level before; 0 if it is the first
	DueOn           string
	CalendarVersion int64
	State           OrderState
	IssuedBy        int64
	IssuedAt        int64
	AcceptedAt      int64
	Reply           string
	RepliedBy       int64
	RepliedAt       int64
	ClosedAt        int64
	Urged           int64 // how often it was urged (催办)
	Version         int64
}

// Overdue reports whether the unit owes an answer whose day has passed.
func (o Order) Overdue(today string) bool { return o.open() && o.DueOn < today }

func (o Order) open() bool {
	return o.State == OrderIssued || o.State == OrderAccepted || o.State == OrderSentBack
}

func (o Order) sealed() any {
	return map[string]any{"no": o.No, "level": o.Level, "unit": strconv.FormatInt(o.UnitID, 10), "about": o.About.String(), "matter": o.Matter, "requirement": o.Requirement,
		"cause": o.Cause, "basis": o.Basis, "follows": strconv.FormatInt(o.Follows, 10), "due_on": o.DueOn, "calendar": o.CalendarVersion, "state": o.State, "issued_at": o.IssuedAt,
		"accepted_at": o.AcceptedAt, "reply": o.Reply, "replied_at": o.RepliedAt, "closed_at": o.ClosedAt, "urged": o.Urged,
		"issued_by": ledger.Person(o.IssuedBy), "replied_by": ledger.Person(o.RepliedBy)}
}

// OrderDraft is an order as the office writes it.
type OrderDraft struct {
	Level       Level
	UnitID      int64
	About       ref.Ref
	Matter      string
	Requirement string
	Cause       string // required for an order that begins above blue
	Basis       string
	Days        int // working days
}

// write says what is wrong with a draft, or returns it as an order. follows is the order it escalates, or nil. It is pure.
func (d OrderDraft) write(follows *Order) (Order, error) {
	var x texts
	o := Order{Level: d.Level, UnitID: d.UnitID, About: d.About, State: OrderIssued, Version: 1}
	o.Matter = x.need("matter", "督办事项", d.Matter, 300)
	o.Requirement = x.need("requirement", "办理要求", d.Requirement, 1000)
	o.Basis = x.short("basis", "依据", d.Basis, 200)
	o.Cause = x.short("cause", "直接发橙单、红单的理由", d.Cause, 200)
	if d.Level.Chinese() == "" {
		x.add("level", "请选蓝单、橙单或红单。")
	}
	if d.UnitID == 0 {
		x.add("unit", "还没有选承办单位。")
	}
	if d.Days < 1 || d.Days > 250 {
		x.add("days", "办理时限请写 1 到 250 个工作日。")
	}
	if follows == nil && d.Level != Blue && o.Cause == "" {
		x.add("cause", "督办从蓝单开始，逾期未办才升级。直接发%s的，要写明理由（橙单：重大、紧急、领导批示；红单：特事特办）。", d.Level.Chinese())
	}
	if follows != nil {
		o.Follows = follows.ID
	}
	return o, x.refuse()
}

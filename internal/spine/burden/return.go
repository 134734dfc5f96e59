package burden

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
)

// Frequency is how often a return is asked.
type Frequency string

// The frequencies. There is no daily one.
const (
	Once      Frequency = "once"    // 一次
	Weekly    Frequency = "week"    // 每周
	Monthly   Frequency = "month"   // 每月
	Quarterly Frequency = "quarter" // 每季
	Yearly    Frequency = "year"    // 每年
	OnEvent   Frequency = "event"   // 有事才报: registered, but not counted by the meter
)

// Frequencies lists the frequencies in the order of the form.
var Frequencies = []Frequency{Monthly, Quarterly, Yearly, Weekly, Once, OnEvent}

// Chinese returns the frequency's name.
func (f Frequency) Chinese() string {
	return map[Frequency]string{Once: "一次", Weekly: "每周", Monthly: "每月", Quarterly: "每季", Yearly: "每年", OnEvent: "有事才报"}[f]
}

// Audience is of whom a return is asked.
type Audience string

// The audiences.
const (
	PerTask Audience = "task" // 每项任务的牵头单位: one sheet for each task that runs in the month
	ByKind  Audience = "kind" // 某几类单位
	ByUnit  Audience = "unit" // 指定单位
)

// oneValue is the dictionary's item for the number of the task itself: certified data answer it task by task.
const oneValue = "task.value"

// Chinese returns the audience's name.
func (a Audience) Chinese() string {
	return map[Audience]string{PerTask: "每项任务的牵头单位", ByKind: "某几类单位", ByUnit: "指定单位"}[a]
}

// ReturnState is how far a return has come.
type ReturnState string

// The states of a return.
const (
	Proposed ReturnState = "proposed" // 待审批
	InForce  ReturnState = "in_force" // 在用
	Refused  ReturnState = "refused"  // 未批准
	Ended    ReturnState = "ended"    // 已停用
)

// Chinese returns the state's name.
func (s ReturnState) Chinese() string {
	return map[ReturnState]string{Proposed: "待审批", InForce: "在用", Refused: "未批准", Ended: "已停用"}[s]
}

// Field is one thing that a return asks (填报项).
type Field struct {
	Name string `json:"name"`
	// Item is what it is in the dictionary (字段字典): its name without spaces and punctuation, or task.value for the number that the task's indicator holds.
	Item string `json:"item"`
	// Held says that the program fills it in, read-only, from what somebody holds already; HeldBy says who: 认定数据, or another return.
	Held   bool   `json:"held"`
	HeldBy string `json:"held_by"`
}

// Return is one return asked of units (报表), in the register.
// Source: domain 16.3 (consequences 2, 3); lessons 7.4.
type Return struct {
	ID         int64
	Code       string // of the program's own returns: month.account; else R and the id
	Name       string
	OwnerUnit  int64 // who asks; 0 is the program itself
	Basis      string
	Source     string // where the data come from
	Frequency  Frequency
	Minutes    int64 // estimated for one sheet
	Audience   Audience
	Kinds      []org.Kind
	Units      []int64
	From       period.Month
	Until      period.Month // the last month in which it is asked; "" while it goes on
	Replaces   int64        // the return that it takes the place of; 0 if none
	WhyNew     string       // why none can be replaced
	State      ReturnState
	ProposedBy int64
	ProposedAt int64
	SignedBy   int64
	SignedAt   int64
	OverReason string // why it must be asked though limits are passed
	DecidedBy  int64
	DecidedAt  int64
	Decision   string
	Version    int64
	Fields     []Field
}

// Asked returns how many fields must be typed, and how many the program fills in.
func (r Return) Asked() (asked, held int64) {
	for _, f := range r.Fields {
		if f.Held {
			held++
		} else {
			asked++
		}
	}
	return asked, held
}

// AskedOf reports whether a unit is among those of whom the return is asked by name or kind; who leads a task must file the task's.
func (r Return) AskedOf(u *org.Unit) bool {
	switch r.Audience {
	case ByKind:
		return slices.Contains(r.Kinds, u.Kind)
	case ByUnit:
		return slices.Contains(r.Units, u.ID)
	}
	return false
}

func (r Return) addressees() string {
	var out []string
	for _, k := range r.Kinds {
		out = append(out, string(k))
	}
	for _, u := range r.Units {
		out = append(out, strconv.FormatInt(u, 10))
	}
	return strings.Join(out, ",")
}

func (r *Return) setAddressees(s string) {
	for _, p := range strings.Split(s, ",") {
		if n, err := strconv.ParseInt(p, 10, 64); err == nil {
			r.Units = append(r.Units, n)
		} else if p != "" {
			r.Kinds = append(r.Kinds, org.Kind(p))
		}
	}
}

func (r Return) sealed() any {
	return struct {
		Code       string        `json:"code"`
		Name       string        `json:"name"`
		Owner      int64         `json:"owner,string"`
		Basis      string        `json:"basis"`
		Source     string        `json:"source"`
		Freq       Frequency     `json:"frequency"`
		Minutes    int64         `json:"minutes"`
		Audience   Audience      `json:"audience"`
		To         string        `json:"addressees"`
		From       period.Month  `json:"from"`
		Until      period.Month  `json:"until"`
		Replaces   int64         `json:"replaces,string"`
		Why        string        `json:"why_new"`
		State      ReturnState   `json:"state"`
		Over       string        `json:"over_reason"`
		Decision   string        `json:"decision"`
		Fields     []Field       `json:"fields"`
		ProposedBy ledger.Person `json:"proposed_by"`
		SignedBy   ledger.Person `json:"signed_by"`
		DecidedBy  ledger.Person `json:"decided_by"`
	}{r.Code, r.Name, r.OwnerUnit, r.Basis, r.Source, r.Frequency, r.Minutes, r.Audience, r.addressees(), r.From, r.Until, r.Replaces, r.WhyNew, r.State, r.OverReason, r.Decision, r.Fields,
		ledger.Person(r.ProposedBy), ledger.Person(r.SignedBy), ledger.Person(r.DecidedBy)}
}

// Asks returns how many sheets of the return fall into the month for one addressee: the number of Mondays of a weekly one, one in the last
// month of the quarter or of the year.
func (r Return) Asks(m period.Month) int64 {
	if r.State != InForce && r.State != Ended || m < r.From || r.Until != "" && m > r.Until {
		return 0
	}
	switch r.Frequency {
	case Once:
		if m != r.From {
			return 0
		}
	case Weekly:
		var n int64
		for t := m.Start(); t.Before(m.End()); t = t.AddDate(0, 0, 1) {
			if t.Weekday() == time.Monday {
				n++
			}
		}
		return n
	case Quarterly:
		if m.Number()%3 != 0 {
			return 0
		}
	case Yearly:
		if m.Number() != 12 {
			return 0
		}
	case OnEvent:
		return 0
	}
	return 1
}

// ReturnDraft is a new return as it is proposed.
type ReturnDraft struct {
	Name      string
	Basis     string
	Source    string
	Frequency Frequency
	Minutes   int64
	Audience  Audience
	Kinds     []org.Kind
	Units     []int64
	From      period.Month
	Replaces  int64
	WhyNew    string
	Fields    []string // names; one that begins with = is filled in by the program from what is held already
}

// write says what is wrong with a draft. It is pure. Field names: name, basis, source, frequency, minutes, audience, from, replaces, why_new, fields.
func (d ReturnDraft) write(now period.Month) (Return, error) {
	var x texts
	r := Return{Frequency: d.Frequency, Minutes: d.Minutes, Audience: d.Audience, From: d.From, Replaces: d.Replaces, State: Proposed, Version: 1}
	r.Name = x.need("name", "报表名称", d.Name, 60)
	r.Basis = x.need("basis", "依据", d.Basis, 200)
	r.Source = x.need("source", "数据从哪里来", d.Source, 200)
	if d.Frequency.Chinese() == "" {
		x.add("frequency", "还没有选多久报一次。")
	}
	if d.Minutes < 1 || d.Minutes > 2000 {
		x.add("minutes", "填一张要几分钟，请写 1 到 2000 的整数。")
	}
	switch d.Audience {
	case PerTask:
	case ByKind:
		for _, k := range d.Kinds {
			if k.Chinese() != "" && !slices.Contains(r.Kinds, k) {
				r.Kinds = append(r.Kinds, k)
			}
		}
		if len(r.Kinds) == 0 {
			x.add("kinds", "还没有选哪几类单位要填。")
		}
	case ByUnit:
		for _, u := range d.Units {
			if u > 0 && !slices.Contains(r.Units, u) {
				r.Units = append(r.Units, u)
			}
		}
		if len(r.Units) == 0 {
			x.add("units", "还没有选哪些单位要填。")
		}
	default:
		x.add("audience", "还没有选由谁填。")
	}
	switch {
	case !d.From.Valid():
		x.add("from", "从哪个月起，请写成 2017-04 这样。")
	case d.From < now:
		x.add("from", "不能从过去的月份起要报表，最早是 %s。", now)
	}
	r.WhyNew = x.short("why_new", "不能替代的理由", d.WhyNew, 300)
	if d.Replaces == 0 && r.WhyNew == "" {
		x.add("why_new", "新增一张报表，要写明替代哪一张；一张都不能替代的，要写理由。")
	}
	seen := map[string]bool{}
	for _, name := range d.Fields {
		name = strings.TrimSpace(name)
		rest, held := strings.CutPrefix(name, "=")
		if rest = strings.TrimSpace(rest); rest == "" {
			continue
		}
		f := Field{Name: x.short("fields", "填报项“"+head(rest, 10)+"”", rest, 40), Item: Item(rest), Held: held}
		if f.Item == "" {
			x.add("fields", "“%s”不像一个填报项，请写它的名称，例如“签约户数”。", rest)
			continue
		}
		if seen[f.Item] {
			x.add("fields", "“%s”写了两遍，留一项就够了。", f.Name)
		}
		seen[f.Item] = true
		r.Fields = append(r.Fields, f)
	}
	if len(r.Fields) == 0 {
		x.add("fields", "还没有写要填哪几项，一行写一项。")
	}
	if len(r.Fields) > 100 {
		x.add("fields", "写了 %d 项，一张报表最多 100 项。", len(r.Fields))
	}
	return r, x.refuse()
}

// Item is the name of a field in the dictionary: without spaces, punctuation and units in brackets, so that 签约户数（户） and “签约 户数” are the same.
func Item(name string) string {
	var b strings.Builder
	depth := 0
	for _, c := range name {
		switch {
		case strings.ContainsRune("（([【〔", c):
			depth++
		case strings.ContainsRune("）)]】〕", c):
			depth = max(depth-1, 0)
		case depth > 0 || strings.ContainsRune(" 　\t，,。.、：:；;“”\"'《》-—_/", c):
		default:
			b.WriteRune(c)
		}
	}
	return strings.ToLower(b.String())
}

// holder is something that answers a field already.
type holder struct{ item, who string }

// claim settles, for each field, whether somebody holds it already. One that is held and yet to be typed is refused: 已有的数据不再要. One that claims
// to be held must be held. It is pure.
func (r *Return) claim(held []holder) error {
	var x texts
	for i := range r.Fields {
		f := &r.Fields[i]
		who := ""
		for _, h := range held {
			if h.item == f.Item {
				who = h.who
				break
			}
		}
		switch {
		case who != "" && !f.Held:
			x.add("fields", "“%s”%s里已经有了，不能再要基层填。要用它就在前面加“=”，由系统带出。", f.Name, who)
		case who == "" && f.Held:
			x.add("fields", "“%s”前面加了“=”，可是认定数据和在用报表里都没有它，系统带不出来。", f.Name)
		}
		f.HeldBy = who
	}
	return x.refuse()
}

// own are the returns of the program itself.
func own(from period.Month, now int64) []Return {
	fields := func(names ...string) (out []Field) {
		for _, n := range names {
			out = append(out, Field{Name: n, Item: Item(n)})
		}
		return out
	}
	account := fields("累计完成数", "进展情况", "卡点类别", "卡点说明", "请求帮助", "下一步")
	account[0].Item = oneValue
	list := []Return{
		{Code: "month.account", Name: "月度进展", Source: "牵头单位填报；有认定数据的，累计完成数由系统带出", Basis: "任务书（目标任务确认书）", Frequency: Monthly, Minutes: 5, Audience: PerTask, Fields: account},
		{Code: "supervision.report", Name: "督查问题整改报结", Source: "责任单位填报", Basis: "政府督查工作条例第十八条", Frequency: OnEvent, Minutes: 15, Audience: PerTask, Fields: fields("整改情况")},
		{Code: "supervision.reply", Name: "督办单回复", Source: "承办单位填报", Basis: "督办单", Frequency: OnEvent, Minutes: 15, Audience: PerTask, Fields: fields("办理情况")},
	}
	for i := range list {
		list[i].From, list[i].State, list[i].ProposedAt, list[i].Version, list[i].WhyNew = from, InForce, now, 1, "随系统启用登记"
	}
	return list
}

func notYet(r Return, want ReturnState) error {
	if r.State == want {
		return nil
	}
	return errs.New(errs.Conflict, "“%s”现在是“%s”，不能这样操作。", r.Name, r.State.Chinese())
}

package supervisionweb

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"duban/internal/area/supervision"
	"duban/internal/base/id"
	"duban/internal/base/ref"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// ordersView is the list of orders with its filters.
type ordersView struct {
	All, Rows []supervision.OrderLine
	Set       string // open, late, answer, a level, or "" for all
	Dir       *org.Directory
	Who       auth.Actor
	Today     string
}

// orderSets are the counts that are filters.
var orderSets = []struct {
	key, label string
	light      viz.Light
	holds      func(o supervision.OrderLine) bool
}{
	{"", "全部", "", func(supervision.OrderLine) bool { return true }},
	{"late", "逾期未办", viz.Red, func(o supervision.OrderLine) bool { return o.Late }},
	{"answer", "待审核", "", func(o supervision.OrderLine) bool { return o.State == supervision.OrderReplied }},
	{"blue", "蓝单", "", func(o supervision.OrderLine) bool { return o.Level == supervision.Blue }},
	{"orange", "橙单", "", func(o supervision.OrderLine) bool { return o.Level == supervision.Orange }},
	{"red", "红单", "", func(o supervision.OrderLine) bool { return o.Level == supervision.Red }},
}

func (p *Pages) orders(w http.ResponseWriter, r *http.Request) error {
	v := ordersView{Set: r.URL.Query().Get("s"), Today: p.today()}
	var err error
	if v.Who, err = actor(r); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if v.All, err = p.Supervision.Orders(r.Context(), supervision.OrderFilter{}); err != nil {
		return err
	}
	over := func(o supervision.OrderLine) bool {
		return o.State == supervision.OrderClosed || o.State == supervision.OrderEscalated
	}
	slices.SortStableFunc(v.All, func(a, b supervision.OrderLine) int { return boolFirst(!over(a), !over(b)) })
	holds := orderSets[0].holds
	for _, s := range orderSets {
		if s.key == v.Set {
			holds = s.holds
		}
	}
	for _, o := range v.All {
		if holds(o) {
			v.Rows = append(v.Rows, o)
		}
	}
	f := frame(r, "督办单", "/orders")
	if len(v.All) > 0 {
		f.Lede = ui.Rich("%s", v.lede())
	}
	f.Actions = ordersActions(v)
	ui.Render(w, r, http.StatusOK, ordersPage(f, v))
	return nil
}

func (v ordersView) facts() (out []ui.Fact) {
	for _, s := range orderSets {
		n := 0
		for _, o := range v.All {
			if s.holds(o) {
				n++
			}
		}
		x := ui.Fact{Label: s.label, Value: fmt.Sprint(n), Href: "/orders", On: s.key == v.Set}
		if s.key != "" {
			x.Href += "?s=" + s.key
		}
		if n > 0 {
			x.Light = s.light
		}
		out = append(out, x)
	}
	return out
}

func (v ordersView) lede() string {
	var open, late int
	for _, o := range v.All {
		if o.State != supervision.OrderClosed && o.State != supervision.OrderEscalated {
			open++
		}
		if o.Late {
			late++
		}
	}
	s := fmt.Sprintf("共发督办单 %d 张，**在办 %d 张**", len(v.All), open)
	if late > 0 {
		s += fmt.Sprintf("，**逾期未办 %d 张**，可以升级", late)
	}
	return s + "。"
}

// orderLight is an order's status. The colour of the slip itself is a word, not a light.
func orderLight(o supervision.OrderLine, today string) (viz.Light, string) {
	n, ok := daysTo(today, o.DueOn)
	switch {
	case o.State == supervision.OrderClosed:
		return viz.Done, o.State.Chinese()
	case o.State == supervision.OrderEscalated:
		return viz.Hold, o.State.Chinese()
	case o.Late:
		return viz.Red, "逾期未办"
	case o.State == supervision.OrderReplied:
		return viz.NotDue, o.State.Chinese()
	case ok && n <= 3:
		return viz.Amber, o.State.Chinese()
	}
	return viz.Green, o.State.Chinese()
}

// orderForm is an order as typed.
type orderForm struct {
	Level, Unit, Matter, Requirement, Cause, Basis, Days string
	Kind, About                                          string // the record that it is about
}

// abouts are the kinds of record that an order may be about by these pages.
var abouts = map[string]bool{supervision.FindingKind: true, "task.task": true}

func (f orderForm) draft() supervision.OrderDraft {
	d := supervision.OrderDraft{Level: supervision.Level(f.Level), UnitID: id.Parse(f.Unit), Matter: f.Matter, Requirement: f.Requirement, Cause: f.Cause, Basis: f.Basis, Days: number(f.Days)}
	if n := id.Parse(f.About); n != 0 && abouts[f.Kind] {
		d.About = ref.Ref{Kind: f.Kind, ID: n}
	}
	return d
}

func (p *Pages) newOrder(w http.ResponseWriter, r *http.Request) error {
	f := orderForm{Level: string(supervision.Blue), Days: "5"}
	q := r.URL.Query()
	if n := id.Parse(q.Get("finding")); n != 0 {
		x, err := p.Supervision.Finding(r.Context(), n)
		if err != nil {
			return err
		}
		f.Kind, f.About, f.Unit = supervision.FindingKind, id.Format(n), id.Format(x.UnitID)
		f.Matter, f.Requirement = "督查问题 "+x.No+"：未按期整改", x.Requirement
	} else if n := id.Parse(q.Get("task")); n != 0 {
		t, err := p.Tasks.Terms(r.Context(), n)
		if err != nil {
			return err
		}
		f.Kind, f.About, f.Unit, f.Matter = "task.task", id.Format(n), id.Format(t.Task.LeadUnit), t.Task.No+" "+t.Task.Title
	}
	return p.showNewOrder(w, r, f, nil)
}

func (p *Pages) showNewOrder(w http.ResponseWriter, r *http.Request, f orderForm, refused error) error {
	if !shown(refused) {
		return refused
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	ui.Render(w, r, route.Status(refused), newOrderPage(frame(r, "签发督办单", "/orders"), f, unitOptions(d), refused))
	return nil
}

func (p *Pages) issueOrder(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "level", "unit", "matter", "requirement", "cause", "basis", "days", "about_kind", "about")
	if err != nil {
		return err
	}
	f := orderForm{v.Get("level"), v.Get("unit"), v.Get("matter"), v.Get("requirement"), v.Get("cause"), v.Get("basis"), v.Get("days"), v.Get("about_kind"), v.Get("about")}
	n, err := p.Supervision.IssueOrder(r.Context(), ui.RequestKey(r), f.draft())
	if err != nil {
		return p.showNewOrder(w, r, f, err)
	}
	route.SetFlash(w, r, "督办单已签发", "")
	route.Redirect(w, r, "/orders/"+id.Format(n))
	return nil
}

// orderView is an order with the forms that the reader may use.
type orderView struct {
	supervision.OrderView
	Dir        *org.Directory
	Who        auth.Actor
	Today      string
	Verb       string // which form was refused
	Text, Days string // as typed
}

// own reports whether the reader answers the order; office whether he judges the answer.
func (v orderView) own() bool    { return v.Mine && v.Who.May(supervision.MayReply) }
func (v orderView) office() bool { return v.Who.May(supervision.MayOrder) }

func (v orderView) owed() bool {
	return v.State == supervision.OrderIssued || v.State == supervision.OrderAccepted || v.State == supervision.OrderSentBack
}

// aboutHref is where the record stands that the order is about.
func aboutHref(r ref.Ref) string {
	switch r.Kind {
	case supervision.FindingKind:
		return "/findings/" + id.Format(r.ID)
	case "task.task":
		return "/tasks/" + id.Format(r.ID)
	}
	return ""
}

func (v orderView) lede() string {
	s := "**" + v.Dir.UnitName(v.UnitID) + "**　" + v.State.Chinese()
	if v.owed() {
		s += "，办理时限 " + date(v.Today, v.DueOn) + "，**" + left(v.Today, v.DueOn) + "**"
	}
	if v.Urged > 0 {
		s += fmt.Sprintf("；催办 %d 次", v.Urged)
	}
	return s + "。"
}

func (p *Pages) order(w http.ResponseWriter, r *http.Request) error {
	return p.showOrder(w, r, "", nil, nil)
}

func (p *Pages) showOrder(w http.ResponseWriter, r *http.Request, verb string, form url.Values, refused error) error {
	if !shown(refused) {
		return refused
	}
	v := orderView{Today: p.today(), Verb: verb, Text: form.Get("text"), Days: form.Get("days")}
	var err error
	if v.OrderView, err = p.Supervision.Order(r.Context(), id.Parse(r.PathValue("id"))); err != nil {
		return err
	}
	if v.Who, err = actor(r); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	f := frame(r, "督办单 "+v.No, "/orders")
	f.Lede, f.Actions = ui.Rich("%s", v.lede()), orderActions(v)
	ui.Render(w, r, route.Status(refused), orderPage(f, v, renamed(refused, "text", "reply", "reason", "requirement")))
	return nil
}

func (p *Pages) acceptOrder(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	if err := p.Supervision.AcceptOrder(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("id"))); err != nil {
		return p.showOrder(w, r, "accept", nil, err)
	}
	route.SetFlash(w, r, "已签收", "")
	route.Redirect(w, r, "/orders/"+r.PathValue("id"))
	return nil
}

func (p *Pages) replyOrder(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "text", "files")
	if err != nil {
		return err
	}
	files, err := uploads(r, "files")
	if err == nil {
		err = p.Supervision.ReplyOrder(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("id")), v.Get("text"), files...)
	}
	if err != nil {
		return p.showOrder(w, r, "reply", v, err)
	}
	route.SetFlash(w, r, "已回复，等审核", "")
	route.Redirect(w, r, "/orders/"+r.PathValue("id"))
	return nil
}

// turnOrder is what the supervision office does with an order: 催办, 办结, 退回重办, 升级.
func (p *Pages) turnOrder(verb string) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := route.Form(r, "text", "days")
		if err != nil {
			return err
		}
		key, n, text, days := ui.RequestKey(r), id.Parse(r.PathValue("id")), strings.TrimSpace(v.Get("text")), number(v.Get("days"))
		said, to := "", n
		switch verb {
		case "urge":
			said, err = "已催办", p.Supervision.UrgeOrder(r.Context(), key, n, text)
		case "close":
			said, err = "已办结", p.Supervision.CloseOrder(r.Context(), key, n, text)
		case "send-back":
			said, err = "已退回重办", p.Supervision.SendBackOrder(r.Context(), key, n, text, days)
		default:
			said = "已升级，新单已发给承办单位"
			to, err = p.Supervision.EscalateOrder(r.Context(), key, n, text, days)
		}
		if err != nil {
			return p.showOrder(w, r, verb, v, err)
		}
		route.SetFlash(w, r, said, "")
		route.Redirect(w, r, "/orders/"+id.Format(to))
		return nil
	}
}

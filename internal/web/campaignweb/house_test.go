package campaignweb_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"duban/internal/area/campaign"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
	"duban/internal/view/cockpit"
	"duban/internal/web/assets"
	"duban/internal/web/campaignweb"
	"duban/internal/web/reportweb"
	"duban/internal/web/route"
)

const password = "口令-2017-甲"

// district is a small district with its services, its pages and a browser for each of its people.
type district struct {
	t     *testing.T
	db    *sqldb.DB
	clock *period.Fixed
	s     *campaign.Service
	board *cockpit.Service
	book  *task.Book
	tasks *task.Service
	h     http.Handler
	who   map[string]auth.Actor
	notes []audit.Entry
	n     int

	office, housing, south, qidu, law      int64
	leaderPost, bossPost, southPost, qPost int64
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Find, Touch and Note make the district the sessions and the audit log of its door: a token is a name in hex, since cookies hold no Chinese.
func (d *district) Find(_ context.Context, token string) (account.Session, error) {
	for name, a := range d.who {
		if cookie(name) == token {
			return account.Session{Actor: a}, nil
		}
	}
	return account.Session{}, errs.New(errs.Unauthorized, "请先登录")
}
func (d *district) Touch(string)                          {}
func (d *district) Note(_ context.Context, e audit.Entry) { d.notes = append(d.notes, e) }

func (d *district) as(name string) context.Context { return auth.With(d.t.Context(), d.who[name]) }

func (d *district) key() string { d.n++; return fmt.Sprintf("%032x", d.n) }

func each(t *testing.T, fn func(t *testing.T, d *district)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) { fn(t, open(t, db, c)) })
}

func open(t *testing.T, db *sqldb.DB, c *period.Fixed) *district {
	ids := id.New(c, 1).Next
	cal := calendar.New(db)
	must(t, cal.Seed(t.Context()))
	out := outbox.New(db, ids)
	book := task.NewBook(ids, indicator.NewBook(ids), cal, out)
	dir := org.New(db, ids, nil)
	files := evidence.New(db, ids)
	d := &district{t: t, db: db, clock: c, book: book, tasks: task.New(db, book), who: map[string]auth.Actor{}}
	d.board = cockpit.New(db, out)
	d.s = campaign.New(db, ids, dir, book, files, out)
	d.s.AskPassword(func(_ context.Context, p string) error {
		if p != password {
			return errs.At("password", "口令不对，请再输一次。")
		}
		return nil
	})
	r, err := dir.CreateRegion(t.Context(), org.Region{Code: "350902", Name: "宁德市蕉城区", ShortName: "蕉城", Demo: true})
	must(t, err)
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
	unit := func(name, short string, k org.Kind) int64 {
		u, err := dir.SaveUnit(admin, org.Unit{Name: name, ShortName: short, Kind: k})
		must(t, err)
		return u.ID
	}
	d.office, d.housing = unit("区委督查室", "督查室", org.Office), unit("蕉城区住房和城乡建设局", "区住建局", org.Department)
	d.law = unit("蕉城区行政执法局", "区行政执法局", org.Department)
	d.south, d.qidu = unit("城南镇", "城南镇", org.Township), unit("七都镇", "七都镇", org.Township)
	person := func(name string, unit int64, roles ...auth.Role) int64 {
		p, err := dir.SavePerson(admin, org.Person{Name: name, UnitID: unit})
		must(t, err)
		d.who[name] = auth.Actor{ID: p.ID, RegionID: r.ID, UnitID: unit, Units: []int64{unit}, Name: name, Roles: roles}
		return p.ID
	}
	post := func(unit int64, title string, leader bool, holder int64) int64 {
		p, err := dir.SavePost(admin, org.Post{UnitID: unit, Title: title, Leader: leader})
		must(t, err)
		must(t, dir.Appoint(admin, p.ID, holder, "2017-01-01"))
		return p.ID
	}
	d.leaderPost = post(d.office, "区委常委、副区长", true, person("江平野", d.office, auth.Leader))
	d.bossPost = post(d.housing, "局长", false, person("陈克让", d.housing, auth.Head))
	post(d.law, "局长", false, person("程远志", d.law, auth.Head))
	d.southPost = post(d.south, "镇长", false, person("阮清和", d.south, auth.Head))
	d.qPost = post(d.qidu, "镇长", false, person("缪远帆", d.qidu, auth.Head))
	person("方衡", d.office, auth.Supervisor)
	person("缪小舟", d.qidu, auth.Clerk)
	person("何向晚", d.housing, auth.TaskForce, auth.Clerk)
	person("林城南", d.south, auth.Clerk)

	reg := route.New()
	reg.Mount("GET /assets/", auth.Public, assets.Handler())
	(&campaignweb.Pages{Service: d.s, Boards: d.board, Files: files, Org: dir, Log: d, Clock: c, Proof: func(s ref.Ref) string { return "/ledger?subject=" + url.QueryEscape(s.String()) }}).Register(reg)
	reportweb.Register(reg, d.s, notice.New(db), dir)
	d.h = reg.Handler(route.Config{Sessions: d, Clock: c, Audit: d, Log: slog.New(slog.DiscardHandler), Nav: append(reportweb.Nav(), campaignweb.Nav()...), TodoHref: reportweb.TodoPath, Feedback: "/feedback",
		Todo: func(context.Context, auth.Actor) int { return 3 },
		Place: func(_ context.Context, a auth.Actor) route.Place {
			for n, x := range map[int64]string{d.office: "督查室", d.housing: "区住建局", d.south: "城南镇", d.qidu: "七都镇", d.law: "区行政执法局"} {
				if n == a.UnitID {
					return route.Place{Unit: x, Product: "蕉城督办", Demo: true}
				}
			}
			return route.Place{}
		}})
	return d
}

// answer is what a browser got.
type answer struct {
	code int
	to   string
	head http.Header
	text string
	body []byte
}

func (d *district) ask(who, method, path, kind string, body io.Reader) answer {
	d.t.Helper()
	r := httptest.NewRequest(method, "http://duban.local"+path, body)
	r.RequestURI = path
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "duban", Value: cookie(who)})
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	return answer{w.Code, w.Header().Get("Location"), w.Header(), w.Body.String(), w.Body.Bytes()}
}

func cookie(who string) string { return fmt.Sprintf("t%x", who) }

func (d *district) get(who, path string) answer { return d.ask(who, "GET", path, "", nil) }

func (d *district) post(who, path string, form url.Values) answer {
	if form == nil {
		form = url.Values{}
	}
	if form.Get("request_key") == "" {
		form.Set("request_key", d.key())
	}
	return d.ask(who, "POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// send posts a form with one file.
func (d *district) send(who, path string, form url.Values, field, name string, content []byte) answer {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if form.Get("request_key") == "" {
		form.Set("request_key", d.key())
	}
	for k, vs := range form {
		for _, v := range vs {
			must(d.t, m.WriteField(k, v))
		}
	}
	if name != "" {
		w, err := m.CreateFormFile(field, name)
		must(d.t, err)
		w.Write(content)
	}
	must(d.t, m.Close())
	return d.ask(who, "POST", path, m.FormDataContentType(), &b)
}

func (a answer) wants(t *testing.T, code int, words ...string) answer {
	t.Helper()
	if a.code != code {
		t.Fatalf("%d, want %d; to %q\n%s", a.code, code, a.to, short(a.text))
	}
	for _, w := range words {
		if !strings.Contains(a.text, w) {
			t.Errorf("no %q in\n%s", w, short(a.text))
		}
	}
	return a
}

func short(s string) string {
	if i := strings.Index(s, "<main"); i > 0 {
		s = s[i:]
	}
	if len(s) > 6000 {
		s = s[:6000]
	}
	return s
}

func (d *district) campaign() campaign.Campaign {
	d.t.Helper()
	c, err := d.s.CreateCampaign(d.as("方衡"), d.key(), campaign.Campaign{Preset: "city", LeaderPost: d.leaderPost, LeadUnit: d.housing})
	must(d.t, err)
	c, err = d.s.IssuePlan(d.as("方衡"), c.ID, c.Version, campaign.Plan{DocNo: "区委办〔2017〕18号", IssuedOn: "2017-02-08"}, nil)
	must(d.t, err)
	h := d.who["何向晚"]
	c, err = d.s.SetTaskForce(d.as("方衡"), c.Version, campaign.TaskForce{CampaignID: c.ID, Members: []campaign.Member{{Role: campaign.Chief, PostID: d.leaderPost}, {Role: campaign.Deputy, PostID: d.bossPost},
		{Role: campaign.Liaison, PersonID: h.ID, UnitID: d.housing}, {Role: campaign.Ranker, UnitID: d.south}, {Role: campaign.Ranker, UnitID: d.qidu}}})
	must(d.t, err)
	return c
}

func (d *district) item(c campaign.Campaign, x campaign.ItemDraft) task.Task {
	d.t.Helper()
	t, err := d.s.AddItem(d.as("方衡"), d.key(), c.ID, x)
	must(d.t, err)
	return t
}

func (d *district) report(who string, t task.Task, m period.Month, v amount.Scaled, blocker, help string) campaign.Receipt {
	d.t.Helper()
	r, err := d.s.SubmitReport(d.as(who), d.key(), campaign.ReportDraft{Draft: task.Draft{TaskID: t.ID, Month: m, Value: v, BlockerKind: blocker, Help: help}})
	must(d.t, err)
	return r
}

// year is the district in August: reports, checks, closed months, an adjustment, books accepted and pledges signed.
func (d *district) year() (campaign.Campaign, []task.Task) {
	d.t.Helper()
	d.clock.SetDay("2017-02-10")
	c := d.campaign()
	ms := func(list ...string) (out []task.Milestone) {
		for i := 0; i+1 < len(list); i += 2 {
			out = append(out, task.Milestone{No: int64(i/2 + 1), DueOn: list[i], Title: list[i+1], Weight: int64(10000 / (len(list) / 2))})
		}
		return out
	}
	items := []task.Task{
		d.item(c, campaign.ItemDraft{No: "7", Title: "104 国道改造（蕉城段）路基贯通", Standard: "路基全线贯通，监理签认", Measure: "公里", Target: 186000, LeadUnit: d.housing, SupportUnits: []int64{d.qidu}, Deadline: "2017-09-20", Weight: 1000, Milestones: ms("2017-03-01", "开工", "2017-06-30", "桥梁下部", "2017-07-31", "管线迁改", "2017-09-20", "路基贯通")}),
		d.item(c, campaign.ItemDraft{No: "3", Title: "城区雨污分流一标段", Measure: "%", Target: 1000000, LeadUnit: d.housing, Deadline: "2017-12-26", Weight: 800}),
		d.item(c, campaign.ItemDraft{No: "16", Title: "城区停车泊位新增 1200 个", Measure: "个", Target: 12000000, LeadUnit: d.law, Deadline: "2017-11-30", Weight: 500}),
		d.item(c, campaign.ItemDraft{No: "21", Title: "七都片区征地交付", Measure: "亩", Target: 720000, LeadUnit: d.qidu, Deadline: "2017-12-31", Weight: 600}),
		d.item(c, campaign.ItemDraft{No: "22", Title: "疏港路七都段青苗清表", Measure: "户", Target: 1200000, LeadUnit: d.qidu, Deadline: "2017-12-31", Weight: 300}),
		d.item(c, campaign.ItemDraft{No: "23", Title: "七都集镇雨污管网", Measure: "米", Target: 24000000, LeadUnit: d.qidu, Deadline: "2017-08-31", Weight: 300}),
	}
	_, err := d.s.IssueTaskBook(d.as("方衡"), d.key(), c.ID)
	must(d.t, err)
	for _, name := range []string{"陈克让", "缪远帆"} {
		v, err := d.s.TaskBookOf(d.as(name), c.ID, d.who[name].UnitID)
		must(d.t, err)
		_, err = d.s.AcceptTaskBook(d.as(name), d.key(), v.Book.ID, v.Book.Version)
		must(d.t, err)
	}
	for _, name := range []string{"陈克让", "缪远帆"} {
		p, err := d.s.DraftPledge(d.as(name), campaign.PledgeDrafting{UnitID: d.who[name].UnitID, CampaignID: c.ID})
		must(d.t, err)
		v, err := d.s.SignPledge(d.as(name), d.key(), p.ID, p.Version, password)
		must(d.t, err)
		if name == "陈克让" {
			_, err = d.s.SignPledge(d.as("江平野"), d.key(), p.ID, v.Version, password)
			must(d.t, err)
		}
	}
	clerk := []string{"何向晚", "何向晚", "程远志", "缪小舟", "缪小舟", "缪小舟"}
	for i, m := range []period.Month{"2017-02", "2017-03", "2017-04", "2017-05", "2017-06", "2017-07"} {
		d.clock.SetDay(string(m.Next()) + "-03")
		for k, t := range items {
			if k == 2 && m > "2017-05" || k == 3 && m == "2017-07" || k == 4 && m == "2017-07" {
				continue
			}
			target := []amount.Scaled{186000, 1000000, 12000000, 720000, 1200000, 24000000}[k]
			v := target * amount.Scaled(i+1) * []amount.Scaled{9, 12, 8, 7, 11, 13}[k] / 100
			v -= v % 10000
			if k == 0 || k == 3 {
				v = target * amount.Scaled(i+1) * 7 / 100 / 1000 * 1000
			}
			r := d.report(clerk[k], t, m, v, []string{"用地报批", task.NoBlocker, "资金", "林地手续", task.NoBlocker, task.NoBlocker}[k], []string{"请区经信局协调通信管线进场。", "", "", "请区林业局补办林地手续。", "", ""}[k])
			if m < "2017-07" && k < 2 {
				must(d.t, d.db.Update(d.as("方衡"), func(tx *sqldb.Tx) error {
					s, err := indicator.Get(d.as("方衡"), tx, d.who["方衡"].RegionID, t.IndicatorID)
					if err != nil {
						return err
					}
					return d.book.VerifyAccount(d.as("方衡"), tx, d.who["方衡"], t.ID, indicator.Reading{IndicatorID: s.ID, Period: r.Period, Kind: indicator.Verified, Value: r.Value * 95 / 100, Note: "现场核验"})
				}))
			}
		}
		d.clock.SetDay(string(m.Next()) + "-10")
		must(d.t, d.db.Update(d.as("方衡"), func(tx *sqldb.Tx) error {
			_, err := d.book.CloseMonth(d.as("方衡"), tx, d.who["方衡"], m)
			return err
		}))
	}
	d.clock.SetDay("2017-08-02")
	day := "2017-10-15"
	_, err = d.tasks.Propose(d.as("陈克让"), d.key(), task.Adjustment{TaskID: items[0].ID, Reason: "管线产权单位未进场", Wanted: task.Wanted{Deadline: &day}})
	must(d.t, err)
	d.clock.Set(time.Date(2017, 8, 3, 10, 42, 0, 0, period.Beijing))
	must(d.t, d.db.Update(d.as("方衡"), func(tx *sqldb.Tx) error {
		if _, err := d.book.RefreshAll(d.as("方衡"), tx, d.who["方衡"].RegionID); err != nil {
			return err
		}
		return d.board.Rebuild(d.as("方衡"), tx, d.who["方衡"].RegionID)
	}))
	return c, items
}

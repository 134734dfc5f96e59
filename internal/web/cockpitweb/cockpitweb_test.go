package cockpitweb

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
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
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/view/cockpit"
	"duban/internal/web/route"
	"duban/internal/web/uitest"
	"duban/migrations"
)

// district is what the pages show in these tests: six campaigns, sixteen townships, six departments; boards and tasks are canned.
type district struct {
	t      *testing.T
	clock  *period.Fixed
	org    *org.Service
	units  map[string]int64
	camps  []campaign.Campaign
	board  cockpit.Board
	closed map[period.Month][]cockpit.Cell
	lights []task.Month
	todos  []notice.Todo
	tasks  []task.Task
	actors map[string]auth.Actor
}

var towns = []string{"蕉南街道", "蕉北街道", "城南镇", "漳湾镇", "金涵乡", "飞鸾镇", "三都镇", "七都镇", "八都镇", "九都镇", "霍童镇", "赤溪镇", "洋中镇", "虎贝镇", "石后乡", "洪口乡"}

var departments = []string{"区发改局", "区经信局", "区住建局", "区征迁办", "区旅游局", "区农业局"}

type plan struct {
	name, post, who string
	lead            []int64 // points ×100 by month
	pace            int64   // at the end of August
}

var plans = []plan{
	{"项目安征迁", "常务副区长", "林见山", []int64{-100, -200, -300, -400, -600, -900, -1100, -1300}, 6200},
	{"城市建设管理", "副区长", "江平野", []int64{0, 0, -100, -200, -300, -300, -300, -260}, 5800},
	{"旅游突破", "宣传部部长", "郑思齐", []int64{0, 0, -100, -200, -300, -500, -500, -500}, 5700},
	{"产业提升", "副区长", "叶知秋", []int64{0, 0, 100, 100, 100, 100, 100, 100}, 6000},
	{"棚户区改造", "副区长", "陈望舒", []int64{0, 0, 100, 100, 200, 200, 300, 200}, 6100},
	{"村级集体经济增收", "组织部部长", "黄守成", []int64{0, 100, 200, 200, 300, 400, 400, 400}, 6400},
}

func newDistrict(t *testing.T) *district {
	d := &district{t: t, clock: period.At(time.Date(2017, 9, 7, 8, 0, 0, 0, period.Beijing)), units: map[string]int64{}, closed: map[period.Month][]cockpit.Cell{}}
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), d.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	var last int64
	d.org = org.New(db, func() int64 { last++; return last }, nil)
	region, err := d.org.CreateRegion(t.Context(), org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region.ID, Roles: []auth.Role{auth.SysAdmin}})
	unit := func(name string, kind org.Kind) {
		u, err := d.org.SaveUnit(ctx, org.Unit{Name: name, Kind: kind, SortNo: int64(len(d.units))})
		if err != nil {
			t.Fatal(err)
		}
		d.units[name] = u.ID
	}
	unit("督查室", org.Office)
	for _, name := range towns {
		kind := org.Township
		if strings.HasSuffix(name, "街道") {
			kind = org.Subdistrict
		}
		unit(name, kind)
	}
	for _, name := range departments {
		unit(name, org.Department)
	}
	for i, p := range plans {
		person, err := d.org.SavePerson(ctx, org.Person{Name: p.who, UnitID: d.units["督查室"]})
		if err != nil {
			t.Fatal(err)
		}
		post, err := d.org.SavePost(ctx, org.Post{UnitID: d.units["督查室"], Title: p.post, Leader: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.org.Appoint(ctx, post.ID, person.ID, "2016-01-01"); err != nil {
			t.Fatal(err)
		}
		d.camps = append(d.camps, campaign.Campaign{ID: int64(9001 + i), Name: p.name, Year: 2017, From: "2017-01", To: "2017-12", LeaderPost: post.ID, State: campaign.Running, SortNo: int64(i)})
	}
	d.camps = append(d.camps, campaign.Campaign{ID: 8001, Name: "上年行动", Year: 2016, From: "2016-01", To: "2016-12", State: campaign.Archived})
	d.fill()
	d.actors = map[string]auth.Actor{
		"leader":   {ID: 101, RegionID: region.ID, UnitID: d.units["督查室"], Name: "区委书记", Roles: []auth.Role{auth.Leader}},
		"auditor":  {ID: 102, RegionID: region.ID, UnitID: d.units["督查室"], Name: "审计", Roles: []auth.Role{auth.Auditor}},
		"clerk":    {ID: 103, RegionID: region.ID, UnitID: d.units["七都镇"], Name: "缪小舟", Roles: []auth.Role{auth.Clerk}, Units: []int64{d.units["七都镇"]}},
		"sysadmin": {ID: 104, RegionID: region.ID, UnitID: d.units["督查室"], Name: "系统管理员", Roles: []auth.Role{auth.SysAdmin}},
	}
	return d
}

// fill makes the cells, months and tasks by a fixed rule.
func (d *district) fill() {
	all := append(append([]string{}, towns...), departments...)
	for t, name := range all {
		for i, c := range d.camps[:6] {
			cell := cockpit.Cell{Campaign: c.ID, Unit: d.units[name], Count: map[task.Light]int64{task.Done: int64(1 + t%3)}}
			switch (t*7 + i*5) % 11 {
			case 0, 1:
				continue
			case 2:
				if i > 2 {
					continue
				}
				cell.Count[task.Red], cell.Count[task.Amber], cell.DaysLate = 1, 1, int64(16+3*((t+i)%9))
			case 3, 4:
				cell.Count[task.Amber], cell.DaysLate = 1, int64(1+t%9)
			case 5:
				if t == 12 {
					cell.Count[task.Missing] = 1
				}
			case 6:
				cell.Count = map[task.Light]int64{task.Done: 4}
			}
			if cell.Count[task.Done] != 4 {
				cell.Count[task.Green] = int64(2 + t%2)
			}
			d.board.Cells = append(d.board.Cells, cell)
			released := cell
			released.DaysLate = 0
			d.closed["2017-07"] = append(d.closed["2017-07"], released)
		}
	}
	d.board.Month = "2017-08"
	for i, p := range plans {
		for k := range 9 {
			m := period.Month("2017-01").Add(k)
			x := cockpit.Month{Campaign: d.camps[i].ID, Unit: d.units["七都镇"], Period: m, Weight: 1, Pace: p.pace * int64(k+1) / 8, Expected: 12}
			if k < 8 {
				x.Best = x.Pace + p.lead[k]
				x.Reported, x.Filed, x.Verified = min(x.Best+700, 10000), 12, 11
			} else {
				x.Best, x.Reported = d.last(i), d.last(i)+700
			}
			d.board.Months = append(d.board.Months, x)
		}
	}
	for k, x := range []struct {
		camp          int
		title, unit   string
		light         task.Light
		late, lead    int64
		deadline, why string
		blocker       string
	}{
		{0, "城澳作业区签约交地", "三都镇", task.Red, 41, -1900, "2017-07-28", "时限已超期 41 天", "城澳作业区 37 户未签约"},
		{0, "铜冶炼基地二期征地", "区征迁办", task.Red, 28, -1500, "2017-08-10", "时限已超期 28 天", "用地报批"},
		{0, "飞鸾工业园腾空", "飞鸾镇", task.Red, 22, -1400, "2017-08-16", "时限已超期 22 天", ""},
		{1, "104 国道管线迁改", "区住建局", task.Red, 19, -1200, "2017-09-10", "节点已超期 19 天", "产权单位未进场"},
		{2, "霍童古镇停车场用地", "霍童镇", task.Red, 17, -1100, "2017-09-08", "节点已超期 17 天", "停车场用地未落实"},
		{1, "集镇雨污管网", "洋中镇", task.Missing, 0, 0, "2017-12-31", "8月的进展应报未报", ""},
		{0, "七都片区征地交付", "七都镇", task.Amber, 5, -900, "2017-09-09", "时限已超期 5 天", "林地手续"},
		{3, "新能源三期环评批复", "区经信局", task.Amber, 7, -400, "2017-09-10", "节点已超期 7 天", ""},
		{2, "三都澳码头改造", "三都镇", task.Amber, 0, -800, "2017-12-31", "落后 8 个百分点", ""},
		{1, "署前路二期评估复核", "蕉北街道", task.Amber, 0, -600, "2017-12-31", "落后 6 个百分点", ""},
		{5, "石桥村集体收入", "石后乡", task.Amber, 0, -300, "2017-12-31", "落后 3 个百分点", ""},
		{4, "东湖片区两违拆除", "蕉北街道", task.Green, 0, 100, "2017-12-31", "超前 1 个百分点", ""},
	} {
		lead := x.lead
		d.tasks = append(d.tasks, task.Task{ID: int64(7001 + k), No: "CS-0" + string(rune('1'+k%9)), Title: x.title, LeadUnit: d.units[x.unit], Leader: d.camps[x.camp].LeaderPost,
			Origin: ref.Ref{Kind: cockpit.Origin, ID: d.camps[x.camp].ID}, State: task.Open, Deadline: x.deadline,
			Standing: task.Standing{Light: x.light, Why: x.why, DaysLate: x.late, Lead: &lead, Blocker: x.blocker, AsOf: "2017-08"}})
	}
	d.board.Urgent = d.tasks[:10]
	moved := "2017-09-25"
	d.board.Open = []task.Adjustment{{ID: 6001, TaskID: 7008, UnitID: d.units["区经信局"], State: task.Proposed, Reason: "环评批复需省里补正材料，预计晚 15 天。", Wanted: task.Wanted{Deadline: &moved}, ProposedBy: 300, Version: 1}}
	d.todos = []notice.Todo{
		{Role: auth.Leader, Kind: "supervision.bulletin.sign", Subject: ref.Ref{Kind: "supervision.bulletin", ID: 5}, Title: "8 月份督查通报（第 8 期）等您签发", Href: "/bulletins/5", DueOn: "2017-09-08"},
		{Role: auth.Leader, Kind: "task.adjustment.decide", Subject: ref.Ref{Kind: "task.adjustment", ID: 6001}, Title: "延期申请", Href: "/adjustments/6001"},
		{Unit: d.units["督查室"], Kind: "campaign.report.submit", Subject: ref.Ref{Kind: "task.task", ID: 1}, Title: "单位自己的事", Href: "/x"},
	}
	d.lights = []task.Month{
		{TaskID: 7012, UnitID: d.units["蕉北街道"], Period: "2017-07", Light: task.Amber}, {TaskID: 7012, UnitID: d.units["蕉北街道"], Period: "2017-08", Light: task.Green},
		{TaskID: 7001, UnitID: d.units["三都镇"], Period: "2017-07", Light: task.Red}, {TaskID: 7001, UnitID: d.units["三都镇"], Period: "2017-08", Light: task.Red},
	}
}

func (d *district) last(i int) int64 { return plans[i].pace + plans[i].lead[7] }

func (d *district) Board(context.Context) (cockpit.Board, error) { return d.board, nil }
func (d *district) UnitBoard(ctx context.Context, unit int64) (b cockpit.Board, err error) {
	for _, c := range d.board.Cells {
		if c.Unit == unit {
			b.Cells = append(b.Cells, c)
		}
	}
	return b, nil
}
func (d *district) Released(_ context.Context, m period.Month) ([]cockpit.Cell, error) {
	return append([]cockpit.Cell(nil), d.closed[m]...), nil
}
func (d *district) Tasks(ctx context.Context, f task.Filter) (out []task.Task, err error) {
	who, err := auth.From(ctx)
	for _, t := range d.tasks {
		switch {
		case !who.Sees(t.LeadUnit), f.Light != "" && t.Standing.Light != f.Light, f.Urgent && t.Standing.Light.Rank() > task.Amber.Rank(),
			f.DueBefore != "" && t.Deadline > f.DueBefore, f.DueAfter != "" && t.Deadline < f.DueAfter:
			continue
		}
		out = append(out, t)
	}
	return out, err
}
func (d *district) Terms(_ context.Context, taskID int64) (task.Terms, error) {
	for _, t := range d.tasks {
		if t.ID == taskID {
			b := task.Baseline{Revision: 1, Deadline: "2017-09-10", PlanRevision: 1}
			p := indicator.Plan{Revision: 1, From: "2017-01", To: "2017-12", Target: amount.Scaled(1_0000)}
			return task.Terms{Task: t, Baselines: []task.Baseline{b}, Plans: []indicator.Plan{p}, Sheet: indicator.Sheet{}}, nil
		}
	}
	return task.Terms{}, errs.New(errs.NotFound, "没有这项任务")
}
func (d *district) Policies(context.Context) (task.Rules, error) {
	return task.Rules{Now: task.Presets[0], Month: "2017-08", Earliest: "2017-09"}, nil
}
func (d *district) Better(ctx context.Context, m period.Month, most int) (out []task.Better, err error) {
	who, err := auth.From(ctx)
	closed := func(m period.Month) bool {
		return slices.ContainsFunc(d.lights, func(l task.Month) bool { return l.Period == string(m) })
	}
	if !closed(m) {
		m = m.Prev()
	}
	before := map[int64]task.Light{}
	for _, l := range d.lights {
		if l.Period == string(m.Prev()) {
			before[l.TaskID] = l.Light
		}
	}
	for _, l := range d.lights {
		for _, t := range d.tasks {
			if t.ID == l.TaskID && l.Period == string(m) && who.Sees(t.LeadUnit) && len(out) < most && (l.Light == task.Green || l.Light == task.Done) &&
				(before[l.TaskID] == task.Red || before[l.TaskID] == task.Amber) {
				out = append(out, task.Better{TaskID: t.ID, UnitID: l.UnitID, Light: l.Light, Title: t.Title})
			}
		}
	}
	return out, err
}
func (d *district) List(context.Context) ([]campaign.Campaign, error) { return d.camps, nil }
func (d *district) Look(ctx context.Context) (*org.Directory, error)  { return d.org.Look(ctx) }
func (d *district) Mine(ctx context.Context) (out []notice.Todo, err error) {
	who, err := auth.From(ctx)
	for _, t := range d.todos {
		if t.Role == "" || who.Has(t.Role) {
			out = append(out, t)
		}
	}
	return out, err
}

func (d *district) Find(_ context.Context, token string) (account.Session, error) {
	if a, ok := d.actors[token]; ok {
		return account.Session{Actor: a}, nil
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (d *district) Touch(string) {}

var token = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)

// get opens a page as somebody.
func (d *district) get(as, path string) (int, string) {
	d.t.Helper()
	g := route.New()
	(&Pages{Boards: d, Tasks: d, Campaigns: d, Org: d, Todos: d, Clock: d.clock}).Register(g)
	h := g.Handler(route.Config{Sessions: d, Clock: d.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(), Search: "/search", TodoHref: "/todo", Feedback: "/feedback",
		Todo: func(context.Context, auth.Actor) int { return 3 }, Place: func(context.Context, auth.Actor) route.Place { return route.Place{Product: "蕉城督办", Demo: true} }})
	r := httptest.NewRequest("GET", path, nil)
	r.AddCookie(&http.Cookie{Name: "duban", Value: as})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// page opens a page that must be there, and compares it with its golden file.
func (d *district) page(as, path, golden string) string {
	d.t.Helper()
	code, html := d.get(as, path)
	if code != http.StatusOK {
		d.t.Fatalf("%s as %s: %d", path, as, code)
	}
	if golden != "" {
		uitest.Golden(d.t, golden, token.ReplaceAllString(html, "TOKEN"))
	}
	return html
}

func want(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

func lack(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(html, w) {
			t.Errorf("the page says %q", w)
		}
	}
}

func TestCockpit(t *testing.T) {
	d := newDistrict(t)
	html := d.page("leader", "/cockpit", "cockpit")
	want(t, html, "六大攻坚行动 <b>1 红 2 黄 3 绿</b>", "总进度核验 <b>58%</b>，应达 60%，<b>落后 2.3 个百分点</b>", "有 <b>2 件</b>事请您决定",
		"2017年8月应报 72 项，已报 72 项，已核验 66 项",
		"延期申请", "“新能源三期环评批复”时限 2017-09-10 → 2017-09-25", `href="/adjustments/6001?as=approve"`,
		"8 月份督查通报（第 8 期）等您签发", "9-8（周五）前",
		"核验 49%，应达 62%，落后 13 个百分点，超过 10 个百分点", // the rule beside the light
		"城澳作业区 37 户未签约", "迟 41 天", `"act":[`)
	lack(t, html, "单位自己的事", "上年行动")
	if strings.Index(html, "请您决定") > strings.Index(html, "最急的任务") {
		t.Error("decisions do not come first, as a phone shows them")
	}
	for _, line := range strings.Split(html, "<article")[1:] {
		if strings.Contains(line, "延期申请") && strings.Contains(line, "去办理") {
			t.Error("the request stands twice")
		}
	}
}

func TestCockpitOfSomebodyWhoDoesNotDecide(t *testing.T) {
	d := newDistrict(t)
	html := d.page("auditor", "/cockpit", "")
	want(t, html, "等领导决定", "有 <b>1 件</b>事在等领导决定")
	lack(t, html, "as=approve", "等您签发")
	if code, _ := d.get("clerk", "/cockpit"); code != http.StatusForbidden {
		t.Errorf("a clerk: %d", code)
	}
}

func TestCockpitWithNothing(t *testing.T) {
	d := newDistrict(t)
	d.camps, d.board, d.tasks, d.todos = nil, cockpit.Board{Month: "2017-08"}, nil, nil
	html := d.page("leader", "/cockpit", "cockpit-empty")
	want(t, html, "还没有设立攻坚行动", "没有要决定的事", "没有红灯、黄灯和缺报的任务", "满四个月才画曲线")
}

// Before the accounts of the last month come in, the month before it stands.
func TestMonthThatIsJudged(t *testing.T) {
	d := newDistrict(t)
	for i := range d.board.Months {
		if d.board.Months[i].Period == "2017-08" {
			d.board.Months[i].Filed, d.board.Months[i].Verified = 0, 0
		}
	}
	d.board.Month = "2017-07"
	want(t, d.page("leader", "/cockpit", ""), "2017年7月应报 72 项")
	d.board.Month = "2017-08" // the day has passed: they are missing, and last month's green is not inherited
	want(t, d.page("leader", "/cockpit", ""), "2017年8月应报 72 项，已报 0 项", "总进度自报 <b>58%</b>", "六大攻坚行动 <b>0 红 0 黄 0 绿 6 缺报</b>")
}

func TestCampaignLight(t *testing.T) {
	p := task.Presets[0]
	for _, c := range []struct {
		best, pace int64
		want       task.Light
	}{{4900, 6200, task.Red}, {5200, 6200, task.Amber}, {5199, 6200, task.Red}, {6199, 6200, task.Amber}, {6200, 6200, task.Green}, {10000, 10000, task.Green}} {
		r := row{Known: true, Total: 3, Count: map[task.Light]int64{}, Now: cockpit.Progress{Best: c.best, Pace: c.pace, Filed: 3, Verified: 3}}
		if got, why := judge(p, r, "2017-08"); got != c.want {
			t.Errorf("%d of %d: %s (%s), want %s", c.best, c.pace, got, why, c.want)
		}
	}
	missing := row{Known: true, Total: 3, Count: map[task.Light]int64{}, Now: cockpit.Progress{Best: 900, Pace: 1000}}
	if got, _ := judge(p, missing, "2017-08"); got != task.Missing {
		t.Errorf("nothing reported: %s", got)
	}
	done := row{Known: true, Total: 3, Count: map[task.Light]int64{task.Done: 3}}
	if got, _ := judge(p, done, "2017-08"); got != task.Done {
		t.Errorf("all struck off: %s", got)
	}
}

func TestWall(t *testing.T) {
	d := newDistrict(t)
	html := d.page("leader", "/wall", "wall")
	want(t, html, "区直部门（牵头任务）", "无任务", "城澳作业区签约交地", "41 天", "9-7 至 9-10", "霍童古镇停车场用地", "东湖片区两违拆除", `data-refresh="300"`)
	lack(t, html, "已发布的灯", "督查室</th>")
	var month []task.Month // the lights of August are not published yet: July against June
	for _, l := range d.lights {
		l.Period = string(period.Month(l.Period).Prev())
		month = append(month, l)
	}
	published := d.lights
	d.lights = month
	want(t, d.page("leader", "/wall", ""), "东湖片区两违拆除")
	d.lights = published
	screen := d.page("leader", "/wall?mode=screen", "wall-screen")
	want(t, screen, `class="scr"`, `data-refresh="300"`)
	lack(t, screen, `aria-label="主导航"`)
	if !strings.Contains(d.page("leader", "/wall?c="+id.Format(9003), ""), `class="chip on" href="/wall?c=9003"`) {
		t.Error("the chosen campaign is not marked")
	}
}

// A unit sees what was published, its own row as it is, and nothing of the others' days and tasks.
func TestWallOfAUnit(t *testing.T) {
	d := newDistrict(t)
	html := d.page("clerk", "/wall", "wall-released")
	want(t, html, "2017年7月末已发布的灯", "本单位这一行是现在的情况", "现在", "七都片区征地交付")
	lack(t, html, "城澳作业区签约交地", "东湖片区两违拆除", "每 5 分钟刷新")
	if n, own := strings.Count(html, "<em>迟"), 0; n > 0 {
		for _, c := range d.board.Cells {
			if c.Unit == d.units["七都镇"] && note(&c) != "" {
				own++
			}
		}
		if n != own {
			t.Errorf("%d cells say how late, %d are the unit's own", n, own)
		}
	}
	d.closed = map[period.Month][]cockpit.Cell{}
	want(t, d.page("clerk", "/wall", ""), "还没有发布过月度亮灯")
	if code, _ := d.get("sysadmin", "/wall"); code != http.StatusForbidden {
		t.Errorf("an administrator: %d", code)
	}
}

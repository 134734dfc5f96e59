package appraisalweb

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/office/docx"
	"duban/internal/office/xlsx"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/uitest"
	"duban/migrations"
)

const region = int64(350902)

// district is a small district on a real database: the pages are shown what the area really says.
type district struct {
	t      *testing.T
	clock  *period.Fixed
	s      *appraisal.Service
	h      http.Handler
	units  map[string]int64
	tasks  map[string]int64
	names  map[int64]string
	actors map[string]auth.Actor
	noted  []audit.Entry
}

// towns report June of two tasks, in tenths of 亩; the first is verified.
var towns = []struct {
	name       string
	said, seen [2]int64
}{
	{"漳湾镇", [2]int64{600, 590}, [2]int64{600, 0}}, {"金涵乡", [2]int64{600, 580}, [2]int64{600, 0}}, {"七都镇", [2]int64{546, 570}, [2]int64{546, 0}}, {"城南镇", [2]int64{575, 575}, [2]int64{575, 0}},
	{"蕉北街道", [2]int64{570, 560}, [2]int64{570, 0}}, {"飞鸾镇", [2]int64{560, 540}, [2]int64{560, 0}}, {"霍童镇", [2]int64{550, 540}, [2]int64{550, 0}}, {"蕉南街道", [2]int64{550, 530}, [2]int64{550, 0}},
	{"八都镇", [2]int64{540, 520}, [2]int64{540, 0}}, {"三都镇", [2]int64{530, 520}, [2]int64{530, 0}}, {"赤溪镇", [2]int64{530, 510}, [2]int64{530, 0}}, {"洋中镇", [2]int64{520, 500}, [2]int64{520, 0}},
	{"虎贝镇", [2]int64{510, 500}, [2]int64{510, 0}}, {"九都镇", [2]int64{500, 490}, [2]int64{500, 0}}, {"石后乡", [2]int64{490, 480}, [2]int64{490, 0}}, {"洪口乡", [2]int64{534, 470}, [2]int64{480, 0}},
}

func newDistrict(t *testing.T) *district {
	ctx := t.Context()
	c := period.At(time.Date(2017, 1, 10, 9, 0, 0, 0, period.Beijing))
	db, err := sqldb.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "t.db"), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d := &district{t: t, clock: c, units: map[string]int64{}, tasks: map[string]int64{}, names: map[int64]string{}, actors: map[string]auth.Actor{}}
	d.ok(db.Migrate(ctx, migrations.FS))
	ids := id.New(c, 1).Next
	out, cal, ind := outbox.New(db, ids), calendar.New(db), indicator.NewBook(ids)
	book := task.NewBook(ids, ind, cal, out)
	d.ok(cal.Seed(ctx))
	o := org.New(db, ids, nil)
	_, err = o.CreateRegion(ctx, org.Region{ID: region, Code: "350902", Name: "宁德市蕉城区", ShortName: "蕉城"})
	d.ok(err)
	d.s = appraisal.New(db, ids, o, cal, out, notice.NewBook(ids))
	admin := auth.With(ctx, auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
	unit := func(name string, kind org.Kind) {
		u, err := o.SaveUnit(admin, org.Unit{Name: name, Kind: kind, SortNo: int64(len(d.units))})
		d.ok(err)
		d.units[name] = u.ID
	}
	person := func(name, unit string, roles ...auth.Role) {
		x, err := o.SavePerson(admin, org.Person{Name: name, UnitID: d.units[unit]})
		d.ok(err)
		d.actors[name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: name, Roles: roles}
	}
	for _, n := range []string{"考核办", "区委办", "区统计局", "督查室"} {
		unit(n, org.Office)
	}
	for _, x := range towns {
		kind := org.Township
		if strings.HasSuffix(x.name, "街道") {
			kind = org.Subdistrict
		}
		unit(x.name, kind)
		person("清"+x.name, x.name, auth.Head, auth.Clerk)
	}
	unit("区住建局", org.Department)
	person("清区住建局", "区住建局", auth.Head, auth.Clerk)
	for _, p := range [][2]string{{"宋时雨", "考核办"}, {"许知", "考核办"}, {"方衡", "考核办"}} {
		person(p[0], p[1], auth.Appraiser)
	}
	person("江平野", "区委办", auth.Leader)
	person("何统计", "区统计局", auth.Source)
	person("钟核验", "督查室", auth.Supervisor)
	write := func(name string, fn func(tx *sqldb.Tx, who auth.Actor) error) {
		who := d.actors[name]
		d.ok(db.Update(auth.With(ctx, who), func(tx *sqldb.Tx) error { return fn(tx, who) }))
	}
	list := append(towns, struct {
		name       string
		said, seen [2]int64
	}{"区住建局", [2]int64{560, 560}, [2]int64{560, 0}})
	write("宋时雨", func(tx *sqldb.Tx, who auth.Actor) error {
		for i, x := range list {
			for j, title := range []string{"征地交付", "集镇管网"} {
				k, err := book.Open(ctx, tx, who, task.Opening{Task: task.Task{No: fmt.Sprintf("T-%d%d", i+1, j+1), Title: x.name + title, LeadUnit: d.units[x.name], Deadline: "2017-12-31", Weight: int64(300 - 100*j)},
					Indicator: indicator.Indicator{Name: x.name + title, Measure: "亩"}, Plan: indicator.Plan{From: "2017-01", To: "2017-12", Target: 120 * 10000}})
				if err != nil {
					return err
				}
				d.tasks[x.name+title], d.names[k.ID] = k.ID, k.No+" "+k.Title
			}
		}
		return nil
	})
	c.SetDay("2017-07-03")
	for _, x := range list {
		for j, title := range []string{"征地交付", "集镇管网"} {
			write("清"+x.name, func(tx *sqldb.Tx, who auth.Actor) error {
				_, err := book.FileAccount(ctx, tx, who, task.Draft{TaskID: d.tasks[x.name+title], Month: "2017-06", Value: amount.Scaled(x.said[j] * 1000), Progress: "按计划推进", BlockerKind: "施工", Blocker: "雨季"})
				return err
			})
			if x.seen[j] != 0 {
				write("钟核验", func(tx *sqldb.Tx, who auth.Actor) error {
					return book.VerifyAccount(ctx, tx, who, d.tasks[x.name+title], indicator.Reading{Period: "2017-06", Value: amount.Scaled(x.seen[j] * 1000), Note: "现场核验"})
				})
			}
		}
	}
	g := route.New()
	(&Pages{Rounds: d.s, Schemes: d.s, Org: o, Log: d, Clock: c, Tasks: d, Bundle: d}).Register(g)
	d.h = g.Handler(route.Config{Sessions: d, Clock: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(), Search: "/search", TodoHref: "/todo", Feedback: "/feedback",
		Todo: func(context.Context, auth.Actor) int { return 3 }, Place: func(context.Context, auth.Actor) route.Place { return route.Place{Product: "蕉城督办", Demo: true} }})
	return d
}

func (d *district) Find(_ context.Context, token string) (account.Session, error) {
	for name, a := range d.actors {
		if token == url.QueryEscape(name) {
			return account.Session{Actor: a}, nil
		}
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (d *district) Touch(string)                          {}
func (d *district) Note(_ context.Context, e audit.Entry) { d.noted = append(d.noted, e) }
func (d *district) TaskNames(_ context.Context, ids []int64) (map[int64]string, error) {
	return d.names, nil
}
func (d *district) Bundle(_ context.Context, round, unit int64) (string, []byte, error) {
	return "证明.zip", []byte("PK"), nil
}

func (d *district) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err, errs.FieldsOf(err))
	}
}

func (d *district) do(r *http.Request, as string) *httptest.ResponseRecorder {
	r.AddCookie(&http.Cookie{Name: "duban", Value: url.QueryEscape(as)})
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	return w
}

func (d *district) get(as, path string, want int) string {
	d.t.Helper()
	w := d.do(httptest.NewRequest("GET", path, nil), as)
	if w.Code != want {
		d.t.Fatalf("%s GET %s: %d, want %d\n%s", as, path, w.Code, want, words(w.Body.String()))
	}
	return w.Body.String()
}

var (
	token  = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)
	tags   = regexp.MustCompile(`<[^>]*>|\s+`)
)

func words(html string) string {
	return tags.ReplaceAllString(html[max(0, strings.Index(html, "<main")):], " ")
}

// post sends the form of a page that goes to action, with what is typed.
func (d *district) post(as, page, action string, want int, typed ...string) string {
	d.t.Helper()
	html := d.get(as, page, 200)
	at := strings.Index(html, `action="`+action+`"`)
	if at < 0 {
		d.t.Fatalf("%s has no form to %s", page, action)
	}
	form, _, _ := strings.Cut(html[at:], "</form>")
	v := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(form, -1) {
		v.Set(m[1], m[2])
	}
	for i := 0; i < len(typed); i += 2 {
		v.Set(typed[i], typed[i+1])
	}
	r := httptest.NewRequest("POST", action, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := d.do(r, as)
	if w.Code != want {
		d.t.Fatalf("%s POST %s: %d, want %d\n%s", as, action, w.Code, want, words(w.Body.String()))
	}
	if want == http.StatusSeeOther {
		return w.Header().Get("Location")
	}
	return w.Body.String()
}

// forged sends a form that the page does not offer.
func (d *district) forged(as, tokenFrom, action string, version int64, want int) {
	d.t.Helper()
	m := regexp.MustCompile(`X-CSRF-Token&#34;:&#34;([A-Za-z0-9_-]+)`).FindStringSubmatch(d.get(as, tokenFrom, 200))
	if m == nil {
		d.t.Fatal("no token")
	}
	v := url.Values{"csrf_token": {m[1]}, "request_key": {ui.NewKey()}, "version": {fmt.Sprint(version)}}
	r := httptest.NewRequest("POST", action, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := d.do(r, as); w.Code != want {
		d.t.Errorf("%s POST %s: %d, want %d\n%s", as, action, w.Code, want, words(w.Body.String()))
	}
}

// spots answers everything that was drawn, each by the first of the offices who may; wrong also tries what is refused.
func (d *district) spots(round string, wrong bool) {
	d.t.Helper()
	form := regexp.MustCompile(regexp.QuoteMeta(round) + `/spots/\d+/answer`)
	for range 100 {
		done := true
		for _, who := range []string{"宋时雨", "方衡", "许知"} {
			page := d.get(who, round+"/spots", 200)
			if !strings.Contains(page, ">还没有核对<") {
				d.has(words(page), "一致", "查看台账")
				return
			}
			action := form.FindString(page)
			if action == "" {
				continue
			}
			if wrong {
				d.has(d.post(who, round+"/spots", action, 422, "answer", "differs", "found", "约50", "evidence", "x"), "核对出来的数", "看了什么", `value="约50"`)
				wrong = false
			}
			d.post(who, round+"/spots", action, 303, "answer", "agrees", "evidence", "查看台账和现场")
			done = false
			break
		}
		if done {
			d.t.Fatalf("nobody may answer what is left: %s", words(d.get("宋时雨", round+"/spots", 200)))
		}
	}
	d.t.Fatal("the spots do not end")
}

// golden opens a page, looks for what must stand there, and compares it with its file.
func (d *district) golden(as, path, name string, want ...string) string {
	d.t.Helper()
	html := d.get(as, path, 200)
	d.has(html, want...)
	uitest.Golden(d.t, name, token.ReplaceAllString(html, "TOKEN"))
	return html
}

func (d *district) has(html string, want ...string) {
	d.t.Helper()
	for _, s := range want {
		if !strings.Contains(html, s) {
			d.t.Errorf("%q is not in %s", s, words(html))
		}
	}
}

func (d *district) lacks(html string, not ...string) {
	d.t.Helper()
	for _, s := range not {
		if strings.Contains(html, s) {
			d.t.Errorf("%q is in the page", s)
		}
	}
}

const rules = `id: quarter
name: 季度评比办法
version: "1"
period: quarter
legal_basis: 宁区委办〔2017〕9号
base: 100
rounding: {item: 2, total: 2, mode: half_up}
missing: drop_rescale
unverified: use
items:
  - id: "1"
    name: 任务完成
    weight: 80
    source_unit: 区委督查室
    method: ratio
    each: share
    params: {cap: 1}
  - id: "2"
    name: 督查核验
    weight: 20
    source_unit: 区委督查室
    method: ratio
    params: {cap: 1}
bonus:
  - event: 上级书面表扬
    per: 1
    cap: 3
`

// The whole quarter through the pages, as the people of the district would do it.
func TestQuarter(t *testing.T) {
	d := newDistrict(t)

	// The scheme: from a pack, refused with its line, saved, checked, frozen by somebody else.
	d.golden("宋时雨", "/appraisal/schemes", "schemes-empty", "还没有考核办法", "从规则包开始")
	for _, pack := range score.Packs() {
		d.has(d.get("宋时雨", "/appraisal/schemes/new?pack="+pack, 200), "检查结果", "指标表")
	}
	bad := d.post("宋时雨", "/appraisal/schemes/new", "/appraisal/schemes/new", 422, "text", strings.Replace(rules, "weight: 80", "weight: 八十", 1))
	d.has(bad, "第13行", "weight: 八十", "错误")
	uitest.Golden(t, "scheme-refused", token.ReplaceAllString(bad, "TOKEN"))
	edit := d.post("宋时雨", "/appraisal/schemes/new", "/appraisal/schemes/new", 303, "text", rules)
	d.golden("宋时雨", edit, "scheme-draft", "任务完成", "按完成率计分", "存草稿并检查", "数据来源")
	d.lacks(d.get("宋时雨", edit, 200), ">定稿</a>")
	d.get("清七都镇", edit, 404)

	// A line of it in the table: refused with what was typed, another method asked for, saved, and put back: the text is as it was.
	line := strings.TrimSuffix(edit, "/edit") + "/lines/items/1"
	d.golden("宋时雨", line, "scheme-line", "任务完成", "完成率最高按", `value="80"`)
	d.get("清七都镇", line, 403)
	d.get("宋时雨", strings.TrimSuffix(line, "1")+"9", 422)
	cells := func(more ...string) []string {
		return append([]string{"id", "1", "name", "任务完成", "weight", "80", "method", "ratio", "source_unit", "区委督查室", "params.cap", "1"}, more...)
	}
	d.has(d.post("宋时雨", line, line, 422, cells("weight", "八十", "name", "任务完成情况")...), "要写一个数", `value="八十"`, `value="任务完成情况"`)
	d.has(d.post("宋时雨", line, line, 200, cells("method", "count", "do", "method")...), "每次几分", `value="任务完成"`)
	d.has(d.post("宋时雨", line, line, 422, cells("method", "count")...), "计数法要写 per")
	d.post("宋时雨", line, line, 303, cells("weight", "79.5")...)
	d.has(d.get("宋时雨", edit, 200), "weight: 79.5", "合计为 99.5")
	d.post("宋时雨", line, line, 303, cells()...)
	d.post("宋时雨", strings.TrimSuffix(line, "1")+"2", strings.TrimSuffix(line, "1")+"2", 303, "do", "up")
	d.post("宋时雨", strings.TrimSuffix(line, "1")+"2", strings.TrimSuffix(line, "1")+"2", 303, "do", "up")
	d.has(d.post("宋时雨", line, line, 409, cells("was", "督查核验")...), "第 1 行现在是“任务完成”", "重新点开") // the line has moved meanwhile
	bonus := strings.TrimSuffix(edit, "/edit") + "/lines/bonus/"
	d.post("宋时雨", bonus+"0", bonus+"0", 303, "event", "群众点赞", "per", "0.5", "max", "1")
	d.has(d.get("宋时雨", edit, 200), "群众点赞")
	d.post("宋时雨", bonus+"2", bonus+"2", 303, "do", "drop")
	if page := d.get("宋时雨", edit, 200); !strings.Contains(page, html.EscapeString(rules)) {
		t.Error("the text is not as it was")
	}
	freeze := strings.TrimSuffix(edit, "/edit") + "/freeze"
	refused := d.post("江平野", freeze, freeze, 422, "legal_basis", "宁区委办〔2017〕9号", "from_on", "四月")
	d.has(refused, "2017-04-01 这样", `value="四月"`, "宁区委办〔2017〕9号")
	d.golden("江平野", freeze, "scheme-freeze", "定稿后不能再改")
	d.post("江平野", freeze, freeze, 303, "legal_basis", "宁区委办〔2017〕9号", "from_on", "2017-04-01")
	d.has(d.get("清七都镇", edit, 200), "2017-04-01 起", "已定稿")
	next := d.post("宋时雨", "/appraisal/schemes/new?from="+strings.Split(edit, "/")[3], "/appraisal/schemes/new", 303, "text", strings.Replace(rules, "cap: 3", "cap: 2", 1))
	d.golden("宋时雨", strings.TrimSuffix(next, "/edit")+"/compare", "scheme-compare", "第 2 版比第 1 版改了什么", "cap: 2", "cap: 3")
	d.lacks(d.get("宋时雨", strings.TrimSuffix(next, "/edit")+"/compare", 200), "任务完成</code>")
	d.golden("宋时雨", "/appraisal/schemes", "schemes", "起草下一版", "比上一版")
	d.lacks(d.get("清七都镇", "/appraisal/schemes", 200), ">草稿<", "从规则包开始")

	// What is entered by hand.
	events := "/appraisal/events?period=2017Q2"
	kept := d.post("宋时雨", events, "/appraisal/events?period=2017Q2", 422, "unit", fmt.Sprint(d.units["七都镇"]), "what", "event:上级书面表扬", "doc_no", "", "count", "1")
	d.has(kept, "依据文号", fmt.Sprintf(`<option value="%d" selected>七都镇`, d.units["七都镇"]))
	d.has(d.post("宋时雨", events, "/appraisal/events?period=2017Q2", 422, "unit", fmt.Sprint(d.units["七都镇"]), "what", "event:上级书面表扬", "doc_no", "闽委〔2017〕1号", "count", "两次"), "次数请写成", `value="两次"`)
	d.post("宋时雨", events, "/appraisal/events?period=2017Q2", 303, "unit", fmt.Sprint(d.units["七都镇"]), "what", "event:上级书面表扬", "period", "2017Q2", "doc_no", "闽委〔2017〕1号", "count", "1")
	d.has(d.get("宋时雨", events, 200), "等别人确认")
	page := d.golden("方衡", events, "events", "划掉", "闽委〔2017〕1号", "1 次")
	confirm := regexp.MustCompile(`/appraisal/events/\d+/confirm\?period=2017Q2`).FindString(page)
	d.post("方衡", events, confirm, 303, "good", "1")
	d.has(d.get("方衡", events, 200), "宋时雨 记，方衡 确认")

	// The round.
	schemeID := strings.Split(edit, "/")[3]
	d.get("清七都镇", "/appraisal", 200)
	d.has(d.post("宋时雨", "/appraisal", "/appraisal", 422, "period", "2017Q3", "scheme", schemeID, "release", "tier"), "还没有结束", `value="2017Q3"`)
	round := d.post("宋时雨", "/appraisal", "/appraisal", 303, "period", "2017q2", "scheme", schemeID, "release", "tier")
	d.has(d.get("许知", round, 200), "还没有试算", "试算")
	d.get("清七都镇", round, 404)
	d.post("许知", round, round+"/compute", 303)
	d.forged("许知", round, round+"/confirm", 2, 403)
	d.has(d.get("许知", round, 200), "再试算一次", "等数据来源单位确认")
	d.has(d.get("何统计", round, 200), "看取数", "确认数据来源")
	d.has(words(d.golden("何统计", round+"/data", "data")), "七都镇", "T-31 七都镇征地交付", "54.6", "全部 52", "认定 1 ", "1–40 个数", "下一页")
	d.has(words(d.get("何统计", round+"/data?from=40", 200)), "41–52 个数", "上一页")
	d.has(d.get("何统计", round+"/data?kind="+url.QueryEscape("认定"), 200), "加扣分记录")
	d.lacks(d.get("何统计", round+"/data?kind="+url.QueryEscape("认定"), 200), "T-31")
	d.get("清七都镇", round+"/data", 404)
	d.post("何统计", round, round+"/confirm", 303)
	d.forged("许知", round, round+"/review", 3, 403)
	d.has(d.get("许知", round, 200), "个数，已核对 0 个", "核对抽查项")
	d.golden("清七都镇", round+"?open="+fmt.Sprint(d.units["七都镇"]), "unit-confirmed", "写自评说明")
	d.has(d.post("清七都镇", round+"/remark", round+"/remark", 422, "text", " "), "1 到 500 字")
	d.post("清七都镇", round+"/remark", round+"/remark", 303, "text", "征地交付的 3.4 亩为林地，手续不在我镇。")
	d.golden("清七都镇", round+"/remark", "remark", "手续不在我镇")
	d.get("清七都镇", round+"/spots", 404)
	d.has(words(d.get("江平野", round+"/spots", 200)), "个数里抽了", "已核对 0 个", "核对以后显示", "种子", "SHA-256")
	d.lacks(d.get("江平野", round+"/spots", 200), "记下核对结果")
	d.spots(round, true)
	d.has(d.get("许知", round, 200), "初核要由考核办的另一个人做")
	d.has(d.post("宋时雨", round, round+"/review", 422, "note", ""), "抽查了哪些数据")
	d.golden("宋时雨", round, "round-review", "初核通过", "抽查情况", "可能名次", "粗线＝八成可能区间", "随机种子", "抽 200 次", "八成可能在")
	d.has(d.golden("宋时雨", round+"/rectify", "rectify", "整改清单", "打印", "六成"), "洪口乡", "督查核验")
	d.signals(round)
	d.post("宋时雨", round, round+"/review", 303, "note", "抽查七都镇、飞鸾镇各 1 项，与台账一致。")
	d.post("宋时雨", round, round+"/announce", 303)

	// The objection.
	qidu := fmt.Sprint(d.units["七都镇"])
	html := d.golden("清七都镇", round+"?open="+qidu, "unit-announced", "对这个分数申诉", "下载证明并自行验算", "未核验", "T-31 七都镇征地交付", "/tasks/"+fmt.Sprint(d.tasks["七都镇征地交付"]), "本单位得分")
	d.lacks(html, "漳湾镇", "金涵乡", "T-11")
	d.has(html, "名次有多大把握", "推演：改一个数")
	d.guess(round, qidu)
	d.get("清七都镇", round+"?open="+fmt.Sprint(d.units["漳湾镇"]), 404)
	d.get("清七都镇", round+"/sheet?unit="+fmt.Sprint(d.units["漳湾镇"]), 404)
	d.get("清七都镇", round+"/bundle?unit="+fmt.Sprint(d.units["漳湾镇"]), 404)
	d.has(d.post("清七都镇", round+"/objections/new?item=1", round+"/objections", 422, "item", "1", "text", "不对"), "5 到 500", ">不对</textarea>")
	d.golden("清七都镇", round+"/objections/new?item=1", "objection-new", "提出异议", "现在的得分")
	d.post("清七都镇", round+"/objections/new?item=1", round+"/objections", 303, "item", "1", "text", "征地交付 6 月底实为 58 亩，3.4 亩林地手续已补。")
	d.lacks(d.get("清漳湾镇", round+"/objections", 200), "林地手续")
	list := d.golden("方衡", round+"/objections", "objections", "林地手续", "复核")
	open := strings.ReplaceAll(regexp.MustCompile(`/appraisal/\d+/objections\?open=\d+`).FindString(list), "&amp;", "&")
	d.has(d.get("许知", open, 200), "要回避")
	decide := regexp.MustCompile(`/appraisal/\d+/objections/\d+/decide`).FindString(d.golden("方衡", open, "objection-decide", "T-31 七都镇征地交付"))
	d.has(d.post("方衡", open, decide, 422, "words", "属实"), "请选异议成立", ">属实</textarea>")
	source := fmt.Sprintf("task:%d@2017-06", d.tasks["七都镇征地交付"])
	d.has(d.post("方衡", open, decide, 422, "verdict", "upheld", "source", source, "value", "五八", "words", "属实"), "“五八”不是数字", `value="五八"`)
	d.golden("江平野", round+"?open="+qidu, "round-announced", "公示中，07-10 结束", "异议中", "16 个单位", "漳湾镇", "99.47", "第一档", "已存证")
	d.post("方衡", open, decide, 303, "verdict", "upheld", "source", source, "value", "58", "words", "林业局批文属实，按 58 亩计。")
	d.golden("江平野", round, "round-corrected", "数据更正", "第 2 次")
	d.has(d.get("江平野", round+"?rev=1", 200), "已被第 2 次取代")
	d.lacks(d.get("清漳湾镇", round, 200), "林业局", "七都镇")

	// To the archive.
	d.forged("江平野", round, round+"/approve", 6, 409)
	d.clock.SetDay("2017-07-12")
	d.post("江平野", round, round+"/approve", 303)
	d.has(d.post("宋时雨", round, round+"/publish", 422, "doc_no", ""), "发布要写文号")
	d.post("宋时雨", round, round+"/publish", 303, "doc_no", "宁区考办〔2017〕5号")
	html = d.golden("清七都镇", round, "unit-published", "漳湾镇", "不公布", "第三档")
	d.lacks(html, "99.47")
	d.corrects(round)
	d.post("宋时雨", round, round+"/lock", 303)
	d.golden("宋时雨", "/appraisal", "rounds", "归档", "宁区考办〔2017〕5号", "开一轮评比")
	d.golden("清七都镇", round+"/sheet?unit="+qidu, "sheet", "下载 DOCX", "得分 = ")

	d.simulates(schemeID)

	// Papers.
	d.papers(round, qidu)
}

// signals are sent to the unit before anybody else reads them.
func (d *district) signals(round string) {
	d.t.Helper()
	fair := round + "/fair"
	d.get("清洪口乡", fair, 404)
	d.has(d.get("宋时雨", fair, 200), "送各单位说明", "1 个单位的数据", "信号不是结论，也不计分")
	d.get("清洪口乡", fair+"/send", 405)
	d.post("宋时雨", fair, fair+"/send", 303)
	html := d.golden("清洪口乡", fair, "fair-unit", "自报与核验", "少于自报", "−10.1", "说明情况")
	d.lacks(html, "漳湾镇")
	d.lacks(d.get("宋时雨", fair, 200), "洪口乡")
	d.has(d.get("宋时雨", fair, 200), "1 个单位还在说明期内")
	d.has(d.post("清洪口乡", fair, fair+"/explain", 422, "text", "错"), "5 到 500", ">错</textarea>")
	d.post("清洪口乡", fair, fair+"/explain", 303, "text", "核验时有 6 亩青苗补偿手续在途，未计入。")
	d.golden("宋时雨", fair, "fair-office", "洪口乡", "青苗补偿手续在途", "自报、核验、认定对照")
	d.lacks(d.get("清漳湾镇", fair, 200), "洪口乡", "青苗")
}

// guess asks what one other value would have been worth; nothing changes by it.
func (d *district) guess(round, unit string) {
	d.t.Helper()
	open := round + "?open=" + unit
	before := d.get("清七都镇", open, 200)
	source := url.QueryEscape(fmt.Sprintf("task:%d@2017-06", d.tasks["七都镇征地交付"]))
	html := d.golden("清七都镇", open+"&what="+source+"&value=60", "what-if", "这是推演，不改变成绩。", "总分由", "改为 60")
	d.lacks(html, "名次由")
	d.has(d.get("清七都镇", open+"&what="+source+"&value="+url.QueryEscape("很多"), 200), "“很多”不是数字", `value="很多"`)
	d.has(d.get("清七都镇", open+"&what=task:1&value=5", 200), "没有这一个数据来源")
	if after := d.get("清七都镇", open, 200); words(after) != words(before) {
		d.t.Error("a what-if changed the page")
	}
}

// corrects mends a published score by a leader's decision; the old one stays readable.
func (d *district) corrects(round string) {
	d.t.Helper()
	unit := fmt.Sprint(d.units["金涵乡"])
	d.has(d.get("江平野", round+"?open="+unit, 200), "更正一个数")
	d.lacks(d.get("宋时雨", round+"?open="+unit, 200), "更正一个数")
	page := round + "/correct?unit=" + unit
	d.get("宋时雨", page, 403)
	source := fmt.Sprintf("task:%d@2017-06", d.tasks["金涵乡集镇管网"])
	d.has(d.post("江平野", page, page, 422, "source", source, "value", "六十", "basis", "", "reason", "验收单漏计"), "“六十”不是数字", "依据文号", `value="六十"`, ">验收单漏计</textarea>")
	d.golden("江平野", page, "correct", "认定的数", "第 2 次计分", "T-22 金涵乡集镇管网")
	at := d.post("江平野", page, page, 303, "source", source, "value", "58.5", "basis", "宁区考办〔2017〕8号", "reason", "验收单漏计 0.5 亩")
	d.has(d.get("江平野", at, 200), "认定", "宁区考办〔2017〕8号", "第 3 次", "更正：验收单漏计 0.5 亩")
	d.has(d.get("江平野", round+"?rev=2&open="+unit, 200), "已被第 3 次取代", "名次有多大把握")
	d.lacks(d.get("清漳湾镇", round, 200), "验收单漏计")
}

// simulates tries the next draft on the quarter before it is frozen.
func (d *district) simulates(frozen string) {
	d.t.Helper()
	d.has(d.get("清七都镇", "/appraisal/schemes/"+frozen+"/edit", 200), "任务完成")
	d.get("清七都镇", "/appraisal/schemes/"+frozen+"/simulate", 403)
	text := strings.Replace(strings.Replace(rules, "weight: 80", "weight: 40", 1), "weight: 20", "weight: 60", 1)
	edit := strings.Replace(regexp.MustCompile(`/appraisal/schemes/\d+/freeze`).FindString(d.get("江平野", "/appraisal/schemes", 200)), "/freeze", "/edit", 1)
	d.post("宋时雨", edit, edit, 303, "text", text)
	d.has(d.get("宋时雨", edit, 200), "试评")
	page := strings.Replace(edit, "/edit", "/simulate", 1)
	d.golden("宋时雨", page, "simulate", "这是试评，不改变任何成绩", "镇街组", "原名次", "新名次", "名次相关 ρ", "起决定作用的指标")
	d.has(words(d.get("江平野", page+"?base=2017Q2&group="+url.QueryEscape("部门组"), 200)), "区住建局")
	d.get("宋时雨", page+"?base=2016", 404)
	w := d.do(httptest.NewRequest("GET", page+".xlsx?base=2017Q2", nil), "宋时雨")
	sheet, err := xlsx.Read(bytes.NewReader(w.Body.Bytes()), "")
	d.ok(err)
	if len(sheet.Cells) != 3+17 || sheet.Cells[3][1] == "" || sheet.Cells[3][3] == "" {
		d.t.Errorf("the trial's export: %d rows, %v", len(sheet.Cells), sheet.Cells[:5])
	}
}

// A year's end through the pages: opened over the published quarters, with its grades and its second board.
func TestYearEnd(t *testing.T) {
	d := newDistrict(t)
	yearly := rules + "aggregate:\n  year:\n    - {of: quarter, fn: mean, w: 1}\ngrades:\n  mode: share\n  table:\n    - {name: 优秀, share: 0.3}\n    - {name: 合格, share: 0.6}\n    - {name: 不合格}\n"
	edit := d.post("宋时雨", "/appraisal/schemes/new", "/appraisal/schemes/new", 303, "text", yearly)
	freeze := strings.Replace(edit, "/edit", "/freeze", 1)
	d.post("江平野", freeze, freeze, 303, "legal_basis", "宁区委办〔2017〕9号", "from_on", "2017-01-01")
	scheme := strings.Split(edit, "/")[3]
	quarter := func(q string) {
		round := d.post("宋时雨", "/appraisal", "/appraisal", 303, "period", q, "scheme", scheme, "release", "tier")
		d.post("许知", round, round+"/compute", 303)
		d.post("何统计", round, round+"/confirm", 303)
		d.spots(round, false)
		d.post("宋时雨", round, round+"/review", 303, "note", "抽查一致")
		d.post("宋时雨", round, round+"/announce", 303)
		d.clock.Set(d.clock.Now().AddDate(0, 0, 14))
		d.post("江平野", round, round+"/approve", 303)
		d.post("宋时雨", round, round+"/publish", 303, "doc_no", "宁区考办〔2017〕5号")
	}
	quarter("2017Q2")
	d.has(d.post("宋时雨", "/appraisal/year", "/appraisal/year", 422, "period", "2017", "scheme", scheme, "release", "tier"), "还没有结束", `value="2017"`)
	d.has(d.post("宋时雨", "/appraisal/year", "/appraisal/year", 422, "period", "2017", "scheme", "", "release", "tier"), "请选考核办法")
	d.clock.SetDay("2018-01-05")
	quarter("2017Q4")
	d.golden("宋时雨", "/appraisal/year", "year-open", "开年终总考核", `value="2017"`, "有年度汇总规则")
	d.get("江平野", "/appraisal/year", 403)
	year := d.post("宋时雨", "/appraisal/year", "/appraisal/year", 303, "period", "2017", "scheme", scheme, "release", "tier")
	d.has(d.get("宋时雨", year, 200), "2017年度", "由各期已发布的得分汇总")
	d.post("许知", year, year+"/compute", 303)
	html := d.golden("江平野", year, "year", "等次", "优秀", "争先进位", "以来的名次变化", "本组等次", "不作两年对比")
	d.lacks(html, "看取数", "整改清单", "数据信号")
	d.get("江平野", year+"/rectify", 409)
	d.get("江平野", year+"/fair", 409)
	d.has(d.get("何统计", year+"/data", 409), "各期的评比里看")
	d.post("何统计", year, year+"/confirm", 303)
	html = d.get("清七都镇", year+"?open="+fmt.Sprint(d.units["七都镇"]), 200)
	d.has(html, "季度成绩", "争先进位")
	d.lacks(html, "漳湾镇", "金涵乡", "推演：改一个数")
}

func (d *district) papers(round, unit string) {
	t := d.t
	open := func(as, path string) []byte {
		t.Helper()
		w := d.do(httptest.NewRequest("GET", path, nil), as)
		if w.Code != 200 {
			t.Fatalf("%s %s: %d", as, path, w.Code)
		}
		return w.Body.Bytes()
	}
	sheet, err := xlsx.Read(bytes.NewReader(open("宋时雨", round+"/export.xlsx")), "")
	d.ok(err)
	if len(sheet.Cells) != 3+17 || sheet.Cells[4][2] != "漳湾镇" || sheet.Cells[4][4] == "" || !strings.Contains(sheet.Cells[1][0], "宋时雨") {
		t.Errorf("the office's export: %d rows, %v", len(sheet.Cells), sheet.Cells[:4])
	}
	sheet, err = xlsx.Read(bytes.NewReader(open("清七都镇", round+"/export.xlsx")), "")
	d.ok(err)
	if len(sheet.Cells) != 3+1 || sheet.Cells[3][2] != "七都镇" || sheet.Cells[3][4] == "" {
		t.Errorf("a unit's export: %v", sheet.Cells)
	}
	text := func(b []byte) string {
		t.Helper()
		blocks, err := docx.ReadParagraphs(bytes.NewReader(b))
		d.ok(err)
		var s []string
		for _, x := range blocks {
			s = append(s, x.Line())
			if x.Table != nil {
				for _, row := range x.Table.Cells {
					s = append(s, strings.Join(row, " "))
				}
			}
		}
		return strings.Join(s, "\n")
	}
	d.has(text(open("宋时雨", round+"/ranking.docx")), "漳湾镇", "99.47", "区住建局", "季度评比办法")
	d.get("清七都镇", round+"/ranking.docx", 404)
	d.has(text(open("清七都镇", round+"/sheet.docx?unit="+unit)), "七都镇", "任务完成", "得分 = ")
	d.clock.Set(d.clock.Now().Add(time.Hour)) // exports are limited in number
	if b := open("清七都镇", round+"/bundle?unit="+unit); string(b) != "PK" {
		t.Errorf("bundle %q", b)
	}
	if len(d.noted) < 5 {
		t.Errorf("only %d exports stand in the log", len(d.noted))
	}
	for _, e := range d.noted[len(d.noted)-1:] {
		if e.Act != audit.ActExport || !strings.HasPrefix(e.Object, "appraisal.round:") {
			t.Errorf("logged %+v", e)
		}
	}
}

func TestWords(t *testing.T) {
	for s, want := range map[string][2]string{
		"task:17@2017-06": {"/tasks/17", "任务台账 2017年6月"}, "event:3": {"", "加扣分记录"}, "verified:7@2017Q2": {"", "督查核验 " + period.Quarter("2017Q2").Chinese()}, "自拟": {"", "自拟"}, "": {"", ""},
	} {
		if href, label := source(s); href != want[0] || label != want[1] {
			t.Errorf("%s: %q %q", s, href, label)
		}
	}
	for s, want := range map[string]int64{"1": 10000, "0.5": 5000, "12.0001": 120001, "0": -1, "-1": -1, "1.00001": -1, "甲": -1, "": -1, "99999999": -1} {
		n, bad := times(s)
		if bad {
			n = -1
		}
		if n != want {
			t.Errorf("times %q: %d", s, n)
		}
	}
	base, bonus, minus := parts(appraisal.Line{Total: "92.50", Items: []appraisal.Points{{Weight: "80", Score: "70"}, {Weight: "0", Score: "3.00"}, {Weight: "0", Score: "-0.50"}}})
	if base != "90.00" || bonus != "3.00" || minus != "-0.50" {
		t.Errorf("%s + %s %s", base, bonus, minus)
	}
}

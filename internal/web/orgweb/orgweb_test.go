package orgweb

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/importfile"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/uitest"
	"duban/migrations"
)

type house struct {
	t      *testing.T
	clock  *period.Fixed
	org    *org.Service
	admin  context.Context
	tasks  []task.Task
	actors map[string]auth.Actor
	h      http.Handler
}

func newHouse(t *testing.T) *house {
	x := &house{t: t, clock: period.At(time.Date(2017, 5, 8, 9, 0, 0, 0, period.Beijing))}
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), x.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	var last int64
	x.org = org.New(db, func() int64 { last++; return last }, nil)
	region, err := x.org.CreateRegion(t.Context(), org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
	if err != nil {
		t.Fatal(err)
	}
	x.actors = map[string]auth.Actor{"sysadmin": {ID: 900, RegionID: region.ID, Name: "系统管理员", Roles: []auth.Role{auth.SysAdmin}}}
	x.admin = auth.With(t.Context(), x.actors["sysadmin"])
	g := route.New()
	(&Pages{Org: x.org, Tasks: x, Clock: x.clock, Read: func(name string, b []byte) ([][]string, error) {
		c, err := importfile.Open(name, b)
		if err != nil || len(c.Grids) == 0 {
			return nil, err
		}
		return c.Grids[0].Rows, nil
	}}).Register(g)
	x.h = g.Handler(route.Config{Sessions: x, Clock: x.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(),
		Place: func(context.Context, auth.Actor) route.Place { return route.Place{Product: "蕉城督办", Demo: true} }})
	return x
}

// fill makes a small district: an office, two townships, a department, a village.
func (x *house) fill() (unit map[string]int64) {
	x.t.Helper()
	unit = map[string]int64{}
	for i, u := range []struct {
		name, kind, parent, person, post string
	}{{"区委办公室", "office", "", "林见山", "副区长"}, {"七都镇", "township", "", "缪远帆", "镇长"}, {"飞鸾镇", "township", "", "林一苇", "镇长"}, {"区住房和城乡建设局", "department", "", "陈克让", "局长"}, {"石桥村", "village", "七都镇", "", ""}} {
		saved, err := x.org.SaveUnit(x.admin, org.Unit{Name: u.name, Kind: org.Kind(u.kind), ParentID: unit[u.parent], SortNo: int64(i)})
		if err != nil {
			x.t.Fatal(err)
		}
		unit[u.name] = saved.ID
		if u.person == "" {
			continue
		}
		p, err := x.org.SavePerson(x.admin, org.Person{Name: u.person, UnitID: saved.ID})
		if err != nil {
			x.t.Fatal(err)
		}
		post, err := x.org.SavePost(x.admin, org.Post{UnitID: saved.ID, Title: u.post, Tier: org.LocalDuty, Leader: u.post == "副区长"})
		if err != nil {
			x.t.Fatal(err)
		}
		if err := x.org.Appoint(x.admin, post.ID, p.ID, "2016-01-01"); err != nil {
			x.t.Fatal(err)
		}
	}
	x.tasks = []task.Task{
		{ID: 71, No: "ZQ-21", Title: "七都片区征地交付", LeadUnit: unit["七都镇"], Standing: task.Standing{Light: task.Red, Why: "时限已超期 22 天（超过 15 天为红灯）", DaysLate: 22}},
		{ID: 72, No: "CS-02", Title: "集镇雨污管网", LeadUnit: unit["七都镇"], Standing: task.Standing{Light: task.Green}},
		{ID: 73, No: "CS-03", Title: "飞鸾的任务", LeadUnit: unit["飞鸾镇"], Standing: task.Standing{Light: task.Red}},
	}
	region := x.actors["sysadmin"].RegionID
	x.actors["clerk"] = auth.Actor{ID: 801, RegionID: region, UnitID: unit["七都镇"], Name: "缪小舟", Roles: []auth.Role{auth.Clerk}, Units: []int64{unit["七都镇"], unit["石桥村"]}}
	x.actors["leader"] = auth.Actor{ID: 802, RegionID: region, UnitID: unit["区委办公室"], Name: "区委书记", Roles: []auth.Role{auth.Leader}}
	return unit
}

func (x *house) Tasks(ctx context.Context, f task.Filter) (out []task.Task, err error) {
	who, err := auth.From(ctx)
	for _, t := range x.tasks {
		if who.Sees(t.LeadUnit) && t.LeadUnit == f.Unit {
			out = append(out, t)
		}
	}
	return out, err
}

func (x *house) Find(_ context.Context, token string) (account.Session, error) {
	if a, ok := x.actors[token]; ok {
		return account.Session{Actor: a}, nil
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (x *house) Touch(string) {}

func (x *house) look() *org.Directory {
	x.t.Helper()
	d, err := x.org.Look(x.admin)
	if err != nil {
		x.t.Fatal(err)
	}
	return d
}

func (x *house) do(as string, r *http.Request) *httptest.ResponseRecorder {
	r.AddCookie(&http.Cookie{Name: "duban", Value: as})
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	return w
}

var token = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)

func (x *house) golden(name, html string) {
	x.t.Helper()
	uitest.Golden(x.t, name, token.ReplaceAllString(html, "TOKEN"))
}

func (x *house) get(as, path, golden string) string {
	x.t.Helper()
	w := x.do(as, httptest.NewRequest("GET", path, nil))
	if w.Code != http.StatusOK {
		x.t.Fatalf("%s as %s: %d", path, as, w.Code)
	}
	if golden != "" {
		x.golden(golden, w.Body.String())
	}
	return w.Body.String()
}

func (x *house) post(as, path string, fields ...string) (code int, html string) {
	x.t.Helper()
	v := url.Values{ui.FieldKey: {ui.NewKey()}}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := x.do(as, r)
	return w.Code, w.Body.String()
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

func TestUnits(t *testing.T) {
	x := newHouse(t)
	want(t, x.get("sysadmin", "/org", "org-empty"), "还没有录入单位", "新增单位")
	unit := x.fill()
	html := x.get("leader", "/org", "org")
	want(t, html, "宁德市蕉城区现有 <b>5 个</b>单位", "区直部门 1、乡镇 2、村 1", "缪远帆　镇长")
	lack(t, html, "新增单位")
	if strings.Index(html, "七都镇") > strings.Index(html, "飞鸾镇") {
		t.Error("units are not in the official order")
	}
	at := "/org/units/" + id.Format(unit["七都镇"])
	html = x.get("leader", at, "unit")
	want(t, html, "负责人：缪远帆　镇长", "牵头任务 <b>2 项</b>：红灯 <b>1</b>", "七都片区征地交付", "迟 22 天", "石桥村", "属地责任")
	lack(t, html, "飞鸾的任务", "修改单位", "任职<span")
	want(t, x.get("clerk", at, ""), "七都片区征地交付")
	other := x.get("clerk", "/org/units/"+id.Format(unit["飞鸾镇"]), "unit-other")
	want(t, other, "林一苇", "您看不到")
	lack(t, other, "飞鸾的任务", "牵头任务")
	lack(t, x.get("sysadmin", at, "unit-admin"), "七都片区征地交付") // the administrator keeps the organisation and sees no business
	for _, path := range []string{"/org/units/new", "/org/import", "/org/people/new", at + "/edit"} {
		if code := x.do("clerk", httptest.NewRequest("GET", path, nil)).Code; code != http.StatusForbidden {
			t.Errorf("a clerk opens %s: %d", path, code)
		}
	}
	if code := x.do("leader", httptest.NewRequest("GET", "/org/units/99999", nil)).Code; code != http.StatusNotFound {
		t.Errorf("a unit that is not there: %d", code)
	}
}

func TestKeepingUnits(t *testing.T) {
	x := newHouse(t)
	unit := x.fill()
	code, html := x.post("sysadmin", "/org/units/new", "name", "", "kind", "军队", "sort_no", "")
	want(t, html, "还没有写单位名称", "这一类单位")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("%d", code)
	}
	if code, html = x.post("sysadmin", "/org/units/new", "name", "漳湾镇", "kind", "township", "sort_no", "三"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "“排序号”写成了“三”") {
		t.Errorf("%d", code)
	}
	x.golden("unit-refused", html)
	if code, html = x.post("sysadmin", "/org/units/new", "name", "漳湾镇", "kind", "township", "aliases", "漳湾  漳湾镇政府"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, html)
	}
	u := x.look().Find("漳湾镇政府")
	if u == nil || u.Name != "漳湾镇" || len(u.Aliases) != 2 {
		t.Fatalf("%+v", u)
	}
	if code, html = x.post("sysadmin", "/org/units/new", "name", "漳湾镇", "kind", "township"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "已经有一个单位叫“漳湾镇”") {
		t.Errorf("a second one of the name: %d", code)
	}
	at := "/org/units/" + id.Format(u.ID) + "/edit"
	want(t, x.get("sysadmin", at, "unit-form"), `value="漳湾 漳湾镇政府"`)
	if code, html = x.post("sysadmin", at, "name", "漳湾镇", "kind", "township", "parent", id.Format(u.ID), "version", "1"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "不能是本单位") {
		t.Errorf("a unit below itself: %d", code)
	}
	if code, _ = x.post("sysadmin", at, "name", "漳湾镇", "kind", "township", "ended_on", "2017-05-01", "version", "1"); code != http.StatusSeeOther {
		t.Errorf("%d", code)
	}
	if code, html = x.post("sysadmin", at, "name", "漳湾", "kind", "township", "version", "1"); code != http.StatusConflict || !strings.Contains(html, "别人刚改过") {
		t.Errorf("an old version: %d", code)
	}
	want(t, x.get("leader", "/org", ""), "已撤销的单位", "2017-05-01")
	if code, _ = x.post("clerk", at, "name", "x", "kind", "township", "version", "2"); code != http.StatusForbidden {
		t.Errorf("a clerk changes a unit: %d", code)
	}
	_ = unit
}

func TestPeopleAndPosts(t *testing.T) {
	x := newHouse(t)
	unit := x.fill()
	at := id.Format(unit["七都镇"])
	want(t, x.get("sysadmin", "/org/people/new?unit="+at, "person-form"), `value="`+at+`" selected`)
	if code, html := x.post("sysadmin", "/org/people/new", "name", "何向晚"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "还没有选所在单位") {
		t.Errorf("without a unit: %d", code)
	}
	if code, _ := x.post("sysadmin", "/org/people/new", "name", "何向晚", "unit", at); code != http.StatusSeeOther {
		t.Fatalf("%d", code)
	}
	var person *org.Person
	for _, p := range x.look().People {
		if p.Name == "何向晚" {
			person = p
		}
	}
	if code, _ := x.post("sysadmin", "/org/posts/new", "title", "党委书记", "unit", at, "tier", "local", "sort_no", "1"); code != http.StatusSeeOther {
		t.Fatalf("%d", code)
	}
	var post *org.Post
	for _, p := range x.look().Posts {
		if p.Title == "党委书记" {
			post = p
		}
	}
	appoint := "/org/posts/" + id.Format(post.ID) + "/appoint"
	want(t, x.get("sysadmin", appoint, "appoint"), "党委书记（空缺）", `value="2017-05-08"`, "何向晚")
	if code, html := x.post("sysadmin", appoint, "person", id.Format(person.ID), "from_on", "五月"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "任职日期请写成") {
		t.Errorf("a day that is none: %d", code)
	}
	if code, _ := x.post("sysadmin", appoint, "person", id.Format(person.ID), "from_on", "2017-05-01"); code != http.StatusSeeOther {
		t.Fatalf("%d", code)
	}
	if h := x.look().Holder(post.ID); h == nil || h.Name != "何向晚" {
		t.Errorf("%+v", h)
	}
	if code, html := x.post("sysadmin", appoint, "person", id.Format(person.ID), "from_on", "2017-05-02"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "没有改动") {
		t.Errorf("the same person again: %d", code)
	}
	if code, _ := x.post("sysadmin", appoint, "person", "", "from_on", "2017-05-03"); code != http.StatusSeeOther || x.look().Holder(post.ID) != nil {
		t.Errorf("leaving it vacant: %d", code)
	}
	edit := "/org/people/" + id.Format(person.ID) + "/edit"
	want(t, x.get("sysadmin", edit, ""), "离任日期")
	if code, _ := x.post("sysadmin", edit, "name", "何向晚", "unit", at, "left_on", "2017-05-04", "version", "1"); code != http.StatusSeeOther {
		t.Errorf("%d", code)
	}
	html := x.get("sysadmin", "/org/units/"+at, "")
	want(t, html, "已离任 1 人")
	lack(t, html, "何向晚")
	editPost := "/org/posts/" + id.Format(post.ID) + "/edit"
	want(t, x.get("sysadmin", editPost, "post-form"), `value="党委书记"`)
	if code, html := x.post("sysadmin", editPost, "title", "党委书记", "unit", at, "tier", "royal", "version", "1"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "责任层级请从列表里选") {
		t.Errorf("a tier that is none: %d", code)
	}
}

func TestImport(t *testing.T) {
	x := newHouse(t)
	x.fill()
	x.get("sysadmin", "/org/import", "import-empty")
	table := "上级单位\t单位名称\t类别\t代码\n\t七都镇\t镇\t\n\t八都镇\t乡镇\t350902104\n八都镇\t闽坑村\t村\t\n没有的镇\t孤村\t村\t\n甲会\t乙会\t指挥部\t\n乙会\t甲会\t指挥部\t\n\t八都镇\t乡镇\t\n\t怪单位\t王国\t\n"
	code, html := x.post("sysadmin", "/org/import", "pasted", table)
	if code != http.StatusOK {
		t.Fatalf("%d", code)
	}
	x.golden("import", html)
	want(t, html, "新增 <b>2</b>，已有 1，要改 <b>5</b>", "和第 3 行重复", "没有上级单位“没有的镇”", "没有上级单位“乙会”", "类别“王国”看不懂", "存入没错的 2 行")
	if x.look().Find("八都镇") != nil {
		t.Fatal("the preview entered units")
	}
	pasted := strings.NewReplacer("&#34;", `"`, "&amp;", "&").Replace(html[strings.Index(html, `<textarea name="pasted" hidden`):])
	pasted = pasted[strings.Index(pasted, ">")+1 : strings.Index(pasted, "</textarea>")]
	for range 2 { // twice does no harm
		if code, html = x.post("sysadmin", "/org/import", "pasted", pasted, "act", "commit"); code != http.StatusSeeOther {
			t.Fatalf("%d %s", code, html)
		}
	}
	d := x.look()
	village, town := d.Find("闽坑村"), d.Find("八都镇")
	if village == nil || town == nil || village.ParentID != town.ID || town.Code != "350902104" || town.Kind != org.Township || len(d.Units) != 7 {
		t.Errorf("%+v %+v of %d", village, town, len(d.Units))
	}
	if code, html = x.post("sysadmin", "/org/import", "pasted", " "); code != http.StatusUnprocessableEntity || !strings.Contains(html, "还没有粘贴内容") {
		t.Errorf("nothing: %d", code)
	}

	send := func(name, content string) *httptest.ResponseRecorder {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		m.WriteField("pasted", "")
		f, _ := m.CreateFormFile("file", name)
		io.WriteString(f, content)
		m.Close()
		r := httptest.NewRequest("POST", "/org/import", &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return x.do("sysadmin", r)
	}
	want(t, send("units.csv", "名称,类别\n九都镇,乡镇\n").Body.String(), "新增 <b>1</b>", "九都镇")
	if w := send("units.doc", "\xD0\xCF\x11\xE0old"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "已经损坏") {
		t.Errorf("a damaged file of an old format: %d", w.Code)
	}
}

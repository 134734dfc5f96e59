package orgweb

import (
	"strings"
	"testing"
)

// TestRollPage: a roll is looked at line by line before anything is stored; good lines are stored, bad ones stay with what is wrong with them, and what was
// typed is kept.
func TestRollPage(t *testing.T) {
	x := newHouse(t)
	x.fill()
	want(t, x.get("sysadmin", "/org/roll", "roll-empty"), "还没有内容", "单位空着就和上一行同一个单位")
	pasted := strings.Join([]string{
		"蕉城区干部花名册",
		"单位\t姓名\t职务\t责任层级\t区领导\t任职时间",
		"七都镇\t缪远帆\t镇长\t属地\t\t2016.1.1",
		"\t方 望\t副镇长\t\t否\t2016年5月",
		"区住建局\t何见山\t局长\t主管责任\t\t",
		"飞鸾镇\t林一苇、陈克让\t副镇长\t\t\t",
		"飞鸾镇\t江晚舟\t副镇长\t包村\t\t",
		"飞鸾镇\t江晚舟\t副镇长\t\t\t2099-01-01",
		"区委办公室\t余见素\t常务副区长\t分管责任\t是\t2016/3/1",
		"区住房和城乡建设局\t阮北辰\t副局长\t主管\t\t",
	}, "\n")
	code, html := x.post("sysadmin", "/org/roll", "pasted", pasted)
	if code != 200 {
		t.Fatal(code)
	}
	want(t, html, "读到 8 行：新增 <b>3</b>，已有 1，要改 <b>4</b>", "登记人员、设立职务、任职", "已经有了，不改", "没有“区住建局”这个单位", "一行写一个人", "责任“包村”看不懂", "还没有到", "存入没错的 3 行", "区领导")
	x.golden("roll", html)
	if d := x.look(); len(d.People) != 4 {
		t.Errorf("looking stored something: %d people", len(d.People))
	}
	code, _ = x.post("sysadmin", "/org/roll", "pasted", pasted, "act", "commit")
	d := x.look()
	if code != 303 || len(d.People) != 7 || len(d.Posts) != 7 || len(d.Leaders()) != 2 {
		t.Errorf("%d: %d people, %d posts, %d leaders", code, len(d.People), len(d.Posts), len(d.Leaders()))
	}
	for _, p := range d.Posts {
		if p.Title == "副镇长" && (d.Holder(p.ID) == nil || d.Holder(p.ID).Name != "方望" || d.HolderOn(p.ID, "2016-05-01") == nil) {
			t.Errorf("%+v is held by %+v", p, d.Holder(p.ID))
		}
	}
	_, html = x.post("sysadmin", "/org/roll", "pasted", pasted)
	want(t, html, "新增 <b>0</b>，已有 4")
	lack(t, html, "存入没错的")
	if code, html := x.post("sysadmin", "/org/roll", "pasted", " "); code != 422 || !strings.Contains(html, "还没有粘贴内容") {
		t.Error(code)
	}
	if code, _ := x.post("clerk", "/org/roll", "pasted", pasted, "act", "commit"); code != 403 {
		t.Error("a clerk:", code)
	}
}

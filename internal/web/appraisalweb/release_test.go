package appraisalweb

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// freeze drafts rules and has them put in force; it returns the scheme's number.
func (d *district) freeze(text string) string {
	d.t.Helper()
	edit := d.post("宋时雨", "/appraisal/schemes/new", "/appraisal/schemes/new", 303, "text", text)
	freeze := strings.Replace(edit, "/edit", "/freeze", 1)
	d.post("江平野", freeze, freeze, 303, "legal_basis", "宁区委办〔2017〕9号", "from_on", "2017-01-01")
	return strings.Split(edit, "/")[3]
}

// announced takes a quarter's round to its objection period.
func (d *district) announced(scheme, q, release string) string {
	d.t.Helper()
	round := d.post("宋时雨", "/appraisal", "/appraisal", 303, "period", q, "scheme", scheme, "release", release)
	d.post("许知", round, round+"/compute", 303)
	d.post("何统计", round, round+"/confirm", 303)
	d.spots(round, false)
	d.post("宋时雨", round, round+"/review", 303, "note", "抽查一致")
	d.post("宋时雨", round, round+"/announce", 303)
	return round
}

// published takes it from there to the published board.
func (d *district) published(round string) {
	d.t.Helper()
	d.clock.Set(d.clock.Now().AddDate(0, 0, 14))
	d.post("江平野", round, round+"/approve", 303)
	d.post("宋时雨", round, round+"/publish", 303, "doc_no", "宁区考办〔2017〕5号")
}

// The unit takes its own objection back, through the pages; nobody else is offered it.
func TestWithdraw(t *testing.T) {
	d := newDistrict(t)
	round := d.announced(d.freeze(rules), "2017Q2", "tier")
	d.post("清七都镇", round+"/objections/new", round+"/objections", 303, "item", "1", "text", "征地交付 6 月底实为 58 亩，请复核。")
	list := round + "/objections"
	link := regexp.MustCompile(`href="(` + list + `\?open=\d+)">撤回`).FindStringSubmatch(d.get("清七都镇", list, 200))
	if link == nil {
		t.Fatal("the unit is not offered to take its objection back")
	}
	d.lacks(d.get("方衡", list, 200), ">撤回<")
	act := list + "/" + strings.Split(link[1], "open=")[1] + "/withdraw"
	d.golden("清七都镇", link[1], "withdraw", "撤回异议", "原话和撤回的记录都保留", "为什么撤回")
	d.has(d.post("清七都镇", link[1], act, 422, "words", " "), "2 到 200 字")
	d.forged("清漳湾镇", round, act, 1, 404)
	d.forged("方衡", round, act, 1, 403)
	d.post("清七都镇", link[1], act, 303, "words", "与台账核对后，原数无误")
	d.has(d.get("清七都镇", list, 200), "已撤回", "与台账核对后，原数无误", "请复核")
	d.has(d.get("方衡", list, 200), "单位撤回：与台账核对后")
	d.lacks(d.get("方衡", list, 200), ">复核<")
	d.published(round)
}

// A leader changes what the group sees; the pages say so to everybody, and show the old version to those who see all.
func TestChangeRelease(t *testing.T) {
	d := newDistrict(t)
	round := d.announced(d.freeze(rules), "2017Q2", "rank")
	d.lacks(d.get("江平野", round, 200), "改口径")
	d.get("江平野", round+"/release", 409)
	d.published(round)
	d.has(d.get("清七都镇", round, 200), "99.47")
	d.lacks(d.get("清七都镇", round, 200), "改口径", "看各版")
	page := round + "/release"
	d.has(d.get("江平野", round, 200), "改口径")
	d.golden("江平野", page, "release", "改为“只公布档次”", "收不回来", "第 1 版", "99.47")
	d.lacks(d.get("宋时雨", page, 200), "为什么改")
	d.forged("宋时雨", round, page, 1, 403)
	d.has(d.post("江平野", page, page, 422, "doc_no", " ", "reason", "差距小于误差"), "依据文号", ">差距小于误差</textarea>")
	d.post("江平野", page, page, 303, "doc_no", "宁区委办〔2017〕33号", "reason", "名次差距小于误差")
	html := d.get("清七都镇", round, 200)
	d.has(html, "发布口径：只公布档次", "改过 1 次，看各版", "漳湾镇", "不公布")
	d.lacks(html, "99.47")
	html = d.golden("清七都镇", page, "release-unit", "第 2 版", "名次差距小于误差", "公布得分和名次")
	d.lacks(html, "99.47", "漳湾镇", "n=1")
	d.lacks(d.get("清七都镇", page+"?n=1", 200), "99.47", "漳湾镇")
	d.has(d.get("宋时雨", page+"?n=1", 200), "99.47", "第 1 版：组内看到的样子")
	d.lacks(d.get("宋时雨", page, 200), "99.47")
	d.get("宋时雨", page+"?n=9", 404)
	d.lacks(d.get("清七都镇", round+"?open="+fmt.Sprint(d.units["七都镇"]), 200), "99.47")
}

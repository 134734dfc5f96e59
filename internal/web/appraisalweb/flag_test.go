package appraisalweb

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"duban/internal/office/docx"
)

// Flags through the pages: due, issued, the notice on its pages and in Word, and the unit's statement.
func TestFlags(t *testing.T) {
	d := newDistrict(t)
	scheme := d.freeze(rules + "statement: {last: 1, red: 2, when: 总分 < 满分 × 0.9, authority: 区委常委会, legal_basis: 宁区委办〔2017〕9号}\n")
	round := d.announced(scheme, "2017Q2", "tier")
	page := round + "/flags"
	d.lacks(d.get("江平野", round, 200), "红旗黄旗")
	d.has(d.get("江平野", page, 200), "发布以后才有红旗黄旗")
	d.published(round)
	d.has(d.get("江平野", round, 200), "红旗黄旗")
	d.lacks(d.get("清七都镇", round, 200), "红旗黄旗")
	d.get("清七都镇", page, 404)
	html := d.golden("江平野", page, "flags", "按得分应发", "漳湾镇", "不能手工增减", "表态发言")
	last := html[strings.LastIndex(html, `class="nm">`)+len(`class="nm">`):]
	last = last[:strings.Index(last, "<")]
	d.lacks(d.get("宋时雨", page, 200), "不能手工增减")
	d.forged("宋时雨", round, page, 1, 403)
	d.get("江平野", page+"/paper", 409)
	d.has(d.post("江平野", page, page, 422, "doc_no", " ", "occasion", "二季度讲评会"), "要写文号", `value="二季度讲评会"`)
	d.post("江平野", page, page, 303, "doc_no", "宁区委办〔2017〕35号", "occasion", "二季度重点工作讲评会")
	d.has(d.get("宋时雨", page, 200), "已发", "宁区委办〔2017〕35号")

	unit := fmt.Sprint(d.units[last])
	if unit == "0" {
		t.Fatalf("no unit is called %q", last)
	}
	d.has(d.get("清七都镇", page, 200), last, "列组内末位，且没有达到目标")
	d.lacks(d.get("清七都镇", page, 200), "99.47")
	html = d.golden("清七都镇", page+"/paper", "flags-paper", "红旗、黄旗单位的通报", "宁区委办〔2017〕35号", "一、红旗单位", "不发黄旗，不作表态")
	d.lacks(html, "99.47")
	text := func(as, path string) string {
		t.Helper()
		w := d.do(httptest.NewRequest("GET", path, nil), as)
		if w.Code != 200 {
			t.Fatalf("%s %s: %d", as, path, w.Code)
		}
		blocks, err := docx.ReadParagraphs(bytes.NewReader(w.Body.Bytes()))
		d.ok(err)
		var s []string
		for _, x := range blocks {
			s = append(s, x.Line())
		}
		return strings.Join(s, "\n")
	}
	d.has(text("清七都镇", page+".docx"), "蕉城区考核办文件", "一、红旗单位", last)

	own := round + "/statement"
	d.get("清漳湾镇", own+"?unit="+unit, 404)
	d.get("清"+last, own+"/paper", 409)
	d.golden("清"+last, own, "statement", "失分最多的是", "数字由系统填好", "二、原因")
	d.has(d.post("清"+last, own, own, 422, "cause", "没有", "measures", "每周调度一次，九月底前赶上。"), "10 到 800 字", ">每周调度一次，九月底前赶上。</textarea>")
	d.post("清"+last, own, own, 303, "cause", "征地手续报件晚了一个月。\n现场力量不够。", "measures", "每周调度一次，九月底前赶上应达进度。")
	d.has(d.get("宋时雨", own+"?unit="+unit, 200), "征地手续报件晚了一个月。", "看发言稿")
	d.golden("清"+last, own+"/paper", "statement-paper", "在二季度重点工作讲评会上的表态发言", "一、差距", "现场力量不够。")
	d.has(text("清"+last, own+".docx"), "三、下一步措施", "九月底前赶上", "清"+last)
	d.get("清漳湾镇", own+"/paper?unit="+unit, 404)
	d.has(d.get("清七都镇", round, 200), "红旗", "黄旗")
}

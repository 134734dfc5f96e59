package importfile

import (
	"strings"
	"testing"
	"time"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/errs"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// TestPages: what systems export as “Excel” is a web page with a table: merged cells, hidden rows, a table that frames another, old encoding.
func TestPages(t *testing.T) {
	const table = `<table border=1><thead><tr><th rowspan=2>序号</th><th rowspan="2">工作任务</th><th colspan=2>责任分工</th><th rowspan=2>完成时限</th></tr>
<tr><th>牵头单位</th><th>配合单位</th></tr></thead>
<tbody><tr><td>1</td><td>修建
   城东大桥<br>主桥</td><td rowspan=2>区交通局</td><td><p>区财政局</p><p>漳湾镇</p></td><td>2017年6月底</td></tr>
<tr style="DISPLAY: none"><td>9</td><td>看不见</td><td>区教育局</td><td></td><td></td></tr>
<tr><td>2</td><td>新建&nbsp;车站 &amp; 码头</td><td></td><td>2017年9月底</td></tr></tbody></table>`
	want := "1 修建 城东大桥⏎主桥|区交通局|区财政局、漳湾镇|2017-06-30\n2 新建 车站 & 码头|区交通局||2017-09-30"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("<html><head><meta charset=gb2312><title>表</title></head><body>" + table + "</body></html>")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]string{
		"bare":           table,
		"an old page":    gbk,
		"within a frame": "<html><script>var x = '<table>'</script><body><table><tr><td><h1>台账</h1>" + table + "</td></tr></table></body></html>",
		"never shut":     "<html><body>" + strings.TrimSuffix(table, "</tbody></table>"),
	} {
		res, err := Read("台账.xls", []byte(c), breakdown.Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		var got []string
		for _, x := range res.Tasks {
			got = append(got, x.No+" "+strings.ReplaceAll(x.Text, "\n", "⏎")+"|"+strings.Join(x.LeadUnits, "、")+"|"+strings.Join(x.SupportUnits, "、")+"|"+x.Deadline)
		}
		if g := strings.Join(got, "\n"); g != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, g, want)
		}
		said := ""
		for _, p := range res.Problems {
			said += p.Message
		}
		if !strings.Contains(said, "其实是一个网页") || !strings.Contains(said, "隐藏的 1 处") {
			t.Errorf("%s: said %q", name, said)
		}
	}
}

// TestHostilePages: pages that would unfold or nest without end are refused or read at once.
func TestHostilePages(t *testing.T) {
	begun := time.Now()
	for name, c := range map[string]string{
		"wide":   "<table><tr><td colspan=100000>x</td><td colspan=100000>y</td></tr></table>",
		"deep":   "<table><tr><td>" + strings.Repeat("<div>", 200_000) + "x</td></tr></table>",
		"nested": strings.Repeat("<table><tr><td>", 3000) + "x",
		"long":   "<table>" + strings.Repeat("<tr><td colspan=199><td>", 20_000) + "</table>",
		"tall":   "<table><tr><td rowspan=2000000000>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
	} {
		if _, err := Open("x.xls", []byte(c)); err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := time.Since(begun); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
}

func FuzzPage(f *testing.F) {
	f.Add("<table><tr><td rowspan=2>a<td colspan=3>b<tr><td><table><tr><td>c</table></table>")
	f.Fuzz(func(t *testing.T, s string) { openPage([]byte(s)) })
}

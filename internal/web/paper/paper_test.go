package paper

import (
	"fmt"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"一二三四五六", 30, []string{"一二三", "四五六"}},
		{"一二三。四", 30, []string{"一二", "三。四"}},                     // no line begins with a full stop
		{"一二（三）四", 30, []string{"一二", "（三）", "四"}},               // none ends with an opening bracket
		{"完成 2017 年", 52, []string{"完成 2017 ", "年"}},             // a number is not broken
		{"共123456789012", 36, []string{"共", "123456", "789012"}}, // unless it is longer than a line
		{"", 30, []string{""}},
	} {
		if got := wrap(c.text, c.width, 0); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
	if got := wrap("一二三四", 40, 20); len(got) != 2 || got[0] != "一二" {
		t.Errorf("an indented line: %q", got)
	}
}

// Every word of a paper stands on its pages once and in order, no page holds more than its area, and the colophon stands on an even page.
func TestPages(t *testing.T) {
	for n := range 61 {
		x := Paper{Mark: "蕉城区督查工作领导小组文件", Number: "蕉督〔2017〕8 号", Title: "关于 2017 年 8 月份六大攻坚行动推进情况的通报", Addressee: "各乡镇", Signer: "蕉城区督查工作领导小组", Printer: "办公室", CopyTo: "区委常委"}
		var want strings.Builder
		for i := range n {
			text := fmt.Sprintf("第 %d 段：", i) + strings.Repeat("倒排节点，逐项落实，完成 12,345.67 万元。", i%9+1)
			x.Body = append(x.Body, Para{i % 3, text})
			want.WriteString(text)
		}
		tb := Table{Note: "附件", Title: "慢序时项目表", Cols: []Col{{"序号", 3, false}, {"单位", 5, false}, {"任务", 0, false}, {"应达", 5, true}}}
		for i := range n {
			tb.Rows = append(tb.Rows, []string{fmt.Sprint(i + 1), "金涵畲族乡", strings.Repeat("征迁签约", i%7+1), "25,333.33 万元"})
		}
		if n > 0 {
			x.Tables = []Table{tb}
		}
		list := Pages(x, false)
		var got strings.Builder
		rows := 0
		for i, s := range list {
			if s.No != i+1 {
				t.Fatalf("page %d is numbered %d", i+1, s.No)
			}
			if len(s.Parts) > 0 && s.Parts[0].Kind == "right" {
				t.Errorf("%d paragraphs: the signature stands alone on page %d", n, s.No)
			}
			used := 0
			if s.first() {
				used += headHigh
			}
			for _, p := range s.Parts {
				switch p.Kind {
				case "title":
					used += titleHi * len(p.Lines)
				case "table":
					rows += len(p.Table.Rows)
					used += tableTop + rowHigh([]string{"序号", "单位", "任务", "应达"}, tb.widths())
					for _, r := range p.Table.Rows {
						used += rowHigh(r, tb.widths())
					}
				case "text", "flush":
					indent := 20
					if p.Kind == "flush" {
						indent = 0
					}
					used += lines(len(wrap(p.Text, lineWide, indent)))
					if p.Text != "各乡镇：" && p.Text != "附件" {
						got.WriteString(p.Text)
					}
				default:
					used += lines(1)
				}
			}
			if used > area {
				t.Errorf("%d paragraphs: page %d holds %d of %d", n, s.No, used, area)
			}
			if s.Last && (s.No%2 != 0 || i != len(list)-1) {
				t.Errorf("%d paragraphs: the colophon stands on page %d of %d", n, s.No, len(list))
			}
		}
		if got.String() != want.String() {
			t.Errorf("%d paragraphs: words are lost or doubled", n)
		}
		if rows != n {
			t.Errorf("%d rows of %d", rows, n)
		}
		if !list[len(list)-1].Last {
			t.Errorf("%d paragraphs: no colophon", n)
		}
	}
}

func TestChinese(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 21: "二十一", 99: "九十九"} {
		if got := chinese(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}

func TestHeading(t *testing.T) {
	for text, want := range map[string][]string{
		"督查方案": {"督查方案"},
		"关于2017年二季度评比红旗、黄旗单位的通报":       {"关于2017年二季度评比", "红旗、黄旗单位的通报"},
		"关于 2017 年 8 月份六大攻坚行动推进情况的通报":  {"关于 2017 年 8 月份", "六大攻坚行动推进情况的通报"},
		"在2017年二季度重点工作讲评会上的表态发言及下一步工作": {"在2017年二季度重点工作讲评会", "上的表态发言及下一步工作"},
	} {
		if got := Heading(text); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

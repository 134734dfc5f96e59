package paper

import (
	"fmt"
	"strings"

	"duban/internal/office/gb9704"
)

// OfBulletin turns a paper with a red head into what the pages are set from.
func OfBulletin(b gb9704.Bulletin) Paper {
	x := Paper{Mark: b.Organ, Number: b.Number, Title: b.Title, Addressee: b.Addressee, Signer: b.Signer, Date: b.Date, CopyTo: b.CopyTo, Printer: b.Printer, Printed: b.Printed}
	for _, t := range b.Body {
		x.Body = append(x.Body, Para{t.Level, t.Text})
	}
	if len(b.Dissents) > 0 {
		x.Body = append(x.Body, Para{1, "附：被通报单位的不同意见"})
		for _, d := range b.Dissents {
			x.Body = append(x.Body, Para{0, d.Unit + "：" + d.Text})
			if d.Reply != "" {
				x.Body = append(x.Body, Para{0, "答复：" + d.Reply})
			}
		}
	}
	for _, t := range []struct {
		title string
		rows  []gb9704.TaskRow
	}{{"慢序时项目表", b.Behind}, {"按序时项目表", b.OnTime}} {
		if len(t.rows) == 0 {
			continue
		}
		tb := Table{Note: "附件", Title: t.title, Sub: "数据截至" + DayCN(b.AsOf), Cols: []Col{{"序号", 3, false}, {"单位", 5, false}, {"任务（卡点）", 0, false}, {"应达", 5, true}, {"核验", 6, true}, {"差", 5, true}}}
		for i, r := range t.rows {
			what := r.Task
			if r.Blocker != "" {
				what += "（" + strings.Trim(r.Blocker, "。") + "）"
			}
			tb.Rows = append(tb.Rows, []string{fmt.Sprint(i + 1), r.Unit, what, r.Due, r.Verified, r.Gap})
		}
		x.Tables = append(x.Tables, tb)
	}
	lead := "附件："
	for i := range x.Tables {
		no := ""
		if len(x.Tables) > 1 { // one attachment has no number. Source: GB/T 9704-2012 7.3.4
			no = fmt.Sprintf("%d．", i+1)
			x.Tables[i].Note = fmt.Sprintf("附件%d", i+1)
		}
		x.Notes = append(x.Notes, lead+no+x.Tables[i].Title)
		lead = "　　　"
	}
	for i := range x.Tables {
		x.Tables[i].Foot = "注：" + gb9704.TableNote
	}
	return x
}

package conduct

import (
	"fmt"
	"strconv"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/ledger"
)

// Document is the document of the eight measures (八条措施) as it was issued. The latest is in force.
// Source: S8; domain 9.
type Document struct {
	ID        int64
	Title     string
	DocNo     string
	IssuedOn  string
	AdoptedBy int64
	At        int64
	Measures  []Measure
}

// Measure is one of the eight measures (八条措施), with the unit that owns it.
type Measure struct {
	ID         int64
	DocumentID int64
	No         int64
	Title      string
	Content    string
	OwnerUnit  int64
	Actions    []Action
	Reviews    []Review
}

// Action is something that is done for a measure: what, who, by when.
type Action struct {
	ID, MeasureID int64
	Text          string
	UnitID        int64
	DueOn         string
	DoneNote      string
	DoneBy        int64
	DoneAt        int64 // 0 while it is to be done
}

// Late reports whether the action is overdue on the day, or was done after its day.
func (a Action) Late(today string) bool {
	if a.DoneAt != 0 {
		return dayOf(a.DoneAt) > a.DueOn
	}
	return today > a.DueOn
}

// Half is a half-year: 2017H1.
type Half string

// Valid reports whether h is a real half-year.
func (h Half) Valid() bool {
	return len(h) == 6 && h[4] == 'H' && (h[5] == '1' || h[5] == '2') && period.Month(string(h[:4])+"-01").Valid()
}

// Chinese returns 2017年上半年.
func (h Half) Chinese() string {
	return string(h[:4]) + "年" + map[byte]string{'1': "上半年", '2': "下半年"}[h[5]]
}

// Months returns the first and the last month of the half-year.
func (h Half) Months() (first, last period.Month) {
	if h[5] == '1' {
		return period.Month(string(h[:4]) + "-01"), period.Month(string(h[:4]) + "-06")
	}
	return period.Month(string(h[:4]) + "-07"), period.Month(string(h[:4]) + "-12")
}

// HalfOf returns the half-year of a month.
func HalfOf(m period.Month) Half {
	return Half(fmt.Sprintf("%sH%d", m.Year(), (m.Number()+5)/6))
}

// Rating is what a review says of a measure.
type Rating string

// The ratings.
const (
	Works  Rating = "works"  // 见效
	Partly Rating = "partly" // 部分见效
	Fails  Rating = "fails"  // 还没见效
)

// Ratings lists the ratings, the best first.
var Ratings = []Rating{Works, Partly, Fails}

// Chinese returns the rating's word.
func (r Rating) Chinese() string {
	return map[Rating]string{Works: "见效", Partly: "部分见效", Fails: "还没见效"}[r]
}

// Review is the look back on a measure after half a year (半年评估).
type Review struct {
	ID, MeasureID int64
	Half          Half
	Rating        Rating
	Text          string
	By            int64
	At            int64
}

func (d Document) sealed() any {
	type row struct {
		No      int64  `json:"no"`
		Title   string `json:"title"`
		Content string `json:"content"`
		Owner   int64  `json:"owner,string"`
	}
	list := []row{}
	for _, m := range d.Measures {
		list = append(list, row{m.No, m.Title, m.Content, m.OwnerUnit})
	}
	return map[string]any{"title": d.Title, "doc_no": d.DocNo, "issued_on": d.IssuedOn, "measures": list, "adopted_by": ledger.Person(d.AdoptedBy)}
}

func (a Action) sealed() any {
	return map[string]any{"measure": strconv.FormatInt(a.MeasureID, 10), "text": a.Text, "unit": strconv.FormatInt(a.UnitID, 10), "due_on": a.DueOn, "done_note": a.DoneNote, "done_at": a.DoneAt, "done_by": ledger.Person(a.DoneBy)}
}

func (r Review) sealed() any {
	return map[string]any{"measure": strconv.FormatInt(r.MeasureID, 10), "half": r.Half, "rating": r.Rating, "text": r.Text, "at": r.At, "reviewed_by": ledger.Person(r.By)}
}

// MeasureDraft is one measure as it is typed.
type MeasureDraft struct {
	Title, Content string
	OwnerUnit      int64
}

// DocumentDraft is the document as it is typed: measures without a title and content are left out.
type DocumentDraft struct {
	Title, DocNo, IssuedOn string
	Measures               []MeasureDraft
}

// write says what is wrong with a draft. It is pure. Field names: title, doc_no, issued_on, m1.title, m1.content, m1.owner and so on.
func (d DocumentDraft) write(today string) (Document, error) {
	var x texts
	out := Document{Title: x.need("title", "文件标题", d.Title, 80), DocNo: x.need("doc_no", "文号", d.DocNo, 40), IssuedOn: x.day("issued_on", "印发日期", d.IssuedOn)}
	if out.IssuedOn > today {
		x.add("issued_on", "印发日期不能在今天以后。")
	}
	for i, m := range d.Measures {
		if m.Title == "" && m.Content == "" && m.OwnerUnit == 0 {
			continue
		}
		at := fmt.Sprintf("m%d.", i+1)
		row := Measure{No: int64(len(out.Measures) + 1), OwnerUnit: m.OwnerUnit, Title: x.need(at+"title", fmt.Sprintf("第 %d 条的标题", i+1), m.Title, 40), Content: x.need(at+"content", fmt.Sprintf("第 %d 条的内容", i+1), m.Content, 500)}
		if m.OwnerUnit == 0 {
			x.add(at+"owner", "第 %d 条还没有选责任单位。", i+1)
		}
		out.Measures = append(out.Measures, row)
	}
	if len(out.Measures) == 0 {
		x.add("m1.title", "一条措施也没有写。")
	}
	return out, x.refuse()
}

func notFoundMeasure() error {
	return errs.New(errs.NotFound, "没有找到这一条措施，文件可能已经换了新的。")
}

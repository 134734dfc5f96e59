package burden

import (
	"strings"

	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// SuggestionClass is what a suggestion is about.
type SuggestionClass string

// The classes that the form offers.
const (
	Deduction SuggestionClass = "deduction" // 误扣
	Repeat    SuggestionClass = "repeat"    // 重复填报
	Hardship  SuggestionClass = "hardship"  // 填报有难处
	Other     SuggestionClass = "other"     // 其他
)

// Classes lists the classes in the order of the form.
var Classes = []SuggestionClass{Deduction, Repeat, Hardship, Other}

// Chinese returns the class's name.
func (c SuggestionClass) Chinese() string {
	return map[SuggestionClass]string{Deduction: "误扣", Repeat: "重复填报", Hardship: "填报有难处", Other: "其他"}[c]
}

// Office is the office that a suggestion of the class is sent to: a wrong deduction to 考核办, all else to 督查室.
func (c SuggestionClass) Office() auth.Role {
	if c == Deduction {
		return auth.Appraiser
	}
	return auth.Supervisor
}

// Outcome is what became of a suggestion.
type Outcome string

// The outcomes of an answer; a suggestion that waits has none.
const (
	Adopted   Outcome = "adopted"   // 采纳
	Partly    Outcome = "partly"    // 部分采纳
	Explained Outcome = "explained" // 解释说明
)

// Outcomes lists the outcomes in the order of the form.
var Outcomes = []Outcome{Adopted, Partly, Explained}

// Chinese returns the outcome's name.
func (o Outcome) Chinese() string {
	return map[Outcome]string{Adopted: "采纳", Partly: "部分采纳", Explained: "解释说明"}[o]
}

// Suggestion is what somebody wrote into the mailbox (意见箱). Of one without a name (隐名) person and unit are 0, for everybody and for ever.
// Source: domain 16.3 (consequence 6); 国办函〔2026〕12号 (投诉建议功能).
type Suggestion struct {
	ID              int64
	Class           SuggestionClass
	Page            string // address of the page that it is about; "" for none
	Text            string
	Anonymous       bool
	PersonID        int64
	UnitID          int64
	At              int64 // ms
	DueOn           string
	CalendarVersion int64
	Outcome         Outcome
	Answer          string
	AnsweredBy      int64
	AnsweredAt      int64 // 0 while it waits
	Version         int64

	pseudonym string
}

// Late reports whether the answer is overdue on the day, or came after its day.
func (s Suggestion) Late(today, answeredOn string) bool {
	if s.DueOn == "" {
		return false
	}
	if s.AnsweredAt != 0 {
		return answeredOn > s.DueOn
	}
	return today > s.DueOn
}

func (s Suggestion) sealed() any {
	return struct {
		Class      SuggestionClass `json:"kind"`
		Page       string          `json:"page"`
		Text       string          `json:"text"`
		Anonymous  bool            `json:"anonymous"`
		Unit       int64           `json:"unit,string"`
		At         int64           `json:"at"`
		DueOn      string          `json:"due_on"`
		Calendar   int64           `json:"calendar"`
		Outcome    Outcome         `json:"outcome"`
		Answer     string          `json:"answer"`
		Answered   int64           `json:"answered_at"`
		Person     ledger.Person   `json:"person"`
		AnsweredBy ledger.Person   `json:"answered_by"`
	}{s.Class, s.Page, s.Text, s.Anonymous, s.UnitID, s.At, s.DueOn, s.CalendarVersion, s.Outcome, s.Answer, s.AnsweredAt, ledger.Person(s.PersonID), ledger.Person(s.AnsweredBy)}
}

// SuggestionDraft is a suggestion as it is written: 1 to 500 characters.
type SuggestionDraft struct {
	Class     SuggestionClass
	Page      string
	Text      string
	Anonymous bool
}

// write says what is wrong with a draft. It is pure. Field names: kind, page, text.
func (d SuggestionDraft) write() (Suggestion, error) {
	var x texts
	s := Suggestion{Class: d.Class, Anonymous: d.Anonymous, Version: 1}
	if d.Class.Chinese() == "" {
		x.add("kind", "还没有选类别：误扣、重复填报、填报有难处，或者其他。")
	}
	s.Text = x.need("text", "意见", d.Text, 500)
	s.Page = x.short("page", "页面地址", d.Page, 200)
	if s.Page != "" && !strings.HasPrefix(s.Page, "/") {
		x.add("page", "页面地址请写成 /burden 这样，以 / 开头；不针对某一页就空着。")
	}
	return s, x.refuse()
}

// Tally counts the suggestions of a year: everybody may see it.
type Tally struct {
	Total, Answered int64
	InTime          int64 // answered, and within their working days
	Overdue         int64 // waiting, and past their day
}

// Add counts a suggestion as it stands on the day.
func (t *Tally) Add(s Suggestion, today, answeredOn string) {
	t.Total++
	switch {
	case s.AnsweredAt != 0:
		t.Answered++
		if !s.Late(today, answeredOn) {
			t.InTime++
		}
	case s.Late(today, ""):
		t.Overdue++
	}
}

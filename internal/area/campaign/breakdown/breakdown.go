package breakdown

import "strings"

// Task is one task read from a document (任务). The first six fields are the
// exchange format of the import; the rest is filled where the source has it.
type Task struct {
	No           string   `json:"no"`            // as printed: 1, （三）; "（三）-2" for the second task of a paragraph
	Text         string   `json:"text"`          // the words of the document, without number and responsibility
	LeadUnits    []string `json:"lead_units"`    // 牵头单位
	SupportUnits []string `json:"support_units"` // 责任、配合、参与、指导单位 that do not lead
	Deadline     string   `json:"deadline"`      // a day, 2019-06-30; "" if recurring, standing or not stated
	DeadlineText string   `json:"deadline_text"` // the words it was read from: 2019年6月底前, 持续推进

	Goal     string     `json:"goal,omitempty"`      // exact decimal, in Unit
	Unit     string     `json:"unit,omitempty"`      // unit of measure of Goal and Quarters: 万元, 个, %
	GoalText string     `json:"goal_text,omitempty"` // the cell as written
	Leader   string     `json:"leader,omitempty"`    // 牵头领导
	Owner    string     `json:"owner,omitempty"`     // 责任人
	Points   string     `json:"points,omitempty"`    // 分值 or 权重, exact decimal
	Quarters *[4]string `json:"quarters,omitempty"`  // quarterly targets, exact decimals, "" where none
	Category string     `json:"category,omitempty"`  // 类别, or the sub-heading above the row
	Note     string     `json:"note,omitempty"`      // 备注
	Row      int        `json:"row,omitempty"`       // row number as the user sees it, from 1
	Sheet    string     `json:"sheet,omitempty"`     // 工作表, where a file has several

	Columns map[Field]string `json:"columns,omitempty"` // where in its row a field was read: F 列「完成时限」

	Path      []string `json:"-"` // headings above the task, outermost first
	Duties    []Duty   `json:"-"` // every unit with the word the document used
	Paragraph int      `json:"-"` // number of the paragraph, from 1, that ends the task
	Recurring bool     `json:"-"` // 每年、每月…: due again and again
	Standing  bool     `json:"-"` // 持续推进、长期坚持: no end
}

// Role is the part a unit plays, in the document's words.
type Role string

const (
	Leads    Role = "牵头"
	Owes     Role = "负责" // 责任单位; leads only by convention or if it stands alone
	Supports Role = "配合" // 配合、参与、协办
	Guides   Role = "指导" // 指导、督导
)

// Duty is a unit with its role.
type Duty struct {
	Name string
	Role Role
}

// Problem is what could not be read, and how to mend it, in Chinese.
type Problem struct {
	Where   string `json:"where"`           // 第 12 行 F 列「完成时限」, 第 30 段, 全文
	Message string `json:"message"`         // begins with Where
	Row     int    `json:"row,omitempty"`   // of a table: the row, as the user sees it
	Sheet   string `json:"sheet,omitempty"` // 工作表, where a file has several
}

// Result is what was read.
type Result struct {
	Tasks    []Task    `json:"tasks"`
	Problems []Problem `json:"problems"`
	Bare     bool      `json:"-"` // the text states responsibility nowhere: the tasks are sentences with a deadline
}

// Owned counts the tasks that name a body: a table of something else has none.
func Owned(r Result) (n int) {
	for _, t := range r.Tasks {
		if len(t.Duties) > 0 {
			n++
		}
	}
	return n
}

func (r *Result) problem(where, message string) {
	r.Problems = append(r.Problems, Problem{Where: where, Message: where + "：" + message})
}

// fault is a problem of a row of a table.
func (r *Result) fault(where string, row int, sheet, message string) {
	r.Problems = append(r.Problems, Problem{where, where + "：" + message, row, sheet})
}

// Options is what the caller knows and the document may not say.
type Options struct {
	Year int // year that "年底前" means; 0: from the title, else the date of the document
	// FirstLeads makes the first unit of a list lead where the document itself
	// states no convention: the user's answer to the problem that none leads.
	FirstLeads bool
	Date       string // date of the document (成文日期), 2018-11-16; "": read from the text
}

// Limits keep a hostile file from costing more than a moment.
const (
	maxParagraph = 20000 // runes read of one paragraph or cell
	maxTasks     = 20000
	maxProblems  = 2000
	maxName      = 40 // runes of a unit's name
)

// narrow turns full-width letters, digits and signs into plain ones, rune for
// rune, so that positions stay the same. Chinese punctuation is kept.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r == '％', r == '．', r == '＋', r == '－', r == '／', r == '＝', r == '＞', r == '＜', r == '＊':
			return r - '！' + '!'
		case r == '　', r == '\u00a0', r == '\t':
			return ' '
		}
		return r
	}, s)
}

// clip cuts s to n runes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	i := 0
	for at := range s {
		if i == n {
			return s[:at]
		}
		i++
	}
	return s
}

// quote shows a piece of the user's text in a message.
func quote(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if c := clip(s, 30); c != s {
		s = c + "…"
	}
	return "“" + s + "”"
}

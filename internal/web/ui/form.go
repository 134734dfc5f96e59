package ui

import (
	"strings"

	"duban/internal/base/errs"
	"duban/internal/web/viz"
)

// Option is one choice of a Select, Radios or Checks.
type Option struct {
	Value, Label string
	Hint         string
	Light        viz.Light // a light before the words; empty means none
	Disabled     bool
}

// Input is one question of a form. Every control of this package takes it.
// Required is the default and not marked; Optional is marked 选填.
type Input struct {
	Name    string // name of the value, and of its complaint
	Label   string
	Value   string   // as typed; never reformatted after a refusal
	Values  []string // Checks: the chosen values
	Options []Option // Select, Radios, Segments, Checks

	Hint     string // help under the control
	Typed    string // Field: takes the hint's place once something else is typed, so that no hint speaks of another value
	Source   string // who filled it in beforehand, such as 征迁台账自动汇总
	Unit     string // stands after the control, such as 亩
	Optional bool

	Type         string // text, date, month, email, password, search, tel; empty means text
	Mode         string // keyboard of a phone: decimal, numeric, tel
	Step         string // Field: buttons that add and take away this much, such as 0.1
	Rows         int    // TextArea; 0 means 3
	MaxLength    int    // characters; 0 means no limit; the server checks again
	Autocomplete string // such as username, current-password, off
	ReadOnly     bool
	Blank        string // Select: words of the empty choice; empty means 请选择

	Accept   string // File: such as image/* or .xlsx
	Multiple bool   // File
	Photo    bool   // File: take a picture; made small before it is sent, place removed
	Words    string // File: words of the button; empty means 选文件 or 拍照

	Bad []errs.Field // what the last attempt was refused for
	ID  string       // empty means f- and the name
}

func (in Input) id() string {
	if in.ID != "" {
		return in.ID
	}
	return "f-" + in.Name
}

func (in Input) complaint() string { return Complaint(in.Name, in.Bad) }

// described lists the ids of the texts that belong to the control.
func (in Input) described() string {
	var ids []string
	if in.complaint() != "" {
		ids = append(ids, in.id()+"-err")
	}
	if in.Unit != "" {
		ids = append(ids, in.id()+"-unit")
	}
	if in.Hint != "" {
		ids = append(ids, in.id()+"-hint")
	}
	return strings.Join(ids, " ")
}

func (in Input) kind() string {
	if in.Type != "" {
		return in.Type
	}
	return "text"
}

func (in Input) chosen(v string) bool {
	if v == in.Value && in.Value != "" {
		return true
	}
	for _, c := range in.Values {
		if c == v {
			return true
		}
	}
	return false
}

func (in Input) rows() string {
	if in.Rows > 0 {
		return str(in.Rows)
	}
	return "3"
}

func (in Input) blank() string {
	if in.Blank != "" {
		return in.Blank
	}
	return "请选择"
}

func (in Input) words() string {
	switch {
	case in.Words != "":
		return in.Words
	case in.Photo:
		return "拍照"
	}
	return "选文件"
}

func (in Input) accept() string {
	if in.Accept == "" && in.Photo {
		return "image/*"
	}
	return in.Accept
}

// optionID gives the first choice the id of the question, so that the link of the error summary lands on it.
func (in Input) optionID(i int) string {
	if i == 0 {
		return in.id()
	}
	return in.id() + "-" + str(i+1)
}

// FormSpec is a form that changes something.
type FormSpec struct {
	Action   string
	ID       string
	Version  int64  // version of the row that the form shows
	Versions bool   // the form carries Version; a new thing has none
	Files    bool   // has files
	Autosave string // address that keeps a draft; empty means none
	DraftAs  string // key of the draft on the phone, without any personal data, such as report-17-2017-08
	KeyValue string // idempotency key of a form shown again; empty makes a new one
	Class    string
}

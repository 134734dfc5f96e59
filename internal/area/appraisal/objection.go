package appraisal

import "duban/internal/spine/ledger"

// ObjectionState is how far an objection has come.
type ObjectionState string

// The states of an objection.
const (
	Filed     ObjectionState = "filed"     // 待复核
	Upheld    ObjectionState = "upheld"    // 成立
	Rejected  ObjectionState = "rejected"  // 不成立
	TakenBack ObjectionState = "withdrawn" // 已撤回
)

// Chinese returns the state's name.
func (s ObjectionState) Chinese() string {
	return map[ObjectionState]string{Filed: "待复核", Upheld: "成立，已更正", Rejected: "不成立", TakenBack: "已撤回"}[s]
}

// Objection is a unit's objection to its score (申诉): decided by somebody who neither computed nor reviewed the round and does not
// belong to the unit. One that is upheld corrects an input and recomputes everybody.
// Source: domain 13.14, 15.2 (杭州 25; 济南 26).
type Objection struct {
	ID, RoundID, UnitID int64
	Item                string // the item's id; "" for the whole score
	Text                string
	State               ObjectionState
	DueOn               string // last day for the decision
	FiledBy, FiledAt    int64
	DecidedBy           int64
	DecidedAt           int64
	Decision            string
	ChangeSource        string // the input that is corrected, by its source reference
	ChangeValue         string // the value found (认定), an exact decimal
	Version             int64
}

func (o Objection) sealed() any {
	return struct {
		Round     int64          `json:"round,string"`
		Unit      int64          `json:"unit,string"`
		Item      string         `json:"item"`
		Text      string         `json:"text"`
		State     ObjectionState `json:"state"`
		DueOn     string         `json:"due_on"`
		Decision  string         `json:"decision"`
		Source    string         `json:"change_source"`
		Value     string         `json:"change_value"`
		FiledBy   ledger.Person  `json:"filed_by"`
		DecidedBy ledger.Person  `json:"decided_by"`
	}{o.RoundID, o.UnitID, o.Item, o.Text, o.State, o.DueOn, o.Decision, o.ChangeSource, o.ChangeValue, ledger.Person(o.FiledBy), ledger.Person(o.DecidedBy)}
}

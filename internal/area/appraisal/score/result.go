package score

import (
	"github.com/govalues/decimal"
)

// Result is what a scheme makes of a round's data (考核结果). Its order is fixed:
// groups as the scheme lists them, units by rank and name, items as in the scheme.
type Result struct {
	Scheme   string        `json:"scheme"`
	Name     string        `json:"name"`
	Rule     string        `json:"rule"` // id@version#fingerprint of the rule
	RuleHash string        `json:"rule_hash"`
	DataHash string        `json:"data_hash"`
	Period   string        `json:"period"`
	Mode     Mode          `json:"rounding"`
	Groups   []GroupResult `json:"groups"`
	Problems []Problem     `json:"problems"`
}

// GroupResult is one group's standing.
type GroupResult struct {
	Group string       `json:"group"`
	Full  string       `json:"full"` // full marks; "0" = open-ended
	Rows  []UnitResult `json:"rows"`
}

// UnitResult is one unit's total, rank and all the points it is made of.
type UnitResult struct {
	Unit      string          `json:"unit"`
	Total     decimal.Decimal `json:"total"`
	Rank      int             `json:"rank"` // 0 = nothing could be scored, not ranked
	Grade     string          `json:"grade,omitempty"`
	Formula   string          `json:"formula"` // how the items add up
	Items     []ItemScore     `json:"items"`
	Notes     []string        `json:"notes,omitempty"`
	Vetoes    []VetoHit       `json:"vetoes,omitempty"`
	Statement *StatementHit   `json:"statement,omitempty"`
	Red       *StatementHit   `json:"red,omitempty"`

	total Num
}

// State is what became of an item for a unit (计分状态).
type State string

// The states of an item score.
const (
	Scored  State = "已计分"
	Dropped State = "缺项剔除"
	Filled  State = "缺项补分"
	Zeroed  State = "缺项记零"
	Exempt  State = "免考满分"
)

// ItemScore is the points of one item, bonus or deduction with their origin (每一分从哪来).
type ItemScore struct {
	Item    string          `json:"item"` // the item's id
	Name    string          `json:"name"`
	Weight  string          `json:"weight"` // 0 for a bonus or deduction
	Score   decimal.Decimal `json:"score"`
	State   State           `json:"state"`
	Method  string          `json:"method"`
	Formula string          `json:"formula"` // 得分 = 权重 × min(1, 完成值 ÷ 目标值) = 30 × min(1, 92 ÷ 100) = 27.60
	Inputs  []InputUsed     `json:"inputs"`
	Notes   []string        `json:"notes,omitempty"` // what was capped, floored, filled in, doubled
	Rule    string          `json:"rule"`            // id@version#fingerprint/item

	score Num
}

// InputUsed is one value that went into a score.
type InputUsed struct {
	Name       string `json:"name"`
	Period     string `json:"period,omitempty"`
	Value      string `json:"value,omitempty"`
	Target     string `json:"target,omitempty"`
	Count      string `json:"count,omitempty"`
	Role       string `json:"role,omitempty"`
	Kind       Kind   `json:"kind,omitempty"`
	Unverified bool   `json:"unverified,omitempty"` // 未核验
	Source     string `json:"source,omitempty"`
	Basis      string `json:"basis,omitempty"`
}

// VetoHit is a veto that took effect (一票否决).
type VetoHit struct {
	Name       string   `json:"name"`
	Effect     Effect   `json:"effect"`
	LegalBasis string   `json:"legal_basis"`
	Sources    []string `json:"sources,omitempty"`
	Text       string   `json:"text"`
}

// StatementHit asks a unit to explain itself (末位说明、黄旗), or honours it (红旗).
type StatementHit struct {
	Authority  string `json:"authority,omitempty"`
	LegalBasis string `json:"legal_basis"`
	Text       string `json:"text"`
}

// Find returns a unit's row, or nil.
func (r Result) Find(unit string) *UnitResult {
	for i := range r.Groups {
		for j := range r.Groups[i].Rows {
			if r.Groups[i].Rows[j].Unit == unit {
				return &r.Groups[i].Rows[j]
			}
		}
	}
	return nil
}

// Item returns the score of the item with that id or name, or nil.
func (u *UnitResult) Item(id string) *ItemScore {
	for i := range u.Items {
		if u.Items[i].Item == id || u.Items[i].Name == id {
			return &u.Items[i]
		}
	}
	return nil
}

package appraisal

import (
	"duban/internal/area/appraisal/score"

	"duban/internal/spine/ledger"
)

// Colour is a flag's colour.
type Colour string

// The colours.
const (
	RedFlag    Colour = "red"    // 红旗
	YellowFlag Colour = "yellow" // 黄旗
)

// Chinese returns the flag's name.
func (c Colour) Chinese() string {
	return map[Colour]string{RedFlag: "红旗", YellowFlag: "黄旗"}[c]
}

// Flag is a red flag that honours a unit or a yellow one that asks it for a statement (红旗, 黄旗), by the rule of the scheme: last and below
// target, first and not below it. A scheme without the rule and its legal basis gives none. A leader issues the flags of a published round;
// its unit then makes the statement (Statement, 表态发言): why, and what it will do.
//
// Source: domain 8 (渭南, 炉霍, 漳州), 16.3.7 (last place alone never asks for a statement).
type Flag struct {
	ID, RoundID, Revision int64
	UnitID                int64
	Unit, Group           string
	Colour                Colour
	Ground                string // the rule with the unit's numbers: for the unit and those who see its score
	Authority, LegalBasis string
	DocNo                 string
	Occasion              string // where the statement is made
	DueOn                 string // of the statement; "" of a red flag
	IssuedBy, IssuedAt    int64
	Statement
	Version int64
}

// Statement is what a unit with a yellow flag says (表态发言).
type Statement struct {
	Cause, Measures    string
	StatedBy, StatedAt int64
}

func (f Flag) sealed() any {
	return struct {
		Round      int64         `json:"round,string"`
		Revision   int64         `json:"revision"`
		Unit       int64         `json:"unit,string"`
		Group      string        `json:"group"`
		Colour     Colour        `json:"colour"`
		Ground     string        `json:"ground"`
		LegalBasis string        `json:"legal_basis"`
		DocNo      string        `json:"doc_no"`
		Occasion   string        `json:"occasion"`
		DueOn      string        `json:"due_on"`
		Cause      string        `json:"cause"`
		Measures   string        `json:"measures"`
		IssuedBy   ledger.Person `json:"issued_by"`
		StatedBy   ledger.Person `json:"stated_by"`
	}{f.RoundID, f.Revision, f.UnitID, f.Group, f.Colour, f.Ground, f.LegalBasis, f.DocNo, f.Occasion, f.DueOn, f.Cause, f.Measures, ledger.Person(f.IssuedBy), ledger.Person(f.StatedBy)}
}

// flagsIn returns the flags that a board's results give, in the order of its lines. It is pure.
func flagsIn(b Board, result func(unit int64) score.UnitResult) (out []Flag) {
	for _, l := range b.Lines {
		u := result(l.UnitID)
		f := Flag{RoundID: b.RoundID, Revision: b.Revision, UnitID: l.UnitID, Unit: l.Unit, Group: b.Group}
		hit := u.Red
		switch {
		case u.Statement != nil:
			f.Colour, hit = YellowFlag, u.Statement
		case hit != nil:
			f.Colour = RedFlag
		default:
			continue
		}
		f.Ground, f.Authority, f.LegalBasis = hit.Text, hit.Authority, hit.LegalBasis
		out = append(out, f)
	}
	return out
}

// sameFlags reports whether two lists give the same units the same colours.
func sameFlags(a, b []Flag) bool {
	by := map[int64]Colour{}
	for _, f := range a {
		by[f.UnitID] = f.Colour
	}
	for _, f := range b {
		if by[f.UnitID] != f.Colour {
			return false
		}
	}
	return len(a) == len(b)
}

package conduct

import (
	"strconv"

	"duban/internal/spine/ledger"
)

// PraiseForm is a form of positive incentive.
type PraiseForm string

// The forms of praise.
const (
	Commend   PraiseForm = "commend"   // 表扬
	Bonus     PraiseForm = "bonus"     // 加分建议: a proposal to 考核办, which decides by its own rules
	Recommend PraiseForm = "recommend" // 推荐使用
)

// PraiseForms lists the forms.
var PraiseForms = []PraiseForm{Commend, Bonus, Recommend}

// Chinese returns the form's name.
func (f PraiseForm) Chinese() string {
	return map[PraiseForm]string{Commend: "表扬", Bonus: "加分建议", Recommend: "推荐"}[f]
}

// Praise is a positive incentive (正向激励): to a unit, or to a person of it.
// Source: domain 9.
type Praise struct {
	ID       int64
	Form     PraiseForm
	UnitID   int64
	PersonID int64 // 0: the whole unit
	Fact     string
	Basis    string
	By       int64
	At       int64
}

func (p Praise) sealed() any {
	return map[string]any{"kind": p.Form, "unit": strconv.FormatInt(p.UnitID, 10), "person": p.PersonID != 0, "fact": p.Fact, "basis": p.Basis, "at": p.At, "given_by": ledger.Person(p.By)}
}

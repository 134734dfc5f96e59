package task

import (
	"math/big"

	"duban/internal/base/amount"
	"duban/internal/spine/indicator"
)

// Ratio returns min(1, v ÷ total) in percent ×100, rounded half up; 0 if either is not positive.
func Ratio(v, total amount.Scaled) int64 {
	if total <= 0 || v <= 0 {
		return 0
	}
	if v >= total {
		return 10000
	}
	n := new(big.Int).Mul(big.NewInt(int64(v)), big.NewInt(20000))
	n.Add(n, big.NewInt(int64(total)))
	return n.Quo(n, big.NewInt(2*int64(total))).Int64()
}

// Share returns how much of a target is done and how much should be (应达), in percent ×100, each cut off at 100 so that
// nobody's surplus covers another's gap. Nothing known counts 0. Where less is better (逆向) a value at or below pace counts as the pace,
// and one above it as what is left of it: pace − (value − pace), not below 0. Every page that adds tasks up adds these.
//
// Source: domain 13.0, 13.1.
func Share(value *amount.Scaled, pace, target amount.Scaled, d indicator.Direction) (done, due int64) {
	due = Ratio(pace, target)
	switch {
	case value == nil:
		return 0, due
	case d != indicator.Down:
		return Ratio(*value, target), due
	case *value > pace:
		return max(due-Ratio(*value-pace, target), 0), due
	}
	return due, due
}

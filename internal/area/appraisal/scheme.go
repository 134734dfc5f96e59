package appraisal

import (
	"slices"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/spine/ledger"
)

// SchemeState is how far a scheme has come.
type SchemeState string

// The states of a scheme.
const (
	Draft   SchemeState = "draft"   // 草稿
	Frozen  SchemeState = "frozen"  // 已定稿，冻结
	Retired SchemeState = "retired" // 已停用
)

// Chinese returns the state's name.
func (s SchemeState) Chinese() string {
	return map[SchemeState]string{Draft: "草稿", Frozen: "已定稿", Retired: "已停用"}[s]
}

// Scheme is a revision of an appraisal scheme (考核办法).
type Scheme struct {
	ID         int64
	Code       string
	Name       string
	Revision   int64
	Text       string // YAML
	Hash       string
	State      SchemeState
	LegalBasis string
	FromOn     string
	DraftedBy  int64
	DraftedAt  int64
	FrozenBy   int64
	FrozenAt   int64
	Version    int64
}

func (s Scheme) sealed() any {
	return struct {
		Code       string        `json:"code"`
		Name       string        `json:"name"`
		Revision   int64         `json:"revision"`
		Hash       string        `json:"hash"`
		State      SchemeState   `json:"state"`
		LegalBasis string        `json:"legal_basis"`
		FromOn     string        `json:"from_on"`
		DraftedBy  ledger.Person `json:"drafted_by"`
		FrozenBy   ledger.Person `json:"frozen_by"`
	}{s.Code, s.Name, s.Revision, hashText(s.Text), s.State, s.LegalBasis, s.FromOn, ledger.Person(s.DraftedBy), ledger.Person(s.FrozenBy)}
}

// Parse reads the scheme's rules.
func (s Scheme) Parse() (*score.Scheme, error) {
	p, err := score.Parse([]byte(s.Text))
	if err != nil {
		var lines []errs.Field
		for _, x := range score.AsSyntax(err) {
			lines = append(lines, errs.Field{Name: "text", Message: x.String()})
		}
		if len(lines) == 0 {
			lines = []errs.Field{{Name: "text", Message: err.Error()}}
		}
		return nil, errs.Refuse("考核办法还不能用", lines...)
	}
	return p, nil
}

// maxCompare bounds the work of Compare: 2000 changed lines against 2000.
const maxCompare = 4_000_000

// Compare lists the lines that differ between two texts: "−" gone, "+" new ("第3版比第2版改了什么").
func Compare(old, new string) []string {
	a, b := strings.Split(strings.TrimRight(old, "\n"), "\n"), strings.Split(strings.TrimRight(new, "\n"), "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	a, b = a[head:], b[head:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	n, m := len(a), len(b)
	if n*m > maxCompare { // too far apart to be told line by line
		a, b = slices.Clone(a), slices.Clone(b)
		for i := range a {
			a[i] = "− " + a[i]
		}
		for i := range b {
			b[i] = "+ " + b[i]
		}
		return append(a, b...)
	}
	l := make([][]int, n+1)
	for i := range l {
		l[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if a[i] == b[j] {
				l[i][j] = l[i+1][j+1] + 1
			} else {
				l[i][j] = max(l[i+1][j], l[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && a[i] == b[j]:
			i, j = i+1, j+1
		case j < m && (i == n || l[i][j+1] > l[i+1][j]):
			out = append(out, "+ "+b[j])
			j++
		default:
			out = append(out, "− "+a[i])
			i++
		}
	}
	return out
}

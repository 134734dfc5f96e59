package conduct

import (
	"hash/fnv"
	"unicode"
)

// shingle is the length of the pieces that two texts are compared by, in characters.
const shingle = 8

// Likeness is how much two texts have in common: Common of All different pieces of eight characters (Jaccard). All is 0 if both are empty.
// Source: domain 9 (text similarity to last period).
type Likeness struct{ Common, All int64 }

// Above reports whether the likeness is more than percent of 100, exactly.
func (l Likeness) Above(percent int64) bool { return l.All > 0 && l.Common*100 > percent*l.All }

// Percent returns the likeness as a whole percentage, rounded down.
func (l Likeness) Percent() int64 {
	if l.All == 0 {
		return 0
	}
	return l.Common * 100 / l.All
}

// Compare compares two texts by their pieces of eight characters. Blanks and punctuation do not count, digits do: 已签 35 户 and 已签 40 户 say different
// things. Texts shorter than eight characters are one piece each. It is pure.
func Compare(a, b string) Likeness {
	x, y := pieces(a), pieces(b)
	var l Likeness
	for h := range x {
		if y[h] {
			l.Common++
		}
	}
	l.All = int64(len(x)+len(y)) - l.Common
	return l
}

func pieces(text string) map[uint64]bool {
	r := make([]rune, 0, len(text))
	for _, c := range text {
		if c >= '！' && c <= '～' { // full-width letters and digits as their plain twins
			c -= '！' - '!'
		}
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			r = append(r, unicode.ToLower(c))
		}
	}
	out := map[uint64]bool{}
	if len(r) == 0 {
		return out
	}
	for i := 0; i == 0 || i+shingle <= len(r); i++ {
		h := fnv.New64a()
		h.Write([]byte(string(r[i:min(i+shingle, len(r))])))
		out[h.Sum64()] = true
	}
	return out
}

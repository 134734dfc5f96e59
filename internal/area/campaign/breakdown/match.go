package breakdown

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Body is a unit of the caller's directory.
type Body struct {
	ID      int64
	Name    string   // 蕉城区发展和改革局
	Short   string   // 区发改局
	Aliases []string // 发改局, 区发展改革局
}

// Match is what the directory makes of a name in a document.
type Match struct {
	Name    string // as in the document
	ID      int64  // 0: not found
	Suggest *Body  // nearest body when not found, if any is near
	Message string // Chinese, when not found: what is wrong and how to mend it
}

// MatchUnits finds the names in the directory by full name, short name or
// alias; spaces, brackets and the usual shortenings (委员会 and 委) do not matter.
// It never guesses: a slip of the pen is only suggested. The answer has one
// Match for each name, in order. Source: ui 10 (lookup).
func MatchUnits(names []string, directory []Body) []Match {
	exact, loose := map[string][]int{}, map[string][]int{}
	type known struct {
		word []rune
		at   int
	}
	var words []known
	put := func(m map[string][]int, k string, i int) {
		for _, j := range m[k] {
			if j == i {
				return
			}
		}
		m[k] = append(m[k], i)
	}
	for i, b := range directory {
		for _, w := range append([]string{b.Name, b.Short}, b.Aliases...) {
			w = strings.TrimSpace(w)
			if w == "" {
				continue
			}
			put(exact, w, i)
			put(loose, canon(w), i)
			if r := []rune(canon(w)); len(r) <= maxName {
				words = append(words, known{r, i})
			}
		}
	}
	out := make([]Match, 0, len(names))
	memo := map[string]Match{}
	for _, name := range names {
		if m, ok := memo[name]; ok {
			out = append(out, m)
			continue
		}
		m := Match{Name: name}
		hits := exact[strings.TrimSpace(name)]
		if hits == nil {
			hits = loose[canon(name)]
		}
		if hits == nil {
			hits = loose[canon(innerName.ReplaceAllString(name, ""))]
		}
		shown := clip(name, maxName)
		switch {
		case len(hits) == 1:
			m.ID = directory[hits[0]].ID
		case len(hits) > 1:
			var all []string
			for _, i := range hits {
				all = append(all, directory[i].Name)
			}
			sort.Strings(all)
			m.Message = fmt.Sprintf("有 %d 个单位都叫“%s”：%s。请选一个。", len(hits), shown, strings.Join(all, "、"))
		default:
			c := []rune(canon(name))
			best, at, word := 1<<30, -1, ""
			for _, k := range words {
				if len(c) > maxName || len(c) == 0 {
					break
				}
				if d := len(k.word) - len(c); d > 2 || d < -2 {
					continue
				}
				if d := distance(c, k.word); d < best {
					best, at, word = d, k.at, string(k.word)
				}
			}
			if at >= 0 && best <= slips(len(c)) && utf8.RuneCountInString(word) > best {
				b := directory[at]
				m.Suggest = &b
				show := b.Name
				for _, w := range append([]string{b.Name, b.Short}, b.Aliases...) {
					if w != "" && canon(w) == word {
						show = w
						break
					}
				}
				m.Message = fmt.Sprintf("没有“%s”。是不是“%s”？", shown, show)
			} else {
				m.Message = fmt.Sprintf("没有“%s”。请从单位名册里选，或者先把它加进名册。", shown)
			}
		}
		memo[name] = m
		out = append(out, m)
	}
	return out
}

// slips is how many wrong characters a name of n may have and still be suggested.
func slips(n int) int {
	switch {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return 2
}

var canonWords = strings.NewReplacer("委员会", "委", "人民政府", "政府", "办公室", "办", "街道办事处", "街道", "和", "", "（", "(", "）", ")", "·", "", "“", "", "”", "")

// canon brings a name to the form in which names are compared.
func canon(s string) string {
	return canonWords.Replace(strings.Join(strings.Fields(narrow(clip(s, 200))), ""))
}

// distance is the number of characters to change, add, drop or swap.
func distance(a, b []rune) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

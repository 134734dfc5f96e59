package score

import (
	"encoding/json"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// Sheet is the result as the command line prints it in JSON (成绩单); numbers have exactly the scheme's decimals.
type Sheet struct {
	Groups   []SheetGroup `json:"groups"`
	Problems []Problem    `json:"problems"`
}

// SheetGroup is one group of a Sheet.
type SheetGroup struct {
	Group string     `json:"group"`
	Rows  []SheetRow `json:"rows"`
}

// SheetRow is one unit of a Sheet.
type SheetRow struct {
	Unit      string        `json:"unit"`
	Total     json.Number   `json:"total"`
	Rank      int           `json:"rank"`
	Grade     string        `json:"grade,omitempty"`
	Items     []SheetItem   `json:"items"`
	Formula   string        `json:"formula,omitempty"` // how the items add up, where that is more than their sum
	Notes     []string      `json:"notes,omitempty"`
	Vetoes    []VetoHit     `json:"vetoes,omitempty"`
	Statement *StatementHit `json:"statement,omitempty"`
	Red       *StatementHit `json:"red,omitempty"`
}

// SheetItem is one score of a Sheet.
type SheetItem struct {
	Item    string      `json:"item"`
	Score   json.Number `json:"score"`
	Formula string      `json:"formula"`
	Inputs  []InputUsed `json:"inputs"`
}

// Sheet returns the short form of the result. Notes follow the formula after "；".
func (r Result) Sheet() Sheet {
	s := Sheet{Groups: []SheetGroup{}, Problems: r.Problems}
	if s.Problems == nil {
		s.Problems = []Problem{}
	}
	for _, g := range r.Groups {
		sg := SheetGroup{Group: g.Group, Rows: []SheetRow{}}
		for _, u := range g.Rows {
			row := SheetRow{Unit: u.Unit, Total: json.Number(u.Total.String()), Rank: u.Rank, Grade: u.Grade, Items: []SheetItem{}, Notes: u.Notes, Vetoes: u.Vetoes, Statement: u.Statement, Red: u.Red}
			if len(u.Notes) > 0 || strings.ContainsAny(u.Formula, "×＋－") {
				row.Formula = u.Formula
			}
			for _, it := range u.Items {
				f := it.Formula
				if len(it.Notes) > 0 {
					f += "；" + strings.Join(it.Notes, "；")
				}
				row.Items = append(row.Items, SheetItem{it.Name, json.Number(it.Score.String()), f, it.Inputs})
			}
			sg.Rows = append(sg.Rows, row)
		}
		s.Groups = append(s.Groups, sg)
	}
	return s
}

// JSON returns the Sheet as JSON bytes, one line.
func (r Result) JSON() []byte { return encode(r.Sheet()) }

// cells is the width of s on a terminal: a Chinese character takes two cells.
func cells(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func pad(s string, n int, right bool) string {
	fill := strings.Repeat(" ", max(0, n-cells(s)))
	if right {
		return fill + s
	}
	return s + fill
}

// Text prints the standing as a table for the terminal, one per group, with the problems below.
func (r Result) Text() string {
	var b strings.Builder
	b.WriteString(r.Name)
	if r.Period != "" {
		b.WriteString("　" + r.Period)
	}
	b.WriteString("\n规则 " + r.Rule + "\n")
	wrong := 0
	for _, p := range r.Problems {
		if p.Level == Error {
			wrong++
		}
	}
	if wrong > 0 && len(r.Groups) > 0 {
		b.WriteString("注意：有" + strconv.Itoa(wrong) + "处错误（见后面的“问题”），改正以前这份成绩不能用\n")
	}
	for _, g := range r.Groups {
		name := g.Group
		if name == "" {
			name = "全部单位"
			if len(r.Groups) > 1 {
				name = "没有分组的单位"
			}
		}
		b.WriteString("\n" + name + "\n")
		head := []string{"名次", "单位", "总分"}
		graded := false
		var items []string
		seen := map[string]bool{}
		for _, u := range g.Rows {
			graded = graded || u.Grade != ""
			for _, it := range u.Items {
				if !seen[it.Item] {
					seen[it.Item] = true
					items = append(items, it.Item)
					head = append(head, it.Name)
				}
			}
		}
		if graded {
			head = append(head, "等次")
		}
		lines := [][]string{head}
		for _, u := range g.Rows {
			rank := strconv.Itoa(u.Rank)
			if u.Rank == 0 {
				rank = "—"
			}
			line := []string{rank, u.Unit, u.Total.String()}
			for _, id := range items {
				v := ""
				for _, it := range u.Items {
					if it.Item == id {
						v = it.Score.String()
						if it.State == Dropped {
							v = "缺"
						}
					}
				}
				line = append(line, v)
			}
			if graded {
				line = append(line, u.Grade)
			}
			lines = append(lines, line)
		}
		size := make([]int, len(head))
		for _, l := range lines {
			for i, c := range l {
				size[i] = max(size[i], cells(c))
			}
		}
		for _, l := range lines {
			out := ""
			for i, c := range l {
				right := i != 1 && !(graded && i == len(l)-1)
				out += pad(c, size[i], right) + "  "
			}
			b.WriteString(strings.TrimRight(out, " ") + "\n")
		}
		for _, u := range g.Rows {
			if u.Rank == 0 { // the dash says it
				continue
			}
			for _, t := range u.remarks() {
				b.WriteString("  " + u.Unit + "：" + t + "\n")
			}
		}
	}
	if len(r.Problems) > 0 {
		b.WriteString("\n问题\n")
		for _, p := range r.Problems {
			b.WriteString("  " + p.String() + "\n")
		}
	}
	return b.String()
}

// remarks are the sentences about the unit that its points do not show: notes on the total, vetoes, whether it must explain itself or is honoured.
func (u *UnitResult) remarks() []string {
	out := append([]string(nil), u.Notes...)
	for _, v := range u.Vetoes {
		out = append(out, v.Text)
	}
	if u.Statement != nil {
		out = append(out, "末位说明："+u.Statement.Text)
	}
	if u.Red != nil {
		out = append(out, "红旗："+u.Red.Text)
	}
	return out
}

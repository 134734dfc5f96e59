package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"duban/internal/area/appraisal/score"
	"duban/internal/office/ole"
	"duban/internal/office/xlsx"
)

type scoreCmd struct {
	Scheme string `required:"" placeholder:"文件" help:"考核办法（YAML），或者自带样例的名称。"`
	Data   string `required:"" placeholder:"文件" help:"数据表（.csv、.xlsx 或 .xls、.et）：一行一个数（单位,组别,指标,时段,完成值,目标值,事件,次数），或者一行一个单位、一列一个指标。"`
	Period string `placeholder:"时段" help:"只评这个时段，如 2026Q1；不写时，数据只有一个时段就评它，办法有汇总规则就汇总全年。"`
	Format string `enum:"json,table" default:"table" help:"输出格式：json 或 table。"`
}

// Run prints what can be scored and what is wrong. It ends with 1 where the scheme cannot be read or nothing at all could be scored.
func (s *scoreCmd) Run(_ context.Context, o *out) error {
	text, err := os.ReadFile(s.Scheme)
	if err != nil {
		b, ok := score.PackText(s.Scheme)
		if !ok {
			return s.refuse(o, "考核办法", fmt.Errorf("没有考核办法文件 %s；自带的样例有：%s", s.Scheme, strings.Join(score.Packs(), "、")))
		}
		text = b
	}
	data, problems, err := readData(s.Data)
	if err != nil {
		return s.refuse(o, "数据表", err)
	}
	scheme, err := score.ParseFor(text, data.Names())
	if err != nil {
		return s.refuse(o, "考核办法", err)
	}
	if s.Period != "" {
		p, ok := score.Period(s.Period)
		if !ok {
			return s.refuse(o, "时段", fmt.Errorf("时段“%s”看不懂，请写成 2026-03、2026Q1 或 2026", s.Period))
		}
		data.Period = p
	}
	res := score.Apply(scheme, data)
	if len(data.Rows) == 0 && len(problems) == 0 {
		problems = append(problems, score.Problem{Level: score.Error, Where: "数据表", Message: "表头下面没有一行数据，没有可以计分的内容"})
	}
	var advice []score.Problem
	for _, p := range score.Check(scheme) {
		p.Where = "考核办法" + p.Where
		if p.Level == score.Error {
			problems = append(problems, p)
		} else {
			advice = append(advice, p)
		}
	}
	res.Problems = append(problems, res.Problems...)
	if s.Format == "json" {
		if _, err := o.stdout.Write(append(res.JSON(), '\n')); err != nil {
			return err
		}
	} else {
		fmt.Fprint(o.stdout, res.Text())
	}
	for _, p := range advice {
		fmt.Fprintln(o.stderr, p.String())
	}
	for _, g := range res.Groups {
		if len(g.Rows) > 0 {
			return nil
		}
	}
	return fmt.Errorf("没有一个单位可以计分：%s", first(res.Problems))
}

// first is the gravest problem, for the last line that a person reads.
func first(list []score.Problem) string {
	for _, p := range list {
		if p.Level == score.Error {
			return p.String()
		}
	}
	if len(list) > 0 {
		return list[0].String()
	}
	return "数据表里没有数据"
}

// refuse tells why nothing is scored: in JSON as well, so that a program that reads the output finds the sentences there.
func (s *scoreCmd) refuse(o *out, where string, err error) error {
	if s.Format == "json" {
		r := score.Result{Problems: score.AsSyntax(err)}
		if len(r.Problems) == 0 {
			r.Problems = []score.Problem{{Level: score.Error, Where: where, Message: sentence(err)}}
		}
		o.stdout.Write(append(r.JSON(), '\n'))
	}
	return err
}

// readData reads a data table by what the file is, not by what it is called.
func readData(name string) (score.Data, []score.Problem, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return score.Data{}, nil, fmt.Errorf("读不了数据表 %s，请检查文件名和权限", name)
	}
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), ole.Is(b):
		return readBook(b)
	}
	if head := bytes.ToLower(b[:min(len(b), 512)]); bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<table")) {
		return score.Data{}, nil, fmt.Errorf("%s 其实是一个网页（有的系统导出的“Excel”就是这样）。请用 WPS 或 Office 打开，另存为 .xlsx 或 CSV", name)
	}
	d, p := score.ReadCSV(bytes.NewReader(b))
	return d, p, nil
}

// readBook reads every visible sheet that has the heading of a data table; where none has, the first one says what is missing.
func readBook(b []byte) (score.Data, []score.Problem, error) {
	names, err := xlsx.Names(bytes.NewReader(b))
	if err != nil {
		return score.Data{}, nil, err
	}
	var d score.Data
	var problems, lost []score.Problem
	read := 0
	for i, n := range names {
		sheet, err := xlsx.Read(bytes.NewReader(b), n)
		if err != nil {
			return d, nil, err
		}
		part, bad := score.ReadTable(laid(sheet))
		if len(part.Rows) == 0 && i > 0 && len(names) > 1 || len(part.Rows) == 0 && len(names) > 1 && unheaded(bad) {
			if lost == nil {
				lost = bad
			}
			continue
		}
		read++
		where := ""
		if len(names) > 1 {
			where = "工作表“" + n + "”"
		}
		for _, w := range sheet.Warnings {
			bad = append(bad, score.Problem{Level: score.Warning, Where: "工作表“" + n + "”", Message: w})
		}
		for _, p := range sheet.Problems {
			bad = append(bad, score.Problem{Level: score.Warning, Where: fmt.Sprintf("第%d行", sheet.RowNums[p.Row]), Message: p.Message})
		}
		for _, p := range bad {
			if where != "" && !strings.HasPrefix(p.Where, "工作表") {
				p.Where = where + p.Where
			}
			problems = append(problems, p)
		}
		d.Rows = append(d.Rows, part.Rows...)
	}
	if read == 0 {
		problems = lost
	}
	return d, problems, nil
}

func unheaded(bad []score.Problem) bool {
	for _, p := range bad {
		if strings.Contains(p.Message, "表头") || strings.Contains(p.Message, "表格是空的") {
			return true
		}
	}
	return false
}

// laid puts a sheet's rows at their own numbers, so that messages name the row that the spreadsheet shows, and repeats the words of a cell
// that was merged over several rows. Numbers are not repeated: a sum over three rows is not three sums.
func laid(s xlsx.Sheet) [][]string {
	for _, m := range s.Merges {
		if m.Row >= len(s.Cells) || m.Col >= len(s.Cells[m.Row]) {
			continue
		}
		text := s.Cells[m.Row][m.Col]
		if r, _ := utf8.DecodeRuneInString(text); text == "" || strings.ContainsRune("0123456789.-+", r) {
			continue
		}
		for i := m.Row + 1; i < min(m.Row+m.Rows, len(s.Cells)); i++ {
			if s.Cells[i][m.Col] == "" {
				s.Cells[i][m.Col] = text
			}
		}
	}
	var out [][]string
	for i, c := range s.Cells {
		for len(out) < s.RowNums[i]-1 {
			out = append(out, nil)
		}
		out = append(out, c)
	}
	return out
}

package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/office/xlsx"
)

type scoreCmd struct {
	Scheme string `required:"" placeholder:"文件" help:"考核办法（YAML），或者自带样例的名称。"`
	Data   string `required:"" placeholder:"文件" help:"数据表（.csv 或 .xlsx）：单位,组别,指标,时段,完成值,目标值,事件,次数。"`
	Format string `enum:"json,table" default:"table" help:"输出格式：json 或 table。"`
}

func (s *scoreCmd) Run(_ context.Context, o *out) error {
	text, err := os.ReadFile(s.Scheme)
	if err != nil {
		b, ok := score.PackText(s.Scheme)
		if !ok {
			return fmt.Errorf("没有考核办法文件 %s；自带的样例有：%s", s.Scheme, strings.Join(score.Packs(), "、"))
		}
		text = b
	}
	scheme, err := score.Parse(text)
	if err != nil {
		return err
	}
	data, problems, err := readData(s.Data)
	if err != nil {
		return err
	}
	res := score.Compute(scheme, data)
	res.Problems = append(problems, res.Problems...)
	if s.Format == "json" {
		_, err = o.stdout.Write(res.JSON())
		fmt.Fprintln(o.stdout)
		return err
	}
	fmt.Fprint(o.stdout, res.Text())
	for _, p := range score.Check(scheme) {
		fmt.Fprintln(o.stderr, "考核办法："+p.String())
	}
	return nil
}

func readData(name string) (score.Data, []score.Problem, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return score.Data{}, nil, fmt.Errorf("读不了数据表：%w", err)
	}
	if strings.EqualFold(filepath.Ext(name), ".xlsx") {
		sheet, err := xlsx.Read(bytes.NewReader(b), "")
		if err != nil {
			return score.Data{}, nil, err
		}
		d, p := score.ReadTable(sheet.Cells)
		return d, p, nil
	}
	d, p := score.ReadCSV(bytes.NewReader(b))
	return d, p, nil
}

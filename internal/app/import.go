package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/office/docx"
	"duban/internal/web/importfile"
)

type importCmd struct {
	Tasks importTasksCmd `cmd:"" help:"任务分解：.txt .docx .doc .wps 文本，或 .xlsx .xls .et .csv 表格。"`
}

type importTasksCmd struct {
	File   string `arg:"" help:"要导入的文件。"`
	DryRun bool   `help:"只读不存：看程序读出了什么。"`
	Format string `enum:"json,table" default:"table" help:"输出格式：json 或 table。"`
	Year   int    `help:"“年底前”是哪一年；默认从文件里认。"`
}

func (i *importTasksCmd) Run(_ context.Context, o *out) error {
	if !i.DryRun {
		return fmt.Errorf("存入要在网页上做：先看清每一行，再整批存入，可以整批撤销（攻坚行动 → 导入任务书）。只看读出了什么，请加 --dry-run")
	}
	b, err := readUpload(i.File)
	if err != nil {
		return err
	}
	res, err := importfile.Read(filepath.Base(i.File), b, breakdown.Options{Year: i.Year})
	if err != nil {
		return err
	}
	if i.Format == "json" {
		for k := range res.Tasks { // where a problem is, it says itself
			res.Tasks[k].Columns = nil
		}
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(res); err != nil {
			return err
		}
		_, err = o.stdout.Write(buf.Bytes())
		return err
	}
	for _, t := range res.Tasks {
		fmt.Fprintf(o.stdout, "%s\t%s\n\t牵头：%s\n\t配合：%s\n\t时限：%s（%s）\n", t.No, t.Text, strings.Join(t.LeadUnits, "、"), strings.Join(t.SupportUnits, "、"), t.Deadline, t.DeadlineText)
	}
	fmt.Fprintf(o.stdout, "共 %d 项任务，%d 处要看。\n", len(res.Tasks), len(res.Problems))
	for _, p := range res.Problems {
		fmt.Fprintln(o.stdout, p.Message)
	}
	return nil
}

// readUpload reads a file within the bounds of an upload.
func readUpload(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("读不了文件：%w", err)
	}
	defer f.Close()
	return docx.ReadUpload(f)
}

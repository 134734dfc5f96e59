package calendar

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/internal/base/errs"
	"duban/internal/base/period"
)

//go:embed preset/*.csv
var presets embed.FS

// preset is a notice that comes with the program.
type preset struct {
	Year
	Days []Day
}

func loadPresets() ([]preset, error) {
	names, err := fs.Glob(presets, "preset/*.csv")
	if err != nil {
		return nil, err
	}
	var out []preset
	for _, name := range names {
		b, err := presets.ReadFile(name)
		if err != nil {
			return nil, err
		}
		y, v, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".csv"), "-")
		year, err1 := strconv.Atoi(y)
		version, err2 := strconv.ParseInt(v, 10, 64)
		head, _, _ := strings.Cut(string(b), "\n")
		days, err3 := parseDays(year, b)
		if err1 != nil || err2 != nil || err3 != nil {
			return nil, fmt.Errorf("calendar: %s: %v %v %v", name, err1, err2, err3)
		}
		out = append(out, preset{Year{year, version, strings.TrimPrefix(head, "# ")}, days})
	}
	return out, nil
}

// maxImport bounds an import file; a year's arrangement is a few kilobytes.
const maxImport = 1 << 20

// parseDays reads a year's arrangement: one day a line, 日期,类别,名称; lines that begin with # and the heading are passed over.
// The text may be UTF-8 or, as Chinese spreadsheets save it, GB18030.
func parseDays(year int, b []byte) ([]Day, error) {
	if !utf8.Valid(b) {
		if d, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b); err == nil {
			b = d
		}
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff")))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	var out []Day
	var bad []errs.Field
	seen := map[string]bool{}
	holidays := 0
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, &errs.Error{Kind: errs.Invalid, Message: "这个文件不是逗号分隔的表格，请用模板另存为 CSV 再导入。", Cause: err}
		}
		line, _ := r.FieldPos(0)
		for i := range rec {
			rec[i] = strings.TrimSpace(rec[i])
		}
		if rec[0] == "日期" || rec[0] == "" {
			continue
		}
		d, why := parseDay(year, rec)
		if why == "" && seen[d.Day] {
			why = d.Day + " 出现了两次，请删去一行"
		}
		if why != "" {
			bad = append(bad, errs.Field{Name: "file", Message: fmt.Sprintf("第 %d 行：%s", line, why)})
			continue
		}
		seen[d.Day] = true
		if d.Kind == Holiday {
			holidays++
		}
		out = append(out, d)
	}
	if len(bad) == 0 && holidays == 0 {
		bad = append(bad, errs.Field{Name: "file", Message: "文件里一个法定节假日也没有，请核对是不是国务院办公厅的放假安排"})
	}
	if len(bad) > 0 {
		return nil, errs.Refuse(fmt.Sprintf("有 %d 处要改", len(bad)), bad...)
	}
	return out, nil
}

func parseDay(year int, rec []string) (Day, string) {
	if len(rec) < 2 {
		return Day{}, "要有日期和类别两列"
	}
	t, err := time.ParseInLocation("2006-1-2", strings.NewReplacer("/", "-", "年", "-", "月", "-", "日", "").Replace(rec[0]), period.Beijing)
	if err != nil {
		return Day{}, fmt.Sprintf("“%s”不是日期，请写成 %d-01-01 的样子", rec[0], year)
	}
	d := Day{Day: period.Day(t)}
	if t.Year() != year {
		return d, fmt.Sprintf("%s 不在 %d 年内，请另外给 %d 年补一版", d.Day, year, t.Year())
	}
	switch rec[1] {
	case "休息日", "调休", "放假":
		d.Kind = Rest
	case "法定节假日":
		d.Kind = Holiday
	case "补班", "上班", "调休上班":
		d.Kind = Makeup
		if t.Weekday() != time.Saturday && t.Weekday() != time.Sunday {
			return d, d.Day + " 本来就是工作日，不用补班，请核对日期"
		}
	default:
		return d, fmt.Sprintf("类别“%s”看不懂，请写休息日、法定节假日或补班", rec[1])
	}
	if len(rec) > 2 {
		d.Name = rec[2]
	}
	return d, ""
}

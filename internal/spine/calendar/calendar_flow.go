package calendar

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// Import is the permission to enter a State Council notice. The calendar serves every region of the installation.
var Import = auth.Permit("calendar.year.import", "导入放假安排", auth.SysAdmin)

// Service keeps the national calendar.
type Service struct {
	db *sqldb.DB

	mu    sync.Mutex
	stamp string
	last  *Calendar
}

// New returns the service.
func New(db *sqldb.DB) *Service { return &Service{db: db} }

// Seed enters the notices that come with the program and are not there yet. It is called at each start.
func (s *Service) Seed(ctx context.Context) error {
	list, err := loadPresets()
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, p := range list {
			n, err := tx.Exec(ctx, insertPreset, int64(p.Year.Year), p.Version, p.Document, tx.Now().UnixMilli())
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if err := insertDays(ctx, tx, p.Year, p.Days); err != nil {
				return err
			}
		}
		return nil
	})
}

func insertDays(ctx context.Context, tx *sqldb.Tx, y Year, days []Day) error {
	for _, d := range days {
		if _, err := tx.Exec(ctx, insertDay, int64(y.Year), y.Version, d.Day, string(d.Kind), d.Name); err != nil {
			return err
		}
	}
	return nil
}

// Load returns the calendar in force. It reads the days only if an arrangement has come in since the last call.
func (s *Service) Load(ctx context.Context) (c *Calendar, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error { c, err = s.LoadIn(ctx, tx); return err })
	return c, err
}

// LoadIn is Load inside the caller's transaction.
func (s *Service) LoadIn(ctx context.Context, tx *sqldb.Tx) (*Calendar, error) {
	years, err := sqldb.All(ctx, tx, selectYears, scanYear)
	if err != nil {
		return nil, err
	}
	stamp := stampOf(years)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && s.stamp == stamp {
		return s.last, nil
	}
	days, err := sqldb.All(ctx, tx, selectDays, scanDay)
	if err != nil {
		return nil, err
	}
	c := newCalendar(years, days)
	s.last, s.stamp = c, stamp
	return c, nil
}

func stampOf(years []Year) string {
	var b strings.Builder
	for _, y := range years {
		fmt.Fprintf(&b, "%d.%d ", y.Year, y.Version)
	}
	return b.String()
}

// ImportYear enters the arrangement of a year from a table of 日期,类别,名称, as a new version if the year is known already.
// Deadlines computed before keep theirs until they are recomputed; the ledger records the act.
func (s *Service) ImportYear(ctx context.Context, year int, document string, file io.Reader) (Year, error) {
	who, err := auth.Require(ctx, Import)
	if err != nil {
		return Year{}, err
	}
	var bad []errs.Field
	if year < 1949 || year > 2999 {
		bad = append(bad, errs.Field{Name: "year", Message: "请填四位数的年份"})
	}
	if document = strings.TrimSpace(document); document == "" {
		bad = append(bad, errs.Field{Name: "document", Message: "请填通知的文号，例如 国办发明电〔2025〕7号"})
	}
	if err := errs.Refuse("填写有误", bad...); err != nil {
		return Year{}, err
	}
	b, err := io.ReadAll(io.LimitReader(file, maxImport+1))
	if err != nil {
		return Year{}, err
	}
	if len(b) > maxImport {
		return Year{}, errs.At("file", "文件太大，一年的放假安排只有几十行")
	}
	days, err := parseDays(year, b)
	if err != nil {
		return Year{}, err
	}
	y := Year{Year: year, Document: document}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if y.Version, err = sqldb.One(ctx, tx, insertYear, sqldb.Int64, int64(year), document, tx.Now().UnixMilli()); err != nil {
			return err
		}
		if err := insertDays(ctx, tx, y, days); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: "calendar.year", ID: int64(year)}, "import", map[string]any{"version": y.Version, "document": document, "days": days})
	})
	return y, err
}

package indicator

import (
	"context"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/receipt"
)

// MayCertify guards the entry of certified values by the data source.
var MayCertify = auth.Permit("indicator.reading.certify", "认定指标数值", auth.Source)

// MaxRows bounds one bulk certification.
const MaxRows = 1000

// Service is the use case of the data source (数据来源): it certifies values.
type Service struct {
	db     *sqldb.DB
	book   *Book
	owners func(ctx context.Context, tx *sqldb.Tx, regionID int64, list []Sheet) (map[int64]Owner, error)
	follow func(ctx context.Context, tx *sqldb.Tx, regionID int64, h Sheet) error
}

// New returns a Service.
func New(db *sqldb.DB, book *Book) *Service { return &Service{db: db, book: book} }

// Naming tells how indicators are named by their tasks; it is called while the program is put together.
func (s *Service) Naming(fn func(ctx context.Context, tx *sqldb.Tx, regionID int64, list []Sheet) (map[int64]Owner, error)) {
	s.owners = fn
}

// Following tells what follows from a certification in its own transaction, such as the light of the task; it is called while the program is put together.
func (s *Service) Following(fn func(ctx context.Context, tx *sqldb.Tx, regionID int64, h Sheet) error) {
	s.follow = fn
}

// Certify enters the certified value (认定) of a month: only the indicator's data source may, with its source named.
// A correction is another certification with its reason; the earlier row stays.
// Source: domain 15.3 (统计法 7).
func (s *Service) Certify(ctx context.Context, indicatorID int64, m period.Month, v amount.Scaled, source, note string) (r Reading, err error) {
	who, err := auth.Require(ctx, MayCertify)
	if err != nil {
		return r, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		r, err = s.certify(ctx, tx, who, Certification{IndicatorID: indicatorID, Month: m, Value: v, Source: source, Note: note})
		return err
	})
	return r, err
}

// CertifyOnce is Certify by a form: sent twice with the same key it counts once, and the second answer is that of the first.
func (s *Service) CertifyOnce(ctx context.Context, key string, c Certification) (r Reading, err error) {
	who, err := auth.Require(ctx, MayCertify)
	if err != nil {
		return r, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		done, dup, err := receipt.Take(ctx, tx, who, key, string(MayCertify))
		if err != nil {
			return err
		}
		if dup {
			r, err = sqldb.One(ctx, tx, selectReading, scanReading, who.RegionID, id.Parse(done))
			return err
		}
		if r, err = s.certify(ctx, tx, who, c); err != nil {
			return err
		}
		return receipt.Give(ctx, tx, who, key, id.Format(r.ID))
	})
	return r, err
}

// Refusal is a row of a bulk certification that was not entered.
type Refusal struct {
	Row int // its index in the list
	Err error
}

// CertifyMany enters many certifications in one transaction: the good rows are kept, the others come back with the reason. A row that
// says what is certified already enters nothing and is not counted. A repetition with the same key enters nothing and returns the first count.
func (s *Service) CertifyMany(ctx context.Context, key string, list []Certification) (done int, refused []Refusal, err error) {
	who, err := auth.Require(ctx, MayCertify)
	if err != nil {
		return 0, nil, err
	}
	if len(list) > MaxRows {
		return 0, nil, errs.New(errs.Invalid, "一次最多认定 %d 行，现在是 %d 行。请分几次粘贴。", MaxRows, len(list))
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		done, refused = 0, nil
		earlier, dup, err := receipt.Take(ctx, tx, who, key, string(MayCertify)+".many")
		if err != nil {
			return err
		}
		if dup {
			done, err = strconv.Atoi(earlier)
			return err
		}
		for i, c := range list {
			old, err := ValueOf(ctx, tx, who.RegionID, c.IndicatorID, c.Month)
			if err != nil {
				return err
			}
			if c.Same(old) {
				continue
			}
			_, err = s.certify(ctx, tx, who, c)
			switch errs.KindOf(err) { // all of these are found before anything is written
			case errs.Invalid, errs.Forbidden, errs.NotFound:
				refused = append(refused, Refusal{i, err})
				continue
			}
			if err != nil {
				return err
			}
			done++
		}
		return receipt.Give(ctx, tx, who, key, strconv.Itoa(done))
	})
	return done, refused, err
}

// certify enters one certified value. Two of the same indicator wait for each other, so that the second sees that it is a correction.
func (s *Service) certify(ctx context.Context, tx *sqldb.Tx, who auth.Actor, c Certification) (Reading, error) {
	if _, err := tx.Exec(ctx, lockIndicator, who.RegionID, c.IndicatorID); err != nil {
		return Reading{}, err
	}
	h, err := Get(ctx, tx, who.RegionID, c.IndicatorID)
	if err != nil {
		return Reading{}, err
	}
	if h.SourceUnitID == 0 || !who.InUnit(h.SourceUnitID) {
		return Reading{}, errs.New(errs.Forbidden, "“%s”的数据来源不是您单位，您不能认定。", h.Name)
	}
	if h.UnitID == h.SourceUnitID || h.UnitID == who.UnitID { // 认定 outranks what supervision saw: nobody gives it to himself
		return Reading{}, errs.New(errs.Forbidden, "“%s”由您本单位完成，自己完成的数不能自己认定。请督查室另定数据来源单位。", h.Name)
	}
	c.Source, c.Note = strings.TrimSpace(c.Source), strings.TrimSpace(c.Note)
	old := Value{}
	if c.Month.Valid() {
		if old, err = ValueOf(ctx, tx, who.RegionID, c.IndicatorID, c.Month); err != nil {
			return Reading{}, err
		}
	}
	if err := c.Check(h, old, tx.Now()); err != nil {
		return Reading{}, err
	}
	r, err := s.book.Record(ctx, tx, who, Reading{IndicatorID: c.IndicatorID, Period: c.Month, Kind: Certified, Value: c.Value, Source: c.Source, Note: c.Note})
	if err != nil || s.follow == nil {
		return r, err
	}
	return r, s.follow(ctx, tx, who.RegionID, h)
}

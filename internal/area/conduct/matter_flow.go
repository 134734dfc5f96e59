package conduct

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/ledger"
	"duban/internal/spine/outbox"
)

// listen keeps what the facts of supervision tell of each finding and order. Facts come in no promised order, so each sets what is its own and nothing else.
func (s *Service) listen() {
	for _, kind := range []string{"finding", "order"} {
		s.out.Handle("supervision."+kind+".*", "conduct."+kind, func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact) error {
			return note(ctx, tx, kind, f)
		})
	}
}

// note takes in one fact.
func note(ctx context.Context, tx *sqldb.Tx, kind string, f outbox.Fact) error {
	var body struct {
		Unit  string `json:"unit"`
		DueOn string `json:"due_on"`
	}
	if err := json.Unmarshal(f.Body, &body); err != nil {
		return err
	}
	unit, err := strconv.ParseInt(body.Unit, 10, 64)
	if err != nil {
		return nil // a fact that is about no unit
	}
	id, at := f.Subject.ID, f.At.UnixMilli()
	switch f.Name[strings.LastIndexByte(f.Name, '.')+1:] {
	case "issued":
		_, err = tx.Exec(ctx, noteIssued, f.RegionID, kind, id, unit, body.DueOn, at)
	case "accepted":
		_, err = tx.Exec(ctx, noteAccepted, f.RegionID, kind, id, unit, at)
	case "reported", "replied":
		if _, err = tx.Exec(ctx, noteReported, f.RegionID, kind, id, unit, at); err == nil && kind == "finding" {
			err = cause(ctx, tx, f.RegionID, kind, f.Subject)
		}
	case "closed":
		_, err = tx.Exec(ctx, noteClosed, f.RegionID, kind, id, unit, at)
	case "reopened":
		_, err = tx.Exec(ctx, noteReopened, f.RegionID, kind, id, unit, at)
	}
	return err
}

// cause looks into the sealed row of a finding for what its report says of the cause.
func cause(ctx context.Context, tx *sqldb.Tx, regionID int64, kind string, subject ref.Ref) error {
	e, ok, err := ledger.LatestRow(ctx, tx, regionID, subject)
	if err != nil || !ok {
		return err
	}
	var row struct {
		Report string `json:"report"`
	}
	if err := json.Unmarshal(e.Row, &row); err != nil || row.Report == "" {
		return err
	}
	_, err = tx.Exec(ctx, noteCause, regionID, kind, subject.ID, !givesCause(row.Report))
	return err
}

// causeWords are the words by which people say why something went wrong.
var causeWords = []string{"原因", "因为", "由于", "因", "所致", "导致", "造成", "根源", "症结"}

// givesCause reports whether a text says why. It is a hint for people, as every signal is. It is pure.
func givesCause(text string) bool {
	for _, w := range causeWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

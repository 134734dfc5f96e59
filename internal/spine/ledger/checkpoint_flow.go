package ledger

import (
	"context"
	"crypto/rand"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// The permissions of the ledger (台账).
var (
	Read  = auth.Permit("ledger.entry.read", "查阅台账", auth.Leader, auth.Supervisor, auth.Appraiser, auth.Auditor)
	Audit = auth.Permit("ledger.verify", "核验台账", auth.Supervisor, auth.Appraiser, auth.Auditor, auth.AudAdmin)
)

// Service signs checkpoints, proves and verifies. Append needs none.
type Service struct{ db *sqldb.DB }

// New returns the service.
func New(db *sqldb.DB) *Service { return &Service{db: db} }

// HeadIn returns the state of a region's ledger as the transaction sees it.
func HeadIn(ctx context.Context, tx *sqldb.Tx, regionID int64) (Head, error) {
	row, _, err := sqldb.Maybe(ctx, tx, selectHead, scanSizeEdge, regionID)
	if err != nil {
		return Head{}, err
	}
	e, err := parseEdge(row.size, row.edge)
	return Head{RegionID: regionID, Size: row.size, Root: e.root()}, err
}

// PublicKey returns the installation's public key, one line, to be handed to whoever keeps checkpoints. The first call makes the key.
func (s *Service) PublicKey(ctx context.Context) (string, error) {
	k, ok, err := s.stored(ctx)
	if err != nil || ok {
		return k.public, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error { k, err = ensureSigning(ctx, tx); return err })
	return k.public, err
}

func (s *Service) stored(ctx context.Context) (k signingRow, ok bool, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		k, ok, err = sqldb.Maybe(ctx, tx, selectSigning, scanSigning, keyName)
		return err
	})
	return k, ok, err
}

// ensureSigning returns the installation's key and makes the first one; of two at once the first stands. A key that has signed and is gone is not
// replaced in silence: that takes a handover.
func ensureSigning(ctx context.Context, tx *sqldb.Tx) (signingRow, error) {
	k, ok, err := sqldb.Maybe(ctx, tx, selectSigning, scanSigning, keyName)
	if err != nil || ok {
		return k, err
	}
	if _, signed, err := sqldb.Maybe(ctx, tx, anyCheckpoint, scanCheckpoint); err != nil || signed {
		if err == nil {
			err = errMissing()
		}
		return k, err
	}
	private, public, err := note.GenerateKey(rand.Reader, keyName)
	if err != nil {
		return k, err
	}
	if _, err := tx.Exec(ctx, insertSigning, keyName, private, public, tx.Now().UnixMilli()); err != nil {
		return k, err
	}
	return sqldb.One(ctx, tx, selectSigning, scanSigning, keyName)
}

// Checkpoint signs the head of a region (签封). If nothing was added since the last one, it returns that.
func (s *Service) Checkpoint(ctx context.Context, regionID int64) (c Checkpoint, err error) {
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error { c, err = s.CheckpointIn(ctx, tx, regionID); return err })
	return c, err
}

// CheckpointIn is Checkpoint inside the caller's transaction: at a publication, after its Append. Show nobody the note before the transaction is durable.
func (s *Service) CheckpointIn(ctx context.Context, tx *sqldb.Tx, regionID int64) (Checkpoint, error) {
	h, k, err := headToSign(ctx, tx, regionID)
	if err != nil {
		return Checkpoint{}, err
	}
	signer, err := note.NewSigner(k.private)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: the signing key is damaged: %w", err)
	}
	c := Checkpoint{Head: h, At: tx.Now()}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return Checkpoint{}, err
	}
	c.Note = string(signed)
	n, err := tx.Exec(ctx, insertCheckpoint, regionID, c.Size, c.At.UnixMilli(), c.Note)
	if err != nil || n == 1 {
		return c, err
	}
	row, err := sqldb.One(ctx, tx, selectCheckpoint, scanCheckpoint, regionID, c.Size)
	if err != nil {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(row.note, k.public)
}

// headToSign returns a region's head and the key that signs it. They are read at one instant, so that no key signs what it has handed over meanwhile.
func headToSign(ctx context.Context, tx *sqldb.Tx, regionID int64) (Head, signingRow, error) {
	row, ok, err := sqldb.Maybe(ctx, tx, headAndKey, scanHeadKey, regionID, keyName)
	if err == nil && !ok { // no ledger, or no key yet
		h, err := HeadIn(ctx, tx, regionID)
		if err != nil {
			return Head{}, signingRow{}, err
		}
		if h.Size == 0 {
			return Head{}, signingRow{}, errs.New(errs.NotFound, "台账里还没有记录。")
		}
		k, err := ensureSigning(ctx, tx)
		return h, k, err
	}
	if err != nil {
		return Head{}, signingRow{}, err
	}
	if row.size == 0 {
		return Head{}, signingRow{}, errs.New(errs.NotFound, "台账里还没有记录。")
	}
	e, err := parseEdge(row.size, row.edge)
	return Head{RegionID: regionID, Size: row.size, Root: e.root()}, row.signingRow, err
}

// CheckpointAll signs the heads of all regions that have moved since their last checkpoint. It is the job of every minute.
func (s *Service) CheckpointAll(ctx context.Context) error {
	var moved []int64
	err := s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		moved, err = sqldb.All(ctx, tx, listMoved, sqldb.Int64)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range moved {
		if _, err := s.Checkpoint(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// Checkpoints lists the latest checkpoints of a region, the latest first, at most 500, of the actor's own region.
func (s *Service) Checkpoints(ctx context.Context, limit int) (out []Checkpoint, err error) {
	who, err := auth.Require(ctx, Audit)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		k, _, err := sqldb.Maybe(ctx, tx, selectSigning, scanSigning, keyName)
		if err != nil {
			return err
		}
		ch, _, err := readChain(ctx, tx, k.public)
		if err != nil {
			return err
		}
		list, err := handovers(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		out = nil
		rows, err := sqldb.All(ctx, tx, lastCheckpoints, scanCheckpoint, who.RegionID, int64(min(max(limit, 1), 500)))
		for _, r := range rows {
			c, err := ParseCheckpoint(r.note, ch.at(list, r.size))
			if err != nil { // Verify says what is wrong with it
				c = Checkpoint{Head: Head{RegionID: who.RegionID, Size: r.size}, Note: r.note}
			}
			out = append(out, c)
		}
		return err
	})
	return out, err
}

// List lists the entries of the actor's region for those who may read all of them.
func (s *Service) List(ctx context.Context, f Filter) (out []Entry, err error) {
	who, err := auth.Require(ctx, Read)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error { out, err = Entries(ctx, tx, who.RegionID, f); return err })
	return out, err
}

// Prove returns the proof that the tree of the given size holds entry seq. See CheckInclusion, where the index is seq-1.
func Prove(ctx context.Context, tx *sqldb.Tx, regionID, seq, size int64) ([]tlog.Hash, error) {
	return tlog.ProveRecord(size, seq-1, stored(ctx, tx, regionID))
}

// ProveConsistency returns the proof that the tree of the older size is the beginning of that of the newer. See CheckConsistency.
func ProveConsistency(ctx context.Context, tx *sqldb.Tx, regionID, older, newer int64) ([]tlog.Hash, error) {
	return tlog.ProveTree(newer, older, stored(ctx, tx, regionID))
}

// stored reads hashes of the tree: those that an entry completed stand packed in its row.
func stored(ctx context.Context, tx *sqldb.Tx, regionID int64) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, 0, len(indexes))
		for _, i := range indexes {
			level, n := tlog.SplitStoredHashIndex(i)
			row, err := sqldb.One(ctx, tx, selectEntry, scanRow, regionID, (n+1)<<level)
			if err != nil {
				return nil, err
			}
			hashes := parseHashes(row.hashes)
			if level >= len(hashes) {
				return nil, fmt.Errorf("ledger: entry %d lacks a hash", row.seq)
			}
			out = append(out, hashes[level])
		}
		return out, nil
	})
}

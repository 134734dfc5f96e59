package ledger

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
)

// Proof says what a proof bundle is to hold.
type Proof struct {
	About    string    // one line for the reader: 2017年一季度考核 城南镇
	Subjects []ref.Ref // every entry of these
	Seqs     []int64   // and these
	Kind     string    // of the payload; "" if there is none
	Payload  any
}

// maxProof bounds the entries of one bundle.
const maxProof = 10_000

// WriteBundle signs the region's head and writes a proof bundle (证明包) that VerifyBundle can check on any
// computer. It asks nobody's permission: the caller has asked who may see the subjects.
func (s *Service) WriteBundle(ctx context.Context, w io.Writer, regionID int64, p Proof) error {
	c, err := s.Checkpoint(ctx, regionID)
	if err != nil {
		return err
	}
	b := bundle{Format: bundleFormat, About: p.About, Checkpoint: c.Note, Kind: p.Kind}
	if p.Kind != "" {
		if b.Payload, err = json.Marshal(p.Payload); err != nil {
			return err
		}
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		k, _, err := sqldb.Maybe(ctx, tx, selectSigning, scanSigning, keyName)
		if err != nil {
			return err
		}
		keys, _, err := readChain(ctx, tx, k.public)
		if err != nil {
			return err
		}
		list, err := handovers(ctx, tx, regionID)
		if err != nil {
			return err
		}
		b.Key = keys.at(list, c.Size) // the key may have changed since the checkpoint
		for _, h := range keys.past {
			if h.Old == b.Key {
				break
			}
			b.Handovers = append(b.Handovers, h.Note)
		}
		seqs, err := seqsOf(ctx, tx, regionID, p, c.Size)
		if err != nil {
			return err
		}
		if len(seqs) == 0 {
			return errs.New(errs.NotFound, "台账里没有这些事项的记录，不能出具证明。")
		}
		if len(seqs) > maxProof {
			return errs.New(errs.Invalid, "记录太多，一份证明最多 %d 条，请分开出具。", maxProof)
		}
		for _, seq := range seqs {
			row, err := sqldb.One(ctx, tx, selectEntry, scanRow, regionID, seq)
			if err != nil {
				return err
			}
			proof, err := Prove(ctx, tx, regionID, seq, c.Size)
			if err != nil {
				return err
			}
			e := bundleEntry{Seq: seq, Text: row.text, Proof: []string{}}
			for _, h := range proof {
				e.Proof = append(e.Proof, h.String())
			}
			b.Entries = append(b.Entries, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(b)
}

// seqsOf returns the numbers of the entries that a bundle is to hold, in order, each once, none beyond the checkpoint.
func seqsOf(ctx context.Context, tx *sqldb.Tx, regionID int64, p Proof, size int64) ([]int64, error) {
	seqs := slices.Clone(p.Seqs)
	for _, at := range p.Subjects {
		for f := (Filter{Subject: at, Limit: 500}); len(seqs) <= maxProof; {
			page, err := Entries(ctx, tx, regionID, f)
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				seqs = append(seqs, e.Seq)
			}
			f.Before = page[len(page)-1].Seq
		}
	}
	seqs = slices.DeleteFunc(seqs, func(n int64) bool { return n < 1 || n > size })
	slices.Sort(seqs)
	return slices.Compact(seqs), nil
}

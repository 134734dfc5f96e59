package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// mostHandovers bounds what a forged number can make the program count to.
const mostHandovers = 10_000

// KeyChange is what whoever changes the signing key says.
type KeyChange struct {
	Reason     string
	WithoutOld bool   // the old key is lost or leaked: it does not sign, and the reason must be given
	OldKey     string // the old public key, if the database has lost that too
}

// ChangeKeyIn makes a new signing key and hands the ledgers of all regions over to it (换签名钥): the old key signs each ledger's head a last time, an
// entry of every ledger holds the handover that both keys have signed, and the new key signs what it takes over. The old private key is overwritten. It is
// an act of the installation, at the machine, and asks for no permission. Regions are those that have a ledger. Errors: Invalid (field reason), Conflict.
func (s *Service) ChangeKeyIn(ctx context.Context, tx *sqldb.Tx, ch KeyChange) (h Handover, regions []int64, err error) {
	if h.Reason, err = checkReason(ch.Reason, ch.WithoutOld); err != nil {
		return h, nil, err
	}
	if _, err := tx.Exec(ctx, lockSigning, keyName); err != nil {
		return h, nil, err
	}
	old, ok, err := sqldb.Maybe(ctx, tx, selectSigningSince, scanSigningSince, keyName)
	if err != nil {
		return h, nil, err
	}
	if !ok {
		if old.public, err = lostKey(ctx, tx, ch); err != nil {
			return h, nil, err
		}
	}
	c, bad, err := readChain(ctx, tx, old.public)
	if err != nil {
		return h, nil, err
	}
	if len(bad) > 0 {
		return h, nil, errs.New(errs.Conflict, "以前换签名钥的登记对不上，先用 duban verify 查清，再换。第一处：%s", bad[0])
	}
	h.No, h.At, h.Old = int64(len(c.past))+1, tx.Now(), old.public
	var passing note.Signer
	if !ch.WithoutOld {
		if !paired(old.signingRow) {
			return h, nil, errs.New(errs.Conflict, "旧私钥已损坏，签不了交接。请从备份恢复 ledger_signing 表；恢复不了，加 --without-old 并用 --reason 写明原因。")
		}
		if passing, err = note.NewSigner(old.private); err != nil {
			return h, nil, err
		}
	}
	private, public, err := note.GenerateKey(rand.Reader, keyName)
	if err != nil {
		return h, nil, err
	}
	h.New = public
	taking, err := note.NewSigner(private)
	if err != nil {
		return h, nil, err
	}
	if regions, err = sqldb.All(ctx, tx, listHeads, sqldb.Int64); err != nil {
		return h, nil, err
	}
	for _, r := range regions { // nobody appends between the last checkpoint of the old key and the handover
		if _, err := tx.Exec(ctx, lockHead, r); err != nil {
			return h, nil, err
		}
		if !ch.WithoutOld {
			if _, err := s.CheckpointIn(ctx, tx, r); err != nil {
				return h, nil, err
			}
		}
	}
	if h.Note, err = signHandover(h, passing, taking); err != nil {
		return h, nil, err
	}
	if h, err = ParseHandover(h.Note); err != nil { // what cannot be read back must not be handed over to
		return h, nil, err
	}
	if _, err := tx.Exec(ctx, insertPast, h.No, h.Old, old.made, h.At.UnixMilli(), h.Note); err != nil {
		return h, nil, err
	}
	if _, err := tx.Exec(ctx, replaceSigning, keyName, private, public, h.At.UnixMilli()); err != nil {
		return h, nil, err
	}
	for _, r := range regions {
		if err := Append(ctx, tx, auth.Actor{RegionID: r}, ref.Ref{Kind: handoverKind, ID: h.No}, "hand_over", h.body()); err != nil {
			return h, nil, err
		}
		if _, err := s.CheckpointIn(ctx, tx, r); err != nil {
			return h, nil, err
		}
	}
	return h, regions, nil
}

// handoverBody is what an entry says of a handover: the note proves it, the rest is for reading.
type handoverBody struct {
	Note      string `json:"note"`
	Old       string `json:"old_key"`
	New       string `json:"new_key"`
	OldSigned bool   `json:"old_signed"`
	Reason    string `json:"reason"`
}

func (h Handover) body() handoverBody {
	return handoverBody{h.Note, h.Old, h.New, h.OldSigned, h.Reason}
}

// lostKey returns the public key of a database that has lost its signing key altogether, as whoever kept it elsewhere says: it must be the one that
// signed last.
func lostKey(ctx context.Context, tx *sqldb.Tx, ch KeyChange) (string, error) {
	last, ok, err := sqldb.Maybe(ctx, tx, anyCheckpoint, scanCheckpoint)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", errs.New(errs.NotFound, "还没有签名密钥，不用换。第一次签封时自己生成。")
	}
	if !ch.WithoutOld {
		return "", errMissing()
	}
	key := strings.TrimSpace(ch.OldKey)
	if key == "" {
		return "", errs.New(errs.Invalid, "库里连旧公钥也没有了。请用 --old-key 写上外面保存的旧公钥（签封文件里“公钥：”那一行）。")
	}
	if _, err := ParseCheckpoint(last.note, key); err != nil {
		return "", errs.New(errs.Invalid, "您写的旧公钥与库里最后一份签封不符：%s", errs.Say(err))
	}
	return key, nil
}

func errMissing() error {
	return errs.New(errs.Conflict, "库里有签封，签名密钥却不见了。请从备份恢复 ledger_signing 表；恢复不了，用 duban key change --without-old 换新钥。")
}

// readChain reads the keys up to current, and a sentence for each thing about them that cannot be.
func readChain(ctx context.Context, tx *sqldb.Tx, current string) (c chain, bad []string, err error) {
	c.current = current
	rows, err := sqldb.All(ctx, tx, allPast, scanPast)
	if err != nil {
		return c, nil, err
	}
	for _, row := range rows {
		if row.no < 1 || row.no > mostHandovers {
			bad = append(bad, fmt.Sprintf("第 %d 次换签名钥的登记编号不对。", row.no))
			continue
		}
		for no := int64(len(c.past)) + 1; no < row.no; no++ {
			c.past = append(c.past, Handover{})
			bad = append(bad, fmt.Sprintf("第 %d 次换签名钥的登记不见了。", no))
		}
		h, err := ParseHandover(row.note)
		switch {
		case err != nil:
			bad = append(bad, fmt.Sprintf("第 %d 次换签名钥不可信：%s", row.no, errs.Say(err)))
			h = Handover{Old: row.key}
		case h.No != row.no || h.Old != row.key || h.At.UnixMilli() != row.ended:
			bad = append(bad, fmt.Sprintf("第 %d 次换签名钥与它自己的登记不一致，登记被改动过。", row.no))
		}
		c.past = append(c.past, h)
	}
	seen := map[string]bool{}
	for i, h := range c.past {
		next := c.current
		if i+1 < len(c.past) {
			next = c.past[i+1].Old
		}
		if h.No != 0 && next != "" && h.New != next {
			bad = append(bad, fmt.Sprintf("第 %d 次换签名钥换上的公钥，不是以后用的那一个：公钥被调换过，或者少了一次换钥。", i+1))
		}
		if h.Old != "" && seen[h.Old] {
			bad = append(bad, fmt.Sprintf("第 %d 次换下的签名钥以前用过，不能再用。", i+1))
		}
		seen[h.Old] = true
	}
	if c.current != "" && seen[c.current] {
		bad = append(bad, "现在的签名钥是以前换下的，不能再用。")
	}
	return c, bad, nil
}

// handovers finds where in a region's ledger the signing key changed.
func handovers(ctx context.Context, tx *sqldb.Tx, regionID int64) (list []handed, err error) {
	rows, err := sqldb.All(ctx, tx, selectHandovers, scanRow, regionID)
	for _, r := range rows {
		list = append(list, handed{r.seq, r.id})
	}
	return list, err
}

// Handovers lists the changes of the signing key, the first one first, and returns the public key that signs now, "" if none was ever made. It asks nobody's
// permission: public keys are public.
func (s *Service) Handovers(ctx context.Context) (list []Handover, current string, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		k, _, err := sqldb.Maybe(ctx, tx, selectSigning, scanSigning, keyName)
		if err != nil {
			return err
		}
		c, _, err := readChain(ctx, tx, k.public)
		list, current = nil, k.public
		for _, h := range c.past {
			if h.No != 0 { // Verify says what is wrong with the others
				list = append(list, h)
			}
		}
		return err
	})
	return list, current, err
}

// paired reports whether the halves of a key belong together.
func paired(k signingRow) bool {
	signer, err := note.NewSigner(k.private)
	if err != nil {
		return false
	}
	v, err := note.NewVerifier(k.public)
	if err != nil {
		return false
	}
	signed, err := note.Sign(&note.Note{Text: "duban\n"}, signer)
	if err != nil {
		return false
	}
	_, err = note.Open(signed, note.VerifierList(v))
	return err == nil
}

// handedOver holds what a region's ledger says of the changes of the signing key to what the installation says.
func (v *verification) handedOver(c chain, size, first int64) {
	at := map[int64]int64{}
	for _, e := range v.handed {
		no := e.Subject.ID
		var b handoverBody
		switch {
		case no < 1 || no > int64(len(c.past)) || c.past[no-1].No == 0:
			v.found("handover", Finding{Seq: e.Seq, Subject: e.Subject, Text: fmt.Sprintf("台账第 %d 号记录是第 %d 次换签名钥，库里没有可信的这次换钥的登记：登记被删改，或者是伪造的换钥。", e.Seq, no)})
			continue
		case at[no] != 0:
			v.found("handover", Finding{Seq: e.Seq, Subject: e.Subject, Text: fmt.Sprintf("第 %d 次换签名钥在台账里有两条记录：第 %d 号和第 %d 号。", no, at[no], e.Seq)})
		case json.Unmarshal(e.Body, &b) != nil || b != c.past[no-1].body():
			v.found("handover", Finding{Seq: e.Seq, Subject: e.Subject, Text: fmt.Sprintf("第 %d 次换签名钥的登记与台账第 %d 号记录不一致，登记被改动过。", no, e.Seq)})
		case no > 1 && at[no-1] == 0 && len(at) > 0:
			v.found("handover", Finding{Seq: e.Seq, Subject: e.Subject, Text: fmt.Sprintf("台账第 %d 号记录是第 %d 次换签名钥，前面没有第 %d 次。", e.Seq, no, no-1)})
		}
		at[no] = e.Seq
	}
	if size == 0 {
		return
	}
	for _, h := range c.past {
		if h.No != 0 && at[h.No] == 0 && first < h.At.UnixMilli() {
			v.found("handover", Finding{Text: fmt.Sprintf("第 %d 次换签名钥时本区划已有台账，台账里却没有这次换钥的记录：记录被删去，或者是伪造的换钥。", h.No)})
		}
	}
}

// checkpoint reads a checkpoint with the key that signed the ledger when it had that size; why says what is wrong.
func (v *verification) checkpoint(c chain, list []handed, signed string) (p Checkpoint, why string) {
	all := c.keys()
	var err error
	for _, key := range all {
		if p, err = ParseCheckpoint(signed, key); err != nil {
			continue
		}
		want := c.at(list, p.Size)
		if p.RegionID != v.region || want == key {
			return p, ""
		}
		for _, k := range all { // whichever of the two comes first
			if k == key {
				return p, "不可信：它是换下的旧钥签的，那时已经换了签名钥。"
			}
			if k == want {
				break
			}
		}
		return p, "不可信：它是后来的签名钥签的，那时还没有换。"
	}
	if err == nil {
		return p, "不可信：库里没有签名密钥。"
	}
	_, err = ParseCheckpoint(signed, c.at(list, 1<<62))
	return p, "不可信：" + errs.Say(err)
}

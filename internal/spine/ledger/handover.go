package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"duban/internal/base/errs"
	"duban/internal/base/period"
)

// handoverKind is the subject of the entry that each region's ledger holds of a handover: ledger.handover:1 is the first.
const handoverKind = "ledger.handover"

// handoverOrigin begins the signed text, so that no checkpoint can be taken for one.
const handoverOrigin = "duban-handover"

// routine is the reason of a handover of which none is given.
const routine = "例行更换"

// maxReason bounds the reason of a handover, in characters.
const maxReason = 200

// Handover is a change of the signing key (换签名钥): from it on the old key signs nothing any more. Both keys sign it, the old one that it
// passes the ledger on, the new one that it takes it. If the old key is lost or leaked only the new one signs, and a reason stands in the old one's
// place: then nobody who knows only the old key can tell whose the new one is, and every verification says so.
type Handover struct {
	No        int64 // 1, 2, 3, … in the installation
	At        time.Time
	Old, New  string // public keys
	Reason    string
	OldSigned bool   // false: 旧钥未签
	Note      string // signed note
}

func (h Handover) text() string {
	return fmt.Sprintf("%s\n%d\n%d\n%s\n%s\n%s\n", handoverOrigin, h.No, h.At.UnixMilli(), h.Old, h.New, h.Reason)
}

// String says in one line what changed, and plainly if the old key did not sign it.
func (h Handover) String() string {
	s := fmt.Sprintf("第 %d 次换签名钥：%s，旧公钥指纹 %s，新公钥指纹 %s，", h.No, h.At.In(period.Beijing).Format("2006-01-02 15:04"), Fingerprint(h.Old), Fingerprint(h.New))
	if !h.OldSigned {
		return s + "旧钥未签，原因：" + h.Reason + "。"
	}
	return s + "旧钥、新钥都签了名，原因：" + h.Reason + "。"
}

// checkReason returns the reason as it is signed: one line.
func checkReason(reason string, needed bool) (string, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	switch {
	case needed && reason == "":
		return "", errs.At("reason", "旧钥不签，就要写明原因：什么时候、怎么丢的或泄露的，谁批准换。")
	case reason == "":
		return routine, nil
	case len([]rune(reason)) > maxReason:
		return "", errs.At("reason", "原因最多 %d 个字，现在有 %d 个。", maxReason, len([]rune(reason)))
	case strings.ContainsFunc(reason, func(r rune) bool { return r < ' ' || r == '\uFFFD' }):
		return "", errs.At("reason", "原因里有看不见的字符，请重新输入。")
	}
	return reason, nil
}

// signHandover makes the signed note; an old key that is nil does not sign.
func signHandover(h Handover, old, fresh note.Signer) (string, error) {
	signers := []note.Signer{fresh}
	if old != nil {
		signers = []note.Signer{old, fresh}
	}
	signed, err := note.Sign(&note.Note{Text: h.text()}, signers...)
	return string(signed), err
}

// ParseHandover reads a signed handover and checks its signatures with the keys that it names: who those keys belong to it does not show.
func ParseHandover(signed string) (Handover, error) {
	bad := errs.New(errs.Invalid, "换签名钥的记录格式不对。")
	text, _, _ := strings.Cut(signed, "\n\n")
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] != handoverOrigin {
		return Handover{}, bad
	}
	no, err1 := strconv.ParseInt(lines[1], 10, 64)
	at, err2 := strconv.ParseInt(lines[2], 10, 64)
	h := Handover{No: no, At: time.UnixMilli(at), Old: lines[3], New: lines[4], Reason: lines[5], Note: signed}
	old, err3 := note.NewVerifier(h.Old)
	fresh, err4 := note.NewVerifier(h.New)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || no < 1 || h.Old == h.New {
		return Handover{}, bad
	}
	n, err := note.Open([]byte(signed), note.VerifierList(old, fresh))
	if err != nil {
		return Handover{}, &errs.Error{Kind: errs.Invalid, Message: "换签名钥的记录签名不对。", Cause: err}
	}
	if n.Text != h.text() {
		return Handover{}, bad
	}
	by := func(v note.Verifier) bool {
		return slices.ContainsFunc(n.Sigs, func(s note.Signature) bool { return s.Name == v.Name() && s.Hash == v.KeyHash() })
	}
	if h.OldSigned = by(old); !by(fresh) {
		return Handover{}, errs.New(errs.Invalid, "换签名钥的记录没有新钥的签名。")
	}
	if reason, err := checkReason(h.Reason, true); err != nil || reason != h.Reason {
		return Handover{}, errs.New(errs.Invalid, "换签名钥的记录没有写明原因。")
	}
	return h, nil
}

// chain is the installation's keys, from the first to the one that signs now.
type chain struct {
	past    []Handover // the first is number 1; one that is missing or unreadable is empty, or holds its old key only
	current string     // "" if no key was ever made
}

// keys lists the public keys, the first one first.
func (c chain) keys() (out []string) {
	for _, h := range c.past {
		if h.Old != "" {
			out = append(out, h.Old)
		}
	}
	if c.current != "" {
		out = append(out, c.current)
	}
	return out
}

// handed is where in a region's ledger a handover stands.
type handed struct{ seq, no int64 }

// at returns the key that signs a region's ledger of a size: before the entry of a handover the old one, from it on the new one. list is in order.
func (c chain) at(list []handed, size int64) string {
	for _, h := range list {
		if size < h.seq && h.no >= 1 && h.no <= int64(len(c.past)) {
			return c.past[h.no-1].Old
		}
	}
	return c.current
}

// trusted returns the keys that whoever holds some of them may believe: these, and whatever key one of them has handed the ledger to. stop is the handover
// beyond which nothing follows from them, nil if they lead to the key that signs now or are none of the installation's.
func (c chain) trusted(held []string) (ok map[string]bool, stop *Handover) {
	ok = map[string]bool{}
	for _, k := range held {
		ok[k] = true
	}
	for i := range c.past {
		h := &c.past[i]
		if ok[h.Old] && h.OldSigned {
			ok[h.New] = true
		} else if ok[h.Old] {
			stop = h
		}
	}
	if ok[c.current] {
		stop = nil
	}
	return ok, stop
}

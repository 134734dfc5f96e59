package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/errs"
)

// keyName is the name of the installation's signing key, as it stands in every signature.
const keyName = "duban"

// Head is the state of a region's ledger: how many entries, and the root of their tree.
type Head struct {
	RegionID int64
	Size     int64
	Root     tlog.Hash
}

// Code returns the short code (台账短码) that is printed on bulletins: the first 8 hexadecimal digits of the root and the number of entries, 3fa9c012-1587.
func (h Head) Code() string { return fmt.Sprintf("%x-%d", h.Root[:4], h.Size) }

// Checkpoint is a signed head (签封): the tree's size and root at an instant. Whoever keeps the note elsewhere can
// later show whether anything before it was changed.
type Checkpoint struct {
	Head
	At   time.Time
	Note string // signed note: four lines, an empty line, the signature
}

// text is what is signed, in the form of C2SP tlog-checkpoint: origin, size, root, and the instant in ms as an extension.
func (c Checkpoint) text() string {
	return fmt.Sprintf("duban/%d\n%d\n%s\n%d\n", c.RegionID, c.Size, c.Root, c.At.UnixMilli())
}

// ParseCheckpoint reads a signed note and checks its signature with the public key.
func ParseCheckpoint(signed, publicKey string) (Checkpoint, error) {
	v, err := note.NewVerifier(strings.TrimSpace(publicKey))
	if err != nil {
		return Checkpoint{}, &errs.Error{Kind: errs.Invalid, Message: "公钥不对，请粘贴完整的一行。", Cause: err}
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, &errs.Error{Kind: errs.Invalid, Message: "签封的签名与公钥不符。", Cause: err}
	}
	c := Checkpoint{Note: signed}
	lines := strings.Split(n.Text, "\n")
	if len(lines) == 5 {
		origin, ok := strings.CutPrefix(lines[0], "duban/")
		region, err1 := strconv.ParseInt(origin, 10, 64)
		size, err2 := strconv.ParseInt(lines[1], 10, 64)
		root, err3 := tlog.ParseHash(lines[2])
		at, err4 := strconv.ParseInt(lines[3], 10, 64)
		c.Head, c.At = Head{region, size, root}, time.UnixMilli(at)
		if ok && err1 == nil && err2 == nil && err3 == nil && err4 == nil && c.text() == n.Text {
			return c, nil
		}
	}
	return Checkpoint{}, errs.New(errs.Invalid, "签封的格式不对。")
}

// IsPublicKey reports whether a text is the whole line of a public key.
func IsPublicKey(text string) bool {
	_, err := note.NewVerifier(text)
	return err == nil
}

// Fingerprint returns what two people read to each other to compare public keys (公钥指纹): 32 hexadecimal digits in groups of four.
func Fingerprint(publicKey string) string {
	h := sha256.Sum256([]byte(strings.TrimSpace(publicKey)))
	s := hex.EncodeToString(h[:16])
	var out []string
	for i := 0; i < len(s); i += 4 {
		out = append(out, s[i:i+4])
	}
	return strings.Join(out, " ")
}

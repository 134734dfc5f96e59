package ledger

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
)

// bundleFormat names the form of a proof bundle.
const bundleFormat = "duban-proof/1"

// maxBundle bounds a bundle's file, in bytes.
const maxBundle = 64 << 20

// bundle is a proof bundle (证明包): one JSON file that shows, without any database, that entries stand in
// the ledger, and carries what they prove.
type bundle struct {
	Format     string          `json:"format"`
	About      string          `json:"about"`
	Key        string          `json:"key"`
	Checkpoint string          `json:"checkpoint"`
	Handovers  []string        `json:"handovers,omitempty"` // all changes of the signing key until then: they lead from a key that was kept earlier to this one
	Entries    []bundleEntry   `json:"entries"`
	Kind       string          `json:"kind,omitempty"`
	Payload    json.RawMessage `json:"payload,omitempty"`
}

type bundleEntry struct {
	Seq   int64    `json:"seq"`
	Text  string   `json:"text"`
	Proof []string `json:"proof"`
}

// BundleReport is what a proof bundle shows.
type BundleReport struct {
	About       string // as whoever made the bundle wrote it: nothing proves this line
	Head        Head
	At          time.Time  // when the checkpoint was signed
	Fingerprint string     // of the key that the bundle brings along
	Confirmed   bool       // the signature was checked with a key from elsewhere, or with one that such a key has handed the ledger to
	Held        string     // the fingerprint of that key from elsewhere, if it is not the one that signed
	Through     []Handover // the handovers from that key to the one that signed
	Entries     []Entry    // those that stand in the ledger
	Kind        string     // of the payload; "" if there is none
	Recomputed  bool       // the payload was checked by its area's own rules
	Findings    []string   // sentences; none means that the bundle holds
}

// OK reports whether nothing speaks against the bundle. A bundle whose signature is not confirmed can be OK: see Confirmed.
func (r BundleReport) OK() bool { return len(r.Findings) == 0 }

// String returns the report as the command line prints it.
func (r BundleReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "证明事项（出具人所写，不在签封之内）：%s\n", r.About)
	if r.Head.Size > 0 {
		fmt.Fprintf(&b, "台账短码：%s（%s 签封，共 %d 条记录）\n", r.Head.Code(), r.At.In(period.Beijing).Format("2006-01-02 15:04"), r.Head.Size)
	}
	fmt.Fprintf(&b, "公钥指纹：%s\n", r.Fingerprint)
	if r.Held != "" {
		fmt.Fprintf(&b, "签名：您提供的是以前的公钥（指纹 %s）；签封用的公钥由它经 %d 次换签名钥交接而来，每次旧钥、新钥都签了名\n", r.Held, len(r.Through))
		for _, h := range r.Through {
			fmt.Fprintf(&b, "　%s\n", h)
		}
	} else if r.Confirmed {
		b.WriteString("签名：与您提供的公钥相符\n")
	} else {
		b.WriteString("签名未证实：请向发布单位核对公钥指纹，或用 --key 提供公钥再验\n")
	}
	for _, e := range r.Entries {
		fmt.Fprintf(&b, "第 %d 号记录：%s %s %s\n", e.Seq, e.At.In(period.Beijing).Format("2006-01-02 15:04:05"), e.Subject, e.Verb)
	}
	switch {
	case r.Kind != "" && r.Recomputed:
		b.WriteString("附带数据已按规则重算\n")
	case r.Kind != "":
		b.WriteString("附带数据没有重算：本程序不认识这种数据\n")
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "不符：%s\n", f)
	}
	if r.OK() {
		b.WriteString("结论：各项相符\n")
	} else {
		fmt.Fprintf(&b, "结论：有 %d 处不符\n", len(r.Findings))
	}
	return b.String()
}

// PayloadCheck holds a payload to the entries that the bundle proves, and returns a sentence for each thing that does not agree.
type PayloadCheck func(payload json.RawMessage, entries []Entry) []string

var (
	payloadsMu sync.Mutex
	payloads   = map[string]PayloadCheck{}
)

// RegisterPayload tells VerifyBundle how to recompute payloads of a kind: appraisal recomputes a score from its inputs.
// A later registration of a kind takes the place of the earlier.
func RegisterPayload(kind string, check PayloadCheck) {
	payloadsMu.Lock()
	defer payloadsMu.Unlock()
	payloads[kind] = check
}

// VerifyBundle checks a proof bundle (证明包) without any database. publicKey is the key as it was handed out; if it is empty the
// signature is checked with the key that the bundle brings along, which shows only that nobody changed the bundle by
// accident, and the report says so. An error means that the file is no bundle.
func VerifyBundle(file []byte, publicKey string) (BundleReport, error) {
	if len(file) > maxBundle {
		return BundleReport{}, errs.New(errs.Invalid, "文件太大，不是证明包。")
	}
	var b bundle
	if err := json.Unmarshal(file, &b); err != nil || b.Format != bundleFormat {
		return BundleReport{}, &errs.Error{Kind: errs.Invalid, Message: "这个文件不是证明包，或者是本程序不认识的版本。", Cause: err}
	}
	r := BundleReport{About: b.About, Fingerprint: Fingerprint(b.Key), Kind: b.Kind}
	key := b.Key
	publicKey = strings.TrimSpace(publicKey)
	if publicKey != "" {
		if _, err := note.NewVerifier(publicKey); err != nil {
			return BundleReport{}, &errs.Error{Kind: errs.Invalid, Message: "您提供的公钥不对，请粘贴完整的一行。", Cause: err}
		}
		if key = publicKey; publicKey != strings.TrimSpace(b.Key) {
			var why string
			if r.Through, why = handedTo(b, publicKey); why != "" {
				r.found("%s", why)
			} else {
				key, r.Held = strings.TrimSpace(b.Key), Fingerprint(publicKey)
			}
		}
	}
	c, err := ParseCheckpoint(b.Checkpoint, key)
	if err != nil {
		r.found("签封不可信：%s", errs.Say(err))
		return r, nil
	}
	r.Head, r.At, r.Confirmed = c.Head, c.At, publicKey != ""
	for _, be := range b.Entries {
		if e, ok := r.entry(c, be); ok {
			r.Entries = append(r.Entries, e)
		}
	}
	if len(b.Entries) == 0 {
		r.found("证明包里没有台账记录。")
	}
	if b.Kind == "" {
		if len(b.Payload) > 0 {
			r.found("附带数据没有写明是哪一种。")
		}
		return r, nil
	}
	payloadsMu.Lock()
	check := payloads[b.Kind]
	payloadsMu.Unlock()
	if check != nil {
		r.Recomputed = true
		r.Findings = append(r.Findings, check(b.Payload, r.Entries)...)
	}
	return r, nil
}

// handedTo follows the handovers of a bundle from a key to the one that signed it; why says that they do not lead there.
func handedTo(b bundle, from string) (through []Handover, why string) {
	const differ = "证明包里的公钥与您提供的不同"
	if len(b.Handovers) > mostHandovers {
		return nil, differ + "，换签名钥的记录多得不像真的。"
	}
	for key, goal := from, strings.TrimSpace(b.Key); key != goal; {
		var next *Handover
		for _, signed := range b.Handovers {
			if h, err := ParseHandover(signed); err == nil && h.Old == key && (next == nil || h.OldSigned) {
				next = &h
			}
		}
		switch {
		case next == nil && len(through) == 0:
			return nil, differ + "，包里也没有从您那把换过来的记录。证明包是换签名钥以前出具的，请用当时的公钥。"
		case next == nil || len(through) >= len(b.Handovers):
			return nil, differ + "，从您那把换下来的记录到不了它。"
		case !next.OldSigned:
			return nil, fmt.Sprintf("%s：第 %d 次换签名钥旧钥未签（原因：%s），从您那把推不到它。请向发布单位当面核对新公钥指纹（%s），对上了，用新公钥再验。", differ, next.No, next.Reason, Fingerprint(next.New))
		}
		through = append(through, *next)
		key = next.New
	}
	return through, ""
}

func (r *BundleReport) found(format string, args ...any) {
	r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
}

// entry holds one entry to the checkpoint.
func (r *BundleReport) entry(c Checkpoint, b bundleEntry) (Entry, bool) {
	proof := make([]tlog.Hash, len(b.Proof))
	for i, s := range b.Proof {
		h, err := tlog.ParseHash(s)
		if err != nil {
			r.found("第 %d 号记录的证明读不出来。", b.Seq)
			return Entry{}, false
		}
		proof[i] = h
	}
	if CheckInclusion(b.Seq-1, c.Size, tlog.RecordHash([]byte(b.Text)), c.Root, proof) != nil {
		r.found("第 %d 号记录不在签封的台账里，内容被改动过或不是原件。", b.Seq)
		return Entry{}, false
	}
	e, err := parseEntry(b.Text)
	if err != nil || e.Seq != b.Seq || e.RegionID != c.RegionID || e.Subject == (ref.Ref{}) {
		r.found("第 %d 号记录的内容与编号不符。", b.Seq)
		return Entry{}, false
	}
	return e, true
}

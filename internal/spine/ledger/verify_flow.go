package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
)

// Finding is one thing that is not as it was sealed.
type Finding struct {
	RegionID int64
	Subject  ref.Ref // the row, if it is about one
	Seq      int64   // the entry, if it is about one
	Text     string  // a sentence
}

func (f Finding) String() string { return f.Text }

// Report is the result of a verification (核验).
type Report struct {
	Regions, Entries, Checkpoints, Rows int64            // how many were looked at
	Findings                            []Finding        // in the order found; none means all is as sealed
	Handovers                           []Handover       // the changes of the signing key: whoever reads the report must see which of them the old key did not sign
	Unread                              map[string]int64 // kinds with sealed rows that no reader is registered for: these rows were not compared
	Old                                 int64            // rows whose entry was made before the program sealed who acted: that was not compared
	Unsealed                            int64            // rows whose entries are all of a program that did not seal rows of their kind: they were not compared
	Erased                              int64            // rows whose pseudonyms cannot be made any more, for the key is destroyed: who acted was not compared
}

// OK reports whether all is as it was sealed.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// String says in one line what was looked at.
func (r Report) String() string {
	s := fmt.Sprintf("查了 %d 个区划、%d 条台账记录、%d 份签封、%d 行业务数据", r.Regions, r.Entries, r.Checkpoints, r.Rows)
	var unread []string
	for kind, n := range r.Unread {
		unread = append(unread, fmt.Sprintf("%s %d 行", kind, n))
	}
	if sort.Strings(unread); len(unread) > 0 {
		s += "；没有核对方法、因而没有查的：" + strings.Join(unread, "、")
	}
	if r.Old > 0 {
		s += fmt.Sprintf("；%d 行由旧版程序封存，当时没有封存经手人，经手人没有查", r.Old)
	}
	if r.Unsealed > 0 {
		s += fmt.Sprintf("；%d 行由旧版程序登记，当时没有封存内容，没有查，下一次改动它时封存", r.Unsealed)
	}
	if r.Erased > 0 {
		s += fmt.Sprintf("；%d 行的化名密钥已经销毁，经手人没有查", r.Erased)
	}
	return s
}

// Outside is what is kept outside the database. Only it shows that the whole ledger was not rebuilt, signatures and all.
type Outside struct {
	Keys    []string // public keys as handed out, any of those that ever signed; none: those in the database
	Notes   []string // checkpoints kept by a second office
	Regions []int64  // regions that must be looked at even if nothing of their ledger is left
}

// maxSame bounds findings of one sort per region, so that one deed does not fill the page.
const maxSame = 20

// Verify re-derives every region's tree from its entries and compares it with the stored hashes, heads and checkpoints; then it compares
// every sealed row with its latest entry. It reads everything once and sees one instant of the database.
func Verify(ctx context.Context, db *sqldb.DB) (Report, error) {
	return VerifyAgainst(ctx, db, Outside{})
}

// VerifyAgainst is Verify that also holds the ledger to what was kept outside.
func VerifyAgainst(ctx context.Context, db *sqldb.DB, out Outside) (r Report, err error) {
	r.Unread = map[string]int64{}
	err = db.View(ctx, func(tx *sqldb.Tx) error {
		k, known, err := sqldb.Maybe(ctx, tx, selectSigning, scanSigning, keyName)
		if err != nil {
			return err
		}
		if known && !paired(k) {
			r.add(Finding{Text: "签名密钥已损坏：私钥与公钥不成对。请从备份恢复 ledger_signing 表；恢复不了，用 duban key change --without-old 换新钥。"})
		}
		c, bad, err := readChain(ctx, tx, k.public)
		if err != nil {
			return err
		}
		for _, s := range bad {
			r.add(Finding{Text: s})
		}
		for _, h := range c.past {
			if h.No != 0 {
				r.Handovers = append(r.Handovers, h)
			}
		}
		strange := r.checkHeld(c, out.Keys)
		regions, err := sqldb.All(ctx, tx, listRegions, sqldb.Int64)
		if err != nil {
			return err
		}
		kept := map[int64][]string{}
		for i, n := range out.Notes {
			p, err := parseAny(n, append(c.keys(), strange...))
			if err != nil {
				r.add(Finding{Text: fmt.Sprintf("您提供的第 %d 份签封不能用：%s", i+1, errs.Say(err))})
				continue
			}
			kept[p.RegionID] = append(kept[p.RegionID], n)
		}
		all := map[int64]bool{}
		for _, id := range append(regions, out.Regions...) {
			all[id] = true
		}
		for id := range kept {
			all[id] = true
		}
		regions = regions[:0]
		for id := range all {
			regions = append(regions, id)
		}
		sort.Slice(regions, func(i, j int) bool { return regions[i] < regions[j] })
		for _, id := range regions {
			v := &verification{Report: &r, region: id, latest: map[ref.Ref]sealedAt{}, bare: map[ref.Ref]int64{}, since: map[string]int64{}, same: map[string]int{}, names: map[int64]string{}}
			if err := v.tree(ctx, tx, c, strange, kept[id]); err != nil {
				return err
			}
			if err := v.rows(ctx, tx); err != nil {
				return err
			}
			r.Regions++
		}
		return nil
	})
	return r, err
}

func (r *Report) add(f Finding) { r.Findings = append(r.Findings, f) }

// checkHeld holds the keys of the database to those that were kept outside, and returns those that the database never had.
func (r *Report) checkHeld(c chain, held []string) (strange []string) {
	ours := map[string]bool{}
	for _, k := range c.keys() {
		ours[k] = true
	}
	var known []string
	for _, k := range held {
		if k = strings.TrimSpace(k); ours[k] {
			known = append(known, k)
			continue
		}
		strange = append(strange, k)
		if len(ours) > 0 {
			r.add(Finding{Text: "库里的签名公钥与您提供的不同：签名密钥被换过，没有您那把钥交出台账的记录；或者公钥拿错了。您的公钥指纹：" + Fingerprint(k) + "。"})
		}
	}
	if _, stop := c.trusted(known); stop != nil {
		r.add(Finding{Text: fmt.Sprintf("从您提供的公钥推不到现在的公钥：第 %d 次换签名钥旧钥未签。请向本机构当面核对新公钥指纹（%s），对上了，把新公钥也提供给本程序再验。", stop.No, Fingerprint(stop.New))})
	}
	return strange
}

// parseAny reads a checkpoint that one of the keys signed.
func parseAny(signed string, keys []string) (p Checkpoint, err error) {
	err = errs.New(errs.Invalid, "没有公钥可以验它。")
	for _, k := range keys {
		if p, err = ParseCheckpoint(signed, k); err == nil {
			break
		}
	}
	return p, err
}

// sealedAt is a subject's latest entry about its row.
type sealedAt struct {
	seq  int64
	sum  [32]byte
	gone bool
}

type verification struct {
	*Report
	region int64
	secret []byte           // nil: destroyed, or never made
	names  map[int64]string // pseudonyms
	latest map[ref.Ref]sealedAt
	bare   map[ref.Ref]int64 // subjects by their first entry, if that seals no row
	forgot int64             // the last entry that says that the pseudonyms' secret was destroyed
	handed []Entry           // those of changes of the signing key
	since  map[string]int64  // kinds by the first entry that seals a row of theirs
	same   map[string]int
}

// found adds a finding, unless there are many of its sort already.
func (v *verification) found(sort string, f Finding) {
	f.RegionID = v.region
	if v.same[sort]++; v.same[sort] <= maxSame {
		v.add(f)
	}
}

// tree holds entries, hashes, head and checkpoints to each other. The tree is built from the stored leaf hashes, each of which
// is held to its entry's text: so a changed entry is named, and does not make all that comes after it look changed.
func (v *verification) tree(ctx context.Context, tx *sqldb.Tx, c chain, strange, kept []string) error {
	type claim struct {
		root tlog.Hash
		name string
	}
	claims := map[int64][]claim{}
	rows, err := sqldb.All(ctx, tx, allCheckpoints, scanCheckpoint, v.region)
	if err != nil {
		return err
	}
	list, err := handovers(ctx, tx, v.region)
	if err != nil {
		return err
	}
	for _, row := range rows {
		v.Checkpoints++
		name := fmt.Sprintf("含 %d 条记录的签封", row.size)
		p, why := v.checkpoint(c, list, row.note)
		switch {
		case why != "":
			v.found("note", Finding{Text: name + why})
		case p.RegionID != v.region || p.Size != row.size || p.At.UnixMilli() != row.at:
			v.found("note", Finding{Text: name + "与它自己的登记不一致，登记被改动过。"})
		default:
			claims[p.Size] = append(claims[p.Size], claim{p.Root, name})
		}
	}
	for _, signed := range kept {
		v.Checkpoints++
		p, why := v.checkpoint(c, list, signed)
		if why != "" { // a key that was kept outside and that the database does not know is believed in what it signed
			if q, err := parseAny(signed, strange); err == nil {
				p, why = q, ""
			}
		}
		name := fmt.Sprintf("外单位保存的含 %d 条记录的签封", p.Size)
		if why != "" {
			v.found("note", Finding{Text: name + why})
			continue
		}
		claims[p.Size] = append(claims[p.Size], claim{p.Root, name})
	}

	secret, hasSecret, err := sqldb.Maybe(ctx, tx, selectSecret, scanBytes, v.region)
	if err != nil {
		return err
	}
	var e edge
	var size, first int64
	var last string
	broken := false // a gap: from here on nothing can be derived
	err = sqldb.Each(ctx, tx, allEntries, scanRow, func(row entryRow) error {
		v.Entries++
		if row.seq != size+1 {
			v.found("gap", Finding{Text: fmt.Sprintf("台账缺第 %d 号到第 %d 号记录，记录被删去。", size+1, row.seq-1)})
			broken = true
		}
		size = row.seq
		leaf := tlog.RecordHash([]byte(row.text))
		hashes := parseHashes(row.hashes)
		switch {
		case len(hashes) == 0:
			v.found("hash", Finding{Seq: row.seq, Text: fmt.Sprintf("台账第 %d 号记录的哈希不见了。", row.seq)})
		case hashes[0] != leaf:
			v.found("text", Finding{Seq: row.seq, Text: fmt.Sprintf("台账第 %d 号记录与它的哈希不一致，记录被改动过。", row.seq)})
			leaf = hashes[0]
		}
		entry, err := parseEntry(row.text)
		if err != nil {
			v.found("text", Finding{Seq: row.seq, Text: fmt.Sprintf("台账第 %d 号记录读不出来，内容已损坏。", row.seq)})
		} else {
			v.entry(row, entry)
			if last = row.text; first == 0 {
				first = entry.At.UnixMilli()
			}
		}
		if !broken {
			var done []tlog.Hash
			e, done = e.add(size-1, leaf)
			if len(hashes) > 0 && string(pack(done)) != string(row.hashes) {
				v.found("hash", Finding{Seq: row.seq, Text: fmt.Sprintf("台账第 %d 号记录之上的哈希不对，哈希或它之前的记录被改动过。", row.seq)})
			}
			for _, p := range claims[size] {
				if p.root != e.root() {
					v.found("root", Finding{Seq: row.seq, Text: p.name + "与台账不一致：它签封之前的记录被改动过。"})
				}
			}
		}
		delete(claims, size)
		return nil
	}, v.region)
	if err != nil {
		return err
	}
	v.handedOver(c, size, first)
	var beyond []int64
	for n := range claims {
		beyond = append(beyond, n)
	}
	sort.Slice(beyond, func(i, j int) bool { return beyond[i] < beyond[j] })
	for _, n := range beyond {
		v.found("root", Finding{Seq: n, Text: fmt.Sprintf("%s在台账里对不上：台账现有 %d 条记录，后面的记录被删去。", claims[n][0].name, size)})
	}
	if hasSecret {
		v.secret = secret
	}
	var rec record
	if hasSecret && json.Unmarshal([]byte(last), &rec) == nil && rec.Salt != newKey(secret).salt(rec.Seq) {
		v.found("secret", Finding{Text: "本区划的化名密钥与最后一条记录不符，密钥被换过或已损坏。"})
	}
	head, ok, err := sqldb.Maybe(ctx, tx, selectHead, scanSizeEdge, v.region)
	if err != nil {
		return err
	}
	if ok != (size > 0) || head.size != size {
		v.found("head", Finding{Text: fmt.Sprintf("台账的计数是 %d 条，实有 %d 条：有记录被增删。", head.size, size)})
	} else if !broken && string(pack(e)) != string(head.edge) {
		v.found("head", Finding{Text: "台账的树根与记录不一致，树根或记录被改动过。"})
	}
	return nil
}

// entry holds an entry's columns to its text, and notes what it says of a row.
func (v *verification) entry(row entryRow, e Entry) {
	for _, c := range []struct {
		name string
		same bool
	}{
		{"区划", e.RegionID == v.region}, {"编号", e.Seq == row.seq}, {"时间", e.At.UnixMilli() == row.at},
		{"事项", e.Subject == ref.Ref{Kind: row.kind, ID: row.id}}, {"动作", e.Verb == row.verb},
	} {
		if !c.same {
			v.found("column", Finding{Subject: e.Subject, Seq: row.seq, Text: fmt.Sprintf("台账第 %d 号记录的“%s”与封存的内容不一致，登记被改动过。", row.seq, c.name)})
		}
	}
	if e.Subject == (ref.Ref{Kind: namesKind, ID: v.region}) && e.Verb == "forget" {
		v.forgot = e.Seq
	}
	if e.Subject.Kind == handoverKind {
		v.handed = append(v.handed, e)
	}
	if e.Row != nil || e.Gone {
		v.latest[e.Subject] = sealedAt{e.Seq, sha256.Sum256(e.Row), e.Gone}
		if v.since[e.Subject.Kind] == 0 {
			v.since[e.Subject.Kind] = e.Seq
		}
	} else if v.bare[e.Subject] == 0 {
		v.bare[e.Subject] = e.Seq
	}
}

// rows holds every sealed row to its latest entry.
func (v *verification) rows(ctx context.Context, tx *sqldb.Tx) error {
	known := map[string]bool{}
	for _, s := range registered() {
		known[s.kind] = true
		var changed []func() error // entries are read after the rows: a database connection holds one list at a time
		err := s.read(ctx, tx, v.region, func(id int64, row any) error {
			v.Rows++
			at := ref.Ref{Kind: s.kind, ID: id}
			raw, err := canonical(row)
			if err != nil {
				return err
			}
			was, ok := v.latest[at]
			delete(v.latest, at)
			switch {
			case !ok && (v.older(at) || s.late && v.since[s.kind] == 0):
				v.Unsealed++
			case !ok:
				v.found("extra", Finding{Subject: at, Text: s.name(at) + "在台账里没有记录，是绕过系统添加的，或者它的记录被删去。"})
			case was.gone:
				v.found("extra", Finding{Subject: at, Seq: was.seq, Text: fmt.Sprintf("%s按台账第 %d 号记录已经删除，库里却还有。", s.name(at), was.seq)})
			case was.sum != sha256.Sum256(named(raw, v.name)):
				changed = append(changed, func() error {
					entry, err := sqldb.One(ctx, tx, selectEntry, scanRow, v.region, was.seq)
					if err != nil {
						return err
					}
					e, err := parseEntry(entry.text)
					if err != nil {
						return err
					}
					c, err := v.persons(e.Text)
					if err != nil {
						return err
					}
					if fields, differ := s.differences(c, e.Row, raw); differ {
						v.found("row", Finding{Subject: at, Seq: was.seq, Text: fmt.Sprintf("%s的%s与台账第 %d 号记录不一致。", s.name(at), fields, was.seq)})
					} else if c.erased {
						if v.Erased++; was.seq > v.forgot { // who wants to hide who acted need only lose the secret
							v.found("names", Finding{Subject: at, Seq: was.seq, Text: fmt.Sprintf("%s的经手人没法查：第 %d 号记录的化名密钥被删去或换过，台账里没有销毁它的记录。", s.name(at), was.seq)})
						}
					} else if c.old {
						v.Old++
					}
					return nil
				})
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("ledger: reading %s: %w", s.kind, err)
		}
		for _, f := range changed {
			if err := f(); err != nil {
				return err
			}
		}
	}
	var missing []ref.Ref
	for at, was := range v.latest {
		if was.gone {
			continue
		}
		if !known[at.Kind] {
			v.Unread[at.Kind]++
			continue
		}
		missing = append(missing, at)
	}
	sort.Slice(missing, func(i, j int) bool { return v.latest[missing[i]].seq < v.latest[missing[j]].seq })
	for _, at := range missing {
		s := subjectOf(at.Kind)
		v.found("missing", Finding{Subject: at, Seq: v.latest[at].seq, Text: fmt.Sprintf("%s在台账第 %d 号记录里有，库里没有，是绕过系统删除的。", s.name(at), v.latest[at].seq)})
	}
	return nil
}

// older reports whether a subject was entered before rows of its kind were sealed at all: then the ledger knows of it, but not what it was.
func (v *verification) older(at ref.Ref) bool {
	first, since := v.bare[at], v.since[at.Kind]
	return first != 0 && (since == 0 || first < since)
}

func subjectOf(kind string) subject {
	subjectsMu.Lock()
	defer subjectsMu.Unlock()
	return subjects[kind]
}

func (s subject) name(at ref.Ref) string {
	return strings.TrimSpace(s.labels[""]+" "+at.String()) + " "
}

// persons returns how the persons of an entry are compared: by the key that its pseudonyms were made with, which the region may have destroyed since.
func (v *verification) persons(text string) (*personCheck, error) {
	var r record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	c := &personCheck{}
	if v.secret != nil && newKey(v.secret).salt(r.Seq) == r.Salt {
		c.name = v.name
	}
	return c, nil
}

// name is the pseudonym of a person, made once.
func (v *verification) name(id int64) string {
	s, ok := v.names[id]
	if !ok {
		s = newKey(v.secret).pseudonym(id)
		v.names[id] = s
	}
	return s
}

// differences names the fields in which a row differs from what was sealed: “自报完成数”“月份”; differ is false if it does not.
func (s subject) differences(c *personCheck, sealed, now []byte) (fields string, differ bool) {
	was, err1 := tree(sealed)
	is, err2 := tree(now)
	if err1 != nil || err2 != nil {
		return "内容", true
	}
	if c.same(was, is) {
		return "", false
	}
	a, _ := was.(map[string]any)
	b, _ := is.(map[string]any)
	names := map[string]bool{}
	for k, v := range b {
		x, ok := a[k]
		names[k] = ok && !c.same(x, v) || !ok && !onlyPersons(v)
	}
	for k := range a {
		if _, ok := b[k]; !ok {
			names[k] = true
		}
	}
	var out []string
	for k, differs := range names {
		if differs {
			l := s.labels[k]
			if l == "" {
				l = actors[k]
			}
			if l != "" {
				k = l
			}
			out = append(out, "“"+k+"”")
		}
	}
	sort.Strings(out)
	if len(out) == 0 {
		return "内容", true
	}
	return strings.Join(out, ""), true
}

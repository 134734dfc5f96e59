package ledgerweb

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/uitest"
	"duban/migrations"
)

type house struct {
	t      *testing.T
	clock  *period.Fixed
	db     *sqldb.DB
	ledger *ledger.Service
	unit   int64
	actors map[string]auth.Actor
	h      http.Handler
}

var forge = sqldb.SQL("ledger.testForge", `UPDATE ledger_entry SET text = $3 WHERE region_id = $1 AND seq = $2`)

func newHouse(t *testing.T) *house {
	x := &house{t: t, clock: period.At(time.Date(2017, 5, 8, 9, 0, 0, 0, period.Beijing))}
	var err error
	if x.db, err = sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), x.clock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.db.Close() })
	if err := x.db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	x.ledger = ledger.New(x.db)
	var last int64
	dir := org.New(x.db, func() int64 { last++; return last }, nil)
	for _, name := range []string{"宁德市蕉城区", "另一个区"} {
		if _, err := dir.CreateRegion(t.Context(), org.Region{Name: name, ShortName: name}); err != nil {
			t.Fatal(err)
		}
	}
	u, err := dir.SaveUnit(auth.With(t.Context(), auth.Actor{ID: 1, RegionID: 1, Roles: []auth.Role{auth.SysAdmin}}), org.Unit{Name: "七都镇", Kind: org.Township})
	if err != nil {
		t.Fatal(err)
	}
	x.unit = u.ID
	x.actors = map[string]auth.Actor{
		"auditor": {ID: 11, RegionID: 1, UnitID: u.ID, Name: "审计", Roles: []auth.Role{auth.Auditor}}, "clerk": {ID: 12, RegionID: 1, UnitID: u.ID, Name: "缪小舟", Roles: []auth.Role{auth.Clerk}},
		"audadmin": {ID: 13, RegionID: 1, UnitID: u.ID, Name: "审计管理员", Roles: []auth.Role{auth.AudAdmin}}, "stranger": {ID: 14, RegionID: 2, Name: "外区审计", Roles: []auth.Role{auth.Auditor}},
	}
	g := route.New()
	(&Pages{Ledger: x.ledger, Org: dir}).Register(g)
	x.h = g.Handler(route.Config{Sessions: x, Clock: x.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(),
		Place: func(context.Context, auth.Actor) route.Place { return route.Place{Product: "蕉城督办", Demo: true} }})
	return x
}

func (x *house) Find(_ context.Context, token string) (account.Session, error) {
	if a, ok := x.actors[token]; ok {
		return account.Session{Actor: a}, nil
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (x *house) Touch(string) {}

// append records n accounts of a month, and a light that makes up.
func (x *house) append(n int) {
	x.t.Helper()
	err := x.db.Update(x.t.Context(), func(tx *sqldb.Tx) error {
		for i := range n {
			body := ledger.Row(map[string]any{"period": "2017-04", "value_x10000": 426000 + i, "progress": "青苗已清"}).With(map[string]any{"note": "补报"})
			if err := ledger.Append(x.t.Context(), tx, x.actors["clerk"], ref.Ref{Kind: "task.account", ID: int64(100 + i)}, "submit", body); err != nil {
				return err
			}
		}
		return ledger.Append(x.t.Context(), tx, auth.Actor{RegionID: 1}, ref.Ref{Kind: "task.light", ID: 7}, "light", nil)
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

var (
	token = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)
	// what keys and salts make different in every run
	random = regexp.MustCompile(`[0-9a-f]{32}|[0-9a-f]{8}-[0-9]+|([0-9a-f]{4} ){7}[0-9a-f]{4}|duban\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+|— duban [A-Za-z0-9+/=]+|[A-Za-z0-9+/]{43}=|<td class="w2 sm mut" data-l="经手人">[0-9a-f]{8}`)
)

func (x *house) get(as, path, golden string) string {
	x.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.AddCookie(&http.Cookie{Name: "duban", Value: as})
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Sprint(w.Code)
	}
	if golden != "" {
		html := random.ReplaceAllStringFunc(strings.ReplaceAll(w.Body.String(), "&#43;", "+"), func(s string) string {
			if strings.HasPrefix(s, "<td") {
				return `<td class="w2 sm mut" data-l="经手人">0badc0de`
			}
			return strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '/' || r == '+' {
					return '0'
				}
				return r
			}, s)
		})
		uitest.Golden(x.t, golden, token.ReplaceAllString(html, "TOKEN"))
	}
	return w.Body.String()
}

func want(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

func lack(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(html, w) {
			t.Errorf("the page says %q", w)
		}
	}
}

func TestEntries(t *testing.T) {
	x := newHouse(t)
	want(t, x.get("auditor", "/ledger", "ledger-empty"), "台账还是空的")
	x.append(60)
	html := x.get("auditor", "/ledger", "ledger")
	want(t, html, "台账共 <b>61 条</b>记录", "月度进展", "提交", "七都镇", "系统", `href="/ledger?before=42"`)
	lack(t, html, `>41</a>`, "缪小舟", "回到最新")
	html = x.get("auditor", "/ledger?before=12", "")
	want(t, html, "第 1 号至第 11 号记录", "回到最新")
	lack(t, html, "更早的")
	html = x.get("auditor", "/ledger?subject=task.account:103", "")
	want(t, html, "只看 月度进展 103", ">4</a>")
	lack(t, html, ">5</a>")
	want(t, x.get("auditor", "/ledger?subject=task.light", ""), ">61</a>")
	want(t, x.get("auditor", "/ledger?subject=nothing.known", ""), "没有“nothing.known”的记录", "看全部")
	want(t, x.get("stranger", "/ledger", ""), "台账还是空的")
	for _, who := range []string{"clerk", "audadmin"} {
		if got := x.get(who, "/ledger", ""); got != "403" {
			t.Errorf("%s reads the entries: %s", who, got)
		}
	}
}

func TestEntryStandsWithItsProof(t *testing.T) {
	x := newHouse(t)
	x.append(4)
	html := x.get("auditor", "/ledger/entries/2", "entry")
	want(t, html, "七都镇<b>提交</b>一次“月度进展”", "各项相符", "value_x10000", "426001", "青苗已清", "补报", "证明路径（3 个哈希值")
	if got := x.get("auditor", "/ledger/entries/99", ""); got != "404" {
		t.Errorf("an entry that is not there: %s", got)
	}
	if got := x.get("stranger", "/ledger/entries/2", ""); got != "404" {
		t.Errorf("another region's entry: %s", got)
	}
	if got := x.get("clerk", "/ledger/entries/2/proof", ""); got != "403" {
		t.Errorf("a clerk takes a proof: %s", got)
	}
	file := x.get("auditor", "/ledger/entries/2/proof", "")
	key, err := x.ledger.PublicKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := ledger.VerifyBundle([]byte(file), key)
	if err != nil || !report.OK() || len(report.Entries) != 1 || report.Entries[0].Seq != 2 || !report.Confirmed {
		t.Errorf("%+v %v", report, err)
	}
	if !json.Valid([]byte(file)) {
		t.Error("the file is no JSON")
	}
	want(t, html, report.Head.Code())
	// Somebody with the database's password changes the text: the page says so.
	if err := x.db.Update(t.Context(), func(tx *sqldb.Tx) error {
		list, err := ledger.Entries(t.Context(), tx, 1, ledger.Filter{Before: 3, Limit: 1})
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), forge, int64(1), int64(2), strings.Replace(list[0].Text, "426001", "999999", 1))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	html = x.get("auditor", "/ledger/entries/2", "entry-forged")
	want(t, html, "这条记录与封存时不符")
	lack(t, html, "各项相符")
}

func TestCheckpointsAndHowToVerify(t *testing.T) {
	x := newHouse(t)
	want(t, x.get("audadmin", "/ledger/checkpoints", ""), "还没有签封")
	x.append(3)
	c, err := x.ledger.Checkpoint(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x.ledger.PublicKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want(t, x.get("audadmin", "/ledger/checkpoints", "checkpoints"), c.Code(), "共 4 条记录", ledger.Fingerprint(key))
	want(t, x.get("clerk", "/ledger/verify", "verify"), "duban verify 证明包.json --key", ledger.Fingerprint(key))
	if err := x.db.Update(t.Context(), func(tx *sqldb.Tx) error {
		_, _, err := x.ledger.ChangeKeyIn(t.Context(), tx, ledger.KeyChange{WithoutOld: true, Reason: "私钥泄露"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	fresh, err := x.ledger.PublicKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page := x.get("audadmin", "/ledger/checkpoints", "")
	want(t, page, c.Code(), "共 5 条记录", "历次换签名钥", "旧钥未签", "原因：私钥泄露", ledger.Fingerprint(fresh), ledger.Fingerprint(key))
	if strings.Contains(page, "签名不符") {
		t.Error("a checkpoint of the old key is not read with it")
	}
	want(t, x.get("auditor", "/ledger", ""), "换签名钥")
	if got := x.get("clerk", "/ledger/checkpoints", ""); got != "403" {
		t.Errorf("a clerk lists checkpoints: %s", got)
	}
}

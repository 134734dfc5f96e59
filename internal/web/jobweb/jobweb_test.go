package jobweb

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/outbox"
	"duban/internal/web/route"
)

type door struct {
	actors map[string]auth.Actor
	notes  []audit.Entry
}

func (d *door) Find(_ context.Context, token string) (account.Session, error) {
	if a, ok := d.actors[token]; ok {
		return account.Session{Actor: a}, nil
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (d *door) Touch(string)                          {}
func (d *door) Note(_ context.Context, e audit.Entry) { d.notes = append(d.notes, e) }

// TestDeadLetters: a job that failed for good is listed with its cause to the system administrator alone; sent round again it runs, once,
// and the audit log says who did it.
func TestDeadLetters(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		var last int64
		box := outbox.New(db, func() int64 { last++; return last })
		box.Log = slog.New(slog.DiscardHandler)
		ran := map[int64]int{}
		broken := true
		box.Do("mail", func(_ context.Context, j outbox.Job) error {
			if broken {
				return errors.New("写不进磁盘\n第二行")
			}
			ran[j.RegionID]++
			return nil
		})
		if err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			for _, region := range []int64{0, 1, 2} {
				if _, err := box.Enqueue(t.Context(), tx, region, "mail", "k", 0, time.Time{}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range outbox.MaxAttempts + 1 {
			box.Drain(t.Context())
			c.Set(c.Now().Add(time.Hour))
		}

		d := &door{actors: map[string]auth.Actor{"sys": {ID: 1, RegionID: 1, Roles: []auth.Role{auth.SysAdmin}}, "sec": {ID: 2, RegionID: 1, Roles: []auth.Role{auth.SecAdmin}}, "leader": {ID: 3, RegionID: 1, Roles: []auth.Role{auth.Leader}}}}
		g := route.New()
		(&Pages{Jobs: box, Log: d}).Register(g)
		h := g.Handler(route.Config{Sessions: d, Clock: c, Audit: d, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav()})
		ask := func(who, method, path string) (int, string) {
			r := httptest.NewRequest(method, "http://duban.local"+path, strings.NewReader("request_key="+strings.Repeat("0", 32)))
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.AddCookie(&http.Cookie{Name: "duban", Value: who})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		code, page := ask("sys", "GET", Path)
		if code != http.StatusOK || strings.Count(page, "写不进磁盘") != 2 || strings.Contains(page, "第二行") || !strings.Contains(page, "<b>2 件</b>后台作业") {
			t.Fatalf("%d\n%s", code, page)
		}
		posts := regexp.MustCompile(`action="(`+Path+`/[^"]+)"`).FindAllStringSubmatch(page, -1)
		if len(posts) != 2 {
			t.Fatalf("%d buttons", len(posts))
		}
		for _, who := range []string{"sec", "leader"} {
			if code, _ := ask(who, "GET", Path); code != http.StatusForbidden {
				t.Errorf("%s looks: %d", who, code)
			}
			if code, _ := ask(who, "POST", posts[0][1]); code != http.StatusForbidden {
				t.Errorf("%s retries: %d", who, code)
			}
		}
		d.notes, broken = nil, false
		for _, p := range posts {
			for _, want := range []string{"ok", "没有这个失败的作业，可能已经重跑了。"} { // the second press finds it gone
				if code, _ := ask("sys", "POST", p[1]); code != http.StatusSeeOther {
					t.Errorf("%s: %d", p[1], code)
				}
				if n := len(d.notes); n == 0 || d.notes[n-1].Act != audit.ActJob || d.notes[n-1].PersonID != 1 || d.notes[n-1].Result != want || !strings.HasPrefix(d.notes[n-1].Object, "job:") {
					t.Errorf("audit: %+v", d.notes)
				}
			}
		}
		if code, _ := ask("sys", "POST", strings.Replace(posts[0][1], "/own/", "/elsewhere/", 1)); code != http.StatusNotFound {
			t.Errorf("no such place: %d", code)
		}
		if err := box.Drain(t.Context()); err != nil || ran[0] != 1 || ran[1] != 1 || ran[2] != 0 {
			t.Errorf("ran %v %v", ran, err)
		}
		if _, page := ask("sys", "GET", Path); !strings.Contains(page, "没有失败的作业") {
			t.Error("the list is not empty")
		}
	})
}

package e2e

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/app/site"
	"duban/internal/area/campaign"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/office/gb9704"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/web/ui"
)

// clerkEdits is what a clerk does in Word: words changed, fields moved, in the body of the file.
func clerkEdits(t *testing.T, file []byte, pairs ...string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		s := string(b)
		for i := 0; i < len(pairs) && f.Name == "word/document.xml"; i += 2 {
			if !strings.Contains(s, pairs[i]) {
				t.Fatalf("the template has no %s", pairs[i])
			}
			s = strings.Replace(s, pairs[i], pairs[i+1], 1)
		}
		w, err := zw.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, s)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var hiddenField = regexp.MustCompile(`name="(` + ui.FieldToken + `|` + ui.FieldKey + `|` + ui.FieldVersion + `)" value="([^"]*)"`)

// TestOwnTemplate: the supervision office downloads the default of the confirmation, changes its title and moves a field, hands it in, tries it, puts it into
// use; the next confirmation has the new title, the one that was signed before keeps its paper to the byte. A template that drops the table of items is refused
// and changes nothing.
//
// Source: issue 2, 3.4 (DOCX, template replaceable by the user).
func TestOwnTemplate(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		p := play(t, db, c, "adjustment.txt")
		s := statement{file: "adjustment.txt"}
		o := &oracle{T: t, p: p}
		o.reg, o.conf = site.Registry(p.h, site.Options{})
		c.Set(c.Now().Add(time.Hour))
		v := o.login(p.find(s, "督查室", "宋时雨"))
		get := func(path string) []byte {
			t.Helper()
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set("Cookie", v.cookie)
			w := httptest.NewRecorder()
			o.reg.Handler(o.conf).ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
			}
			return w.Body.Bytes()
		}
		// post fills in the form of a page that posts to target.
		post := func(page, target string, file []byte, fields map[string]string) (int, string) {
			t.Helper()
			html := string(get(page))
			i := strings.Index(html, `action="`+target+`"`)
			if i < 0 {
				t.Fatalf("%s has no form for %s", page, target)
			}
			var body bytes.Buffer
			m := multipart.NewWriter(&body)
			form, _, _ := strings.Cut(html[i:], "</form>")
			for _, h := range hiddenField.FindAllStringSubmatch(form, -1) {
				m.WriteField(h[1], h[2])
			}
			for k, x := range fields {
				m.WriteField(k, x)
			}
			if file != nil {
				w, _ := m.CreateFormFile("file", "确认书.docx")
				w.Write(file)
			}
			m.Close()
			r := httptest.NewRequest("POST", target, &body)
			r.Header.Set("Content-Type", m.FormDataContentType())
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Cookie", v.cookie)
			w := httptest.NewRecorder()
			o.reg.Handler(o.conf).ServeHTTP(w, r)
			if w.Code == http.StatusSeeOther {
				return w.Code, w.Header().Get("Location")
			}
			return w.Code, w.Body.String()
		}
		word := func(pledge int64) []byte { return get("/pledges/" + id.Format(pledge) + "/paper.docx") }

		signed := p.pledge(t.Context(), s, "七都镇")
		if !signed.Complete() {
			t.Fatal("the play has left no signed confirmation")
		}
		before := word(signed.ID)
		tpl := get("/papers/confirmation/0/template.docx")
		if !bytes.Equal(tpl, gb9704.Template(gb9704.ConfirmationName)) {
			t.Error("the page gives another default than the papers are made of")
		}

		const page, upload, use = "/papers/confirmation", "/papers/confirmation/upload", "/papers/confirmation/use"
		code, html := post(page, upload, clerkEdits(t, tpl, "{{#目标任务}}{{编号}}", "", "{{指标}}", "", "{{年度目标}}", "", "{{一季度}}", "", "{{二季度}}", "", "{{三季度}}", "", "{{四季度}}", "", "{{分值}}", "", "{{时限}}{{/目标任务}}", ""), nil)
		if code != http.StatusUnprocessableEntity && code != http.StatusBadRequest || !strings.Contains(html, "模板里没有 {{年度目标}}（在“目标任务”里）。这是双方签字的内容") {
			t.Errorf("a template without the items: %d %s", code, html)
		}
		own := clerkEdits(t, tpl, "{{标题}}", "中共蕉城区委督查室制　{{标题}}", "编号：{{文件编号}}", "", "本文书一式两份", "编号{{文件编号}}，本文书一式两份")
		code, to := post(page, upload, own, map[string]string{"note": "加制发单位，编号移到文末"})
		if code != http.StatusSeeOther || to != "/papers/confirmation?revision=1#use" {
			t.Fatalf("upload: %d %s", code, to)
		}
		if html := string(get(page + "?revision=1")); !strings.Contains(html, "中共蕉城区委督查室制　{{标题}}") {
			t.Error("who puts it into use does not see what is new in it")
		}
		if text := plainText(t, get("/papers/confirmation/1/trial.docx")); !strings.Contains(text, "督查室制　示例区2017年") || strings.Contains(text, "{{") {
			t.Error("the trial print is not made of the new template")
		}
		if code, to = post(page+"?revision=1", use, nil, map[string]string{"revision": "1", "reason": "按区委办公文格式"}); code != http.StatusSeeOther {
			t.Fatalf("use: %d %s", code, to)
		}

		leader := p.find(s, "区委", "林守成")
		x, err := p.h.Campaigns.DraftPledge(auth.With(t.Context(), v.actor), campaign.PledgeDrafting{UnitID: p.units["漳湾镇"].ID, CampaignID: p.campaigns["ZQ"], Form: campaign.Confirmation, LeaderPost: leader.post})
		if err != nil {
			t.Fatal(err)
		}
		text := plainText(t, word(x.ID))
		for _, want := range []string{"中共蕉城区委督查室制　", "编号" + "2017-漳湾镇-第", "，本文书一式两份"} {
			if !strings.Contains(text, want) {
				t.Errorf("the new confirmation lacks %s:\n%s", want, text)
			}
		}
		if !bytes.Equal(word(signed.ID), before) {
			t.Error("a signed confirmation has changed with the template")
		}
		if code, to = post(page+"?revision=0", use, nil, map[string]string{"revision": "0", "reason": "先用回默认"}); code != http.StatusSeeOther {
			t.Fatalf("back to the default: %d %s", code, to)
		}
		if text := plainText(t, word(x.ID)); strings.Contains(text, "督查室制") {
			t.Error("the default is in use again, and the paper is not made of it")
		}
		if r, err := ledger.Verify(t.Context(), db); err != nil || !r.OK() {
			t.Errorf("%v %v", r, err)
		}
	})
}

package app

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"duban/internal/app/demo"
)

// TestPagesAgree: how far a campaign is, and how far it should be (应达), reads the same on the cockpit, the wall, the list of campaigns
// and the campaign's own page; and an item's 应达 on its page is that of its line in the campaign.
func TestPagesAgree(t *testing.T) {
	_, srv := demonstration(t)
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar}
	page := func(path string) string {
		t.Helper()
		resp, err := c.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, resp.StatusCode, err)
		}
		return html.UnescapeString(string(b))
	}
	token := regexp.MustCompile(`name="csrf" value="([^"]*)"`).FindStringSubmatch(page("/login"))
	form := url.Values{"login": {"shuji"}, "password": {demo.Password}}
	if token != nil {
		form.Set("csrf", token[1])
	}
	req, _ := http.NewRequest("POST", srv.URL+"/login", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	tags := regexp.MustCompile(`<[^>]*>`)
	plain := func(s string) string { return strings.Join(strings.Fields(tags.ReplaceAllString(s, " ")), " ") }
	figures := regexp.MustCompile(`([0-9.]+%) ?/ ?([0-9.]+%)`)
	// rows returns done and due by campaign from the rows or columns of a table: name, and what follows it.
	rows := func(name, from string, each *regexp.Regexp) map[string][2]string {
		out := map[string][2]string{}
		for _, m := range each.FindAllStringSubmatch(from, -1) {
			if f := figures.FindStringSubmatch(plain(m[2])); f != nil {
				out[strings.TrimSuffix(plain(m[1]), "攻坚行动")] = [2]string{f[1], f[2]}
			}
		}
		if len(out) != 6 {
			t.Fatalf("%s shows %d campaigns: %v", name, len(out), out)
		}
		return out
	}
	list := page("/campaigns")
	ofList := rows("list", list, regexp.MustCompile(`(?s)<a class="nm" href="/campaigns/[0-9]+">(.*?)</a>(.*?)</tr>`))
	ofCockpit := rows("cockpit", page("/cockpit"), regexp.MustCompile(`(?s)<a class="nm nw" href="/campaigns/[0-9]+">(.*?)</a>(.*?)</tr>`))
	ofWall := rows("wall", page("/wall"), regexp.MustCompile(`(?s)<th scope="col"[^>]*>\s*<div class="flex">(.*?)</div>(.*?)</th>`))
	links := regexp.MustCompile(`(?s)<a class="nm" href="(/campaigns/[0-9]+)">(.*?)</a>`).FindAllStringSubmatch(list, -1)
	seen := 0
	for _, l := range links {
		name := strings.TrimSuffix(l[2], "攻坚行动")
		want := ofCockpit[name]
		own := page(l[1])
		f := regexp.MustCompile(`总进度<b>([0-9.]+%)</b>，应达([0-9.]+%)，`).FindStringSubmatch(strings.Join(strings.Fields(strings.NewReplacer(" ", "").Replace(own)), ""))
		if f == nil {
			t.Fatalf("%s says no progress", l[1])
		}
		for where, got := range map[string][2]string{"wall": ofWall[name], "list": ofList[name], "campaign": {f[1], f[2]}} {
			if got != want {
				t.Errorf("%s: %s says %v, the cockpit %v", name, where, got, want)
			}
		}
		item := regexp.MustCompile(`(?s)<a class="nm" href="(/tasks/[0-9]+)">(.*?)</tr>`).FindAllStringSubmatch(own, -1)
		for i, x := range item {
			due := figures.FindStringSubmatch(plain(x[2]))
			if due == nil || i%7 != 0 { // a few of each
				continue
			}
			seen++
			if text := plain(page(x[1])); !strings.Contains(text, "（"+due[2]+"）") {
				t.Errorf("%s: the campaign says 应达 %s, the page of the item does not", x[1], due[2])
			}
		}
	}
	if seen < 6 {
		t.Errorf("only %d items were compared", seen)
	}
}

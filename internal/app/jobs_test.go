package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"duban/internal/web/uitest"
)

// visitor is a person at a browser: reads what is on the screen and clicks what it says. Nothing is sent by hand, so a step that
// a person cannot take by what the page offers fails the test.
type visitor struct {
	t    *testing.T
	ctx  context.Context
	base string
	taps int // clicks since the count was last set to 0
}

// enter logs in by the form and goes where the program sends this person.
func (v *visitor) enter(who string, wide bool) {
	v.t.Helper()
	v.size(wide)
	if err := login(v.ctx, v.base, who); err != nil {
		v.t.Fatalf("%s cannot log in: %v", who, err)
	}
}

func (v *visitor) size(wide bool) {
	v.t.Helper()
	w, h, kind := int64(390), int64(844), chromedp.EmulateMobile
	if wide {
		w, h, kind = 1440, 900, chromedp.EmulateLandscape
	}
	v.do(chromedp.EmulateViewport(w, h, chromedp.EmulateScale(1), kind))
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.fail("%v", err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](v *visitor, js string) T {
	v.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
		x, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
		cancel()
		if err == nil {
			return x
		}
		if time.Now().After(end) { // until then it is a page that is just being left
			v.fail("%s: %v", js, err)
		}
	}
}

// patience is how long a visitor waits for a page of a busy machine.
const patience = 60 * time.Second

// fail stops the test with what is on the screen; DUBAN_SHOTS=dir keeps a picture.
func (v *visitor) fail(format string, args ...any) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 10*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname+"\n"+document.querySelector("main").innerText`))
	if dir := os.Getenv("DUBAN_SHOTS"); dir != "" {
		if png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
			os.WriteFile(filepath.Join(dir, strings.ReplaceAll(v.t.Name(), "/", "_")+".png"), png, 0o644)
		}
	}
	if r := []rune(text); len(r) > 1500 {
		text = string(r[:1500])
	}
	v.t.Fatalf("%s\non the screen: %s", fmt.Sprintf(format, args...), text)
}

// until waits until the page is whole and a condition holds.
func (v *visitor) until(what, js string) {
	v.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(40 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(v.ctx, 5*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState==="complete" && !!(`+js+`)`))
		cancel()
		if err == nil && ok { // an error is a page that is just being left
			return
		}
		if time.Now().After(end) {
			v.fail("waited in vain for %s", what)
		}
	}
}

// sees waits for words on the screen.
func (v *visitor) sees(words string) {
	v.t.Helper()
	v.until("“"+words+"”", `document.body.innerText.includes(`+strconv.Quote(words)+`)`)
}

// click clicks the visible button, link or label that says this; what begins so is taken where nothing says just this.
func (v *visitor) click(words string) {
	v.t.Helper()
	plain := strings.Join(strings.Fields(words), "")
	found := func(exact bool) string {
		return fmt.Sprintf(`(()=>{for(const e of document.querySelectorAll("[data-hit]"))e.removeAttribute("data-hit");
		const is=e=>{const t=e.innerText.replace(/\s+/g,"");return %v?t===%q||e.getAttribute("aria-label")===%q:t.startsWith(%q)};
		const e=[...document.querySelectorAll("main a,main button,main summary,main label"),...document.querySelectorAll("header a,header summary,nav a")].find(e=>e.getClientRects().length&&is(e));
		if(!e)return false;e.setAttribute("data-hit","");e.scrollIntoView({block:"center",behavior:"instant"});return true})()`, exact, plain, words, plain)
	}
	const over = `(()=>{const h=document.querySelector("[data-hit]"),r=h.getClientRects()[0],e=document.elementFromPoint(r.x+r.width/2,r.y+r.height/2);return !e?"nothing":h.contains(e)||e.contains(h)?"":e.outerHTML.slice(0,200)})()`
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		lack := "nothing to click says “" + words + "”"
		if ask[string](v, `document.readyState`) != "complete" {
			continue
		}
		if ask[bool](v, found(true)) || ask[bool](v, found(false)) {
			covered := ask[string](v, over)
			if covered == "" {
				break
			}
			lack = "“" + words + "” is covered by " + covered
		}
		if time.Now().After(end) {
			v.fail("%s", lack)
		}
	}
	v.taps++
	v.do(chromedp.Click(`[data-hit]`))
}

// fill writes into the field under a label, as typing does.
func (v *visitor) fill(name, words string) {
	v.t.Helper()
	sel := `main form [name="` + name + `"]`
	if !ask[bool](v, `(()=>{const e=document.querySelector(`+strconv.Quote(sel)+`);if(!e||!e.getClientRects().length)return false;e.scrollIntoView({block:"center",behavior:"instant"});e.focus();if(e.select)e.select();return true})()`) {
		v.fail("no field %s to write in", name)
	}
	v.do(chromedp.KeyEvent(kb.Backspace), chromedp.SendKeys(sel, words))
}

// pick chooses the option of a list that contains these words.
func (v *visitor) pick(name, words string) {
	v.t.Helper()
	if !ask[bool](v, fmt.Sprintf(`(()=>{const s=document.querySelector('main form select[name="%s"]');if(!s)return false;const o=[...s.options].find(o=>o.text.includes(%q));if(!o)return false;
	s.value=o.value;s.dispatchEvent(new Event("input",{bubbles:true}));s.dispatchEvent(new Event("change",{bubbles:true}));return true})()`, name, words)) {
		v.fail("list %s has no “%s”", name, words)
	}
}

func (v *visitor) key(keys string, mods ...chromedp.Modifier) {
	v.t.Helper()
	v.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(mods...)))
}

func (v *visitor) value(name string) string {
	v.t.Helper()
	return ask[string](v, `document.querySelector('main form [name="`+name+`"]').value`)
}

// TestJobsInBrowser does each role's job of the demonstration's first day in one Chromium, by clicking what the pages offer.
//
// Source: S3 to S9.
func TestJobsInBrowser(t *testing.T) {
	ctx := uitest.Browser(t)
	_, srv := demonstration(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+"/healthz")); err != nil { // the browser lives as long as the test, not as its first step
		t.Fatal(err)
	}
	for _, job := range []struct {
		name string
		do   func(*visitor)
	}{
		{"clerk reports, with keys and without script", clerkReports},
		{"leader decides", leaderDecides},
		{"supervisor verifies", supervisorVerifies},
		{"appraiser tries a quarter", appraiserTries},
		{"three administrators", administratorsAdmit},
		{"keys", keysWork},
	} {
		t.Run(job.name, func(t *testing.T) { job.do(&visitor{t: t, ctx: ctx, base: srv.URL}) })
	}
}

// open is how many things the head of the clerk's list says are open.
func (v *visitor) open() (n int) {
	v.t.Helper()
	v.until("the list", `location.pathname==="/todo"&&/还要办 \d+ 件/.test(document.body.innerText)`)
	n, _ = strconv.Atoi(ask[string](v, `document.body.innerText.match(/还要办 (\d+) 件/)[1]`))
	return n
}

const clerkTask = "新增规模以上企业（七都）"

func clerkReports(v *visitor) {
	v.enter("qidu2", false)
	before := v.open()
	v.click(clerkTask)
	v.sees("累计完成")
	v.fill("value", "1") // August had 3
	v.fill("help", "请协调用地指标")
	v.click("提交")
	v.until("the error summary in focus", `document.activeElement&&document.activeElement.closest(".errsum")`)
	v.sees("上月")
	if got, help := v.value("value"), v.value("help"); got != "1" || help != "请协调用地指标" {
		v.fail("what was typed is lost: %q, %q", got, help)
	}
	v.fill("value", "4")
	v.click("提交")
	v.sees("已提交")
	v.sees("台账第")
	v.click("撤回修改（核验前）")
	v.sees("已撤回")

	v.click("返回")
	if n := v.open(); n != before {
		v.fail("after the withdrawal %d are open, before it were %d", n, before)
	}
	v.taps = 0
	v.click(clerkTask)
	v.sees("累计完成")
	v.fill("value", "4")
	v.click("提交")
	v.sees("已提交")
	if v.taps > 2 {
		v.fail("a report takes %d taps from the list", v.taps)
	}
	v.click("返回")
	if n := v.open(); n != before-1 {
		v.fail("after the report %d are open, before it were %d", n, before)
	}

	v.size(true)
	v.click("薄弱村转化（七都）")
	v.sees("累计完成")
	v.fill("help", "请帮助对接项目")
	v.key(kb.Enter, chromedp.ModifierCtrl)
	v.sees("已提交")
	v.sees("请帮助对接项目")
	clerkWithoutScript(v)
}

// clerkWithoutScript files the next report of the same clerk in a browser that runs no script.
func clerkWithoutScript(v *visitor) {
	v.size(false)
	if _, err := chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		v.t.Fatal(err)
	}
	defer chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
	v.do(chromedp.Navigate(v.base + "/todo"))
	v.open()
	if ask[bool](v, `document.documentElement.classList.contains("js")`) {
		v.fail("the page's script has run")
	}
	v.click("集镇污水管网（七都）")
	v.sees("累计完成")
	v.click("提交")
	v.sees("已提交")
}

func leaderDecides(v *visitor) {
	v.enter("shuji", true)
	v.until("the cockpit", `location.pathname==="/cockpit"`)
	worst := ask[string](v, `[...document.querySelectorAll("main .card")].find(c=>c.innerText.startsWith("最急的任务")).querySelector("tbody a").innerText.trim()`)
	if worst == "" {
		v.fail("no worst task is named")
	}
	if lede := ask[string](v, `document.querySelector(".lede").innerText`); !strings.Contains(lede, worst) {
		v.fail("the first sentence does not name %s: %s", worst, lede)
	}
	if bottom := ask[float64](v, `[...document.querySelectorAll("main .card")].find(c=>c.innerText.startsWith("最急的任务")).querySelector("tbody tr").getBoundingClientRect().bottom`); bottom > 900 {
		v.fail("the worst task is %g px down", bottom)
	}
	v.click("批准")
	v.until("the request", `location.pathname.startsWith("/adjustments/")&&document.querySelector('[name="doc_no"]')`)
	v.click("批准")
	v.click("签批") // an approval without a document number
	v.until("the error summary in focus", `document.activeElement&&document.activeElement.closest(".errsum")`)
	v.fill("doc_no", "区政办〔2017〕88号")
	v.click("签批")
	v.sees("已批准")
	v.sees("区政办〔2017〕88号")
}

func supervisorVerifies(v *visitor) {
	v.enter("ducha1", true)
	v.click("督查整改")
	v.sees("本月还没有组织督查")
	v.click("组织督查")
	v.until("the form", `document.querySelector('[name="basis"]')`)
	v.fill("title", "9月攻坚行动督查")
	v.fill("basis", "区政府第 20 次常务会议决定")
	v.pick("leader", "督查室")
	v.click(ask[string](v, `document.querySelector('[name="inspectors"]').labels[0].innerText.trim()`))
	v.click("立项")
	v.sees("还没有抽样")
	v.fill("size", "6")
	v.click("抽样")
	v.sees("抽样记录")
	v.click("开始督查")
	v.sees("结束督查")
	v.click("核验：")
	v.until("the check", `document.querySelector('[name="grade"]')`)
	v.fill("value", "1")
	v.fill("note", "到现场看了，数与台账一致")
	v.click("3 级：文件或照片")
	v.until("the grade chosen", `document.querySelector('[name="grade"]:checked')`)
	v.click("提交核验")
	v.sees("重新核验")
	v.sees("数与台账一致")
	v.click("下达问题：")
	v.until("the finding", `document.querySelector('[name="fact"]')`)
	v.pick("kind", ask[string](v, `document.querySelector('[name="kind"]').options[1].text`))
	v.fill("fact", "10月9日现场看到路基未封闭，比自报少 200 米")
	v.fill("requirement", "10月底前封闭施工面，并附验收单")
	v.click("下达")
	v.until("the finding on record", `document.body.innerText.includes("路基未封闭")&&!document.querySelector('[name="fact"]')`)
}

func appraiserTries(v *visitor) {
	v.enter("kaohe1", true)
	v.click("考核评比")
	v.sees("开一轮评比")
	v.fill("period", "2017Q3")
	v.pick("scheme", "第 1 版")
	v.click("只公布档次")
	v.click("开一轮评比")
	v.sees("2017年三季度评比")
	v.click("试算")
	v.sees("等数据来源单位确认")
	v.enter("tongji", true)
	v.click("考核评比")
	v.click("2017年三季度评比")
	v.click("确认数据来源")
	v.sees("各单位可写自评说明")
}

func administratorsAdmit(v *visitor) {
	v.enter("xitong", true)
	v.click("单位")
	v.click("七都镇")
	v.click("新增人员")
	v.until("the form", `document.querySelector('main form [name="name"]')`)
	v.fill("name", "雷初晴")
	v.click("存下")
	v.sees("雷初晴")
	v.click("账号")
	v.until("the accounts", `document.querySelector('[name="person"]')`)
	v.pick("person", "雷初晴")
	v.fill("login", "qidu3")
	v.click("开设账号")
	v.sees("初始密码只显示这一次")

	v.enter("anquan", true)
	v.pick("person", "雷初晴")
	v.pick("role", "要第二个人确认")
	v.fill("reason", "七委〔2017〕30号任职")
	v.click("提出授权")
	v.sees("七委〔2017〕30号任职")
	if ask[bool](v, `[...document.querySelectorAll("main button")].some(b=>b.innerText.trim()==="确认")`) {
		v.fail("who proposes may confirm")
	}

	v.enter("rizhi", true)
	v.click("授权")
	v.sees("雷初晴")
	v.click("确认")
	v.sees("没有等确认的授权")
}

func keysWork(v *visitor) {
	v.enter("ducha1", true)
	v.do(chromedp.Navigate(v.base + "/adjustments"))
	v.key("?")
	v.until("the list of keys", `!document.querySelector("#keys").hidden`)
	v.key(kb.Escape)
	v.until("the list of keys shut", `document.querySelector("#keys").hidden`)
	v.key("j")
	v.key("j")
	v.key("k")
	v.until("the first row in focus", `document.activeElement===document.querySelector("[data-rows] tbody tr")`)
	want := ask[string](v, `document.querySelector("[data-rows] tbody tr a").getAttribute("href")`)
	v.key(kb.Enter)
	v.until("the row opened", `location.pathname===`+strconv.Quote(want))
	v.key("g")
	v.key("w")
	v.until("the wall", `location.pathname==="/wall"`)
	v.key("/")
	v.until("the search in focus", `document.activeElement===document.querySelector(".srch input")`)
	ask[string](v, `document.querySelector(".srch input").value=""`)
	v.do(chromedp.SendKeys(`.srch input`, "七都"+kb.Enter)) // the protocol sends the character even where the page took the key
	v.until("what was found", `location.pathname==="/search"`)
	v.sees(clerkTask)
}

package gallery

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duban/internal/web/uitest"
)

// behaviours are small plays in the browser: a page, and a script that returns what went wrong.
var behaviours = []struct{ name, page, script string }{
	{"rows by keyboard", "list", `
		key('j'); key('j'); key('k');
		const row = document.querySelector('[data-rows] tbody tr');
		if (document.activeElement !== row) return 'j j k does not stand on the first row';
		key(' ', row);
		const bar = document.querySelector('[data-bulk]');
		if (bar.hidden || !row.classList.contains('sel')) return 'space does not select';
		key('j'); key('j'); key(' ', document.activeElement, {shiftKey: true});
		if (document.querySelector('[data-bulk-count]').textContent !== '3') return 'shift and space do not select a range';
		key('Escape');
		if (!bar.hidden || document.querySelector('.sel')) return 'Esc does not clear';`},
	{"letters while typing", "list", `
		const q = document.querySelector('.srch input');
		key('/');
		if (document.activeElement !== q) return '/ does not go to the search';
		key('?', q);
		if (!document.querySelector('#keys').hidden) return '? acts while typing';
		key('Escape', q);
		key('?');
		if (document.querySelector('#keys').hidden) return '? shows nothing';
		key('Escape');
		if (!document.querySelector('#keys').hidden) return 'Esc leaves the help open';`},
	{"drawer", "list", `
		window.mark = 1;
		const a = document.querySelector('a.nm');
		a.focus(); a.click();
		if (!await until(() => document.querySelector('#drawer [data-drawer]'))) return 'no drawer';
		if (!await until(() => document.activeElement.matches('[data-drawer]'))) return 'focus stays behind';
		if (window.mark !== 1 || !location.search.includes('open=HB-033')) return 'page was loaded anew or address is wrong: ' + location;
		if (!document.body.classList.contains('with-drawer')) return 'list lies under the drawer';
		key('Escape');
		if (!await until(() => !document.querySelector('#drawer [data-drawer]'))) return 'Esc does not close';
		if (!await until(() => document.activeElement === a)) return 'focus does not come back';`},
	{"exact steps", "form", `
		const i = document.querySelector('#f-done'), plus = document.querySelector('[data-step="0.1"]'), minus = document.querySelector('[data-step="-0.1"]');
		i.value = '9007199254740993.2'; plus.click();
		if (i.value !== '9007199254740993.3') return i.value;
		i.value = '０．１'; minus.click(); minus.click();
		if (i.value !== '0.0') return i.value;
		i.value = '3亿'; plus.click();
		if (i.value !== '3亿') return 'what was typed is lost';
		if (!/^ZQ21-\d{4}-[0-9A-F]{4}$/.test(document.querySelector('[name=receipt]').value)) return 'no receipt number';`},
	{"a hint of what was typed", "form", `
		const p = document.querySelector('#f-done-hint'), was = p.textContent;
		document.querySelector('[data-step="0.1"]').click();
		if (p.textContent === was || p.textContent !== p.dataset.typed) return 'speaks of another value: ' + p.textContent;`},
	{"a draft that is refused", "form", `
		const real = window.fetch, h = document.querySelector('#f-help'), state = () => document.querySelector('[data-draft-state]').textContent;
		window.fetch = () => Promise.resolve(new Response('', {status: 422}));
		h.value = '请协调'; h.dispatchEvent(new Event('input', {bubbles: true}));
		if (!await until(() => state() === '草稿没存上，已存手机')) return state();
		window.fetch = real;`},
	{"draft on the server", "form", `
		const h = document.querySelector('#f-help');
		h.value = '请协调'; h.dispatchEvent(new Event('input', {bubbles: true}));
		if (!await until(() => /^已存草稿 \d\d:\d\d$/.test(document.querySelector('[data-draft-state]').textContent))) return document.querySelector('[data-draft-state]').textContent;
		if (localStorage.length) return 'kept on the phone although the server has it';`},
	{"no network", "form", `
		const real = window.fetch;
		window.fetch = () => Promise.reject(new TypeError('no network'));
		document.querySelector('#f-help').value = '请协调林地手续';
		document.querySelector('[data-submit]').click();
		if (!await until(() => document.querySelector('[data-draft-state]').textContent === '没网，已存手机')) return 'no word of it';
		if (!document.querySelector('#toasts').textContent.includes('没交上去，网断了')) return 'no toast';
		const kept = JSON.stringify(localStorage);
		if (!kept.includes('请协调林地手续')) return 'draft is lost';
		if (kept.includes('sample-token') || kept.includes(document.querySelector('[name=request_key]').value)) return 'secrets are kept: ' + kept;
		window.fetch = real;
		window.dispatchEvent(new Event('online'));
		if (!await until(() => location.pathname === '/gallery/done')) return 'not sent when the network came back';
		if (localStorage.length) return 'draft stays after sending';
		if (!document.querySelector('h2').textContent.includes('已提交')) return 'no receipt page';`},
	{"from the phone's form to a page of the desk", "form", `
		const real = window.fetch;
		window.fetch = () => real('/gallery/list');
		document.querySelector('#f-help').value = '请协调';
		document.querySelector('[data-submit]').click();
		if (!await until(() => document.querySelector('header.top'))) return 'no navigation: ' + document.body.className;
		window.fetch = real;
		if (document.querySelector('.mh') || document.querySelectorAll('h1').length !== 1) return 'the frame of the phone stays';
		key('?');
		if (document.querySelector('#keys').hidden) return 'the keys are dead';`},
	{"focus on what is wrong", "form-error", `
		if (document.activeElement.id !== 'errsum') return 'focus is on ' + document.activeElement.tagName;
		for (const a of document.querySelectorAll('#errsum a')) if (!document.querySelector(a.getAttribute('href'))) return 'link without field ' + a.href;`},
	{"photo made small", "form", `
		const c = document.createElement('canvas'); c.width = 3000; c.height = 2000;
		const g = c.getContext('2d');
		for (let i = 0; i < 4000; i++) { g.fillStyle = 'hsl(' + (i * 37 % 360) + ',80%,' + (20 + i % 60) + '%)'; g.fillRect(i * 97 % 3000, i * 61 % 2000, 90, 70); }
		const blob = await new Promise(r => c.toBlob(r, 'image/png'));
		const dt = new DataTransfer(); dt.items.add(new File([blob], 'IMG_1.png', {type: 'image/png', lastModified: new Date(2017, 7, 22, 10, 41, 5).getTime()}));
		const names = () => JSON.stringify([...new FormData(document.querySelector('#f-photos').form).keys()]), before = names();
		const input = document.querySelector('#f-photos'); input.files = dt.files;
		input.dispatchEvent(new Event('change', {bubbles: true}));
		if (!await until(() => document.querySelector('.pho .p'))) return 'no thumbnail';
		const f = input.files[0];
		if (f.type !== 'image/jpeg' || f.name !== '20170822-104105.jpg') return f.type + ' ' + f.name;
		if (f.size > 300 * 1024) return 'still ' + f.size + ' bytes of ' + blob.size;
		if (names() !== before) return 'fields that no form admits: ' + names();
		document.querySelector('.pho .p button').click();
		if (input.files.length || document.querySelector('.pho .p')) return 'cannot be taken back';`},
	{"a file that is too large", "form", `
		const dt = new DataTransfer(); dt.items.add(new File([new Uint8Array(21 << 20)], '方案.pdf', {type: 'application/pdf'}));
		const input = document.querySelector('#f-photos'); input.files = dt.files;
		input.dispatchEvent(new Event('change', {bubbles: true}));
		if (!await until(() => document.querySelector('#toasts').textContent.includes('“方案.pdf”有 21 MB，最多 20 MB'))) return 'no word of it';
		if (input.files.length) return 'the form would be refused as a whole';`},
	{"result of an act", "list", `
		const t = document.querySelector('[data-toast]');
		if (!t.textContent.includes('撤销（')) return 'no way back: ' + t.textContent;
		t.dispatchEvent(new Event('mouseleave'));
		for (let i = 0; i < 3 && !t.hidden; i++) await until(() => t.hidden);
		if (!t.hidden) return 'stays for ever';
		if (!t.querySelector('form[data-undo] [name=csrf_token]')) return 'undo has no token';
		let sent = ''; HTMLFormElement.prototype.submit = function () { sent = this.getAttribute('action'); };
		key('z', document.body, {ctrlKey: true});
		if (sent !== '/gallery/undo') return 'Ctrl+Z does not undo';`},
	{"letters that go", "list", `
		let went = ''; document.querySelector('[data-go="w"]').addEventListener('click', e => { e.preventDefault(); went = e.currentTarget.getAttribute('href'); });
		key('g'); key('w');
		if (went !== '/gallery/wall') return 'g w goes nowhere';`},
	{"the wall refreshes in place", "wall?mode=screen", `
		window.mark = 1;
		document.querySelector('#wall tbody').innerHTML = '';
		if (!document.body.dataset.refresh) return 'not asked for';
		await window.dubanRefresh();
		if (window.mark !== 1 || document.querySelectorAll('#wall tbody tr').length < 10) return 'not refreshed';`},
	{"chart", "cockpit", `
		if (!document.querySelector('.chart-in svg')) return 'not drawn';`},
}

const stage = `(async () => {
	localStorage.clear();
	const key = (k, on, more) => (on || (document.activeElement || document.body)).dispatchEvent(new KeyboardEvent('keydown', Object.assign({key: k, bubbles: true, cancelable: true}, more)));
	const until = async f => { for (let i = 0; i < 80; i++) { if (f()) return true; await new Promise(r => setTimeout(r, 50)); } return false; };
`

// TestScript plays the behaviours under the strict policy.
func TestScript(t *testing.T) {
	ctx := uitest.Browser(t)
	srv := httptest.NewServer(Handler())
	defer srv.Close()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatal(err)
	}
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+"/gallery/"+b.page)); err != nil {
				t.Fatal(err)
			}
			wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](stage+b.script+"\nreturn '';})()", chromedp.EvalAwaitPromise))
			if err != nil || wrong != "" {
				t.Errorf("%s %v", wrong, err)
			}
		})
	}
}

// duban.js: what the server cannot do. Everything here is an addition: reading, filtering
// and sending work without it. No personal data is kept in the browser; the only thing kept
// is the draft of a report (form[data-draft]), for at most 30 days.
import { charts } from './chart.js';
import { drafts, receiptNumbers } from './draft.js';
import { files } from './photo.js';
import { keyboard } from './keys.js';

const $ = (s, root = document) => root.querySelector(s);
const $$ = (s, root = document) => Array.from(root.querySelectorAll(s));
document.documentElement.classList.add('js');

// ---- toasts: the result of an act, 8 seconds; 撤销 stays reachable by Ctrl+Z until the page is left
export function toast(text) {
  const t = document.createElement('div');
  t.className = 'toast-u';
  t.setAttribute('data-toast', '');
  const s = document.createElement('span');
  s.textContent = text;
  t.append(s);
  ($('#toasts') || document.body).append(t);
  run(t);
}
function run(t) {
  if (t.dataset.running) return;
  t.dataset.running = '1';
  let left = 8;
  let held = false;
  const secs = $('[data-secs]', t);
  const show = () => { if (secs) secs.textContent = '（' + left + ' 秒）'; };
  for (const e of ['mouseenter', 'focusin']) t.addEventListener(e, () => { held = true; });
  for (const e of ['mouseleave', 'focusout']) t.addEventListener(e, () => { held = false; });
  show();
  const timer = setInterval(() => {
    if (held) return;
    if (--left <= 0) { clearInterval(timer); t.hidden = true; } else show();
  }, 1000);
}

// ---- selection and the bar of acts
let lastPick = null;
function bulk() {
  const picks = $$('[data-pick]');
  const on = picks.filter(p => p.checked);
  for (const p of picks) { const tr = p.closest('tr'); if (tr) tr.classList.toggle('sel', p.checked); }
  for (const bar of $$('[data-bulk]')) {
    bar.hidden = on.length === 0;
    const n = $('[data-bulk-count]', bar);
    if (n) n.textContent = String(on.length);
  }
  for (const all of $$('[data-pick-all]')) {
    all.checked = picks.length > 0 && on.length === picks.length;
    all.indeterminate = on.length > 0 && on.length < picks.length;
  }
}
export function pickTo(box, range) {
  if (range && lastPick && lastPick !== box) {
    const picks = $$('[data-pick]');
    const a = picks.indexOf(lastPick), b = picks.indexOf(box);
    if (a >= 0 && b >= 0) for (let i = Math.min(a, b); i <= Math.max(a, b); i++) picks[i].checked = box.checked;
  }
  lastPick = box;
  bulk();
}
export function clearPicks() {
  const on = $$('[data-pick]').filter(p => p.checked);
  for (const p of on) p.checked = false;
  bulk();
  return on.length > 0;
}

// ---- 更多 in the bar closes by a click elsewhere
document.addEventListener('click', e => { for (const d of $$('details[data-fold][open]')) if (!d.contains(e.target)) d.open = false; });

// ---- drawer
let opener = null;
export function closeTop() {
  const open = $$('#keys').find(k => !k.hidden);
  if (open) { hideKeys(); return true; }
  const fold = $('details[data-fold][open]');
  if (fold) { fold.open = false; $('summary', fold).focus(); return true; }
  const close = $('#drawer [data-drawer-close]');
  if (close) { close.click(); return true; }
  return clearPicks();
}
export function showKeys() {
  const k = $('#keys');
  if (!k) return;
  opener = document.activeElement;
  k.hidden = false;
  k.focus();
}
function hideKeys() {
  const k = $('#keys');
  k.hidden = true;
  if (opener && opener.focus) opener.focus();
}
function drawerState(moveFocus) {
  const d = $('#drawer [data-drawer]');
  document.body.classList.toggle('with-drawer', !!d);
  if (!moveFocus) return;
  if (d) d.focus();
  else if (opener && document.contains(opener)) opener.focus();
}

// ---- a hint that speaks of the value in the box gives way to facts once another is typed
document.addEventListener('input', e => {
  const p = e.target.id && document.getElementById(e.target.id + '-hint');
  if (p && p.dataset.typed) p.textContent = p.dataset.typed;
});

// ---- numbers with − and ＋, exact: as many decimals as the step or the value has
function step(input, by) {
  const plain = input.value.trim().replace(/[,，\s]/g, '').replace(/[０-９．]/g, c => c === '．' ? '.' : String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  if (!/^-?\d*\.?\d*$/.test(plain) || !/^-?\d+(\.\d+)?$/.test(by)) return;
  const decimals = s => (s.split('.')[1] || '').length;
  const d = Math.max(decimals(plain), decimals(by));
  const scaled = s => {
    const neg = s.startsWith('-');
    const [whole, frac = ''] = s.replace('-', '').split('.');
    const n = BigInt((whole || '0') + frac.padEnd(d, '0'));
    return neg ? -n : n;
  };
  let n = scaled(plain || '0') + scaled(by);
  if (n < 0n) n = 0n;
  const text = n.toString().padStart(d + 1, '0');
  input.value = d ? text.slice(0, -d) + '.' + text.slice(-d) : text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

// ---- show another page in place of this one, for forms sent by the script
export function swapPage(html, url) {
  const doc = new DOMParser().parseFromString(html, 'text/html');
  const main = $('main', doc);
  if (!main) { location.assign(url); return; }
  if ($('script[data-chart]', doc) && !window.echarts) { location.assign(url); return; }
  if (doc.body.className !== document.body.className) { // from the phone's form to a page of the desk: nothing of the old frame stays
    for (const a of doc.body.attributes) document.body.setAttribute(a.name, a.value);
    document.body.replaceChildren(...Array.from(doc.body.childNodes)); // a copy: the list shrinks as they go
  } else {
    for (const sel of ['main', '#drawer', '#toasts', '.mh', '.top']) {
      const now = $(sel), then = $(sel, doc);
      if (now && then) now.replaceWith(document.adoptNode(then));
    }
  }
  document.title = doc.title;
  if (url !== location.href) history.pushState(null, '', url);
  if (window.htmx) window.htmx.process(document.body);
  window.scrollTo(0, 0);
  wake(document);
  const heading = $('#errsum') || $('main');
  if (heading) heading.focus();
}

// ---- everything that must be set up again for new parts of the page
function wake(root) {
  charts(root);
  receiptNumbers(root);
  files(root);
  drafts(root);
  for (const t of $$('[data-toast]')) run(t);
  bulk();
  drawerState(false);
}

document.addEventListener('click', e => {
  const t = e.target.closest('button,a,input,[data-close]');
  if (!t) return;
  if (t.dataset.close) {
    if (t.dataset.close === '#keys') hideKeys(); else { const x = $(t.dataset.close); if (x) x.hidden = true; }
  }
  if (t.matches('[data-drawer-link]')) opener = t;
  if (t.matches('[data-print]')) window.print();
  if (t.dataset.step && t.dataset.for) step(document.getElementById(t.dataset.for), t.dataset.step);
  if (t.matches('[data-pick]')) pickTo(t, e.shiftKey);
  if (t.matches('[data-pick-all]')) { for (const p of $$('[data-pick]')) p.checked = t.checked; bulk(); }
});

// A form sent twice acts once by its key; not sending it twice is only politeness.
document.addEventListener('submit', e => {
  const f = e.target;
  if (!f.matches('[data-form]')) return;
  if (f.dataset.sent) { e.preventDefault(); return; }
  f.dataset.sent = '1';
  setTimeout(() => { delete f.dataset.sent; }, 4000);
}, true);
window.addEventListener('pageshow', () => { for (const f of $$('[data-sent]')) delete f.dataset.sent; });

// ---- htmx
document.addEventListener('htmx:afterSettle', e => {
  wake(document);
  const id = e.target && e.target.id;
  if (id === 'drawer' || $('#drawer', e.target)) drawerState(true);
  const err = $('#errsum', e.target);
  if (err) err.focus();
});
document.addEventListener('htmx:sendError', () => toast('没网，刚才那一步没有做成。连上后请再点一次。'));
document.addEventListener('htmx:responseError', () => toast('系统出错，刚才那一步没有做成。请再试一次。'));
document.addEventListener('htmx:oobAfterSwap', () => { for (const t of $$('[data-toast]')) run(t); });

// ---- the wall: fetch the page again and exchange its living parts, silently
const every = parseInt(document.body.dataset.refresh || '0', 10);
const refresh = () => fetch(location.href, { headers: { 'X-Refresh': '1' }, credentials: 'same-origin' }).then(r => r.ok ? r.text() : Promise.reject(r.status)).then(html => {
  const doc = new DOMParser().parseFromString(html, 'text/html');
  for (const now of $$('[data-live][id]')) {
    const then = doc.getElementById(now.id);
    if (then && then.innerHTML !== now.innerHTML) now.replaceWith(document.adoptNode(then));
  }
  wake(document);
}).catch(() => {}); // the page stays as it is; its own time says how old it is
window.dubanRefresh = refresh;
if (every > 0) setInterval(() => { if (!document.hidden) refresh(); }, Math.max(every, 30) * 1000);

keyboard({ showKeys, closeTop, pickTo });
wake(document);
const errsum = $('#errsum');
if (errsum) errsum.focus();
else if ($('#drawer [data-drawer]') && !location.hash) $('#drawer [data-drawer]').focus({ preventScroll: true });

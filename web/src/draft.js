// Drafts: saved 2 seconds after the last change and on leaving a field, to the server; without a
// network on the phone (report forms only). A report sent without a network is sent when it comes back:
// its key makes that safe.
import { swapPage, toast } from './duban.js';

const DAY = 86400000;
const PREFIX = 'duban-draft:';
const hhmm = () => { const d = new Date(); return String(d.getHours()).padStart(2, '0') + ':' + String(d.getMinutes()).padStart(2, '0'); };
const known = new WeakSet();
let waiting = null; // the form to send when the network is back

function state(text, ok) {
  for (const s of document.querySelectorAll('[data-draft-state]')) {
    s.textContent = text;
    s.classList.toggle('st-off', !ok);
  }
}

// What may lie on the phone: the answers, never tokens, keys, files or secrets.
function answers(form) {
  const out = [];
  for (const el of form.elements) {
    if (!el.name || el.disabled || el.dataset.private !== undefined || /^(hidden|password|file|submit|button)$/.test(el.type)) continue;
    if (/^(checkbox|radio)$/.test(el.type)) { if (el.checked) out.push([el.name, el.value]); } else out.push([el.name, el.value]);
  }
  return out;
}
function restore(form, list) {
  const byName = {};
  for (const [n, v] of list) (byName[n] = byName[n] || []).push(v);
  for (const el of form.elements) {
    if (!el.name || el.dataset.private !== undefined || /^(hidden|password|file|submit|button)$/.test(el.type)) continue;
    const vs = byName[el.name];
    if (/^(checkbox|radio)$/.test(el.type)) el.checked = !!vs && vs.includes(el.value);
    else if (vs && vs.length) el.value = vs.shift();
  }
}
function keep(form) {
  if (!form.dataset.draft) return false;
  try { localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ at: Date.now(), v: answers(form) })); return true; } catch (_) { return false; }
}
function drop(form) { if (form.dataset.draft) try { localStorage.removeItem(PREFIX + form.dataset.draft); } catch (_) { /* nothing kept */ } }
function kept(key) {
  try {
    const d = JSON.parse(localStorage.getItem(PREFIX + key) || 'null');
    return d && Array.isArray(d.v) ? d : null;
  } catch (_) { return null; }
}
function tidy() {
  try {
    for (const k of Object.keys(localStorage)) {
      if (!k.startsWith(PREFIX)) continue;
      const d = kept(k.slice(PREFIX.length));
      if (!d || Date.now() - d.at > 30 * DAY) localStorage.removeItem(k);
    }
  } catch (_) { /* storage is off */ }
}

const offline = form => state(keep(form) ? '没网，已存手机' : '没网，还没存上', false);

// save keeps the form now and says where.
export function save(form) {
  clearTimeout(form.dubanTimer);
  if (!form.dataset.autosave) { if (keep(form)) state('已存手机 ' + hhmm(), true); return; }
  const body = new URLSearchParams();
  for (const el of form.elements) if (el.type === 'hidden' && el.name) body.append(el.name, el.value);
  for (const [n, v] of answers(form)) body.append(n, v);
  const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
  headers['Content-Type'] = 'application/x-www-form-urlencoded';
  fetch(form.dataset.autosave, { method: 'POST', body, headers, credentials: 'same-origin', redirect: 'manual' }).then(r => {
    if (r.ok) { state('已存草稿 ' + hhmm(), true); drop(form); return; }
    const where = keep(form) ? '，已存手机' : '，还没存上'; // the network is there: a log-in that ended answers with a redirect
    state((r.type === 'opaqueredirect' || r.status === 401 ? '登录过期' : '草稿没存上') + where, false);
  }).catch(() => offline(form));
}

function send(form, button) {
  const body = new FormData(form);
  if (button && button.name) body.append(button.name, button.value);
  const plain = form.enctype !== 'multipart/form-data';
  const action = (button && button.getAttribute('formaction')) || form.getAttribute('action') || location.href;
  fetch(action, { method: 'POST', body: plain ? new URLSearchParams(body) : body, credentials: 'same-origin' }).then(r => r.text().then(html => {
    delete form.dataset.sent;
    if (r.ok) drop(form);
    waiting = null;
    swapPage(html, r.redirected ? r.url : location.href);
  })).catch(() => {
    delete form.dataset.sent;
    keep(form);
    waiting = { form, button };
    state('没网，已存手机', false);
    toast('没交上去，网断了。您填的都在，连上后自动再交。');
  });
}

// drafts sets up the forms that keep drafts.
export function drafts(root) {
  for (const form of root.querySelectorAll('form[data-autosave],form[data-draft]')) {
    if (known.has(form)) continue;
    known.add(form);
    const d = form.dataset.draft && kept(form.dataset.draft);
    if (d && !document.getElementById('errsum')) { restore(form, d.v); state('已取回手机里的草稿', true); if (form.dataset.autosave && navigator.onLine) save(form); }
    const later = () => { clearTimeout(form.dubanTimer); form.dubanTimer = setTimeout(() => save(form), 2000); };
    form.addEventListener('input', later);
    form.addEventListener('change', later);
    form.addEventListener('focusout', () => { if (form.dubanTimer) { save(form); form.dubanTimer = 0; } });
    if (form.dataset.draft) form.addEventListener('submit', e => { if (e.defaultPrevented) return; e.preventDefault(); clearTimeout(form.dubanTimer); form.dubanTimer = 0; send(form, e.submitter); });
  }
}

window.addEventListener('online', () => {
  if (waiting && document.contains(waiting.form)) { const w = waiting; waiting = null; send(w.form, w.button); return; }
  for (const f of document.querySelectorAll('form[data-autosave]')) if (f.dataset.draft && kept(f.dataset.draft)) save(f);
});
window.addEventListener('offline', () => { const f = document.querySelector('form[data-draft]'); if (f) offline(f); });

// receiptNumbers makes the receipt number (回执) of a report on the phone: prefix, date, four random digits of 16.
export function receiptNumbers(root) {
  for (const el of root.querySelectorAll('input[data-receipt]')) {
    if (el.value) continue;
    const d = new Date(), r = new Uint8Array(2);
    crypto.getRandomValues(r);
    const two = n => String(n).padStart(2, '0');
    el.value = el.dataset.receipt + '-' + two(d.getMonth() + 1) + two(d.getDate()) + '-' + Array.from(r, b => b.toString(16).padStart(2, '0')).join('').toUpperCase();
  }
}
tidy();

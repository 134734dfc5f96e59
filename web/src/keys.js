// Keyboard. Single letters do nothing while typing, and can be switched off (body[data-nokeys]).
import { save } from './draft.js';

export function keyboard({ showKeys, closeTop, pickTo }) {
  let row = null;
  let goUntil = 0;
  const rows = () => Array.from(document.querySelectorAll('[data-rows] tbody tr')).filter(r => r.offsetParent !== null && !r.classList.contains('tier'));
  const typing = t => t.isContentEditable || /^(TEXTAREA|SELECT)$/.test(t.tagName) || (t.tagName === 'INPUT' && !/^(checkbox|radio|button|submit|file)$/.test(t.type));
  const move = by => {
    const list = rows();
    if (!list.length) return;
    let i = list.indexOf(row && document.contains(row) ? row : null);
    i = i < 0 ? (by > 0 ? 0 : list.length - 1) : Math.max(0, Math.min(list.length - 1, i + by));
    row = list[i];
    row.tabIndex = -1;
    row.focus();
  };
  document.addEventListener('focusin', e => { const r = e.target.closest && e.target.closest('[data-rows] tbody tr'); if (r) row = r; });
  document.addEventListener('keydown', e => {
    if (e.isComposing || e.defaultPrevented) return;
    const t = e.target;
    if (e.ctrlKey || e.metaKey) {
      const form = (t.closest && t.closest('form[data-form]')) || document.querySelector('form[data-autosave],form[data-draft]');
      if (e.key === 's' && form && form.matches('[data-autosave],[data-draft]')) { e.preventDefault(); save(form); }
      if (e.key === 'Enter' && form && form.contains(t)) { e.preventDefault(); const b = form.querySelector('[data-submit]'); if (b) b.click(); else if (form.requestSubmit) form.requestSubmit(); }
      if (e.key === 'z' && !e.shiftKey && !typing(t)) { const undo = document.querySelectorAll('form[data-undo]'); if (undo.length) { e.preventDefault(); undo[undo.length - 1].submit(); } }
      return;
    }
    if (e.altKey) return;
    if (e.key === 'Escape') { if (typing(t)) t.blur(); else if (closeTop()) e.preventDefault(); return; }
    if (typing(t) || document.body.hasAttribute('data-nokeys')) return;
    if (goUntil > Date.now()) {
      goUntil = 0;
      const a = /^[a-z]$/.test(e.key) && document.querySelector('[data-go="' + e.key + '"]');
      if (a) { e.preventDefault(); a.click(); }
      return;
    }
    switch (e.key) {
      case '/': { const q = document.querySelector('.srch input'); if (q) { e.preventDefault(); q.focus(); q.select(); } break; }
      case '?': e.preventDefault(); showKeys(); break;
      case 'g': goUntil = Date.now() + 1500; break;
      case 'j': move(1); break;
      case 'k': move(-1); break;
      case ' ': {
        if (t !== row) break; // a button or a link keeps its own space
        const box = row && row.querySelector('[data-pick]');
        if (box) { e.preventDefault(); box.checked = !box.checked; pickTo(box, e.shiftKey); }
        break;
      }
      case 'Enter': {
        if (t !== row) break;
        const a = row && row.querySelector('a.nm,th a,a');
        if (a) { e.preventDefault(); a.click(); }
        break;
      }
    }
  });
}

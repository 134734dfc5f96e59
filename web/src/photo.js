// Photographs: made small (at most about 300 KB), place and other hidden data removed by drawing them anew,
// time kept in the name. The form carries the files and nothing about them: the server hashes what it gets.
import { toast } from './duban.js';

const MAX_BYTES = 300 * 1024, MAX_SIDE = 1600, MAX_FILE = 20; // MB: the server refuses more, and with it the whole form
const known = new WeakSet();
const stamp = t => { const d = new Date(t), two = n => String(n).padStart(2, '0'); return d.getFullYear() + two(d.getMonth() + 1) + two(d.getDate()) + '-' + two(d.getHours()) + two(d.getMinutes()) + two(d.getSeconds()); };

function draw(file) {
  return new Promise((done, fail) => {
    const url = URL.createObjectURL(file), img = new Image();
    img.onload = () => {
      const k = Math.min(1, MAX_SIDE / Math.max(img.naturalWidth, img.naturalHeight));
      const c = document.createElement('canvas');
      c.width = Math.max(1, Math.round(img.naturalWidth * k));
      c.height = Math.max(1, Math.round(img.naturalHeight * k));
      const g = c.getContext('2d');
      g.fillStyle = '#fff';
      g.fillRect(0, 0, c.width, c.height);
      g.drawImage(img, 0, 0, c.width, c.height);
      URL.revokeObjectURL(url);
      const attempt = q => c.toBlob(b => {
        if (!b) fail(new Error('toBlob'));
        else if (b.size > MAX_BYTES && q > 0.35) attempt(q - 0.12);
        else done(b);
      }, 'image/jpeg', q);
      attempt(0.82);
    };
    img.onerror = () => { URL.revokeObjectURL(url); fail(new Error('not an image')); };
    img.src = url;
  });
}
async function small(file) {
  const blob = await draw(file);
  return { file: new File([blob], stamp(file.lastModified) + '.jpg', { type: 'image/jpeg', lastModified: file.lastModified }) };
}

export function files(root) {
  for (const input of root.querySelectorAll('.pho input[type=file]')) {
    if (known.has(input)) continue;
    known.add(input);
    const box = input.closest('.pho'), add = input.closest('.add'), photo = input.hasAttribute('data-photo');
    let list = [];
    const show = () => {
      const dt = new DataTransfer();
      for (const x of list) dt.items.add(x.file);
      input.files = dt.files;
      for (const p of box.querySelectorAll('.p')) p.remove();
      list.forEach((x, i) => {
        const p = document.createElement('div');
        p.className = 'p';
        if (/^image\//.test(x.file.type)) {
          const img = document.createElement('img');
          img.alt = '';
          img.src = x.url = x.url || URL.createObjectURL(x.file);
          p.append(img);
        }
        const s = document.createElement('span');
        s.textContent = photo ? x.file.name.slice(9, 11) + ':' + x.file.name.slice(11, 13) : x.file.name;
        const b = document.createElement('button');
        b.type = 'button';
        b.textContent = '×';
        b.setAttribute('aria-label', (photo ? '删除第 ' + (i + 1) + ' 张照片' : '删除 ' + x.file.name));
        b.addEventListener('click', () => { if (x.url) URL.revokeObjectURL(x.url); list.splice(i, 1); show(); input.focus(); });
        p.append(s, b);
        box.insertBefore(p, add);
      });
    };
    input.addEventListener('change', async () => {
      const fresh = Array.from(input.files);
      if (!input.multiple) list = [];
      for (const f of fresh) {
        const photograph = photo && /^image\//.test(f.type);
        if (!photograph && f.size > MAX_FILE * 1048576) { toast('“' + f.name + '”有 ' + Math.ceil(f.size / 1048576) + ' MB，最多 ' + MAX_FILE + ' MB，没有加上。'); continue; }
        if (!photograph) { list.push({ file: f }); continue; }
        try { list.push(await small(f)); } catch (_) { toast('有一张照片打不开，请重新拍一张。'); }
      }
      show();
    });
  }
}

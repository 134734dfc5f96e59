// Builds the browser's files into internal/web/assets/embed, each with its gzip form.
// The Go program embeds that folder and puts a hash of the content into every address.
import { build, transform } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { gate } from './gate.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, '../internal/web/assets/embed');
const testOut = path.join(here, 'build-test');
const target = 'chrome86'; // the oldest browser we promise
const mod = p => path.join(here, 'node_modules', p);
const src = p => path.join(here, 'src', p);
const read = p => fs.readFileSync(p, 'utf8');

fs.mkdirSync(out, { recursive: true });
for (const f of fs.readdirSync(out)) if (f !== '.keep') fs.rmSync(path.join(out, f), { recursive: true });
const size = {};
function put(name, text) {
  const raw = Buffer.from(text), gz = zlib.gzipSync(raw, { level: 9 });
  fs.writeFileSync(path.join(out, name), raw);
  fs.writeFileSync(path.join(out, name + '.gz'), gz);
  size[name] = [raw.length, gz.length];
}

// Style sheets. Ours must not use what the oldest browser lacks.
for (const name of ['duban.css', 'bulletin.css', 'wall.css']) {
  const text = read(src(name));
  const bad = gate(text);
  if (bad.length) throw new Error(`${name}: ${bad.join('; ')}`);
  put(name, (await transform(text, { loader: 'css', minify: true, target })).code);
}
const tabler = read(mod('@tabler/core/dist/css/tabler.min.css')).replace(/\/\*# sourceMappingURL=[^*]*\*\//, '');
const old = gate(tabler, { vendor: true });
if (old.length) throw new Error('tabler: ' + old.join('; '));
put('tabler.css', tabler);

// Scripts.
const js = async (entry, name) => put(name, (await build({ entryPoints: [entry], bundle: true, minify: true, target, format: 'iife', charset: 'utf8', legalComments: 'none', write: false })).outputFiles[0].text);
await js(src('duban.js'), 'duban.js');
await js(src('echarts.js'), 'echarts.js');
put('htmx.js', read(mod('htmx.org/dist/htmx.min.js')));

// Icons: one sprite of the icons that are used.
let sprite = '<svg xmlns="http://www.w3.org/2000/svg">';
for (const name of read(path.join(here, 'icons.txt')).split('\n').map(l => l.trim()).filter(l => l && !l.startsWith('#'))) {
  const svg = read(mod(`@tabler/icons/icons/outline/${name}.svg`));
  const shapes = [...svg.matchAll(/<(?:path|circle|rect|line|polyline)\b[^>]*\/>/g)].map(m => m[0]).filter(s => !s.includes('stroke="none"'));
  if (!shapes.length) throw new Error('icon without a shape: ' + name);
  sprite += `<symbol id="i-${name}" viewBox="0 0 24 24">${shapes.join('')}</symbol>`;
}
put('sprite.svg', sprite + '</svg>');
put('favicon.svg', read(src('favicon.svg')));

// Licences of what is shipped.
const licence = (name, file) => `${name}\n\n${read(mod(file))}`;
put('licences.txt', [
  licence('Tabler 1.0.0', '@tabler/core/LICENSE'), licence('Tabler Icons 3.52.0', '@tabler/icons/LICENSE'),
  licence('htmx 2.0.11', 'htmx.org/LICENSE'), licence('Apache ECharts 6.1.0', 'echarts/LICENSE'), licence('zrender', 'zrender/LICENSE'),
].join('\n\n----\n\n'));

// For browser tests only; never shipped.
fs.mkdirSync(testOut, { recursive: true });
fs.copyFileSync(mod('axe-core/axe.min.js'), path.join(testOut, 'axe.min.js'));

for (const [name, [raw, gz]] of Object.entries(size)) console.log(name.padEnd(16), String(raw).padStart(8), String(gz).padStart(8));
if (size['duban.css'][1] > 8 * 1024) throw new Error('duban.css is larger than 8 KB packed: move what one page needs into a sheet of its own');

// The gate for style sheets: names every feature that Chromium 86 lacks.
const newer = [
  ['light-dark(', 123], ['oklch(', 111], ['oklab(', 111], ['color-mix(', 111], ['@layer', 99], ['@container', 105], [':has(', 105],
  ['subgrid', 117], [/\d(?:dvh|svh|lvh|dvw)\b/, 108], [/(?:^|[;{\s])inset(?:-inline|-block)?\s*:/, 87], ['aspect-ratio', 88], [':is(', 88], [':where(', 88],
  ['accent-color', 93], [/(?:^|[;{\s])translate\s*:/, 104], [/(?:^|[;{\s])scale\s*:/, 104], ['text-wrap', 114], ['@property', 85.5], [/\(width\s*[<>]/, 104],
  ['overflow: clip', 90], ['overflow:clip', 90], [':user-valid', 119], [/&[\s.:>[]/, 112], ['scrollbar-gutter', 94], ['@scope', 118],
];
// What Tabler 1.0.0 uses in places that we do not need, or beside an older form.
const tolerated = [':has(', ':is(', 'aspect-ratio', ':where(', 'text-wrap'];
export function gate(text, { vendor = false } = {}) {
  const css = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/url\([^)]*\)/g, 'url()').replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const bad = [];
  for (const [what, since] of newer) {
    const hit = typeof what === 'string' ? css.includes(what) : what.test(css);
    if (hit && !(vendor && (tolerated.includes(what) || what instanceof RegExp))) bad.push(`${what} (Chromium ${since})`);
  }
  return bad;
}

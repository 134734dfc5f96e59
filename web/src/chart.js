// The look of the S-curve. The server sends numbers and words; see ui.SCurve.
const C = { ink: '#1b2530', ink2: '#465261', ink3: '#5b6775', line: '#e6eaef', plan: '#7c8896', act: '#1d4f91', r: '#b42318', past: '#8494a6' };
const last = a => { for (let i = a.length - 1; i >= 0; i--) if (a[i] != null) return i; return -1; };

function scurve(d, width, rem) {
  const fs = Math.round(rem * 0.75);
  const font = getComputedStyle(document.body).fontFamily;
  const narrow = width < 420;
  const lab = (t, color, position, offset) => ({ show: !!t, backgroundColor: 'rgba(255,255,255,.86)', padding: [1, 2], formatter: () => t, color, position: position || 'right', fontSize: fs, fontWeight: 700, offset: offset || [0, 0] });
  const points = (arr, i, label) => arr.map((v, k) => k === i ? { value: v, symbol: 'circle', symbolSize: 7, label } : { value: v, symbol: 'none' });
  const n = d.x.length;
  const side = i => i > n * 0.7 ? 'left' : 'right'; // a label never leaves the drawing
  const s = [];
  const fc = !!(d.fc && last(d.fc) >= 0), pi = last(d.plan), fi = fc ? last(d.fc) : -1, ai = last(d.act);
  const planOnTop = !fc || pi < 0 || fi < 0 || d.plan[pi] >= d.fc[fi];
  if (d.lo && d.hi) s.push(
    { type: 'line', data: d.lo, stack: 'b', lineStyle: { opacity: 0 }, symbol: 'none', silent: true, tooltip: { show: false } },
    { type: 'line', data: d.hi.map((v, i) => v == null || d.lo[i] == null ? null : +(v - d.lo[i]).toFixed(4)), stack: 'b', lineStyle: { opacity: 0 }, areaStyle: { color: C.act, opacity: 0.13 }, symbol: 'none', silent: true, tooltip: { show: false } });
  s.push({ name: '计划', type: 'line', data: points(d.plan, pi, lab(d.lPlan, C.ink2, planOnTop && (ai < 0 || pi - ai > 2) ? 'top' : 'bottom', [-rem * (ai >= 0 && pi - ai <= 2 ? 0.6 : 1.3), 0])), lineStyle: { color: C.plan, width: 1.8, type: [5, 4] }, itemStyle: { color: C.plan } });
  if (fc) s.push({ name: '预计', type: 'line', data: points(d.fc, fi, lab(narrow ? '' : d.lFc, C.act, planOnTop ? 'bottom' : 'top', [-rem * 1.5, planOnTop ? rem * 0.5 : 0])), lineStyle: { color: C.act, width: 2, type: [1, 4], cap: 'round' }, itemStyle: { color: C.act } });
  const marks = [];
  if (ai >= 0) marks.push({ xAxis: ai, lineStyle: { color: C.ink3, type: 'solid', width: 1 }, label: { formatter: narrow && d.deadline != null ? '' : (d.today || '今天'), color: C.ink2, fontSize: fs, position: 'end', rotate: 0, distance: 2 } });
  if (d.deadline != null) marks.push({ xAxis: d.deadline, lineStyle: { color: C.r, type: 'solid', width: 1.5 }, label: { formatter: () => d.lDeadline || '期限', color: C.r, fontWeight: 700, fontSize: fs, rotate: 0, position: 'end', distance: 2 } });
  if (d.target != null) marks.push({ yAxis: d.target, lineStyle: { color: C.ink3, type: [2, 3] }, label: { formatter: () => d.lTarget || '', color: C.ink2, fontSize: fs, position: 'insideStartTop' } });
  s.push({ name: '实际', type: 'line', data: points(d.act, ai, lab(d.lAct, C.act, side(ai), [side(ai) === 'right' ? rem * 0.2 : 0, rem * 0.9])), lineStyle: { color: C.act, width: 2.8 }, itemStyle: { color: C.act }, markLine: { silent: true, symbol: 'none', animation: false, data: marks } });
  const axis = (g, show) => ({ type: 'category', gridIndex: g, data: d.x, boundaryGap: false, axisTick: { show: false }, axisLine: { lineStyle: { color: C.plan }, onZero: g === 1 }, axisLabel: { show, color: C.ink2, fontSize: fs, interval: narrow ? Math.max(d.every || 0, Math.ceil(n / 6) - 1) : d.every || 0, margin: rem * 0.35 } });
  const grid = { left: rem * 2.6, right: rem * 1.2, top: rem * 1.5, bottom: rem * 1.6 };
  const grids = [grid], xs = [axis(0, !d.gap)], ys = [{ type: 'value', max: d.max, splitNumber: 4, splitLine: { lineStyle: { color: C.line } }, axisLabel: { color: C.ink2, fontSize: fs } }];
  if (d.gap) {
    grids[0] = Object.assign({}, grid, { bottom: rem * 5.6 }); // room for the words above the bars
    grids.push(Object.assign({}, grid, { top: 'auto', bottom: rem * 1.5, height: rem * 2.5 }));
    const g = d.act.map((v, i) => v == null || d.plan[i] == null ? null : +(v - d.plan[i]).toFixed(2)), gl = last(g), some = g.filter(v => v != null);
    xs.push(Object.assign(axis(1, true), { position: 'bottom', axisLine: { show: true, onZero: true, lineStyle: { color: C.plan } } }));
    ys.push({ type: 'value', gridIndex: 1, axisLabel: { show: false }, splitLine: { show: false }, axisLine: { show: false }, axisTick: { show: false }, name: gl < 0 ? '' : (d.gapName || '与计划差') + ' ' + (g[gl] > 0 ? '+' : '') + String(g[gl]).replace('-', '−'), nameGap: rem * 0.3, nameTextStyle: { align: 'left', color: C.ink, fontSize: fs, fontWeight: 700 }, min: Math.min(0, ...some) * 1.25, max: Math.max(0, ...some) * 1.25 || 0 });
    s.push({ name: d.gapName || '与计划差', type: 'bar', xAxisIndex: 1, yAxisIndex: 1, barWidth: rem * 0.55, data: g.map((v, i) => ({ value: v, itemStyle: { color: i === gl ? C.ink : C.past } })) });
  }
  return { animation: false, textStyle: { fontFamily: font, color: C.ink2, fontSize: fs }, grid: grids, xAxis: xs, yAxis: ys, series: s, tooltip: { trigger: 'axis', confine: true, renderMode: 'richText', textStyle: { fontSize: fs, color: C.ink } } };
}

const drawn = [];
export function charts(root) {
  if (!window.echarts) return;
  for (const data of root.querySelectorAll('script[data-chart="scurve"]')) {
    const host = data.parentElement;
    if (!host || host.querySelector('.chart-in')) continue;
    const place = document.createElement('div');
    place.className = 'chart-in';
    host.append(place);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const c = window.echarts.init(place, null, { renderer: 'svg' });
    c.on('rendered', () => scalable(place));
    c.setOption(scurve(JSON.parse(data.textContent), place.clientWidth, rem));
    drawn.push([c, place]);
  }
}
// On paper the drawing scales by its view box: a browser lays out the page for print after its scripts have run.
function scalable(place) {
  const svg = place.querySelector('svg');
  if (svg) svg.setAttribute('viewBox', '0 0 ' + place.clientWidth + ' ' + place.clientHeight);
}
let timer = 0;
window.addEventListener('resize', () => {
  clearTimeout(timer);
  timer = setTimeout(() => { for (const [c, p] of drawn) if (document.contains(p) && p.clientWidth) c.resize(); }, 120);
});

// @ts-check
// Where the phone is, in words: distance with accuracy and datum, and never an accusation.

import { button, h, svg } from '../core/dom.js';
import { distance } from '../core/geo.js';
import { _ } from '../core/text.js';
import { best } from '../work/location.js';

/** @param {number} metres @returns {string} */
export function metres(metres) {
  if (metres < 1000) return _('%(n)s 米', { n: Math.round(metres) });
  return _('%(n)s 公里', { n: (metres / 1000).toFixed(1) });
}

/** One line for the camera and for the reader. @param {import('../work/location.js').Search} search @param {any} point */
export function placeLine(search, point) {
  const at = best(search.fixes);
  if (!at) {
    if (search.state === 'refused') return _('手机没有允许定位，也能存。');
    return search.state === 'unavailable' ? _('这里定不了位，也能存。') : _('正在定位…');
  }
  return point ? _('离登记位置 %(far)s', { far: metres(distance(at, point)) }) : _('已定位，精度 ±%(n)s 米', { n: Math.round(at.accuracy_m) });
}

/**
 * The place with its drawing. @param {import('../work/location.js').Search} search @param {any} point
 * @param {string} since when the helper arrived @param {() => void} again
 */
export function placeSection(search, point, since, again) {
  const at = best(search.fixes);
  const far = at && point ? distance(at, point) : null;
  const beyond = far !== null && far - (at?.accuracy_m || 0) > 500;
  return h(
    'section', { class: 'where', 'aria-label': _('位置') },
    drawing(at, point),
    h(
      'div', { role: 'status' },
      h('p', { class: 'serif' }, placeLine(search, point)),
      at ? h('p', { class: 'note' }, _('精度 ±%(n)s 米 · WGS-84', { n: Math.round(at.accuracy_m) })) : null,
      h('p', { class: 'note' }, _('%(time)s 到了', { time: since })),
      at && !point ? h('p', { class: 'note' }, _('这户还没有登记位置，村里会用这次的来核对。')) : null,
      beyond ? h('p', { class: 'note' }, _('登记的位置可能不准，也可能在别处见的面，在下面说一句就行。')) : null,
      button('link', _('位置不对？重新定位'), again),
    ),
  );
}

/** @param {{ lat: number, lng: number, accuracy_m: number, datum: string } | null} at @param {any} point */
function drawing(at, point) {
  const room = 120, middle = room / 2;
  const grid = [24, 48, 72, 96].map((n) => svg('path', { d: `M${n} 0V${room}M0 ${n}H${room}`, stroke: '#fff', 'stroke-width': n === 48 ? 5 : 2 }));
  const home = svg('g', { transform: `translate(${middle} ${middle})` },
    svg('path', { d: 'M0 0c7-9 10-13 10-18a10 10 0 10-20 0c0 5 3 9 10 18z', fill: '#2F6B4F' }), svg('circle', { cy: -18, r: 4, fill: '#fff' }));
  const round = svg('circle', { cx: middle, cy: middle, r: 46, fill: 'none', stroke: '#2F6B4F', 'stroke-dasharray': '4 4' });
  let me = null;
  if (at) {
    const far = point ? distance(at, point) : 0;
    const scale = 46 / Math.max(far * 1.1, 100);
    const east = point ? (at.lng - point.lng) * 111320 * Math.cos((at.lat * Math.PI) / 180) : 0;
    const north = point ? (at.lat - point.lat) * 111320 : 0;
    const turn = far / (Math.hypot(east, north) || 1);
    const x = middle + (point ? east * turn * scale : 0), y = middle - (point ? north * turn * scale : 0);
    me = svg('g', null,
      svg('circle', { cx: x, cy: y, r: Math.max(9, Math.min(40, at.accuracy_m * scale)), fill: '#0B57A4', 'fill-opacity': 0.16 }),
      svg('circle', { cx: x, cy: y, r: 6, fill: '#0B57A4', stroke: '#fff', 'stroke-width': 2 }));
  }
  return svg('svg', { class: 'map', viewBox: `0 0 ${room} ${room}`, 'aria-hidden': 'true' }, grid, point ? [round, home] : null, me);
}

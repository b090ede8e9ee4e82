// @ts-check
// 我的户: only one's own, only what a visit needs. Opened from the phone, readable for the lease.

import { card, empty, h, icon, svg, tag } from '../core/dom.js';
import { to } from '../core/place.js';
import { _, dayText, momentText, shellData, yuan } from '../core/text.js';
import { current } from '../work/session.js';
import { known } from '../work/sync.js';
import { go, show } from './frame.js';
import { head, innerHead, syncState } from './parts.js';
import { start } from './choose.js';

export async function households() {
  const found = await known();
  if (!current()) return;
  const rows = found?.households || [];
  const above = found ? _('%(time)s 更新', { time: momentText(found.at) }) : '';
  const content = [
    head(above, _('我的户：%(n)s 户', { n: rows.length })),
    h('div', { class: 'pad stack' }, syncState(), rows.length ? rows.map(listed) : empty(_('户里的资料不在手机里。'), _('有信号时登录一次就会下载，能看 72 小时。'))),
  ];
  show({ title: _('我的户'), page: 'households', content });
}

const CODES = shellData('codes');
const OPEN = '待办';

/** A stored value in the page's language. @param {string} list @param {string} value */
function label(list, value) {
  return CODES[list].find((/** @type {string[]} */ pair) => pair[0] === value)?.[1] || value;
}

/** @param {any} entry */
function itemLabel(entry) {
  const kind = CODES.incomes.find((/** @type {any[]} */ row) => row[0] === entry.category);
  return kind?.[2].find((/** @type {string[]} */ pair) => pair[0] === entry.item)?.[1] || entry.item;
}

/** @param {any} home */
function listed(home) {
  const last = lastVisit(home);
  const line = [home.address || home.village, home.members?.length ? _('%(n)s 口人', { n: home.members.length }) : ''].filter(Boolean).join(' · ');
  return card(
    to(`households/${encodeURIComponent(home.no)}`), '',
    h('div', { class: 'head' }, h('b', { class: 'name' }, _('%(name)s家', { name: home.name })), last ? tag('', 'calendar', dayText(last)) : tag('warn', 'clock', _('还没去过'))),
    h('span', { class: 'note' }, line),
  );
}

/** @param {any} home @returns {string | null} the day of the last visit */
export function lastVisit(home) {
  return (home.visits || [])[0]?.visited_on || null;
}

/** @param {string} no */
export async function household(no) {
  const found = await known();
  if (!current()) return;
  const home = found?.households.find((row) => row.no === no);
  if (!home) return go(to('households'), true);
  const content = [
    innerHead(to('households'), _('%(name)s家', { name: home.name }), syncState(true)),
    h('div', { class: 'pad stack' }, about(home), people(home), needs(home), visits(home), incomes(home)),
  ];
  const act = [
    h('button', { type: 'button', class: 'btn wide sun', onclick: () => void start(home) }, icon('pin'), _('到了')),
    h('div', { class: 'spread' },
      h('button', { type: 'button', class: 'btn link', onclick: () => void start(home, 'not_possible') }, _('无法走访，因为…')),
      h('button', { type: 'button', class: 'btn link', onclick: () => void start(home, 'income') }, _('记一笔收入'))),
  ];
  show({ title: _('我的户'), page: 'households', content, act });
}

/** @param {any} home */
function about(home) {
  const place = home.point;
  return h(
    'section', { class: 'sheet' },
    h('dl', { class: 'facts' },
      home.category ? [h('dt', null, _('对象类别')), h('dd', null, home.category)] : null,
      h('dt', null, _('住址')), h('dd', null, home.address || home.village || '—'),
      h('dt', null, _('登记位置')), h('dd', null, place ? _('有，坐标系 %(datum)s', { datum: place.datum }) : _('还没有登记'))),
  );
}

/** @param {any} home */
function people(home) {
  const rows = (home.members || []).map((/** @type {any} */ person) => h(
    'li', { class: 'spread' }, h('b', null, person.name), h('span', { class: 'note' }, person.age === null ? '' : _('%(n)s 岁', { n: person.age })),
  ));
  return h('section', { class: 'sheet' }, h('h2', null, _('家里人')), rows.length ? h('ul', { class: 'rows' }, rows) : h('p', { class: 'note' }, _('没有登记成员。')));
}

/** @param {any} home */
function needs(home) {
  const rows = (home.needs || []).filter((/** @type {any} */ need) => need.state === OPEN).map((/** @type {any} */ need) => h(
    'li', { class: 'spread' }, h('span', null, [label('needs', need.kind), need.text].filter(Boolean).join(_('：'))), h('span', { class: 'note' }, _('%(day)s 记的', { day: dayText(need.since) })),
  ));
  return h('section', { class: 'sheet' }, h('h2', null, _('要帮的事')), rows.length ? h('ul', { class: 'rows' }, rows) : h('p', { class: 'note' }, _('眼下没有记着的事。走访时看到了再记。')));
}

/** @param {any} home */
function visits(home) {
  const rows = (home.visits || []).slice(0, 5).map((/** @type {any} */ visit) => h(
    'li', { class: 'spread' },
    h('span', null, dayText(visit.visited_on)),
    h('span', { class: 'note' }, [visit.visit === 'not_possible' ? _('无法走访') : _('走访'), visit.own ? '' : _('别人去的')].filter(Boolean).join(' · ')),
  ));
  return h('section', { class: 'sheet' }, h('h2', null, _('最近走访')), rows.length ? h('ul', { class: 'rows' }, rows) : h('p', { class: 'note' }, _('还没有走访记录。')));
}

/** @param {any} home */
function incomes(home) {
  const all = home.incomes || [];
  const rows = all.slice(0, 6).map((/** @type {any} */ entry) => h(
    'li', { class: 'spread' },
    h('span', null, itemLabel(entry), h('span', { class: 'note' }, dayText(entry.occurred_on), entry.counts ? '' : ` · ${_('不计入')}`)),
    h('b', { class: 'nowrap' }, _('%(sum)s 元', { sum: yuan(entry.amount_fen) })),
  ));
  return h(
    'section', { class: 'sheet' }, h('h2', null, _('收入')), spark(all),
    rows.length ? h('ul', { class: 'rows' }, rows) : h('p', { class: 'note' }, _('今年还没有记收入。')),
  );
}

/** Twelve months as bars, with the sums in words beside it. @param {any[]} entries */
function spark(entries) {
  const months = new Map();
  for (const entry of entries) {
    const month = String(entry.occurred_on).slice(0, 7);
    months.set(month, (months.get(month) || 0) + entry.amount_fen);
  }
  const bars = [...months.entries()].sort().slice(-12);
  if (bars.length < 2) return null;
  const most = Math.max(...bars.map(([, sum]) => sum), 1);
  const label = bars.map(([month, sum]) => `${month} ${yuan(sum)}`).join('，');
  const drawn = bars.map(([, sum], at) => svg('rect', { x: at * 20 + 3, width: 14, y: 58 - (56 * Math.max(sum, 0)) / most, height: (56 * Math.max(sum, 0)) / most + 2, fill: '#2F6B4F' }));
  return svg('svg', { class: 'spark', viewBox: `0 0 ${bars.length * 20} 60`, preserveAspectRatio: 'none', role: 'img', 'aria-label': _('每月收入（元）：%(list)s', { list: label }) }, drawn);
}

// @ts-check
// 我的记录: this month's visits on a calendar, the phone's count beside the server's, and the way out.

import { button, empty, h, icon, tag } from '../core/dom.js';
import { base, to } from '../core/place.js';
import { _, dayOf, dayText, english, momentText, monthText } from '../core/text.js';
import { monthOf, compared, seenThisMonth, visits } from '../work/record.js';
import { current, required, signOut } from '../work/session.js';
import { known, sync } from '../work/sync.js';
import { counts } from '../work/queue.js';
import { go, show } from './frame.js';
import { head, syncState, warning } from './parts.js';

const DAYS = english ? ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'] : ['一', '二', '三', '四', '五', '六', '日'];

export async function record() {
  const found = await known();
  if (!current()) return;
  const content = found ? await told(found) : [head('', _('我的记录')), h('div', { class: 'pad' }, empty(_('记录还没下载。'), _('有信号时登录一次就会下载。')))];
  show({ title: _('我的记录'), page: 'record', content: [...content, h('div', { class: 'pad stack' }, await account())] });
}

/** @param {import('../work/sync.js').Known} found */
async function told(found) {
  const all = await visits(found);
  const month = monthOf();
  const here = all.filter((row) => row.day.startsWith(month));
  const seen = (await seenThisMonth(found)).size;
  const sentence = _('本月走访 %(n)s 次，看了 %(seen)s 户，共 %(duty)s 户。', { n: here.length, seen, duty: found.households.length });
  const asked = all.filter((row) => row.state === 'asked');
  return [
    head(_('%(time)s 更新', { time: momentText(found.at) }), sentence),
    h('div', { class: 'pad stack' }, syncState(), asked.map((row) => question(row, found)), calendar(month, here), h('p', { class: 'note' }, _('这里不排名。无法走访、写了原因的，也算办了。')), await sums(found)),
  ];
}

/** @param {import('../work/record.js').Seen} row @param {import('../work/sync.js').Known} found */
function question(row, found) {
  const name = found.households.find((home) => home.no === row.household_no)?.name || row.household_no;
  return h('a', { class: 'card due', href: to(`visits/${row.id}`) },
    h('span', { class: 'head' }, h('b', null, _('%(name)s家', { name })), tag('warn', 'ask', _('有一句要问您'))), h('span', { class: 'note' }, `${dayText(row.day)} · ${_('先听您说')}`));
}

/** @param {string} month @param {import('../work/record.js').Seen[]} rows */
function calendar(month, rows) {
  const [year, number] = month.split('-').map(Number);
  const first = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const cells = Array.from({ length: Math.ceil((first + length) / 7) * 7 }, (_cell, at) => at - first + 1);
  const weeks = Array.from({ length: cells.length / 7 }, (_week, at) => cells.slice(at * 7, at * 7 + 7));
  const cell = (/** @type {number} */ day) => {
    if (day < 1 || day > length) return h('td');
    const date = `${month}-${String(day).padStart(2, '0')}`;
    const n = rows.filter((row) => row.day === date).length;
    const kind = `${n ? 'seen' : ''} ${date === dayOf(Date.now()) ? 'today' : ''}`;
    return h('td', { class: kind.trim() || null }, String(day), n ? h('small', null, _('%(n)s 次', { n })) : null);
  };
  return h('table', { class: 'month' },
    h('caption', { class: 'label' }, monthText(month)),
    h('thead', null, h('tr', null, DAYS.map((day) => h('th', { scope: 'col' }, day)))),
    h('tbody', null, weeks.map((week) => h('tr', null, week.map(cell)))));
}

/** @param {import('../work/sync.js').Known} found */
async function sums(found) {
  const { sent, waiting, server, missing } = await compared(found);
  const since = dayText(dayOf(Date.parse(found.visits.since)));
  const word = missing.length
    ? warning('bad', _('有 %(n)s 条服务器没有收到。', { n: missing.length }), _('先点“核对”再看一遍；还少的话，告诉镇里。'))
    : h('p', { class: 'state ok' }, icon('check'), h('span', null, _('手机传上去的，服务器都收到了。')));
  return h('section', { class: 'sheet stack', id: 'counts' },
    h('h2', null, _('两边的数')),
    h('dl', { class: 'facts' },
      h('dt', null, _('这台手机传了')), h('dd', { id: 'count-phone' }, _('%(n)s 条', { n: sent })),
      h('dt', null, _('服务器收到')), h('dd', { id: 'count-server' }, _('%(n)s 条', { n: server })),
      h('dt', null, _('还没传')), h('dd', { id: 'count-waiting' }, _('%(n)s 条', { n: waiting }))),
    h('p', { class: 'note' }, _('从 %(day)s 算起。换过手机或有纸质记录的，服务器会多几条。', { day: since })),
    word, button('', _('核对'), () => void sync(true)));
}

async function account() {
  const { waiting, refused } = await counts();
  const language = english ? base.replace(/\/en$/, '') : `${base}/en`;
  const leave = async () => {
    await signOut();
    go(to('sign-in'), true);
  };
  return h('section', { class: 'sheet stack' },
    h('h2', null, _('这台手机')),
    h('p', null, required().helper.name, ' · ', required().helper.no),
    h('p', { class: 'note' }, _('户里的资料留到 %(time)s，有信号就续。', { time: momentText(required().until) })),
    h('p', { class: 'row' }, h('a', { class: 'btn', href: `${language}/app/`, hreflang: english ? 'zh-Hans' : 'en', lang: english ? 'zh-Hans' : 'en' }, english ? '中文' : 'English'),
      h('a', { class: 'btn', href: to('policy') }, icon('book'), _('政策卡片'))),
    h('hr', { class: 'rule' }),
    waiting + refused ? h('p', { class: 'note' }, _('退出以后，没传的 %(n)s 条还在，加着密，再登录接着传。', { n: waiting + refused })) : null,
    button('wide', _('退出登录，清掉户里的资料'), () => void leave(), { id: 'sign-out' }));
}

// @ts-check
// 今日任务: who is to be seen, the late ones first; whether everything has gone; what was begun and not finished.

import { card, empty, h, icon, svg, tag } from '../core/dom.js';
import { to } from '../core/place.js';
import { _, dayOf, dayText, english } from '../core/text.js';
import { list as listDrafts } from '../work/drafts.js';
import { canInstall, daysWaiting, install, isInstalled, storage, WARN_DAYS } from '../work/phone.js';
import { counts } from '../work/queue.js';
import { seenThisMonth } from '../work/record.js';
import { current, required } from '../work/session.js';
import { known } from '../work/sync.js';
import { show } from './frame.js';
import { head, syncState, warning } from './parts.js';

const WEEK = english
  ? ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
  : ['星期日', '星期一', '星期二', '星期三', '星期四', '星期五', '星期六'];

export async function today() {
  const found = await known();
  if (!current()) return;
  const day = dayOf(Date.now());
  const tasks = sorted(found?.today.tasks || []);
  const above = `${dayText(day)}　${WEEK[new Date(`${day}T00:00:00Z`).getUTCDay()]}　${required().helper.name}`;
  const content = [
    head(above, sentence(tasks, day), found ? await ring(found) : null),
    h(
      'div', { class: 'pad stack' },
      syncState(),
      ...(await notices()),
      ...(await unfinished()),
      found ? tasks.map((task) => taskCard(task, found, day)) : empty(_('任务还没下载。'), _('有信号时登录一次，就会下载到手机里。')),
      found && !tasks.length ? empty(_('眼下没有要走的户。'), _('想去看看，点下面的“到了”。')) : null,
      h('a', { class: 'btn wide', href: to('policy') }, icon('book'), _('政策卡片')),
    ),
  ];
  show({ title: _('今日任务'), page: 'today', content });
}

/** Late first, then by day. @param {any[]} tasks */
function sorted(tasks) {
  return [...tasks].sort((a, b) => b.overdue_days - a.overdue_days || String(a.due_on).localeCompare(String(b.due_on)));
}

/** @param {any[]} tasks @param {string} day */
function sentence(tasks, day) {
  const late = tasks.filter((task) => task.due_on < day).length;
  const due = tasks.filter((task) => task.due_on <= day).length;
  if (!due) return _('今天，没有到期的走访。');
  return late ? _('今天看 %(due)s 户，%(late)s 户已经过期。', { due, late }) : _('今天看 %(due)s 户。', { due });
}

/** Visits of this month against the households in one's care: a figure about the work, not about the person. @param {any} found */
async function ring(found) {
  const seen = (await seenThisMonth(found)).size;
  const duty = found.households.length;
  const share = duty ? Math.min(1, seen / duty) : 0;
  const round = { cx: 40, cy: 40, r: 34, fill: 'none', 'stroke-width': 9 };
  const around = 2 * Math.PI * 34;
  const label = _('本月走访 %(seen)s 户，共 %(duty)s 户', { seen, duty });
  return h(
    'a', { class: 'ring', href: to('record'), 'aria-label': label },
    svg('svg', { viewBox: '0 0 80 80', 'aria-hidden': 'true' },
      svg('circle', { ...round, stroke: '#EDEBE3' }),
      svg('circle', { ...round, stroke: '#2F6B4F', 'stroke-dasharray': `${share * around} ${around}`, transform: 'rotate(-90 40 40)' }),
      svg('text', { x: 40, y: 46 }, `${seen}/${duty}`)),
    _('本月走访'),
  );
}

/** @param {any} task @param {any} found @param {string} day */
function taskCard(task, found, day) {
  const home = found.households.find((/** @type {any} */ h) => h.no === task.household_no);
  const kind = task.due_on < day ? 'late' : task.due_on === day ? 'due' : '';
  const people = home?.members?.length ? ` · ${_('%(n)s 口人', { n: home.members.length })}` : '';
  return card(
    to(`households/${encodeURIComponent(task.household_no)}`), kind,
    h('div', { class: 'head' }, h('b', { class: 'name' }, _('%(name)s家', { name: task.name })), dueTag(task, day)),
    h('span', { class: 'note' }, `${home?.address || task.village}${people}`),
    reason(task, home),
  );
}

/** @param {any} task @param {string} day */
function dueTag(task, day) {
  if (task.overdue_days === 1) return tag('bad', 'warn', _('昨天到期'));
  if (task.due_on < day) return tag('bad', 'warn', _('过期 %(n)s 天', { n: task.overdue_days }));
  return task.due_on === day ? tag('warn', 'clock', _('今天')) : tag('', 'calendar', dayText(task.due_on));
}

/** @param {any} task @param {any} home */
function reason(task, home) {
  if (task.text) return h('span', null, task.text);
  const on = home?.visits?.[0]?.visited_on;
  return h('span', null, on ? _('例行走访，上次 %(day)s', { day: dayText(on) }) : _('例行走访'));
}

/** 继续上次未完成？ */
async function unfinished() {
  return (await listDrafts()).slice(0, 3).map((draft) => {
    const path = draft.kind === 'income' ? `income/${draft.id}` : `checkin/${draft.id}`;
    const what = draft.kind === 'income' ? _('收入记录') : _('走访');
    return card(
      to(path), 'due',
      h('div', { class: 'head' }, h('b', null, _('继续上次未完成的？')), tag('warn', 'clock', _('草稿'))),
      h('span', { class: 'note' }, `${_('%(name)s家', { name: draft.name })} · ${what} · ${dayText(dayOf(draft.started_at))}`),
    );
  });
}

/** What the helper should know about this phone before it hurts. */
async function notices() {
  const found = [];
  const { oldest } = await counts();
  const { mayBeWiped } = await storage();
  const days = daysWaiting(oldest);
  if (days) {
    const cure = mayBeWiped ? _('有的手机 7 天不用就会清空网页的存储。') : '';
    found.push(warning('bad', _('最早的一条已经存了 %(n)s 天。', { n: days }), `${cure}${_('找个有信号的地方上传；传不上就导出成文件，交给镇里。')}`));
  }
  const left = Math.floor((required().until - Date.now()) / 3600000);
  if (left < 12) found.push(warning('warn', _('户里的资料还能看 %(n)s 小时。', { n: Math.max(left, 0) }), _('有信号时打开一次就会续上，没传的记录不受影响。')));
  if (!isInstalled() && mayBeWiped) found.push(installHint());
  return found;
}

function installHint() {
  const act = canInstall() ? h('button', { type: 'button', class: 'btn', onclick: () => void install() }, _('放到桌面')) : null;
  const how = canInstall() ? _('放到手机桌面，打开快，存的东西不容易被清掉。') : _('在浏览器菜单里点“添加到主屏幕”，打开快，存的东西不容易被清掉。');
  const more = _('有的手机 %(n)s 天不打开就该小心，第 7 天会清空。', { n: WARN_DAYS });
  return h('details', { class: 'sheet note' }, h('summary', null, icon('phone'), ' ', _('放到手机桌面')), h('p', null, how), h('p', null, more), act);
}


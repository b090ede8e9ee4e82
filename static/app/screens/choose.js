// @ts-check
// 到了: which household? Those that are due come first. One tap begins the visit.

import { empty, h, tag } from '../core/dom.js';
import { to } from '../core/place.js';
import { _, dayOf, dayText } from '../core/text.js';
import { present as presentDevice } from '../work/device.js';
import { begin, list as listDrafts, save } from '../work/drafts.js';
import { current } from '../work/session.js';
import { known } from '../work/sync.js';
import { arrive } from './arrival.js';
import { go, show } from './frame.js';
import { innerHead, syncState } from './parts.js';

export async function choose() {
  const found = await known();
  if (!current()) return;
  const day = dayOf(Date.now());
  const due = new Map((found?.today.tasks || []).map((/** @type {any} */ task) => [task.household_no, task.due_on]));
  const homes = [...(found?.households || [])].sort((a, b) => String(due.get(a.no) || '9').localeCompare(String(due.get(b.no) || '9')));
  const rows = homes.map((home) => {
    const on = due.get(home.no);
    const kind = on && on < day ? 'late' : on === day ? 'due' : '';
    return h(
      'button', { type: 'button', class: `card btn-card ${kind}`, onclick: () => void start(home) },
      h('span', { class: 'head' }, h('b', { class: 'name' }, _('%(name)s家', { name: home.name })), on ? tag(kind === 'late' ? 'bad' : kind === 'due' ? 'warn' : '', kind === 'late' ? 'warn' : 'calendar', dayText(on)) : null),
      h('span', { class: 'note' }, home.address || home.village || ''),
    );
  });
  show({
    title: _('到了'), page: 'checkin',
    content: [innerHead(to(''), _('到了哪一家？'), syncState(true)), h('div', { class: 'pad stack' }, rows.length ? rows : empty(_('户里的资料不在手机里。'), _('有信号时登录一次就会下载，能看 72 小时。')))],
  });
}

/**
 * Begin a visit or an income record; what was begun at this household is taken up again.
 * @param {any} home @param {'done' | 'not_possible' | 'income'} [what]
 */
export async function start(home, what = 'done') {
  const kind = what === 'income' ? 'income' : 'check-in';
  const begun = (await listDrafts()).find((draft) => draft.household_no === home.no && draft.kind === kind);
  if (kind === 'income') {
    const draft = begun || (await begin({ kind, household_no: home.no, name: home.name, step: 'category' }));
    return go(to(`income/${draft.id}/${draft.step}`));
  }
  if (!(await presentDevice())) return go(to('enrol'));
  if (what === 'done') arrive();
  if (begun) {
    await save({ ...begun, visit: what });
    return go(to(`checkin/${begun.id}`));
  }
  const draft = await begin({
    kind, household_no: home.no, name: home.name, point: home.point, visit: what,
    photos: [], fixes: [], activities: [], needs: [], note: '',
  });
  return go(to(`checkin/${draft.id}`));
}

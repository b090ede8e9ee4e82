// @ts-check
// A question about a visit: the helper is heard first.

import { empty, h, replace, tag } from '../core/dom.js';
import { to } from '../core/place.js';
import { _, dayOf, dayText } from '../core/text.js';
import { addExplanation, opened, rows } from '../work/queue.js';
import { current } from '../work/session.js';
import { known } from '../work/sync.js';
import { nudge } from '../work/upload.js';
import { go, show } from './frame.js';
import { field, innerHead, say, syncState } from './parts.js';

/** @typedef {{ id: string, name: string, household_no: string, captured_at: string, rules: string[] }} About */

const LEAST = 2;

/** @param {string} [id] of the check-in */
export async function visit(id = '') {
  const found = await known();
  if (!current()) return;
  const there = found?.visits.check_ins.find((row) => row.id === id);
  const here = await opened((await rows()).filter((row) => row.id === id));
  const ours = here.find((row) => row.kind === 'check-in');
  if (!there && !ours) return go(to('record'), true);
  const [words] = here.filter((row) => row.kind === 'explanation').reverse();
  const isAhead = words && (words.state === 'waiting' || (words.state === 'sent' && (words.sent_at || 0) > (found?.at || 0)));
  const household_no = there?.household_no || ours?.inside?.household_no;
  const name = found?.households.find((home) => home.no === household_no)?.name || ours?.inside?.title || household_no;
  const captured_at = there?.captured_at || ours?.inside?.captured_at;
  const questions = there?.questions || ours?.inside?.questions || [];
  const open = questions.filter((/** @type {any} */ question) => !question.answer);
  const state = isAhead ? words.state : there?.state || (open.length ? 'asked' : 'accepted');
  const about = { id, name, household_no, captured_at, rules: open.map((/** @type {any} */ question) => question.rule) };
  const body = [
    h('p', null, `${dayText(dayOf(Date.parse(captured_at)))} · ${_('走访')} `, stateTag(state)),
    questions.map((/** @type {any} */ question) => asked(question, isAhead ? words.inside?.said : '')),
    !questions.length && state !== 'asked' ? empty(_('没有要问的。'), _('这次走访已经收到。')) : null,
    words?.state === 'refused' ? h('p', { class: 'error' }, _('退回的原因：%(text)s', { text: words.error?.text || '' })) : null,
    !isAhead && (state === 'asked' || open.length) ? answer(about, words?.state === 'refused' ? words.inside?.said || '' : '') : null,
  ];
  show({ title: _('有一句要问您'), page: 'record', content: [innerHead(to('record'), _('%(name)s家', { name }), syncState(true)), h('div', { class: 'pad stack' }, body)] });
}

/** A question, and what the helper has said to it. @param {any} question @param {string | undefined} said on its way */
function asked(question, said) {
  const text = question.answer || said;
  return h('article', { class: 'sheet stack' }, h('p', null, question.text), text ? h('p', { class: 'note' }, _('您说：%(text)s', { text })) : null);
}

/** @param {string} state */
function stateTag(state) {
  const words = /** @type {Record<string, any[]>} */ ({
    asked: ['warn', 'ask', _('先听您说')], waiting: ['warn', 'clock', _('您说过了，等信号')], sent: ['info', 'clock', _('您说过了，等核实')],
    explained: ['info', 'clock', _('您说过了，等核实')], counted: ['ok', 'check', _('已算数')], not_counted: ['bad', 'warn', _('没有算数')],
  })[state] || ['ok', 'check', _('已收到')];
  return tag(words[0], words[1], words[2]);
}

/** The words go into the queue, as visits do: no signal is needed. @param {About} about @param {string} before what was refused */
function answer({ id, rules, ...about }, before) {
  const wrong = h('div', { role: 'alert' });
  let saving = false;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem('text')).value.trim();
    if ([...text].length < LEAST) return replace(wrong, h('p', { class: 'error' }, _('写一句当时的情况。')));
    if (saving) return undefined;
    saving = true;
    try {
      await addExplanation(id, { text, ...(rules.length ? { rules } : {}) }, about);
    } catch (error) {
      console.error(error);
      saving = false;
      return replace(wrong, h('p', { class: 'error' }, _('没存上，再点一次保存。')));
    }
    say(_('存好了'));
    go(`${to('queue')}?saved=1`, true);
    nudge();
    return undefined;
  };
  return h(
    'form', { class: 'stack', novalidate: true, onsubmit: (/** @type {Event} */ e) => void submit(e) },
    h('p', null, _('问一句不等于有错。手机时间不准、定位偏了、集中安置，都常见。您说清楚，核实的人先看您的话。')),
    wrong, field('text', _('当时是怎么回事？'), { tag: 'textarea', rows: '4', maxlength: '1000', value: before }),
    h('button', { type: 'submit', class: 'btn wide go' }, _('保存'), h('small', null, _('没有网也能存'))));
}

// @ts-check
// A line of income: one question a page, what was last written prefilled, the sum running along.

import { button, h, icon } from '../core/dom.js';
import { to } from '../core/place.js';
import { _, dayOf, dayText, fenOf, shellData, yuan } from '../core/text.js';
import { discard, find, save } from '../work/drafts.js';
import { addIncome } from '../work/queue.js';
import { current } from '../work/session.js';
import { household, incomeLine } from '../work/sync.js';
import { nudge } from '../work/upload.js';
import { go, show } from './frame.js';
import { choices, field, innerHead, say, syncState } from './parts.js';

const BUSINESS = '经营性';
/** @type {[string, string, string[][]][]} */
const KINDS = shellData('codes').incomes || [];

/** @typedef {import('../work/drafts.js').Draft} Draft */

/** @param {Draft} draft @returns {string[]} the questions of this entry, in order */
function questions(draft) {
  return ['category', 'item', 'amount', ...(draft.category === BUSINESS ? ['cost'] : []), 'day', 'evidence', 'check'];
}

/** @param {string} [id] @param {string} [step] */
export async function income(id = '', step = '') {
  const draft = await find(id);
  if (!current()) return;
  if (!draft) return go(to('households'), true);
  const order = questions(draft);
  const open = order.findIndex((asked) => problem(draft, asked)); // an address does not leap over a question
  const at = Math.max(0, Math.min(order.indexOf(step), open < 0 ? order.length : open));
  const home = (await household(draft.household_no)) || {};
  draft.line_fen = await incomeLine();
  draw(draft, home, order[at], order[at - 1], '');
}

/** @param {Draft} draft @param {any} home @param {string} step @param {string | undefined} before @param {string} error */
function draw(draft, home, step, before, error) {
  const back = before ? to(`income/${draft.id}/${before}`) : to(`households/${encodeURIComponent(draft.household_no)}`);
  const title = `${_('%(name)s家', { name: draft.name })} · ${_('收入记录')}`;
  const parts = PARTS[step](draft, home, error);
  const submit = (/** @type {Event} */ event) => { event.preventDefault(); void next(draft, home, step, before); };
  const form = h('form', { class: 'pad stack', id: 'income', novalidate: true, onsubmit: submit }, running(draft, home), ...parts, button('link', _('不要这条草稿'), () => void discard(draft).then(() => go(back, true))));
  const word = step === 'check' ? [_('保存'), h('small', null, _('没有网也能存'))] : _('下一步');
  const act = [
    h('button', { type: 'submit', form: 'income', class: `btn wide ${step === 'check' ? 'sun' : 'go'}` }, word),
    h('div', { class: 'spread' }, syncState(true)),
  ];
  show({ title: `${error ? _('错误：') : ''}${_('收入记录')}`, page: 'households', content: [innerHead(back, title), form], act, keep: Boolean(error) });
  if (error) say(error);
}

/** What the household has this year, with this entry, against the line. @param {Draft} draft @param {any} home */
function running(draft, home) {
  const year = (draft.occurred_on || dayOf(Date.now())).slice(0, 4);
  const counted = (home.incomes || []).filter((/** @type {any} */ e) => String(e.occurred_on).startsWith(year) && e.counts);
  const before = counted.reduce((/** @type {number} */ sum, /** @type {any} */ e) => sum + e.amount_fen - (e.cost_fen || 0), 0);
  const now = before + (draft.amount_fen || 0) - (draft.cost_fen || 0);
  const people = home.members?.length || 1;
  const line = draft.line_fen ? _('收入线每人 %(sum)s 元', { sum: yuan(draft.line_fen) }) : '';
  return h('p', { class: 'state info' }, h('span', null, _('%(year)s 年记了 %(sum)s 元，每人 %(each)s 元。', { year, sum: yuan(now), each: yuan(Math.trunc(now / people)) }), ' ', line));
}

/** The last entry of the same item: its amount is offered again. @param {Draft} draft @param {any} home */
function last(draft, home) {
  return (home.incomes || []).find((/** @type {any} */ e) => e.item === draft.item && e.category === draft.category);
}

/** @type {Record<string, (draft: Draft, home: any, error: string) => any[]>} */
const PARTS = {
  category: (draft, _home, error) => [
    question(_('这是哪一类收入？'), error),
    choices('radio', 'category', KINDS.map(([value, label]) => [value, label]), [draft.category], ([v]) => { if (draft.category !== v) draft.item = undefined; draft.category = v; }, 'rows-of'),
  ],
  item: (draft, _home, error) => [
    question(_('是哪一项？'), error),
    choices('radio', 'item', KINDS.find(([value]) => value === draft.category)?.[2] || [], [draft.item], ([v]) => { draft.item = v; }, 'rows-of'),
  ],
  amount: (draft, home, error) => {
    const before = last(draft, home);
    const value = draft.amount ?? (before ? yuan(before.amount_fen).replace(/,/g, '') : '');
    draft.amount = value;
    const hint = before ? _('单位：元。上次 %(day)s 是 %(sum)s 元。', { day: dayText(String(before.occurred_on)), sum: yuan(before.amount_fen) }) : _('单位：元，最多两位小数');
    return [field('amount', _('收到多少钱？'), { inputmode: 'decimal', autocomplete: 'off', class: 'figure', value, oninput: typed(draft, 'amount') }, hint, error)];
  },
  cost: (draft, home, error) => {
    const before = last(draft, home);
    draft.cost ??= before?.cost_fen ? yuan(before.cost_fen).replace(/,/g, '') : '';
    return [field('cost', _('花了多少成本？'), { inputmode: 'decimal', autocomplete: 'off', class: 'figure', value: draft.cost, oninput: typed(draft, 'cost') }, _('种子、饲料、进货这些钱。没有就填 0。'), error)];
  },
  day: (draft, _home, error) => {
    draft.occurred_on ??= dayOf(Date.now());
    return [field('occurred_on', _('哪天收到的？'), { type: 'date', max: dayOf(Date.now()), value: draft.occurred_on, oninput: typed(draft, 'occurred_on') }, '', error)];
  },
  evidence: (draft) => [
    field('evidence_no', _('凭证号'), { autocomplete: 'off', maxlength: '60', value: draft.evidence_no || '', oninput: typed(draft, 'evidence_no') }, _('存折流水、工资条、收据上的号。没有可以不填。')),
    field('note', _('说一句'), { tag: 'textarea', rows: '2', maxlength: '200', value: draft.note || '', oninput: typed(draft, 'note') }, _('可以不填')),
  ],
  check: (draft) => {
    const rows = [
      ['category', _('类别'), label(KINDS.map(([v, l]) => [v, l]), draft.category)],
      ['item', _('项目'), label(KINDS.find(([v]) => v === draft.category)?.[2] || [], draft.item)],
      ['amount', _('收到'), _('%(sum)s 元', { sum: yuan(draft.amount_fen) })],
      ...(draft.category === BUSINESS ? [['cost', _('成本'), _('%(sum)s 元', { sum: yuan(draft.cost_fen || 0) })]] : []),
      ['day', _('日期'), dayText(draft.occurred_on)], ['evidence', _('凭证号'), draft.evidence_no || _('没有')],
    ];
    return [
      h('h2', null, _('看一遍，对了就保存')),
      h('ul', { class: 'sheet rows' }, rows.map(([step, name, value]) => h('li', { class: 'spread' }, h('span', null, h('span', { class: 'note' }, `${name} `), h('b', null, value)), h('a', { class: 'btn link', href: to(`income/${draft.id}/${step}`), 'aria-label': `${_('改')} ${name}` }, _('改'))))),
      h('p', { class: 'note' }, icon('check'), ' ', _('保存以后，这户当天就能看到这条。')),
    ];
  },
};

/** @param {string} text @param {string} error */
function question(text, error) {
  return h('div', null, h('h2', null, text), error ? h('p', { class: 'error', role: 'alert' }, error) : null);
}

/** @param {string[][]} pairs @param {string} value */
function label(pairs, value) {
  return pairs.find(([known]) => known === value)?.[1] || value;
}

/** @param {Draft} draft @param {string} name */
function typed(draft, name) {
  return (/** @type {Event} */ event) => { draft[name] = /** @type {HTMLInputElement} */ (event.target).value; void save(draft); };
}

/** What is wrong with the answer of a page; empty when nothing is. @param {Draft} draft @param {string} step @returns {string} */
function problem(draft, step) {
  if (step === 'category' && !draft.category) return _('选一类。');
  if (step === 'item' && !draft.item) return _('选一项。');
  if (step === 'amount' || step === 'cost') {
    const fen = fenOf(String(draft[step] || (step === 'cost' ? '0' : '')));
    if (fen === null || (step === 'amount' && fen === 0)) return _('读不出数字。写成 120 或 120.00');
    draft[`${step}_fen`] = fen;
  }
  if (step === 'day' && !(draft.occurred_on && draft.occurred_on <= dayOf(Date.now()))) return _('日期不能在今天以后。');
  return '';
}

/** @param {Draft} draft @param {any} home @param {string} step @param {string | undefined} before */
async function next(draft, home, step, before) {
  const error = problem(draft, step);
  if (error) return draw(draft, home, step, before, error);
  if (step === 'check') return finish(draft);
  const order = questions(draft);
  draft.step = order[order.indexOf(step) + 1];
  await save(draft);
  return go(to(`income/${draft.id}/${draft.step}`));
}

/** The entry that is being saved: a second tap is no second entry. */
let saving = '';

/** @param {Draft} draft */
async function finish(draft) {
  if (saving === draft.id) return;
  saving = draft.id;
  const { household_no, occurred_on, category, item, amount_fen, cost_fen, evidence_no, note } = draft;
  const said = {
    household_no, occurred_on, category, item, amount_fen,
    ...(category === BUSINESS && cost_fen ? { cost_fen } : {}), ...(evidence_no?.trim() ? { evidence_no: evidence_no.trim() } : {}), ...(note?.trim() ? { note: note.trim() } : {}),
  };
  try {
    await addIncome(draft.id, said, { name: draft.name, captured_at: new Date().toISOString() });
  } catch (error) {
    console.error(error);
    saving = '';
    return say(_('没存上，再点一次保存。'));
  }
  say(_('存好了'));
  go(`${to('queue')}?saved=1`, true);
  nudge();
}

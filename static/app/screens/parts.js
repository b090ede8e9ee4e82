// @ts-check
// Parts that several pages share: heads, the sync state, choices, fields.

import { bearer } from '../core/api.js';
import { button, h, icon, replace, tag } from '../core/dom.js';
import { to } from '../core/place.js';
import { _, clock, english } from '../core/text.js';
import { counts, changes } from '../work/queue.js';
import { storage } from '../work/phone.js';
import { current, isSignedIn } from '../work/session.js';
import { now, progress } from '../work/upload.js';

/** The head of a page that has a way back. @param {string} back @param {string} title @param {...any} more */
export function innerHead(back, title, ...more) {
  const way = h('a', { class: 'back', href: back, 'aria-label': _('返回') }, icon('left'));
  return h('header', { class: 'top inner' }, way, h('h1', { tabindex: '-1' }, title), ...more);
}

/** The head of a main page: a sentence with a figure. @param {string} above @param {string} title @param {...any} more */
export function head(above, title, ...more) {
  return h('header', { class: 'top' }, h('div', { class: 'grow' }, h('p', { class: 'note' }, above), h('h1', { tabindex: '-1' }, clauses(title))), ...more);
}

/** A sentence breaks between its clauses. @param {string} sentence */
function clauses(sentence) {
  return (sentence.match(/[^，,：]*[，,：]|[^，,：]+$/g) || []).map((clause) => [h('span', null, clause.trim()), english ? ' ' : null]);
}

/** Whether everything has gone, in words: always on the page. @param {boolean} [short] */
export function syncState(short = false) {
  const place = short ? h('span') : h('div');
  const draw = async () => {
    if (!current()) return;
    const state = await stateNow();
    replace(place, short ? tag(state.kind, state.symbol, state.word) : bar(state));
  };
  void draw();
  const listener = () => (place.isConnected || !place.dataset.shown ? void draw() : changes.removeEventListener('queue', listener));
  changes.addEventListener('queue', listener);
  setTimeout(() => { place.dataset.shown = 'yes'; });
  return place;
}

/** @typedef {{ kind: string, symbol: string, word: string, more: string, act: any }} State */

/** @returns {Promise<State>} */
export async function stateNow() {
  const { waiting, refused } = await counts();
  const signIn = h('a', { class: 'btn', href: to('sign-in') }, _('登录'));
  const upload = button('', _('立即上传'), () => void now());
  if (!bearer.token || !isSignedIn()) {
    const more = waiting ? _('%(n)s 条待上传，都存好了', { n: waiting }) : _('登录后更新任务');
    return { kind: 'warn', symbol: 'lock', word: _('需登录'), more, act: signIn };
  }
  if (progress.running && progress.seq) {
    const word = progress.part ? _('上传中 %(part)s%', { part: Math.round(progress.part * 100) }) : _('上传中');
    return { kind: 'info', symbol: 'up', word, more: _('还有 %(n)s 条', { n: waiting }), act: null };
  }
  if ((await storage()).isFilling) return { kind: 'bad', symbol: 'warn', word: _('存储将满'), more: _('先上传，再拍照'), act: upload };
  if (waiting) {
    const more = progress.next > Date.now() ? _('等信号，%(time)s 再试', { time: clock(progress.next) }) : _('等信号，都存好了');
    return { kind: 'warn', symbol: 'up', word: _('%(n)s 条待上传', { n: waiting }), more, act: upload };
  }
  if (refused) {
    const see = h('a', { class: 'btn', href: `${to('queue')}?tab=refused` }, _('看原因'));
    return { kind: 'bad', symbol: 'warn', word: _('%(n)s 条被退回', { n: refused }), more: '', act: see };
  }
  return { kind: 'ok', symbol: 'check', word: _('全部已上传'), more: '', act: null };
}

/** @param {State} state */
function bar(state) {
  return h('div', { class: `state ${state.kind}` }, icon(state.symbol), h('p', null, h('b', null, state.word), state.more), state.act);
}

/**
 * Choices as large chips.
 * @param {'radio' | 'checkbox'} type @param {string} name @param {string[][]} pairs value and label
 * @param {string[]} chosen @param {(values: string[]) => void} change @param {string} [kind]
 */
export function choices(type, name, pairs, chosen, change, kind = '') {
  const list = h('div', { class: `choices ${kind}` });
  for (const [value, label] of pairs) {
    const input = h('input', { type, name, value, id: `${name}-${value}`, checked: chosen.includes(value) });
    list.append(h('label', { class: 'choice' }, input, h('span', null, icon('check'), label)));
  }
  list.addEventListener('change', () => {
    const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (list.querySelectorAll('input'));
    change(Array.from(inputs).filter((input) => input.checked).map((input) => input.value));
  });
  return list;
}

/** A group with its question. @param {string} question @param {string} hint @param {...any} content */
export function group(question, hint, ...content) {
  const legend = h('legend', { class: 'label' }, question, hint ? h('span', { class: 'note' }, ` ${hint}`) : null);
  return h('fieldset', null, legend, ...content);
}

/** An input with its label. @param {string} id @param {string} label @param {Record<string, any>} attributes @param {string} [hint] @param {string} [error] */
export function field(id, label, attributes, hint = '', error = '') {
  const { tag: element = 'input', ...rest } = attributes;
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return h(
    'div', { class: error ? 'field wrong' : 'field' },
    h('label', { for: id }, label),
    hint ? h('p', { class: 'note', id: `${id}-hint` }, hint) : null,
    error ? h('p', { class: 'error', id: `${id}-error` }, error) : null,
    h(element, { id, name: id, 'aria-describedby': described || null, 'aria-invalid': error ? 'true' : null, ...rest }),
  );
}

/** A warning with its cure. @param {string} kind @param {string} what @param {string} cure @param {...any} more */
export function warning(kind, what, cure, ...more) {
  return h('div', { class: `warning ${kind}`, role: 'note' }, h('p', null, icon('warn'), ' ', h('b', null, what)), h('p', null, cure), ...more);
}

/** Say something to who cannot see it. @param {string} text */
export function say(text) {
  const place = document.getElementById('said');
  if (place) place.textContent = text;
}

// @ts-check
// Sign-in: name, password, the six digits. The queue waits for it and is never lost.

import { NoAnswer } from '../core/api.js';
import { button, h, replace } from '../core/dom.js';
import { home, to } from '../core/place.js';
import { _ } from '../core/text.js';
import { end, present as presentDevice } from '../work/device.js';
import { current, hasWork, signIn as enter } from '../work/session.js';
import { sync } from '../work/sync.js';
import { now } from '../work/upload.js';
import { go, show } from './frame.js';
import { field, say, warning } from './parts.js';

const WORDS = {
  invalid_credentials: _('用户名、密码或动态码不对。改了再试。'),
  otp_required: _('还要填动态码：打开验证器，抄下 6 位数字。'),
};

export async function signIn() {
  const waits = await hasWork();
  const again = current();
  const wrong = h('div', { role: 'alert' });
  const form = h(
    'form', { class: 'pad stack', novalidate: true, onsubmit: (/** @type {Event} */ event) => void submit(event, wrong) },
    waits ? warning('info', _('没传完的都在。'), _('登录后接着传，一条都不会丢。')) : null,
    wrong,
    field('username', _('用户名'), { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false' }),
    field('password', _('密码'), { type: 'password', autocomplete: 'current-password' }),
    field('otp', _('动态码'), { inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '6' }, _('验证器里的 6 位数字')),
    h('button', { class: 'btn wide go', type: 'submit' }, _('登录')),
    h('p', { class: 'note' }, _('资料只在这台手机上放 72 小时，退出登录就清掉。')),
    h('p', null, h('a', { class: 'btn link', href: to('policy') }, _('先看政策卡片'))),
  );
  const greeting = again ? _('登录过期了，再登录一次') : _('登录');
  show({ title: _('登录'), content: [h('header', { class: 'top' }, h('div', { class: 'grow' }, h('p', { class: 'note' }, _('帮扶人走访')), h('h1', { tabindex: '-1' }, greeting))), form] });
}

/** @param {Event} event @param {HTMLElement} wrong */
async function submit(event, wrong) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const send = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
  const value = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value;
  send.disabled = true;
  try {
    const { needsDevice } = await enter(value('username').trim(), value('password'), value('otp').replace(/\s/g, ''));
    if (needsDevice) await end();
    const enrolled = !needsDevice && (await presentDevice());
    go(enrolled ? `${home}/` : to('enrol'), true);
    if (enrolled) void sync(true).then(() => now());
  } catch (error) {
    const text = explained(error);
    replace(wrong, h('p', { class: 'error', id: 'sign-in-error' }, text));
    say(text);
    send.disabled = false;
  }
}

/** @param {any} error @returns {string} */
export function explained(error) {
  if (error instanceof NoAnswer) return _('连不上服务器。走到有信号的地方再试。');
  const known = /** @type {Record<string, string>} */ (WORDS)[error.code];
  if (known) return known;
  if (error.status === 429) return _('试得太多了，过 %(n)s 秒再试。', { n: error.wait || 60 });
  if (error.text) return error.text;
  throw error;
}

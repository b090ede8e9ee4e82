// @ts-check
// Enrolment: this phone gets a key of its own, with the code that the township office shows.

import { h, replace } from '../core/dom.js';
import { home } from '../core/place.js';
import { _ } from '../core/text.js';
import { enrol, hasEnded } from '../work/device.js';
import { sync } from '../work/sync.js';
import { nudge } from '../work/upload.js';
import { go, show } from './frame.js';
import { field, say } from './parts.js';
import { explained } from './sign_in.js';

export async function enrolment() {
  const before = await hasEnded();
  const wrong = h('div', { role: 'alert' });
  const form = h(
    'form', { class: 'pad stack', novalidate: true, onsubmit: (/** @type {Event} */ event) => void submit(event, wrong) },
    h('p', null, before ? _('这台手机的登记已停用。到镇里再拿一个登记码。') : _('到镇里拿一个登记码，在这里填一次。以后用这台手机走访不用再填。')),
    wrong,
    field('code', _('登记码'), { autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false' }, _('12 位字母和数字，不分大小写')),
    h('button', { class: 'btn wide go', type: 'submit' }, _('登记这台手机')),
    h('p', { class: 'note' }, _('登记新手机，旧手机就停用。旧手机里没传完的还能传，镇里会来问一句。')),
    proof(),
  );
  show({ title: _('登记这台手机'), content: [h('header', { class: 'top' }, h('h1', { tabindex: '-1' }, _('登记这台手机'))), form] });
}

/** What a claim proves: the sentence stands wherever somebody makes one. */
export function proof() {
  return h(
    'details', { class: 'note' },
    h('summary', null, _('一条走访记录能证明什么？')),
    h('p', null, _('它证明：拿着这台登记手机密钥的人，在服务器知道的两个时刻之间，说了这些话。它不证明别的，所以还会有人抽查、回访。')),
  );
}

/** @param {Event} event @param {HTMLElement} wrong */
async function submit(event, wrong) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const send = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
  const code = /** @type {HTMLInputElement} */ (form.elements.namedItem('code')).value;
  send.disabled = true;
  try {
    await enrol(code.trim().toUpperCase());
    go(`${home}/`, true);
    void sync(true);
    nudge();
  } catch (error) {
    const status = /** @type {any} */ (error).code;
    const text = status === 'bad_enrolment_code' ? _('登记码不对、用过了，或者过期了。请镇里再给一个。') : explained(error);
    replace(wrong, h('p', { class: 'error' }, text));
    say(text);
    send.disabled = false;
  }
}

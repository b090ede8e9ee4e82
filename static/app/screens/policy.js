// @ts-check
// Policy cards: readable for seven days without a signal, and they say how old they are.

import { empty, h } from '../core/dom.js';
import { to } from '../core/place.js';
import { _, momentText } from '../core/text.js';
import { current } from '../work/session.js';
import { keptPolicies, POLICY_DAYS, policies } from '../work/sync.js';
import { show } from './frame.js';
import { innerHead, warning } from './parts.js';

const DAY = 86400000;

/** What lies on the phone at once; what is newer when it has come. */
export async function policy() {
  const kept = await keptPolicies();
  let isOpen = true;
  draw(kept, () => { isOpen = false; });
  void policies().then((found) => { if (isOpen && found?.at !== kept?.at) draw(found); });
}

/** @param {any} found @param {() => void} [leave] */
function draw(found, leave) {
  const isOld = found && Date.now() - found.at > POLICY_DAYS * DAY;
  const cards = (found && !isOld ? found.cards : []).map((/** @type {any} */ card) => h(
    'article', { class: 'sheet' }, h('h2', null, card.title), h('p', null, card.text), card.basis ? h('p', { class: 'note' }, _('依据：%(basis)s', { basis: card.basis })) : null));
  const none = isOld
    ? warning('warn', _('这些卡片超过 7 天了，可能变了。'), _('有信号时打开一次就会更新。'))
    : empty(_('政策卡片还没下载。'), _('有信号时打开一次，以后没有网也能看。'));
  show({
    title: _('政策卡片'), page: current() ? 'policy' : '', leave, keep: !leave,
    content: [
      innerHead(current() ? to('') : to('sign-in'), _('政策卡片')),
      h('div', { class: 'pad stack' }, found && !isOld ? h('p', { class: 'note' }, _('%(time)s 更新，没有网能看 7 天。', { time: momentText(found.at) })) : null, cards.length ? cards : none),
    ],
  });
}

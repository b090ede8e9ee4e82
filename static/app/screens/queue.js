// @ts-check
// 待上传: what was begun, what waits, what has gone, what came back and why. Nothing is lost here.

import { button, download, empty, h, icon, replace, tag } from '../core/dom.js';
import { get } from '../core/store.js';
import { to } from '../core/place.js';
import { _, clock, dayOf, dayText, momentText, sizeText } from '../core/text.js';
import { list as listDrafts } from '../work/drafts.js';
import { storage } from '../work/phone.js';
import { changes, counts, explained, opened, rows } from '../work/queue.js';
import { queueFile } from '../work/queue_file.js';
import { current, isSignedIn } from '../work/session.js';
import { now, progress } from '../work/upload.js';
import { show } from './frame.js';
import { head, say, syncState } from './parts.js';

const MOST = 60;

export async function queue() {
  const asked = new URLSearchParams(location.search);
  let tab = asked.get('tab') || 'waiting';
  const justSaved = asked.has('saved');
  let isOpen = true;
  const draw = async (/** @type {boolean} */ keep) => {
    const content = await page(tab, justSaved, (chosen) => { tab = chosen; void draw(true); });
    if (isOpen && current()) show({ title: _('待上传'), page: 'queue', keep, content, ...(keep ? {} : { leave: close }) });
  };
  let due = false;
  const listener = () => {
    if (due || !isOpen) return;
    due = true;
    setTimeout(() => { due = false; if (isOpen) void draw(true); }, 250);
  };
  const close = () => { isOpen = false; changes.removeEventListener('queue', listener); };
  changes.addEventListener('queue', listener);
  await draw(false);
}

/** @param {string} tab @param {boolean} justSaved @param {(tab: string) => void} choose */
async function page(tab, justSaved, choose) {
  const [drafts, all, sums, last] = await Promise.all([listDrafts(), rows(), counts(), get('state', 'sent')]);
  const title = sums.waiting ? _('%(n)s 条待上传，一条都没丢。', { n: sums.waiting }) : _('都传上去了，一条都没丢。');
  const above = last ? _('上次传成功：%(time)s', { time: momentText(last) }) : _('还没有传过');
  const names = [['drafts', _('草稿'), drafts.length], ['waiting', _('待上传'), sums.waiting], ['sent', _('已上传'), sums.sent], ['refused', _('退回'), sums.refused]];
  const tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': _('队列') }, names.map(([name, word, n]) => h(
    'button', { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-selected': String(tab === name), 'aria-controls': 'items', onclick: () => choose(String(name)) }, `${word} ${n}`)));
  return [
    head(above, title), tabs,
    h('div', { class: 'pad stack' },
      justSaved ? h('p', { class: 'state ok', role: 'status' }, icon('check'), _('存好了，在手机里。有信号就自动传。')) : null,
      isSignedIn() ? null : syncState(),
      h('div', { id: 'items', role: 'tabpanel', 'aria-labelledby': `tab-${tab}`, class: 'stack', tabindex: '0' }, await items(tab, drafts, all)),
      h('button', { type: 'button', id: 'upload-now', class: 'btn wide go', onclick: () => void now(), disabled: !sums.waiting }, icon('up'), _('立即上传')),
      await room(), await wayOut(sums.waiting + sums.refused)),
  ];
}

/** @param {string} tab @param {any[]} drafts @param {import('../work/queue.js').Item[]} all */
async function items(tab, drafts, all) {
  if (tab === 'drafts') return drafts.length ? drafts.map(draftCard) : empty(_('没有草稿。'), _('走访做到一半放下，会留在这里。'));
  const chosen = all.filter((row) => row.state === tab);
  const shown = await opened(tab === 'sent' ? chosen.slice(-MOST).reverse() : chosen.slice(0, MOST));
  const more = chosen.length > MOST ? h('p', { class: 'note' }, _('另有 %(n)s 条没有列出。', { n: chosen.length - MOST })) : null;
  const said = explained(all);
  if (shown.length) return [shown.map((item) => itemCard(item, said)), more];
  const words = /** @type {Record<string, string[]>} */ ({
    waiting: [_('没有等着上传的。'), _('保存走访以后先到这里，有信号就传。')], sent: [_('还没有传上去的。'), ''], refused: [_('没有被退回的。'), ''],
  })[tab];
  return empty(words[0], words[1]);
}

/** @param {any} draft */
function draftCard(draft) {
  const path = draft.kind === 'income' ? `income/${draft.id}/${draft.step}` : `checkin/${draft.id}`;
  const what = draft.kind === 'income' ? _('收入记录') : _('走访');
  return h('a', { class: 'card due', href: to(path) },
    h('span', { class: 'head' }, h('b', { class: 'name' }, _('%(name)s家', { name: draft.name })), tag('warn', 'clock', _('草稿'))),
    h('span', { class: 'note' }, `${what} · ${dayText(dayOf(draft.started_at))} ${clock(draft.started_at)}`));
}

/** @param {import('../work/queue.js').Item} item @param {Set<string>} said visits about which the helper has said something */
function itemCard(item, said) {
  const inside = /** @type {import('../work/queue.js').Inside} */ (item.inside);
  const what = { income: _('收入记录'), explanation: _('说明'), 'check-in': _('走访') }[item.kind];
  const photos = item.photos.length ? ` · ${_('照片 %(n)s 张', { n: item.photos.length })}` : '';
  const tries = item.attempts && item.state !== 'sent' ? ` · ${_('试了 %(n)s 次', { n: item.attempts })}` : '';
  const way = progress.running && progress.seq === item.seq && item.state === 'waiting';
  const asked = (inside.questions || []).length > 0 && !said.has(item.id);
  return h(
    'article', { class: 'sheet', 'data-id': item.id },
    h('div', { class: 'head' }, h('b', { class: 'name' }, _('%(name)s家', { name: inside.title })), stateTag(item, way, asked)),
    h('div', { class: 'spread note' }, h('span', null, `${what} · ${momentText(item.saved_at)}${photos}`), h('span', null, `${sizeText(item.bytes)}${tries}`)),
    way ? h('div', { class: 'bar info', role: 'progressbar', 'aria-label': _('上传进度'), 'aria-valuenow': Math.round(progress.part * 100), 'aria-valuemin': 0, 'aria-valuemax': 100 }, barFill(progress.part)) : null,
    item.error && item.state !== 'sent' && !way ? h('p', { class: 'said' }, lastTime(item)) : null,
    inside.said ? h('p', { class: 'said' }, _('您说：%(text)s', { text: inside.said })) : null,
    asked && item.state === 'sent' ? h('a', { class: 'btn', href: to(`visits/${item.id}`) }, icon('ask'), _('有一句要问您')) : null,
  );
}

/** @param {number} part */
function barFill(part) {
  const fill = h('i');
  fill.style.width = `${Math.round(part * 100)}%`;
  return fill;
}

/** @param {import('../work/queue.js').Item} item @param {boolean} way @param {boolean} asked */
function stateTag(item, way, asked) {
  if (item.state === 'refused') return tag('bad', 'warn', _('退回'));
  if (item.state === 'sent') return asked ? tag('warn', 'ask', _('有疑问')) : tag('ok', 'check', _('已上传'));
  if (way) return tag('info', 'up', progress.part ? _('上传中 %(part)s%', { part: Math.round(progress.part * 100) }) : _('上传中'));
  return isSignedIn() ? tag('warn', 'clock', _('等信号')) : tag('warn', 'lock', _('需登录'));
}

/** The last error in words, and when it is tried again. @param {import('../work/queue.js').Item} item */
function lastTime(item) {
  const text = item.error?.text || '';
  if (item.state === 'refused') return _('退回的原因：%(text)s', { text });
  const next = progress.next > Date.now() ? _('%(time)s 再试', { time: clock(progress.next) }) : '';
  return `${_('上次：%(text)s。', { text: text.replace(/[。.]$/, '') })}${next}`;
}

async function room() {
  const { used, left, mayBeWiped } = await storage();
  const share = Math.max(0.01, used / Math.max(used + left, 1));
  return h('section', { 'aria-label': _('手机存储') },
    h('div', { class: 'spread' }, h('span', null, _('手机里存了 %(size)s', { size: sizeText(used) })), h('span', { class: 'note' }, _('还能存 %(size)s', { size: sizeText(left) }))),
    h('div', { class: 'bar' }, barFill(share)),
    mayBeWiped ? h('p', { class: 'note' }, _('这台手机没有答应长期保存，尽早上传。')) : null);
}

/** @param {number} unsent */
async function wayOut(unsent) {
  const said = h('p', { class: 'note', role: 'status' });
  const save = async () => {
    const bytes = await queueFile();
    download(/** @type {BlobPart} */ (bytes), `${_('待上传')}-${dayOf(Date.now())}.ygq`, 'application/octet-stream');
    replace(said, _('存成文件了。文件加了密，只有服务器打得开；手机里的还留着。'));
    say(_('存成文件了。'));
  };
  return h('section', null, h('hr', { class: 'rule' }),
    h('div', { class: 'spread' }, h('span', { class: 'note' }, _('一直传不上去？')), h('button', { type: 'button', id: 'export', class: 'btn link', disabled: !unsent, onclick: () => void save() }, icon('file'), _('导出成文件，交给镇里'))), said);
}

// @ts-check
// Sends the queue: one at a time, in order; waits 1, 2, 4 … seconds up to five minutes after a failure.

import { call, NoAnswer, Refusal } from '../core/api.js';
import { put } from '../core/store.js';
import { _ } from '../core/text.js';
import { queueKey } from './device.js';
import { isUploaded, mark, read, TYPE } from './photos.js';
import { changes, opened, rows, settle, tell, update } from './queue.js';
import { current, isSignedIn, lapse } from './session.js';

const LONGEST = 300;
const AGAIN = new Set([408, 425, 429]);

/** What the pages show: the item on its way and how far, when the next try is, what stopped it. */
export const progress = { seq: 0, part: 0, next: 0, needsSignIn: false, running: false };

let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Try now, whatever the phone says about its network: `navigator.onLine` is only a hint to try. */
export function now() {
  clearTimeout(timer);
  failures = 0;
  return run();
}

/** A new item, a signal, an opened page: try unless a try is already due later. */
export function nudge() {
  if (!progress.running && !(progress.next > Date.now())) void run();
}

async function run() {
  if (progress.running || !current()) return;
  if (!isSignedIn()) return needsSignIn(await somethingWaits());
  progress.running = true;
  progress.needsSignIn = false;
  clearTimeout(timer);
  progress.next = 0;
  try {
    await (navigator.locks ? navigator.locks.request('yangguang-upload', { ifAvailable: true }, sendAll) : sendAll(true));
  } finally {
    progress.running = false;
    progress.seq = progress.part = 0;
    tell();
  }
}

/** @param {any} lock null while another window sends */
async function sendAll(lock) {
  if (lock === null) return again(5);
  let sent = 0;
  for (let item = await first(); item; item = await first()) {
    const going = await attempt(item);
    if (!going) return undefined;
    sent += 1;
  }
  if (sent) changes.dispatchEvent(new Event('drained'));
  return undefined;
}

async function first() {
  return current() ? (await rows()).find((row) => row.state === 'waiting') : undefined;
}

async function somethingWaits() {
  return Boolean(await first());
}

/** Somebody has signed out meanwhile, or another one in: his token says nothing about this item. */
class NotOurs extends Error {}

/** Asked at the last moment before each request. @param {import('./queue.js').Item} item */
function mine(item) {
  if (current()?.owner !== item.owner) throw new NotOurs('another sign-in');
}

/** @param {import('./queue.js').Item} item */
function pathOf(item) {
  if (item.kind === 'income') return `/incomes/${item.id}`;
  return item.kind === 'explanation' ? `/check-ins/${item.id}/explanation` : `/check-ins/${item.id}`;
}

/** @param {import('./queue.js').Item} closed @returns {Promise<boolean>} whether to go on with the next */
async function attempt(closed) {
  progress.seq = closed.seq;
  progress.part = 0;
  let item = closed;
  try {
    await update(item.seq, { attempts: item.attempts + 1 });
    [item] = await opened([closed]);
    await sendPhotos(item);
    mine(item);
    const { body } = await call('PUT', pathOf(item), { body: item.inside?.body });
    await settle(item, body);
    failures = 0;
    return true;
  } catch (error) {
    return failed(item, error);
  }
}

/** @param {import('./queue.js').Item} item */
async function sendPhotos(item) {
  const key = await queueKey(item.owner);
  for (const [at, digest] of item.photos.entries()) {
    const bytes = (await isUploaded(digest)) ? null : await read(key, digest);
    if (!bytes) continue;
    const show = (/** @type {number} */ part) => {
      progress.part = (at + part) / item.photos.length;
      tell();
    };
    mine(item);
    await call('PUT', `/photos/${digest}`, { body: bytes, type: TYPE, progress: show, timeout: 120000 });
    await mark(digest, true);
  }
}

/** @param {import('./queue.js').Item} item @param {unknown} error @returns {Promise<boolean>} */
async function failed(item, error) {
  if (error instanceof NotOurs || current()?.owner !== item.owner) return false;
  if (error instanceof NoAnswer) {
    await note(item, 'network', _('信号断了'));
    again();
    return false;
  }
  if (!(error instanceof Refusal)) {
    await note(item, 'phone', _('手机这边没弄好，过一会儿再传')).catch(() => undefined); // the disk may be what is full
    again();
    return false;
  }
  if (error.status === 401) {
    await note(item, 'sign_in', _('登录过期了，登录后接着传'));
    await lapse(error.token);
    needsSignIn(true);
    return false;
  }
  if (error.status >= 500 || AGAIN.has(error.status)) {
    await note(item, error.code, error.status === 429 ? _('服务器忙，过一会儿再传') : _('服务器出了问题，过一会儿再传'));
    again(error.wait);
    return false;
  }
  if (error.code === 'photo_missing' && item.attempts < 5) {
    for (const digest of item.photos) await mark(digest, false);
    again();
    return false;
  }
  await update(item.seq, { state: 'refused', error: { code: error.code, text: error.text, at: Date.now() } });
  return true;
}

/** @param {import('./queue.js').Item} item @param {string} code @param {string} text */
function note(item, code, text) {
  return update(item.seq, { error: { code, text, at: Date.now() } });
}

/** @param {number} [wait] seconds that the server asked for */
function again(wait = 0) {
  const seconds = Math.max(wait, Math.min(LONGEST, 2 ** failures));
  failures += 1;
  progress.next = Date.now() + seconds * 1000;
  clearTimeout(timer);
  timer = setTimeout(run, seconds * 1000);
  tell();
}

/** @param {boolean} needed */
function needsSignIn(needed) {
  progress.needsSignIn = needed;
  void put('state', needed, 'needsSignIn');
  tell();
}

/** Listen to everything that may mean a signal. */
export function listen() {
  addEventListener('online', () => void now());
  addEventListener('visibilitychange', () => { if (!document.hidden) nudge(); });
  setInterval(nudge, 60000);
}

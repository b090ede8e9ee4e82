// @ts-check
// What the server tells: fetched when there is a signal, sealed on the phone for the lease, read from there always.

import { call, NoAnswer, Refusal } from '../core/api.js';
import { home } from '../core/place.js';
import { asked, get, put, transact } from '../core/store.js';
import { dayOf, english } from '../core/text.js';
import { open, seal } from '../core/vault.js';
import { present as presentDevice } from './device.js';
import { refill } from './nonces.js';
import { current, isSignedIn, lapse, leaseHolds, renew, required } from './session.js';

const FRESH = 10 * 60000;
const PATIENCE = 15000;
export const POLICY_DAYS = 7;
const CARDS = `policies-${english ? 'en' : 'zh'}`;

export const news = new EventTarget();

/** @typedef {{ at: number, english: boolean, today: any, households: any[], visits: { count: number, check_ins: any[], since: string } }} Known */

/** @returns {Promise<Known | null>} what was last fetched; null when nothing is there or the lease is over */
export async function known() {
  if (!(await leaseHolds())) return null;
  const sealed = await get('files', 'known');
  return sealed ? open(required().key, sealed) : null;
}

/** @param {string} no @returns {Promise<any>} a household of one's own, or null */
export async function household(no) {
  return (await known())?.households.find((h) => h.no === no) || null;
}

/** @type {Promise<boolean> | null} */
let running = null;

/** Fetch if there is reason to. @param {boolean} [forced] @returns {Promise<boolean>} whether anything new came */
export function sync(forced = false) {
  running ??= fetchAll(forced).finally(() => { running = null; });
  return running;
}

/** @param {boolean} forced */
async function fetchAll(forced) {
  if (!current() || !isSignedIn()) return false;
  const before = await known();
  if (!forced && before && before.english === english && Date.now() - before.at < FRESH) return false;
  try {
    if (await presentDevice()) await refill().catch(unlessRefused);
    const today = (await call('GET', '/today')).body;
    const { households } = (await call('GET', '/households')).body;
    const visits = await fetchVisits(monthBefore(), before?.english === english ? before.visits.check_ins : []);
    const session = current();
    if (!session) return false; // signed out meanwhile
    const sealed = await seal(session.key, { at: Date.now(), english, today, households, visits });
    await renew();
    await policies();
    await transact(['files', 'keys'], 'readwrite', async (of) => {
      const key = await asked(of('keys').get('session'));
      if (key) await asked(of('files').put(sealed, 'known'));
    });
    news.dispatchEvent(new Event('news'));
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) await lapse(error.token);
    else if (!(error instanceof NoAnswer || error instanceof Refusal)) throw error;
    return false;
  }
}

/** Too many numbers asked for is no reason to go without the tasks. @param {unknown} error */
function unlessRefused(error) {
  if (!(error instanceof Refusal) || error.status === 401) throw error;
}

/** @param {string} since @param {any[]} before what was known; of a visit explained already the questions are */
async function fetchVisits(since, before) {
  let { body } = await call('GET', `/check-ins?since=${encodeURIComponent(since)}`);
  const { count } = body;
  const check_ins = [...body.check_ins];
  while (body.next && check_ins.length < 2000) {
    body = (await call('GET', body.next.replace(/^.*\/api\/v1/, ''))).body;
    check_ins.push(...body.check_ins);
  }
  for (const row of check_ins) {
    const same = before.find((/** @type {any} */ old) => old.id === row.id && old.state === row.state);
    if (row.state === 'explained' && same?.questions) row.questions = same.questions;
    else if (row.state === 'asked' || row.state === 'explained') row.questions = (await call('GET', `/check-ins/${row.id}`)).body.questions;
  }
  return { count, check_ins, since };
}

/** The first moment of the month before this one, in China. */
function monthBefore() {
  const [year, month] = dayOf(Date.now()).split('-').map(Number);
  const [y, m] = month === 1 ? [year - 1, 12] : [year, month - 1];
  return `${y}-${String(m).padStart(2, '0')}-01T00:00:00+08:00`;
}

/** @returns {Promise<number>} the income line of a head and year as it was last told, in fen; 0 when nobody has set it */
export async function incomeLine() {
  return (await get('state', CARDS))?.income_line_fen || 0;
}

/** Policy cards as they lie on the phone: no secret, so they stay in clear. @returns {Promise<any>} */
export function keptPolicies() {
  return get('state', CARDS);
}

/** The cards, fetched when they are not fresh; nobody waits long for a bad line. */
export async function policies() {
  const kept = await keptPolicies();
  if (kept && Date.now() - kept.at < FRESH) return kept;
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(`${home}/policies.json`, { cache: 'no-cache', signal: stop.signal });
    if (!answer.ok) return kept;
    const fresh = { at: Date.now(), ...(await answer.json()) };
    await put('state', fresh, CARDS);
    return fresh;
  } catch {
    return kept;
  } finally {
    clearTimeout(patience);
  }
}

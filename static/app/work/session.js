// @ts-check
// Who is signed in on this phone. The key of the household data leaves with the log-out or at the end of the lease.

import { bearer, call, NoAnswer, Refusal } from '../core/api.js';
import { encode, sha256 } from '../core/bytes.js';
import { all, asked, get, put, remove, transact } from '../core/store.js';
import { newKey, open, seal } from '../core/vault.js';

export const LEASE_HOURS = 72;
const HOUR = 3600000;

/**
 * @typedef {{ owner: string, token: string | null, expiresAt: number, until: number, key: CryptoKey,
 *   helper: { no: string, name: string } }} Session
 */

/** @type {Session | null} */
let present = null;

export const changed = new EventTarget();

/** @returns {Session | null} */
export function current() {
  return present;
}

/** @returns {Session} @throws when nobody is signed in */
export function required() {
  if (!present) throw new Error('nobody is signed in');
  return present;
}

/** @returns {boolean} true when the server would still answer to this sign-in, as far as we know */
export function isSignedIn() {
  return Boolean(present?.token && present.expiresAt > Date.now());
}

/** A helper's mark on this phone; it is no name. @param {string} no @returns {Promise<string>} */
export function ownerOf(no) {
  return sha256(encode(`yangguang/owner\0${no}`));
}

/**
 * The latest moment that this phone has seen: a clock set back does not prolong a lease.
 * @returns {Promise<number>}
 */
async function latest() {
  const seen = Math.max(Date.now(), (await get('state', 'seen')) || 0);
  await put('state', seen, 'seen');
  return seen;
}

/** Read the session that was kept; drop it with all household data when its lease is over. @returns {Promise<Session | null>} */
export async function resume() {
  const kept = await get('keys', 'session');
  if (!kept) return null;
  if (kept.until <= (await latest())) {
    await forget();
    return null;
  }
  const sealed = await get('files', 'session');
  if (!sealed) return null;
  present = { ...(await open(kept.key, sealed)), key: kept.key, until: kept.until, owner: kept.owner };
  bearer.token = present?.token || null;
  return present;
}

/** Check the lease while the app stays open. @returns {Promise<boolean>} false when the data are gone */
export async function leaseHolds() {
  if (!present) return false;
  if (present.until > (await latest())) return true;
  await forget();
  return false;
}

/**
 * @param {string} username @param {string} password @param {string} otp
 * @returns {Promise<{ needsDevice: boolean }>} @throws {Refusal | NoAnswer}
 */
export async function signIn(username, password, otp) {
  const { body } = await call('POST', '/sessions', { json: { username, password, ...(otp ? { otp } : {}) } });
  const owner = await ownerOf(body.helper.no);
  const kept = await get('keys', 'session');
  if (kept && kept.owner !== owner) await forget();
  const key = kept?.owner === owner ? kept.key : await newKey();
  present = {
    owner, key, token: body.token, expiresAt: Date.parse(body.expires_at),
    until: Date.now() + LEASE_HOURS * HOUR, helper: body.helper,
  };
  bearer.token = body.token;
  await write();
  changed.dispatchEvent(new Event('session'));
  return { needsDevice: body.needs_device };
}

/** The server has answered with fresh data: the lease runs anew. @returns {Promise<void>} */
export async function renew() {
  if (!present) return;
  present.until = Date.now() + LEASE_HOURS * HOUR;
  await write();
}

/**
 * The server no longer knows the token (401): the data stay for their lease, the queue stays anyway.
 * @param {string | null} token that it refused; a late answer to an older one ends no newer sign-in
 */
export async function lapse(token) {
  if (!present || present.token !== token) return;
  present.token = bearer.token = null;
  await write();
  changed.dispatchEvent(new Event('session'));
}

async function write() {
  const { owner, key, until, token, expiresAt, helper } = required();
  const sealed = await seal(key, { token, expiresAt, helper });
  await transact(['keys', 'files', 'state'], 'readwrite', async (of) => {
    of('keys').put({ key, owner, until }, 'session');
    of('state').put(Date.now(), 'seen');
    await asked(of('files').put(sealed, 'session'));
  });
}

/** Sign out: the token ends, the household data and their key go; the queue stays. */
export async function signOut() {
  try {
    if (present?.token) await call('DELETE', '/sessions/current', { timeout: 5000 });
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Refusal)) throw error;
  }
  await forget();
}

/** Drop the key first: what might remain on the disk cannot be read. */
async function forget() {
  present = null;
  bearer.token = null;
  await remove('keys', 'session');
  await transact(['files'], 'readwrite', (of) => asked(of('files').clear()));
  changed.dispatchEvent(new Event('session'));
}

/** @returns {Promise<boolean>} whether anybody's unsent work lies on this phone */
export async function hasWork() {
  return (await all('queue')).some((item) => item.state !== 'sent') || (await all('drafts')).length > 0;
}

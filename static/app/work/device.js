// @ts-check
// This phone's key (ECDSA P-256, cannot be taken out) and the key under which the helper's queue lies.

import { call } from '../core/api.js';
import { asked, get, put, remove, transact } from '../core/store.js';
import { newKey } from '../core/vault.js';
import { required } from './session.js';

export const FIRST = '0'.repeat(64);

/** @typedef {{ owner: string, device_id: string, pair: CryptoKeyPair, counter: number, previous: string }} Device */

/** @returns {Promise<Device | undefined>} this helper's key on this phone, unless the server has ended it */
export async function present() {
  const kept = await get('devices', required().owner);
  return kept?.ended ? undefined : kept;
}

/** @returns {Promise<boolean>} whether this phone was enrolled once and is no more */
export async function hasEnded() {
  return Boolean((await get('devices', required().owner))?.ended);
}

/** The server says that this phone's key is in force no more: what is signed stays as it is, a new code is needed. */
export async function end() {
  await transact(['devices'], 'readwrite', async (of) => {
    const kept = await asked(of('devices').get(required().owner));
    if (kept) await asked(of('devices').put({ ...kept, ended: true }));
  });
}

/**
 * Enrol this phone with the code shown at the township office. The old chain, if any, ends: a new key starts at 1.
 * @param {string} code @returns {Promise<void>}
 */
export async function enrol(code) {
  const { owner } = required();
  let pair = await waitingPair(owner);
  const ask = async () => {
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    return call('POST', '/devices', { json: { public_key: { kty, crv, x, y }, enrolment_code: code, label: label() } });
  };
  const { body } = await ask().catch(async (error) => {
    if (error.code !== 'bad_key') throw error;
    await remove('devices', waiting(owner)); // enrolled once, and ended before this phone heard of it
    pair = await waitingPair(owner);
    return ask();
  });
  await queueKey(owner);
  await transact(['devices', 'nonces'], 'readwrite', async (of) => {
    of('nonces').clear();
    of('devices').delete(waiting(owner));
    await asked(of('devices').put({ owner, device_id: body.device_id, pair, counter: 0, previous: FIRST }));
  });
}

/** @param {string} owner */
const waiting = (owner) => `waiting:${owner}`;

/**
 * A key that is to be enrolled lies on the phone before it is sent: when the answer is lost, the same key sent again is
 * answered alike, and nobody has to go to the office for another code.
 * @param {string} owner @returns {Promise<CryptoKeyPair>}
 */
async function waitingPair(owner) {
  const kept = await get('devices', waiting(owner));
  if (kept) return kept.pair;
  const pair = /** @type {CryptoKeyPair} */ (
    await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  );
  await put('devices', { owner: waiting(owner), pair });
  return pair;
}

/** What kind of phone, in a word; nothing that names one among many. */
function label() {
  const known = ['HarmonyOS', 'Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'];
  return known.find((name) => navigator.userAgent.includes(name)) || 'browser';
}

/** The key of a helper's drafts and queue; it outlives log-out and a new enrolment. @param {string} owner @returns {Promise<CryptoKey>} */
export async function queueKey(owner) {
  const name = `queue:${owner}`;
  const kept = await get('keys', name);
  if (kept) return kept;
  const made = await newKey();
  await put('keys', made, name);
  return get('keys', name);
}

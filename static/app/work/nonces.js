// @ts-check
// Numbers from the server, fetched ahead: one in each claim says "not before".

import { call, Refusal } from '../core/api.js';
import { encode, hex } from '../core/bytes.js';
import { all, asked, transact } from '../core/store.js';
import { end } from './device.js';
import { required } from './session.js';

const WANTED = 20;
const STALE = 6 * 3600000;

/** @typedef {{ nonce: string, owner: string, issued: number, expires: number }} Nonce */

/** @returns {Promise<Nonce[]>} usable ones, the freshest first */
async function usable() {
  const { owner } = required();
  const found = (await all('nonces')).filter((n) => n.owner === owner && n.expires > Date.now());
  return found.sort((a, b) => b.issued - a.issued);
}

/** @returns {Promise<any>} null when the server has ended this phone's key */
async function lease() {
  try {
    return (await call('GET', `/nonces?count=${WANTED}`)).body;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'device_needed') throw error;
    await end();
    return null;
  }
}

/** Fetch more when few are left or the newest is old; drop the dead ones. */
export async function refill() {
  const { owner } = required();
  const left = await usable();
  if (left.length >= WANTED / 2 && left[0].issued > Date.now() - STALE) return;
  const body = await lease();
  if (!body) return;
  await transact(['nonces'], 'readwrite', async (of) => {
    for (const old of await asked(of('nonces').getAll())) {
      if (old.expires <= Date.now()) of('nonces').delete(old.nonce);
    }
    for (const { nonce, issued_at, expires_at } of body.nonces) {
      of('nonces').put({ nonce, owner, issued: Date.parse(issued_at), expires: Date.parse(expires_at) });
    }
  });
}

/** Take the freshest one away for a visit. Without one the visit counts all the same: it is only not bracketed. @returns {Promise<Nonce | null>} */
export async function take() {
  const [first] = await usable();
  if (!first) return null;
  await transact(['nonces'], 'readwrite', (of) => asked(of('nonces').delete(first.nonce)));
  return first;
}

/** Three digits that belong to a nonce, to be seen in the picture. @param {string} nonce @returns {Promise<string>} */
export async function challengeOf(nonce) {
  const digest = await crypto.subtle.digest('SHA-256', encode(`yangguang/challenge/v1\0${nonce}`));
  return String(parseInt(hex(digest).slice(0, 8), 16) % 1000).padStart(3, '0');
}

const PATIENCE = 1500;

/**
 * The tightest bracket that can be had now: ask the server for a number, but do not let the helper wait for it.
 * @returns {Promise<Nonce | null>}
 */
export async function fresh() {
  const { owner } = required();
  const asking = call('GET', '/nonces?count=1', { timeout: PATIENCE }).then(({ body }) => body.nonces[0]).catch(() => null);
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, null); });
  const got = await Promise.race([asking, late]);
  if (!got) return take();
  return { nonce: got.nonce, owner, issued: Date.parse(got.issued_at), expires: Date.parse(got.expires_at) };
}

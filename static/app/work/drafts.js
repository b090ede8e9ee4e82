// @ts-check
// What was begun and not yet saved. Written at every step, so that a dead battery costs nothing.

import { uuid } from '../core/bytes.js';
import { all, asked, get, transact } from '../core/store.js';
import { open, seal } from '../core/vault.js';
import { queueKey } from './device.js';
import { required } from './session.js';

/** @typedef {Record<string, any> & { id: string, kind: 'check-in' | 'income', household_no: string, name: string }} Draft */

/** @param {Omit<Draft, 'id'> & Record<string, any>} said @returns {Promise<Draft>} */
export async function begin(said) {
  const draft = /** @type {Draft} */ (/** @type {unknown} */ ({ id: uuid(), started_at: Date.now(), ...said }));
  await save(draft);
  return draft;
}

/** @type {Promise<void>} one write after the other, in the order of the taps */
let writing = Promise.resolve();

/** @param {Draft} draft @returns {Promise<void>} resolves when it is on disk */
export function save(draft) {
  const { owner } = required();
  const copy = JSON.parse(JSON.stringify(draft));
  writing = writing.catch(() => undefined).then(async () => {
    const sealed = await seal(await queueKey(owner), copy);
    await transact(['drafts'], 'readwrite', (of) => asked(of('drafts').put({ id: copy.id, owner, at: Date.now(), ...sealed })));
  });
  return writing;
}

/** @returns {Promise<Draft[]>} this helper's, the latest first */
export async function list() {
  const { owner } = required();
  const key = await queueKey(owner);
  const rows = (await all('drafts')).filter((row) => row.owner === owner).sort((a, b) => b.at - a.at);
  return Promise.all(rows.map((row) => open(key, row)));
}

/** @param {string} id @returns {Promise<Draft | null>} */
export async function find(id) {
  const { owner } = required();
  const row = await get('drafts', id);
  return row && row.owner === owner ? open(await queueKey(owner), row) : null;
}

/** @param {Draft} draft thrown away with its pictures, because the helper said so */
export async function discard(draft) {
  await writing.catch(() => undefined);
  await transact(['drafts', 'photos'], 'readwrite', async (of) => {
    for (const photo of draft.photos || []) of('photos').delete(photo.sha256);
    await asked(of('drafts').delete(draft.id));
  });
}

/** Wait until the last autosave is on disk. */
export function settled() {
  return writing.catch(() => undefined);
}

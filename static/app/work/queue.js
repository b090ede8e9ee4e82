// @ts-check
// What has been saved and is to reach the server, in order. Nothing leaves it but by the server's answer.

import { asked, all, transact } from '../core/store.js';
import { open, seal } from '../core/vault.js';
import { sign } from './claims.js';
import { present as presentDevice, queueKey } from './device.js';
import { required } from './session.js';

/**
 * @typedef {{ title: string, household_no: string, captured_at: string, body?: string, said?: string, questions?: any[] }} Inside
 * @typedef {{ seq: number, id: string, kind: 'check-in' | 'income' | 'explanation', owner: string, state: 'waiting' | 'sent' | 'refused',
 *   bytes: number, attempts: number, saved_at: number, sent_at?: number, error?: { code: string, text: string, at: number },
 *   photos: string[], iv: ArrayBuffer, data: ArrayBuffer, inside?: Inside }} Item
 */

export const changes = new EventTarget();

/** Tell the pages that the queue is another one now. */
export function tell() {
  changes.dispatchEvent(new Event('queue'));
}

/**
 * Sign a visit and put it into the queue, in one transaction with the head of the chain; its draft goes.
 * @param {string} id @param {Record<string, any>} said @param {{ name: string, photos: { sha256: string, bytes: number }[] }} about
 * @returns {Promise<void>} resolves when it is on disk
 */
export async function addCheckIn(id, said, { name, photos }) {
  const { owner } = required();
  await alone('chain', async () => {
    const device = await presentDevice();
    if (!device) throw new Error('no device');
    const { body, counter, digest } = await sign(device, id, said);
    const inside = { title: name, household_no: said.household_no, captured_at: said.captured_at, body };
    const bytes = body.length + photos.reduce((sum, photo) => sum + photo.bytes, 0);
    const row = { ...fresh(id, 'check-in', owner, bytes), photos: photos.map((p) => p.sha256), ...(await seal(await queueKey(owner), inside)) };
    await transact(['devices', 'queue', 'drafts'], 'readwrite', async (of) => {
      const now = await asked(of('devices').get(owner));
      if (now.counter !== device.counter) throw new Error('the chain has moved');
      of('devices').put({ ...now, counter, previous: digest });
      of('drafts').delete(id);
      await asked(of('queue').add(row));
    });
  });
  tell();
}

/** @param {string} id @param {Record<string, any>} said @param {{ name: string, captured_at: string }} about */
export async function addIncome(id, said, { name, captured_at }) {
  const { owner } = required();
  const body = JSON.stringify(said);
  const inside = { title: name, household_no: said.household_no, captured_at, body };
  const row = { ...fresh(id, 'income', owner, body.length), photos: [], ...(await seal(await queueKey(owner), inside)) };
  await transact(['queue', 'drafts'], 'readwrite', async (of) => {
    of('drafts').delete(id);
    await asked(of('queue').add(row));
  });
  tell();
}

/**
 * The helper's words about a visit, behind the visit itself: the queue goes out in order.
 * @param {string} id of the visit @param {{ text: string, rules?: string[] }} said the words, and the questions that they answer
 * @param {{ name: string, household_no: string, captured_at: string }} about
 */
export async function addExplanation(id, said, { name, household_no, captured_at }) {
  const { owner } = required();
  const body = JSON.stringify(said);
  const inside = { title: name, household_no, captured_at, said: said.text, body };
  const row = { ...fresh(id, 'explanation', owner, body.length), photos: [], ...(await seal(await queueKey(owner), inside)) };
  await transact(['queue'], 'readwrite', (of) => asked(of('queue').add(row)));
  tell();
}

/** The visits about which the helper has said something that the server has not refused. @param {Item[]} all @returns {Set<string>} */
export function explained(all) {
  return new Set(all.filter((row) => row.kind === 'explanation' && row.state !== 'refused').map((row) => row.id));
}

/** @param {string} id @param {string} kind @param {string} owner @param {number} bytes */
function fresh(id, kind, owner, bytes) {
  return { id, kind, owner, state: 'waiting', bytes, attempts: 0, saved_at: Date.now() };
}

/** @param {string} name @param {() => Promise<void>} work one at a time, over all windows of this phone */
async function alone(name, work) {
  await (navigator.locks ? navigator.locks.request(`yangguang-${name}`, work) : work());
}

/** @returns {Promise<Item[]>} this helper's, in order, still closed */
export async function rows() {
  const { owner } = required();
  return (await all('queue')).filter((row) => row.owner === owner);
}

/** @param {Item[]} closed @returns {Promise<Item[]>} with what is inside */
export async function opened(closed) {
  const key = await queueKey(required().owner);
  return Promise.all(closed.map(async (row) => ({ ...row, inside: await open(key, row) })));
}

/** @returns {Promise<{ waiting: number, sent: number, refused: number, oldest: number | null }>} */
export async function counts() {
  const found = await rows();
  /** @param {string} state */
  const of = (state) => found.filter((row) => row.state === state);
  const waiting = of('waiting');
  return { waiting: waiting.length, sent: of('sent').length, refused: of('refused').length, oldest: waiting[0]?.saved_at ?? null };
}

/** @param {number} seq @param {Partial<Item>} values @returns {Promise<void>} */
export async function update(seq, values) {
  await transact(['queue'], 'readwrite', async (of) => {
    const row = await asked(of('queue').get(seq));
    if (row) await asked(of('queue').put({ ...row, ...values }));
  });
  tell();
}

/**
 * The server has it: keep what the helper may look up, drop the signed body and the pictures.
 * @param {Item} item opened @param {any} answer
 */
export async function settle(item, answer) {
  const { body: _sent, ...rest } = /** @type {Inside} */ (item.inside);
  const inside = item.kind === 'check-in' ? { ...rest, questions: answer?.questions || [] } : rest;
  const sealed = await seal(await queueKey(item.owner), inside);
  await transact(['queue', 'photos', 'state'], 'readwrite', async (of) => {
    const row = await asked(of('queue').get(item.seq));
    const others = (await asked(of('queue').getAll())).filter((other) => other.seq !== item.seq && other.state === 'waiting');
    for (const digest of item.photos) {
      if (!others.some((other) => other.photos.includes(digest))) of('photos').delete(digest);
    }
    of('state').put(Date.now(), 'sent');
    await asked(of('queue').put({ ...row, ...sealed, state: 'sent', sent_at: Date.now(), error: undefined }));
  });
  tell();
}

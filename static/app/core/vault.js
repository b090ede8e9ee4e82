// @ts-check
// Sealing at rest: AES-GCM under keys that the browser keeps and nobody can read out.

import { decode, encode } from './bytes.js';

/** @typedef {{ iv: ArrayBuffer, data: ArrayBuffer }} Sealed */

/** @returns {Promise<CryptoKey>} */
export function newKey() {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** @param {CryptoKey} key @param {BufferSource} bytes @returns {Promise<Sealed>} */
export async function sealBytes(key, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv: iv.buffer, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) };
}

/** @param {CryptoKey} key @param {Sealed} sealed @returns {Promise<ArrayBuffer>} */
export function openBytes(key, sealed) {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv }, key, sealed.data);
}

/** @param {CryptoKey} key @param {any} value @returns {Promise<Sealed>} */
export function seal(key, value) {
  return sealBytes(key, encode(JSON.stringify(value)));
}

/** @param {CryptoKey} key @param {Sealed} sealed @returns {Promise<any>} */
export async function open(key, sealed) {
  return JSON.parse(decode(await openBytes(key, sealed)));
}

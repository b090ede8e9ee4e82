// @ts-check
// The queue as a file, sealed to the server: ECDH P-256 with a key of its own, HKDF-SHA256, AES-256-GCM.

import { base64, encode, join, unbase64 } from '../core/bytes.js';
import { shellData } from '../core/text.js';
import { queueKey } from './device.js';
import { read } from './photos.js';
import { opened, rows } from './queue.js';
import { required } from './session.js';

export const MAGIC = 'yangguang/queue/v1\0';

/** @returns {Promise<Uint8Array>} everything that has not been taken by the server; only the server can open it */
export async function queueFile() {
  const { owner, helper } = required();
  const key = await queueKey(owner);
  const items = [];
  for (const item of await opened((await rows()).filter((row) => row.state !== 'sent'))) {
    const photos = [];
    for (const digest of item.photos) {
      const bytes = await read(key, digest);
      if (bytes) photos.push({ sha256: digest, data: base64(bytes) });
    }
    items.push({ id: item.id, kind: item.kind, saved_at: new Date(item.saved_at).toISOString(), state: item.state, body: item.inside?.body, photos });
  }
  const content = { v: 1, helper_no: helper.no, exported_at: new Date().toISOString(), items };
  return sealTo(unbase64(shellData('settings').queue_key), encode(JSON.stringify(content)));
}

/**
 * @param {Uint8Array} publicKey the server's, an uncompressed point @param {Uint8Array} content
 * @returns {Promise<Uint8Array>} magic ‖ one-time public key (65) ‖ iv (12) ‖ ciphertext and tag
 */
export async function sealTo(publicKey, content) {
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const theirs = await crypto.subtle.importKey('raw', publicKey, curve, false, []);
  const ours = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(curve, true, ['deriveBits']));
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, ours.privateKey, 256);
  const point = await crypto.subtle.exportKey('raw', ours.publicKey);
  const secret = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: join(point, publicKey), info: encode(MAGIC) };
  const key = await crypto.subtle.deriveKey(how, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const head = join(encode(MAGIC), point, iv);
  return join(head, await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: head }, key, content));
}

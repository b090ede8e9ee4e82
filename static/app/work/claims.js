// @ts-check
// A claim: what the helper says, signed once with this phone's key and chained to the claim before it.

import { base64url, encode, join, sha256 } from '../core/bytes.js';
import { canonical } from '../core/canonical.js';

const PREFIX = 'yangguang/claim/v1\0';

/**
 * @param {Record<string, any>} body the claim without signature, as it will be sent @param {string} id its UUID
 * @returns {Uint8Array} the bytes that are signed
 */
export function message(body, id) {
  return join(encode(PREFIX), encode(canonical({ ...body, v: 1, id })));
}

/**
 * @param {import('./device.js').Device} device @param {string} id @param {Record<string, any>} said everything but chain and device
 * @returns {Promise<{ body: string, counter: number, digest: string }>} the bytes to send, never to be made again
 */
export async function sign(device, id, said) {
  const counter = device.counter + 1;
  const claim = { ...said, counter, previous_sha256: device.previous, device: device.device_id };
  const bytes = message(claim, id);
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, device.pair.privateKey, bytes);
  return { body: JSON.stringify({ ...claim, signature: base64url(signature) }), counter, digest: await sha256(bytes) };
}

// @ts-check
// Bytes and their spellings.

const utf8 = new TextEncoder();

/** @param {string} text @returns {Uint8Array} */
export function encode(text) {
  return /** @type {any} */ (utf8.encode(text));
}

/** @param {BufferSource} bytes @returns {string} */
export function decode(bytes) {
  return new TextDecoder().decode(bytes);
}

/** @param {ArrayBuffer | Uint8Array} bytes @returns {string} */
export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {ArrayBuffer | Uint8Array} bytes @returns {string} */
export function base64(bytes) {
  const view = new Uint8Array(bytes);
  let text = '';
  for (let at = 0; at < view.length; at += 0x8000) text += String.fromCharCode(...view.subarray(at, at + 0x8000));
  return btoa(text);
}

/** @param {ArrayBuffer | Uint8Array} bytes @returns {string} without padding, safe in addresses */
export function base64url(bytes) {
  return base64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** @param {string} text @returns {Uint8Array} */
export function unbase64(text) {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

/** @param {...(ArrayBuffer | Uint8Array)} parts @returns {Uint8Array} one after the other */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole;
}

/** @param {BufferSource} bytes @returns {Promise<string>} */
export async function sha256(bytes) {
  return hex(await crypto.subtle.digest('SHA-256', bytes));
}

/** @returns {string} a random UUID (also where crypto.randomUUID is missing) */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

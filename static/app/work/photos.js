// @ts-check
// Pictures: drawn anew on a canvas (which leaves no metadata), small, sealed on the phone as bytes.

import { sha256 } from '../core/bytes.js';
import { all, asked, get, put, transact } from '../core/store.js';
import { openBytes, sealBytes } from '../core/vault.js';

export const MOST_BYTES = 300_000;
export const TYPE = 'image/jpeg';
const TRIES = [[1600, 0.8], [1600, 0.65], [1280, 0.65], [1280, 0.5], [1024, 0.5], [800, 0.4], [640, 0.3]];

/** @typedef {{ sha256: string, bytes: number }} Photo */

/**
 * @param {CanvasImageSource} source @param {number} width @param {number} height
 * @returns {Promise<ArrayBuffer>} a JPEG of at most 300 KB
 */
export async function shrink(source, width, height) {
  const canvas = document.createElement('canvas');
  let drawn = 0;
  for (const [side, quality] of TRIES) {
    const scale = Math.min(1, side / Math.max(width, height));
    if (scale !== drawn) {
      canvas.width = Math.max(1, Math.round(width * scale));
      canvas.height = Math.max(1, Math.round(height * scale));
      canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height);
      drawn = scale;
    }
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, TYPE, quality));
    if (blob && blob.size <= MOST_BYTES) return blob.arrayBuffer();
  }
  throw new Error('too large');
}

/** @param {File} file from the phone's own camera @returns {Promise<ArrayBuffer>} */
export async function shrinkFile(file) {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    return await shrink(image, image.width, image.height);
  } finally {
    image.close();
  }
}

/** @param {CryptoKey} key @param {string} owner @param {ArrayBuffer} bytes @returns {Promise<Photo>} */
export async function keep(key, owner, bytes) {
  const digest = await sha256(bytes);
  const sealed = await sealBytes(key, bytes);
  await put('photos', { sha256: digest, owner, bytes: bytes.byteLength, uploaded: false, ...sealed });
  return { sha256: digest, bytes: bytes.byteLength };
}

/** @param {CryptoKey} key @param {string} digest @returns {Promise<ArrayBuffer | null>} */
export async function read(key, digest) {
  const found = await get('photos', digest);
  return found ? openBytes(key, found) : null;
}

/** @param {string} digest @returns {Promise<boolean>} whether the server has acknowledged it already */
export async function isUploaded(digest) {
  return Boolean((await get('photos', digest))?.uploaded);
}

/** A picture that was taken out of its draft, unless something saved names it. @param {string} digest */
export async function drop(digest) {
  await transact(['photos', 'queue'], 'readwrite', async (of) => {
    const named = (await asked(of('queue').getAll())).some((row) => row.photos.includes(digest));
    if (!named) await asked(of('photos').delete(digest));
  });
}

/** @param {string} digest @param {boolean} uploaded */
export async function mark(digest, uploaded) {
  await transact(['photos'], 'readwrite', async (of) => {
    const found = await asked(of('photos').get(digest));
    if (found) await asked(of('photos').put({ ...found, uploaded }));
  });
}

/** @param {string} owner @returns {Promise<number>} bytes of this helper's pictures */
export async function kept(owner) {
  return (await all('photos')).filter((p) => p.owner === owner).reduce((sum, p) => sum + p.bytes, 0);
}

// @ts-check
// This phone: how much it holds, whether it may wipe what it holds, how long the app lay closed.

import { get, put } from '../core/store.js';

const DAY = 86400000;
export const WARN_DAYS = 4; // some phones wipe a site's data after seven days without use
const LITTLE = 50e6;

/** @returns {Promise<{ used: number, left: number, isFilling: boolean, mayBeWiped: boolean }>} */
export async function storage() {
  const estimate = navigator.storage?.estimate ? await navigator.storage.estimate() : {};
  const used = estimate.usage || 0;
  const left = Math.max(0, (estimate.quota || 0) - used);
  const persisted = navigator.storage?.persisted ? await navigator.storage.persisted() : false;
  return { used, left, isFilling: Boolean(estimate.quota) && left < LITTLE, mayBeWiped: !persisted };
}

/** Ask the browser to keep our data; it may say no. */
export async function askToKeep() {
  await navigator.storage?.persist?.();
}

/** Note that the app was opened today. @returns {Promise<number>} days since it was opened before */
export async function noteOpened() {
  const before = await get('state', 'opened');
  await put('state', Date.now(), 'opened');
  return before ? Math.floor((Date.now() - before) / DAY) : 0;
}

/** @param {number | null} oldest when the oldest unsent item was saved @returns {number} days that it has lain here, from day 4 on; else 0 */
export function daysWaiting(oldest) {
  const days = oldest ? Math.floor((Date.now() - oldest) / DAY) : 0;
  return days >= WARN_DAYS ? days : 0;
}

/** The browser's own offer to put the app on the home screen, when it makes one. @type {any} */
let offer = null;
export const offers = new EventTarget();

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer = event;
  offers.dispatchEvent(new Event('offer'));
});

/** @returns {boolean} */
export function isInstalled() {
  return matchMedia('(display-mode: standalone)').matches || Boolean(/** @type {any} */ (navigator).standalone);
}

/** @returns {boolean} whether `install` would open the browser's question */
export function canInstall() {
  return offer !== null;
}

export async function install() {
  await offer?.prompt();
  offer = null;
}

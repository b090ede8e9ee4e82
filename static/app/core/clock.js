// @ts-check
// A moment on both clocks of the phone: the one that can be set, and the one that cannot.

import { uuid } from './bytes.js';

/** This run of the steady clock: it starts at nought with every opening of the app. */
const boot = uuid();

/** @returns {{ captured_at: string, mono_ms: number, boot: string }} now, as a claim says it */
export function moment() {
  return { captured_at: new Date().toISOString(), mono_ms: Math.round(performance.now()), boot };
}

// @ts-check
// One's own visits: what the server counts and what this phone has, side by side. Nobody is compared with anybody.

import { dayOf } from '../core/text.js';
import { explained, opened, rows } from './queue.js';

/** @typedef {{ id: string, household_no: string, day: string, state: string }} Seen */

/** @param {number} [at] @returns {string} YYYY-MM in China */
export function monthOf(at = Date.now()) {
  return dayOf(at).slice(0, 7);
}

/** Every visit known here: the server's, and the phone's own that have not arrived. @param {import('./sync.js').Known} found @returns {Promise<Seen[]>} */
export async function visits(found) {
  const all = await rows();
  const said = explained(all.filter((row) => row.state === 'waiting' || (row.sent_at || 0) > found.at));
  const server = found.visits.check_ins.map((row) => ({
    id: row.id, household_no: row.household_no, day: dayOf(Date.parse(row.captured_at)),
    state: row.state === 'asked' && said.has(row.id) ? 'said' : row.state,
  }));
  const there = new Set(server.map((row) => row.id));
  const ours = (await opened(all.filter((row) => row.kind === 'check-in' && row.state !== 'refused' && !there.has(row.id))))
    .map((row) => ({ id: row.id, household_no: row.inside?.household_no || '', day: dayOf(Date.parse(row.inside?.captured_at || '')), state: row.state }));
  return [...server, ...ours];
}

/** Households seen this month. @param {import('./sync.js').Known} found @returns {Promise<Set<string>>} */
export async function seenThisMonth(found) {
  const month = monthOf();
  return new Set((await visits(found)).filter((row) => row.day.startsWith(month)).map((row) => row.household_no));
}

/** Counts since the same moment: this phone's and the server's. @param {import('./sync.js').Known} found */
export async function compared(found) {
  const since = Date.parse(found.visits.since);
  const own = (await rows()).filter((row) => row.kind === 'check-in' && (row.sent_at ?? row.saved_at) >= since);
  return {
    sent: own.filter((row) => row.state === 'sent').length,
    waiting: own.filter((row) => row.state === 'waiting').length,
    server: found.visits.count,
    missing: own.filter((row) => row.state === 'sent' && (row.sent_at || 0) < found.at && !found.visits.check_ins.some((there) => there.id === row.id)),
  };
}

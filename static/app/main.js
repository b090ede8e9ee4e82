// @ts-check
// The start: who is signed in, which page is asked for, and the work that goes on behind it.

import { h } from './core/dom.js';
import { here, home, to } from './core/place.js';
import { _ } from './core/text.js';
import { askToKeep, noteOpened } from './work/phone.js';
import { changes, tell } from './work/queue.js';
import { present as presentDevice } from './work/device.js';
import { changed, current, isSignedIn, resume } from './work/session.js';
import { news, sync } from './work/sync.js';
import { listen, nudge, progress } from './work/upload.js';
import { badge, go, onRoute, show } from './screens/frame.js';
import { innerHead } from './screens/parts.js';
import { checkIn } from './screens/checkin.js';
import { choose } from './screens/choose.js';
import { enrolment } from './screens/enrol.js';
import { household, households } from './screens/households.js';
import { income } from './screens/income.js';
import { policy } from './screens/policy.js';
import { queue } from './screens/queue.js';
import { record } from './screens/record.js';
import { signIn } from './screens/sign_in.js';
import { today } from './screens/today.js';
import { visit } from './screens/visit.js';

/** @type {Record<string, (part?: string, rest?: string) => Promise<void>>} */
const PAGES = {
  '': today, queue, record, policy, income, enrol: enrolment, 'sign-in': signIn, visits: visit,
  households: (no) => (no ? household(no) : households()),
  checkin: (id) => (id ? checkIn(id) : choose()),
};
const OPEN = new Set(['sign-in', 'policy']);

/** @type {Promise<unknown>} one page after the other: a slow one never draws over a later one */
let drawing = Promise.resolve();

/** Show the page of the present address. */
function route() {
  drawing = drawing.then(draw).catch(broken);
  return drawing;
}

/** A page that cannot be drawn leaves a way on, and the others as they are. @param {unknown} error */
function broken(error) {
  const way = h('p', null, h('a', { class: 'btn', href: `${home}/` }, _('回到今日任务')));
  show({ title: _('这一页打不开'), content: [innerHead(`${home}/`, _('这一页打不开')), h('div', { class: 'pad stack' }, h('p', null, _('存好的都还在。')), way)] });
  setTimeout(() => { throw error; }); // for whoever looks into the phone
}

/** The page of the present address, or what must come before it. */
async function draw() {
  const [page = '', part, rest] = here();
  if (!current() && !OPEN.has(page)) return go(to('sign-in'), true);
  if (current() && isSignedIn() && page !== 'enrol' && !OPEN.has(page) && !(await presentDevice())) return go(to('enrol'), true);
  return (PAGES[page] || today)(part, rest);
}

/** Sign-in, fresh data or a day gone by: fetch, send, and draw the page anew where it shows them. */
async function refresh() {
  nudge();
  await sync();
}

async function start() {
  if ('serviceWorker' in navigator) void navigator.serviceWorker.register(`${home}/sw.js`, { scope: `${home}/` });
  await resume();
  progress.needsSignIn = !isSignedIn();
  onRoute(() => void route());
  changes.addEventListener('queue', () => void badge());
  changed.addEventListener('session', () => {
    if (!current()) go(to('sign-in'), true);
    else tell();
  });
  changes.addEventListener('drained', () => void sync(true));
  news.addEventListener('news', () => { if (['', 'households', 'record'].includes(here()[0] || '') && here().length < 2) void route(); });
  listen();
  await noteOpened();
  await route();
  document.documentElement.dataset.ready = 'yes';
  void askToKeep();
  void refresh();
  addEventListener('visibilitychange', () => { if (!document.hidden) void refresh(); });
  setInterval(() => void refresh(), 15 * 60000);
}

void start();

// @ts-check
// The frame: puts a page into the shell, moves the focus, keeps the bar at the bottom.

import { h, replace } from '../core/dom.js';
import { home } from '../core/place.js';
import { _ } from '../core/text.js';
import { counts } from '../work/queue.js';
import { current } from '../work/session.js';

const main = /** @type {HTMLElement} */ (document.getElementById('main'));
const nav = /** @type {HTMLElement} */ (document.querySelector('.bottom'));

/** @type {() => void} what the page now shown does when it is left */
let leave = () => undefined;

/**
 * @param {{ title: string, page?: string, content: any[], act?: any, leave?: () => void, keep?: boolean }} view
 * `title` lands in the browser's history: never a name; `act`: a bar of its own at the bottom instead of the navigation; `keep`: the same page drawn anew
 */
export function show(view) {
  if (!view.keep) leave();
  leave = view.leave || (view.keep ? leave : () => undefined);
  const focused = view.keep ? document.activeElement?.id : '';
  const scrolled = scrollY;
  document.title = `${view.title} - ${_('走访')}`;
  main.classList.toggle('acting', Boolean(view.act));
  nav.hidden = Boolean(view.act) || !current();
  replace(main, ...view.content, view.act ? h('div', { class: 'act' }, view.act) : null);
  for (const link of nav.querySelectorAll('a')) {
    if (link.dataset.page === view.page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (focused) document.getElementById(focused)?.focus();
  if (view.keep) scrollTo(0, scrolled);
  else {
    scrollTo(0, 0);
    main.querySelector('h1')?.focus({ preventScroll: true });
  }
  void badge();
}

/** The number of waiting items beside 待上传. */
export async function badge() {
  const place = /** @type {HTMLElement} */ (nav.querySelector('.badge'));
  const waiting = current() ? (await counts()).waiting : 0;
  place.hidden = waiting === 0;
  replace(place, String(waiting), h('span', { class: 'vh' }, _('条')));
}

/** @type {() => void} */
let route = () => undefined;

/** @param {() => void} draw called at every change of address */
export function onRoute(draw) {
  route = draw;
  addEventListener('popstate', draw);
  document.addEventListener('click', (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest('a[href]'));
    if (!link || link.origin !== location.origin || !link.pathname.startsWith(`${home}/`) || link.hash || link.download) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** @param {string} address @param {boolean} [instead] take the place of the present entry */
export function go(address, instead = false) {
  if (instead) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  route();
}

// @ts-check
// Where the phone is: at least five fixes over twenty seconds, while the helper does something else.

const LEAST_FIXES = 5;
const LEAST_MS = 20000;
const EVERY_MS = 4000;
const LONGEST_MS = 90000;

/** @typedef {{ lat: number, lng: number, accuracy_m: number, at_ms: number }} Fix */
/** @typedef {'searching' | 'found' | 'refused' | 'unavailable'} State */

/** @param {number} value @param {number} digits */
const round = (value, digits) => Number(value.toFixed(digits));

/** One search. `change` is called at each fix and when the search ends. */
export class Search {
  /** @param {() => void} change @param {Fix[]} fixes already found for this visit */
  constructor(change, fixes = []) {
    this.change = change;
    this.fixes = fixes;
    /** @type {State} */ this.state = fixes.length ? 'found' : 'searching';
    this.running = false;
    this.started = performance.now();
  }

  start() {
    this.stop();
    this.running = true;
    this.started = performance.now();
    if (!navigator.geolocation) return this.fail('unavailable');
    const options = { enableHighAccuracy: true, maximumAge: 0, timeout: 30000 };
    const take = (/** @type {GeolocationPosition} */ p) => this.take(p);
    const missed = (/** @type {GeolocationPositionError} */ e) => this.missed(e);
    this.watch = navigator.geolocation.watchPosition(take, missed, options);
    this.timer = setInterval(() => navigator.geolocation.getCurrentPosition(take, missed, options), EVERY_MS);
    return undefined;
  }

  /** @param {GeolocationPosition} position */
  take({ coords }) {
    if (!this.running) return;
    const after = Math.round(performance.now() - this.started);
    this.fixes.push({
      lat: round(coords.latitude, 7), lng: round(coords.longitude, 7), accuracy_m: round(coords.accuracy, 1), at_ms: after,
    });
    this.state = 'found';
    if ((this.fixes.length >= LEAST_FIXES && after >= LEAST_MS) || after >= LONGEST_MS) this.stop();
    this.change();
  }

  /** @param {GeolocationPositionError} error */
  missed(error) {
    if (!this.running || this.fixes.length) return;
    if (error.code === error.PERMISSION_DENIED) this.fail('refused');
    else if (performance.now() - this.started > LONGEST_MS) this.fail('unavailable');
    else if (error.code === error.POSITION_UNAVAILABLE && this.state === 'searching') {
      this.state = 'unavailable'; // said at once, and looked for on: a first failure often passes
      this.change();
    }
  }

  /** @param {State} state */
  fail(state) {
    this.stop();
    this.state = state;
    this.change();
  }

  stop() {
    this.running = false;
    if (this.watch !== undefined) navigator.geolocation.clearWatch(this.watch);
    clearInterval(this.timer);
  }
}

/** The best of the fixes, as a claim carries it. @param {Fix[]} fixes @returns {{ lat: number, lng: number, accuracy_m: number, datum: 'WGS84' } | null} */
export function best(fixes) {
  if (!fixes.length) return null;
  const { lat, lng, accuracy_m } = fixes.reduce((a, b) => (b.accuracy_m < a.accuracy_m ? b : a));
  return { lat, lng, accuracy_m, datum: 'WGS84' };
}

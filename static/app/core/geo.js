// @ts-check
// Points with their datum. Chinese maps are shifted by some hundred metres; points are compared only as WGS-84.

const A = 6378245.0;
const EE = 0.00669342162296594323;
const X_PI = (Math.PI * 3000) / 180;

/** @typedef {{ lat: number, lng: number, datum: string }} Point */

/** @param {number} lat @param {number} lng */
function shifted(lat, lng) {
  const x = lng - 105, y = lat - 35;
  /** @param {number} v @param {...number[]} terms */
  const waves = (v, ...terms) => terms.reduce((sum, [a, p]) => sum + a * Math.sin((v * Math.PI) / p), 0) * 2 / 3;
  let dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x));
  dLat += waves(x, [20, 1 / 6], [20, 1 / 2]) + waves(y, [20, 1], [40, 3], [160, 12], [320, 30]);
  let dLng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x));
  dLng += waves(x, [20, 1 / 6], [20, 1 / 2]) + waves(x, [20, 1], [40, 3], [150, 12], [300, 30]);
  const radians = (lat / 180) * Math.PI;
  const magic = 1 - EE * Math.sin(radians) ** 2, root = Math.sqrt(magic);
  return [
    lat + (dLat * 180) / (((A * (1 - EE)) / (magic * root)) * Math.PI),
    lng + (dLng * 180) / ((A / root) * Math.cos(radians) * Math.PI),
  ];
}

/** @param {number} lat @param {number} lng */
function toBaidu(lat, lng) {
  const radius = Math.hypot(lng, lat) + 0.00002 * Math.sin(lat * X_PI);
  const angle = Math.atan2(lat, lng) + 0.000003 * Math.cos(lng * X_PI);
  return [radius * Math.sin(angle) + 0.006, radius * Math.cos(angle) + 0.0065];
}

/** The point that `forward` takes to (lat, lng). @param {(lat: number, lng: number) => number[]} forward @param {number} lat @param {number} lng */
function inverse(forward, lat, lng) {
  let a = lat, b = lng;
  for (let round = 0; round < 20; round++) {
    const [there, over] = forward(a, b);
    a -= there - lat;
    b -= over - lng;
    if (Math.abs(there - lat) < 1e-8 && Math.abs(over - lng) < 1e-8) break;
  }
  return [a, b];
}

/** @param {Point} point @returns {Point} the same place in WGS-84 */
export function wgs84({ lat, lng, datum }) {
  let place = [lat, lng];
  if (datum === 'BD09') place = inverse(toBaidu, lat, lng);
  const inside = lng >= 72.004 && lng <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
  if (datum !== 'WGS84' && inside) place = inverse(shifted, place[0], place[1]);
  return { lat: place[0], lng: place[1], datum: 'WGS84' };
}

/** @param {Point} one @param {Point} other @returns {number} metres */
export function distance(one, other) {
  const a = wgs84(one), b = wgs84(other);
  const rad = Math.PI / 180;
  const sin = (/** @type {number} */ v) => Math.sin((v * rad) / 2) ** 2;
  const half = sin(b.lat - a.lat) + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * sin(b.lng - a.lng);
  return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(half)));
}

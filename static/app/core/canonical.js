// @ts-check
// RFC 8785: one spelling of a JSON value, so that what is signed here can be checked anywhere.

/** @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${pairs.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('no number');
  if (typeof value === 'string' && isBroken(value)) throw new TypeError('half a sign');
  return JSON.stringify(value);
}

/** Half of a surrogate pair. Walked by hand: a pattern that looks behind stops old browsers. @param {string} text */
function isBroken(text) {
  for (const sign of text) {
    const code = /** @type {number} */ (sign.codePointAt(0));
    if (code >= 0xd800 && code <= 0xdfff) return true;
  }
  return false;
}

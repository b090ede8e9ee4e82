// @ts-check
// Where the app lies: `/app/…`, or `/en/app/…` in English.

export const base = location.pathname.replace(/\/app(\/.*)?$/, '');
export const home = `${base}/app`;

/** @param {string} path inside the app, without a leading slash @returns {string} */
export function to(path) {
  return `${home}/${path}`;
}

/** @returns {string[]} the parts of the present address inside the app */
export function here() {
  return location.pathname.slice(home.length + 1).split('/').filter(Boolean).map(decodeURIComponent);
}

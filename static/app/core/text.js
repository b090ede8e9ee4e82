// @ts-check
// Words of the page. The Chinese text is the message id; the English page carries a dictionary in its shell.

/** @param {string} id @returns {any} what the shell carries under an id, or an empty object */
export function shellData(id) {
  const found = document.getElementById(id);
  return JSON.parse(found?.dataset.json || '{}');
}

/** @type {Record<string, string>} */
const dictionary = shellData('texts');
export const english = document.documentElement.lang === 'en';

/**
 * A text in the page's language with its `%(name)s` filled in.
 * @param {string} message @param {Record<string, string | number>} [values] @returns {string}
 */
export function _(message, values = {}) {
  const text = dictionary[message] || message;
  return text.replace(/%\((\w+)\)s/g, (_all, name) => String(values[name] ?? ''));
}

/** Several sentences as one text, each with its stop. @param {(string | undefined)[]} parts @returns {string} */
export function sentences(parts) {
  const stop = english ? '.' : '。';
  const whole = parts.filter(Boolean).map((part) => (/[。.！!？?]$/.test(String(part)) ? part : `${part}${stop}`));
  return whole.join(english ? ' ' : '');
}

const HOURS_AHEAD = 8;

/** A moment as the clock on a Chinese wall shows it (UTC+8), wherever the phone thinks it is. @param {number} at */
function wall(at) {
  return new Date(at + HOURS_AHEAD * 3600000);
}

/** @param {number} at milliseconds @returns {string} the day in China, YYYY-MM-DD */
export function dayOf(at) {
  return wall(at).toISOString().slice(0, 10);
}

/** @param {number} at @returns {string} HH:MM */
export function clock(at) {
  return wall(at).toISOString().slice(11, 16);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @param {string} day YYYY-MM-DD @returns {string} month and day in words */
export function dayText(day) {
  const [, month, date] = day.split('-').map(Number);
  return english ? `${date} ${MONTHS[month - 1]}` : `${month} 月 ${date} 日`;
}

/** @param {string} month YYYY-MM @returns {string} */
export function monthText(month) {
  const [year, number] = month.split('-').map(Number);
  return english ? `${MONTHS[number - 1]} ${year}` : `${year} 年 ${number} 月`;
}

/** @param {number} at @returns {string} 今天 14:07, else the day and the hour */
export function momentText(at) {
  const today = english ? 'today' : '今天'; // in the middle of a sentence
  const day = dayOf(at) === dayOf(Date.now()) ? today : dayText(dayOf(at));
  return `${day} ${clock(at)}`;
}

/** @param {number} bytes @returns {string} */
export function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} KB`;
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {number} fen @returns {string} yuan with thousands and, where there are any, two decimals */
export function yuan(fen) {
  const sign = fen < 0 ? '-' : '';
  const rest = Math.abs(fen) % 100;
  const whole = String(Math.trunc(Math.abs(fen) / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return sign + whole + (rest ? '.' + String(rest).padStart(2, '0') : '');
}

/** @param {string} typed yuan as somebody types them @returns {number | null} fen; null when it is no amount */
export function fenOf(typed) {
  const plain = typed.replace(/[，,\s元¥￥]/g, '').replace(/[０-９．]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 65248));
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(plain)) return null;
  const [whole, part = ''] = plain.split('.');
  return Number(whole) * 100 + Number(part.padEnd(2, '0'));
}

// @ts-check
// One request at a time to our own server. XMLHttpRequest, because only it tells how far an upload has come.

import { base } from './place.js';
import { sentences } from './text.js';

/** No answer came: no signal, a broken line, a time-out. Whether the server got it is unknown. */
export class NoAnswer extends Error {}

/** The server answered no. `code` is stable, `text` is for a person. */
export class Refusal extends Error {
  /**
   * @param {number} status @param {any} body @param {number} wait seconds that the server asks to wait
   * @param {string | null} token with which it was asked
   */
  constructor(status, body, wait, token) {
    super(body?.title || String(status));
    this.status = status;
    this.code = body?.code || 'unknown';
    this.text = sentences([body?.title, body?.detail]) || String(status);
    this.errors = body?.errors || [];
    this.wait = wait;
    this.token = token;
  }
}

/** @type {{ token: string | null }} */
export const bearer = { token: null };

let answered = 0;

/** @returns {number} when the server last answered anything; 0 when it has not since the app was opened */
export function lastAnswer() {
  return answered;
}

/**
 * @param {string} method @param {string} path under /api/v1
 * @param {{ json?: any, body?: XMLHttpRequestBodyInit, type?: string, progress?: (part: number) => void, timeout?: number }} [options]
 * @returns {Promise<{ status: number, body: any }>} @throws {NoAnswer | Refusal}
 */
export function call(method, path, options = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, `${base}/api/v1${path}`);
    request.timeout = options.timeout || 30000;
    const { token } = bearer;
    if (token) request.setRequestHeader('Authorization', `Bearer ${token}`);
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    if (body !== undefined) request.setRequestHeader('Content-Type', options.type || 'application/json');
    if (options.progress) request.upload.onprogress = (event) => options.progress?.(event.loaded / (event.total || 1));
    request.onload = () => {
      answered = Date.now();
      const answer = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve({ status: request.status, body: answer });
      else reject(new Refusal(request.status, answer, Number(request.getResponseHeader('Retry-After')) || 0, token));
    };
    request.onerror = request.ontimeout = request.onabort = () => reject(new NoAnswer('no answer'));
    request.send(body);
  });
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

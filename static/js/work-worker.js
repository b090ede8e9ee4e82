/* Finds the number whose SHA-256 with the salt before it is the challenge (ALTCHA). One block of work for each number. */
"use strict";
const K = new Uint32Array(64);
const START = new Uint32Array(8);
(() => {
  let found = 0;
  const root = (value, power) => { const x = value ** power; return (x - Math.floor(x)) * 4294967296; };
  for (let candidate = 2; found < 64; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) { prime = false; break; }
    if (!prime) continue;
    if (found < 8) START[found] = root(candidate, 1 / 2);
    K[found++] = root(candidate, 1 / 3);
  }
})();
const W = new Uint32Array(64);

function mix(state, bytes, offset) {
  for (let i = 0; i < 16; i++) {
    const at = offset + i * 4;
    W[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

function solve(asked) {
  const salt = new TextEncoder().encode(asked.salt);
  const whole = salt.length - (salt.length % 64);
  const begun = START.slice();
  for (let at = 0; at < whole; at += 64) mix(begun, salt, at);
  const wanted = new Uint32Array(8);
  for (let i = 0; i < 8; i++) wanted[i] = parseInt(asked.challenge.slice(i * 8, i * 8 + 8), 16);
  const kept = salt.length - whole;
  const tail = new Uint8Array(128);
  const state = new Uint32Array(8);
  for (let number = 0; number <= asked.maxnumber; number++) {
    const digits = String(number);
    const length = kept + digits.length;
    const size = length + 9 > 64 ? 128 : 64;
    tail.fill(0);
    tail.set(salt.subarray(whole));
    for (let i = 0; i < digits.length; i++) tail[kept + i] = digits.charCodeAt(i);
    tail[length] = 128;
    const bits = (salt.length + digits.length) * 8;
    tail[size - 1] = bits & 255;
    tail[size - 2] = (bits >>> 8) & 255;
    state.set(begun);
    for (let at = 0; at < size; at += 64) mix(state, tail, at);
    if (state[0] === wanted[0] && state.every((word, i) => word === wanted[i])) return number;
  }
  return -1;
}

self.onmessage = (event) => {
  const asked = JSON.parse(event.data);
  const number = asked.algorithm === "SHA-256" ? solve(asked) : -1;
  if (number < 0) { self.postMessage(""); return; }
  const { algorithm, challenge, salt, signature } = asked;
  self.postMessage(btoa(JSON.stringify({ algorithm, challenge, number, salt, signature })));
};

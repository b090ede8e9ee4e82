// @ts-check
// The phone's own database. A promise resolves only when its transaction is complete: before that nothing is saved.

const NAME = 'yangguang';
const VERSION = 1;
/** @type {Record<string, IDBObjectStoreParameters>} */
const STORES = {
  keys: {}, // CryptoKeys that cannot be taken out: the session's, and each helper's for his queue
  devices: { keyPath: 'owner' }, // the enrolled key pair and the head of its chain
  files: {}, // what the server told, sealed under the session's key
  nonces: { keyPath: 'nonce' },
  drafts: { keyPath: 'id' },
  photos: { keyPath: 'sha256' },
  queue: { keyPath: 'seq', autoIncrement: true },
  state: {}, // plain facts about this phone; never about a person
};

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

/** @returns {Promise<IDBDatabase>} */
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} inside a transaction only */
export function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Run `work` in one transaction; its result once everything is on disk.
 * @template T
 * @param {string[]} names @param {IDBTransactionMode} mode
 * @param {(store: (name: string) => IDBObjectStore) => Promise<T> | T} work @returns {Promise<T>}
 */
export async function transact(names, mode, work) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, mode, mode === 'readwrite' ? { durability: 'strict' } : {});
    /** @type {T} */ let result;
    /** @type {unknown} */ let failed;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(failed || transaction.error || new Error('aborted'));
    Promise.resolve(work((name) => transaction.objectStore(name))).then(
      (value) => { result = value; },
      (error) => { failed = error; try { transaction.abort(); } catch { reject(error); } },
    );
  });
}

/** @param {string} store @param {IDBValidKey} key @returns {Promise<any>} */
export function get(store, key) {
  return transact([store], 'readonly', (of) => asked(of(store).get(key)));
}

/** @param {string} store @returns {Promise<any[]>} */
export function all(store) {
  return transact([store], 'readonly', (of) => asked(of(store).getAll()));
}

/** @param {string} store @param {any} value @param {IDBValidKey} [key] @returns {Promise<any>} */
export function put(store, value, key) {
  return transact([store], 'readwrite', (of) => asked(of(store).put(value, key)));
}

/** @param {string} store @param {IDBValidKey} key @returns {Promise<any>} */
export function remove(store, key) {
  return transact([store], 'readwrite', (of) => asked(of(store).delete(key)));
}

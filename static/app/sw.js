// The service worker: keeps the shell, so that the app opens without a network. It never keeps an answer of the API.
// The page before this line names VERSION, HOME and FILES.

const CACHE = `yangguang-app-${VERSION}`;
const OURS = `yangguang-app-`;

addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
      await skipWaiting();
    }),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      const language = VERSION.split('.')[0];
      const old = names.filter((name) => name.startsWith(`${OURS}${language}.`) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await clients.claim();
    }),
  );
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate' && url.pathname.startsWith(HOME)) {
    event.respondWith(kept(HOME, request));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(kept(url.pathname, request));
  }
});

/** @param {string} name @param {Request} request */
async function kept(name, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) || fetch(request);
}

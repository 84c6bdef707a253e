// Keeps the page for use without a network, and gives every file the page's headers, so that on
// any web server it is isolated (threads) and held to its policy from the second load on.

const CACHE = "keras-restore {{version}}";
const HEADERS = {{headers}};
// All but the engine and the networks, which are kept once they were used.
const FILES = {{files}};

self.addEventListener("install", (event) => {
  const fresh = (file) => answer(new Request(file, { cache: "no-cache" }));
  event.waitUntil(Promise.all([self.skipWaiting(), ...FILES.map(fresh)]));
});

self.addEventListener("activate", (event) => {
  const clear = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("keras-restore ") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(self.registration.scope)) return;
  event.respondWith(answer(event.request));
});

/** From the cache, else from the server and into the cache. */
async function answer(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreSearch: true });
  if (known) return known;
  const response = await fetch(request);
  if (!response.ok) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const complete = new Response(await response.blob(), { headers });
  await cache.put(request, complete.clone());
  return complete;
}

/* Stands between the site and the network: where a page cannot be reached it shows the offline page. It keeps that
   page and its files and nothing else, least of all a page with somebody's data. `self.shell` comes from the view. */

const { page, files, version } = self.shell;
const CACHE = `shell-${version}`;

const refresh = async () => (await caches.open(CACHE)).add(new Request(page, { cache: "reload" }));

async function install() {
  await (await caches.open(CACHE)).addAll(files);
  await refresh();
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

const stored = async (request) => (await caches.match(request, { ignoreVary: true })) ?? Response.error();

async function open(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return stored(page);
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(open(event));
  else if (files.includes(new URL(request.url).pathname)) {
    event.respondWith(fetch(request).catch(() => stored(request)));
  }
});
self.addEventListener("message", (event) => event.data === "refresh" && event.waitUntil(refresh().catch(() => {})));
self.addEventListener("sync", (event) => event.tag === "kept-taps" && event.waitUntil(self.keptTaps.send()));

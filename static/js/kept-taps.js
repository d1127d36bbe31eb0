/* Taps of attendance that wait for a network, in IndexedDB, and what this device needs to know to take some.

   A script without imports and exports, as both a page and the service worker load it, and not every browser has
   workers that are modules. A tap belongs to `who` made it, and is sent only while the same person is signed in. */

globalThis.keptTaps = (() => {
  const ADDRESS = "/attendance/taps/";
  const FRESH_FOR = 10 * 60_000;
  let database;

  /* The index makes a second tap of a person's day impossible, whichever tab it is made in. */
  function opened() {
    database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("attendance", 1);
      request.onupgradeneeded = () => {
        const taps = request.result.createObjectStore("taps", { keyPath: "key" });
        taps.createIndex("day", ["who", "mission", "on"], { unique: true });
        request.result.createObjectStore("answers", { keyPath: "key" });
        request.result.createObjectStore("person");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return database;
  }

  async function on(store, mode, act) {
    const transaction = (await opened()).transaction(store, mode);
    const request = act(transaction.objectStore(store));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  const dayOf = (moment, zone) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(moment);

  const timeOf = (moment, zone) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(moment);

  const all = () => on("taps", "readonly", (taps) => taps.getAll());

  const find = (who, mission, day) => on("taps", "readonly", (taps) => taps.index("day").get([who, mission, day]));

  /** Keeps a tap and returns it, or the one that is kept for that day already. */
  async function keep({ who, mission, zone, at }) {
    const day = dayOf(at, zone);
    const tap = { key: crypto.randomUUID(), who, mission, zone, on: day, tappedAt: at };
    try {
      await on("taps", "readwrite", (taps) => taps.add(tap));
    } catch (error) {
      const before = await find(who, mission, day);
      if (!before) throw error;
      return before;
    }
    // Where the browser has background sync, the tap is sent even when no page of the site is open then.
    navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("kept-taps")).catch(() => {});
    return tap;
  }

  const person = () => on("person", "readonly", (store) => store.get("last"));

  const forget = () => on("person", "readwrite", (store) => store.clear());

  /** What the site says about whoever is signed in; "signed-out" or "somebody-else" when that is no student. */
  async function ask() {
    const answer = await fetch(ADDRESS, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return "signed-out";
    if (answer.status === 403) return "somebody-else";
    if (!answer.ok) throw new Error(`${ADDRESS} answered ${answer.status}`);
    const { token, now, ...facts } = await answer.json();
    const known = { ...facts, fetchedAt: Date.now(), drift: Date.parse(now) - Date.now() };
    await on("person", "readwrite", (store) => store.put(known, "last"));
    return { ...known, token };
  }

  /** Learns what an offline page needs, unless it was learned a moment ago. Returns whether it asked. */
  async function learn(who) {
    const known = await person();
    const age = Date.now() - known?.fetchedAt;
    if (known?.who === who && age >= 0 && age < FRESH_FOR) return false;
    await ask();
    return true;
  }

  /** Sends one tap. It stays kept unless the site has said what became of it. */
  async function deliver(tap, token) {
    const body = new URLSearchParams({
      who: tap.who,
      key: tap.key,
      mission_enrollment: tap.mission,
      tapped_at: new Date(tap.tappedAt).toISOString(),
      sent_at: new Date().toISOString(),
    });
    const headers = { "X-CSRFToken": token };
    const answer = await fetch(ADDRESS, { method: "POST", redirect: "manual", headers, body });
    if (answer.type === "opaqueredirect" || answer.status === 409) return; // signed out, or somebody else, just now
    const isGone = answer.status === 404;
    if (!answer.ok && !isGone && answer.status !== 422) throw new Error(`${ADDRESS} answered ${answer.status}`);
    const { outcome, sentence, card } = isGone ? { outcome: "refused", sentence: "", card: "" } : await answer.json();
    // Noted before the tap goes: if this page dies in between, the tap is sent again and gets the same answer.
    await on("answers", "readwrite", (answers) => answers.put({ ...tap, outcome, sentence }));
    await on("taps", "readwrite", (taps) => taps.delete(tap.key));
    new BroadcastChannel("kept-taps").postMessage({ mission: tap.mission, card });
  }

  async function deliverAll() {
    const waiting = await all();
    if (!waiting.length) return "nothing";
    const asked = await ask();
    if (typeof asked === "string") return asked;
    for (const tap of waiting) if (tap.who === asked.who) await deliver(tap, asked.token);
    return "sent";
  }

  /** Sends what waits, one page or worker at a time. Throws when the site cannot be reached or fails. */
  const send = () => (navigator.locks ? navigator.locks.request("kept-taps", deliverAll) : deliverAll());

  /** What the site has said about taps of a person, each with its tap. */
  const answers = async (who) => (await on("answers", "readonly", (all) => all.getAll())).filter((each) => each.who === who);

  const dropAnswer = (key) => on("answers", "readwrite", (all) => all.delete(key));

  return { all, answers, dayOf, dropAnswer, find, forget, keep, learn, person, send, timeOf };
})();

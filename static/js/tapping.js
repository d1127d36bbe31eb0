/* The student's tap where there is no network: it is kept on the device, and sent as soon as there is one. */

import "./kept-taps.js";
import { phrase } from "./phrases.js";
import { isKept, showToast } from "./toasts.js";

const { keptTaps } = globalThis;
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 5 * 60_000;

let failures = 0;
let timer;

const cards = () => [...document.querySelectorAll("[data-tap-card]")];

function note(card, tap, name) {
  const line = card.querySelector("[data-tap-note]");
  line.hidden = false;
  line.textContent = phrase(name, { time: keptTaps.timeOf(tap.tappedAt, tap.zone) });
  const form = card.querySelector("[data-tap]");
  if (form) form.hidden = true;
}

async function keep(form) {
  const card = form.closest("[data-tap-card]");
  const { tapCard, who, zone } = card.dataset;
  try {
    const at = Number(form.dataset.tappedAt);
    note(card, await keptTaps.keep({ who, mission: Number(tapCard), zone, at }), "kept");
    sendLater();
  } catch (error) {
    console.info(error);
    showToast(phrase("keepFailed"), "error");
  }
}

async function showKept(name = "kept") {
  for (const card of cards()) {
    const { tapCard, who, zone } = card.dataset;
    const tap = await keptTaps.find(who, Number(tapCard), keptTaps.dayOf(Date.now(), zone));
    if (tap) note(card, tap, name);
  }
}

function sendLater() {
  clearTimeout(timer);
  timer = setTimeout(send, Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE));
}

async function send() {
  clearTimeout(timer);
  try {
    const state = await keptTaps.send();
    failures = 0;
    if (state === "signed-out") await showKept("keptSignIn");
  } catch (error) {
    console.info(error);
    sendLater();
    failures += 1;
  }
}

/* A refusal is told once. What is recorded the card shows by itself, unless another page or the worker sent the tap
   while this page was on its way: then it is loaded again, once. */
async function catchUp() {
  for (const { key, mission, on, zone, outcome, sentence } of await keptTaps.answers(cards()[0]?.dataset.who)) {
    const isPast = on !== keptTaps.dayOf(Date.now(), zone);
    if (outcome === "refused") showToast(sentence || phrase("keptGone"), "error");
    if (outcome === "refused" || isPast) await keptTaps.dropAnswer(key);
    else if (document.querySelector(`#today-${mission} [data-tap]`) && !sessionStorage.getItem(key)) {
      sessionStorage.setItem(key, "shown");
      location.reload();
    }
  }
}

/* Whoever sent the tap, this page, another one or the worker: the card shows what became of it. */
async function showAnswer({ data: { mission, card } }) {
  const target = document.getElementById(`today-${mission}`);
  if (target && card) window.htmx.swap(target, card, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  await catchUp();
}

/* The time of a tap is the one of the press, not the one at which the network was found to be away. */
function press(event) {
  const form = event.target;
  if (!form.matches?.("[data-tap]")) return;
  form.dataset.tappedAt = Date.now();
  if (navigator.onLine) return;
  event.preventDefault();
  keep(form);
}

const keepUnsent = ({ detail }) => isKept(detail) && keep(detail.elt);

/* On the page where one signs in nobody is signed in: what the device knew of the last person is forgotten. */
async function sayThatSomethingWaits() {
  await keptTaps.forget();
  if ((await keptTaps.all()).length) showToast(phrase("keptWaits"), "info");
}

async function start() {
  await showKept();
  await send();
  await catchUp();
  const worker = navigator.serviceWorker;
  if (await keptTaps.learn(cards()[0].dataset.who)) worker?.controller?.postMessage("refresh");
  await worker?.register("/service-worker.js");
}

export function startTapping() {
  document.addEventListener("htmx:confirm", press);
  for (const problem of ["sendError", "timeout", "responseError"]) {
    document.addEventListener(`htmx:${problem}`, keepUnsent);
  }
  document.addEventListener("submit", ({ target }) => target.matches("[action$='/logout/']") && keptTaps.forget());
  // Without a network it is nobody's fault that this fails, and without IndexedDB the site works as it always did.
  const quietly = (error) => console.info(error);
  if (document.querySelector("form[action$='/accounts/login/']")) sayThatSomethingWaits().catch(quietly);
  if (!cards().length) return;
  new BroadcastChannel("kept-taps").onmessage = showAnswer;
  window.addEventListener("online", send);
  start().catch(quietly);
}

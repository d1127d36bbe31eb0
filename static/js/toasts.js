import { phrase } from "./phrases.js";

const SHOWN_FOR = 6000;
const STATUS_PHRASES = { 403: "forbidden", 404: "missing", 409: "conflict", 410: "missing", 429: "tooMany" };

export function showToast(message, level = "info") {
  const template = document.getElementById(`toast-${level}`) ?? document.getElementById("toast-info");
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-toast-text]").textContent = message;
  document.getElementById("toasts").append(toast);
}

function dismiss(toast) {
  toast.classList.add("leaving");
  setTimeout(() => toast.remove(), 250);
}

/* An error stays until it is read; the others wait while a pointer or the focus is on them. */
function dismissLater(toast) {
  if (toast.dataset.toast === "error") return;
  let timer;
  const start = () => (timer = setTimeout(() => dismiss(toast), SHOWN_FOR));
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
  start();
}

/* What asks again by itself asks again: a toast a second would say nothing new. */
const asksAgain = ({ elt }) => elt?.getAttribute("hx-trigger")?.startsWith("every");

/** A tap that did not reach the site: it is kept on the device (tapping.js), which says so. */
export const isKept = ({ elt, xhr }) => elt?.matches?.("[data-tap]") && (xhr.status === 0 || xhr.status > 501);

export function startToasts() {
  const region = document.getElementById("toasts");
  if (!region) return;
  region.querySelectorAll("[data-toast]").forEach(dismissLater);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.matches?.("[data-toast]")) dismissLater(node);
    }
  }).observe(region, { childList: true });
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) dismiss(event.target.closest("[data-toast]"));
  });

  // `HX-Trigger: {"toast": {"message": …, "level": …}}`
  document.addEventListener("toast", ({ detail }) => showToast(detail.message ?? detail.value, detail.level));
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (!asksAgain(detail) && !isKept(detail)) showToast(phrase(STATUS_PHRASES[detail.xhr.status] ?? "failed"), "error");
  });
  document.addEventListener("htmx:sendError", ({ detail }) => {
    if (!asksAgain(detail) && !isKept(detail)) showToast(phrase("offline"), "error");
  });
  document.addEventListener("htmx:timeout", ({ detail }) => {
    if (!isKept(detail)) showToast(phrase("failed"), "error");
  });
}

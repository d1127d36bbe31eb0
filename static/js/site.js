import { startChoosing } from "./choosing.js";
import { startDropping } from "./dropping.js";
import { startForms } from "./forms.js";
import { startKeyboard } from "./keyboard.js";
import { phrase } from "./phrases.js";
import { startTapping } from "./tapping.js";
import { startTimes } from "./times.js";
import { showToast, startToasts } from "./toasts.js";

function announce(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text.trim();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    showToast(phrase("copied"), "success");
  } catch {
    showToast(phrase("copyFailed"), "error");
  }
}

/* All boxes of that name; none of them when all were ticked. */
function tickAll(name) {
  const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${name}"]`)];
  const ticked = !boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = ticked;
}

/* data-opens="id" shows a dialog, data-copy="text" copies, data-ticks="name" ticks all boxes, a press on a row with data-href follows it. */
function press(event) {
  const { target } = event;
  const opener = target.closest("[data-opens]");
  if (opener) return document.getElementById(opener.dataset.opens)?.showModal();

  const copier = target.closest("[data-copy]");
  if (copier) return copy(copier.dataset.copy);

  const ticker = target.closest("[data-ticks]");
  if (ticker) return tickAll(ticker.dataset.ticks);

  // The backdrop belongs to the dialog itself; all else inside is a child.
  if (target.matches("dialog[open].dialog")) return target.close();

  const row = target.closest("[data-href]");
  if (row && !target.closest("a, button, input, label, select, summary") && !getSelection().toString()) {
    if (event.metaKey || event.ctrlKey) window.open(row.dataset.href);
    else location.href = row.dataset.href;
  }
}

function closeMenus({ target }) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
}

function closeOnEscape(event) {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

function previewTheme({ target }) {
  if (target.closest("[data-theme-preview]")) document.documentElement.dataset.theme = target.value;
}

document.addEventListener("click", press);
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeOnEscape);
document.addEventListener("change", previewTheme);
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const spoken = target.matches?.("[data-announce]") ? target : target.querySelector?.("[data-announce]");
  if (spoken) announce(spoken.dataset.announce || spoken.textContent);
});

startChoosing();
startDropping();
startForms();
startKeyboard();
startTapping();
startTimes();
startToasts();

/* Rows that are chosen for a bulk action: all of a page at once, a stretch with the shift key, and how many they are.
   The choice itself is a form, which works without any of this. */

const boxesIn = (form) => [...form.querySelectorAll(".choose-box > input")];

let last = null;

function update(form) {
  const boxes = boxesIn(form);
  const chosen = boxes.filter((box) => box.checked).length;
  form.querySelector("[data-chosen-count]").textContent = chosen;
  const page = form.parentElement.querySelector("[data-choose-page]");
  page.checked = chosen === boxes.length;
  page.indeterminate = chosen > 0 && chosen < boxes.length;
}

function stretch(form, box) {
  const boxes = boxesIn(form);
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
  if (from >= 0) for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
}

function choose({ target }) {
  const region = target.closest?.(".list-region");
  const form = region?.querySelector("[data-bulk]");
  if (!form) return;
  if (target.matches("[data-choose-page]")) for (const box of boxesIn(form)) box.checked = target.checked;
  update(form);
}

function noteStretch(event) {
  const box = event.target;
  if (!box.matches?.(".choose-box > input")) return;
  if (event.shiftKey && last?.isConnected) stretch(box.form, box);
  last = box;
}

export function startChoosing() {
  document.addEventListener("click", noteStretch);
  document.addEventListener("change", choose);
  document.addEventListener("reset", ({ target }) => {
    if (target.matches("[data-bulk]")) setTimeout(() => update(target));
  });
  // The browser's way back brings the ticks, but not what follows from them.
  window.addEventListener("pageshow", () => document.querySelectorAll("[data-bulk]").forEach(update));
}

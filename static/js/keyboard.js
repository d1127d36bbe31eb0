/* `/` searches, `j` and `k` walk over rows (Enter opens, as the focus is on the row's link), and any key
   can be the shortcut of a visible control: data-shortcut="n". */

const ROWS = "[data-rows] > *, .table > tbody > tr";
const TARGET = "a[href], button, summary";

const isTyping = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function focusSearch() {
  const search = document.querySelector("main input[type=search]");
  search?.focus();
  search?.select();
  return search;
}

function moveOverRows(step) {
  const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.querySelector(TARGET) && row.checkVisibility());
  if (!rows.length) return null;
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = current < 0 ? (step > 0 ? 0 : rows.length - 1) : current + step;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  row.querySelector(TARGET).focus({ preventScroll: true, focusVisible: true });
  row.scrollIntoView({ block: "nearest" });
  return row;
}

function pressShortcut(key) {
  const scope = document.querySelector("dialog[open]") ?? document;
  const control = [...scope.querySelectorAll(`[data-shortcut="${CSS.escape(key)}"]`)].find(
    (element) => element.checkVisibility() && !element.disabled,
  );
  if (control?.matches("input, textarea, select")) control.focus();
  else control?.click();
  return control;
}

function act(key) {
  if (key === "/") return focusSearch();
  if (key === "j") return moveOverRows(1) ?? pressShortcut(key);
  if (key === "k") return moveOverRows(-1) ?? pressShortcut(key);
  return pressShortcut(key);
}

export function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key.length !== 1 || isTyping(event.target)) return;
    if (act(event.key)) event.preventDefault();
  });
}

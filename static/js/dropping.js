/* A file that is dropped on [data-drop] becomes the choice of the file input in it. */

function hover(event) {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  zone.classList.toggle("over", event.type === "dragover");
}

function drop(event) {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone || !event.dataTransfer.files.length) return;
  event.preventDefault();
  zone.classList.remove("over");
  const input = zone.querySelector("input[type=file]");
  input.files = event.dataTransfer.files;
  input.focus();
}

export function startDropping() {
  document.addEventListener("dragover", hover);
  document.addEventListener("dragleave", hover);
  document.addEventListener("drop", drop);
}

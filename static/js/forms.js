/* The token for htmx, and the guard against sending a form twice. */

const submitButton = (form, submitter) => submitter ?? form.querySelector("button[type=submit], button:not([type])");

function restore() {
  for (const button of document.querySelectorAll("button[aria-busy=true]")) {
    button.removeAttribute("aria-busy");
    delete button.form?.dataset.sending;
  }
}

function guard(event) {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method === "get" || form.method === "dialog") return;
  if ("download" in form.dataset) return; // its answer is a file, and the page stays as it is
  if (form.dataset.sending) return event.preventDefault();
  form.dataset.sending = "true";
  // Not disabled: a disabled button would be left out of what the form sends.
  submitButton(form, submitter)?.setAttribute("aria-busy", "true");
}

function addToken({ detail }) {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  if (token && detail.verb !== "get") detail.headers["X-CSRFToken"] = token;
  if (detail.verb === "get") leaveOutEmpty(detail.parameters);
}

/* Addresses that people share carry only the filters that are set. */
function leaveOutEmpty(parameters) {
  for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
}

const setBusy = (busy) => ({ detail }) => {
  if (!detail.elt.matches("form")) return;
  const button = submitButton(detail.elt, detail.requestConfig?.triggeringEvent?.submitter);
  if (busy && detail.requestConfig.verb !== "get") button?.setAttribute("aria-busy", "true");
  else button?.removeAttribute("aria-busy");
};

export function startForms() {
  document.addEventListener("submit", guard);
  // A page that comes back with the browser's back button still looks as it was left.
  window.addEventListener("pageshow", ({ persisted }) => persisted && restore());
  document.addEventListener("htmx:configRequest", addToken);
  document.addEventListener("htmx:beforeRequest", setBusy(true));
  document.addEventListener("htmx:afterRequest", setBusy(false));
}

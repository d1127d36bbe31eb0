/* Passkeys. A form with data-webauthn="create" or "get" asks the device before it is sent, and sends what the device
   answers as `credential`. The options stand in data-options, or come fresh from data-options-url.
   A "get" form is hidden until here, as it can do nothing without scripts. window.webauthnJSON is allauth's. */

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${form.dataset.optionsUrl} answered ${response.status}`);
  return (await response.json()).request_options;
}

/* A passkey that stands in for the password has to live on the device and to check who holds it. */
function withChoice(options, form) {
  const alone = form.elements.passwordless?.checked ?? false;
  Object.assign(options.publicKey.authenticatorSelection, {
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    ...(alone && { userVerification: "required" }),
  });
  return options;
}

const ask = {
  create: async (form) => window.webauthnJSON.create(withChoice(await optionsOf(form), form)),
  get: async (form) => window.webauthnJSON.get(await optionsOf(form)),
};

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const problem = form.querySelector("[data-webauthn-problem]");
  problem.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await ask[form.dataset.webauthn](form));
    form.submit();
  } catch (error) {
    console.info(error);
    problem.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-webauthn]")) {
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", send);
}

// Makes passkeys and signs in with them. Without this script, or where the browser knows no passkeys, the pages do
// not offer them. What the browser is asked stands in the form, and its answer travels in the form's field.
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

const ceremonies = {
  create: {
    ask: (options) => navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: withBytes(options.excludeCredentials),
      },
    }),
    answer: (response) => ({
      attestationObject: toText(response.attestationObject),
      authenticatorData: response.getAuthenticatorData && toText(response.getAuthenticatorData()),
      transports: response.getTransports?.() ?? [],
    }),
  },
  get: {
    ask: (options, more) => navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: withBytes(options.allowCredentials),
      },
      ...more,
    }),
    answer: (response) => ({
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: response.userHandle ? toText(response.userHandle) : null,
    }),
  },
};

function send(form, { answer }, credential) {
  form.elements.credential.value = JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { clientDataJSON: toText(credential.response.clientDataJSON), ...answer(credential.response) },
  });
  form.submit();
}

function offer(form) {
  const ceremony = ceremonies[form.dataset.passkey];
  const options = JSON.parse(form.dataset.options);
  const fault = form.querySelector("[role=status]");
  let waiting = new AbortController();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    waiting.abort();
    waiting = new AbortController();
    fault.textContent = "";
    try {
      send(form, ceremony, await ceremony.ask(options, { signal: waiting.signal }));
    } catch {
      fault.textContent = form.dataset.failed;
    }
  });
  form.hidden = false;
  return async () => {
    // The browser lists passkeys among the names that it fills in: wait until the person takes one.
    if (form.dataset.passkey !== "get" || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    const { signal } = waiting;
    if (signal.aborted) return;
    try {
      send(form, ceremony, await ceremony.ask(options, { mediation: "conditional", signal }));
    } catch {
      // The person did something else.
    }
  };
}

async function tellWhetherAble() {
  // The next page asks whether to make a passkey only where the browser can make one.
  if (await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()) {
    const isSecure = location.protocol === "https:";
    const name = isSecure ? "__Host-cenote-passkeys" : "cenote-passkeys";
    document.cookie = `${name}=able; path=/; SameSite=Lax; max-age=3600${isSecure ? "; Secure" : ""}`;
  }
}

if (window.PublicKeyCredential) {
  const waits = [...document.querySelectorAll("form[data-passkey]")].map(offer);
  tellWhetherAble();
  waits.forEach((wait) => wait());
}

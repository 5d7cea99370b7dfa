// Passkeys need a script, and this is all of it: options from the server, the browser's own dialogue, the answer as JSON
// into the form. Buttons with data-passkey="get" fill the field `passkey` beside them; a form with data-passkey="create"
// fills its field `response` and is sent; a button with it does the same, and leaves the form's password out. A form with data-passkey-autofill has its passkeys offered beside the login that the
// browser fills in.
const FOUR_MINUTES_MS = 240_000; // a challenge lives five
const STALE = 'stale';
/** One dialogue at a time: what is offered beside the login ends when a button is pressed, and is offered again after it. */
let offered;
const words = document.getElementById('passkey-words')?.dataset ?? {};

if (window.PublicKeyCredential && navigator.credentials) {
  for (const one of document.querySelectorAll('[data-passkeys]')) one.hidden = false;
  for (const one of document.querySelectorAll('[data-no-passkeys]')) one.hidden = true;
  for (const button of document.querySelectorAll('button[data-passkey="get"]')) button.addEventListener('click', () => prove(button));
  for (const form of document.querySelectorAll('form[data-passkey="create"]')) form.addEventListener('submit', (event) => enrol(event, form));
  for (const button of document.querySelectorAll('button[data-passkey="create"]')) button.addEventListener('click', () => instead(button));
  autofill();
}

async function autofill() {
  const form = document.querySelector('form[data-passkey-autofill]');
  const login = document.querySelector('input[name=login]');
  if (!form || !login || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  login.autocomplete = 'username webauthn'; // only now: browsers that do not know the second word heed neither
  for (;;) {
    const offer = new AbortController();
    offered = offer;
    const stale = setTimeout(() => offer.abort(STALE), FOUR_MINUTES_MS);
    try {
      const publicKey = await options(form.dataset.passkeyAutofill, new URLSearchParams({ csrf: form.elements.csrf.value }));
      if (!publicKey.ok || offer.signal.aborted) return;
      send(form, await navigator.credentials.get({ publicKey: requestOf(publicKey.json), mediation: 'conditional', signal: offer.signal }));
      return;
    } catch {
      if (offer.signal.reason !== STALE) return; // quietly: nobody asked for it, and the button is there
    } finally {
      clearTimeout(stale);
    }
    if (document.hidden) await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  }
}

function send(form, credential) {
  form.elements.passkey.value = JSON.stringify(jsonOf(credential));
  if (form.requestSubmit) form.requestSubmit();
  else form.submit();
}

async function prove(button) {
  const { form } = button;
  offered?.abort();
  const proved = await busy(form, button, async () => {
    const sent = new URLSearchParams({ csrf: form.elements.csrf.value, purpose: button.dataset.purpose ?? '' });
    const publicKey = await ask(button.dataset.options, sent);
    if (!publicKey) return;
    const credential = await navigator.credentials.get({ publicKey: requestOf(publicKey) });
    for (const code of form.querySelectorAll('input[name=code]')) code.required = false;
    for (const done of button.parentElement.querySelectorAll('[data-passkey-done]')) done.hidden = false;
    if (button.dataset.send !== undefined) return send(form, credential);
    form.elements.passkey.value = JSON.stringify(jsonOf(credential));
    button.hidden = true;
  });
  if (!proved) await autofill();
}

async function enrol(event, form) {
  event.preventDefault();
  await create(form, form.querySelector('button:not([type=button])'), form.dataset.options);
}

/** A passkey instead of a password: what is typed there is neither checked nor sent. */
async function instead(button) {
  const { password } = button.form.elements;
  password.disabled = true;
  const sent = button.form.reportValidity() && (await create(button.form, button, button.dataset.options));
  if (!sent) password.disabled = false;
}

/** Whether the form was sent. */
async function create(form, button, url) {
  let sent = false;
  await busy(form, button, async () => {
    const publicKey = await ask(url, new URLSearchParams(new FormData(form)));
    if (!publicKey) return;
    const credential = await navigator.credentials.create({ publicKey: creationOf(publicKey) });
    form.elements.response.value = JSON.stringify(jsonOf(credential));
    if (form.elements.password) form.elements.password.value = '';
    sent = true;
    form.submit();
  });
  return sent;
}

/** The server's options; undefined after it said what is wrong, which is shown. */
async function ask(url, body) {
  const { ok, json } = await options(url, body);
  if (json === undefined) return void location.reload(); // signed out meanwhile, or a page in between
  if (ok) return json;
  throw new Refused(json);
}

async function options(url, body) {
  const answer = await fetch(url, { method: 'POST', body, headers: { Accept: 'application/json' } });
  const json = answer.headers.get('Content-Type')?.startsWith('application/json') && !answer.redirected ? await answer.json() : undefined;
  return { ok: answer.ok && json !== undefined, json };
}

class Refused extends Error {
  constructor({ title, lines }) {
    super(title);
    this.lines = lines;
  }
}

async function busy(form, button, work) {
  form.querySelector('[data-passkey-problem]')?.remove();
  button.disabled = true;
  try {
    await work();
    return true;
  } catch (error) {
    again(form);
    if (error instanceof Refused) show(form, error.message, error.lines);
    else if (error.name === 'NotAllowedError' || error.name === 'AbortError') show(form, words.cancelled, []);
    else if (error.name === 'InvalidStateError') show(form, words.known, []);
    else show(form, words.failed, []);
    return false;
  } finally {
    button.disabled = false;
  }
}

/** A proof counts once: whatever went wrong, the next try needs another. */
function again(form) {
  for (const field of form.querySelectorAll('input[name=passkey]')) field.value = '';
  for (const done of form.querySelectorAll('[data-passkey-done]')) done.hidden = true;
  for (const button of form.querySelectorAll('button[data-passkey="get"]')) button.hidden = false;
}

function show(form, title, lines) {
  const notice = document.createElement('div');
  notice.className = 'notice bad';
  notice.dataset.passkeyProblem = '';
  notice.setAttribute('role', 'alert');
  const strong = document.createElement('strong');
  strong.textContent = title;
  notice.append(strong, ...lines.map((line) => Object.assign(document.createElement('p'), { textContent: line })));
  form.prepend(notice);
}

// Telephones from before WebAuthn level 3 lack the browser's own readers and writers of JSON.

function creationOf(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return { ...requestOf(options), user: { ...options.user, id: bytesOf(options.user.id) }, excludeCredentials: options.excludeCredentials?.map(withBytes) };
}

function requestOf(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON && !options.rp) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return { ...options, challenge: bytesOf(options.challenge), allowCredentials: options.allowCredentials?.map(withBytes) };
}

function jsonOf(credential) {
  const { id, type, rawId, response } = credential;
  const json = { id, type, rawId: textOf(rawId), clientExtensionResults: {}, response: {} };
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[name]) json.response[name] = textOf(response[name]);
  }
  if (response.getTransports) json.response.transports = response.getTransports();
  return json;
}

function withBytes(descriptor) {
  return { ...descriptor, id: bytesOf(descriptor.id) };
}

function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
}

function textOf(buffer) {
  let signs = '';
  for (const byte of new Uint8Array(buffer)) signs += String.fromCharCode(byte);
  return btoa(signs).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

// Passkeys need a script, and this is all of it: options from the server, the browser's own dialogue, the answer as JSON
// into the form. Buttons with data-passkey="get" fill the field `passkey` beside them; a form with data-passkey="create"
// fills its field `response` and is sent.
const words = document.getElementById('passkey-words')?.dataset ?? {};

if (window.PublicKeyCredential && navigator.credentials) {
  for (const one of document.querySelectorAll('[data-passkeys]')) one.hidden = false;
  for (const one of document.querySelectorAll('[data-no-passkeys]')) one.hidden = true;
  for (const button of document.querySelectorAll('button[data-passkey="get"]')) button.addEventListener('click', () => prove(button));
  for (const form of document.querySelectorAll('form[data-passkey="create"]')) form.addEventListener('submit', (event) => enrol(event, form));
}

async function prove(button) {
  const { form } = button;
  await busy(form, button, async () => {
    const sent = new URLSearchParams({ csrf: form.elements.csrf.value, purpose: button.dataset.purpose ?? '' });
    const publicKey = await ask(button.dataset.options, sent);
    if (!publicKey) return;
    const credential = await navigator.credentials.get({ publicKey: requestOf(publicKey) });
    form.elements.passkey.value = JSON.stringify(jsonOf(credential));
    for (const code of form.querySelectorAll('input[name=code]')) code.required = false;
    button.parentElement.querySelector('[data-passkey-done]').hidden = false;
    if (button.dataset.send !== undefined) form.submit();
    else button.hidden = true;
  });
}

async function enrol(event, form) {
  event.preventDefault();
  await busy(form, form.querySelector('button:not([type=button])'), async () => {
    const publicKey = await ask(form.dataset.options, new URLSearchParams(new FormData(form)));
    if (!publicKey) return;
    const credential = await navigator.credentials.create({ publicKey: creationOf(publicKey) });
    form.elements.response.value = JSON.stringify(jsonOf(credential));
    form.elements.password.value = '';
    form.submit();
  });
}

/** The server's options; undefined after it said what is wrong, which is shown. */
async function ask(url, body) {
  const answer = await fetch(url, { method: 'POST', body, headers: { Accept: 'application/json' } });
  const json = answer.headers.get('Content-Type')?.startsWith('application/json') ? await answer.json() : undefined;
  if (answer.redirected || json === undefined) return void location.reload(); // signed out meanwhile, or a page in between
  if (answer.ok) return json;
  throw new Refused(json);
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
  } catch (error) {
    again(form);
    if (error instanceof Refused) show(form, error.message, error.lines);
    else if (error.name === 'NotAllowedError' || error.name === 'AbortError') show(form, words.cancelled, []);
    else if (error.name === 'InvalidStateError') show(form, words.known, []);
    else show(form, words.failed, []);
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

// Lets a sign-in or an approval show what it is done on; see docs/decisions/0022-device-keys-and-places.md. Every form works without this file.

const PATIENCE_MS = 1500;
/** The path that the server is under, '' for a whole host. */
const HOME = document.querySelector('script[data-home]').dataset.home.slice(0, -1);
const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

for (const nonce of document.querySelectorAll('input[name=device_nonce]')) proveWith(nonce);
showLook();

// What a form gave to sign counts once: a page out of the browser's memory asks for another.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

/** Fills in the form's proof; a form that is sent sooner waits for it a moment, and goes without it then. */
function proveWith(nonce) {
  const { form } = nonce;
  let ready = !form.requestSubmit;
  const proved = prove(form, nonce.value).catch(() => {}); // no key then: private windows of some browsers keep none
  const pause = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const settled = Promise.race([proved, pause]).then(() => {
    ready = true;
  });
  form.addEventListener('submit', (event) => {
    if (ready) return;
    event.preventDefault();
    const { submitter } = event;
    settled.then(() => form.requestSubmit(submitter));
  });
}

async function prove(form, nonce) {
  const { publicKey, privateKey } = await deviceKey();
  const signed = new TextEncoder().encode(`bindery device key 1 ${nonce}`);
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, signed);
  form.elements.device_key.value = encode(await crypto.subtle.exportKey('raw', publicKey));
  form.elements.device_proof.value = encode(signature);
}

/** This browser's key, made once; no script can read its private half, this one included. */
async function deviceKey() {
  const made = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const database = await answer(
    Object.assign(indexedDB.open('bindery', 1), { onupgradeneeded: ({ target }) => target.result.createObjectStore('keys') }),
  );
  try {
    const keys = database.transaction('keys', 'readwrite').objectStore('keys'); // two tabs at once keep one key
    const kept = await answer(keys.get('device'));
    if (!kept) await answer(keys.put(made, 'device'));
    return kept ?? made;
  } finally {
    database.close();
  }
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('another version is open'));
  });
}

/**
 * A few weak signs of this device, which the next form brings along: accounts are protected by noticing a cookie that turns
 * up on another device. The server keeps keyed hashes of them, for four months.
 */
async function showLook() {
  const { platform, hardwareConcurrency, maxTouchPoints, userAgentData } = navigator;
  const look = new URLSearchParams({
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? '',
    screen: [screen.width, screen.height].sort((a, b) => a - b).join('x') + `x${screen.colorDepth}`,
    cores: String(hardwareConcurrency ?? ''),
    touch: String(maxTouchPoints ?? ''),
    system: userAgentData?.platform || (/^(Mac|Win|iP)/.test(platform ?? '') ? platform : ''),
    canvas: drawing(),
    print: /bindery_look=[^;]*\bprint=(\w+)/.exec(document.cookie)?.[1] ?? '',
  });
  bring(look);
  if (look.get('print') !== '') return;
  look.set('print', await fingerprint().catch(() => ''));
  bring(look);
}

function bring(look) {
  const secure = location.protocol === 'https:';
  const prefix = HOME === '' ? '__Host-' : '__Secure-'; // as in cookies.ts
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `${secure ? prefix : ''}bindery_look=${look}; path=${HOME || '/'}; SameSite=Lax${secure ? '; Secure' : ''}`;
}

/** What FingerprintJS (MIT, served from here, telling nobody else) makes of this browser; once a session. */
async function fingerprint() {
  const script = document.createElement('script');
  script.src = document.querySelector('script[data-print]').dataset.print;
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  const agent = await globalThis.FingerprintJS.load({ monitoring: false });
  return (await agent.get()).visitorId;
}

/**
 * A checksum of how this graphics stack draws. Letters are set by their outlines: left to itself a browser sets them by
 * how sharp it takes the screen to be, which changes with a second screen, and while a page is young.
 */
function drawing() {
  try {
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d');
    pen.font = '16px serif';
    pen.textRendering = 'geometricPrecision';
    pen.fillText('Bindery 绑定 \u{1F9F5}', 2, 16);
    pen.arc(60, 12, 9, 0, 4);
    pen.stroke();
    let sum = 5381;
    for (const letter of canvas.toDataURL()) sum = (sum * 33 + letter.charCodeAt(0)) | 0;
    return String(sum >>> 0);
  } catch {
    return ''; // blocked: then it is not shown
  }
}

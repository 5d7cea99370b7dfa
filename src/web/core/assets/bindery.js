// Everything on these pages works without this file: it only counts down, notices an answer, and moves on.
const watch = document.getElementById('watch');
const moveOn = document.getElementById('move-on');

if (watch) {
  const { status, state, expiresIn } = watch.dataset;
  if (expiresIn) countDown(Number(expiresIn));
  poll(status, state);
}

if (moveOn) {
  setTimeout(() => location.assign(moveOn.dataset.href), Number(moveOn.dataset.seconds) * 1000);
}

const queue = document.getElementById('queue');
const MOVES = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

const keys = document.getElementById('keys');
if (keys) keys.hidden = false;

// Only while the keyboard is in the list: a key alone does nothing anywhere else (WCAG 2.1.4).
queue?.addEventListener('keydown', (event) => {
  const by = MOVES[event.key];
  if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...queue.querySelectorAll('a')];
  const next = rows[rows.indexOf(document.activeElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

document.getElementById('go-on')?.requestSubmit();

function countDown(seconds) {
  const shown = document.getElementById('countdown');
  if (!shown) return;
  const end = Date.now() + seconds * 1000;
  document.querySelector('.left .static').hidden = true;
  document.querySelector('.left .live').hidden = false;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    shown.textContent = `${String(Math.floor(left / 60)).padStart(2, '0')}:${String(left % 60).padStart(2, '0')}`;
    if (left === 0) return reload();
    setTimeout(tick, 1000 - ((Date.now() - end) % 1000));
  };
  tick();
}

/** Asks every three seconds while the page is looked at; a page in the background asks when it is looked at again. */
async function poll(url, state) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    if (document.hidden) await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
    try {
      const answer = await fetch(url, { headers: { Accept: 'application/json' } });
      if (answer.status === 404) return reload();
      if (answer.ok && (await answer.json()).state !== state) return reload();
    } catch {
      // The network will be back; the page says how to go on without it.
    }
  }
}

function reload() {
  location.replace(location.pathname);
}

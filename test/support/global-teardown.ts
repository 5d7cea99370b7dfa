import { once } from 'node:events';

export default async function stopPostgres(): Promise<void> {
  const child = globalThis.testPostgres;
  if (!child) return;
  globalThis.testPostgres = undefined;
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

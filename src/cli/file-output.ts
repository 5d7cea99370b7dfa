import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/**
 * Gives a file to `work`, or standard output where none is named. It waits wherever the reader is
 * slower. Only this user may read the file.
 */
export async function writeOut<T>(
  file: string | undefined,
  work: (write: (text: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const out = file === undefined ? process.stdout : createWriteStream(file, { mode: 0o600 });
  const failed = new Promise<never>((_, reject) => out.on('error', reject));
  failed.catch(() => {}); // it is raced below
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await Promise.race([once(out, 'drain'), failed]);
  };
  const result = await Promise.race([work(write), failed]);
  if (file !== undefined) {
    out.end();
    await Promise.race([once(out, 'finish'), failed]);
  }
  return result;
}

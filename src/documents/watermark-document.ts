import { Worker } from 'node:worker_threads';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { letter } from './lettering.ts';
import type { Media } from './media.ts';
import { linesOf, type WatermarkStamp } from './watermark.ts';
import { watermarkImage } from './watermark-image.ts';
import type { WatermarkJob } from './watermark-worker.ts';

const WITHIN_MS = 8_000;
const MOST_MB = 256;
const LOOK_EVERY_MS = 50;

/**
 * The copy of a document for a reviewer, marked with their login, the time and the case. What
 * cannot be marked is not shown. Images were re-encoded (media.ts). A PDF is as it was uploaded, so
 * a thread with limits of time and memory reads it.
 */
export async function watermarkDocument(
  { mediaType, bytes }: Media,
  viewing: WatermarkStamp,
): Promise<Result<Buffer, 'not_readable'>> {
  const mark = letter(linesOf(viewing));
  return mediaType === 'image/jpeg'
    ? await watermarkImage(bytes, mark)
    : await onThread({ bytes, mark });
}

async function onThread(job: WatermarkJob): Promise<Result<Buffer, 'not_readable'>> {
  const worker = new Worker(new URL('./watermark-worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MB },
  });
  let watch: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      const over = performance.now() + WITHIN_MS;
      const look = async (): Promise<void> => {
        if (performance.now() > over)
          return resolve(refuse('not_readable', 'DOC-3D0', { because: 'time' }));
        // A few bytes that inflate to gigabytes lie outside the heap that `resourceLimits` is
        // about.
        const held = await worker.getHeapStatistics().catch(() => undefined);
        if ((held?.external_memory ?? 0) > MOST_MB * 2 ** 20)
          resolve(refuse('not_readable', 'DOC-3D1', { because: 'memory' }));
      };
      watch = setInterval(() => void look(), LOOK_EVERY_MS);
      worker.once('error', ({ message }: Error) =>
        resolve(refuse('not_readable', 'DOC-3D2', { because: message })),
      );
      worker.once('message', (marked: Result<Uint8Array, 'not_readable'>) =>
        resolve(marked.ok ? ok(Buffer.from(marked.value)) : marked),
      );
    });
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

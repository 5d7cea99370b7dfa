import { parentPort, workerData } from 'node:worker_threads';
import type { WatermarkStamp } from './watermark.ts';
import { watermarkPdf } from './watermark-pdf.ts';

/** What the thread is started with. */
export interface WatermarkJob {
  readonly bytes: Uint8Array;
  readonly viewing: WatermarkStamp;
}

const { bytes, viewing } = workerData as WatermarkJob;
parentPort?.postMessage(await watermarkPdf(bytes, viewing));

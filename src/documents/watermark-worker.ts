import { parentPort, workerData } from 'node:worker_threads';
import type { Lettering } from './lettering.ts';
import { watermarkPdf } from './watermark-pdf.ts';

/** What the thread is started with. */
export interface WatermarkJob {
  readonly bytes: Uint8Array;
  readonly mark: Lettering;
}

const { bytes, mark } = workerData as WatermarkJob;
parentPort?.postMessage(await watermarkPdf(bytes, mark));

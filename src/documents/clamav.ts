import { connect } from 'node:net';
import { ScannerUnavailable, type ScanResult, type VirusScanner } from './ports/virus-scanner.ts';

export interface ClamAvOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs?: number;
}

const CHUNK = 64 * 1024;
const LONGEST_REPLY = 4096;

/**
 * clamd over TCP, by its INSTREAM command: `zINSTREAM\0`, chunks that each follow their length, and
 * a zero length at the end (clamd(8)).
 */
export class ClamAv implements VirusScanner {
  readonly #options: Required<ClamAvOptions>;

  constructor(options: ClamAvOptions) {
    this.#options = { timeoutMs: 15_000, ...options };
  }

  async scan(bytes: Uint8Array): Promise<ScanResult> {
    const reply = await this.#ask(bytes);
    if (reply === 'stream: OK') return { clean: true };
    const found = /^stream: (.+) FOUND$/.exec(reply)?.[1];
    if (found !== undefined) return { clean: false, found };
    throw new ScannerUnavailable(`clamd answered: ${reply.slice(0, 200)}`);
  }

  async #ask(bytes: Uint8Array): Promise<string> {
    const { host, port, timeoutMs } = this.#options;
    return await new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      let reply = '';
      const fail = (message: string, cause?: unknown): void => {
        socket.destroy();
        reject(new ScannerUnavailable(message, { cause }));
      };
      socket.setEncoding('utf8');
      socket.setTimeout(timeoutMs, () => fail('clamd did not answer in time'));
      socket.on('error', (error) => fail('clamd cannot be reached', error));
      socket.on('data', (text: unknown) => {
        reply += String(text);
        if (reply.length > LONGEST_REPLY) fail('clamd’s answer is too long');
      });
      socket.on('close', () =>
        reply === ''
          ? fail('clamd closed the connection without an answer')
          : resolve(reply.replace(/[\0\n]+$/, '')),
      );
      socket.on('connect', () => {
        socket.write('zINSTREAM\0');
        for (let at = 0; at < bytes.length; at += CHUNK) {
          const chunk = bytes.subarray(at, at + CHUNK);
          socket.write(lengthOf(chunk.length));
          socket.write(chunk);
        }
        socket.write(lengthOf(0));
      });
    });
  }
}

function lengthOf(size: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(size);
  return bytes;
}

import { type IncomingMessage, type RequestListener, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import tls from 'node:tls';
import { checkSignature, SIGNATURE_HEADER } from '../../src/evidence/provider/signature.ts';
import type { Certificate } from '../support/certificate.ts';
import { atEnd } from '../support/cleanup.ts';

/** What stands around Bindery in production, as far as a test can play it. */

/** Where everybody calls from, as the proxy sees it. */
export const VISITOR = '198.51.100.7';

/** This process takes the certificate as good until the file's tests end. */
export function trust({ cert }: Certificate): void {
  const before = tls.getCACertificates();
  tls.setDefaultCACertificates([...before, cert]);
  atEnd(() => tls.setDefaultCACertificates(before));
}

/** Serves https; gives the address. */
async function serveTls(certificate: Certificate, port: number, answer: RequestListener) {
  const server = createTlsServer({ ...certificate }, answer);
  atEnd(() => server.closeAllConnections());
  return `https://localhost:${await listen(server, port)}`;
}

/**
 * A reverse proxy as the nginx configuration of a document describes it: it sends the headers of
 * its `proxy_set_header` lines, and Host as nginx does without such a line.
 */
export async function startProxy(
  certificate: Certificate,
  { port, to, nginx }: { readonly port: number; readonly to: number; readonly nginx: string },
): Promise<void> {
  const set = [...nginx.matchAll(/proxy_set_header (\S+) (\$\w+);/g)];
  await serveTls(certificate, port, (asked, answered) => {
    const headers = {
      ...asked.headers,
      host: `127.0.0.1:${to}`,
      ...Object.fromEntries(
        set.map(([, name = '', variable = '']) => [name.toLowerCase(), headerOf(variable, asked)]),
      ),
    };
    const { method, url: path } = asked;
    const on = request({ host: '127.0.0.1', port: to, method, path, headers }, (answer) => {
      answered.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(answered);
    });
    on.on('error', () => answered.writeHead(502).end());
    asked.pipe(on);
  });
}

function headerOf(variable: string, { headers }: IncomingMessage): string {
  const known: Readonly<Record<string, string | undefined>> = {
    $http_host: headers.host,
    $scheme: 'https',
    $proxy_add_x_forwarded_for: [headers['x-forwarded-for'] ?? [], VISITOR].flat().join(', '),
  };
  const value = known[variable];
  if (value === undefined) throw new Error(`the test's nginx does not know ${variable}`);
  return value;
}

/** A verification provider that takes each question that is signed, and never answers it. */
export async function startVerification(
  certificate: Certificate,
  key: () => Buffer,
): Promise<string> {
  return await serveTls(certificate, 0, async (asked, answered) => {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const message = { method: asked.method ?? '', path: asked.url ?? '', body };
    const header = String(asked.headers[SIGNATURE_HEADER.toLowerCase()]);
    const signed = checkSignature(key(), message, header, new Date());
    answered.writeHead(signed.ok ? 202 : 401).end();
  });
}

/** A clamd that answers PING, and finds nothing in any stream; gives its port. */
export async function startClamd(): Promise<number> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (part) => {
      received = Buffer.concat([received, part as Buffer]);
      if (received.equals(Buffer.from('zPING\0'))) socket.end('PONG\0');
      if (received.subarray(-4).equals(Buffer.alloc(4))) socket.end('stream: OK\0');
    });
  });
  return await listen(server, 0);
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, resolve));
  atEnd(async () => await new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

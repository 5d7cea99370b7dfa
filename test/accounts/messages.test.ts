import { randomBytes } from 'node:crypto';
import { createServer as createHttp, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parseContact } from '../../src/accounts/contact.ts';
import { parseMessageSettings } from '../../src/accounts/message-settings.ts';
import { insertMessage, secondsToNextMessage } from '../../src/accounts/messages.store.ts';
import { sealMessage } from '../../src/accounts/outgoing-message.ts';
import type { Message, MessageSender } from '../../src/accounts/ports/message-sender.ts';
import { findSandboxMessages } from '../../src/accounts/sandbox-messages.store.ts';
import { SandboxSender } from '../../src/accounts/sandbox-sender.ts';
import { sendMessages } from '../../src/accounts/send-messages.ts';
import { SmsSender, signatureOf } from '../../src/accounts/sms-sender.ts';
import { SmtpSender } from '../../src/accounts/smtp-sender.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const secrets = new InstallationSecret(randomBytes(32));
const MAIL: Message = {
  id: 'msg_1',
  to: 'a@b.example',
  subject: '验证码',
  text: '12345678 是验证码',
};

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** An SMTP server that takes one mail a connection; gives what it was told. */
function smtpServer(told: string[], refuses = false): Server {
  return createTcp((socket) => {
    let data = false;
    socket.write('220 test\r\n');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('utf8').split('\r\n').slice(0, -1)) {
        told.push(line);
        if (data && line !== '.') continue;
        if (line === '.') data = false;
        if (line === 'DATA') data = true;
        const refused = refuses && line.startsWith('RCPT');
        socket.write(data ? '354 go\r\n' : refused ? '550 no\r\n' : '250 ok\r\n');
      }
    });
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

async function put(toNobody = false): Promise<void> {
  const contact = { kind: 'mail', address: MAIL.to } as const;
  await insertMessage(db, sealMessage(secrets, contact, { ...MAIL, toNobody }));
}

const waiting = async () => await db.query(sql`select 1 from outgoing_messages`);

/** A sender that keeps what it is given, after it failed so often. */
function keeping(sent: Message[], fails = 0): MessageSender {
  let left = fails;
  return {
    send: async (message) => {
      left -= 1;
      if (left >= 0) throw new Error('not now');
      sent.push(message);
    },
  };
}

describe('what sends messages', () => {
  test('mail leaves by SMTP, with the address alone as its recipient', async () => {
    const told: string[] = [];
    const port = await listening(smtpServer(told));
    const sender = new SmtpSender({ url: `smtp://127.0.0.1:${port}`, from: 'B <b@c.example>' });
    await sender.send(MAIL);
    expect(told.filter((line) => /^(MAIL|RCPT)/.test(line))).toStrictEqual([
      'MAIL FROM:<b@c.example>',
      'RCPT TO:<a@b.example>',
    ]);
    expect(told).toContain('Message-ID: <msg_1@c.example>');
    expect(told).toContain('Auto-Submitted: auto-generated');
  });

  test('mail that the server refuses is not sent', async () => {
    const port = await listening(smtpServer([], true));
    const sender = new SmtpSender({ url: `smtp://127.0.0.1:${port}`, from: 'b@c.example' });
    await expect(sender.send(MAIL)).rejects.toThrow();
  });

  test('a text message leaves by a signed POST; only 2xx means that it was taken', async () => {
    const key = randomBytes(32);
    const heard: { body: string; signature: unknown }[] = [];
    let status = 202;
    const gateway = createHttp(async (request, response) => {
      const signature = request.headers['bindery-signature'];
      heard.push({ body: await bodyOf(request), signature });
      response.writeHead(status, { location: '/elsewhere' }).end('12345678');
    });
    const url = `http://127.0.0.1:${await listening(gateway)}/sms`;
    const sender = new SmsSender({ url, key });
    await sender.send({ ...MAIL, to: '+8613900000000' });
    const [{ body, signature } = { body: '', signature: '' }] = heard;
    expect(JSON.parse(body)).toStrictEqual({ id: MAIL.id, to: '+8613900000000', text: MAIL.text });
    const seconds = Number(/^t=(\d+),/.exec(String(signature))?.[1]);
    expect(signature).toBe(signatureOf(key, body, seconds));
    for (status of [302, 400, 500])
      await expect(sender.send(MAIL)).rejects.toThrow(/^(?!.*12345678)/);
  });

  test('the sandbox fails, and delivers twice, as real ones do', async () => {
    const failing = new SandboxSender(db, 'mail', { fails: 1, repeats: 0, lagMs: 0 });
    await expect(failing.send(MAIL)).rejects.toThrow('did not take');
    const repeating = new SandboxSender(db, 'mail', { fails: 0, repeats: 1, lagMs: 1 });
    await repeating.send(MAIL);
    expect((await findSandboxMessages(db)).map(({ to }) => to)).toStrictEqual([MAIL.to, MAIL.to]);
  });
});

describe('messages that wait', () => {
  test('a message is sent once, as it was written, and its row goes', async () => {
    const sent: Message[] = [];
    await put();
    await sendMessages({ db, secrets, senders: { mail: keeping(sent) } }, () => {});
    const [{ id: _, ...told } = {}] = sent as Partial<Message>[];
    expect(told).toStrictEqual({ to: MAIL.to, subject: MAIL.subject, text: MAIL.text });
    expect([sent.length, (await waiting()).length]).toStrictEqual([1, 0]);
  });

  test('one that failed is tried again later, under the same id', async () => {
    const [sent, errors] = [[] as Message[], [] as unknown[]];
    const deps = { db, secrets, senders: { mail: keeping(sent, 1) } };
    await put();
    await sendMessages(deps, (error) => errors.push(error));
    await sendMessages(deps, (error) => errors.push(error));
    expect([sent.length, errors.length]).toStrictEqual([0, 1]);
    const next = await secondsToNextMessage(db);
    expect(next).toBeGreaterThan(1);
    expect(next).toBeLessThanOrEqual(3);
    await db.query(sql`update outgoing_messages set next_try_at = now()`);
    await sendMessages(deps, (error) => errors.push(error));
    expect([sent.length, errors.length, (await waiting()).length]).toStrictEqual([1, 1, 0]);
  });

  test('two processes at once send each message once', async () => {
    const sent: Message[] = [];
    for (let at = 0; at < 25; at += 1) await put();
    const deps = { db, secrets, senders: { mail: keeping(sent) } };
    await Promise.all([1, 2, 3].map(async () => await sendMessages(deps, () => {})));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(25);
    expect([sent.length, (await waiting()).length]).toStrictEqual([25, 0]);
  });

  test('one to nobody, or that would come too late, goes without being sent', async () => {
    const sent: Message[] = [];
    await put(true);
    await put();
    await db.query(sql`update outgoing_messages set expires_at = now() where not to_nobody`);
    await sendMessages({ db, secrets, senders: { mail: keeping(sent) } }, () => {});
    expect([sent.length, (await waiting()).length]).toStrictEqual([0, 0]);
  });

  test('one of a kind that nothing sends any more is reported, and kept', async () => {
    const errors: unknown[] = [];
    await put();
    await sendMessages({ db, secrets, senders: {} }, (error) => errors.push(error));
    expect([errors.length, (await waiting()).length]).toStrictEqual([1, 1]);
  });
});

describe('addresses and settings', () => {
  // biome-ignore format: a table is read by its columns
  test.each([
    [' A.B+c@Mail.Example ', 'mail',  'a.b+c@mail.example'],
    ['139 1234-5678',        'phone', '+8613912345678'],
    ['１３９１２３４５６７８', 'phone', '+8613912345678'],
    ['+49 (30) 1234567',     'phone', '+49301234567'],
  ])('%j is read as one spelling', (typed, kind, address) => {
    expect(parseContact(typed, ['mail', 'phone'])).toStrictEqual({ ok: true, value: { kind, address } });
    expect(parseContact(typed, []).ok).toBe(false);
  });

  // biome-ignore format: a table is read by its columns
  test.each([
    ['mail without a sender',      { SMTP_URL: 'smtp://a' },                                      /MESSAGES_FROM/],
    ['a sender of two lines',      { SMTP_URL: 'smtp://a', MESSAGES_FROM: 'a@b\r\nBcc: c@d' },    /MESSAGES_FROM/],
    ['a gateway without a key',    { SMS_URL: 'https://a' },                                      /SECRETS_SMS/],
    ['a short key',                { SMS_URL: 'https://a', SECRETS_SMS: 'c2hvcnQ' },              /32 bytes/],
    ['plain http in production',   { SMS_URL: 'http://a', SECRETS_SMS: 'A'.repeat(43) },          /https/],
    ['no way to confirm anything', {},                                                            /SIGN_UP/],
  ])('%s is refused', (_what, value, problem) => {
    const { problems } = parseMessageSettings(value, { production: true, signUp: true });
    expect(problems.join()).toMatch(problem);
  });
});

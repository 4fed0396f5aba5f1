import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutboxMailer } from './outbox.mailer.js';
import { SmtpMailer } from './smtp.mailer.js';

const FROM = 'Reports <reports@example.org>';
const mail = {
  name: 'report-1',
  to: 'you@example.org',
  subject: 'Posts',
  text: 'Here it is.\n',
  attachment: { filename: 'posts.csv', content: 'id,title\r\n1,Ünïcode\r\n' },
};

/** The attachment is the one part that is encoded. */
function attachmentOf(message: string): string {
  const encoded = message.split(/Content-Transfer-Encoding: base64[^]*?\r?\n\r?\n/)[1]?.split('--')[0] ?? '';
  return Buffer.from(encoded, 'base64').toString('utf8');
}

describe('the outbox', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'outbox-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('makes the folder and writes one whole file for each mail', async () => {
    const outbox = join(folder, 'new');
    const file = await new OutboxMailer(outbox, FROM).send(mail);
    expect(await readdir(outbox)).toEqual(['report-1.eml']);
    const message = await readFile(file, 'utf8');
    expect(message).toMatch(/^To: you@example\.org\r?$/m);
    expect(message).toMatch(/^Subject: Posts\r?$/m);
    expect(attachmentOf(message)).toBe(mail.attachment.content);
  });

  it('has one recipient whatever the address contains', async () => {
    const file = await new OutboxMailer(folder, FROM).send({ ...mail, to: 'a@b\r\nBcc: c@d' });
    expect(await readFile(file, 'utf8')).not.toMatch(/^Bcc:/m);
  });
});

describe('a mail server', () => {
  it('is handed the mail', async () => {
    const server = await startMailServer();
    const mailer = new SmtpMailer(server.url, FROM);
    expect(await mailer.send(mail)).toBe('250 taken');
    expect(server.received()).toContain('RCPT TO:<you@example.org>');
    expect(attachmentOf(server.received())).toBe(mail.attachment.content);
    mailer.onApplicationShutdown();
    await server.close();
  });

  it('that refuses is an error with its answer', async () => {
    const server = await startMailServer('550 nobody here');
    const mailer = new SmtpMailer(server.url, FROM);
    await expect(mailer.send(mail)).rejects.toThrow('550 nobody here');
    mailer.onApplicationShutdown();
    await server.close();
  });
});

/** As much SMTP as a mail needs. */
async function startMailServer(answerToRecipient = '250 ok') {
  let received = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let inData = false;
    sockets.add(socket);
    socket.write('220 ready\r\n');
    socket.on('data', (chunk) => {
      const text = chunk.toString('utf8');
      received += text;
      if (inData) {
        inData = !text.endsWith('\r\n.\r\n');
        if (!inData) socket.write('250 taken\r\n');
        return;
      }
      inData = text.startsWith('DATA');
      socket.write(inData ? '354 go on\r\n' : text.startsWith('RCPT') ? `${answerToRecipient}\r\n` : '250 ok\r\n');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}?ignoreTLS=true`,
    received: () => received,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { Mailer } from './mailer.js';
import type { Mail } from './mailer.js';
import { toMessage } from './to-message.js';

/** Writes each mail into a folder, as an `.eml` file that any mail program opens. */
export class OutboxMailer extends Mailer {
  readonly #transport = createTransport({ streamTransport: true, buffer: true });

  constructor(
    private readonly folder: string,
    private readonly from: string,
  ) {
    super();
  }

  async send(mail: Mail): Promise<string> {
    const { message } = await this.#transport.sendMail(toMessage(mail, this.from));
    const file = join(this.folder, `${mail.name}.eml`);
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${file}.part`, message);
    // Whoever watches the folder sees whole mails only.
    await rename(`${file}.part`, file);
    return file;
  }
}

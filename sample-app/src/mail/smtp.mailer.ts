import type { OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { Mailer } from './mailer.js';
import type { Mail } from './mailer.js';
import { toMessage } from './to-message.js';

/** Hands each mail to a mail server: `smtp://user:password@host:587`. */
export class SmtpMailer extends Mailer implements OnApplicationShutdown {
  readonly #transport;

  constructor(
    url: string,
    private readonly from: string,
  ) {
    super();
    this.#transport = createTransport(url);
  }

  async send(mail: Mail): Promise<string> {
    const { response } = await this.#transport.sendMail(toMessage(mail, this.from));
    return response;
  }

  onApplicationShutdown(): void {
    this.#transport.close();
  }
}

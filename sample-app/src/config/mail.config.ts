import { registerAs } from '@nestjs/config';

export const mailConfig = registerAs('mail', () => ({
  /** `smtp://user:password@host:587`; without it mails are written to the outbox. */
  smtpUrl: process.env.SMTP_URL,
  /** The folder for `.eml` files. */
  outbox: process.env.OUTBOX ?? 'outbox',
  from: process.env.MAIL_FROM ?? 'Reports by mail <reports@example.org>',
  /** Who gets the nightly report. */
  editor: process.env.MAIL_EDITOR ?? 'editor@example.org',
}));

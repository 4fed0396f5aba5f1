import type { SendMailOptions } from 'nodemailer';
import type { Mail } from './mailer.js';

/** A mail in nodemailer's terms. An address is given as one, so that no text in it can become a second recipient. */
export function toMessage({ to, subject, text, attachment }: Mail, from: string): SendMailOptions {
  return {
    from,
    to: { name: '', address: to },
    subject,
    text,
    attachments: attachment ? [{ ...attachment, contentType: 'text/csv; charset=utf-8' }] : [],
  };
}

export interface Mail {
  /** Tells mails apart: the name of the file in the outbox. */
  readonly name: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly attachment?: { readonly filename: string; readonly content: string };
}

/** Sends mail; which way is for `mail.module.ts` to decide. */
export abstract class Mailer {
  /** Gives where the mail went: the server's answer, or the file. */
  abstract send(mail: Mail): Promise<string>;
}

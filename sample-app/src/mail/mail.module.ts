import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ConfigModule } from '@nestjs/config';
import { mailConfig } from '../config/mail.config.js';
import { Mailer } from './mailer.js';
import { OutboxMailer } from './outbox.mailer.js';
import { SmtpMailer } from './smtp.mailer.js';

@Module({
  imports: [ConfigModule.forFeature(mailConfig)],
  providers: [
    {
      provide: Mailer,
      useFactory: ({ smtpUrl, outbox, from }: ConfigType<typeof mailConfig>): Mailer =>
        smtpUrl ? new SmtpMailer(smtpUrl, from) : new OutboxMailer(outbox, from),
      inject: [mailConfig.KEY],
    },
  ],
  exports: [Mailer, ConfigModule],
})
export class MailModule {}

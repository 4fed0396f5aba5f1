import { registerAs } from '@nestjs/config';

export const adminConfig = registerAs('admin', () => ({
  /** What whoever edits schedules has to know; without it nobody may. */
  token: process.env.ADMIN_TOKEN,
}));

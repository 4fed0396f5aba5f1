import { Injectable, UseInterceptors } from '@nestjs/common';
import { InjectTasks, SharedTask } from 'nestjs-celery';
import type { Tasks } from 'nestjs-celery';
import { Mailer } from '../mail/mailer.js';
import { PostsRepository } from '../posts/posts.repository.js';
import { uuid } from '../validation/readers.js';
import { list, schema } from '../validation/schema.js';
import { toCsv } from './csv.js';
import { ReportsRepository } from './reports.repository.js';
import { Stopwatch } from './stopwatch.interceptor.js';

/** Messages carry the report's id and never its contents: they stay small, and what is in the database is what counts. */
@Injectable()
@UseInterceptors(Stopwatch)
export class ReportTasks {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly posts: PostsRepository,
    private readonly mailer: Mailer,
    @InjectTasks(ReportTasks) private readonly tasks: Tasks<ReportTasks>,
  ) {}

  /** Builds the report and has it mailed; may run twice for one report, and then builds it anew. Whoever sends it without an id is told so. */
  @SharedTask({ name: 'reports.build', schema: schema(list(uuid)) })
  async build(reportId: string): Promise<{ posts: number; mailTask: string }> {
    const { from, to } = await this.reports.get(reportId);
    const posts = await this.posts.madeBetween(from, to);
    await this.reports.storeCsv(reportId, toCsv(posts, ['id', 'title', 'createdAt', 'views']));
    const mail = await this.tasks.mail.delay(reportId);
    return { posts: posts.length, mailTask: mail.id };
  }

  /** Has a queue of its own (see `celery.config.ts`): a slow mail server does not hold up what else there is to do. */
  @SharedTask('reports.mail')
  async mail(reportId: string): Promise<{ mailed: string; to: string }> {
    const { from, to, email, csv, mailedAt } = await this.reports.get(reportId);
    if (csv === null) throw new Error(`Report ${reportId} is not built yet.`);
    if (mailedAt) return { mailed: 'earlier', to: email };
    const mailed = await this.mailer.send({
      name: reportId,
      to: email,
      subject: `Posts from ${from} to ${to}`,
      text: `Here is the report that you asked for: the posts from ${from} to ${to}, and how often each was read.\n`,
      attachment: { filename: `posts-${from}-${to}.csv`, content: csv },
    });
    await this.reports.markMailed(reportId);
    return { mailed, to: email };
  }
}

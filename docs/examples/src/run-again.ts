import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, SharedTask } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

let shopIsOpen = false;

@Injectable()
class ShopTasks {
  @SharedTask('shop.order')
  order(article: string, count: number): string {
    if (!shopIsOpen) throw new Error('the shop is closed');
    return `${count} x ${article}`;
  }

  /** The card's number is kept nowhere: who wants this run again gives the arguments anew. */
  @SharedTask({ name: 'shop.pay', redact: ([, amount]) => ({ args: ['****', amount], kwargs: {} }) })
  pay(card: string, amount: number): string {
    return `${amount} from the card that ends with ${card.slice(-4)}`;
  }
}

@Module({
  imports: [
    // resultExtended keeps the arguments with the result; with PostgreSQL in a table of its own
    CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://', resultExtended: true }),
    CeleryWorkerModule.forRoot(),
  ],
  providers: [ShopTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const celery = app.get(Celery);
const shop = celery.tasks(ShopTasks);

const failed = await shop.order.delay('tea', 2);
console.log(String(await failed.get({ timeout: 10, propagate: false })));
shopIsOpen = true;
const again = await celery.rerun(failed.id);
console.log(await again.get({ timeout: 10 }));
const more = await celery.rerun(failed.id, { args: ['tea', 3] });
console.log(await more.get({ timeout: 10 }));
const { reruns } = await celery.rerunsOf(failed.id);
console.log(reruns[0] === again.id && reruns[1] === more.id);

const paid = await shop.pay.delay('4000123412341234', 20);
await paid.get({ timeout: 10 });
console.log(await celery.rerun(paid.id).catch((error: { reason: string }) => error.reason));
await app.close();

// prints:
// Error: the shop is closed
// 2 x tea
// 3 x tea
// true
// redacted

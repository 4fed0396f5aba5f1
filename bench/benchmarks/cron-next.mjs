import { cronRate, startCron } from '../lib/cron.mjs';

/** For each of five crontabs in two zones. */
const COUNT = 200_000;
const COUNT_PEERS = 1_000;

/** @type {import('./index.mjs').Benchmark} */
export const cronNext = {
  name: 'cron-next',
  unit: 'times/s',
  goal: '300,000',
  workload: `${COUNT.toLocaleString('en-US')} times of each of five crontabs in UTC and Europe/Berlin, a thousand one after the other from one date; Celery: crontab.remaining_estimate, ${COUNT_PEERS} each; raw: cron-parser, ${COUNT_PEERS} each`,
  pairs: 3,
  run: (side, _, isPeer) => cronRate(side.startCron(isPeer ? COUNT_PEERS : COUNT)),
  raw: () => cronRate(startCron('cron-parser', COUNT_PEERS)),
};

/**
 * One of the two whose speed is compared. What it runs are real processes of their own, with the same task: `bench.add`.
 * @typedef {object} Side
 * @property {(stage: Stage, options: WorkerOptions) => BenchProcess} startWorker says `first` and `last`, in epoch milliseconds, or how late tasks were
 * @property {(stage: Stage, options: ClientOptions) => BenchProcess} startClient says `ms` and `cpu`, or `p50` and `p99`
 * @property {(stage: Stage, databaseUrl: string) => BenchProcess} startBeat says `ready` once all is loaded and planned
 * @property {(stage: Stage, databaseUrl: string) => Promise<unknown>} migrateSchedules makes the tables
 * @property {(count: number) => BenchProcess} startCron finds so many times of each crontab of bench/cron; says `ms` and `times`
 * @property {(pid: number) => number} memory of a worker or a beat, in MB
 *
 * @typedef {object} WorkerOptions
 * @property {number} tasks how many it will get
 * @property {boolean} [results] stored in PostgreSQL; else ignored
 * @property {boolean} [etas] it is to hold all of them for their etas
 * @property {string[]} [flags] of the command line: pool and concurrency
 *
 * @typedef {object} ClientOptions
 * @property {'enqueue' | 'latency' | 'schedule'} command
 * @property {number} count
 * @property {number} [warmUp] calls that are not measured
 * @property {boolean} [results]
 *
 * @typedef {import('./stage.mjs').Stage} Stage
 * @typedef {import('./processes.mjs').BenchProcess} BenchProcess
 */
export {};

import { kindOfFailure, reasonOf } from './pg-errors.js';

const failure = (code: string | undefined, message = 'no'): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

it.each([
  ['a refused connection', failure('ECONNREFUSED'), 'later'],
  ['a broken pipe', failure('EPIPE'), 'later'],
  ['a lost connection', failure(undefined, 'Connection terminated unexpectedly'), 'later'],
  ['a shutdown', failure('57P01'), 'later'],
  ['too many connections', failure('53300'), 'later'],
  ['a full disk', failure('53100'), 'later'],
  ['a deadlock', failure('40P01'), 'later'],
  ['a standby after a failover', failure('25006'), 'later'],
  ['a table altered under a prepared statement', failure('0A000', 'cached plan must not change result type'), 'later'],
  ['what PostgreSQL cannot do', failure('0A000', 'cannot do this'), 'fatal'],
  ['a text with a NUL', failure('22021'), 'row'],
  ['a text that is too long', failure('22001'), 'row'],
  ['a broken constraint', failure('23514'), 'row'],
  ['an index entry that is too big', failure('54000'), 'row'],
  ['a value that cannot be written', new RangeError('Invalid string length'), 'row'],
  ['a missing table', failure('42P01'), 'fatal'],
  ['a wrong password', failure('28P01'), 'fatal'],
  ['a pool that was closed', failure(undefined, 'Cannot use a pool after calling end on the pool'), 'fatal'],
])('knows what to do about %s', (_, error, kind) => {
  expect(kindOfFailure(error)).toBe(kind);
});

it('gives the reason, and the remedy where there is one', () => {
  expect(reasonOf(failure('42P01', 'relation does not exist'))).toBe('relation does not exist (SQLSTATE 42P01)');
  expect(reasonOf(failure('ECONNREFUSED', ''))).toBe('ECONNREFUSED');
  expect(reasonOf(failure(undefined, 'Query read timeout'))).toBe('it did not answer in time');
  expect(reasonOf(failure('26000'))).toMatch(/set prepare: false\)$/);
});

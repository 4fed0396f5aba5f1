import type { SignatureJson } from '../protocol/signature-json.js';
import type { Embed, TaskMessage } from '../protocol/task-message.js';
import { abandonedSteps, compositeSuccessor, errbacksOf, successorsOf } from './successors.js';

const signature = (task: string, changes: Partial<SignatureJson> = {}): SignatureJson => ({
  task,
  args: [],
  kwargs: {},
  options: {},
  subtask_type: null,
  immutable: false,
  ...changes,
});

function message(embed: Partial<Embed>): TaskMessage {
  const nothing: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };
  return { headers: { id: 'me', root_id: 'root' }, embed: { ...nothing, ...embed } } as unknown as TaskMessage;
}

describe('successorsOf', () => {
  it('puts the return value before the arguments of a callback, unless it is immutable', () => {
    const callbacks = [signature('mul', { args: [10] }), signature('note', { args: ['x'], immutable: true })];
    const calls = successorsOf(message({ callbacks }), 5);
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ['mul', [5, 10]],
      ['note', ['x']],
    ]);
  });

  it('gives them the priority of the task where that is wanted, over their own, as Celery does', () => {
    const callbacks = [signature('a', { options: { priority: 3 } }), signature('b')];
    const sent = { ...message({ callbacks }), properties: { priority: 7 } };
    const priorities = (inherit?: boolean) => successorsOf(sent, 1, inherit).map(({ options }) => options.priority);
    expect([priorities(), priorities(true)]).toEqual([
      [3, undefined],
      [7, 7],
    ]);
  });

  it('takes the next step of a chain from its end and hands the rest on', () => {
    const last = signature('last', { options: { task_id: 'id-last' } });
    const next = signature('next', { options: { task_id: 'id-next', reply_to: 'client', queue: 'q', priority: 3 } });
    const [call] = successorsOf(message({ chain: [last, next] }), 'value');
    expect(call).toMatchObject({
      name: 'next',
      args: ['value'],
      options: { taskId: 'id-next', replyTo: 'client', queue: 'q', priority: 3, rootId: 'root', parentId: 'me' },
      embed: { chain: [last] },
    });
  });

  it('carries links and stamps of a signature', () => {
    const link = signature('audit');
    const options = { link: [link], link_error: [signature('alarm')], stamped_headers: ['tenant'], tenant: 'acme' };
    const [call] = successorsOf(message({ callbacks: [signature('a', { options })] }), null);
    expect(call?.embed).toMatchObject({ callbacks: [link], errbacks: [signature('alarm')] });
    expect(call?.stamps).toEqual({ stampedHeaders: ['tenant'], stamps: { tenant: 'acme' } });
  });
});

describe('after a failure', () => {
  it('calls errbacks with the id of the task', () => {
    const [call] = errbacksOf(message({ errbacks: [signature('alarm', { args: ['now'] })] }));
    expect(call).toMatchObject({ name: 'alarm', args: ['me', 'now'], options: { parentId: 'me', rootId: 'root' } });
  });

  it('names the steps of the chain that will never run', () => {
    const chain = [
      signature('c', { options: { task_id: '3' } }),
      signature('b', { options: { task_id: '2' } }),
      signature('x'),
    ];
    expect(abandonedSteps(message({ chain }))).toEqual(['3', '2']);
  });
});

describe('compositeSuccessor', () => {
  it('finds what this worker cannot continue with', () => {
    expect(compositeSuccessor(message({ callbacks: [signature('a')] }))).toBeUndefined();
    expect(compositeSuccessor(message({ chain: [signature('celery.group', { subtask_type: 'group' })] }))).toBe(
      'celery.group',
    );
    expect(compositeSuccessor(message({ chord: signature('body') }))).toBe('the chord with body body');
  });
});

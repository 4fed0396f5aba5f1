import type { TaskCall } from '../app/task-call.js';
import type { SignatureJson } from '../protocol/signature-json.js';
import type { TaskMessage } from '../protocol/task-message.js';
import { signatureCall } from './signature-call.js';

/**
 * What is to be published after a task succeeded: its callbacks, then the next step of its chain, each with the return value first.
 * @param inheritPriority `taskInheritParentPriority`
 */
export function successorsOf(message: TaskMessage, value: unknown, inheritPriority = false): TaskCall[] {
  const { callbacks, chain } = message.embed;
  if (!callbacks && !chain) return [];
  const priority = inheritPriority ? message.properties.priority : undefined;
  const inherited = { ...lineage(message), ...(priority === undefined ? {} : { priority }) };
  const calls = (callbacks ?? []).map((callback) => signatureCall(callback, [value], inherited));
  const next = chain?.at(-1);
  if (next) calls.push(signatureCall(next, [value], inherited, { chain: (chain ?? []).slice(0, -1) }));
  return calls;
}

/** What is to be published after a task failed: its errbacks, each with the id of the task. */
export function errbacksOf(message: TaskMessage): TaskCall[] {
  const inherited = lineage(message);
  return (message.embed.errbacks ?? []).map((errback) => signatureCall(errback, [message.headers.id], inherited));
}

/** The ids of the steps that will never run when this task fails: whoever waits for them must learn of it. */
export function abandonedSteps({ embed }: TaskMessage): string[] {
  return (embed.chain ?? []).map(({ options }) => options['task_id']).filter((id) => typeof id === 'string');
}

/** The first successor that is a group, chord or chain, or the chord that the task belongs to: not run here yet, and not to be dropped. */
export function compositeSuccessor({ embed }: TaskMessage): string | undefined {
  const { callbacks, errbacks, chain, chord } = embed;
  if (chord) return `the chord with body ${chord.task}`;
  return (callbacks?.find(isComposite) ?? errbacks?.find(isComposite) ?? chain?.find(isComposite))?.task;
}

/** A group, chord or chain; or a plain task that a chord or more steps hang on. */
function isComposite({ subtask_type: type, options }: SignatureJson): boolean {
  return type !== null || (options['chord'] ?? options['chain'] ?? null) !== null;
}

function lineage({ headers }: TaskMessage): { rootId: string; parentId: string } {
  return { rootId: headers.root_id ?? headers.id, parentId: headers.id };
}

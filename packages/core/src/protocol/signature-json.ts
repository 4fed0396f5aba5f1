/** A signature as it travels in `embed` and in the arguments of canvas tasks. Keys that we do not know are kept. */
export interface SignatureJson {
  task: string;
  args: unknown[];
  kwargs: Record<string, unknown>;
  options: Record<string, unknown>;
  subtask_type: string | null;
  immutable: boolean;
  [extra: string]: unknown;
}

/** What we use of `process`; a spec hands in its own. */
export interface ProcessHost {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  /** Does not come back in a real process. */
  exit(code: number): unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { write(text: string): unknown };
}

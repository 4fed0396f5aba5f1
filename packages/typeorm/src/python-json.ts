/** JSON text as Python's `json.dumps` writes it: `", "` between items, nothing but ASCII. */
export function pythonJson(value: string | null | readonly unknown[]): string {
  if (Array.isArray(value)) return `[${value.map((item: string | null | unknown[]) => pythonJson(item)).join(', ')}]`;
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

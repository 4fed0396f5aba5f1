/** Python's `fnmatch` as a regular expression: `*`, `?`, `[seq]` and `[!seq]`. */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replaceAll(/\*|\?|\[!?[^\]]+\]|[^*?[]|\[/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replace('[!', '[^').replaceAll('\\', '\\\\');
    return part.replaceAll(/[\\^$.|+(){}[\]/]/g, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`, 's');
}

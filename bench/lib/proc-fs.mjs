import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of the kernel's times; 100 a second on every Linux that Node runs on. */
export const TICK_US = 10_000;

/**
 * CPU time that a process and its children have used so far, in microseconds.
 * @param {number} pid
 */
export function cpuOfTree(pid) {
  return treeOf(pid).reduce((sum, each) => sum + cpuOf(each), 0);
}

/**
 * The same of one process; NaN for one that has ended.
 * @param {number} pid
 */
export function cpuOf(pid) {
  const fields = stat(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/**
 * Resident memory of one process in MB.
 * @param {number} pid
 */
export function rssOf(pid) {
  return megabytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS');
}

/**
 * Memory of a process and its children in MB, what they share counted once.
 * @param {number} pid
 */
export function pssOfTree(pid) {
  return treeOf(pid).reduce(
    (sum, each) => sum + megabytes(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'), 'Pss'),
    0,
  );
}

/**
 * @param {number} pid
 * @returns {number[]}
 */
function treeOf(pid) {
  const parents = readdirSync('/proc').flatMap((name) => {
    const parent = /^\d+$/.test(name) ? stat(Number(name))[1] : undefined;
    return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
  });
  const family = [pid];
  for (const member of family) family.push(...parents.filter(({ parent }) => parent === member).map(({ pid }) => pid));
  return family;
}

/**
 * The fields of /proc/PID/stat behind the name, which may hold spaces; none for a process that has ended.
 * @param {number} pid
 * @returns {string[]}
 */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/**
 * @param {string} text
 * @param {string} key
 */
function megabytes(text, key) {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
}

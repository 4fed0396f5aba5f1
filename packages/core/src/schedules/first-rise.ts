/** Seconds between two looks near a crossing. */
const STEP = 1_200;
/** Nearer to zero than this, a curve like the sun's may cross it and come back between two looks. */
const GRAZING = 0.1;

/** A height over time that never changes by more than `fastest` in a second. */
export interface Curve {
  heightAt(second: number): number;
  readonly fastest: number;
}

interface Point {
  readonly second: number;
  readonly height: number;
}

/** The first second after `from` at which the curve has come from below zero, or undefined when it does not within `seconds`. */
export function firstRise(curve: Curve, from: number, seconds: number): number | undefined {
  let before = pointAt(curve, from - STEP);
  let here = pointAt(curve, from);
  while (here.second < from + seconds) {
    const step = Math.max(STEP, Math.floor(Math.abs(here.height) / curve.fastest));
    const next = pointAt(curve, here.second + step);
    const bounds = riseWithin(curve, before, here, next, from);
    if (bounds !== undefined) return bisect(curve, bounds.below, bounds.above);
    before = here;
    here = next;
  }
  return undefined;
}

/** Two seconds between which the curve rises through zero. */
function riseWithin(curve: Curve, before: Point, here: Point, next: Point, from: number) {
  if (here.height < 0 && next.height >= 0) return { below: here.second, above: next.second };
  if (Math.abs(here.height) > GRAZING) return undefined;
  if (isTurn(before, here, next, -1)) {
    const top = turnOf(curve, before, next, -1);
    return top.height >= 0 && top.second > from
      ? { below: Math.max(before.second, from), above: top.second }
      : undefined;
  }
  if (isTurn(before, here, next, 1)) {
    const dip = turnOf(curve, before, next, 1);
    return dip.height < 0 && dip.second > from ? { below: dip.second, above: next.second } : undefined;
  }
  return undefined;
}

/** Whether all three are on one side of zero (1: above), and the middle one is the nearest to it. */
function isTurn(before: Point, here: Point, next: Point, side: 1 | -1): boolean {
  const [first, middle, last] = [before, here, next].map(({ height }) => height * side) as [number, number, number];
  const isAbove = side === 1 ? middle >= 0 : middle > 0;
  return isAbove && first >= middle && last >= middle;
}

/** The lowest point (side -1: the highest) between two, by ternary search. */
function turnOf(curve: Curve, from: Point, to: Point, side: 1 | -1): Point {
  let left = from.second;
  let right = to.second;
  while (right - left > 2) {
    const third = Math.max(1, Math.floor((right - left) / 3));
    const isLeftLower = curve.heightAt(left + third) * side < curve.heightAt(right - third) * side;
    if (isLeftLower) right -= third;
    else left += third;
  }
  return pointAt(curve, left + 1);
}

function bisect(curve: Curve, below: number, above: number): number {
  let [low, high] = [below, above];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (curve.heightAt(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}

function pointAt(curve: Curve, second: number): Point {
  return { second, height: curve.heightAt(second) };
}

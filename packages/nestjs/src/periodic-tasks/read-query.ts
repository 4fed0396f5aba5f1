import { BadRequestException } from '@nestjs/common';

/** One value of a query, as it stands in the URL; one that is given twice is a list, and refused. */
export type QueryValue = string | readonly string[] | undefined;

export interface WholeNumber {
  /** When it is not given. */
  readonly otherwise: number;
  readonly most: number;
}

/** A whole number of a query. @throws BadRequestException */
export function wholeNumberOf(name: string, given: QueryValue, { otherwise, most }: WholeNumber): number {
  const text = textOf(name, given);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new BadRequestException(`${name} is '${text}': give a whole number, ${most} at most.`);
}

/** `true` or `false`; undefined when it is not given. @throws BadRequestException */
export function booleanOf(name: string, given: QueryValue): boolean | undefined {
  const text = textOf(name, given);
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new BadRequestException(`${name} is '${text}': give true or false.`);
}

/** A text; undefined when it is not given, or empty. @throws BadRequestException for several, or one that no database can hold */
export function textOf(name: string, given: QueryValue): string | undefined {
  if (given === undefined || given === '') return undefined;
  if (typeof given !== 'string') throw new BadRequestException(`${name} is given more than once: give one.`);
  if (given.includes('\0')) throw new BadRequestException(`${name}: null characters are not allowed.`);
  return given;
}

import { BadRequestException } from '@nestjs/common';

export interface WholeNumber {
  /** When it is not given. */
  readonly otherwise: number;
  readonly most: number;
}

/** A whole number of a query. @throws BadRequestException */
export function wholeNumberOf(name: string, text: string | undefined, { otherwise, most }: WholeNumber): number {
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new BadRequestException(`${name} is '${text}': give a whole number, ${most} at most.`);
}

/** `true` or `false`; undefined when it is not given. @throws BadRequestException */
export function booleanOf(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new BadRequestException(`${name} is '${text}': give true or false.`);
}

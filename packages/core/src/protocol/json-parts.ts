const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/**
 * The texts of args and kwargs in a body `[args, kwargs, embed]` that was decoded before, exactly as the sender wrote them: what a handler has
 * changed since does not show. Undefined where they take more than `maxBytes` together, or the body is not of this form; looks no further than that.
 */
export function callTexts(body: Buffer, maxBytes: number): { args: string; kwargs: string } | undefined {
  const start = skipSpace(body, 0);
  if (body[start] !== OPEN_BRACKET) return undefined;
  const limit = Math.min(body.length, start + maxBytes + SEPARATORS);
  const args = container(body, start + 1, limit);
  if (!args) return undefined;
  const comma = skipSpace(body, args.end);
  const kwargs = body[comma] === COMMA ? container(body, comma + 1, limit) : undefined;
  if (!kwargs || args.end - args.start + kwargs.end - kwargs.start > maxBytes) return undefined;
  return {
    args: body.toString('utf8', args.start, args.end),
    kwargs: body.toString('utf8', kwargs.start, kwargs.end),
  };
}

/** The opening bracket, the comma, and white space around them. */
const SEPARATORS = 64;

/** From the first bracket to the one that closes it. */
function container(body: Buffer, from: number, limit: number): { start: number; end: number } | undefined {
  const start = skipSpace(body, from);
  let depth = 0;
  for (let index = start; index < limit; index++) {
    const byte = body[index];
    if (byte === QUOTE) index = closingQuote(body, index, limit);
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) depth++;
    else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
    if (depth === 0) return index === start ? undefined : { start, end: index + 1 };
  }
  return undefined;
}

function closingQuote(body: Buffer, start: number, limit: number): number {
  let index = start + 1;
  for (; index < limit && body[index] !== QUOTE; index++) if (body[index] === BACKSLASH) index++;
  return index;
}

function skipSpace(body: Buffer, from: number): number {
  let index = from;
  while ((body[index] ?? QUOTE) <= SPACE) index++;
  return index;
}

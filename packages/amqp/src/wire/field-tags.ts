const code = (letter: string) => letter.charCodeAt(0);

/** The byte that stands before a value in a field table: what RabbitMQ, py-amqp and the other clients write. */
export const Tag = {
  boolean: code('t'),
  int8: code('b'),
  uint8: code('B'),
  int16: code('s'),
  /** py-amqp's name for `s`. */
  int16Python: code('U'),
  uint16: code('u'),
  int32: code('I'),
  uint32: code('i'),
  int64: code('l'),
  /** py-amqp's name for `l`; amqplib does not know it. */
  int64Python: code('L'),
  float: code('f'),
  double: code('d'),
  decimal: code('D'),
  longText: code('S'),
  bytes: code('x'),
  array: code('A'),
  table: code('F'),
  timestamp: code('T'),
  none: code('V'),
} as const;

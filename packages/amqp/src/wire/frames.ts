/** AMQP 0-9-1 on the wire: `type u8 · channel u16 · size u32 · payload · 0xCE`. Only what carries messages is here; amqplib does the rest. */
export const FRAME_HEADER_BYTES = 7;
export const FRAME_OVERHEAD_BYTES = 8;
export const FRAME_END = 0xce;

export const FrameType = { method: 1, header: 2, body: 3 } as const;

export const BASIC_CLASS = 60;

/** Methods of the class `basic`. */
export const BasicMethod = { publish: 40, return: 50, deliver: 60, ack: 80, nack: 120 } as const;

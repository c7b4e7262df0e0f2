/** Numbers of AMQP 0-9-1 that are neither methods nor field types: frame types, reply codes (spec 1.2, 2.3.5, 4.2). */

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;
/** The octet that closes every frame. */
export const FRAME_END = 0xce;
/** Octets of a frame around its payload: type, channel, size before it, the end octet behind it. */
export const FRAME_OVERHEAD = 8;
/** Smallest frame-max a peer may negotiate; also the limit before tuning (spec 4.2.2). */
export const FRAME_MIN_SIZE = 4096;

/** `AMQP` 0 0 9 1: what a client sends first, and what a server answers to anything else. */
export const PROTOCOL_HEADER: readonly number[] = [0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1];

export interface ReplyCode {
  readonly code: number;
  readonly name: string;
  /** A hard error closes the connection, a soft one the channel. */
  readonly hard: boolean;
}

function soft(code: number, name: string): ReplyCode {
  return { code, name, hard: false };
}

function hard(code: number, name: string): ReplyCode {
  return { code, name, hard: true };
}

export const REPLY = {
  contentTooLarge: soft(311, 'CONTENT_TOO_LARGE'),
  noRoute: soft(312, 'NO_ROUTE'),
  noConsumers: soft(313, 'NO_CONSUMERS'),
  connectionForced: hard(320, 'CONNECTION_FORCED'),
  invalidPath: hard(402, 'INVALID_PATH'),
  accessRefused: soft(403, 'ACCESS_REFUSED'),
  notFound: soft(404, 'NOT_FOUND'),
  resourceLocked: soft(405, 'RESOURCE_LOCKED'),
  preconditionFailed: soft(406, 'PRECONDITION_FAILED'),
  frameError: hard(501, 'FRAME_ERROR'),
  syntaxError: hard(502, 'SYNTAX_ERROR'),
  commandInvalid: hard(503, 'COMMAND_INVALID'),
  channelError: hard(504, 'CHANNEL_ERROR'),
  unexpectedFrame: hard(505, 'UNEXPECTED_FRAME'),
  resourceError: hard(506, 'RESOURCE_ERROR'),
  notAllowed: hard(530, 'NOT_ALLOWED'),
  notImplemented: hard(540, 'NOT_IMPLEMENTED'),
  internalError: hard(541, 'INTERNAL_ERROR'),
} as const;

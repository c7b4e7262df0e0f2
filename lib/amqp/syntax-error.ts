/** Octets that cannot be read as AMQP 0-9-1. The broker answers with a connection-level FRAME_ERROR (501). */
export class AmqpSyntaxError extends Error {
  override readonly name: string = 'AmqpSyntaxError';
}

/** Readable, but beyond a limit of ours; answered with SYNTAX_ERROR (502) and the limit. */
export class AmqpLimitError extends AmqpSyntaxError {
  override readonly name = 'AmqpLimitError';
}

/** A text of a method that is not UTF-8. */
export class AmqpTextError extends AmqpSyntaxError {
  override readonly name = 'AmqpTextError';
}

/** What channel.close and connection.close say: codes, texts cut to a short string, octets as RabbitMQ prints them. */
import { FRAME_METHOD, REPLY } from '../amqp/constants';
import type { ArgsOf } from '../amqp/methods';
import { AmqpLimitError, AmqpTextError, type AmqpSyntaxError } from '../amqp/syntax-error';
import { printedBinary } from './erlang-term';
import { ProtocolError } from './errors';

/** RabbitMQ cuts reply texts that do not fit a short string. */
const TEXT_MAX = 255;

/** `method`: class and method id in one integer, 0 for none. */
export function closeArgs(replyCode: number, text: string, method: number): ArgsOf<'connection.close'> {
  const bytes = Buffer.from(text, 'utf8');
  const replyText = bytes.length <= TEXT_MAX ? text : `${bytes.toString('utf8', 0, TEXT_MAX - 3)}...`;
  return { replyCode, replyText, classId: method >>> 16, methodId: method & 0xffff };
}

/** As RabbitMQ prints them; no more than a reply text can hold. */
export function printedOctets(bytes: Buffer, from: number, to: number): string {
  return printedBinary(bytes.subarray(from, Math.min(to, from + TEXT_MAX)));
}

/** The error for a frame (from `o` to `next`) that could not be read. */
export function undecodable(error: AmqpSyntaxError, bytes: Buffer, o: number, next: number): ProtocolError {
  if (error instanceof AmqpLimitError) return new ProtocolError(REPLY.syntaxError, error.message);
  if (error instanceof AmqpTextError) return new ProtocolError(REPLY.frameError, error.message, false);
  const from = bytes[o] === FRAME_METHOD ? o + 11 : o + 7;
  const list = [...bytes.subarray(from, Math.min(next - 1, from + TEXT_MAX))].join(',');
  return new ProtocolError(REPLY.frameError, `cannot decode <<${list}>>`);
}

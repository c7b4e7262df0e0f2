/**
 * Protocol errors of a peer: thrown by a method's handler, caught by the connection, sent as channel.close or
 * connection.close with the class and method that caused them (spec 4.10, RabbitMQ's texts).
 */
import { REPLY, type ReplyCode } from '../amqp/constants';

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  constructor(
    readonly reply: ReplyCode,
    /** The part behind `NAME - ` in the reply text. */
    readonly detail: string,
    /** False where RabbitMQ names no class and method (errors of framing). */
    readonly namesMethod: boolean = true,
  ) {
    super(`${reply.name} - ${detail}`);
  }
}

/** RabbitMQ calls a queue or exchange by kind, name and vhost in every text. */
export function called(kind: 'queue' | 'exchange', name: string, vhost: string): string {
  return `${kind} '${name}' in vhost '${vhost}'`;
}

export function preconditionFailed(detail: string): ProtocolError {
  return new ProtocolError(REPLY.preconditionFailed, detail);
}

export function notFound(detail: string): ProtocolError {
  return new ProtocolError(REPLY.notFound, detail);
}

export function accessRefused(detail: string): ProtocolError {
  return new ProtocolError(REPLY.accessRefused, detail);
}

export function notImplemented(detail: string): ProtocolError {
  return new ProtocolError(REPLY.notImplemented, detail);
}

export function homeDown({ name, home, vhost }: { name: string; home: string; vhost: { name: string } }): ProtocolError {
  return notFound(`home node '${home}' of durable ${called('queue', name, vhost.name)} is down or inaccessible`);
}

export function lockedQueue(name: string, vhost: string): ProtocolError {
  return new ProtocolError(
    REPLY.resourceLocked,
    `cannot obtain exclusive access to locked ${called('queue', name, vhost)}. It could be originally declared on another ` +
      'connection or the exclusive property value does not match that of the original declaration.',
  );
}

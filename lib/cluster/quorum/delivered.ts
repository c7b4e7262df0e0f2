/**
 * A message as consumers of a quorum queue get it: with the number of times that it came back, whatever its publisher wrote
 * there, and its headers sorted by name, as RabbitMQ leaves them.
 */
import { field, type FieldTable } from '../../amqp/field-table';
import type { Message } from '../../broker/message';

const HEADER = 'x-delivery-count';

export function withDeliveryCount(message: Message, returns: number): Message {
  const properties = message.properties();
  const counted = new Map(properties.headers).set(HEADER, field.long(returns));
  const headers: FieldTable = new Map([...counted].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  return message.readdressed(message.destination, { ...properties, headers }, { ...message.traits, headers });
}

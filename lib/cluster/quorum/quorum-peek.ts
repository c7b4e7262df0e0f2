/** A message of a quorum queue as the tools show it (`rabbitmq-queues peek`): its properties by name. */
import { type Field, type FieldTable, plainField } from '../../amqp/field-table';
import type { Properties } from '../../amqp/properties';
import { printedBinary, printedTerm, shownTerm } from '../../broker/erlang-term';
import type { Message } from '../../broker/message';

/** `json`: the value in JSON. */
export interface Shown {
  readonly name: string;
  readonly text: string;
  readonly json: unknown;
}

/** In the order in which RabbitMQ tells them. */
const PROPERTIES: ReadonlyArray<readonly [string, keyof Properties]> = [
  ['cluster_id', 'clusterId'],
  ['app_id', 'appId'],
  ['user_id', 'userId'],
  ['type', 'type'],
  ['timestamp', 'timestamp'],
  ['message_id', 'messageId'],
  ['expiration', 'expiration'],
  ['reply_to', 'replyTo'],
  ['correlation_id', 'correlationId'],
  ['priority', 'priority'],
  ['delivery_mode', 'deliveryMode'],
  ['content_encoding', 'contentEncoding'],
  ['content_type', 'contentType'],
];

/** Octets of the body that are shown. */
const PAYLOAD_MAX = 64;

export function shownMessage(message: Message): readonly Shown[] {
  const properties = message.properties();
  const { exchange, routingKey } = message.destination;
  const payload = payloadText(message.body().subarray(0, PAYLOAD_MAX));
  return [
    ...PROPERTIES.flatMap(([name, key]) => {
      const value = properties[key] as string | number | undefined;
      return value === undefined ? [] : [{ name, text: String(value), json: value }];
    }),
    { name: 'routing_keys', text: routingKey, json: [routingKey] },
    { name: 'exchange', text: exchange, json: exchange },
    { name: `payload (max ${PAYLOAD_MAX} bytes)`, text: payload, json: payload },
    ...[...(properties.headers ?? [])].map(([key, field]) => shownHeader(`header.${key}`, field)),
  ];
}

function payloadText(octets: Buffer): string {
  const text = octets.toString('utf8');
  const printable = Buffer.from(text, 'utf8').equals(octets) && !/[^\P{C}\s]/u.test(text);
  return printable ? text : printedBinary(octets);
}

function shownHeader(name: string, field: Field): Shown {
  if (field.kind === 'array') {
    const items = field.value as readonly Field[];
    const text = items.map((item) => `{${item.kind},${printedTerm(item)}}`).join('');
    return { name, text, json: Object.fromEntries(items.map((item) => [item.kind, plainField(item)])) };
  }
  if (field.kind === 'table') {
    const entries = [...(field.value as FieldTable)];
    const term = (entry: (typeof entries)[number]): string =>
      printedTerm({ kind: 'table', value: new Map([entry]) }).slice(1, -1);
    return { name, text: entries.map(term).join(''), json: entries.map(([key, one]) => [key, one.kind, plainField(one)]) };
  }
  return { name, text: shownTerm(field), json: plainField(field) };
}

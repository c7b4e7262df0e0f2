/**
 * Frames as lines of text, the same for both engines and for every run: what a server makes up (names, tags, keys, times,
 * what it says about itself) is replaced by `*`. Fields that have their type's empty value are left out.
 *
 *     C 1 queue.declare queue="q" passive
 *     S 1 channel.close replyCode=404 replyText="NOT_FOUND - no queue 'q' in vhost '/'" classId=50 methodId=10
 */
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD } from '../../../lib/amqp/constants';
import type { Field, FieldTable } from '../../../lib/amqp/field-table';
import type { Frame } from '../../../lib/amqp/frame-decoder';
import { decodeMethod } from '../../../lib/amqp/method-codec';
import type { Method } from '../../../lib/amqp/methods';
import { HEADER_FIXED_SIZE, readProperties } from '../../../lib/amqp/properties';

/** `C` for what the client sent, `S` for what the server sent. */
export type Sender = 'C' | 'S';

/** Server properties that must be there, but say what each server is. */
const SELF_DESCRIPTION = new Set(['cluster_name', 'copyright', 'information', 'platform', 'product', 'version']);

const MADE_UP: ReadonlyArray<readonly [RegExp, string]> = [
  [/amq\.gen-[A-Za-z0-9_-]+/g, 'amq.gen-*'],
  [/amq\.ctag-[A-Za-z0-9_-]+/g, 'amq.ctag-*'],
  [/amq\.rabbitmq\.reply-to\.[A-Za-z0-9_=+/.-]+/g, 'amq.rabbitmq.reply-to.*'],
];

export function normalised(text: string): string {
  return MADE_UP.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

export function describeFrame(sender: Sender, frame: Frame): string {
  return normalised(`${sender} ${frame.channel} ${describePayload(frame)}`);
}

export function describeBytes(sender: Sender, bytes: Buffer): string {
  return `${sender} - bytes ${bytes.length > 64 ? `${bytes.length} octets` : bytes.toString('hex')}`;
}

function describePayload({ type, payload }: Frame): string {
  if (type === FRAME_HEARTBEAT) return 'heartbeat';
  if (type === FRAME_BODY)
    return `body ${payload.length} ${payload.length > 64 ? '...' : JSON.stringify(payload.toString('utf8'))}`;
  if (type === FRAME_HEADER && payload.length >= HEADER_FIXED_SIZE) return describeHeader(payload);
  if (type !== FRAME_METHOD) return `frame of type ${type}, ${payload.length} octets`;
  const method = decodeMethod(payload, 0, payload.length);
  return method === null ? `unknown method ${payload.toString('hex')}` : describeMethod(method);
}

export function describeMethod({ name, args }: Method): string {
  const fields = Object.entries(args).map(([key, value]) =>
    key === 'serverProperties' ? describeServer(value) : describeArgument(key, value),
  );
  return [name, ...fields.filter((text) => text !== '')].join(' ');
}

function describeArgument(key: string, value: unknown): string {
  if (value === false || value === 0 || value === '') return '';
  if (value === true) return key;
  if (value instanceof Map) return value.size === 0 ? '' : `${key}=${describeTable(value)}`;
  if (Buffer.isBuffer(value)) return value.length === 0 ? '' : `${key}=${JSON.stringify(value.toString('utf8'))}`;
  return `${key}=${JSON.stringify(value)}`;
}

function describeServer(table: FieldTable): string {
  const sorted = [...table].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([key, value]) =>
    SELF_DESCRIPTION.has(key) ? `${key}=${value.kind} *` : `${key}=${describeField(value, true)}`,
  );
  return `serverProperties={${lines.join(', ')}}`;
}

function describeTable(table: FieldTable, sort = false): string {
  const entries = sort ? [...table].sort(([a], [b]) => (a < b ? -1 : 1)) : [...table];
  return `{${entries.map(([key, value]) => `${key}=${describeField(value, sort)}`).join(', ')}}`;
}

function describeField({ kind, value }: Field, sort = false): string {
  if (kind === 'table') return describeTable(value as FieldTable, sort);
  if (kind === 'array') return `[${(value as readonly Field[]).map((item) => describeField(item, sort)).join(', ')}]`;
  if (kind === 'timestamp') return 'timestamp *';
  if (kind === 'void') return 'void';
  return `${kind} ${typeof value === 'bigint' ? value : JSON.stringify(value)}`;
}

function describeHeader(payload: Buffer): string {
  const bodySize = Number(payload.readBigUInt64BE(4));
  const head = `header class=${payload.readUInt16BE(0)} size=${bodySize}`;
  const properties = readProperties(payload, payload.readUInt16BE(12), HEADER_FIXED_SIZE, payload.length);
  const fields = Object.entries(properties).map(
    ([key, value]) => describeArgument(key, value) || `${key}=${JSON.stringify(value)}`,
  );
  return [head, ...fields].join(' ');
}

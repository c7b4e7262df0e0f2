/**
 * The key under which the log knows the streams of a durable queue. It is among the definitions, and the storage's own: who reads
 * the definitions does not see it.
 */
const PREFIX = 'streams ';

export interface StreamsOfQueue {
  /** Stream of the first lane; the others follow in a row. */
  readonly first: number;
  readonly lanes: number;
}

/** `id`: JSON of vhost and name. */
export function streamsKey(id: string): string {
  return PREFIX + id;
}

export function isStreamsKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

export function streamsOf(value: Buffer): StreamsOfQueue {
  return JSON.parse(value.toString()) as StreamsOfQueue;
}

/** Vhost and name of the queue that each stream belongs to; none for any other key. */
export function queueOfStreamsKey(key: string, value: Buffer): (readonly [stream: number, queue: readonly [string, string]])[] {
  if (!isStreamsKey(key)) return [];
  const queue = JSON.parse(key.slice(PREFIX.length)) as [string, string];
  const { first, lanes } = streamsOf(value);
  return Array.from({ length: lanes }, (_, lane) => [first + lane, queue] as const);
}

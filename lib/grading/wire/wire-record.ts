/** What passed between a program and its broker, method by method: what checks are made of. Plain data. */

export interface WireRecord {
  /** Place in the history of the run, from 0. */
  readonly index: number;
  /** Milliseconds since the run began. */
  readonly at: number;
  /** Which program, by the name that the scenario gave it. */
  readonly program: string;
  /** From 1, in the order in which connections were made in this run. */
  readonly connection: number;
  readonly channel: number;
  readonly from: 'program' | 'broker';
  /** As in the specification, `basic.publish`; `tcp.open` and `tcp.end` for the connection under it. */
  readonly method: string;
  /** Its fields by their names in amqp/methods.ts, tables as plain objects; of `tcp.end`: `by` (program, broker, network). */
  readonly args: Readonly<Record<string, unknown>>;
  /** The connection was cut at this very method: it left its sender and did not arrive. */
  readonly cut: boolean;
  /** Of methods that carry a message. */
  readonly content?: WireContent;
}

export interface WireContent {
  /** By their names in amqp/properties.ts; headers as a plain object. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Clients of a lab, for tests. */
import amqp, { type ChannelModel } from 'amqplib';
import type { Lab } from '../../../lib/lab/lab';

/** A client that survives the end of its connection. */
export async function connect(lab: Lab, name = 'client', node?: string): Promise<ChannelModel> {
  const connection = await amqp.connect(lab.url(node), { clientProperties: { connection_name: name } });
  connection.on('error', () => undefined);
  return connection;
}

/** Resolves when the connection is gone. */
export function closed(connection: ChannelModel): Promise<void> {
  return new Promise((resolve) => connection.once('close', () => resolve()));
}

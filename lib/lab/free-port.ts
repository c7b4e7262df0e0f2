/**
 * Ports for what is stopped and started again. Those that the system chooses it also gives to outgoing connections, so one of
 * them may be taken while its server is down; these lie below.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';

const HOST = '127.0.0.1';
/** Linux takes ports for outgoing connections from 32768 on, others from 49152 on. */
const FIRST = 16_000;
const LAST = 32_000;
const ATTEMPTS = 50;

/** A TCP port on 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await listenedOn(randomInt(FIRST, LAST)).catch(() => null);
    if (port !== null) return port;
  }
  return listenedOn(0);
}

/** The port, free again. Rejects if somebody listens on it. */
async function listenedOn(wanted: number): Promise<number> {
  const server = net.createServer().listen(wanted, HOST);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

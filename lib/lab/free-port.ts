/**
 * Ports for what is stopped and started again. Those that the system chooses it also gives to outgoing connections, so one of
 * them may be taken while its server is down; these lie below.
 */
import { once } from 'node:events';
import * as net from 'node:net';

const HOST = '127.0.0.1';
/** Linux takes ports for outgoing connections from 32768 on, others from 49152 on. */
const FIRST = 16_000;
const LAST = 32_000;
const ATTEMPTS = 50;

/** A TCP port on 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listenAnywhere(server, HOST);
  server.close();
  await once(server, 'close');
  return port;
}

/** Listens on such a port, and gives it. */
export async function listenAnywhere(server: net.Server, host: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await listenAt(server, FIRST + Math.floor(Math.random() * (LAST - FIRST)), host).catch(() => null);
    if (port !== null) return port;
  }
  return listenAt(server, 0, host);
}

/** Listens, and gives the port. Rejects if somebody else listens on it. */
export function listenAt(server: net.Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => {
      server.off('listening', listens);
      reject(error);
    };
    const listens = (): void => {
      server.off('error', refused);
      resolve((server.address() as net.AddressInfo).port);
    };
    server.once('error', refused).once('listening', listens).listen(port, host);
  });
}

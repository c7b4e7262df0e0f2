/**
 * Which clients of a lab live in this process? Node tells of every socket that is opened (diagnostics channel
 * `net.client.socket`). Two things depend on it: how long silence must last to mean quiet (quiet.ts), and Nagle's
 * algorithm, which is switched off on sockets that lead to a lab. amqplib leaves it on; a client that writes two small
 * frames in a row would then wait 40 ms for the acknowledgement of the first (Linux delays those), and an instant of a
 * clock that is being wound would take as long.
 */
import { channel as diagnosticsChannel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const sockets = new Set<WeakRef<Socket>>();
const labPorts = new Set<number>();
let watching = false;

/** From now on sockets that this process opens are known. Called before the first lab accepts clients. */
export function watchOwnSockets(): void {
  if (watching) return;
  watching = true;
  diagnosticsChannel('net.client.socket').subscribe((message) => {
    const { socket } = message as { socket: Socket };
    const entry = new WeakRef(socket);
    sockets.add(entry);
    socket.once('connect', () => {
      // After the client's own listeners: amqplib asks for the delay there.
      if (labPorts.has(socket.remotePort ?? 0)) process.nextTick(() => socket.setNoDelay(true));
    });
    socket.once('close', () => sockets.delete(entry));
  });
}

/** A lab listens on this port, until the function that is returned is called. */
export function leadsToLab(port: number): () => void {
  labPorts.add(port);
  return () => labPorts.delete(port);
}

/** Local ports of the sockets that this process has opened. */
export function ownPorts(): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const entry of sockets) {
    const socket = entry.deref();
    if (socket === undefined) sockets.delete(entry);
    else if (socket.localPort !== undefined) ports.add(socket.localPort);
  }
  return ports;
}

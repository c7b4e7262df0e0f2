/** The two ways in which a program leaves a connection of the operating system at once, as its peer sees them. */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import * as net from 'node:net';
import { LiveWorld } from '../../../lib/world/live';
import type { Link } from '../../../lib/world/world';

/** What a peer that reads nothing until then finds on a connection on which `late` was said before it was left. */
async function found(leave: (link: Link) => void): Promise<{ readonly text: string; readonly reset: boolean }> {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const accepted = once(server, 'connection');
  let closed = (): void => undefined;
  const left = new Promise<void>((resolve) => (closed = resolve));
  let opened = (): void => undefined;
  const open = new Promise<void>((resolve) => (opened = resolve));
  const handler = { onOpen: () => opened(), onBytes: () => undefined, onDrain: () => undefined, onClose: () => closed() };
  const link = new LiveWorld().net.dial({ host: '127.0.0.1', port }, handler);
  const [peer] = (await accepted) as [net.Socket];
  await open;
  const at = link.reserve(4);
  link.out.write('late', at, 'latin1');
  leave(link);
  await left;
  let text = '';
  let reset = false;
  peer.on('data', (chunk) => (text += chunk.toString('latin1')));
  peer.on('error', () => (reset = true));
  peer.resume();
  await once(peer, 'close').catch(() => once(peer, 'close'));
  server.close();
  return { text, reset };
}

describe('a link of the operating system', () => {
  it('that is released still delivers what was said, and ends in order', async () => {
    assert.deepEqual(await found((link) => link.release()), { text: 'late', reset: false });
  });

  it('that is aborted delivers nothing more, and is reset', async () => {
    assert.deepEqual(await found((link) => link.abort()), { text: '', reset: true });
  });
});

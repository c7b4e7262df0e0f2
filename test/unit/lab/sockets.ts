/** Plain TCP ends for tests of the relay: what they got so far, and waiting for more without sleeping. */
import { once } from 'node:events';
import * as net from 'node:net';

export class End {
  got = '';
  /** 'end' after an orderly end of the stream, an error code after a reset. */
  closedBy: string | null = null;

  constructor(readonly socket: net.Socket) {
    socket.on('data', (chunk) => (this.got += chunk.toString('latin1')));
    socket.on('end', () => (this.closedBy ??= 'end'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.closedBy ??= error.code ?? 'error'));
  }

  static async connect(port: number, options: Partial<net.TcpNetConnectOpts> = {}): Promise<End> {
    const socket = net.connect({ host: '127.0.0.1', port, ...options });
    await once(socket, 'connect');
    return new End(socket);
  }

  /** Resolves when exactly this much was received; rejects if something else came. */
  async has(text: string): Promise<void> {
    while (this.got.length < text.length) await once(this.socket, 'data');
    if (this.got !== text) throw new Error(`got ${JSON.stringify(this.got)} instead of ${JSON.stringify(text)}`);
  }

  async closed(): Promise<string | null> {
    if (!this.socket.destroyed) await once(this.socket, 'close').catch(() => undefined);
    return this.closedBy;
  }
}

/** A server that hands out the ends of its connections. */
export class Server {
  readonly ends: End[] = [];
  port = 0;
  private readonly server: net.Server;

  private constructor(options: net.ServerOpts) {
    this.server = net.createServer(options, (socket) => {
      this.ends.push(new End(socket));
      this.server.emit('end-of-line', undefined);
    });
  }

  static async listen(options: net.ServerOpts = {}): Promise<Server> {
    const server = new Server(options);
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    server.port = (server.server.address() as net.AddressInfo).port;
    return server;
  }

  /** The connection with this number, from 0. */
  async end(number = 0): Promise<End> {
    while (this.ends.length <= number) await once(this.server, 'end-of-line');
    return this.ends[number] as End;
  }

  close(): void {
    this.server.close();
    for (const { socket } of this.ends) socket.destroy();
  }
}

/** A few rounds of the event loop: enough for bytes between sockets of this process that nothing holds back. */
export async function rounds(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The control socket of a node process: carries out what tools and labs ask. */
import { timingSafeEqual } from 'node:crypto';
import * as fs from 'node:fs';
import * as net from 'node:net';
import type { Output } from '../control/output';
import type { Snapshot } from '../trace/snapshot';
import { type Answer, type Hello, lineReader, type Order, type Request, type ToolCall } from './control-wire';

/** What can be asked of a node. */
export interface Controlled {
  readonly nodename: string;
  /** A tool has stopped the node. */
  readonly ending: boolean;
  run(call: ToolCall): Promise<Output>;
  snapshot(vhost: string, at: number): Snapshot;
  setAlarm(resource: 'memory' | 'disk', on: boolean): void;
}

export class ControlServer {
  private constructor(
    private readonly server: net.Server,
    private readonly callers: ReadonlySet<net.Socket>,
  ) {}

  /** Listens on the socket; its folder must be held by this process. */
  static async listen(socket: string, cookie: string, node: Controlled): Promise<ControlServer> {
    // Left by a process that could not clean up.
    fs.rmSync(socket, { force: true });
    const callers = new Set<net.Socket>();
    const server = net.createServer((connection) => {
      callers.add(connection.once('close', () => callers.delete(connection)));
      serve(connection, cookie, node);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socket, resolve);
    });
    return new ControlServer(server, callers);
  }

  /** Resolves when no caller is connected, or after so many milliseconds. */
  async quiet(limitMs: number): Promise<void> {
    const gone = [...this.callers].map((caller) => new Promise((resolve) => caller.once('close', resolve)));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([Promise.all(gone), late]);
    clearTimeout(timer);
  }

  /** New callers are refused; those that are being answered are answered. */
  close(): void {
    this.server.close();
  }
}

function serve(connection: net.Socket, cookie: string, node: Controlled): void {
  const hello: Hello = { node: node.nodename };
  connection.on('error', () => connection.destroy());
  connection.setEncoding('utf8').write(`${JSON.stringify(hello)}\n`);
  const onLine = async (line: string): Promise<void> => {
    for (const answer of await answersTo(line, cookie, node)) connection.write(`${JSON.stringify(answer)}\n`);
    connection.end();
  };
  connection.on(
    'data',
    lineReader((line) => void onLine(line)),
  );
}

async function answersTo(line: string, cookie: string, node: Controlled): Promise<readonly Answer[]> {
  try {
    const { cookie: shown, ...order } = JSON.parse(line) as Request;
    if (!equal(String(shown), cookie)) return [{ refused: 'the cookie is not the one of this node' }];
    return await carryOut(order, node);
  } catch (error) {
    return [{ refused: (error as Error).message }];
  }
}

async function carryOut(order: Order, node: Controlled): Promise<readonly Answer[]> {
  switch (order.kind) {
    case 'tool': {
      const { exitCode, stdout, stderr } = await node.run(order);
      return [{ stdout }, { stderr }, { exitCode, ending: node.ending }];
    }
    case 'snapshot':
      return [{ snapshot: node.snapshot(order.vhost, order.at) }];
    case 'alarm':
      node.setAlarm(order.resource, order.on);
      return [{ done: true }];
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

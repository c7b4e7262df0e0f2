/** Asks a node process through its control socket. */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Output } from '../control/output';
import type { Snapshot } from '../trace/snapshot';
import { type Answer, type Hello, lineReader, type Order, type ToolCall } from './control-wire';
import type { RuntimeFolder } from './runtime-folder';

/** A node that says nothing within this time does not answer: it is paused, or stuck. Erlang's nodes wait as long. */
const HELLO_MS = 7000;
/** A node that was stopped goes within this time, looked for so often. */
const END_MS = 5000;
const LOOK_MS = 5;

/** The node does not answer, or does not accept this caller. */
export class NodeUnreachable extends Error {
  override readonly name = 'NodeUnreachable';
}

export class ControlClient {
  constructor(
    private readonly runtime: RuntimeFolder,
    readonly nodename: string,
    private readonly helloMs = HELLO_MS,
  ) {}

  /**
   * Runs a tool in the node, handing on its output as it comes; resolves with its exit code, after the node's end if the tool
   * has stopped it. Rejects with `NodeUnreachable`.
   */
  async run(call: ToolCall, onOutput: (piece: Partial<Output>) => void): Promise<number> {
    let exit: { readonly exitCode: number; readonly ending: boolean } | null = null;
    await this.ask({ kind: 'tool', ...call }, (answer) => {
      if ('exitCode' in answer) exit = answer;
      else if ('stdout' in answer || 'stderr' in answer) onOutput(answer);
    });
    if (exit === null) throw this.unreachable('it went down meanwhile');
    const { exitCode, ending } = exit;
    for (const deadline = Date.now() + END_MS; ending && Date.now() < deadline; await delay(LOOK_MS)) {
      if (this.runtime.holder(this.nodename) === null) break;
    }
    return exitCode;
  }

  async snapshot(vhost: string, at: number): Promise<Snapshot> {
    let snapshot: Snapshot | null = null;
    await this.ask({ kind: 'snapshot', vhost, at }, (answer) => {
      if ('snapshot' in answer) snapshot = answer.snapshot;
    });
    if (snapshot === null) throw this.unreachable('it went down meanwhile');
    return snapshot;
  }

  async setAlarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    await this.ask({ kind: 'alarm', resource, on }, () => undefined);
  }

  /** Resolves when the node has said all it has to say. */
  private async ask(order: Order, onAnswer: (answer: Answer) => void): Promise<void> {
    // A node that has just begun has a name, and not yet a socket.
    const deadline = Date.now() + this.helloMs;
    while (Date.now() < deadline && this.runtime.holder(this.nodename) !== null) {
      if (fs.existsSync(this.runtime.socketOf(this.nodename))) break;
      await delay(LOOK_MS);
    }
    return this.askOnce(order, onAnswer);
  }

  private askOnce(order: Order, onAnswer: (answer: Answer) => void): Promise<void> {
    const cookie = this.runtime.cookie();
    return new Promise((resolve, reject) => {
      const socket = net.connect(this.runtime.socketOf(this.nodename)).setEncoding('utf8');
      const fail = (reason: string): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(this.unreachable(reason));
      };
      const timer = setTimeout(() => fail('it does not answer'), this.helloMs);
      let greeted = false;
      const onLine = (line: string): void => {
        const message = JSON.parse(line) as Hello | Answer;
        if (!greeted) {
          greeted = true;
          clearTimeout(timer);
          socket.write(`${JSON.stringify({ cookie, ...order })}\n`);
        } else if ('refused' in message) fail(message.refused);
        else onAnswer(message as Answer);
      };
      socket.on('data', lineReader(onLine));
      socket.on('error', (error) => fail(error.message));
      socket.on('end', () => {
        if (greeted) resolve();
        else fail('it ended the connection');
      });
    });
  }

  private unreachable(reason: string): NodeUnreachable {
    return new NodeUnreachable(`${this.nodename} cannot be reached: ${reason}`);
  }
}

/** What the log tells of one connection, in RabbitMQ's words. */
import { methodName } from '../amqp/methods';
import type { Log, LogLevel } from '../world/world';
import type { ProtocolError } from './errors';

/** As far as it is known yet. */
export interface ConnectionFacts {
  /** `127.0.0.1:50000 -> 127.0.0.1:5672` */
  readonly address: string;
  /** `connection_name` of the client, or ''. */
  readonly clientName: string;
  readonly user: string;
  /** '' before the vhost is entered. */
  readonly vhost: string;
  /** `starting`, `opening`, `running`. */
  readonly state: string;
}

export class ConnectionLog {
  private readonly process: string;

  /** `number` tells this connection apart from the others of the node. */
  constructor(
    private readonly log: Log,
    private readonly facts: () => ConnectionFacts,
    number: number,
  ) {
    this.process = `<0.${number}.0>`;
    this.write('info', `accepting AMQP connection ${this.process} (${facts().address})`);
  }

  /** The client has said its name. */
  named(): void {
    const { address, clientName } = this.facts();
    if (clientName === '') return;
    this.write('info', `connection ${this.process} (${address}) has a client-provided name: ${clientName}`);
  }

  opened(): void {
    const { user, vhost } = this.facts();
    this.write(
      'info',
      `connection ${this.process} (${this.label}): user '${user}' authenticated and granted access to vhost '${vhost}'`,
    );
  }

  loginRefused(mechanism: string): void {
    const { address, user } = this.facts();
    this.write(
      'error',
      `Error on AMQP connection ${this.process} (${address}, state: starting):\n` +
        `${mechanism} login refused: user '${user}' - invalid credentials`,
    );
  }

  channelFailed(channel: number, { reply, detail }: ProtocolError, method: number): void {
    const { address, user, vhost } = this.facts();
    const who = `${address}, vhost: '${vhost}', user: '${user}'`;
    const where = `Channel error on connection ${this.process} (${who}), channel ${channel}`;
    this.write(
      'error',
      `${where}:\noperation ${methodName(method) ?? 'none'} caused a channel exception ${reply.name.toLowerCase()}: ${detail}`,
    );
  }

  failed({ reply, detail }: ProtocolError, method: number): void {
    const { address, user, state } = this.facts();
    const operation = methodName(method) ?? 'none';
    if (state !== 'running') {
      this.write('error', `Error on AMQP connection ${this.process} (${address}, user: '${user}', state: ${state}):\n${detail}`);
      return;
    }
    const where = `Error on AMQP connection ${this.process} (${this.label}${this.session}, state: ${state})`;
    this.write(
      'error',
      `${where}:\n operation ${operation} caused a connection exception ${reply.name.toLowerCase()}: "${detail}"`,
    );
  }

  /** `inOrder`: client and broker had said that they are done. */
  closed(inOrder: boolean): void {
    const text = `closing AMQP connection ${this.process} (${this.label}${this.session})`;
    if (inOrder) this.write('info', text);
    else this.write('warning', `${text}:\nclient unexpectedly closed TCP connection`);
  }

  /** A defect of the broker. */
  defect(text: string): void {
    this.write('critical', `connection ${this.process} (${this.label}): ${text}`);
  }

  /** Something odd that a client did. */
  warn(text: string): void {
    this.write('warning', `connection ${this.process} (${this.label}): ${text}`);
  }

  private get label(): string {
    const { address, clientName } = this.facts();
    return clientName === '' ? address : `${address} - ${clientName}`;
  }

  private get session(): string {
    const { user, vhost, state } = this.facts();
    return state === 'starting' ? '' : `, vhost: '${vhost === '' ? 'none' : vhost}', user: '${user}'`;
  }

  private write(level: LogLevel, text: string): void {
    this.log.write(level, text, this.process);
  }
}

/**
 * The opening of a connection, server side, as a state machine (spec 2.2.4, RabbitMQ 3.10):
 *
 *   header ──AMQP 0 0 9 1──▶ start ──start-ok──▶ tune ──tune-ok──▶ open ──open──▶ running
 *
 * RabbitMQ answers most refusals during the handshake by silence: it waits three seconds, then closes the socket, so that
 * guessing is slow. A client that announced authentication_failure_close is told at once.
 * Once connection.open is awaited the client is trusted enough to be told what was wrong.
 */
import { PROTOCOL_HEADER, REPLY, FRAME_MIN_SIZE } from '../amqp/constants';
import { readTable, tableOf, type FieldTable } from '../amqp/field-table';
import { AmqpSyntaxError } from '../amqp/syntax-error';
import type { Method } from '../amqp/methods';
import type { Connection } from './connection';
import { ProtocolError } from './errors';
import type { Session } from './session';

export type HandshakeStep = 'header' | 'start' | 'tune' | 'open';

/** Milliseconds before a refused handshake is closed. */
export const REFUSAL_DELAY = 3000;

/** What the server can, told in connection.start (RabbitMQ 3.10's list). */
const CAPABILITIES: Readonly<Record<string, boolean>> = {
  publisher_confirms: true,
  exchange_exchange_bindings: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  consumer_priorities: true,
  authentication_failure_close: true,
  per_consumer_qos: true,
  direct_reply_to: true,
};

export const VERSION = '0.1.0';

export class Handshake {
  step: HandshakeStep = 'header';
  /** Whom the client says to be; once the step is beyond `start`, it has proved it. */
  user = '';
  /** The vhost that the client asked for; '' before it has. */
  vhost = '';
  clientProperties: FieldTable = new Map();
  /** By which the client proved who it is; '' before it has tried. */
  mechanism = '';
  private channelMax = 0;
  private frameMax = 0;
  private heartbeat = 0;

  constructor(private readonly connection: Connection) {}

  /** Errors are answered by silence so far. */
  get silent(): boolean {
    return this.step !== 'open';
  }

  /** The first eight octets. A wrong header is answered with the right one, then the socket closes (spec 4.2.2). */
  header(bytes: Buffer): void {
    if (PROTOCOL_HEADER.some((octet, i) => bytes[i] !== octet)) {
      this.connection.writeBytes(Buffer.from(PROTOCOL_HEADER));
      this.connection.end.closeSocket();
      return;
    }
    this.step = 'start';
    this.connection.send('connection.start', {
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: tableOf({
        capabilities: CAPABILITIES,
        cluster_name: this.connection.host.clusterName,
        copyright: 'Copyright (c) 2026 the Warren authors',
        information: 'Licensed under the MIT license',
        platform: 'Node.js',
        product: 'Warren',
        version: VERSION,
      }),
      mechanisms: Buffer.from(this.connection.link.peerCertificate === null ? 'PLAIN AMQPLAIN' : 'PLAIN AMQPLAIN EXTERNAL'),
      locales: Buffer.from('en_US'),
    });
  }

  /** A method on channel 0 before the connection runs. Returns the session once it does. */
  method(method: Method): Session | null {
    const { step } = this;
    if (step === 'start' && method.name === 'connection.start-ok') this.startOk(method.args);
    else if (step === 'tune' && method.name === 'connection.tune-ok') this.tuneOk(method.args);
    else if (step === 'open' && method.name === 'connection.open') return this.open(method.args.virtualHost);
    else throw new ProtocolError(REPLY.channelError, 'unexpected method in connection state opening');
    return null;
  }

  private startOk(args: { clientProperties: FieldTable; mechanism: string; response: Buffer }): void {
    this.clientProperties = args.clientProperties;
    this.connection.log.named();
    const { host, link } = this.connection;
    this.mechanism = args.mechanism;
    const known = args.mechanism === 'EXTERNAL' ? this.byCertificate() : this.byPassword(args.mechanism, args.response);
    if (known === null) {
      this.connection.end.abortAfter(REFUSAL_DELAY);
      return;
    }
    if (!known || !host.access.mayConnectFrom(this.user, link.peer.host)) {
      this.refuse(args.mechanism);
      return;
    }
    this.step = 'tune';
    const { channelMax, frameMax, heartbeat } = host.limits;
    this.connection.send('connection.tune', { channelMax, frameMax, heartbeat });
  }

  /** Sets `user`. Whether the password is theirs; null if the response cannot be read. */
  private byPassword(mechanism: string, response: Buffer): boolean | null {
    const credentials = credentialsFrom(mechanism, response);
    if (credentials === null) return null;
    this.user = credentials.user;
    return this.connection.host.access.authenticate(credentials.user, credentials.password);
  }

  /** Sets `user` to whom the client's certificate names (rabbitmq_auth_mechanism_ssl). Null without a certificate. */
  private byCertificate(): boolean | null {
    const { link, host } = this.connection;
    if (link.peerCertificate === null) return null;
    const { commonName, distinguishedName } = link.peerCertificate;
    this.user = host.limits.sslCertLoginFrom === 'common_name' ? commonName : distinguishedName;
    return host.access.exists(this.user);
  }

  private refuse(mechanism: string): void {
    const { connection } = this;
    connection.log.loginRefused(mechanism);
    if (!this.can('authentication_failure_close')) {
      connection.end.abortAfter(REFUSAL_DELAY);
      return;
    }
    const text = `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`;
    connection.end.byError(new ProtocolError(REPLY.accessRefused, text, false), 0);
  }

  /** RabbitMQ takes no value above its own and, its limits being finite, not 0 (no limit) either. */
  private tuneOk({ channelMax, frameMax, heartbeat }: { channelMax: number; frameMax: number; heartbeat: number }): void {
    const { limits } = this.connection.host;
    const refused = channelMax === 0 || channelMax > limits.channelMax || frameMax < FRAME_MIN_SIZE || frameMax > limits.frameMax;
    if (refused) {
      this.connection.end.abortAfter(REFUSAL_DELAY);
      return;
    }
    this.channelMax = channelMax;
    this.frameMax = frameMax;
    this.heartbeat = heartbeat;
    this.step = 'open';
    this.connection.startHeartbeat(heartbeat);
  }

  private open(name: string): Session {
    const { host } = this.connection;
    this.vhost = name;
    const vhost = host.vhosts.get(name);
    if (vhost === undefined) throw new ProtocolError(REPLY.notAllowed, `vhost ${name} not found`);
    host.quotas.admitConnection(this.user, name);
    if (!host.access.mayEnter(this.user, name)) {
      throw new ProtocolError(REPLY.notAllowed, `access to vhost '${name}' refused for user '${this.user}'`);
    }
    return {
      user: this.user,
      vhost,
      channelMax: this.channelMax,
      frameMax: this.frameMax,
      heartbeat: this.heartbeat,
      cancelNotify: this.can('consumer_cancel_notify'),
      blockedNotify: this.can('connection.blocked'),
    };
  }

  /** A client property that is text; '' if there is none. */
  property(name: string): string {
    const value = this.clientProperties.get(name)?.value;
    return typeof value === 'string' ? value : '';
  }

  private can(capability: string): boolean {
    const capabilities = this.clientProperties.get('capabilities');
    return capabilities?.kind === 'table' && (capabilities.value as FieldTable).get(capability)?.value === true;
  }
}

type Credentials = { readonly user: string; readonly password: string };

/** Null for a mechanism that was not offered, and for a response that is not of its form. */
function credentialsFrom(mechanism: string, response: Buffer): Credentials | null {
  if (mechanism === 'PLAIN') return plain(response);
  if (mechanism === 'AMQPLAIN') return amqplain(response);
  return null;
}

/** RFC 4616: authorisation identity (RabbitMQ takes none), user, password, separated by NUL. */
function plain(response: Buffer): Credentials | null {
  const [identity, user, password] = response.toString('utf8').split('\0');
  return identity !== '' || user === undefined || password === undefined ? null : { user, password };
}

/** A field table without its length, with LOGIN and PASSWORD. */
function amqplain(response: Buffer): Credentials | null {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(response.length);
  try {
    const table = readTable(Buffer.concat([length, response]), 0, response.length + 4);
    const user = table.get('LOGIN')?.value;
    const password = table.get('PASSWORD')?.value;
    return typeof user === 'string' && typeof password === 'string' ? { user, password } : null;
  } catch (error) {
    if (error instanceof AmqpSyntaxError) return null;
    throw error;
  }
}

/** `warren broker`: one broker in this process, for any AMQP 0-9-1 client, until it is told to stop. */
import type { BrokerApi, UserOptions } from '../broker/api';
import { createBroker } from '../broker/broker';
import { VERSION } from '../broker/handshake';
import { LiveWorld } from '../world/live';
import type { Address } from '../world/world';
import { readOptions, wholeNumber } from './options';
import { CliError, EXIT, type Subcommand, usageError } from './subcommand';

const NODE_NAME = 'warren@localhost';
const DEFAULT_PORT = 5672;
const DEFAULT_HOST = '127.0.0.1';
const HEARTBEAT_MAX_S = 65535;
/** A client that does not take its connection.close must not keep the broker from stopping. */
const STOP_TIMEOUT_MS = 5000;
const PARENT_LOOK_MS = 200;

export const BROKER_COMMAND: Subcommand = {
  name: 'broker',
  usage: '[--port 5672] [--host 127.0.0.1] [--user name:password] [--heartbeat 60]',
  description: 'runs a broker for any AMQP 0-9-1 client until SIGTERM or Ctrl-C',
  details: [
    '--port       TCP port; 0 lets the system choose one (default 5672)',
    '--host       address to listen on (default 127.0.0.1, this machine only)',
    '--user       the one user there is, as name:password (default guest:guest, from this machine only)',
    '--heartbeat  seconds that the broker proposes to clients; 0 is off (default 60)',
  ],
  run: async (args) => {
    const { port, host = DEFAULT_HOST, user, heartbeat } = readOptions(args, ['port', 'host', 'user', 'heartbeat']);
    const world = new LiveWorld({ log: { write: (level, text) => level === 'error' && console.error(text) } });
    const broker = createBroker(world, {
      nodeName: NODE_NAME,
      ...(user === undefined ? {} : { users: [readUser(user)] }),
      ...(heartbeat === undefined ? {} : { heartbeat: wholeNumber('heartbeat', heartbeat, 0, HEARTBEAT_MAX_S) }),
    });
    const at = { host, port: port === undefined ? DEFAULT_PORT : wholeNumber('port', port, 0, 65535) };
    const bound = await listen(broker, at);
    // Before the line below, so that whoever waits for it may stop the broker at once.
    const stopped = untilStopped(broker);
    console.log(`Warren ${VERSION} listens on amqp://${bound.host.includes(':') ? `[${bound.host}]` : bound.host}:${bound.port}`);
    await stopped;
    return EXIT.ok;
  },
};

function readUser(text: string): UserOptions {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1)
    throw usageError('--user must be a name and a password with a colon between them, as in alice:secret.');
  return { name: text.slice(0, at), password: text.slice(at + 1), tags: ['administrator'] };
}

function listen(broker: BrokerApi, at: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    broker.listen(at, (error, bound) =>
      bound === null ? reject(listenError(error as NodeJS.ErrnoException, at)) : resolve(bound),
    );
  });
}

function listenError(error: NodeJS.ErrnoException, { host, port }: Address): CliError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use; stop what listens there, or choose another one with --port.`,
    EACCES: `Port ${port} needs more rights than this process has; choose one above 1023 with --port.`,
    EADDRNOTAVAIL: `This machine has no address ${host}; choose one that it has with --host.`,
    ENOTFOUND: `The host name ${host} is not known; choose an address of this machine with --host.`,
  };
  return new CliError(EXIT.unavailable, reasons[error.code ?? ''] ?? `Cannot listen on ${host}:${port}: ${error.message}`);
}

/** Resolves when a signal has stopped the broker. A second signal, or a client that does not let go, ends it hard. */
function untilStopped(broker: BrokerApi): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      const kill = (): void => {
        broker.kill();
        resolve();
      };
      if (asked) {
        kill();
        return;
      }
      asked = true;
      const deadline = setTimeout(kill, STOP_TIMEOUT_MS);
      broker.stop(() => {
        clearTimeout(deadline);
        resolve();
      });
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    whenNpxIsGone(onSignal);
  });
}

/**
 * npx hands a SIGTERM to the shell between it and us, and that shell dies without passing it on. So a broker that npx started
 * looks whether its parent has changed.
 */
function whenNpxIsGone(stop: () => void): void {
  if (process.env.npm_command !== 'exec') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_LOOK_MS);
  timer.unref();
}

/** `warren broker`: one broker in this process, for any AMQP 0-9-1 client, until it is told to stop. */
import type { UserOptions } from '../broker/api';
import { VERSION } from '../broker/handshake';
import type { LocalNodeOptions } from '../node/local-node';
import type { Address } from '../world/world';
import { readOptions, wholeNumber } from './options';
import { amqpAddress, serve } from './serve';
import { type Subcommand, usageError } from './subcommand';

const NODE_NAME = 'warren@localhost';
const DEFAULT_PORT = 5672;
const DEFAULT_HOST = '127.0.0.1';
const HEARTBEAT_MAX_S = 65535;

export const BROKER_COMMAND: Subcommand = {
  name: 'broker',
  usage: '[--port 5672] [--host 127.0.0.1] [--data <folder>] [--user name:password] [--heartbeat 60]',
  description: 'runs a broker for any AMQP 0-9-1 client until SIGTERM or Ctrl-C',
  details: [
    '--port       TCP port; 0 lets the system choose one (default 5672)',
    '--host       address to listen on (default 127.0.0.1, this machine only)',
    '--data       folder for what is durable (default: none, everything ends with the broker)',
    '--user       the one user there is, as name:password (default guest:guest, from this machine only); with --data only when',
    '             the folder is new',
    '--heartbeat  seconds that the broker proposes to clients; 0 is off (default 60)',
  ],
  run: async (args) => {
    const { port, host = DEFAULT_HOST, data, user, heartbeat } = readOptions(args, ['port', 'host', 'data', 'user', 'heartbeat']);
    const at = { host, port: port === undefined ? DEFAULT_PORT : wholeNumber('port', port, 0, 65535) };
    const options: LocalNodeOptions = {
      nodename: NODE_NAME,
      dataFolder: data ?? null,
      listeners: [{ at }],
      runtime: null,
      log: { write: (level, text) => level === 'critical' && console.error(text) },
      broker: {
        ...(user === undefined ? {} : { users: [readUser(user)] }),
        ...(heartbeat === undefined ? {} : { heartbeat: wholeNumber('heartbeat', heartbeat, 0, HEARTBEAT_MAX_S) }),
      },
    };
    return serve(options, ([bound]) => console.log(`Warren ${VERSION} listens on ${amqpAddress(bound as Address)}`));
  },
};

function readUser(text: string): UserOptions {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1)
    throw usageError('--user must be a name and a password with a colon between them, as in alice:secret.');
  return { name: text.slice(0, at), password: text.slice(at + 1), tags: ['administrator'] };
}

/**
 * How a node process is set up: options of the command, else the environment variables of rabbitmq-server, else rabbitmq.conf,
 * else defaults.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { BrokerApi, UserOptions } from '../broker/api';
import type { ListenerCertificates, NodePlaces } from '../control/target';
import type { ListenAt, LocalNodeOptions, PeersAt } from '../node/local-node';
import { LOG_LEVELS, type LogLevel } from '../node/log-form';
import { certificateFile } from '../node/machine';
import { completeNodeName, defaultNodeName, isNodeName } from '../node/node-name';
import type { Address, TlsOptions } from '../world/world';
import { wholeNumber } from './options';
import { type Configuration, ConfigurationError, type Endpoint, readConfiguration } from './rabbitmq-conf';
import { CliError, EXIT, usageError } from './subcommand';

export interface NodeSettings {
  readonly nodename: string;
  readonly dataFolder: string;
  readonly pidFile: string;
  /** Null: the log goes to the console. */
  readonly logFile: string | null;
  readonly logLevel: LogLevel;
  readonly listeners: readonly ListenAt[];
  readonly broker: LocalNodeOptions['broker'];
  readonly peers: PeersAt;
  /** Sets the limits that the configuration has for memory and disk. */
  prepare(broker: BrokerApi): void;
  readonly places: NodePlaces & { readonly enabledPlugins: string };
}

export const NODE_OPTIONS = ['name', 'port', 'host', 'data', 'log'] as const;
export type NodeOptionValues = Partial<Record<(typeof NODE_OPTIONS)[number], string>>;

const DEFAULT_PORT = 5672;
/** This machine only: RabbitMQ listens on all addresses unless RABBITMQ_NODE_IP_ADDRESS or its configuration names one. */
const DEFAULT_HOST = '127.0.0.1';

/** Throws CliError. */
export function nodeSettings(given: NodeOptionValues, environment: NodeJS.ProcessEnv): NodeSettings {
  const configuration = readConfigurationFile(environment.RABBITMQ_CONFIG_FILE);
  const nodename = given.name === undefined ? defaultNodeName(environment) : completeNodeName(given.name);
  if (!isNodeName(nodename))
    throw usageError(`'${nodename}' cannot be the name of a node; it looks like rabbit1 or rabbit1@host.`);
  const dataFolder = path.resolve(given.data ?? dataFolderOf(nodename, environment));
  const logFile = logFileOf(given.log, nodename, environment, configuration);
  const { watermark, diskFreeLimit } = configuration;
  return {
    nodename,
    dataFolder,
    pidFile: environment.RABBITMQ_PID_FILE || `${dataFolder}.pid`,
    logFile,
    logLevel: LOG_LEVELS.find((level) => level === configuration.logLevel) ?? 'info',
    places: {
      data: dataFolder,
      ...(environment.RABBITMQ_CONFIG_FILE ? { config: [environment.RABBITMQ_CONFIG_FILE] } : {}),
      logs: [logFile ?? '<stdout>'],
      enabledPlugins: environment.RABBITMQ_ENABLED_PLUGINS_FILE || path.join(dataFolder, 'enabled_plugins'),
    },
    prepare: ({ resources }) => {
      if (watermark !== undefined) resources.setWatermark(watermark);
      if (diskFreeLimit !== undefined) resources.setDiskFreeLimit(diskFreeLimit);
    },
    listeners: listenersOf(given, environment, configuration),
    broker: brokerOptions(configuration),
    peers: {
      at: { host: DEFAULT_HOST, port: distributionPort(environment) },
      settings: configuration.cluster,
    },
  };
}

/** Other nodes find it in the runtime folder, so any port will do. */
function distributionPort({ RABBITMQ_DIST_PORT: port }: NodeJS.ProcessEnv): number {
  return port ? wholeNumber('RABBITMQ_DIST_PORT', port, 0, 65535) : 0;
}

/** RabbitMQ's folders are those of a system service; ours lie where programs of a user keep their state. */
function stateFolder(environment: NodeJS.ProcessEnv, name: string): string {
  const state = environment.XDG_STATE_HOME || path.join(os.homedir(), '.local', 'state');
  return path.join(state, 'warren', name);
}

/** Where a node keeps its data unless its command says otherwise. */
export function dataFolderOf(nodename: string, environment: NodeJS.ProcessEnv): string {
  const { RABBITMQ_MNESIA_DIR: own, RABBITMQ_MNESIA_BASE: base } = environment;
  return own || path.join(base || stateFolder(environment, 'mnesia'), nodename);
}

function logFileOf(
  given: string | undefined,
  nodename: string,
  environment: NodeJS.ProcessEnv,
  { logFile, logConsole }: Configuration,
): string | null {
  const { RABBITMQ_LOGS: log, RABBITMQ_LOG_BASE: base } = environment;
  const folder = base || stateFolder(environment, 'log');
  const named = given ?? (log || logFile);
  if (named === '-' || named === false || (named === undefined && logConsole === true)) return null;
  return path.resolve(folder, named ?? `${nodename}.log`);
}

function readConfigurationFile(named: string | undefined): Configuration {
  if (!named) return readConfiguration('', 'rabbitmq.conf');
  // RabbitMQ takes the name with and without its ending.
  const file = !fs.existsSync(named) && fs.existsSync(`${named}.conf`) ? `${named}.conf` : named;
  try {
    return readConfiguration(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '', file);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CliError(EXIT.configuration, `${error.message}.`);
    throw error;
  }
}

function listenersOf(
  { port, host }: NodeOptionValues,
  { RABBITMQ_NODE_PORT: envPort, RABBITMQ_NODE_IP_ADDRESS: envHost }: NodeJS.ProcessEnv,
  { tcp, ssl, sslOptions }: Configuration,
): NodeSettings['listeners'] {
  const number = port === undefined ? envPort : port;
  const name = port === undefined ? 'RABBITMQ_NODE_PORT' : '--port';
  const address = host ?? (envHost || undefined);
  const asked = number || address !== undefined;
  const endpoints: readonly Endpoint[] =
    asked || tcp.length === 0
      ? [
          {
            host: address ?? DEFAULT_HOST,
            port: number ? wholeNumber(name, number, 0, 65535) : (tcp[0]?.port ?? DEFAULT_PORT),
          },
        ]
      : tcp;
  const secured = ssl.length === 0 ? undefined : { tls: tlsOptions(sslOptions), certificates: certificatesOf(sslOptions) };
  return [
    ...endpoints.map((at) => ({ at: addressOf(at) })),
    ...(secured === undefined ? [] : ssl.map((at) => ({ at: addressOf(at), ...secured }))),
  ];
}

function addressOf({ host, port }: Endpoint): Address {
  return { host: host === '' ? '::' : host, port };
}

function tlsOptions({ certfile, keyfile, cacertfile, verify, failIfNoPeerCert }: Configuration['sslOptions']): TlsOptions {
  if (certfile === undefined || keyfile === undefined) {
    throw new CliError(EXIT.configuration, 'listeners.ssl needs ssl_options.certfile and ssl_options.keyfile.');
  }
  return {
    cert: readPem(certfile),
    key: readPem(keyfile),
    ...(cacertfile === undefined ? {} : { cacert: readPem(cacertfile) }),
    ...(verify === undefined ? {} : { verifyPeer: verify === 'verify_peer' }),
    ...(failIfNoPeerCert === undefined ? {} : { failIfNoPeerCert }),
  };
}

/** Of options that `tlsOptions` has let pass. */
function certificatesOf({ certfile = '', cacertfile }: Configuration['sslOptions']): ListenerCertificates {
  const read = (file: string): ListenerCertificates['certfile'] => {
    try {
      return certificateFile(file, readPem(file));
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw new CliError(EXIT.configuration, `${file} is no certificate: ${(error as Error).message}.`);
    }
  };
  return { certfile: read(certfile), cacertfile: cacertfile === undefined ? null : read(cacertfile) };
}

function readPem(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(EXIT.configuration, `${file} cannot be read: ${(error as Error).message}.`);
  }
}

function brokerOptions(configuration: Configuration): LocalNodeOptions['broker'] {
  const { channelMax, frameMax, heartbeat, handshakeTimeout, maxMessageSize, sslCertLoginFrom } = configuration;
  const users = firstUsers(configuration);
  return {
    ...(users === null ? {} : { users }),
    ...(channelMax === undefined ? {} : { channelMax }),
    ...(frameMax === undefined ? {} : { frameMax }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(handshakeTimeout === undefined ? {} : { handshakeTimeout }),
    ...(maxMessageSize === undefined ? {} : { maxMessageSize }),
    ...(sslCertLoginFrom === undefined ? {} : { sslCertLoginFrom }),
  };
}

/** The user of a node that never ran; null if nothing was said of it. */
function firstUsers({ defaultUser, defaultPass, loopbackUsers }: Configuration): UserOptions[] | null {
  if (defaultUser === undefined && defaultPass === undefined && loopbackUsers === null) return null;
  const name = defaultUser ?? 'guest';
  const loopbackOnly = (loopbackUsers ?? new Set(['guest'])).has(name);
  return [{ name, password: defaultPass ?? 'guest', tags: ['administrator'], loopbackOnly }];
}

/**
 * Reads rabbitmq.conf (sysctl format, RabbitMQ 3.7 and later): `key = value` a line, `#` begins a comment. The keys that this
 * node heeds are a table; any other is named with its line, for a setting that is silently ignored is worse than an error.
 */
import type { MemoryWatermark } from '../broker/resource-monitor';
import { CLUSTER_SETTINGS, type ClusterSettings, withClusterSetting } from '../node/cluster-settings';

export interface Configuration {
  readonly tcp: readonly Endpoint[];
  readonly ssl: readonly Endpoint[];
  readonly sslOptions: {
    readonly cacertfile?: string;
    readonly certfile?: string;
    readonly keyfile?: string;
    readonly verify?: 'verify_peer' | 'verify_none';
    readonly failIfNoPeerCert?: boolean;
  };
  readonly sslCertLoginFrom?: 'distinguished_name' | 'common_name';
  readonly defaultUser?: string;
  readonly defaultPass?: string;
  readonly defaultVhost?: string;
  /** Users from loopback only; null if nothing was said: guest. */
  readonly loopbackUsers: ReadonlySet<string> | null;
  readonly watermark?: MemoryWatermark;
  /** Octets. */
  readonly diskFreeLimit?: number;
  readonly channelMax?: number;
  readonly frameMax?: number;
  /** Seconds. */
  readonly heartbeat?: number;
  /** Milliseconds. */
  readonly handshakeTimeout?: number;
  /** Octets. */
  readonly maxMessageSize?: number;
  /** A path, or false. */
  readonly logFile?: string | false;
  readonly logConsole?: boolean;
  readonly logLevel?: string;
  readonly cluster: ClusterSettings;
}

export interface Endpoint {
  /** Empty for all addresses. */
  readonly host: string;
  readonly port: number;
}

/** Says which line is wrong and why. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

type Draft = { -readonly [K in keyof Configuration]: Configuration[K] };
type Setter = (draft: Draft, value: string, rest: string) => void;

/** By key; a key that ends in a dot takes any name behind it. */
const KEYS: Readonly<Record<string, Setter>> = {
  'listeners.tcp.': (draft, value) => {
    draft.tcp = value === 'none' ? [] : [...draft.tcp, endpoint(value)];
  },
  'listeners.ssl.': (draft, value) => {
    draft.ssl = value === 'none' ? [] : [...draft.ssl, endpoint(value)];
  },
  'ssl_options.cacertfile': (draft, value) => ssl(draft, { cacertfile: value }),
  'ssl_options.certfile': (draft, value) => ssl(draft, { certfile: value }),
  'ssl_options.keyfile': (draft, value) => ssl(draft, { keyfile: value }),
  'ssl_options.verify': (draft, value) => ssl(draft, { verify: oneOf(value, ['verify_peer', 'verify_none']) }),
  'ssl_options.fail_if_no_peer_cert': (draft, value) => ssl(draft, { failIfNoPeerCert: bool(value) }),
  ssl_cert_login_from: (draft, value) => {
    draft.sslCertLoginFrom = oneOf(value, ['distinguished_name', 'common_name']);
  },
  default_user: (draft, value) => {
    draft.defaultUser = value;
  },
  default_pass: (draft, value) => {
    draft.defaultPass = value;
  },
  default_vhost: (draft, value) => {
    draft.defaultVhost = value;
  },
  loopback_users: (draft, value) => {
    if (value !== 'none') throw new Error("must be 'none', or name users with loopback_users.NAME = true");
    draft.loopbackUsers = new Set();
  },
  'loopback_users.': (draft, value, user) => {
    const users = new Set(draft.loopbackUsers ?? ['guest']);
    if (bool(value)) users.add(user);
    else users.delete(user);
    draft.loopbackUsers = users;
  },
  'vm_memory_high_watermark.relative': (draft, value) => {
    draft.watermark = { relative: fraction(value) };
  },
  'vm_memory_high_watermark.absolute': (draft, value) => {
    draft.watermark = { absolute: octets(value) };
  },
  'disk_free_limit.absolute': (draft, value) => {
    draft.diskFreeLimit = octets(value);
  },
  channel_max: (draft, value) => {
    draft.channelMax = whole(value);
  },
  frame_max: (draft, value) => {
    draft.frameMax = whole(value);
  },
  heartbeat: (draft, value) => {
    draft.heartbeat = whole(value);
  },
  handshake_timeout: (draft, value) => {
    draft.handshakeTimeout = whole(value);
  },
  max_message_size: (draft, value) => {
    draft.maxMessageSize = whole(value);
  },
  'log.file': (draft, value) => {
    draft.logFile = value === 'false' ? false : value;
  },
  'log.console': (draft, value) => {
    draft.logConsole = bool(value);
  },
  'log.console.level': (draft, value) => {
    draft.logLevel = oneOf(value, LEVELS);
  },
  'log.file.level': (draft, value) => {
    draft.logLevel = oneOf(value, LEVELS);
  },
  ...Object.fromEntries(
    CLUSTER_SETTINGS.map((name): [string, Setter] => [
      name,
      (draft, value) => {
        draft.cluster = withClusterSetting(draft.cluster, name, value);
      },
    ]),
  ),
};

const LEVELS = ['debug', 'info', 'warning', 'error', 'critical', 'none'] as const;

/** `name` is what errors call the file. Throws `ConfigurationError`. */
export function readConfiguration(text: string, name: string): Configuration {
  const draft: Draft = { tcp: [], ssl: [], sslOptions: {}, loopbackUsers: null, cluster: {} };
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const where = `${name}, line ${i + 1}`;
    const equals = line.indexOf('=');
    if (equals < 1) throw new ConfigurationError(`${where}: '${line}' is not of the form key = value`);
    const key = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    const prefix = Object.keys(KEYS).find((known) => known.endsWith('.') && key.startsWith(known) && !(key in KEYS));
    const setter = KEYS[key] ?? (prefix === undefined ? undefined : KEYS[prefix]);
    if (setter === undefined) throw new ConfigurationError(`${where}: the key '${key}' is not known here`);
    try {
      setter(draft, value, key.slice(prefix?.length ?? key.length));
    } catch (error) {
      throw new ConfigurationError(`${where}: ${key} ${(error as Error).message}`);
    }
  }
  return draft;
}

function ssl(draft: Draft, more: Configuration['sslOptions']): void {
  draft.sslOptions = { ...draft.sslOptions, ...more };
}

function endpoint(value: string): Endpoint {
  const at = value.lastIndexOf(':');
  const port = whole(value.slice(at + 1));
  if (port > 65535) throw new Error(`names port ${port}, and 65535 is the highest`);
  return { host: at < 0 ? '' : value.slice(0, at).replace(/^\[|\]$/g, ''), port };
}

function oneOf<const T extends string>(value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Error(`must be one of ${allowed.join(', ')}, not '${value}'`);
  return found;
}

function bool(value: string): boolean {
  return oneOf(value, ['true', 'false']) === 'true';
}

function whole(value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`must be a whole number, not '${value}'`);
  return Number(value);
}

function fraction(value: string): number {
  const number = Number(value);
  if (!(number >= 0 && number <= 1) || value === '') throw new Error(`must be between 0 and 1, not '${value}'`);
  return number;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  kiB: 1024,
  kB: 1000,
  KB: 1000,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  MB: 1000 ** 2,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  GB: 1000 ** 3,
};

/** RabbitMQ's information units: `50MB` (decimal), `50MiB` and `50M` (binary). Throws on anything else. */
export function octets(value: string): number {
  const match = /^(\d+)\s*([A-Za-z]*)$/.exec(value);
  const unit = match === null ? undefined : UNITS[match[2] as string];
  if (match === null || unit === undefined) throw new Error(`must be a size such as 512MB or 2GiB, not '${value}'`);
  return Number(match[1]) * unit;
}

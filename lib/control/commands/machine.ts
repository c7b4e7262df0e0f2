/** rabbitmq-diagnostics about what a node runs on: its log, its environment, names and addresses, TLS. */
import { type Call, type Command, EXIT, failed, type Failure, type ReachedCall, type Result } from '../command';
import { printTerm } from '../erlang-print';
import type { Machine, NetworkInterface } from '../target';
import { bold } from '../usage';
import { DIAGNOSTICS, MONITORING, said } from './health';
import { noMachine } from './refusals';

const CONFIGURATION = 'Configuration and Environment';
const BOTH = ['rabbitmqctl', 'rabbitmq-diagnostics'] as const;
const OFFLINE = { offline: { type: 'flag' } } as const;

/** Runs a command that asks what the node runs on. */
function asking(
  answer: (machine: Machine, call: ReachedCall) => Result | Promise<Result>,
): (call: ReachedCall) => Result | Promise<Result> {
  return (call) => (call.node.machine === undefined ? noMachine(call.nodename) : answer(call.node.machine, call));
}

function text(lines: readonly string[], json: unknown): Result {
  return { kind: 'text', text: lines.map((line) => `${line}\n`).join(''), json };
}

/** What the encoding of RabbitMQ 3.10.8 knows on Erlang 25, in its order. */
const CIPHERS = (
  'chacha20 aes_256_ofb aes_192_ofb aes_128_ofb blowfish_ofb64 blowfish_cfb64 blowfish_cbc des_cfb des_cbc rc4 rc2_cbc ' +
  'aes_192_cbc aes_256_cbc aes_128_cfb128 aes_192_cfb128 aes_256_cfb128 aes_128_cfb8 aes_192_cfb8 aes_256_cfb8 aes_256_ctr ' +
  'aes_192_ctr aes_128_ctr des_ede3_cfb aes_128_cbc des_ede3_cbc aes_cbc aes_cfb128 aes_cfb8 aes_ctr'
).split(' ');
const HASHES = 'blake2s blake2b sha3_512 sha3_384 sha3_256 sha3_224 sha512 sha384 sha256 sha224 sha ripemd160 md5 md4'.split(' ');

// --- names ---

/** RabbitMQ's error for a name that nobody knows. */
const NOT_RESOLVED = failed(EXIT.data, 'Hostname does not resolve (resolution failed with an nxdomain)');

function family({ options: { own } }: Call): string {
  return String(own['address-family'] ?? 'IPv4');
}

function checkFamily(call: Call): Failure | null {
  if (['ipv4', 'ipv6'].includes(family(call).toLowerCase())) return null;
  const detail = `unsupported IP address family ${family(call)}. Valid values are: ipv4, ipv6`;
  return failed(EXIT.data, `Bad argument: ${detail}`, { form: 'argument' });
}

function interfaceText({ name, mac, addresses, loopback }: NetworkInterface): string {
  const pairs = addresses.map(({ address, netmask }) => `netmask: ${netmask}\naddr: ${address}\n`).join('');
  return `${bold(`Interface ${name}`)}\n\nhwaddr: ${mac}\n${pairs}flags: up${loopback ? ', loopback' : ''}, running\n\n`;
}

// --- the log ---

const LINES = 50;

/** Paths of the log's files, or the reason why there is none. */
function logFiles({ node, nodename }: ReachedCall): readonly string[] | Failure {
  const files = node.places?.logs ?? [];
  return files.length > 0 ? files : failed(EXIT.unavailable, `${nodename} writes no log: it is part of a lab`);
}

function located(call: ReachedCall): Result {
  const files = logFiles(call);
  if ('kind' in files) return files;
  const told = call.options.own.all ? files : files.slice(0, 1);
  return text(told, { node_name: call.nodename, paths: told, result: 'ok' });
}

function tail(call: ReachedCall): Result {
  const files = logFiles(call);
  if ('kind' in files) return files;
  const file = files.find((name) => !name.startsWith('<'));
  const content = file === undefined ? null : (call.target.files?.read(file) ?? null);
  if (content === null) return failed(EXIT.unavailable, 'the log goes to the console, so nothing of it can be read back');
  const lines = content
    .trimEnd()
    .split('\n')
    .slice(-Number(call.options.own.number ?? LINES));
  return text(lines, lines);
}

export const MACHINE: readonly Command[] = [
  {
    name: 'cipher_suites',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--format <openssl | erlang | map>] [--all] [--timeout <timeout>]',
    description: 'Lists the cipher suites of TLS, by their OpenSSL names',
    args: [0, 0],
    switches: { format: { type: 'text' }, all: { type: 'flag' } },
    check: ({ options: { own } }) =>
      ['openssl', 'erlang', 'map'].includes(String(own.format ?? 'openssl'))
        ? null
        : failed(EXIT.data, 'Bad argument: Format should be either openssl, erlang or map', { form: 'argument' }),
    needs: 'any',
    banner: () => 'Listing available cipher suites in OpenSSL format',
    act: asking(({ cipherSuites }, { options: { own } }) =>
      (own.format ?? 'openssl') === 'openssl'
        ? text(cipherSuites, cipherSuites)
        : failed(EXIT.unavailable, 'this broker is no Erlang program; leave --format out'),
    ),
  },
  {
    name: 'command_line_arguments',
    tools: DIAGNOSTICS,
    group: CONFIGURATION,
    usage: '',
    description: 'Shows the command line of the process',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Command line arguments of node ${nodename} ...`,
    act: asking(({ commandLine }) => text(commandLine, commandLine)),
  },
  {
    name: 'list_network_interfaces',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--offline] [--timeout <timeout>]',
    description: 'Lists the network interfaces of the machine',
    args: [0, 0],
    switches: OFFLINE,
    needs: 'any',
    banner: ({ nodename }) => `Asking node ${nodename} to report its network interfaces ...`,
    act: asking(({ interfaces }, { nodename }) => ({
      kind: 'text',
      text: `${interfaces.map(interfaceText).join('\n')}\n`,
      json: { interfaces, node: nodename, result: 'ok' },
    })),
  },
  {
    name: 'log_location',
    tools: DIAGNOSTICS,
    group: CONFIGURATION,
    usage: '[--all|-a] [--timeout <timeout>]',
    description: 'Tells where the log is',
    args: [0, 0],
    switches: { all: { type: 'flag', short: 'a' } },
    needs: 'any',
    banner: ({ nodename }) => `Log file location(s) on node ${nodename} ...`,
    act: located,
  },
  {
    name: 'log_tail',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--number|-N <number>] [--timeout <timeout>]',
    description: 'Shows the last lines of the log',
    args: [0, 0],
    switches: { number: { type: 'number', short: 'N' } },
    needs: 'any',
    banner: ({ nodename, options: { own } }) => `Last ${own.number ?? LINES} log lines on node ${nodename} ...`,
    act: tail,
  },
  {
    name: 'os_env',
    tools: DIAGNOSTICS,
    group: CONFIGURATION,
    usage: '[--timeout <timeout>]',
    description: 'Lists the variables that set up the node',
    args: [0, 0],
    banner: ({ nodename }) => `Listing RabbitMQ-specific environment variables defined on node ${nodename}...`,
    run: asking(({ environment }, { nodename }) => {
      const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      return text(lines, { node: nodename, result: 'ok', variables: environment });
    }),
  },
  {
    name: 'resolve_hostname',
    tools: DIAGNOSTICS,
    group: CONFIGURATION,
    usage: '<hostname> [--address-family <ipv4 | ipv6>]',
    description: 'Finds the addresses of a host name',
    args: [1, 1],
    switches: { 'address-family': { type: 'text' }, ...OFFLINE },
    needs: 'any',
    check: checkFamily,
    banner: (call) => {
      const what = `hostname ${call.args[0]} to ${family(call)} addresses...`;
      return call.options.own.offline ? `Resolving ${what}` : `Asking node ${call.nodename} to resolve ${what}`;
    },
    act: asking(async (machine, call) => {
      const addresses = await machine.resolve(call.args[0] as string, family(call).toLowerCase() === 'ipv6' ? 6 : 4);
      return addresses.length === 0 ? NOT_RESOLVED : text(addresses, addresses);
    }),
  },
  {
    name: 'server_version',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Tells the version of the broker',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Asking node ${nodename} for its RabbitMQ version...`,
    act: ({ node }) => said(node.version, { result: 'ok', value: node.version }),
  },
  {
    name: 'tls_versions',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Lists the versions of TLS that listeners speak',
    args: [0, 0],
    needs: 'any',
    banner: () => 'Listing all TLS versions supported by the runtime...',
    act: asking(({ tlsVersions: versions }) => text(versions, { versions })),
  },
  {
    name: 'discover_peers',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Lists other nodes that could be joined; here none are looked for',
    args: [0, 0],
    needs: 'any',
    banner: () => 'Discovering peers nodes ...',
    act: () => said('No peers discovered'),
  },
  ...(
    [
      ['list_ciphers', 'Lists the ciphers that RabbitMQ can encrypt configured values with', 'ciphers', CIPHERS],
      ['list_hashes', 'Lists the hash functions that RabbitMQ can encrypt configured values with', 'hash algorithms', HASHES],
    ] as const
  ).map(
    ([name, description, what, words]): Command => ({
      name,
      tools: BOTH,
      group: MONITORING,
      usage: '',
      description,
      args: [0, 0],
      banner: () => `Listing supported ${what} ...`,
      local: ({ nodename }) => ({
        kind: 'text',
        text: `${filled(words)}\n`,
        json: { node: nodename, result: 'ok', value: words },
      }),
    }),
  ),
];

function filled(words: readonly string[]): string {
  return printTerm(words.map((atom) => ({ atom })));
}

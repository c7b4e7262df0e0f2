/** The machine and the runtime under a node of this process, for those who ask its tools. */
import * as crypto from 'node:crypto';
import { lookup } from 'node:dns/promises';
import * as net from 'node:net';
import * as os from 'node:os';
import type { CertificateFile, Machine, NetworkInterface } from '../control/target';

/** Milliseconds for a TCP connection to this machine itself. */
const CONNECT_MS = 5000;
/** What sets up a node begins with these. */
const SETTINGS = /^(RABBITMQ|WARREN)_/;
/** Never shown: it is a secret. */
const SECRETS = /COOKIE|PASS/;

export function thisMachine(): Machine {
  return {
    os: os.type(),
    runtime: `Node.js ${process.version}`,
    crypto: `OpenSSL ${process.versions.openssl}`,
    commandLine: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    environment: settings(),
    interfaces: Object.entries(os.networkInterfaces()).map(([name, addresses = []]) => networkInterface(name, addresses)),
    cipherSuites: crypto.constants.defaultCipherList.split(':').filter((name) => !name.startsWith('!') && name !== 'HIGH'),
    tlsVersions: ['tlsv1.3', 'tlsv1.2'],
    epochMs: () => Date.now(),
    memory: () => {
      const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
      const heapUnused = heapTotal - heapUsed;
      const other = Math.max(0, rss - heapTotal - external);
      const parts = {
        heap_used: heapUsed,
        heap_unused: heapUnused,
        binary: arrayBuffers,
        external: external - arrayBuffers,
        other,
      };
      return { total: rss, parts };
    },
    resolve: async (host, family) => {
      try {
        return (await lookup(host, { family, all: true })).map(({ address }) => address);
      } catch {
        return [];
      }
    },
    reaches,
  };
}

function settings(): Record<string, string> {
  const known = Object.entries(process.env).filter(([name]) => SETTINGS.test(name) && !SECRETS.test(name));
  return Object.fromEntries(known.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, value = '']) => [name, value]));
}

function networkInterface(name: string, addresses: readonly os.NetworkInterfaceInfo[]): NetworkInterface {
  return {
    name,
    mac: addresses[0]?.mac ?? '',
    addresses: addresses.map(({ address, netmask }) => ({ address, netmask })),
    loopback: addresses.some(({ internal }) => internal),
  };
}

/** A wildcard address is reached through loopback. */
function reaches(host: string, port: number): Promise<boolean> {
  const to = host === '::' || host === '0.0.0.0' ? 'localhost' : host;
  return new Promise((resolve) => {
    const socket = net.connect({ host: to, port, timeout: CONNECT_MS });
    const end = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** A file with one certificate or several. */
export function certificateFile(path: string, pem: string): CertificateFile {
  const ends = (pem.match(PEM_CERTIFICATE) ?? []).map((one) => Date.parse(new crypto.X509Certificate(one).validTo));
  return { path, pem, ends };
}

/**
 * Where node processes and the tools that command them meet: a folder of the user's own (mode 0700), in it one folder a node
 * with its control socket, and the secret that all of them share (as Erlang nodes share their cookie). It is
 * `WARREN_RUNTIME_DIR`, else a folder in `XDG_RUNTIME_DIR`, else one in the system's temporary folder.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Address } from '../world/world';
import { holderOf, type LockHolder } from './folder-lock';

const COOKIE = '.erlang.cookie';
const SOCKET = 'control';
/** In a node's folder: where it listens for other nodes. */
const PEERS = 'peers';
/** A folder for each node, in it a file for each other that it finds elsewhere. */
const DETOURS = 'detours';
/** sockaddr_un holds 108 octets on Linux and 104 elsewhere, with a zero behind the path. */
const SOCKET_PATH_MAX = 103;

export class RuntimeFolder {
  private constructor(readonly path: string) {}

  /** Makes the folder if it is missing. Throws if it is not this user's alone. */
  static open(environment: NodeJS.ProcessEnv = process.env): RuntimeFolder {
    const folder = folderOf(environment);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = fs.lstatSync(folder);
    const foreign = process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o77) !== 0);
    if (foreign || !fs.lstatSync(folder).isDirectory()) {
      throw new Error(
        `${folder} must be a folder that only this user can enter (chmod 700), for nodes are commanded through it.`,
      );
    }
    return new RuntimeFolder(folder);
  }

  /** The shared secret; made when it is asked for first. */
  cookie(): string {
    const file = path.join(this.path, COOKIE);
    if (!fs.existsSync(file)) this.makeCookie(file);
    return fs.readFileSync(file, 'utf8').trim();
  }

  /** Under its name it is there as a whole or not at all: nodes that start at one time all ask for it. The first one's stays. */
  private makeCookie(file: string): void {
    const own = `${file}.${randomBytes(4).toString('hex')}`;
    fs.writeFileSync(own, randomBytes(15).toString('base64url'), { mode: 0o600 });
    try {
      fs.linkSync(own, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      fs.rmSync(own);
    }
  }

  /** The folder of one node, to be locked by the process that is this node. */
  nodeFolder(nodename: string): string {
    return path.join(this.path, nodename);
  }

  /** Throws if the system has no room for so long a path. */
  socketOf(nodename: string): string {
    const socket = path.join(this.nodeFolder(nodename), SOCKET);
    if (Buffer.byteLength(socket) <= SOCKET_PATH_MAX) return socket;
    throw new Error(`${socket} is too long for a socket; set WARREN_RUNTIME_DIR to a shorter folder.`);
  }

  /** Tells other nodes where this one listens for them. */
  announce(nodename: string, { host, port }: Address): void {
    fs.writeFileSync(path.join(this.nodeFolder(nodename), PEERS), `${host} ${port}\n`);
  }

  /** From now on `from` finds `to` here, and not where that one listens. */
  detour(from: string, to: string, { host, port }: Address): void {
    const folder = path.join(this.path, DETOURS, from);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, to), `${host} ${port}\n`);
  }

  /** Where `to` itself listens for other nodes; null if it does not run. */
  peer(to: string): Address | null {
    return this.holder(to) === null ? null : readAddress(path.join(this.nodeFolder(to), PEERS));
  }

  /** Where `from` finds `to`; null if nobody knows. */
  peerOf(from: string, to: string): Address | null {
    return readAddress(path.join(this.path, DETOURS, from, to)) ?? this.peer(to);
  }

  /** Names of the nodes whose process lives. */
  running(): string[] {
    return fs.readdirSync(this.path).filter((name) => name.includes('@') && this.holder(name) !== null);
  }

  /** The process that is this node, or null. */
  holder(nodename: string): LockHolder | null {
    return holderOf(this.nodeFolder(nodename));
  }
}

/** Null if there is none, or it is being written. */
function readAddress(file: string): Address | null {
  if (!fs.existsSync(file)) return null;
  const [host, port] = fs.readFileSync(file, 'utf8').trim().split(' ');
  return host && port ? { host, port: Number(port) } : null;
}

function folderOf({ WARREN_RUNTIME_DIR: own, XDG_RUNTIME_DIR: session }: NodeJS.ProcessEnv): string {
  if (own) return path.resolve(own);
  if (session && fs.existsSync(session)) return path.join(session, 'warren');
  return path.join(os.tmpdir(), `warren-${process.getuid?.() ?? os.userInfo().username}`);
}

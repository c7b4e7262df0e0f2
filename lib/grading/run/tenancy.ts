/** What a run owns on its broker: a vhost of its own, maybe further ones, and a user for each program. */
import * as crypto from 'node:crypto';
import type { Lab } from '../../lab/lab';
import type { ProgramOptions } from '../scenario';

const ALL = { configure: '.*', write: '.*', read: '.*' };
/** Not guest, whose password everybody knows: it would be a way past the permissions of a program's own user. */
const GRADER = 'grader';

export class Tenancy {
  /** The run's own first. */
  private readonly vhosts: string[] = [];

  private constructor(
    private readonly lab: Lab,
    readonly vhost: string,
    private readonly password: string,
  ) {}

  static async begin(lab: Lab, seed: number): Promise<Tenancy> {
    const vhost = `run-${seed}`;
    const { password, user } = newUser(GRADER);
    const tenancy = new Tenancy(lab, vhost, password);
    await tenancy.define({ users: [user], ...grantedTo(vhost) });
    tenancy.vhosts.push(vhost);
    return tenancy;
  }

  /** A vhost which the grader may use, and every user that is made from now on. */
  async addVhost(name: string): Promise<void> {
    await this.define(grantedTo(name));
    this.vhosts.push(name);
  }

  /** The grader's own address of a node, by default the first. */
  url(node?: string, vhost = this.vhost): string {
    const { password } = this;
    return this.lab.url(node, { user: GRADER, password, vhost });
  }

  /** Makes a user and gives the address with which it connects, PORT in the place of the port. */
  async addUser(program: string, permissions: ProgramOptions['permissions'] = ALL): Promise<string> {
    const { password, user } = newUser(program);
    const { vhost, vhosts } = this;
    await this.define({ users: [user], permissions: vhosts.map((each) => ({ user: program, vhost: each, ...permissions })) });
    return `amqp://${encodeURIComponent(program)}:${password}@127.0.0.1:PORT/${encodeURIComponent(vhost)}?heartbeat=0`;
  }

  private async define(definitions: object): Promise<void> {
    await this.lab.define(definitions).catch((error: Error) => {
      throw new Error(`The broker did not take the run's vhost and users: ${error.message}`);
    });
  }
}

/** The vhost, and that the grader may do everything in it. */
function grantedTo(vhost: string): object {
  return { vhosts: [{ name: vhost }], permissions: [{ user: GRADER, vhost, ...ALL }] };
}

function newUser(name: string): { password: string; user: object } {
  const password = crypto.randomBytes(12).toString('hex');
  const hashed = { password_hash: hashOf(password), hashing_algorithm: 'rabbit_password_hashing_sha256' };
  return { password, user: { name, ...hashed, tags: '' } };
}

/** As RabbitMQ keeps passwords: a salt of four octets, and the hash of salt and password. */
function hashOf(password: string): string {
  const salt = crypto.randomBytes(4);
  const hash = crypto.createHash('sha256').update(salt).update(password, 'utf8').digest();
  return Buffer.concat([salt, hash]).toString('base64');
}

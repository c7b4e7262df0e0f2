/** A RabbitMQ node of a lab, as an {@link Engine}. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Permission } from '../../../lib/broker/api';
import type { CommandResult } from '../../../lib/lab/api';
import type { Engine } from './engine';
import { LabEngine } from './lab-engine';

/** rabbitmqctl starts an Erlang machine of its own each time; more at once only slow each other down. */
const COMMANDS_AT_ONCE = 2;

export class RabbitmqEngine extends LabEngine implements Engine {
  readonly name = 'rabbitmq';
  readonly concurrency = 24;
  #running = 0;
  #waiting: (() => void)[] = [];

  static async start(): Promise<RabbitmqEngine> {
    return new RabbitmqEngine(await LabEngine.startLab('rabbitmq'));
  }

  override async rabbitmqctl(args: readonly string[]): Promise<CommandResult> {
    if (this.#running >= COMMANDS_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      return await super.rabbitmqctl(args);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** One expression instead of two commands a vhost, of half a second each. */
  async addVhosts(names: readonly string[]): Promise<void> {
    const all = '<<".*">>, <<".*">>, <<".*">>';
    const permit = `rabbit_auth_backend_internal:set_permissions(<<"guest">>, V, ${all}, <<"claims">>)`;
    const add = `ok = rabbit_vhost:add(V, <<"claims">>), ok = ${permit}`;
    await this.#eval(`[begin ${add} end || V <- [${names.map(binary).join(', ')}]]`);
  }

  async addUser(name: string, password: string, tags: readonly string[]): Promise<void> {
    const add = `ok = rabbit_auth_backend_internal:add_user(${binary(name)}, ${binary(password)}, <<"claims">>)`;
    await this.#eval(`${add}, rabbit_auth_backend_internal:set_tags(${binary(name)}, [${tags.join(', ')}], <<"claims">>)`);
  }

  async setPermissions(vhost: string, user: string, { configure, write, read }: Permission): Promise<void> {
    await this.command('set_permissions', '-p', vhost, user, configure, write, read);
  }

  async mayLogInFrom(user: string, host: string): Promise<boolean> {
    const answer = await this.#eval(`rabbit_access_control:check_user_loopback(${binary(user)}, {${host.replaceAll('.', ',')}})`);
    return answer === 'ok';
  }

  /** Not by the lab's clock, which waits until all connections are quiet: other checks run meanwhile. */
  async advance(ms: number): Promise<void> {
    await delay(ms);
  }

  /** There is nothing to ask; a tenth of a second is fifty times what a local round trip takes. */
  async settled(): Promise<void> {
    await delay(100);
  }

  #eval(expression: string): Promise<string> {
    return this.command('eval', `${expression}.`);
  }
}

function binary(text: string): string {
  return `<<"${text.replace(/[\\"]/g, '\\$&')}"/utf8>>`;
}

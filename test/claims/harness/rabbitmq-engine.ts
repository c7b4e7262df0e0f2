/** A RabbitMQ node of a lab, as an {@link Engine}. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Permission } from '../../../lib/broker/api';
import type { CommandResult } from '../../../lib/lab/api';
import type { Engine } from './engine';
import { ErlangDoor } from '../../../lib/lab/erlang-door';
import { LabEngine } from './lab-engine';

/** rabbitmqctl starts an Erlang machine of its own each time; more at once only slow each other down. */
const COMMANDS_AT_ONCE = 2;

export class RabbitmqEngine extends LabEngine implements Engine {
  readonly name = 'rabbitmq';
  readonly concurrency = 24;
  #door: Promise<ErlangDoor> | null = null;
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

  override async stop(): Promise<void> {
    await this.#door?.then(
      (door) => door.close(),
      () => {},
    );
    await super.stop();
  }

  async addVhosts(names: readonly string[]): Promise<void> {
    const all = '<<".*">>, <<".*">>, <<".*">>';
    const permit = `ok = rabbit_auth_backend_internal:set_permissions(<<"guest">>, V, ${all}, <<"claims">>)`;
    const add = `fun(V) -> ok = rabbit_vhost:add(V, <<"claims">>), ${permit} end`;
    await this.#eval(`lists:foreach(${add}, [${names.map(binary).join(', ')}])`);
  }

  async addUser(name: string, password: string, tags: readonly string[]): Promise<void> {
    const add = `ok = rabbit_auth_backend_internal:add_user(${binary(name)}, ${binary(password)}, <<"claims">>)`;
    const tag = `ok = rabbit_auth_backend_internal:set_tags(${binary(name)}, [${tags.join(', ')}], <<"claims">>)`;
    await this.#eval(`begin ${add}, ${tag} end`);
  }

  async setPermissions(vhost: string, user: string, { configure, write, read }: Permission): Promise<void> {
    const values = [user, vhost, configure, write, read].map(binary).join(', ');
    await this.#eval(`ok = rabbit_auth_backend_internal:set_permissions(${values}, <<"claims">>)`);
  }

  async mayLogInFrom(user: string, host: string): Promise<boolean> {
    const address = `{${host.replaceAll('.', ',')}}`;
    return (await this.#eval(`rabbit_access_control:check_user_loopback(${binary(user)}, ${address}) =:= ok`)) === 'true';
  }

  /** The server raises an alarm later than it says; once it answers what alarms there are, the connections are told. */
  async setAlarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    const alarm = `{resource_limit, ${resource}, node()}`;
    const change = on ? `set_alarm({${alarm}, []})` : `clear_alarm(${alarm})`;
    await this.#eval(`begin rabbit_alarm:${change}, is_list(rabbit_alarm:get_alarms()) end`);
  }

  /** Not by the lab's clock, which waits until all connections are quiet: other checks run meanwhile. */
  async advance(ms: number): Promise<void> {
    await delay(ms);
  }

  /** There is nothing to ask; a tenth of a second is fifty times what a local round trip takes. */
  async settled(): Promise<void> {
    await delay(100);
  }

  async #eval(expression: string): Promise<string> {
    this.#door ??= ErlangDoor.open((opening) => this.command('eval', opening));
    return (await this.#door).evaluate(expression);
  }
}

function binary(text: string): string {
  return `<<"${text.replace(/[\\"]/g, '\\$&')}"/utf8>>`;
}

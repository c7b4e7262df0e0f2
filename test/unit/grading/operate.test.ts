/** What an operator's lines may do: commands for the cluster, and nothing on this machine. */
import { strict as assert } from 'node:assert';
import type { LabApi, LabNode } from '../../../lib/lab/api';
import { operate } from '../../../lib/grading/run/operate';

type NodeStub = Pick<LabNode, 'name' | 'state' | 'start'> & Partial<Pick<LabNode, 'useDisk'>>;

/** A lab that keeps what was typed; `ping` is answered. */
function stub(nodes: readonly NodeStub[] = []): { readonly lab: LabApi; readonly typed: string[] } {
  const typed: string[] = [];
  const sh = (strings: TemplateStringsArray, ...values: unknown[]) => {
    const line = String.raw(strings, ...values);
    typed.push(line);
    // Nothing comes of waiting for a node here, unless its start fails.
    if (line.endsWith('await_startup')) return new Promise(() => undefined);
    return Promise.resolve({ line, exitCode: 0, stdout: 'said\n', stderr: '' });
  };
  const node = (name: string) => nodes.find((each) => each.name === name);
  const clock = { advance: () => Promise.resolve() };
  const settled = () => Promise.resolve();
  return { lab: { engine: 'warren', nodes, node, clock, settled, sh } as unknown as LabApi, typed };
}

const env = { NODE: 'rabbit2', VHOST: 'run-1' };
const begins = (): void => undefined;
const shelf = new Map([['/mnt/shelf/rabbit2', '/tmp/copy-of-rabbit2']]);

describe("an operator's lines", () => {
  const REFUSED = [
    'rabbitmqctl eval \'os:cmd("id").\'',
    "rabbitmqctl -n rabbit1 eval 'ok.'",
    'rabbitmqctl export_definitions /tmp/out.json',
    'rabbitmqctl -n export_definitions list_queues /tmp/out.json',
    'rabbitmqctl --timeout list_queues export_definitions /tmp/out.json',
    'rabbitmqctl import_definitions /etc/passwd',
    'rabbitmqctl remote_shell',
    'rabbitmq-plugins enable rabbitmq_management',
    'rabbitmq-server -detached',
    'constructor list_queues',
    'cat /etc/passwd',
    'rabbitmqctl',
  ];
  for (const line of REFUSED) {
    it(`are refused: ${line}`, async () => {
      const { lab, typed } = stub();
      const [command] = await operate({ lab, lines: [line], env, shelf, begins });
      assert.equal(command?.exitCode, 126);
      assert.match(command?.output ?? '', /not a command/);
      assert.deepEqual(typed, []);
    });
  }

  it('are typed with the names of the environment in their places, others as they are', async () => {
    const { lab, typed } = stub();
    const line = `rabbitmqctl -n $NODE set_policy -p \${VHOST} '^$OTHER$' '{}'`;
    const told: string[] = [];
    const commands = await operate({ lab, lines: [line], env, shelf, begins: (each) => told.push(each) });
    const filled = "rabbitmqctl -n rabbit2 set_policy -p run-1 '^$OTHER$' '{}'";
    assert.deepEqual(commands, [{ line: filled, exitCode: 0, output: 'said\n' }]);
    assert.deepEqual([typed, told], [[filled], [filled]]);
  });

  it('keep a brace that no name has opened', async () => {
    const { lab, typed } = stub();
    await operate({
      lab,
      lines: [`rabbitmqctl set_vhost_limits -p \${VHOST} '{"max-queues":$MOST}'`],
      env: { ...env, MOST: '3' },
      shelf,
      begins,
    });
    assert.deepEqual(typed, [`rabbitmqctl set_vhost_limits -p run-1 '{"max-queues":3}'`]);
  });

  it('go on after one that was refused', async () => {
    const { lab } = stub();
    const commands = await operate({
      lab,
      lines: ['rabbitmqctl eval ok.', 'rabbitmqctl --node=$NODE status'],
      env,
      shelf,
      begins,
    });
    assert.deepEqual(
      commands.map(({ exitCode }) => exitCode),
      [126, 0],
    );
  });

  it('start a node that is down, once it is there', async () => {
    const started: string[] = [];
    const start = (): Promise<void> => {
      started.push('rabbit2');
      return Promise.resolve();
    };
    const { lab } = stub([
      { name: 'rabbit1', state: 'running', start },
      { name: 'rabbit2', state: 'stopped', start },
    ]);
    const lines = ['rabbit1', '$NODE', 'rabbit9'].map((node) => `RABBITMQ_NODENAME=${node} rabbitmq-server -detached`);
    const commands = await operate({ lab, lines, env, shelf, begins });
    assert.deepEqual(started, ['rabbit2']);
    assert.deepEqual(
      commands.map(({ exitCode }) => exitCode),
      [1, 0, 1],
    );
  });

  it('that wait for a node end when its start does', async () => {
    const start = (): Promise<void> => Promise.reject(new Error('BOOT FAILED'));
    const { lab } = stub([{ name: 'rabbit2', state: 'stopped', start }]);
    const lines = ['RABBITMQ_NODENAME=$NODE rabbitmq-server -detached', 'rabbitmqctl -n $NODE await_startup'];
    const [, waited] = await operate({ lab, lines, env, shelf, begins });
    assert.equal(waited?.exitCode, 69);
    assert.match(waited?.output ?? '', /went down/);
  });

  it('that wait for nothing end by themselves', async () => {
    const { lab } = stub([{ name: 'rabbit2', state: 'stopped', start: () => Promise.resolve() }]);
    const [waited] = await operate({ lab, lines: ['rabbitmqctl -n $NODE await_startup'], env, shelf, begins });
    assert.equal(waited?.exitCode, 124);
  });

  it('start no node twice', async () => {
    const start = (): Promise<void> => new Promise(() => undefined);
    const { lab } = stub([{ name: 'rabbit2', state: 'stopped', start }]);
    const line = 'RABBITMQ_NODENAME=$NODE rabbitmq-server -detached';
    const [, again] = await operate({ lab, lines: [line, line], env, shelf, begins });
    assert.equal(again?.exitCode, 1);
  });

  const PLACE = '/var/lib/rabbitmq/mnesia/rabbit2@localhost/';
  const COPIES: Readonly<Record<string, string>> = {
    [`rsync -a --delete /mnt/shelf/rabbit2/ ${PLACE}`]: 'taken',
    [`rsync -a --delete /mnt/shelf/rabbit2 ${PLACE}`]: 'refused',
    [`rsync -a --delete /etc/ ${PLACE}`]: 'refused',
    'rsync -a --delete /mnt/shelf/rabbit2/ /etc/': 'refused',
    'rsync -a --delete /mnt/shelf/rabbit2/ /var/lib/rabbitmq/mnesia/rabbit9@localhost/': 'refused',
    'rsync -a --delete /mnt/shelf/rabbit2/ /var/lib/rabbitmq/mnesia/rabbit1@localhost/': 'refused',
  };
  for (const [line, what] of Object.entries(COPIES)) {
    it(`put a copy in the place of the folder of a node that is down: ${line} is ${what}`, async () => {
      const used: string[] = [];
      const start = (): Promise<void> => Promise.resolve();
      const useDisk = async (copy: string): Promise<void> => void used.push(copy);
      const { lab } = stub([
        { name: 'rabbit1', state: 'running', start, useDisk },
        { name: 'rabbit2', state: 'stopped', start, useDisk },
      ]);
      const [command] = await operate({ lab, lines: [line], env, shelf, begins });
      assert.deepEqual([command?.exitCode, used], what === 'taken' ? [0, ['/tmp/copy-of-rabbit2']] : [1, []]);
    });
  }
});

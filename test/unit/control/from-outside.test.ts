/** Commands that wait for a node, look at its listeners, or say why they cannot: on nodes that are only told of. */
import { strict as assert } from 'node:assert';
import { UNKNOWN_RESOURCES } from '../../../lib/broker/resource-monitor';
import { createBroker } from '../../../lib/broker/broker';
import type { ControlListener, ControlNode, ControlTarget, Machine, Watch } from '../../../lib/control/target';
import { inputWanted, runTool } from '../../../lib/control/tool';
import { LiveWorld } from '../../../lib/world/live';

const NAME = 'rabbit1@localhost';
/** 2026-01-01 */
const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

function machine(more: Partial<Machine> = {}): Machine {
  return {
    os: 'Linux',
    runtime: 'Node.js',
    crypto: 'OpenSSL',
    commandLine: [],
    environment: {},
    interfaces: [],
    cipherSuites: [],
    tlsVersions: [],
    epochMs: () => NOW,
    memory: () => ({ total: 100, parts: { heap: 60, other: 40 } }),
    resolve: async () => [],
    reaches: async () => true,
    ...more,
  };
}

const PLAIN: ControlListener = { host: '127.0.0.1', port: 5672, tls: null };

function secured(ends: number): ControlListener {
  return { host: '::', port: 5671, tls: { certfile: { path: '/cert.pem', pem: 'PEM', ends: [ends] }, cacertfile: null } };
}

function node(more: Partial<ControlNode> = {}): ControlNode {
  const broker = createBroker(new LiveWorld({ log: { write: () => undefined } }), { nodeName: NAME });
  const common = { name: 'rabbit1', nodename: NAME, osPid: 1, uptimeMs: 0, version: 'Warren', listeners: [PLAIN] };
  return { ...common, broker, machine: machine(), probes: UNKNOWN_RESOURCES, ...more };
}

function target(one: ControlNode, more: Partial<ControlTarget> = {}): ControlTarget {
  return { nodes: [one], now: () => 0, ...more };
}

const diagnostics = (one: ControlNode, ...args: string[]) => runTool('rabbitmq-diagnostics', ['-q', ...args], target(one));

describe('wait', () => {
  const files = { read: () => null, write: () => undefined, hasFolderOf: () => true };

  function watch(more: Partial<Watch>): Watch {
    return { isAlive: () => true, answers: () => true, whenStarted: async () => true, pause: async () => undefined, ...more };
  }

  const wait = (own: Partial<Watch>, ...args: string[]) =>
    runTool('rabbitmqctl', ['wait', ...args], target(node({ broker: null }), { files, watch: watch(own) }));

  it('goes on once the file is there, the process lives and the node has started', async () => {
    let looks = 0;
    const late = { ...files, read: () => (++looks < 3 ? null : '42\n') };
    const { exitCode, stdout } = await runTool(
      'rabbitmqctl',
      ['wait', '/pid'],
      target(node({ broker: null }), { files: late, watch: watch({}) }),
    );
    assert.equal(exitCode, 0);
    assert.equal(looks, 3);
    assert.match(stdout, /^Waiting for pid file '\/pid' to appear\npid is 42\n/);
    assert.match(stdout, /Applications 'rabbit_and_plugins' are running on node 'rabbit1@localhost'\n$/);
  });

  it('ends with 75 when the file does not come in time', async () => {
    let waited = 0;
    const pause = async (ms: number): Promise<void> => {
      waited += ms;
    };
    const { exitCode, stderr } = await wait({ pause }, '/pid', '--timeout', '2');
    assert.equal(exitCode, 75);
    assert.equal(waited, 2000);
    assert.equal(stderr, `Error: operation wait on node ${NAME} timed out. Timeout value used: 2000\n`);
  });

  it('ends with 69 when the process is gone, whether or not another one answers under the name', async () => {
    const { exitCode, stderr } = await wait({ isAlive: () => false }, '--pid', '42');
    assert.equal(exitCode, 69);
    assert.equal(stderr, 'Error:\nprocess_not_running\n');
  });

  it('says nothing of its steps when it is to be quiet', async () => {
    assert.deepEqual(await wait({}, '--pid', '42', '-q'), { exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('a node that is starting', () => {
  const starting = (whenStarted: (limitMs: number) => Promise<boolean>): ControlNode => {
    const none = async (): Promise<void> => undefined;
    const lifecycle = { stopApp: none, startApp: none, stop: none, reset: none, whenStarted };
    return node({ broker: null, appStopped: true, booting: true, lifecycle });
  };

  it('is waited for by await_startup', async () => {
    let begin: (started: boolean) => void = () => undefined;
    const one = starting(
      () =>
        new Promise((resolve) => {
          begin = resolve;
        }),
    );
    const answer = runTool('rabbitmqctl', ['await_startup'], target(one));
    begin(true);
    assert.deepEqual(await answer, { exitCode: 0, stdout: '', stderr: '' });
  });

  it('that takes longer than the timeout makes await_startup end with 69', async () => {
    const limits: number[] = [];
    const one = starting(async (limitMs) => {
      limits.push(limitMs);
      return false;
    });
    const { exitCode, stderr } = await runTool('rabbitmqctl', ['await_startup', '--timeout', '2'], target(one));
    assert.deepEqual([exitCode, stderr, limits], [69, 'Error:\nrabbit_is_not_running\n', [2000]]);
  });

  it('says so to is_booting, and answers other commands with 64', async () => {
    const one = starting(async () => true);
    assert.match((await diagnostics(one, 'is_booting')).stdout, /is booting$/m);
    assert.equal((await runTool('rabbitmqctl', ['list_queues'], target(one))).exitCode, 64);
  });
});

describe('listeners', () => {
  it('are told plain ones first, the last one of each first', async () => {
    const listeners = [PLAIN, { ...PLAIN, port: 5673 }, secured(NOW)];
    const { stdout } = await diagnostics(node({ listeners }), 'listeners');
    assert.deepEqual(stdout.match(/port: \d+, protocol: [^,]+/g), [
      'port: 5673, protocol: amqp',
      'port: 5672, protocol: amqp',
      'port: 5671, protocol: amqp/ssl',
    ]);
    assert.match(stdout, /^Interface: \[::\], port: 5671/m);
  });

  it('that do not accept are named by check_port_connectivity', async () => {
    const listeners = [PLAIN, { ...PLAIN, port: 5673 }];
    const one = node({ listeners, machine: machine({ reaches: async (_, port) => port === 5672 }) });
    const { exitCode, stderr } = await diagnostics(one, 'check_port_connectivity');
    assert.equal(exitCode, 69);
    assert.match(stderr, /failed: \nInterface: 127\.0\.0\.1, port: 5673, /);
    assert.doesNotMatch(stderr, /5672/);
  });

  it('are found by a port and by any name of their protocol', async () => {
    const one = node({ listeners: [PLAIN, secured(NOW)] });
    for (const name of ['amqp', 'AMQP091', 'amqp1.0', 'amqps', 'amqp/ssl']) {
      assert.equal((await diagnostics(one, 'check_protocol_listener', name)).exitCode, 0, name);
    }
    assert.equal((await diagnostics(one, 'check_protocol_listener', 'mqtt')).exitCode, 69);
    assert.equal((await diagnostics(one, 'check_port_listener', '5671')).exitCode, 0);
    const { exitCode, stderr } = await diagnostics(one, 'check_port_listener', '1');
    assert.equal(exitCode, 69);
    assert.match(stderr, /use the following ports: 5671, 5672\n$/);
  });

  it('whose certificate ends within the period fail the check, with its file and date', async () => {
    const one = node({ listeners: [PLAIN, secured(NOW + 20 * DAY)] });
    const { exitCode, stderr } = await diagnostics(one, 'check_certificate_expiration');
    assert.equal(exitCode, 69);
    assert.match(stderr, /^%\{certfile: "\/cert\.pem", certfile_expires_on: \["2026-01-21 00:00:00"\], interface: "\[::\]"/);
    const soon = await diagnostics(one, 'check_certificate_expiration', '--within', '2');
    assert.deepEqual(soon, { exitCode: 0, stdout: 'No certificates are expiring within 2 weeks.\n', stderr: '' });
  });
});

describe('what a tool wants of its input', () => {
  it('is a line for a password that is not given, all for definitions without a file, else nothing', () => {
    assert.equal(inputWanted('rabbitmqctl', ['add_user', 'u']), 'line');
    assert.equal(inputWanted('rabbitmqctl', ['-n', 'rabbit1', 'authenticate_user', 'u']), 'line');
    assert.equal(inputWanted('rabbitmqctl', ['add_user', 'u', 'p']), null);
    assert.equal(inputWanted('rabbitmqctl', ['import_definitions']), 'all');
    assert.equal(inputWanted('rabbitmqctl', ['import_definitions', 'file']), null);
    assert.equal(inputWanted('rabbitmqctl', ['add_user', '--help', 'u']), null);
    assert.equal(inputWanted('rabbitmqctl', ['no_such_command']), null);
  });
});

describe('commands of RabbitMQ that this broker does not have', () => {
  it('say why in one sentence, with 69', async () => {
    const names = 'observer remote_shell erlang_version consume_event_stream log_tail_stream maybe_stuck runtime_thread_stats';
    for (const name of names.split(' ')) {
      const { exitCode, stdout, stderr } = await diagnostics(node(), name);
      assert.deepEqual([exitCode, stdout], [69, ''], name);
      assert.match(stderr, /^Error:\n[^\n]+\n$/, name);
    }
    assert.equal((await runTool('rabbitmqctl', ['eval', '1+1.'], target(node()))).exitCode, 69);
  });
});

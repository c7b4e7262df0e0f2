// Promise under test: clients that we did not write work with `warren broker` as they do with RabbitMQ: the C library (in
// Debian's amqp-tools), pika and the Java client. Each check runs on both, so that the check itself is known to be right.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import * as amqp from 'amqplib';
import { type Broker, BROKERS } from './brokers';
import { type Client, javaClient, NotHere, pikaClient } from './clients';
import { onPath, type Outcome, run, RunningProgram } from './processes';

/** Each client is got once for all brokers, while the first of them starts. */
const CLIENTS: Record<string, Promise<Client | NotHere>> = {};

for (const kind of BROKERS) {
  describe(`other clients on ${kind.name}`, function () {
    this.timeout(120_000);
    if (kind.missing !== null) {
      it(`not run: ${kind.missing}`);
      return;
    }
    let broker: Broker;
    /** The scripts run side by side: much of their time is waiting. */
    const scripts = new Map<string, Promise<Outcome | NotHere>>();

    before(async () => {
      CLIENTS.pika ??= pikaClient().catch(asNotHere);
      CLIENTS.java ??= javaClient().catch(asNotHere);
      broker = await kind.start();
      for (const [name, client] of Object.entries(CLIENTS)) scripts.set(name, runScript(client, broker.port));
    });

    after(() => broker?.dispose());

    describe('amqp-tools', () => {
      if (onPath('amqp-publish') === null) {
        it('not run: they are not installed (Debian: apt-get install amqp-tools)');
        return;
      }

      /** One of the tools on a queue; what it says on stderr comes without the name of the call in front. */
      async function tool(name: string, args: string[], input?: string | Buffer): Promise<Outcome> {
        const url = `amqp://guest:guest@127.0.0.1:${broker.port}/%2F`;
        return run(`amqp-${name}`, ['--url', url, ...args], input);
      }

      async function says(stdout: string, name: string, args: string[], input?: string | Buffer): Promise<void> {
        assert.deepEqual(await tool(name, args, input), { exitCode: 0, stdout, stderr: '' });
      }

      async function fails(stderr: string, name: string, args: string[]): Promise<void> {
        assert.deepEqual(await tool(name, args), { exitCode: 1, stdout: '', stderr: `${stderr}\n` });
      }

      it('declare queues, with and without a name', async () => {
        await says('tools.declared\n', 'declare-queue', ['-q', 'tools.declared', '-d']);
        assert.match((await tool('declare-queue', ['-q', ''])).stdout, /^amq\.gen-[\w-]{22}\n$/);
        await says('0\n', 'delete-queue', ['-q', 'tools.declared']);
      });

      it('publish a message and get it; an empty queue has exit code 2', async () => {
        await says('tools.get\n', 'declare-queue', ['-q', 'tools.get']);
        const properties = ['-p', '-C', 'text/plain', '-E', 'utf-8', '-t', 'back', '-H', 'kind: test'];
        await says('', 'publish', ['-r', 'tools.get', ...properties, '-b', 'hello']);
        await says('hello', 'get', ['-q', 'tools.get']);
        assert.deepEqual(await tool('get', ['-q', 'tools.get']), { exitCode: 2, stdout: '', stderr: '' });
        await says('0\n', 'delete-queue', ['-q', 'tools.get']);
      });

      it('send a million octets in many frames and get them back whole', async () => {
        const body = randomBytes(500_000).toString('hex');
        await says('tools.large\n', 'declare-queue', ['-q', 'tools.large']);
        await says('', 'publish', ['-r', 'tools.large'], body);
        const { stdout } = await tool('get', ['-q', 'tools.large']);
        assert.ok(stdout === body, `${stdout.length} octets came back, or others`);
        await says('0\n', 'delete-queue', ['-q', 'tools.large']);
      });

      it('consume with a command for each message, one in hand; what the command refuses goes back in front', async () => {
        await says('tools.consume\n', 'declare-queue', ['-q', 'tools.consume']);
        await says('', 'publish', ['-r', 'tools.consume', '-l'], 'one\ntwo\nthree\n');
        // A command that ends without reading would end amqp-consume too, with SIGPIPE.
        await says('one\n', 'consume', ['-q', 'tools.consume', '-c', '1', '--', 'sh', '-c', 'cat; false']);
        await says('one\ntwo\n', 'consume', ['-q', 'tools.consume', '-c', '2', '-p', '1', 'cat']);
        const text = "PRECONDITION_FAILED - queue 'tools.consume' in vhost '/' not empty";
        await fails(`queue.delete: server channel error 406, message: ${text}`, 'delete-queue', ['-q', 'tools.consume', '-e']);
        await says('1\n', 'delete-queue', ['-q', 'tools.consume']);
      });

      it('consume from a queue that they bind to an exchange', async () => {
        const { port } = broker;
        const args = ['--port', String(port), '-q', 'tools.bound', '-e', 'amq.topic', '-r', 'a.#', '-c', '1', 'cat'];
        const consumer = new RunningProgram('amqp-consume', args);
        let consuming = true;
        const ended = consumer.ended.finally(() => (consuming = false));
        // It says nothing when it has bound its queue, so messages come until it has one.
        while (consuming) {
          await says('', 'publish', ['-e', 'amq.topic', '-r', 'b.c', '-b', 'not for it']);
          await says('', 'publish', ['-e', 'amq.topic', '-r', 'a.b.c', '-b', 'routed']);
        }
        assert.deepEqual(await ended, { exitCode: 0, stdout: 'routed', stderr: '' });
      });

      it('tell what the server says about a mistake', async () => {
        const noQueue = "server channel error 404, message: NOT_FOUND - no queue 'absent' in vhost '/'";
        await fails(`basic.get: ${noQueue}`, 'get', ['-q', 'absent']);
        const noExchange = "server channel error 404, message: NOT_FOUND - no exchange 'absent' in vhost '/'";
        await fails(`closing channel: ${noExchange}`, 'publish', ['-e', 'absent', '-r', 'key', '-b', 'x']);
        await says('tools.kept\n', 'declare-queue', ['-q', 'tools.kept', '-d']);
        const other =
          "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'tools.kept' in vhost '/': " +
          "received 'false' but current is 'true'";
        await fails(`queue.declare: server channel error 406, message: ${other}`, 'declare-queue', ['-q', 'tools.kept']);
        await says('0\n', 'delete-queue', ['-q', 'tools.kept']);
        const refused =
          'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.';
        const wrong = await run('amqp-get', ['--url', `amqp://guest:wrong@127.0.0.1:${broker.port}`, '-q', 'any']);
        assert.equal(wrong.stderr, `logging in to AMQP server: server connection error 403, message: ${refused}\n`);
      });
    });

    describe('scripts', () => {
      for (const name of ['pika', 'java']) {
        it(`${name}: every check of its script`, async function () {
          const outcome = await scripts.get(name);
          if (outcome instanceof NotHere) return notRun(this, outcome);
          const { exitCode, stdout, stderr } = outcome as Outcome;
          if (exitCode !== 0) assert.fail(`exit code ${exitCode}\n${stdout.replace(/^ok .*\n/gm, '')}${stderr}`);
          assert.match(stdout, /^ok {3}/);
        });
      }

      it('pika: a publisher hears of connection.blocked and unblocked', async function () {
        const client = await CLIENTS.pika;
        if (client === undefined || client instanceof NotHere) return notRun(this, client);
        const alarmed = await broker.alarmed();
        const script = new RunningProgram(client.command, [...client.args, String(alarmed.port), '--blocked']);
        try {
          for (const on of [true, false]) {
            assert.equal(await script.line(), on ? 'alarm on' : 'alarm off');
            await alarmed.setMemoryAlarm(on);
            script.write('done\n');
            assert.equal(await script.line(), on ? 'blocked: low on memory' : 'unblocked');
          }
          assert.equal(await script.line(), 'all arrived');
          assert.equal((await script.ended).exitCode, 0);
        } finally {
          script.signal('SIGKILL');
          await script.ended;
          await alarmed.dispose();
        }
      });
    });

    // Last, as it ends the broker.
    describe('at the end', () => {
      it('a client hears 320 from a broker that is told to stop', async () => {
        const connection = await amqp.connect(`amqp://guest:guest@127.0.0.1:${broker.port}`);
        const closed = new Promise<Error>((resolve) => connection.once('close', resolve));
        await broker.stop();
        const text = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'";
        assert.equal((await closed).message, `Connection closed: 320 (CONNECTION-FORCED) with message "${text}"`);
      });
    });
  });
}

async function runScript(client: Promise<Client | NotHere>, port: number): Promise<Outcome | NotHere> {
  const got = await client;
  return got instanceof NotHere ? got : run(got.command, [...got.args, String(port)]);
}

function asNotHere(error: unknown): NotHere {
  if (error instanceof NotHere) return error;
  throw error;
}

/** One line in the report says why. */
function notRun(test: Mocha.Context, why?: NotHere): void {
  test.runnable().title += ` (not run: ${why?.message})`;
  test.skip();
}

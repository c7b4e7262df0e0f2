/**
 * rabbitmqctl against transcripts of the real one. The transcripts were recorded on RabbitMQ 3.10.8 by this file itself:
 * `RECORD_TRANSCRIPTS=1` starts one, runs every line of transcripts/*.txt and writes down what it answers (O| standard
 * output, E| standard error). Order within a listing is not promised by either, so their lines are compared sorted.
 * cluster-*.txt have three nodes; what their lines `lab ...` do, cluster-actions.ts says.
 */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import amqp from 'amqplib';
import type { CommandOutput } from '../../../lib/lab/engine';
import { Lab } from '../../../lib/lab/lab';
import { splitWords } from '../../../lib/lab/shell';
import { labAction } from './cluster-actions';

const FOLDER = path.join(__dirname, 'transcripts');
/** Files whose node has the topology below on it. */
const DECLARED = ['listings.txt', 'formatters.txt'];
const CLUSTER = /^cluster-/;
const RECORDING = process.env.RECORD_TRANSCRIPTS !== undefined;

interface Step {
  readonly line: string;
  readonly output: readonly string[];
}

interface Transcript {
  readonly name: string;
  readonly heading: string;
  readonly steps: readonly Step[];
}

function read(name: string): Transcript {
  const [heading = '', ...blocks] = fs.readFileSync(path.join(FOLDER, name), 'utf8').split(/^\$ /m);
  const steps = blocks.map((block) => {
    const [line = '', ...output] = block.trimEnd().split('\n');
    return { line, output };
  });
  return { name, heading, steps };
}

function write({ name, heading, steps }: Transcript): void {
  const text = steps.map(({ line, output }) => `$ ${line}\n${output.map((o) => `${o}\n`).join('')}\n`).join('');
  fs.writeFileSync(path.join(FOLDER, name), `${heading}${text.trimEnd()}\n`);
}

/** What differs from run to run gets a fixed name. */
function linesOf({ exitCode, stdout, stderr }: CommandOutput): string[] {
  const marked = (mark: string, text: string): string[] =>
    text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${mark}|${line}`);
  const plain = (text: string): string =>
    text
      // The tool's own log, which only the real one has.
      .replace(/^\n\d\d:\d\d:\d\d\.\d{3} \[(warning|error)\].*\n/gm, '')
      // What it is, and what its network looks like.
      .replace(/: (RabbitMQ [\d.]+ on Erlang|Warren) [\d.]+$/gm, ': VERSION')
      .replaceAll(' and AMQP 1.0', '')
      .replace(/(?<=unable to perform an operation on node '.*').*\n.*/s, '...\n')
      .replace(/(?<= thinks it\\'s clustered with node )\S+, but \S+ (?=disagrees'}, {:rabbit)/, 'OTHER, but OTHER ')
      .replace(/(?<=Mnesia directory *: ).*?(?=(\.\.\.)?$)/gm, 'FOLDER')
      .replace(/<(rabbit\d@localhost)(\.\d+){3}>/g, '<PID on $1>')
      .replace(/<PID on rabbit1@localhost>/g, '<PID>')
      .replace(/#PID<[\d.]+>/g, '#PID')
      .replace(/<\d+(\.\d+){2}>/g, '<PID>')
      .replace(/\b(amq\.ctag-)[\w-]+/g, '$1TAG')
      .replaceAll('\x1b', '^[')
      .replace(/\b\d{5}\b/g, 'PORT');
  return [...marked('O', plain(stdout)), ...marked('E', plain(stderr)), `[exit ${exitCode}]`];
}

/** Listings promise no order; the first and last rows in JSON and Erlang are marked by commas and brackets. */
function sorted(line: string, lines: readonly string[]): readonly string[] {
  const plain = (o: string): string => o.replace(/^O\|(,|[[ ]+)/, 'O|').replace(/^(O\|.*?)\]+,?$/, '$1');
  return line.includes(' list_') ? lines.map(plain).sort() : lines;
}

async function declareTopology(lab: Lab): Promise<void> {
  const connection = await amqp.connect(lab.url(), { clientProperties: { connection_name: 'order-api' } });
  connection.on('error', () => undefined);
  const one = await connection.createConfirmChannel();
  const limits = { 'x-message-ttl': 600000, 'x-max-length': 10, 'x-dead-letter-exchange': 'dlx' };
  await one.assertQueue('orders', { arguments: limits });
  await one.assertQueue('mine', { durable: false, exclusive: true });
  await one.assertQueue('temporary', { durable: false, autoDelete: true });
  const many = {
    'x-text': 'q"uo\\te',
    'x-table': { a: [1, 'b', true, 1.5], empty: {} },
    'x-big': 12345678901,
    'x-less': -5,
    'x-part': 0.5,
  };
  await one.assertQueue('spare', { durable: false, arguments: many });
  await one.assertQueue('full');
  await one.assertExchange('shop', 'topic', { alternateExchange: 'spill' });
  await one.assertExchange('inner', 'fanout', { durable: false, autoDelete: true, internal: true });
  await one.bindQueue('orders', 'shop', 'order.*');
  await one.bindQueue('orders', 'shop', 'paid', { k: 1, s: 't' });
  await one.bindExchange('inner', 'shop', '#');
  await one.prefetch(3);
  await one.consume('orders', () => undefined, { consumerTag: 'me', priority: 5 });
  for (let i = 0; i < 5; i++) one.sendToQueue('orders', Buffer.from(`m${i}`));
  one.sendToQueue('full', Buffer.from('m'));
  await one.waitForConfirms();
  const two = await connection.createChannel();
  await two.prefetch(7, true);
  await two.consume('temporary', () => undefined, { noAck: true, exclusive: true });
  await lab.settled();
}

describe('rabbitmqctl answers as that of RabbitMQ 3.10.8', () => {
  for (const name of fs.readdirSync(FOLDER)) {
    const transcript = read(name);
    describe(name.replace('.txt', ''), () => {
      let lab: Lab;
      const recorded: Step[] = [];

      before(async function () {
        this.timeout(60_000);
        const nodes = CLUSTER.test(name) ? ['rabbit1', 'rabbit2', 'rabbit3'] : ['rabbit1'];
        lab = await Lab.start({ engine: RECORDING ? 'rabbitmq' : 'warren', name: 'transcripts', nodes });
        if (DECLARED.includes(name)) await declareTopology(lab);
        // The statistics of channels that list_channels shows are up to five seconds old.
        if (RECORDING) await lab.clock.advance('6s');
      });

      after(async () => {
        await lab.stop();
        if (RECORDING) write({ ...transcript, steps: recorded });
      });

      for (const { line, output } of transcript.steps) {
        it(line, async function () {
          if (RECORDING) this.timeout(20_000);
          if (line.startsWith('lab ')) {
            await labAction(lab, line.split(' ').slice(1));
            recorded.push({ line, output });
            return;
          }
          // As template values, so that words with quotes and dollars arrive as they were typed.
          const words = splitWords(line);
          const strings = Object.assign(['', ...words.slice(1).map(() => ' '), ''], { raw: [] });
          const seen = linesOf(await lab.sh(strings as unknown as TemplateStringsArray, ...words));
          recorded.push({ line, output: seen });
          // The real tool takes a third of a second; by then clients have answered.
          await lab.settled();
          if (!RECORDING) assert.deepEqual(sorted(line, seen), sorted(line, output));
        });
      }
    });
  }
});

/** Plays fuzzed sessions against one broker and looks after each whether it is still whole. */
import { FRAME_METHOD, PROTOCOL_HEADER, REPLY } from '../../lib/amqp/constants';
import { tableOf } from '../../lib/amqp/field-table';
import { FrameDecoder } from '../../lib/amqp/frame-decoder';
import { decodeMethod, encodeMethod } from '../../lib/amqp/method-codec';
import type { MethodName } from '../../lib/amqp/methods';
import { createBroker, type Broker } from '../../lib/broker/broker';
import { SeededRandom } from '../../lib/world/random';
import { type FuzzLink, FuzzWorld } from './fuzz-world';
import { FrameGenerator, MANNERS, type Manner } from './generator';

const KNOWN_CODES = new Set<number>([0, 200, ...Object.values(REPLY).map(({ code }) => code)]);
const INPUTS_PER_SESSION = 120;
/** Fuzzed clients may leave this many messages behind before the broker is replaced. */
const SESSIONS_PER_BROKER = 200;

export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

export interface Tally {
  inputs: number;
  sessions: number;
  /** Methods that the broker answered with: a fuzzer that only ever sees closes tests nothing. */
  readonly answers: Map<MethodName, number>;
}

/** Plays sessions until `inputs` inputs were made. Throws FuzzFailure. */
export function fuzz(seed: number, inputs: number, tally: Tally): void {
  const root = new SeededRandom(seed);
  const generator = new FrameGenerator(root.stream('frames'));
  const choices = root.stream('choices');
  let world = new FuzzWorld(root.stream('broker'));
  let broker = newBroker(world);
  for (let session = 0; tally.inputs < inputs; session++) {
    if (session % SESSIONS_PER_BROKER === 0) {
      world = new FuzzWorld(root.stream(`broker ${session}`));
      broker = newBroker(world);
    }
    playSession(world, broker, generator, choices, tally);
    tally.sessions++;
    if (world.errors.length > 0) throw new FuzzFailure(`session ${session}: the broker logged an error: ${world.errors[0]}`);
    checkWhole(broker);
    checkBystander(world);
  }
}

function newBroker(world: FuzzWorld): Broker {
  const broker = createBroker(world, { nodeName: 'fuzz', maxMessageSize: 15000 });
  broker.listen({ host: '127.0.0.1', port: 5672 }, () => undefined);
  return broker;
}

function playSession(world: FuzzWorld, broker: Broker, generator: FrameGenerator, choices: SeededRandom, tally: Tally): void {
  const link = world.net.connect(1 + choices.int(60000));
  const decoder = new FrameDecoder();
  link.stuck = choices.int(20) === 0;
  const manner = MANNERS[choices.int(MANNERS.length)] as Manner;
  generator.manner = manner;
  const closed: number[] = [];
  const feed = (bytes: Buffer): void => {
    tally.inputs++;
    if (link.ended || link.paused) return;
    for (const piece of pieces(bytes, choices)) if (!link.ended && !link.paused) link.handler?.onBytes(piece);
    world.turn.end();
    if (!link.stuck) readAnswers(link, decoder, tally, closed);
  };
  if (manner.wild * choices.float() > 0.9) feed(generator.noise());
  for (const bytes of opening()) feed(manner.damage > choices.float() ? generator.damaged(bytes) : bytes);
  for (let i = 0; i < INPUTS_PER_SESSION && !link.ended; i++) {
    const reopened = closed.pop();
    if (reopened !== undefined) {
      feed(
        Buffer.concat([
          encodeMethod(reopened, 'channel.close-ok', {}),
          encodeMethod(reopened, 'channel.open', { outOfBand: '' }),
        ]),
      );
    }
    feed(manner.damage * choices.float() > 0.1 ? generator.noise() : generator.input());
    if (choices.int(10) === 0) {
      world.clock.advance(choices.int(100));
      world.turn.end();
    }
    if (choices.int(300) === 0) broker.setAlarm('memory', choices.int(2) === 0);
  }
  broker.setAlarm('memory', false);
  link.stuck = false;
  world.turn.end();
  readAnswers(link, decoder, tally, closed);
  link.close();
  world.turn.end();
}

/** A stream has no edges: inputs arrive whole, in halves or octet by octet. */
function pieces(bytes: Buffer, choices: SeededRandom): Buffer[] {
  const style = choices.int(10);
  if (style > 1 || bytes.length === 0) return [Buffer.from(bytes)];
  if (style === 0 && bytes.length < 300) return [...bytes].map((octet) => Buffer.from([octet]));
  const cut = choices.int(bytes.length);
  return [Buffer.from(bytes.subarray(0, cut)), Buffer.from(bytes.subarray(cut))];
}

function opening(): Buffer[] {
  const clientProperties = tableOf({
    capabilities: { authentication_failure_close: true, consumer_cancel_notify: true, 'connection.blocked': true },
  });
  const startOk = { clientProperties, mechanism: 'PLAIN', response: Buffer.from('\0guest\0guest'), locale: 'en_US' };
  return [
    Buffer.from(PROTOCOL_HEADER),
    encodeMethod(0, 'connection.start-ok', startOk),
    encodeMethod(0, 'connection.tune-ok', { channelMax: 10, frameMax: 4096, heartbeat: 0 }),
    encodeMethod(0, 'connection.open', { virtualHost: '/', capabilities: '', insist: false }),
    encodeMethod(1, 'channel.open', { outOfBand: '' }),
    encodeMethod(2, 'channel.open', { outOfBand: '' }),
  ];
}

/** Whatever goes in, what comes out is AMQP. */
function readAnswers(link: FuzzLink, decoder: FrameDecoder, tally: Tally, closed: number[]): void {
  let bytes = link.take();
  if (bytes.length >= 8 && bytes.toString('latin1', 0, 4) === 'AMQP') bytes = bytes.subarray(8);
  decoder.feed(bytes, ({ type, channel, payload }) => {
    if (type !== FRAME_METHOD) return;
    const method = decodeMethod(payload, 0, payload.length);
    if (method === null) throw new FuzzFailure(`the broker sent a method that does not exist: ${payload.toString('hex')}`);
    tally.answers.set(method.name, (tally.answers.get(method.name) ?? 0) + 1);
    if (method.name === 'channel.close') closed.push(channel);
    if (method.name !== 'channel.close' && method.name !== 'connection.close') return;
    if (!KNOWN_CODES.has(method.args.replyCode)) throw new FuzzFailure(`closed with unknown code ${method.args.replyCode}`);
    if (method.args.replyCode === 541) throw new FuzzFailure(`internal error: ${method.args.replyText}`);
  });
}

/** After its clients are gone, a broker holds nothing of theirs but durable things and ready messages. */
function checkWhole(broker: Broker): void {
  const { connections, queues, consumers, bindings, exchanges } = broker.snapshot('/', 0);
  if (connections.length > 0 || consumers.length > 0) throw new FuzzFailure('a closed connection left something open');
  const names = new Set(queues.map(({ name }) => name));
  const sources = new Set(exchanges.map(({ name }) => name));
  for (const queue of queues) {
    if (queue.unacked !== 0) throw new FuzzFailure(`${queue.name} counts ${queue.unacked} unacked messages without any consumer`);
    if (queue.ready < 0 || queue.consumers !== 0)
      throw new FuzzFailure(`${queue.name} counts ${queue.ready} ready, ${queue.consumers} consumers`);
    if (queue.exclusive) throw new FuzzFailure(`exclusive queue ${queue.name} outlived its connection`);
  }
  for (const { source, destination, toQueue } of bindings) {
    if (!sources.has(source)) throw new FuzzFailure(`a binding starts at ${source}, which does not exist`);
    if (toQueue ? !names.has(destination) : !sources.has(destination))
      throw new FuzzFailure(`a binding leads to ${destination}, which does not exist`);
  }
}

/** Another client is not harmed: it declares, publishes and gets its message. */
function checkBystander(world: FuzzWorld): void {
  const link = world.net.connect(61000);
  const seen: MethodName[] = [];
  const decoder = new FrameDecoder();
  const queue = 'bystander';
  const declare = {
    ticket: 0,
    queue,
    passive: false,
    durable: false,
    exclusive: true,
    autoDelete: false,
    nowait: false,
    arguments: new Map(),
  };
  const publish = encodeMethod(1, 'basic.publish', {
    ticket: 0,
    exchange: '',
    routingKey: queue,
    mandatory: false,
    immediate: false,
  });
  const header = Buffer.from('020001000000' + '0e003c0000000000000000000200' + '00ce', 'hex');
  const body = Buffer.from('030001000000026869ce', 'hex');
  const steps = [
    ...opening(),
    encodeMethod(1, 'queue.declare', declare),
    Buffer.concat([publish, header, body]),
    encodeMethod(1, 'basic.get', { ticket: 0, queue, noAck: true }),
  ];
  for (const bytes of steps) {
    link.handler?.onBytes(bytes);
    world.turn.end();
    decoder.feed(link.take(), ({ type, payload }) => {
      const method = type === FRAME_METHOD ? decodeMethod(payload, 0, payload.length) : null;
      if (method !== null) seen.push(method.name);
    });
  }
  link.close();
  world.turn.end();
  if (seen.at(-1) !== 'basic.get-ok') throw new FuzzFailure(`another client got ${seen.join(', ')}`);
}

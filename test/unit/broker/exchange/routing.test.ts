import assert from 'node:assert/strict';
import fc from 'fast-check';
import { field, type FieldTable } from '../../../../lib/amqp/field-table';
import { createBroker } from '../../../../lib/broker/broker';
import type { Exchange, ExchangeKind, Target } from '../../../../lib/broker/exchange/exchange';
import { route, routeOfKey } from '../../../../lib/broker/routing';
import { TRANSIENT, type Traits } from '../../../../lib/broker/traits';
import { Vhost } from '../../../../lib/broker/vhost';
import { LiveWorld } from '../../../../lib/world/live';
import { topicMatches } from './topic-model';

const EXCHANGES = ['x0', 'x1', 'x2', 'x3'];
const QUEUES = ['q0', 'q1', 'q2'];
const KEYS = ['', 'a', 'a.b', 'b', 'q0'];
const BINDING_KEYS = ['', 'a', 'a.b', '#', 'a.#', '*'];

interface ModelExchange {
  readonly kind: ExchangeKind;
  readonly autoDelete: boolean;
  readonly alternate: string | null;
}

interface ModelBinding {
  readonly source: string;
  readonly target: string;
  readonly key: string;
  readonly argument: number;
}

/** Exchanges and bindings in lists, searched anew for each message: no trie, no cache. */
class Model {
  readonly exchanges = new Map<string, ModelExchange>();
  readonly queues = new Set<string>();
  bindings: ModelBinding[] = [];

  bind(binding: ModelBinding): void {
    if (!this.bindings.some((each) => same(each, binding))) this.bindings.push(binding);
  }

  /** An auto-delete exchange goes with the last binding that starts there, which may take others along. */
  remove(gone: (binding: ModelBinding) => boolean): void {
    const sources = new Set(this.bindings.filter(gone).map(({ source }) => source));
    this.bindings = this.bindings.filter((binding) => !gone(binding));
    for (const source of sources) {
      const unused = !this.bindings.some((binding) => binding.source === source);
      if (unused && this.exchanges.get(source)?.autoDelete) this.deleteExchange(source);
    }
  }

  deleteExchange(name: string): void {
    this.exchanges.delete(name);
    this.bindings = this.bindings.filter(({ source }) => source !== name);
    this.remove(({ target }) => target === name);
  }

  deleteQueue(name: string): void {
    this.queues.delete(name);
    this.remove(({ target }) => target === name);
  }

  route(start: string, keys: readonly string[], header: number): Set<string> {
    const queues = new Set<string>();
    const exchanges = new Set([start]);
    for (const name of exchanges) {
      const { kind, alternate } = this.exchanges.get(name) as ModelExchange;
      const hits = this.bindings.filter(
        (binding) => binding.source === name && keys.some((key) => matches(kind, binding, key, header)),
      );
      for (const { target } of hits) (this.queues.has(target) ? queues : exchanges).add(target);
      if (hits.length === 0 && alternate !== null && this.exchanges.has(alternate)) exchanges.add(alternate);
    }
    return queues;
  }
}

function same(a: ModelBinding, b: ModelBinding): boolean {
  return a.source === b.source && a.target === b.target && a.key === b.key && a.argument === b.argument;
}

function matches(kind: ExchangeKind, { key, argument }: ModelBinding, routingKey: string, header: number): boolean {
  if (kind === 'fanout') return true;
  if (kind === 'direct') return key === routingKey;
  if (kind === 'topic') return topicMatches(key, routingKey);
  return argument === header;
}

const binding = fc.record({
  source: fc.constantFrom(...EXCHANGES),
  target: fc.constantFrom(...EXCHANGES, ...QUEUES),
  key: fc.constantFrom(...BINDING_KEYS),
  argument: fc.nat(1),
});

const declaration = fc.record({
  do: fc.constant('declare' as const),
  name: fc.constantFrom(...EXCHANGES),
  kind: fc.constantFrom<ExchangeKind>('direct', 'fanout', 'topic', 'headers'),
  autoDelete: fc.boolean(),
  alternate: fc.constantFrom(null, ...EXCHANGES),
});

const everyExchange = fc.tuple(...EXCHANGES.map((name) => declaration.map((each) => ({ ...each, name }))));

const step = fc.oneof(
  { weight: 2, arbitrary: declaration },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), name: fc.constantFrom(...EXCHANGES, ...QUEUES) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('queue' as const), name: fc.constantFrom(...QUEUES) }) },
  { weight: 6, arbitrary: binding.map((each) => ({ do: 'bind' as const, ...each })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unbind' as const), pick: fc.nat() }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const argumentsOf = (argument: number): FieldTable => new Map([['a', field.int(argument)]]);

/** A vhost and the model, taken through the same steps. */
class Pair {
  readonly model = new Model();

  constructor(readonly vhost: Vhost) {
    for (const name of QUEUES) this.take({ do: 'queue', name });
  }

  take(each: Step): void {
    if (each.do === 'declare') this.declare(each);
    else if (each.do === 'delete') this.delete(each.name);
    else if (each.do === 'queue') this.declareQueue(each.name);
    else if (each.do === 'bind') this.bind(each);
    else if (this.model.bindings.length > 0)
      this.unbind(this.model.bindings[each.pick % this.model.bindings.length] as ModelBinding);
  }

  private declare({ name, kind, autoDelete, alternate }: Step & { do: 'declare' }): void {
    if (this.model.exchanges.has(name)) return;
    const args: FieldTable = alternate === null ? new Map() : new Map([['alternate-exchange', field.text(alternate)]]);
    this.vhost.declareExchange({ name, kind, durable: false, autoDelete, internal: false, args });
    this.model.exchanges.set(name, { kind, autoDelete, alternate });
  }

  private delete(name: string): void {
    const [exchange, queue] = [this.vhost.exchanges.get(name), this.vhost.queues.get(name)];
    if (exchange !== undefined) this.vhost.deleteExchange(exchange);
    if (queue !== undefined) this.vhost.deleteQueue(queue, 'deleted');
    if (this.model.exchanges.has(name)) this.model.deleteExchange(name);
    if (this.model.queues.has(name)) this.model.deleteQueue(name);
  }

  private declareQueue(name: string): void {
    if (this.model.queues.has(name)) return;
    this.vhost.newQueue({ name, durable: false, autoDelete: false, owner: null, args: new Map() });
    this.model.queues.add(name);
  }

  private bind(each: ModelBinding): void {
    const ends = this.ends(each);
    if (ends === null) return;
    this.vhost.bind(...ends);
    this.model.bind({ source: each.source, target: each.target, key: each.key, argument: each.argument });
  }

  private unbind(each: ModelBinding): void {
    const known = this.vhost.binding(...(this.ends(each) ?? assert.fail()));
    assert.ok(known !== undefined);
    this.vhost.unbind(known);
    this.model.remove((other) => other === each);
  }

  private ends({ source, target, key, argument }: ModelBinding): [Exchange, Target, string, FieldTable] | null {
    const from = this.vhost.exchanges.get(source);
    const to = this.vhost.queues.get(target) ?? this.vhost.exchanges.get(target);
    return from === undefined || to === undefined ? null : [from, to, key, argumentsOf(argument)];
  }

  /** Each exchange, asked with each key twice, so that the second answer comes from the cache where there is one. */
  compare(copies: readonly string[]): void {
    assert.deepEqual(
      [...this.vhost.exchanges.keys()].filter((name) => name.startsWith('x')).sort(),
      [...this.model.exchanges.keys()].sort(),
    );
    for (const name of this.model.exchanges.keys()) {
      for (const key of KEYS) {
        for (const header of [0, 1, 0]) this.compareOne(name, key, header, []);
        this.compareOne(name, key, 0, copies);
      }
    }
  }

  private compareOne(name: string, key: string, header: number, copies: readonly string[]): void {
    const exchange = this.vhost.exchanges.get(name);
    assert.ok(exchange !== undefined);
    const traits: Traits = { ...TRANSIENT, headers: argumentsOf(header), copies };
    const queues = route(this.vhost, exchange, key, traits).map((queue) => queue.name);
    assert.deepEqual(
      [...queues].sort(),
      [...this.model.route(name, [key, ...copies], header)].sort(),
      `${name}, key '${key}', copies ${copies.join()}`,
    );
    if (copies.length > 0) return;
    const always = routeOfKey(this.vhost, exchange, key)?.map((queue) => queue.name);
    if (always !== undefined) assert.deepEqual(always, queues, `${name}, key '${key}' alone`);
  }
}

describe('routes', () => {
  const host = createBroker(new LiveWorld(), { nodeName: 'n' });

  it('are those that a search of all bindings finds, while exchanges, queues and bindings come and go', () => {
    const copies = fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(everyExchange, fc.array(step, { maxLength: 40, size: 'max' }), copies, (first, steps, more) => {
        const pair = new Pair(new Vhost('v', host));
        for (const each of [...first, ...steps]) {
          pair.take(each);
          pair.compare(more);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('from the default exchange lead to the queues of these names', () => {
    const { vhost } = new Pair(new Vhost('v', host));
    const exchange = vhost.exchanges.get('');
    assert.ok(exchange !== undefined);
    const names = (key: string, copies: readonly string[]): string[] =>
      route(vhost, exchange, key, { ...TRANSIENT, copies }).map((queue) => queue.name);
    assert.deepEqual(names('q1', []), ['q1']);
    assert.deepEqual(names('none', []), []);
    assert.deepEqual(names('none', ['q2', 'q0', 'q2', 'nor']), ['q2', 'q0']);
    assert.deepEqual(
      routeOfKey(vhost, exchange, 'q1')?.map((queue) => queue.name),
      ['q1'],
    );
  });

  it('do not forget or mix up keys when more of them come than are remembered', () => {
    const pair = new Pair(new Vhost('v', host));
    pair.take({ do: 'declare', name: 'x0', kind: 'direct', autoDelete: false, alternate: null });
    const exchange = pair.vhost.exchanges.get('x0');
    assert.ok(exchange !== undefined);
    for (let i = 0; i < 100_000; i += 7)
      pair.vhost.bind(exchange, pair.vhost.queues.get('q0') ?? assert.fail(), String(i), new Map());
    for (let i = 0; i < 100_000; i++) {
      for (const key of [i, i % 10_000, i % 10]) {
        const found = route(pair.vhost, exchange, String(key), TRANSIENT);
        if ((found.length === 1) !== (key % 7 === 0)) assert.fail(`key ${key}`);
      }
    }
  });

  it('and auto-delete exchanges may form chains of any length', () => {
    const vhost = new Vhost('v', host);
    const attributes = { kind: 'fanout', durable: false, autoDelete: true, internal: false, args: new Map() } as const;
    const chain = Array.from({ length: 20_000 }, (_, i) => vhost.declareExchange({ name: `x${i}`, ...attributes }));
    const queue = vhost.newQueue({ name: 'q', durable: false, autoDelete: false, owner: null, args: new Map() });
    chain.forEach((exchange, i) => void vhost.bind(exchange, chain[i + 1] ?? queue, '', new Map()));
    assert.deepEqual(route(vhost, chain[0] ?? assert.fail(), '', TRANSIENT), [queue]);
    vhost.deleteQueue(queue, 'deleted');
    assert.deepEqual(
      [...vhost.exchanges.keys()].filter((name) => name.startsWith('x')),
      [],
    );
  });
});

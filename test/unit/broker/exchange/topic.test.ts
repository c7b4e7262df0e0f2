import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Binding, Target } from '../../../../lib/broker/exchange/exchange';
import { KeyWords } from '../../../../lib/broker/exchange/key-words';
import { TopicType } from '../../../../lib/broker/exchange/topic';
import { TRANSIENT } from '../../../../lib/broker/traits';
import { topicMatches } from './topic-model';

/** A binding of its own target, so that what is found tells which bindings matched. */
function bindingOf(routingKey: string): Binding {
  return { routingKey, target: { routingKey } } as unknown as Binding;
}

function matched(topic: TopicType, key: string): Set<Target> {
  const found = new Set<Target>();
  topic.route(key, TRANSIENT, (target) => found.add(target));
  return found;
}

function agrees(topic: TopicType, bindings: ReadonlySet<Binding>, key: string): void {
  const expected = [...bindings].filter(({ routingKey }) => topicMatches(routingKey, key)).map(({ target }) => target);
  assert.deepEqual(matched(topic, key), new Set(expected), `key '${key}'`);
}

/** Three words with one hash: they share a chain in the trie. */
const SAME_HASH = ['AaAa', 'BBBB', 'AaBB'] as const;

const pattern = fc
  .array(fc.constantFrom('a', 'b', '', '*', '#', '#', ...SAME_HASH), { maxLength: 7 })
  .map((words) => words.join('.'));
const key = fc
  .array(fc.constantFrom('a', 'b', '', '*', '#', 'ab', ...SAME_HASH), { maxLength: 8 })
  .map((words) => words.join('.'));

describe('TopicType', () => {
  it('is tested with words that have the same hash', () => {
    const key = new KeyWords();
    key.cut(SAME_HASH.join('.'));
    assert.equal(new Set(SAME_HASH.map((_, at) => key.hash(at))).size, 1);
  });

  it('finds the bindings that a plain matcher finds, while bindings come and go', () => {
    const step = fc.record({ pattern, remove: fc.boolean(), keys: fc.array(key, { minLength: 1, maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const topic = new TopicType();
        const bindings = new Set<Binding>();
        for (const { pattern: routingKey, remove, keys } of steps) {
          const old = [...bindings].find((binding) => binding.routingKey === routingKey);
          if (remove && old !== undefined) {
            topic.remove(old);
            bindings.delete(old);
          } else {
            const binding = bindingOf(routingKey);
            topic.add(binding);
            bindings.add(binding);
          }
          for (const k of keys) agrees(topic, bindings, k);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps to it with many # and the longest keys, where a naive walk would take for ever', () => {
    const hashes = fc
      .array(fc.constantFrom('#', '#', '#', '*', 'x', ''), { maxLength: 40, size: 'max' })
      .map((words) => words.join('.'));
    const long = fc.array(fc.constantFrom('', '', 'x'), { minLength: 100, maxLength: 128 }).map((words) => words.join('.'));
    const longest = fc.constant('.'.repeat(255));
    fc.assert(
      fc.property(fc.array(hashes, { minLength: 1, maxLength: 6 }), fc.oneof(long, longest), (patterns, k) => {
        const topic = new TopicType();
        const bindings = new Set(patterns.map(bindingOf));
        for (const binding of bindings) topic.add(binding);
        agrees(topic, bindings, k);
      }),
      { numRuns: 60 },
    );
  });

  it('does not mix up nodes when a key has as many words as fit', () => {
    const topic = new TopicType();
    const bindings = new Set(['#.#', '#.#.#', '#.#.#.#'].map(bindingOf));
    for (const binding of bindings) topic.add(binding);
    agrees(topic, bindings, '.'.repeat(255));
  });

  it('tells hundreds of words with one hash apart, and keeps nothing of them', () => {
    let words = [''];
    for (let i = 0; i < 8; i++) words = words.flatMap((word) => [`${word}Aa`, `${word}BB`]);
    const topic = new TopicType();
    const bindings = new Set(words.flatMap((word) => [`x.${word}`, `x.${word}.#`, `${word}.*`]).map(bindingOf));
    for (const binding of bindings) topic.add(binding);
    for (const word of words.slice(100, 110))
      for (const k of [`x.${word}`, `x.${word}.y`, `${word}.y`]) agrees(topic, bindings, k);
    for (const binding of [...bindings].filter((_, i) => i % 5 > 0)) {
      topic.remove(binding);
      bindings.delete(binding);
    }
    for (const word of words.slice(100, 110))
      for (const k of [`x.${word}`, `x.${word}.y`, `${word}.y`]) agrees(topic, bindings, k);
    for (const binding of bindings) topic.remove(binding);
    assert.equal((topic as unknown as { root: { empty: boolean } }).root.empty, true);
  });

  it('keeps nothing of bindings that are gone', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 30, size: 'max' }), (patterns) => {
        const topic = new TopicType();
        const bindings = patterns.map(bindingOf);
        for (const binding of bindings) topic.add(binding);
        for (const binding of bindings) topic.remove(binding);
        const { root } = topic as unknown as { root: { empty: boolean } };
        assert.equal(root.empty, true);
      }),
    );
  });

  it('ignores the removal of what was never added', () => {
    const topic = new TopicType();
    topic.add(bindingOf('a.#'));
    for (const routingKey of ['a', 'a.#', 'a.#.b', 'c', '']) topic.remove(bindingOf(routingKey));
    assert.equal(matched(topic, 'a.b').size, 1);
  });
});

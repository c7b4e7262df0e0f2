/** A regular expression as a tree, as the parser (parser.ts) makes it and the compiler (program.ts) takes it. */
import type { ByteSet } from './byte-set';

export type Node =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  /** A group that remembers what it matched, counted from 1. */
  | { readonly kind: 'group'; readonly index: number; readonly body: Node }
  | { readonly kind: 'repeat'; readonly body: Node; readonly min: number; readonly max: number; readonly lazy: boolean }
  /** Once it has matched it is not tried another way. */
  | { readonly kind: 'atomic'; readonly body: Node }
  | { readonly kind: 'look'; readonly body: Node; readonly behind: boolean; readonly negative: boolean }
  | { readonly kind: 'assertion'; readonly name: Assertion }
  | { readonly kind: 'reference'; readonly group: number; readonly ignoreCase: boolean };

export type Assertion = 'start' | 'end' | 'line-start' | 'line-end' | 'last-line-end' | 'word-boundary' | 'no-word-boundary';

export const NOTHING: Node = { kind: 'sequence', items: [] };

/** Octets that the node matches, if that is always the same number; else null. */
export function lengthOf(node: Node): number | null {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'sequence':
      return node.items.reduce<number | null>((sum, item) => plus(sum, lengthOf(item)), 0);
    case 'choice': {
      const [first = 0, ...others] = node.options.map(lengthOf);
      return others.every((other) => other === first) ? first : null;
    }
    case 'group':
    case 'atomic':
      return lengthOf(node.body);
    case 'repeat': {
      // What looks ahead or behind takes nothing, however often.
      if (node.body.kind === 'look') return node.min > 0 ? 0 : null;
      const length = node.max === 0 ? 0 : lengthOf(node.body);
      return node.min === node.max && length !== null ? length * node.min : null;
    }
    case 'look':
    case 'assertion':
      return 0;
    case 'reference':
      return null;
  }
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

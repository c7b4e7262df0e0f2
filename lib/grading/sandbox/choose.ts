/** The tightest sandbox that this machine has. */
import { BUBBLEWRAP, bubblewrapWorks } from './bubblewrap';
import { NAMESPACES, namespacesWork } from './namespaces';
import { PLAIN } from './plain';
import type { Isolation, SandboxKind } from './sandbox';

/** From the tightest to none, which works everywhere. */
const KINDS: readonly (readonly [kind: SandboxKind, works: () => boolean])[] = [
  [BUBBLEWRAP, bubblewrapWorks],
  [NAMESPACES, namespacesWork],
  [PLAIN, () => true],
];

let tightest: SandboxKind | null = null;

export function tightestSandbox(): SandboxKind {
  tightest ??= KINDS.find(([, works]) => works())?.[0] ?? PLAIN;
  return tightest;
}

export function sandboxOf(isolation: Isolation): SandboxKind {
  const found = KINDS.find(([kind]) => kind.isolation === isolation);
  if (found === undefined) throw new Error(`There is no sandbox '${isolation}'.`);
  return found[0];
}

/** What a report's first line says of it. */
const TEXTS: Readonly<Record<Isolation, string>> = {
  bubblewrap: 'isolated with bubblewrap',
  namespaces: 'isolated in namespaces of its own',
  none: 'not isolated: the program ran as any other of this user',
};

/** Null: command lines, which run nothing of the answer's. */
export function isolationText(isolation: Isolation | null): string {
  return isolation === null ? 'command lines' : TEXTS[isolation];
}

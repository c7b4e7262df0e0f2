/**
 * A regular expression as a program for the machine (machine.ts). Instructions follow each other; `split` and `loop` leave a
 * place to come back to.
 */
import type { ByteSet } from './byte-set';
import { type Assertion, lengthOf, type Node } from './node';

export type Instruction =
  | { readonly op: 'set'; readonly set: ByteSet }
  /** Goes on with the next instruction, and failing that with `other`. */
  | { readonly op: 'split'; other: number }
  | { readonly op: 'jump'; to: number }
  /** Writes the position into a register. */
  | { readonly op: 'mark'; readonly register: number }
  | { readonly op: 'reset'; readonly register: number }
  /** A group has matched from the position in `start` to here. */
  | { readonly op: 'capture'; readonly group: number; readonly start: number }
  /** Another round or not; the body begins with the next instruction. `count` and `start` are registers. */
  | {
      readonly op: 'loop';
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
      readonly count: number;
      exit: number;
    }
  | { readonly op: 'enter'; readonly count: number; readonly start: number }
  /** The end of a round: back to the loop, unless the round matched nothing. */
  | { readonly op: 'again'; readonly start: number; readonly loop: number }
  | { readonly op: 'assertion'; readonly name: Assertion }
  | { readonly op: 'reference'; readonly group: number; readonly ignoreCase: boolean }
  /** Runs what follows up to `accept` by itself, then goes on at `next`. */
  | { readonly op: 'atomic'; next: number }
  | { readonly op: 'look'; readonly negative: boolean; next: number }
  /** Steps back so many octets. */
  | { readonly op: 'back'; readonly octets: number }
  | { readonly op: 'accept' };

export interface Program {
  readonly code: readonly Instruction[];
  readonly registers: number;
}

/** `groups`: how many groups remember. Group n has the registers 2n and 2n + 1. */
export function programOf(node: Node, groups: number): Program {
  const compiler = new Compiler(2 * (groups + 1));
  compiler.emit(node);
  compiler.code.push({ op: 'accept' });
  return compiler;
}

class Compiler implements Program {
  readonly code: Instruction[] = [];

  constructor(public registers: number) {}

  emit(node: Node): void {
    switch (node.kind) {
      case 'set':
        this.code.push({ op: 'set', set: node.set });
        break;
      case 'sequence':
        for (const item of node.items) this.emit(item);
        break;
      case 'choice':
        this.choice(node.options.map((option) => () => this.emit(option)));
        break;
      case 'group':
        this.group(node.index, node.body);
        break;
      case 'repeat':
        this.repeat(node);
        break;
      case 'atomic':
        this.apart({ op: 'atomic', next: 0 }, () => this.emit(node.body));
        break;
      case 'look':
        this.apart({ op: 'look', negative: node.negative, next: 0 }, () =>
          node.behind ? this.behind(node.body) : this.emit(node.body),
        );
        break;
      case 'assertion':
        this.code.push({ op: 'assertion', name: node.name });
        break;
      case 'reference':
        this.code.push({ op: 'reference', group: node.group, ignoreCase: node.ignoreCase });
        break;
    }
  }

  /** Until the group has matched again, it holds what it matched before. */
  private group(group: number, body: Node): void {
    const start = this.registers++;
    this.code.push({ op: 'mark', register: start });
    this.emit(body);
    this.code.push({ op: 'capture', group, start });
  }

  private choice(options: ReadonlyArray<() => void>): void {
    const jumps: { op: 'jump'; to: number }[] = [];
    options.forEach((emit, i) => {
      if (i === options.length - 1) {
        emit();
        return;
      }
      const split = { op: 'split' as const, other: 0 };
      const jump = { op: 'jump' as const, to: 0 };
      this.code.push(split);
      emit();
      this.code.push(jump);
      jumps.push(jump);
      split.other = this.code.length;
    });
    for (const jump of jumps) jump.to = this.code.length;
  }

  private repeat({ body, min, max, lazy }: Node & { kind: 'repeat' }): void {
    const count = this.registers++;
    const start = this.registers++;
    this.code.push({ op: 'reset', register: count });
    const loop = { op: 'loop' as const, min, max, lazy, count, exit: 0 };
    const at = this.code.push(loop) - 1;
    this.code.push({ op: 'enter', count, start });
    this.emit(body);
    this.code.push({ op: 'again', start, loop: at });
    loop.exit = this.code.length;
  }

  private apart(
    instruction: { op: 'atomic'; next: number } | { op: 'look'; negative: boolean; next: number },
    emit: () => void,
  ): void {
    this.code.push(instruction);
    emit();
    this.code.push({ op: 'accept' });
    instruction.next = this.code.length;
  }

  /** Each alternative has a length of its own; the parser has seen to it that it has one. */
  private behind(body: Node): void {
    const options = body.kind === 'choice' ? body.options : [body];
    this.choice(
      options.map((option) => () => {
        this.code.push({ op: 'back', octets: lengthOf(option) as number });
        this.emit(option);
      }),
    );
  }
}

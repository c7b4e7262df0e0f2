/**
 * Runs a program on a text by backtracking. Places to come back to, and register values to restore on the way, are on one stack
 * of its own, so neither a long text nor a deep expression can exhaust the node's; a limit of steps keeps an expression that
 * tries without end from holding the node up.
 */
import { otherCase, WORD } from './byte-set';
import type { Assertion } from './node';
import type { Instruction, Program } from './program';

const FAILED = -1;
/** Kinds of entries on the stack, three words each. */
const PLACE = 0;
const VALUE = 1;

export class StepLimitReached extends Error {
  override readonly name = 'StepLimitReached';
}

export class Machine {
  private readonly registers: Int32Array;
  /** Kind; then instruction and position, or register and value. */
  private readonly stack: number[] = [];
  private steps = 0;

  constructor(
    private readonly program: Program,
    private readonly text: Uint8Array,
    private readonly stepsMax: number,
  ) {
    this.registers = new Int32Array(program.registers);
  }

  /** Whether the program matches anywhere in the text. Throws `StepLimitReached`. */
  find(): boolean {
    for (let at = 0; at <= this.text.length; at++) {
      this.registers.fill(FAILED);
      this.stack.length = 0;
      if (this.run(0, at) !== FAILED) return true;
    }
    return false;
  }

  /** From an instruction up to `accept`. Returns the position then, leaving on the stack only what it changed; or FAILED. */
  private run(from: number, start: number): number {
    const { text, registers } = this;
    const { code } = this.program;
    const base = this.stack.length;
    let next = from;
    let at = start;
    for (;;) {
      if (++this.steps > this.stepsMax) throw new StepLimitReached();
      const instruction = code[next++] as Instruction;
      let failed = false;
      switch (instruction.op) {
        case 'set':
          failed = at === text.length || instruction.set[text[at] as number] === 0;
          at++;
          break;
        case 'split':
          this.stack.push(PLACE, instruction.other, at);
          break;
        case 'jump':
          next = instruction.to;
          break;
        case 'mark':
          this.write(instruction.register, at);
          break;
        case 'capture':
          this.write(2 * instruction.group, registers[instruction.start] as number);
          this.write(2 * instruction.group + 1, at);
          break;
        case 'reset':
          this.write(instruction.register, 0);
          break;
        case 'loop': {
          const { min, max, lazy, count, exit } = instruction;
          const rounds = registers[count] as number;
          if (rounds < min) break;
          if (rounds === max) next = exit;
          else if (lazy) {
            this.stack.push(PLACE, next, at);
            next = exit;
          } else this.stack.push(PLACE, exit, at);
          break;
        }
        case 'enter':
          this.write(instruction.count, (registers[instruction.count] as number) + 1);
          this.write(instruction.start, at);
          break;
        case 'again':
          if (registers[instruction.start] !== at) next = instruction.loop;
          break;
        case 'assertion':
          failed = !this.holds(instruction.name, at);
          break;
        case 'reference':
          at = this.afterReference(instruction.group, instruction.ignoreCase, at);
          failed = at === FAILED;
          break;
        case 'atomic':
          at = this.run(next, at);
          failed = at === FAILED;
          next = instruction.next;
          break;
        case 'look': {
          const before = this.stack.length;
          const found = this.run(next, at) !== FAILED;
          if (instruction.negative) this.unwind(before);
          failed = found === instruction.negative;
          next = instruction.next;
          break;
        }
        case 'back':
          at -= instruction.octets;
          failed = at < 0;
          break;
        case 'accept':
          this.dropPlaces(base);
          return at;
      }
      if (!failed) continue;
      if (!this.unwind(base, true)) return FAILED;
      at = this.stack.pop() as number;
      next = this.stack.pop() as number;
      this.stack.pop();
    }
  }

  private write(register: number, value: number): void {
    this.stack.push(VALUE, register, this.registers[register] as number);
    this.registers[register] = value;
  }

  /** Restores registers down to `base`, or down to the first place above it if `toPlace`; true if there is one. */
  private unwind(base: number, toPlace = false): boolean {
    const { stack } = this;
    while (stack.length > base) {
      if (stack[stack.length - 3] === VALUE)
        this.registers[stack[stack.length - 2] as number] = stack[stack.length - 1] as number;
      else if (toPlace) return true;
      stack.length -= 3;
    }
    return false;
  }

  /** What has matched is not tried another way, but what it wrote can still be undone. */
  private dropPlaces(base: number): void {
    const { stack } = this;
    let kept = base;
    for (let i = base; i < stack.length; i += 3) {
      if (stack[i] === PLACE) continue;
      stack.copyWithin(kept, i, i + 3);
      kept += 3;
    }
    stack.length = kept;
  }

  private holds(name: Assertion, at: number): boolean {
    const { text } = this;
    const end = text.length;
    switch (name) {
      case 'start':
        return at === 0;
      case 'end':
        return at === end;
      case 'line-start':
        return at === 0 || (text[at - 1] === 10 && at < end);
      case 'line-end':
        return at === end || text[at] === 10;
      case 'last-line-end':
        return at === end || (at === end - 1 && text[at] === 10);
      case 'word-boundary':
        return this.isWord(at - 1) !== this.isWord(at);
      case 'no-word-boundary':
        return this.isWord(at - 1) === this.isWord(at);
    }
  }

  private isWord(at: number): boolean {
    return at >= 0 && at < this.text.length && WORD[this.text[at] as number] === 1;
  }

  /** A group that has not matched yet matches nowhere. */
  private afterReference(group: number, ignoreCase: boolean, at: number): number {
    const { text, registers } = this;
    const from = registers[2 * group] as number;
    const to = registers[2 * group + 1] as number;
    if (from === FAILED || to === FAILED || at + to - from > text.length) return FAILED;
    for (let i = from; i < to; i++) {
      const [one, other] = [text[i] as number, text[at + i - from] as number];
      if (one !== other && !(ignoreCase && otherCase(one) === other)) return FAILED;
    }
    return at + to - from;
  }
}

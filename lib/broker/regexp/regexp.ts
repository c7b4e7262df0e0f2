/**
 * Regular expressions of permissions and policies: those of Erlang's `re`, which is PCRE without UTF. An expression is found
 * anywhere in a text, octet by octet of its UTF-8. parser.ts says what is understood.
 */
import { Machine, StepLimitReached } from './machine';
import { parse } from './parser';
import { type Program, programOf } from './program';

/**
 * Steps of one search; some fifty milliseconds. PCRE has a limit too, and both say then that nothing was found. Names and keys
 * have at most 255 octets, so that only an expression with nested repetitions comes near it.
 */
export const STEPS_MAX = 1000000;
/** Of an expression that came to its limit again and again. */
const STEPS_MIN = 1000;

export class Regexp {
  /** Halved each time that it does not suffice: a policy is held against thousands of names in one go. */
  private stepsMax = STEPS_MAX;

  constructor(private readonly program: Program) {}

  test(text: string): boolean {
    try {
      return new Machine(this.program, Buffer.from(text, 'utf8'), this.stepsMax).find();
    } catch (error) {
      if (!(error instanceof StepLimitReached)) throw error;
      this.stepsMax = Math.max(STEPS_MIN, this.stepsMax >> 1);
      return false;
    }
  }
}

/** Throws `RegexpError` (source.ts). */
export function compileRegexp(source: string): Regexp {
  const { node, groups } = parse(source);
  return new Regexp(programOf(node, groups));
}

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

export class Regexp {
  constructor(private readonly program: Program) {}

  test(text: string): boolean {
    try {
      return new Machine(this.program, Buffer.from(text, 'utf8'), STEPS_MAX).find();
    } catch (error) {
      if (error instanceof StepLimitReached) return false;
      throw error;
    }
  }
}

/** Throws `RegexpError` (source.ts). */
export function compileRegexp(source: string): Regexp {
  const { node, groups } = parse(source);
  return new Regexp(programOf(node, groups));
}

// attack: turns the direction of letters in its error, so that it reads as something else
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  throw new Error('\u202epass \u2066 10 of 10\u2069 \u200f \u200e points \u202d');
}

// attack: makes others slow, in a rhythm that one who listens could read
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  for (const bit of '1011001110001111') {
    const until = performance.now() + 100;
    if (bit === '1') while (performance.now() < until);
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

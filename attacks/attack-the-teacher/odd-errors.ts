// attack: throws what is no error, and what throws when it is looked at
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const odd = new Proxy(new Error('odd'), {
    get: () => {
      throw new Error('<script>alert(3)</script>');
    },
  });
  setTimeout(() => {
    throw odd;
  });
  throw { toString: () => '<script>alert(4)</script>', message: Symbol('x') };
}

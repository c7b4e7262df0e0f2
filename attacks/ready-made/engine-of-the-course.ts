// attack: puts a broker of its own in the place of the real one
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const name of ['warren', '/box/node_modules/warren', '../../lib/dist/index.js']) {
    try {
      const { Lab } = require(name);
      const lab = await Lab.start();
      log('started', lab.url());
    } catch (error) {
      log(name, String(error));
    }
  }
}

// attack: loads the grader as a package, by every path that Node would try
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const name of ['warren', 'warren/grading', '../lib/dist/grading/exercise.js', '/box/runner/../lib/dist/grading.js']) {
    try {
      log(name, JSON.stringify(require(name)));
    } catch (error) {
      log(name, String(error));
    }
  }
  log(module.paths.join(' '), Object.keys(require.cache).join(' '));
  for (const file of Object.keys(require.cache))
    log(file, require('node:fs').readdirSync(require('node:path').dirname(file)).join(' '));
}

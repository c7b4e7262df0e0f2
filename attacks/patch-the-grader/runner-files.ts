// attack: changes the files that run it, for the next program that is started
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const file of [
    '/box/runner/program.cjs',
    '/box/runner/door.cjs',
    '/box/node_modules/amqplib/channel_api.js',
    '/box/answer/answer.cjs',
    '/box/bin/node',
  ]) {
    try {
      fs.chmodSync(file, 0o666);
    } catch (error) {
      log(String(error));
    }
    try {
      fs.writeFileSync(file, 'process.exit(0);');
      log('wrote', file);
    } catch (error) {
      log(String(error));
    }
    try {
      fs.renameSync('/box/answer/answer.cjs', file);
      log('renamed', file);
    } catch (error) {
      log(String(error));
    }
  }
}

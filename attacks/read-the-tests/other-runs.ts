// attack: looks into temporary folders for answers and runs of others
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const folder of ['/tmp', '/var/tmp', '/dev/shm', '/run', '/run/user', '/proc/1/root/tmp', '/box', '/box/answer/..']) {
    try {
      for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        log(folder, name);
        if (/\.(ts|json|sock)$/.test(name) && !/node_modules/.test(name))
          log(fs.readFileSync(`${folder}/${name}`, 'utf8').slice(0, 500));
      }
    } catch (error) {
      log(folder, String(error));
    }
  }
}

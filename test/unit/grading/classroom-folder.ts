/** A course of one small exercise and a class on it, in a folder of their own: no test depends on what the course offers. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { makeClass, type ClassFolder } from '../../../lib/grading/classroom/class-folder';

const INFO = {
  id: 'say-a-word',
  version: 1,
  title: 'Say a word',
  notebook: '03',
  section: 'Publish',
  skills: ['publishing'],
  needs: [],
  minutes: 1,
  role: 'program',
  checks: [
    { id: 'said', points: 2, visible: true, kind: 'liveness' },
    { id: 'kept', points: 1, visible: false, kind: 'safety' },
  ],
  seeds: { visible: [1], hidden: 1 },
  engines: ['warren'],
};

const SCENARIO = `import { scenario } from 'warren/grading';
export default scenario({
  async play(stage) {
    const [queue = ''] = stage.random.words(1);
    const word = stage.random.nonce();
    Object.assign(stage.env, { QUEUE: queue, WORD: word });
    stage.note('word', word);
    await stage.channel.assertQueue(queue, { durable: true });
    await stage.program();
    await stage.until('the word', async () => (await stage.depth(queue)) > 0);
  },
});
`;
const CHECKS = `import { checks } from 'warren/grading';
export default checks({
  said: (run) => (run.publishes.some(({ body }) => body === run.note('word')) ? [] : [{ text: 'silent' }]),
});
`;
const HIDDEN = `import { checks } from 'warren/grading';
// canary: 5f0c1d77a9e24b10
export default checks({
  kept: (run) => (run.publishes.every(({ persistent }) => persistent) ? [] : [{ text: 'not-kept' }]),
});
`;
const ANSWER = `export default async function ({ amqp, url, env }) {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue(env.QUEUE, Buffer.from(env.WORD), { persistent: true });
  await channel.waitForConfirms();
}
`;

/** Answers by how many of three points they gain. */
export const ANSWERS: Readonly<Record<3 | 2 | 0, string>> = {
  3: ANSWER,
  2: ANSWER.replace('persistent: true', 'persistent: false'),
  0: "export default async function () { throw new Error('no'); }\n",
};

const FILES: Readonly<Record<string, string>> = {
  'exercises/say-a-word/exercise.json': JSON.stringify(INFO),
  'exercises/say-a-word/statement.md': '# Say a word\n',
  'exercises/say-a-word/starter.ts': 'export default async function () {\n  // TODO: say it\n}\n',
  'exercises/say-a-word/scenario.ts': SCENARIO,
  'exercises/say-a-word/checks.ts': CHECKS,
  'exercises/say-a-word/hidden.ts': HIDDEN,
  'exercises/say-a-word/messages.en.json': JSON.stringify({ silent: 'Nothing came.', 'not-kept': 'It would not survive.' }),
  'exercises/say-a-word/right/plain.ts': ANSWER,
  'exercises/say-a-word/wrong/transient.ts': `// fails: kept\n${ANSWERS[2]}`,
  'solutions/say-a-word.ts': ANSWER,
  'roster.csv': 'id,name,email\nann,Ann Lee,ann@example.org\nbob,"Bob, the ""=1+1""",bob@example.org\ncid,=HYPERLINK(1),\n',
};

export const EXERCISE = 'say-a-word';

/** Writes files below a folder. */
export function lay(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
}

/** A course and a class in a new folder, which the caller removes. */
export function newClass(): { home: string; of: ClassFolder } {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-class-test-'));
  lay(home, FILES);
  const of = makeClass({
    folder: path.join(home, 'class'),
    exercises: path.join(home, 'exercises'),
    name: 'Messaging, spring',
    roster: path.join(home, 'roster.csv'),
    chosen: [EXERCISE],
    due: '2027-01-31T23:59:00Z',
    solution: '2027-02-07T00:00:00Z',
  });
  return { home, of };
}

/**
 * What `warren author new` makes: a whole exercise, as small as one can be, that plays. Its program takes messages from a
 * queue and acknowledges them. What is left to be written is marked TODO.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

const CHECKS = [
  { id: 'takes-all', points: 2, visible: true, kind: 'liveness' },
  { id: 'bounded', points: 1, visible: false, kind: 'thrift' },
];

const SCENARIO = `/** TODO: what is played, and why. */
import { scenario } from 'warren/grading';

export default scenario({
  async play(stage) {
    const [queue = ''] = stage.random.words(1);
    stage.env.QUEUE = queue;
    await stage.channel.assertQueue(queue, { durable: true });
    const sent = Array.from({ length: stage.random.int(20, 30) }, () => stage.random.nonce());
    stage.note('sent', sent);
    for (const body of sent) stage.channel.sendToQueue(queue, Buffer.from(body), { persistent: true });
    await stage.channel.waitForConfirms();
    await stage.program();
    await stage.until('all messages taken', async () => (await stage.depth(queue)) + (await stage.unsettled(queue)) === 0);
  },
});
`;

const VISIBLE_CHECKS = `import { checks, isGone, missing } from 'warren/grading';

export default checks({
  'takes-all': (run) => {
    const taken = run.deliveries.filter(isGone).map(({ body }) => body);
    const left = missing(run.note<string[]>('sent'), taken);
    return left.length === 0 ? [] : [{ text: 'left', with: { count: left.length } }];
  },
});
`;

const HIDDEN_CHECKS = `import { checks, mostUnacked } from 'warren/grading';

const HELD_MOST = 10;

export default checks({
  bounded: (run) => (mostUnacked(run.records, run.deliveries).most > HELD_MOST ? [{ text: 'unbounded' }] : []),
});
`;

const MESSAGES = {
  left: 'TODO: what was wanted, what the broker saw ({count} were not acknowledged), why it matters, what to look at next.',
  unbounded: 'TODO: name the skill, and nothing of what was played.',
  ...Object.fromEntries(
    CHECKS.flatMap(({ id }) => [1, 2, 3].map((rung) => [`hint.${id}.${rung}`, 'TODO: one rung; the third says how it is done.'])),
  ),
};

function statement(id: string): string {
  return `# TODO: title of ${id}

TODO: what to build, and the contract.

| name | what it is |
|---|---|
| \`url\` (\`AMQP_URL\` in other languages) | address of the broker |
| \`env.QUEUE\` | name of a durable queue, with messages in it |

TODO: what is judged, in words.
`;
}

const HEAD = `import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env }: AnswerContext): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
`;
const PREFETCH = '  await channel.prefetch(5);\n';

function consuming(body: string, prefetch = PREFETCH): string {
  return `${HEAD}${prefetch}  await channel.consume(env.QUEUE ?? '', (message) => {\n${body}  });\n}\n`;
}

function pulling(ack: string): string {
  return `${HEAD}  for (;;) {
    const message = await channel.get(env.QUEUE ?? '');
${ack}    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
`;
}

const ACK = '    if (message !== null) channel.ack(message);\n';

const RIGHT: Readonly<Record<string, string>> = {
  'a-consumes': consuming(ACK),
  'b-one-at-a-time': consuming(ACK, '  await channel.prefetch(1);\n'),
  'c-pulls': pulling('    if (message) channel.ack(message);\n'),
};

const WRONG: Readonly<Record<string, string>> = {
  'never-acks': `// fails: takes-all\n${consuming('    if (message === null) return;\n')}`,
  'gives-back': `// fails: takes-all\n${consuming('    if (message?.fields.redelivered === false) channel.nack(message);\n')}`,
  'acks-one': `// fails: takes-all\n${consuming('    if (message?.fields.deliveryTag === 1) channel.ack(message);\n')}`,
  'wrong-queue': `// fails: takes-all\n${consuming(ACK).replace("env.QUEUE ?? ''", "(await channel.assertQueue('')).queue")}`,
  'takes-everything': `// fails: bounded\n${consuming(ACK, '')}`,
};

/** Makes the folder of an exercise and its solution. The folder is not there yet. */
export function newExercise(id: string, exercises: string, solutions: string): void {
  const folder = path.join(exercises, id);
  const info = {
    ...{ id, version: 1, title: `TODO: ${id}`, notebook: '03', section: 'TODO: of the notebook' },
    ...{ skills: ['TODO'], needs: [], minutes: 20, role: 'program', checks: CHECKS },
    ...{ seeds: { visible: [11, 12, 13], hidden: 3 }, engines: ['warren', 'rabbitmq'] },
  };
  const starter = consuming('    // TODO: take the message.\n    if (message === null) return;\n');
  const files: Readonly<Record<string, string>> = {
    'exercise.json': `${JSON.stringify(info, null, 2)}\n`,
    'messages.en.json': `${JSON.stringify(MESSAGES, null, 2)}\n`,
    'statement.md': statement(id),
    'starter.ts': starter,
    'scenario.ts': SCENARIO,
    'checks.ts': VISIBLE_CHECKS,
    'hidden.ts': HIDDEN_CHECKS,
    ...inFolder('right', RIGHT),
    ...inFolder('wrong', WRONG),
  };
  for (const [name, text] of Object.entries(files)) write(path.join(folder, name), text);
  write(path.join(solutions, `${id}.ts`), `/** TODO: the reasons. */\n${RIGHT['a-consumes'] ?? ''}`);
}

function inFolder(folder: string, answers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(answers).map(([name, text]) => [`${folder}/${name}.ts`, text]));
}

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

/** `warren replay`: one seed of an exercise again, cut down to what makes it fail, with what became of the message. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AnswerError } from '../grading/answer/answer';
import { readExercise, type Exercise } from '../grading/exercise';
import { leftOut, momentLines, replay, shownFinding, type Replay } from '../grading/replay';
import { verdictCard } from '../grading/report/card';
import { harmless } from '../grading/report/messages';
import { reportText } from '../grading/report/text';
import { wrapped } from '../grading/report/wrap';
import { tightestSandbox } from '../grading/sandbox/choose';
import { COURSE_FOLDER } from '../grading/sandbox/places';
import type { EngineName } from '../lab/api';
import { answerIn } from './judged';
import { readOptions, wholeNumber } from './options';
import { CliError, EXIT, type Subcommand, usageError } from './subcommand';

const ENGINES: readonly EngineName[] = ['warren', 'rabbitmq'];
const SEED_MOST = 2 ** 31;

export const REPLAY_COMMAND: Subcommand = {
  name: 'replay',
  usage: '<exercise> --seed <number> <answer> [--whole yes] [--picture <file.html>] [--engine warren|rabbitmq]',
  description: 'plays one seed of an exercise again, and tells what became of the message',
  details: [
    '<answer>     as for grade',
    '--seed       the number that the report named',
    '--whole yes  the run as it is; else a failing one is played with fewer messages and faults as long as it still fails',
    '--picture    writes the report with its sequence diagram to a page',
    '--engine     the broker that it is played on; default warren',
    '--exercises  folder of the exercises; default the ones of the course',
  ],
  run: async (args) => {
    const { words, options } = split(args);
    const [id, file, ...more] = words;
    const { seed, engine: wanted = 'warren', whole, picture, exercises = path.join(COURSE_FOLDER, 'exercises') } = options;
    if (id === undefined || file === undefined || more.length > 0 || seed === undefined)
      throw usageError('replay needs an exercise, a seed and an answer: warren replay <exercise> --seed 11 answer.ts.');
    const engine = ENGINES.find((name) => name === wanted);
    if (engine === undefined) throw usageError(`--engine is '${wanted}'; it must be ${ENGINES.join(' or ')}.`);
    const exercise = exerciseOf(exercises, id);
    const played = await playedAgain(exercise, file, wholeNumber('seed', seed, 0, SEED_MOST), engine, whole !== undefined);
    const { simplest } = played;
    console.log(wrapped(reportText(simplest.verdict, exercise)));
    console.log(`\n${leftOut(played)}`);
    const finding = shownFinding(simplest);
    if (finding !== null) console.log(['', ...momentLines(simplest.run.facts, finding).map(harmless)].join('\n'));
    if (picture !== undefined) fs.writeFileSync(picture, page(verdictCard(simplest.verdict, exercise)));
    return simplest.verdict.verdict === 'fail' || simplest.verdict.verdict === 'over limit' ? EXIT.failed : EXIT.ok;
  },
};

const OPTIONS = ['seed', 'engine', 'whole', 'picture', 'exercises'] as const;

/** Options may stand between the words. */
function split(args: readonly string[]): { words: string[]; options: ReturnType<typeof readOptions<(typeof OPTIONS)[number]>> } {
  const words: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    if (!word.startsWith('--')) words.push(word);
    else rest.push(word, ...(word.includes('=') ? [] : args.slice(++at, at + 1)));
  }
  return { words, options: readOptions(rest, OPTIONS) };
}

async function playedAgain(exercise: Exercise, file: string, seed: number, engine: EngineName, asItIs: boolean): Promise<Replay> {
  try {
    return await replay({ exercise, answer: answerIn(file), seed, engine, sandbox: tightestSandbox(), asItIs });
  } catch (error) {
    if (error instanceof AnswerError) throw new CliError(EXIT.noInput, error.message);
    throw error;
  }
}

function page(card: string): string {
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Replay</title>\n<body>\n${card}\n</body></html>\n`;
}

function exerciseOf(exercises: string, id: string): Exercise {
  try {
    return readExercise(exercises, id);
  } catch (error) {
    throw new CliError(EXIT.noInput, (error as Error).message);
  }
}

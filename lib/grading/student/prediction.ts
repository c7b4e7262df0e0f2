/** Judges a prediction: plays the experiment of its exercise, and compares. */
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as amqp from 'amqplib';
import type { EngineName } from '../../lab/api';
import { withLab } from '../../lab/with-lab';
import type { TraceEvent } from '../../trace/events';
import { AnswerError, type Answer } from '../answer/answer';
import type { CheckResult, Verdict } from '../attempt';
import { loadTypeScript } from '../compiled';
import { DEFAULT_LIMITS, type Exercise } from '../exercise';
import type { Experiment, Outcome, Prediction } from '../experiment';
import { readMessages, textOf } from '../report/messages';
import { drawMoment } from '../report/moment';
import { pointsOf } from './standing';

/** Keys of its messages. */
const RIGHT = 'right';
const WRONG = 'wrong';

/** What is predicted in an answer. Throws AnswerError if it is something else. */
export function predictionIn(answer: Answer): Prediction {
  if (answer.kind === 'prediction') return answer.value;
  if (answer.kind !== 'lines') throw new AnswerError("This exercise asks for a prediction: await predict('<exercise>', ...).");
  const [line, ...more] = answer.lines;
  if (line === undefined || more.length > 0) throw new AnswerError('A prediction is one line: a number, a text or a JSON list.');
  try {
    return plain(JSON.parse(line));
  } catch {
    return line;
  }
}

function plain(value: unknown): Prediction {
  const scalar = (item: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof item);
  if (scalar(value) || (Array.isArray(value) && value.every(scalar))) return value as Prediction;
  throw new AnswerError('A prediction is a number, a text, true or false, or a list of them.');
}

/** Plays the experiment. Rejects with AnswerError for what is no prediction. */
export async function judgePrediction(exercise: Exercise, answer: Answer, engine: EngineName): Promise<Verdict> {
  const prediction = plain(predictionIn(answer));
  const { default: experiment } = loadTypeScript(path.join(exercise.folder, 'experiment.ts')) as { default: Experiment };
  const [seed = 1] = exercise.info.seeds.visible;
  const name = `predict-${process.pid}`;
  const { outcome, events } = await withLab({ ...experiment.lab, name, engine, seed }, async (lab) => ({
    outcome: await inTime(exercise, experiment.run({ amqp, lab })),
    events: [...lab.trace.events],
  }));
  return verdictOn(exercise, prediction, outcome, events, engine);
}

/** Rejects if the experiment waits for something that does not come: that is a fault of ours. */
async function inTime({ info }: Exercise, outcome: Promise<Outcome>): Promise<Outcome> {
  const { wallMs } = { ...DEFAULT_LIMITS, ...info.limits };
  let alarm: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    alarm = setTimeout(() => reject(new Error(`The experiment did not end within ${wallMs / 1000} s.`)), wallMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(alarm);
  }
}

function verdictOn(
  exercise: Exercise,
  prediction: Prediction,
  { truth, follow, with: more = {} }: Outcome,
  events: readonly TraceEvent[],
  engine: EngineName,
): Verdict {
  const { info } = exercise;
  const right = same(prediction, truth);
  const values = { ...more, prediction: shown(prediction), truth: shown(truth) };
  const finding = { text: WRONG, with: values };
  const checks: CheckResult[] = info.checks.map((check) => ({
    ...check,
    passed: right,
    findings: right ? [] : [finding],
    // It is the same experiment each time.
    seed: null,
  }));
  const pointsMax = pointsOf(info);
  return {
    exercise: info.id,
    version: info.version,
    verdict: right ? 'pass' : 'fail',
    points: right ? pointsMax : 0,
    pointsMax,
    checks,
    hiddenElsewhere: 0,
    trouble: '',
    notes: right ? [textOf(readMessages(exercise), { text: RIGHT, with: values })] : [],
    isolation: null,
    engine,
    seeds: info.seeds.visible.slice(0, 1),
    output: '',
    moment: follow === undefined ? '' : drawMoment(events, follow),
  };
}

/** Texts without the space around them, lists in their order. */
function same(prediction: Prediction, truth: Prediction): boolean {
  return isDeepStrictEqual(trimmed(prediction), trimmed(truth));
}

function trimmed(value: Prediction): unknown {
  if (typeof value === 'string') return value.trim();
  return Array.isArray(value) ? value.map(trimmed) : value;
}

function shown(value: Prediction): string {
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}

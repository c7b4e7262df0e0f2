/** Plays one seed of an exercise again, and tells what became of the message that a finding is about. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { EngineName } from '../lab/api';
import type { Recording } from '../lab/recording';
import { AnswerError, type Answer } from './answer/answer';
import { answerInNotebook } from './answer/notebook';
import { prepare } from './answer/prepare';
import { scenarioOf } from './attempt';
import type { Finding } from './check';
import type { Exercise } from './exercise';
import { RunHistory, type RunFacts } from './history';
import { minimise, playSeed, type Played } from './minimise';
import { momentOf } from './report/moment';
import { words } from './report/words';
import type { SandboxKind } from './sandbox/sandbox';
import type { WireRecord } from './wire/wire-record';

export interface Replay {
  /** The seed as it is. */
  readonly whole: Played;
  /** As simple as it still fails; the same as `whole` if it passed, or was not to be simplified. */
  readonly simplest: Played;
}

export interface ReplayRequest {
  readonly exercise: Exercise;
  readonly answer: Answer;
  readonly seed: number;
  readonly engine: EngineName;
  readonly sandbox: SandboxKind;
  /** Only the seed as it is. */
  readonly asItIs: boolean;
}

/** Throws AnswerError for an answer that cannot be played. */
export async function replay({ exercise, answer, seed, engine, sandbox, asItIs }: ReplayRequest): Promise<Replay> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-answer-'));
  try {
    const found = answer.kind === 'notebook' ? answerInNotebook(answer.text, exercise.info.id).answer : answer;
    if (found.kind === 'prediction' || exercise.info.role === 'prediction')
      throw new AnswerError('A prediction is judged by one experiment; there is no seed to play again.');
    if ((found.kind === 'lines') !== (exercise.info.role === 'operator'))
      throw new AnswerError(
        'This is no answer to this exercise: it asks for command lines where they are an operator’s, else a program.',
      );
    const playable = await prepare(found, folder, sandbox, []);
    const options = { exercise, seed, engine, answer: playable, scenario: scenarioOf(exercise) };
    const whole = await playSeed(options);
    return { whole, simplest: asItIs ? whole : await minimise(options, whole) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What was left out of the run. */
export function leftOut({ whole, simplest }: Replay): string {
  const methods = (played: Played): number => played.run.facts.records.length;
  if (simplest === whole) return words('replay.whole', { cuts: whole.faults, methods: methods(whole) });
  const cuts = simplest.faults - [...simplest.spared].filter((fault) => fault < simplest.faults).length;
  return words('replay.simplest', { cuts, allCuts: whole.faults, methods: methods(simplest), allMethods: methods(whole) });
}

/** A run as the lab opens it, with its history for whoever wants to know more. */
export interface ReplayedRun extends Recording {
  readonly seed: number;
  readonly history: RunHistory;
}

export function recordingOf(played: Played, { info }: Exercise): ReplayedRun {
  const { facts } = played.run;
  const { seed, events, listings } = facts;
  const failed = played.verdict.checks.find(({ passed, visible }) => passed === false && visible)?.id;
  const outcome = failed ?? played.verdict.verdict;
  const follow = shownFinding(played)?.follow;
  const title = words('replay.title', { title: info.title, seed, outcome });
  const about = follow === undefined ? null : { follow, events: momentOf(events, follow) };
  return { title, seed, events, listings, about, history: new RunHistory(facts) };
}

/** The finding that a picture or these lines are about: the first of the first failing visible check. */
export function shownFinding({ verdict }: Played): Finding | null {
  const failed = verdict.checks.filter(({ passed, visible }) => passed === false && visible).flatMap(({ findings }) => findings);
  return failed.find(({ follow, at }) => follow !== undefined || at !== undefined) ?? null;
}

/** What passed on the wire about a message: its publishes, deliveries, what settled them, and the ends of their connections. */
export function momentLines(facts: RunFacts, { follow, at }: Finding): string[] {
  const history = new RunHistory(facts);
  const label = follow ?? '';
  const about = new Set<WireRecord>(at === undefined ? [] : [at]);
  for (const { body, record, confirmed, refused, returned } of history.publishes)
    if (body === label) for (const each of [record, confirmed, refused, returned]) if (each !== null) about.add(each);
  for (const { body, record, settled } of history.deliveries)
    if (body === label) for (const each of [record, settled?.record]) if (each !== undefined) about.add(each);
  const connections = new Set([...about].map(({ connection }) => connection));
  return facts.records
    .filter((record) => has(about, record) || (connections.has(record.connection) && (record.cut || record.method === 'tcp.end')))
    .map(lineOf);
}

/** A finding may have come out of another process: records are told apart by their place. */
function has(about: ReadonlySet<WireRecord>, { index }: WireRecord): boolean {
  return [...about].some((record) => record.index === index);
}

function lineOf({ at, program, connection, channel, from, method, args, content, cut }: WireRecord): string {
  const way = from === 'program' ? `${program} → broker` : `broker → ${program}`;
  const tag =
    args.deliveryTag === undefined ? '' : ` tag ${String(args.deliveryTag)}${args.multiple === true ? ' and all before' : ''}`;
  const body = content === undefined ? '' : ` ${content.body.toString()}`;
  const end = cut ? '   cut here: it did not arrive' : '';
  return `${Math.round(at).toString().padStart(7)} ms  connection ${connection}.${channel}  ${way}  ${method}${tag}${body}${end}`;
}

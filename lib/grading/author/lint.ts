/**
 * `warren author lint`: what can be said of an exercise without playing it. Each rule is an entry of a table; it yields a line
 * for each fault.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Exercise, ExerciseInfo } from '../exercise';
import { answersIn, failsOf } from './answers';
import { environmentOf, foundChecks, type FoundChecks, type FoundFinding } from './findings-of';
import { schemaFault } from './schema';

/** Answers that an author has to show; a prediction has one right answer. */
const RIGHT_LEAST = { program: 3, operator: 3, prediction: 1 } as const;
const WRONG_LEAST = { program: 5, operator: 5, prediction: 3 } as const;
const SOLUTIONS = ['.ts', '.txt', '.md'];
const WORDS_MOST = 160;
const RUNGS = [1, 2, 3];
const HINT = /^hint\.(.+)\.(\d+)$/;

/** All that rules look at, read once. */
export interface Sheet {
  readonly folder: string;
  /** The solution beside the exercises; null if there is none. */
  readonly solution: string | null;
  readonly info: ExerciseInfo;
  readonly messages: Readonly<Record<string, string>>;
  readonly checks: FoundChecks;
  readonly hidden: FoundChecks;
  readonly statement: string;
  readonly scenario: string;
  readonly starter: string;
}

type LintRule = (sheet: Sheet) => Iterable<string>;

export const LINT_RULES: Readonly<Record<string, LintRule>> = {
  *schema({ info, folder }) {
    const fault = schemaFault(info);
    if (fault !== null) yield `exercise.json: ${fault}`;
    if (info.id !== path.basename(folder)) yield `exercise.json: id is '${info.id}', the folder is '${path.basename(folder)}'`;
  },
  *'checks are there'({ info, checks, hidden }) {
    const ids = info.checks.map(({ id }) => id);
    const made = [...checks.checks, ...hidden.checks];
    yield* twice(made).map((id) => `the check '${id}' is there twice`);
    for (const { id, visible } of info.checks) {
      const [file, there] = visible ? ['checks.ts', checks.checks] : ['hidden.ts', hidden.checks];
      if (!there.includes(id)) yield `the check '${id}' of exercise.json is not in ${file}`;
    }
    for (const id of made) if (!ids.includes(id)) yield `the check '${id}' is not in exercise.json, and has no points`;
  },
  *'kinds of checks'({ info }) {
    if (!info.checks.some(({ visible }) => visible)) yield 'there is no visible check';
    if (!info.checks.some(({ visible }) => !visible)) yield 'there is no hidden check';
    if (!info.checks.some(({ kind }) => kind === 'liveness'))
      yield 'there is no check of the kind liveness: who does nothing would pass';
  },
  *'messages of findings'({ messages, checks, hidden }) {
    const found = [...named('checks.ts', checks), ...named('hidden.ts', hidden)];
    for (const { file, key, line, values } of found) {
      const message = messages[key];
      if (message === undefined) {
        yield `${file}:${line} needs a message '${key}'`;
        continue;
      }
      if (values === null) yield `${file}:${line} does not write out the values of '${key}': with: { name: value }`;
      else
        for (const place of placesIn(message))
          if (!values.includes(place)) yield `${file}:${line} gives no {${place}} for '${key}'`;
    }
    const used = new Set([...checks.strings, ...hidden.strings]);
    for (const key of Object.keys(messages))
      if (!HINT.test(key) && !used.has(key)) yield `the message '${key}' is used by no check`;
  },
  *'places of messages'({ messages, checks, hidden }) {
    for (const { findings } of [checks, hidden])
      for (const { key, values, line } of findings) {
        // Of several messages that one finding chooses from, one has the place.
        const chosen = findings.filter((each) => each.line === line).map((each) => messages[each.key] ?? '');
        for (const value of values ?? [])
          if (!chosen.some((message) => placesIn(message).includes(value)))
            yield `the message '${key}' has no place for {${value}}, which line ${line} of its check gives`;
      }
  },
  *'hidden checks say no data'({ hidden, messages }) {
    for (const { key } of hidden.findings)
      if (placesIn(messages[key] ?? '').length > 0)
        yield `the message '${key}' of a hidden check has places: it may name the skill only`;
  },
  *'length of messages'({ messages }) {
    for (const [key, message] of Object.entries(messages)) {
      const words = message.split(/\s+/).length;
      if (words > WORDS_MOST) yield `the message '${key}' has ${words} words; ${WORDS_MOST} are read`;
    }
  },
  *hints({ info, messages }) {
    for (const { id, visible } of info.checks) {
      const missing = RUNGS.map((rung) => `hint.${id}.${rung}`).filter((key) => messages[key] === undefined);
      // Of a hidden check there may be none: a rung gives away what it looks at.
      if (visible || missing.length < RUNGS.length) yield* missing.map((key) => `there is no ${key}`);
    }
    for (const key of Object.keys(messages)) {
      const [, id, rung] = HINT.exec(key) ?? [];
      if (id === undefined) continue;
      if (!info.checks.some((check) => check.id === id)) yield `'${key}' is a hint for a check that is not there`;
      else if (!RUNGS.includes(Number(rung))) yield `'${key}' is no rung; there are ${RUNGS.join(', ')}`;
    }
  },
  *'right answers'({ folder, solution, info }) {
    const [right, least] = [answersIn(folder, 'right').length, RIGHT_LEAST[info.role]];
    if (right < least) yield `there are ${right} right answers; ${least} differently built ones are needed`;
    if (solution === null && info.role !== 'prediction') yield `there is no solutions/${info.id} (${SOLUTIONS.join(', ')})`;
  },
  *'wrong answers'({ folder, info }) {
    const wrong = answersIn(folder, 'wrong');
    const least = WRONG_LEAST[info.role];
    if (wrong.length < least) yield `there are ${wrong.length} wrong answers; ${least} are needed`;
    const tripped = new Set<string>();
    for (const file of wrong) {
      const named = failsOf(file);
      if (named === null) yield `${path.basename(file)} does not begin with '// fails: <check>'`;
      for (const id of named ?? []) {
        tripped.add(id);
        if (!info.checks.some((check) => check.id === id)) yield `${path.basename(file)} fails '${id}', which is no check`;
      }
    }
    // Who does nothing trips what is of the kind liveness.
    for (const { id, kind } of info.checks)
      if (!tripped.has(id) && kind !== 'liveness')
        yield `no wrong answer fails '${id}': delete the check, or show what it catches`;
  },
  *starter({ starter }) {
    if (!/\bTODO\b/.test(starter)) yield 'the starter has no TODO';
  },
  *statement({ statement, scenario }) {
    for (const name of environmentOf(scenario))
      if (!new RegExp(`\\b${name}\\b`).test(statement)) yield `statement.md does not name ${name}, which the scenario sets`;
  },
  *'nothing left to do'({ folder, info }) {
    for (const name of [...FILES_OF_ALL, ...FILES[info.role]].filter((each) => !each.startsWith('starter'))) {
      const lines = fs.readFileSync(path.join(folder, name), 'utf8').split('\n');
      for (const [at, line] of lines.entries())
        if (/\bTODO\b/.test(line)) yield `${name}:${at + 1} TODO: ${line.trim().slice(0, 80)}`;
    }
  },
};

/** The rules for a question whose answer is found by an experiment; it has no checks of its own. */
const PREDICTION_RULES: Readonly<Record<string, LintRule>> = {
  ...Object.fromEntries(
    ['schema', 'length of messages', 'hints', 'right answers', 'wrong answers', 'nothing left to do'].map((name) => [
      name,
      LINT_RULES[name] as LintRule,
    ]),
  ),
  *'messages of a prediction'({ messages }) {
    for (const key of ['right', 'wrong']) if (messages[key] === undefined) yield `there is no message '${key}'`;
    for (const key of Object.keys(messages))
      if (!HINT.test(key) && key !== 'right' && key !== 'wrong') yield `the message '${key}' is used by nobody`;
  },
};
const FILES: Readonly<Record<ExerciseInfo['role'], readonly string[]>> = {
  program: ['starter.ts', 'scenario.ts', 'checks.ts', 'hidden.ts'],
  operator: ['starter.txt', 'scenario.ts', 'checks.ts', 'hidden.ts'],
  prediction: ['starter.txt', 'experiment.ts'],
};
const FILES_OF_ALL = ['statement.md', 'exercise.json', 'messages.en.json'];

export interface LintFault {
  readonly rule: string;
  readonly text: string;
}

/** All faults of an exercise. `solutions` is the folder of solutions. */
export function lint(exercise: Exercise, solutions: string): LintFault[] {
  const { folder, info } = exercise;
  // Other rules trust in files and in the kinds of fields.
  const broken = schemaFault(info);
  if (broken !== null) return [{ rule: 'schema', text: `exercise.json: ${broken}` }];
  const absent = [...FILES_OF_ALL, ...FILES[info.role]].filter((name) => !fs.existsSync(path.join(folder, name)));
  if (absent.length > 0) return absent.map((name) => ({ rule: 'files', text: `there is no ${name}` }));
  const sheet = readSheet(exercise, solutions);
  const rules = info.role === 'prediction' ? PREDICTION_RULES : LINT_RULES;
  return Object.entries(rules).flatMap(([rule, check]) => [...check(sheet)].map((text) => ({ rule, text })));
}

export function starterOf({ role }: Pick<ExerciseInfo, 'role'>): string {
  return role === 'program' ? 'starter.ts' : 'starter.txt';
}

/** The file with an exercise's solution, which may be an answer or a text; null if there is none. */
export function solutionOf({ id }: Pick<ExerciseInfo, 'id'>, solutions: string): string | null {
  return SOLUTIONS.map((end) => path.join(solutions, `${id}${end}`)).find((file) => fs.existsSync(file)) ?? null;
}

function readSheet({ folder, info }: Exercise, solutions: string): Sheet {
  const read = (name: string): string => {
    const file = path.join(folder, name);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  };
  return {
    folder,
    info,
    solution: solutionOf(info, solutions),
    messages: JSON.parse(read('messages.en.json')) as Record<string, string>,
    checks: foundChecks(read('checks.ts')),
    hidden: foundChecks(read('hidden.ts')),
    statement: read('statement.md'),
    scenario: read('scenario.ts'),
    starter: read(starterOf(info)),
  };
}

function placesIn(message: string): string[] {
  return [...message.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

function named(file: string, { findings }: FoundChecks): (FoundFinding & { readonly file: string })[] {
  return findings.map((finding) => ({ ...finding, file }));
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) < at);
}

/** What an exercise.json must look like, field by field. */

type Rule = (value: unknown) => string | null;

const text: Rule = (value) => (typeof value === 'string' && value.trim() !== '' ? null : 'must be a text');
const whole =
  (least: number, most: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? null
      : `must be a whole number from ${least} to ${most}`;
const oneOf =
  (...names: readonly unknown[]): Rule =>
  (value) =>
    names.includes(value) ? null : `must be one of ${names.join(', ')}`;
const listOf =
  (rule: Rule, least = 0): Rule =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    if (value.length < least) return `must have ${least} or more entries`;
    if (new Set(value.map((each) => JSON.stringify(each))).size < value.length) return 'has an entry twice';
    return firstOf(value.map((each, at) => ({ name: `[${at}]`, said: rule(each) })));
  };
const like =
  (pattern: RegExp, words: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? null : `must be ${words}`;
const table =
  (fields: Readonly<Record<string, Rule>>, optional: readonly string[] = []): Rule =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
    const given = value as Record<string, unknown>;
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
    if (unknown !== undefined) return `has a field '${unknown}', which nobody reads`;
    return firstOf(
      Object.entries(fields).flatMap(([name, rule]) => {
        if (!Object.hasOwn(given, name)) return optional.includes(name) ? [] : [{ name: `.${name}`, said: 'is missing' }];
        return [{ name: `.${name}`, said: rule(given[name]) }];
      }),
    );
  };

function firstOf(all: readonly { readonly name: string; readonly said: string | null }[]): string | null {
  const found = all.find(({ said }) => said !== null);
  if (found === undefined) return null;
  return /^[.[]/.test(found.said as string) ? `${found.name}${found.said}` : `${found.name} ${found.said}`;
}

const ID = like(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'small letters, digits and hyphens');
const LIMITS = ['cpuMs', 'wallMs', 'memoryMiB', 'processes', 'outputBytes', 'connections', 'channels', 'records', 'bodyBytes'];
/** Nobody waits longer for a run. */
const LIMIT_MOST = 1 << 30;

const exerciseRule = (checksLeast: number, seeds: Rule): Rule =>
  table(
    {
      id: ID,
      version: whole(1, 1000),
      title: text,
      notebook: like(/^\d\d$/, 'the number of a notebook, such as 03'),
      section: text,
      skills: listOf(text, 1),
      needs: listOf(ID),
      minutes: whole(1, 240),
      role: oneOf('program', 'operator', 'prediction'),
      checks: listOf(
        table({
          id: ID,
          points: whole(1, 20),
          visible: oneOf(true, false),
          kind: oneOf('safety', 'liveness', 'thrift', 'shape'),
        }),
        checksLeast,
      ),
      limits: table(Object.fromEntries(LIMITS.map((name) => [name, whole(1, LIMIT_MOST)])), LIMITS),
      seeds,
      engines: listOf(oneOf('warren', 'rabbitmq'), 1),
      draft: oneOf(true, false),
    },
    ['limits', 'draft'],
  );

const SEED = whole(0, 2 ** 31);
const PLAYED = exerciseRule(2, table({ visible: listOf(SEED, 3), hidden: whole(1, 20) }));
/** An experiment is done once. */
const PREDICTED = exerciseRule(1, table({ visible: listOf(SEED, 1), hidden: whole(0, 0) }));

/** What is wrong with the data of an exercise.json; null if nothing is. */
export function schemaFault(data: unknown): string | null {
  const predicted = (data as { role?: unknown } | null)?.role === 'prediction';
  const said = (predicted ? PREDICTED : PLAYED)(data);
  return said === null ? null : said.replace(/^\./, '');
}

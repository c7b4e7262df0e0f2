import { checks, type Finding, type RunHistory } from 'warren/grading';

/** Queues that are bound to the exchange of the news. */
function newsQueues(run: RunHistory, moment: string): { name: string; exclusive: boolean; autoDelete: boolean }[] {
  const { bindings, queues } = run.listing(moment);
  const bound = new Set(bindings.filter(({ source }) => source === run.facts.env.NEWS).map(({ destination }) => destination));
  return queues.filter(({ name }) => bound.has(name));
}

export default checks({
  heard: (run) => {
    const heard = new Set(run.note<string[]>('heard'));
    const absent = run.note<string[]>('visitors').filter((name) => !heard.has(`${name} here`));
    if (absent.length > 0) return absent.slice(0, 1).map((visitor) => ({ text: 'not-here', with: { visitor } }));
    const missed = run.note<[string, string][]>('news').filter(([visitor, body]) => !heard.has(`${visitor} ${body}`));
    const open = run.note<string[]>('questions').filter((body) => ![...heard].some((each) => each.endsWith(` ${body}`)));
    const [first] = missed;
    const unheard =
      first === undefined ? [] : [{ text: 'not-heard', with: { count: missed.length, visitor: first[0], body: first[1] } }];
    return [
      ...unheard,
      ...(open.length === 0 ? [] : [{ text: 'unanswered', with: { count: open.length, body: open[0] ?? '' } }]),
    ];
  },
  shared: (run) => {
    const questions = run.note<string[]>('questions');
    const heard = run.note<string[]>('heard').map((each) => each.split(' '));
    const answers = heard.filter(([, body = '']) => questions.includes(body));
    // Whoever is killed before it has acknowledged leaves its question to another one; what a visitor puts back it has not
    // answered.
    const given = run.deliveries.filter(({ settled }) => settled?.how !== 'requeue').map(({ body }) => body);
    const times = (list: readonly string[], question: string): number => list.filter((each) => each === question).length;
    const answered = answers.map(([, body = '']) => body);
    const twice = questions.find((question) => times(answered, question) > Math.max(1, times(given, question)));
    if (twice !== undefined) return [{ text: 'answered-again', with: { body: twice } }];
    const kept = run.deliveries.find(
      ({ body, program, automatic, settled }) =>
        questions.includes(body) && !automatic && settled === null && program !== run.note<{ gone: string }>('later').gone,
    );
    if (kept !== undefined) return [{ text: 'not-acknowledged', with: { body: kept.body }, at: kept.record, follow: kept.body }];
    const [only = '', ...others] = new Set(answers.map(([visitor = '']) => visitor));
    return answers.length > 0 && others.length === 0 ? [{ text: 'one-answers', with: { visitor: only } }] : [];
  },
  private: (run) => {
    const queues = newsQueues(run, 'all here');
    const visitors = run.note<string[]>('visitors').length;
    const open = queues.find(({ exclusive }) => !exclusive);
    if (open !== undefined) return [{ text: 'open-to-all', with: { name: open.name } }];
    return queues.length === visitors ? [] : [{ text: 'not-one-each', with: { count: queues.length, visitors } }];
  },
  'cleans-up': (run): Finding[] => {
    const { QUESTIONS = '' } = run.facts.env;
    const { left } = run.note<{ left: string[] }>('later');
    const { queues } = run.listing('one gone');
    const bound = newsQueues(run, 'one gone').length;
    return [
      ...(bound > left.length ? [{ text: 'left-behind', with: { count: bound, left: left.length } }] : []),
      ...(queues.some(({ name }) => name === QUESTIONS) ? [] : [{ text: 'questions-gone', with: { name: QUESTIONS } }]),
    ];
  },
});

import { checks } from 'warren/grading';

export default checks({
  'queue-back': (run) => {
    if (run.came('the queue is back')) return [];
    const { SAVED = '', FOLDER = '' } = run.facts.env;
    const copied = run.facts.commands.some(({ line, exitCode }) => line.includes(`${FOLDER}/`) && exitCode === 0);
    if (!copied) return [{ text: 'not-copied' }];
    return [{ text: run.note<string[]>('running').includes(SAVED) ? 'queue-not-back' : 'not-running' }];
  },
  'nothing-lost': (run) => {
    const found = run.note<string[] | null>('found');
    if (found === null) return [];
    const left = new Set(found);
    const lost = run.note<string[]>('claims').filter((claim) => !left.has(claim));
    return lost.length === 0 ? [] : [{ text: 'lost', with: { count: lost.length, first: lost[0] ?? '' } }];
  },
  'two-copies': (run) => {
    if (!run.came('the queue is back') || run.came('a copy on both')) return [];
    const queue = run.listing('recovered').queues.find(({ name }) => name === run.facts.env.QUEUE);
    const mirrors = queue?.mirrors?.filter(({ synchronised }) => synchronised).map(({ node }) => node) ?? [];
    return [{ text: 'one-copy', with: { nodes: [queue?.node ?? 'no node', ...mirrors].join(' and ') } }];
  },
});

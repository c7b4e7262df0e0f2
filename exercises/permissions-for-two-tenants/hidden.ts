import { checks } from 'warren/grading';

export default checks({
  'no-more': (run) => {
    const { ANN, BEN, EVE } = run.facts.env;
    const users = run.note<{ user: string; tags: string[] }[]>('users');
    const tagged = users.filter(({ user, tags }) => [ANN, BEN, EVE].includes(user) && tags.length > 0);
    return tagged.length === 0 ? [] : [{ text: 'tagged' }];
  },
});

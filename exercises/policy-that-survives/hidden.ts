import { checks } from 'warren/grading';

export default checks({
  'others-untouched': (run) => {
    const { OTHER, ONE, PREFIX, TWO } = run.facts.env;
    const { queues } = run.listing('ready');
    const other = queues.find(({ name }) => name === OTHER);
    const untouched = other !== undefined && (other.mirrors ?? []).length === 0;
    const kept = [`${PREFIX}.${ONE}`, `${PREFIX}.${TWO}`].every((queue) => queues.some(({ name }) => name === queue));
    return untouched && kept ? [] : [{ text: 'touched' }];
  },
});

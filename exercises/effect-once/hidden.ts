import { checks, connectionsUsed } from 'warren/grading';

/** The order of a charge; its text where there is none. */
function orderOf(body: string): string {
  return /"order"\s*:\s*"(\w+)"/.exec(body)?.[1] ?? body;
}

/** Of six lives, three each; less than one for each order. */
const CONNECTIONS_MOST = 18;

export default checks({
  'once-later': (run) => {
    const charges = run.note<string[]>('charges');
    const before = new Set(charges.map(orderOf));
    const again = run
      .note<string[]>('late')
      .slice(charges.length)
      .some((body) => before.has(orderOf(body)));
    return again ? [{ text: 'forgotten' }] : [];
  },
  frugal: (run) => {
    const { opened, at } = connectionsUsed(run.records);
    return opened > CONNECTIONS_MOST && at !== null ? [{ text: 'many-connections', at }] : [];
  },
});

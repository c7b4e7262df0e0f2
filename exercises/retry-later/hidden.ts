import { checks, connectionsUsed, mostUnacked } from 'warren/grading';

/** More than this many unsettled at one time is no bound. */
const HELD_MOST = 20;
/** Of three lives, three each; less than one for each job. */
const CONNECTIONS_MOST = 10;

export default checks({
  bounded: (run) => {
    const { most, at } = mostUnacked(run.records, run.deliveries);
    return most > HELD_MOST && at !== null ? [{ text: 'unbounded', at }] : [];
  },
  frugal: (run) => {
    const { opened, at } = connectionsUsed(run.records);
    return opened > CONNECTIONS_MOST && at !== null ? [{ text: 'many-connections', at }] : [];
  },
});

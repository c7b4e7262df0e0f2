import { channelsUsed, checks } from 'warren/grading';

export default checks({
  'few-channels': (run) => {
    const { most, at } = channelsUsed(run.records);
    return most > Number(run.facts.env.CHANNELS) && at !== null ? [{ text: 'many-channels', at }] : [];
  },
});

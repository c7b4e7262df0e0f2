import { checks, type Finding, type RunHistory } from 'warren/grading';

interface Seen {
  readonly queue: string;
  readonly role: 'family' | 'exception' | 'other';
  readonly sent: number;
  readonly accepted: number;
  readonly early: number | null;
  readonly late: number;
  readonly buried: number;
}

function seenIn(run: RunHistory, role: Seen['role']): Seen[] {
  return run.note<Seen[]>('seen').filter((each) => each.role === role);
}

/** One finding is enough: the other queues have the same cause. */
function first(findings: readonly Finding[]): Finding[] {
  return findings.slice(0, 1);
}

export default checks({
  mortal: (run) => {
    const ttl = run.facts.env.TTL ?? '';
    const grave = run.facts.env.GRAVE ?? '';
    return first(
      seenIn(run, 'family').flatMap(({ queue, accepted, early, late, buried }): Finding[] => {
        if (late > 0 || accepted === 0) return [{ text: 'immortal', with: { queue, late, ttl } }];
        if (early === 0) return [{ text: 'too-early', with: { queue, ttl } }];
        return buried < accepted ? [{ text: 'unburied', with: { queue, buried, accepted, grave } }] : [];
      }),
    );
  },
  'house-rule': (run) => {
    const most = Number(run.facts.env.MOST);
    const house = run.facts.env.HOUSE ?? '';
    return first(
      seenIn(run, 'family').flatMap(({ queue, sent, accepted }) =>
        accepted === most ? [] : [{ text: 'house-overruled', with: { queue, sent, accepted, most, house } }],
      ),
    );
  },
  exception: (run) => {
    const room = Number(run.facts.env.ROOM);
    return seenIn(run, 'exception').flatMap(({ queue, sent, accepted, late }) =>
      accepted === room && late === room ? [] : [{ text: 'no-exception', with: { queue, sent, accepted, room, late } }],
    );
  },
});

/**
 * Who belongs to a Raft group. Voters elect and commit; a learner only receives the log, until it has caught up and is made a
 * voter (Ongaro's thesis, 4.2.1). Changes go one member at a time, so any majority before a change and any after it share a
 * member, and both may be in use at once (thesis, 4.1).
 */
export interface Members {
  readonly voters: readonly string[];
  readonly learners: readonly string[];
}

/** What a member knows that has yet to hear from its group. */
export const NOBODY: Members = { voters: [], learners: [] };

export function majority({ voters }: Members): number {
  return (voters.length >> 1) + 1;
}

export function isMember({ voters, learners }: Members, id: string): boolean {
  return voters.includes(id) || learners.includes(id);
}

export function withLearner({ voters, learners }: Members, id: string): Members {
  return { voters, learners: [...learners, id] };
}

export function withVoter({ voters, learners }: Members, id: string): Members {
  return { voters: [...voters, id], learners: learners.filter((other) => other !== id) };
}

export function without({ voters, learners }: Members, id: string): Members {
  return { voters: voters.filter((other) => other !== id), learners: learners.filter((other) => other !== id) };
}

/** As it stands in a log entry. */
export function encodeMembers({ voters, learners }: Members): Buffer {
  return Buffer.from(JSON.stringify({ voters, learners }), 'utf8');
}

/** Throws a SyntaxError for anything that `encodeMembers` did not write. */
export function decodeMembers(data: Buffer): Members {
  return JSON.parse(data.toString('utf8')) as Members;
}

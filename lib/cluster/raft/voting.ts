/**
 * How a member answers who asks for its vote, whatever its own role is (sections 5.2 and 5.4.1 of the paper; thesis, 4.2.3
 * and 9.6).
 */
import type { RaftLog } from './log';
import type { RequestVote } from './messages';
import type { Transitions } from './role';
import type { Server } from './server';

export function requestVote(server: Server, become: Transitions, leads: boolean, request: RequestVote): void {
  const { term, preVote, transfer, from } = request;
  if (term < server.term) {
    reply(server, request, false);
    return;
  }
  // One who does not hear the leader, or was removed, must not depose it: while there is one, not even the term is taken over.
  if (term > server.term && !transfer && (leads || server.hearsLeader())) return;
  if (preVote) {
    const granted = term > server.term && isUpToDate(server.log, request);
    reply(server, request, granted);
    if (granted) server.role.giveWay(request);
    return;
  }
  if (term > server.term) become.follow(term, null);
  const free = server.vote === null || server.vote === from;
  if (!free || !isUpToDate(server.log, request)) {
    reply(server, request, false);
    return;
  }
  if (server.vote === null) {
    // It waits for the one it votes for as long as for a leader.
    become.follow(server.term, server.leader);
    server.keepHardState(server.term, from);
  }
  server.pendingGrant = from;
  grantOnceKept(server);
}

/** A vote leaves when it is on disk: forgotten, it could be given twice in one term. */
export function grantOnceKept(server: Server): void {
  const { pendingGrant: to } = server;
  if (to === null || !server.writes.hardStateStable) return;
  server.pendingGrant = null;
  const { id: from, term } = server;
  server.send({ kind: 'requestVoteReply', from, to, term, preVote: false, granted: true });
}

/** A log is as good as another if its last term is higher, or its last index in the same term is not lower. */
function isUpToDate(log: RaftLog, { lastIndex, lastTerm }: RequestVote): boolean {
  return lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.lastIndex);
}

function reply(server: Server, { from: to, term, preVote }: RequestVote, granted: boolean): void {
  const answer = granted ? term : server.term;
  server.send({ kind: 'requestVoteReply', from: server.id, to, term: answer, preVote, granted });
}

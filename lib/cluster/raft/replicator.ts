/** What a leader sends to another member, by what it knows of it. */
import type { Entry } from './log';
import type { InstallSnapshotReply } from './messages';
import type { Progress } from './progress';
import type { Server } from './server';

const NONE: readonly Entry[] = [];

export class Replicator {
  constructor(private readonly server: Server) {}

  /** Sends what the member needs, as far as the window allows; and what is committed, if nothing else will tell. */
  replicate(progress: Progress): void {
    const { log, commitIndex, options } = this.server;
    while (progress.mayAppend) {
      if (progress.next <= log.snapshot.index) {
        this.beginSnapshot(progress);
        return;
      }
      const entries = progress.next > log.lastIndex ? NONE : log.slice(progress.next, options.appendOctets);
      if (entries.length === 0 && progress.state === 'replicate' && (progress.sentCommit >= commitIndex || !progress.idle))
        return;
      this.append(progress, progress.next - 1, entries);
      progress.sent(entries);
    }
  }

  /** `quiet`: there will be none for a while. */
  heartbeat(progress: Progress, quiet: boolean): void {
    if (progress.state === 'snapshot') {
      // What it has is not known well enough to go on from, but with nothing all logs agree.
      this.append(progress, 0, NONE);
      if (this.server.now - progress.sentAt >= this.server.options.electionTimeout) this.sendPiece(progress);
    } else if (progress.next > this.server.log.snapshot.index) {
      this.append(progress, progress.next - 1, NONE, quiet);
      if (progress.state === 'probe') progress.asked = true;
    } else {
      this.beginSnapshot(progress);
    }
  }

  continueSnapshot(progress: Progress, { index, offset }: InstallSnapshotReply): void {
    // The same offset again is an answer to a piece that was sent twice.
    if (progress.snapshot?.index !== index || progress.offset === offset) return;
    progress.offset = offset;
    this.sendPiece(progress);
  }

  private beginSnapshot(progress: Progress): void {
    progress.beginSnapshot(this.server.log.snapshot);
    this.sendPiece(progress);
  }

  private append(progress: Progress, prevIndex: number, entries: readonly Entry[], quiet = false): void {
    const { id: from, term, log, commitIndex: commit } = this.server;
    const prevTerm = prevIndex === 0 ? 0 : log.term(prevIndex);
    const message = { kind: 'appendEntries', from, to: progress.id, term, prevIndex, prevTerm, entries, commit } as const;
    this.server.send(quiet ? { ...message, quiet } : message);
    progress.sentCommit = commit;
  }

  private sendPiece(progress: Progress): void {
    const { server } = this;
    const { snapshot, offset } = progress;
    if (snapshot === null) return;
    const { index, term: indexTerm, members } = snapshot;
    const data = snapshot.data.subarray(offset, offset + server.options.snapshotOctets);
    const done = offset + data.length >= snapshot.data.length;
    const envelope = { from: server.id, to: progress.id, term: server.term } as const;
    server.send({ kind: 'installSnapshot', ...envelope, index, indexTerm, members, offset, data, done });
    progress.sentAt = server.now;
  }
}

/** A snapshot that a leader sends piece by piece. */
import type { Snapshot } from './log';
import type { InstallSnapshot } from './messages';

export class IncomingSnapshot {
  /** Octets that are here. */
  offset = 0;
  private readonly pieces: Buffer[] = [];
  private readonly index: number;
  private readonly term: number;
  private readonly sender: string;
  private readonly senderTerm: number;

  constructor({ index, indexTerm, from, term }: InstallSnapshot) {
    this.index = index;
    this.term = indexTerm;
    this.sender = from;
    this.senderTerm = term;
  }

  /** Two members' snapshots of one state need not be equal octet by octet, so pieces of different senders do not mix. */
  isPartOf({ index, indexTerm, from, term }: InstallSnapshot): boolean {
    return index === this.index && indexTerm === this.term && from === this.sender && term === this.senderTerm;
  }

  /** Ignores a piece that does not come next. Returns the snapshot with its last piece, else null. */
  take({ offset, data, done, members }: InstallSnapshot): Snapshot | null {
    if (offset !== this.offset) return null;
    this.pieces.push(data);
    this.offset += data.length;
    return done ? { index: this.index, term: this.term, members, data: Buffer.concat(this.pieces) } : null;
  }
}

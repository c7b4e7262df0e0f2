/**
 * A channel whose method waits for other nodes: for its turn to change definitions, or for the answer of a queue that lives
 * elsewhere. What its client sends meanwhile is kept and handled afterwards, in order; other channels go on.
 */
import type { ClusterPort } from './cluster-port';
import { ProtocolError } from './errors';
import type { Answer } from './queue/queue';

/** Octets that a client may send to a waiting channel before its connection is not read any more. */
const HELD_MAX = 1 << 20;

export interface WaitPort {
  /** False once the channel or its connection has ended: nobody is to be told anything. */
  readonly alive: boolean;
  /** Something went wrong in what was done for the method with this id. */
  failed(error: unknown, method: number): void;
  /** Handles one frame; false if it cannot be handled now. */
  frame(bytes: Buffer): boolean;
  write(bytes: Buffer): void;
  /** What was held has been handled: the connection may be read on. */
  relieved(): void;
}

export class ChannelWait {
  /** Class and method id of the method at hand. */
  method = 0;
  /** Answers that are missing. */
  private missing = 0;
  private readonly held: Buffer[] = [];
  private handling = false;
  private heldOctets = 0;
  /** What is said while a change is made: it leaves when the change is over. */
  private outbox: Buffer[] | null = null;

  constructor(private readonly port: WaitPort) {}

  /** Frames of the channel are to be held. */
  get active(): boolean {
    return !this.handling && (this.missing > 0 || this.held.length > 0);
  }

  get full(): boolean {
    return this.heldOctets > HELD_MAX;
  }

  /** `frame`: a copy is kept. */
  hold(frame: Buffer): void {
    this.held.push(Buffer.from(frame));
    this.heldOctets += frame.length;
  }

  /**
   * Asks, and goes on with what is answered, at once or later. Throws what is answered at once as an error. `unwanted` is told
   * what is answered when the channel has ended.
   */
  ask<T>(ask: (answer: Answer<T>) => void, goOn: (result: T) => void, unwanted?: (result: T) => void): void {
    let early: { result: T | ProtocolError } | null = null;
    let late = false;
    const { method } = this;
    ask((result) => {
      if (late && !this.port.alive && !(result instanceof ProtocolError)) unwanted?.(result);
      else if (late) this.later(method, () => goOn(granted(result)));
      else early = { result };
    });
    if (early === null) {
      late = true;
      this.missing++;
    } else goOn(granted((early as { result: T | ProtocolError }).result));
  }

  /** Runs `make` in this node's turn; what it says leaves when all running members have its change. */
  change(cluster: ClusterPort, make: () => void): void {
    const { method } = this;
    const said: Buffer[] = [];
    let failure: unknown = null;
    this.missing++;
    cluster.change(
      () => {
        if (!this.port.alive) return;
        this.outbox = said;
        try {
          make();
        } catch (error) {
          failure = error;
        } finally {
          this.outbox = null;
        }
      },
      () =>
        this.later(method, () => {
          for (const bytes of said) this.port.write(bytes);
          if (failure !== null) throw failure;
        }),
    );
  }

  write(bytes: Buffer): void {
    if (this.outbox === null) this.port.write(bytes);
    else this.outbox.push(bytes);
  }

  private later(method: number, work: () => void): void {
    this.missing--;
    if (!this.port.alive) return;
    this.method = method;
    try {
      work();
    } catch (error) {
      this.port.failed(error, method);
    }
    this.handleHeld();
  }

  /** Handles what came meanwhile, until something is to be waited for again. */
  handleHeld(): void {
    if (this.held.length === 0 || this.handling) return;
    let done = 0;
    while (this.missing === 0 && done < this.held.length) {
      const frame = this.held[done] as Buffer;
      this.handling = true;
      const handled = this.port.frame(frame);
      this.handling = false;
      if (!handled) break;
      done++;
      this.heldOctets -= frame.length;
    }
    this.held.splice(0, done);
    if (this.held.length === 0) this.port.relieved();
  }
}

function granted<T>(result: T | ProtocolError): T {
  if (result instanceof ProtocolError) throw result;
  return result;
}

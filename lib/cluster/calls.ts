/** Questions that nodes ask each other, with one answer each. */
import { ClusterError } from './membership/membership';
import { NO_BODY, type PeerMessage } from './links/peer-frames';

export type Fields = Readonly<Record<string, unknown>>;
export type Answered = (error: ClusterError | null, answer: Fields, body: Buffer) => void;
/** Called once: with what is answered, or with a refusal. */
export type Reply = (answer: Fields | ClusterError, body?: Buffer) => void;
export type Handler = (from: string, question: Fields, reply: Reply, body: Buffer) => void;

interface Open {
  readonly to: string;
  readonly done: Answered;
}

const ASK = 'node.ask';
const ANSWER = 'node.answer';
const NOTHING: Fields = {};

export class Calls {
  /** By what is asked. */
  private readonly handlers = new Map<string, Handler>();
  private lastId = 0;
  private readonly open = new Map<number, Open>();

  constructor(
    /** False if the node cannot be reached. */
    private readonly send: (to: string, message: PeerMessage, body?: Buffer) => boolean,
  ) {}

  /** Whoever answers this question from now on. */
  handle(what: string, handler: Handler): void {
    this.handlers.set(what, handler);
  }

  /** `done` is called once: with the answer, its refusal, or `nodedown`. */
  ask(to: string, what: string, fields: Fields, done: Answered, body?: Buffer): void {
    const id = ++this.lastId;
    this.open.set(id, { to, done });
    if (!this.send(to, { type: ASK, id, what, fields }, body)) this.fail(id);
  }

  /** False if the message is none of these. */
  message(from: string, message: PeerMessage, body: Buffer): boolean {
    if (message.type === ASK) this.asked(from, message, body);
    else if (message.type === ANSWER) this.answered(from, message, body);
    else return false;
    return true;
  }

  /** Nobody there will answer any more. */
  down(name: string): void {
    for (const [id, { to }] of [...this.open]) if (to === name) this.fail(id);
  }

  private fail(id: number): void {
    const open = this.open.get(id);
    this.open.delete(id);
    open?.done(new ClusterError('nodedown', `node ${open.to} cannot be reached`), NOTHING, NO_BODY);
  }

  private asked(from: string, { id, what, fields }: PeerMessage, body: Buffer): void {
    const reply: Reply = (answer, octets) => {
      const content = answer instanceof ClusterError ? { refused: [answer.reason, answer.message] } : { fields: answer };
      this.send(from, { type: ANSWER, id, ...content }, octets);
    };
    const handler = this.handlers.get(what as string);
    if (handler === undefined) reply(new ClusterError('undef', `${what} is not known here`));
    else handler(from, fields as Fields, reply, body);
  }

  private answered(from: string, { id, fields, refused }: PeerMessage, body: Buffer): void {
    const open = this.open.get(id as number);
    if (open === undefined || open.to !== from) return;
    this.open.delete(id as number);
    if (refused === undefined) open.done(null, fields as Fields, body);
    else open.done(new ClusterError(...(refused as [string, string])), NOTHING, NO_BODY);
  }
}

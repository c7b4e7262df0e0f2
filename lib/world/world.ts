/**
 * What the engine is handed instead of an operating system (DESIGN I1).
 *
 * No file of the engine imports `node:*`, timers, `Date` or randomness: it receives a `World` and asks it. The same
 * broker then runs live (sockets, wall clock), in the lab (a clock that can be stopped and wound forward) and in
 * simulation (everything virtual, one seed decides all).
 *
 * A *turn* is an event (bytes arrived, a timer fired) together with everything it made dirty. Events that are there at the same
 * time may share a turn: live, all sockets that had bytes in one poll do. Callbacks given to `turn.atEnd` run once at the end of
 * the current turn, in the order in which they were given, before any event of the next; sockets are flushed after them.
 * So all replies of a turn leave in one write, in every world in the same order.
 */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Network;
  readonly turn: Turn;
  readonly log: Log;
}

export interface Clock {
  /** Wall time in milliseconds since 1970; may jump. For timestamps that people see (`x-death` time). */
  epochMs(): number;
  /** Monotonic milliseconds since some fixed point; never goes back. For durations, TTLs, time-outs. */
  now(): number;
  /** Calls `fn` once, at least `delayMs` from now. Never calls it synchronously. `delayMs` is at least 0. */
  after(delayMs: number, fn: () => void): Timer;
}

export interface Timer {
  /** Idempotent; a cancelled timer never fires. */
  cancel(): void;
}

export interface Random {
  /** A number in [0, 1). */
  float(): number;
  /** `count` unpredictable bytes (predictable from the seed in simulation). */
  bytes(count: number): Uint8Array;
}

export interface Turn {
  /** Runs `fn` at the end of the current turn. Calls made while the end of a turn runs belong to the same turn. */
  atEnd(fn: () => void): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a listener needs to speak TLS; certificates and keys in PEM. Names as in RabbitMQ's `ssl_options`. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** Of those who may sign client certificates. */
  readonly cacert?: string;
  /** Ask clients for a certificate and check it (`verify_peer`). */
  readonly verifyPeer?: boolean;
  /** Refuse clients without one. */
  readonly failIfNoPeerCert?: boolean;
}

export interface Network {
  /**
   * Accepts connections; `accept` returns the handler of each new link. `ready` is called with the bound address or an error.
   * With `tls` the links are secured; a world without TLS throws.
   */
  listen(
    at: Address,
    accept: (link: Link) => LinkHandler,
    ready: (error: Error | null, bound: Address | null) => void,
    tls?: TlsOptions,
  ): Listener;
  dial(to: Address, handler: LinkHandler): Link;
}

export interface Listener {
  /** Stops accepting; open links live on. `done` is called when the address is free again. */
  close(done: () => void): void;
}

export interface PeerCertificate {
  /** As RabbitMQ writes it: `CN=client,O=Example`, the most specific part first. */
  readonly distinguishedName: string;
  readonly commonName: string;
  /** Who signed it, in the same form. */
  readonly issuer: string;
  /** `2026-01-01T00:00:00Z - 2027-01-01T00:00:00Z` */
  readonly validity: string;
}

/** What both ends of a TLS connection agreed on. */
export interface TlsSession {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** Name of the cipher suite by IANA, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
}

/**
 * One byte stream. Output is written in place: `const at = link.reserve(n)` gives the offset of `n` bytes in `link.out`,
 * to be filled before the turn ends (and before the next `reserve`, which may replace `out`). The link writes what was
 * reserved once a turn, or when its buffer is full.
 */
export interface Link {
  readonly peer: Address;
  readonly local: Address;
  /** Who the peer is by the certificate that was checked; null without TLS or without a certificate. */
  readonly peerCertificate: PeerCertificate | null;
  /** Null without TLS. */
  readonly tls: TlsSession | null;
  /** Octets handed to the network so far, and in how many pieces. */
  readonly sentBytes: number;
  readonly writes: number;
  /** The buffer that `reserve` points into. Invariant: valid until the next `reserve`. */
  readonly out: Buffer;
  reserve(bytes: number): number;
  /**
   * False while more output waits for the peer than the link wants to hold (about 1 MiB). Callers stop producing until
   * `onDrain`; a caller that does not is served all the same, at the price of memory.
   */
  readonly writable: boolean;
  /** Bytes reserved or handed to the network that the peer has not taken yet. */
  readonly pendingBytes: number;
  /** Stops and restarts the arrival of bytes (back-pressure on the peer). */
  pause(): void;
  resume(): void;
  /** Nothing reserved leaves, from what this turn reserved on, until `releaseOutput` was called as often. */
  holdOutput(): void;
  releaseOutput(): void;
  /** Sends what is reserved, then ends the stream in an orderly way. `onClose` follows. */
  end(): void;
  /** Cuts the stream now; unsent output is lost. `onClose` follows. */
  abort(): void;
  /** As `abort`, but what the network was handed still arrives, and the end of the stream behind it. */
  release(): void;
}

export interface LinkHandler {
  /** The stream is there, dialled or accepted. */
  onOpen?(): void;
  /** `chunk` belongs to the handler until the turn ends; bytes kept longer must be copied out (a slice pins the chunk). */
  onBytes(chunk: Buffer): void;
  /** `writable` is true again. */
  onDrain(): void;
  /** Exactly once, last. `error` is null after an orderly end of the stream and after one's own `abort`. */
  onClose(error: Error | null): void;
}

/** `critical`: a defect of the broker, or a machine that it cannot go on with. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical';

export interface Log {
  /** `process`: who writes, as RabbitMQ would name it (`<0.700.0>`); default: the node. */
  write(level: LogLevel, text: string, process?: string): void;
}

/** Where a node listens; listeners can be suspended (their ports refuse) and resumed at the same addresses. */
import type { Address, Link, LinkHandler, Listener, Network, TlsOptions } from '../world/world';
import type { ListenerInfo } from './api';

type Ready = (error: Error | null, bound: Address | null) => void;

interface Place {
  /** As bound; null until it is. */
  at: Address | null;
  readonly tls: TlsOptions | undefined;
  /** Null while suspended. */
  listener: Listener | null;
}

export class Listeners {
  private places: Place[] = [];
  private closed = false;

  constructor(
    private readonly net: Network,
    private readonly accept: (link: Link) => LinkHandler,
  ) {}

  /** Nothing is opened once they are closed: a node may be stopped while it starts. */
  add(at: Address, ready: Ready, tls: TlsOptions | undefined): void {
    if (this.closed) {
      ready(new Error('the node is stopping'), null);
      return;
    }
    const place: Place = { at: null, tls, listener: null };
    this.places.push(place);
    this.open(place, at, ready);
  }

  private open(place: Place, at: Address, ready: Ready): void {
    const bound: Ready = (error, to) => {
      if (to !== null) place.at = to;
      ready(error, to);
    };
    place.listener = this.net.listen(at, this.accept, bound, place.tls);
  }

  list(): readonly ListenerInfo[] {
    return this.places.flatMap(({ at, tls }) => (at === null ? [] : [{ at, tls: tls !== undefined }]));
  }

  /** Ports refuse from now on; links that are open live on. */
  suspend(): void {
    for (const place of this.places) {
      place.listener?.close(() => undefined);
      place.listener = null;
    }
  }

  /** `done` is told of the first address that could not be had. */
  resume(done: (error: Error | null) => void): void {
    const suspended = this.places.filter(({ at, listener }) => at !== null && listener === null);
    let waits = suspended.length;
    let failure: Error | null = null;
    if (waits === 0) done(null);
    for (const place of suspended) {
      this.open(place, place.at as Address, (error) => {
        failure ??= error;
        if (--waits === 0) done(failure);
      });
    }
  }

  /** For good. `done` is called when all addresses are free. */
  close(done: () => void): void {
    this.closed = true;
    const open = this.places.flatMap(({ listener }) => listener ?? []);
    this.places = [];
    let waits = open.length + 1;
    const one = (): void => {
      if (--waits === 0) done();
    };
    for (const listener of open) listener.close(one);
    one();
  }
}

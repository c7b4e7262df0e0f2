/**
 * `lab.watch()`: a page on 127.0.0.1 that shows the broker while cells run. The page asks once and is then told (server-sent
 * events) whenever something happened, at most four times a second. It can only look; there is nothing to send to it.
 */
import { randomBytes } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TraceEvent } from '../trace/events';
import type { Snapshot } from '../trace/snapshot';
import type { TraceLog } from '../trace/trace-log';
import { watchPage } from './watch-page';

const HOST = '127.0.0.1';
const SHORTEST_INTERVAL_MS = 250;
/** A real RabbitMQ changes without telling (a message expires): while somebody looks, it is asked this often. */
const LONGEST_INTERVAL_MS = 2000;
const EVENTS_SHOWN = 30;

export interface WatchSubject {
  readonly name: string;
  readonly log: TraceLog;
  snapshot(): Promise<Snapshot>;
}

export interface WatchServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function startWatchServer(subject: WatchSubject): Promise<WatchServer> {
  const page = new LivePage(subject);
  const server = http.createServer((request, response) => page.answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  page.hosts = [`${HOST}:${port}`, `localhost:${port}`];
  return {
    url: `http://${HOST}:${port}/`,
    close: async () => {
      page.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

class LivePage {
  /** What the Host header may say: a page of a foreign name that resolves to this machine must not get to read it. */
  hosts: readonly string[] = [];
  private readonly viewers = new Set<http.ServerResponse>();
  private last = '';
  private timer: NodeJS.Timeout | null = null;
  private sending = false;
  /** Something happened since the last look. */
  private stale = false;
  private readonly unsubscribe: () => void;

  constructor(private readonly subject: WatchSubject) {
    this.unsubscribe = subject.log.on(() => {
      this.stale = true;
      if (this.viewers.size > 0 && !this.sending) this.schedule(SHORTEST_INTERVAL_MS);
    });
  }

  answer({ method, url, headers }: http.IncomingMessage, response: http.ServerResponse): void {
    if (!this.hosts.includes(headers.host ?? '')) refuse(response, 421, 'This page answers to 127.0.0.1 only.');
    else if (method !== 'GET') refuse(response, 405, 'This page can only be looked at.');
    else if (url === '/') this.sendPage(response);
    else if (url === '/live') this.addViewer(response);
    else refuse(response, 404, 'There is nothing here; the page is at /.');
  }

  close(): void {
    this.unsubscribe();
    if (this.timer !== null) clearTimeout(this.timer);
    for (const viewer of this.viewers) viewer.end('event: stopped\ndata: {}\n\n');
    this.viewers.clear();
  }

  private sendPage(response: http.ServerResponse): void {
    const nonce = randomBytes(16).toString('base64');
    const allowed = ["default-src 'none'", `script-src 'nonce-${nonce}'`, "style-src 'unsafe-inline'", "connect-src 'self'"];
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [...allowed, "base-uri 'none'", "frame-ancestors 'self'"].join('; '),
      'cache-control': 'no-store',
    });
    response.end(watchPage(this.subject.name, nonce));
  }

  private addViewer(response: http.ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.viewers.add(response);
    response.on('close', () => this.viewers.delete(response));
    this.last = '';
    if (!this.sending) this.schedule(0);
  }

  private schedule(delayMs: number): void {
    if (this.timer !== null) {
      if (delayMs >= SHORTEST_INTERVAL_MS && this.soon) return;
      clearTimeout(this.timer);
    }
    this.soon = delayMs <= SHORTEST_INTERVAL_MS;
    this.timer = setTimeout(() => void this.send(), delayMs);
  }

  /** The timer that is set is one for the near future, which nothing should put off. */
  private soon = false;

  private async send(): Promise<void> {
    this.timer = null;
    this.sending = true;
    this.stale = false;
    const message = JSON.stringify(await this.look());
    if (message !== this.last) for (const viewer of this.viewers) viewer.write(`data: ${message}\n\n`);
    this.last = message;
    this.sending = false;
    if (this.viewers.size > 0) this.schedule(this.stale ? SHORTEST_INTERVAL_MS : LONGEST_INTERVAL_MS);
  }

  private async look(): Promise<object> {
    const events = this.subject.log.events;
    const shown = events.slice(-EVENTS_SHOWN).reverse().map(describe);
    try {
      const { drawTopology } = require('../draw') as typeof import('../draw');
      const snapshot = await this.subject.snapshot();
      // Time alone is no change: what is drawn is dated by its last event.
      const at = events.at(-1)?.at ?? 0;
      return {
        picture: drawTopology({ ...snapshot, at }, { title: 'What the broker looks like now', recent: events }),
        events: shown,
      };
    } catch (error) {
      return { problem: (error as Error).message, events: shown };
    }
  }
}

function refuse(response: http.ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
}

/** One line of the list: time, node, what happened, and its particulars. */
function describe({ seq: _seq, at, node, type, ...rest }: TraceEvent): readonly [string, string, string, string] {
  const particulars = Object.entries(rest)
    .filter(([, value]) => value !== '' && value !== false)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  const seconds = (at % 60_000) / 1000;
  return [
    `${String(Math.floor(at / 60_000)).padStart(2, '0')}:${seconds.toFixed(3).padStart(6, '0')}`,
    node,
    type,
    particulars.join(' · '),
  ];
}

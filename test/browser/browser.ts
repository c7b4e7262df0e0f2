/** A headless Chromium, spoken to over a pipe: no port is opened, and nothing is fetched but files. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--headless',
  '--remote-debugging-pipe',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND',
];

/** The path of a browser on this machine, or null. */
export function browserPath(): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const all = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return all.find((file) => fs.existsSync(file)) ?? null;
}

type Params = Readonly<Record<string, unknown>>;

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Speaks the browser's own protocol: JSON, a zero octet behind each message. */
export class Browser {
  private readonly child: ChildProcess;
  private readonly profile = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-browser-'));
  private readonly waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  private readonly listeners = new Set<(answer: Answer) => void>();
  private readonly ended: Promise<void>;
  private lastId = 0;

  constructor(file: string) {
    // Its own sandbox cannot be had by root, who runs CI.
    const flags = [...FLAGS, `--user-data-dir=${this.profile}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
    this.child = spawn(file, [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    let rest = '';
    (this.child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = `${rest}${text}`.split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) this.hear(JSON.parse(message) as Answer);
    });
    this.ended = new Promise((resolve) => {
      const over = (): void => {
        for (const { reject } of this.waiting.values()) reject(new Error('The browser has ended.'));
        resolve();
      };
      this.child.once('error', over).once('close', over);
    });
  }

  /** An empty page. */
  async page(): Promise<Page> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    await page.call('Page.enable');
    return page;
  }

  async close(): Promise<void> {
    await this.call('Browser.close').catch(() => undefined);
    await this.ended;
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Rejects with what the browser says of a call that it refuses. */
  call(method: string, params: Params = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      (this.child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Resolves at the next event of this name in this session. */
  next(method: string, sessionId: string): Promise<void> {
    return new Promise((resolve) => {
      const listener = (answer: Answer): void => {
        if (answer.method !== method || answer.sessionId !== sessionId) return;
        this.listeners.delete(listener);
        resolve();
      };
      this.listeners.add(listener);
    });
  }

  private hear(answer: Answer): void {
    for (const listener of this.listeners) listener(answer);
    const waiting = answer.id === undefined ? undefined : this.waiting.get(answer.id);
    if (answer.id !== undefined) this.waiting.delete(answer.id);
    if (answer.error !== undefined) waiting?.reject(new Error(answer.error.message));
    else waiting?.resolve(answer.result ?? {});
  }
}

export interface Look {
  readonly scheme: 'light' | 'dark';
  /** CSS pixels. */
  readonly width: number;
}

export class Page {
  constructor(
    private readonly browser: Browser,
    private readonly session: string,
  ) {}

  call(method: string, params: Params = {}): Promise<Record<string, unknown>> {
    return this.browser.call(method, params, this.session);
  }

  /** Resolves when the file is loaded and looks so. */
  async open(file: string, { scheme, width }: Look): Promise<void> {
    await this.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await this.call('Emulation.setDeviceMetricsOverride', { width, height: 800, deviceScaleFactor: 1, mobile: false });
    const loaded = this.browser.next('Page.loadEventFired', this.session);
    await this.call('Page.navigate', { url: pathToFileURL(file).href });
    await loaded;
  }

  /** The value of an expression, or what its promise resolves with; plain data. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = answer as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Presses and releases a key: `Tab`, `Enter`, `ArrowRight`. */
  async press(key: keyof typeof KEYS): Promise<void> {
    const { code, text } = KEYS[key];
    const about = { key, code: key, windowsVirtualKeyCode: code, nativeVirtualKeyCode: code };
    await this.call('Input.dispatchKeyEvent', { type: text === '' ? 'rawKeyDown' : 'keyDown', ...about, text });
    await this.call('Input.dispatchKeyEvent', { type: 'keyUp', ...about });
  }
}

const KEYS = {
  Tab: { code: 9, text: '' },
  Enter: { code: 13, text: '\r' },
  ArrowRight: { code: 39, text: '' },
} as const;

import { strict as assert } from 'node:assert';
import * as http from 'node:http';
import amqp from 'amqplib';
import { Lab } from '../../../lib/lab/lab';

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

function request(url: string, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

interface Live {
  readonly picture?: string;
  readonly problem?: string;
  readonly events: readonly (readonly string[])[];
}

/** Reads the server-sent events of the page. */
class Viewer {
  private readonly messages: Live[] = [];
  private arrived: () => void = () => undefined;
  readonly closed: Promise<void>;
  raw = '';

  constructor(url: string) {
    this.closed = new Promise((resolve) => {
      http.get(`${url}live`, (response) => {
        let rest = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          this.raw += text;
          const parts = (rest + text).split('\n\n');
          rest = parts.pop() as string;
          for (const part of parts) if (part.startsWith('data: ')) this.messages.push(JSON.parse(part.slice(6)) as Live);
          this.arrived();
        });
        response.on('close', () => resolve());
      });
    });
  }

  /** The first message, past or coming, of which `match` holds. */
  async see(match: (live: Live) => boolean): Promise<Live> {
    for (;;) {
      const found = this.messages.find(match);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.arrived = resolve));
    }
  }
}

describe('lab.watch()', function () {
  // Drawing is loaded with the first picture.
  this.timeout(20_000);

  let lab: Lab;
  let url: string;

  beforeEach(async () => {
    lab = await Lab.start({ engine: 'warren', name: 'watched <lab>' });
    url = await lab.watch();
  });

  afterEach(() => lab.stop());

  it('serves one page on the loopback address, with nothing from elsewhere', async () => {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const { status, headers, body } = await request(url);
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^text\/html/);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.doesNotMatch(body, /(src|href)=|@import|url\(/);
    assert.match(body, /watched &#60;lab&#62;/);
    assert.doesNotMatch(body, /watched <lab>/);
    assert.equal(await lab.watch(), url, 'asking again gives the same page');
  });

  for (const [what, path, options, status] of [
    ['another path', 'etc/passwd', {}, 404],
    ['another method', '', { method: 'POST' }, 405],
    ['a foreign name', '', { headers: { host: 'evil.example' } }, 421],
    ['a foreign name on the stream', 'live', { headers: { host: 'evil.example:80' } }, 421],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await request(url + path, options);
      assert.equal(answer.status, status);
      assert.doesNotMatch(answer.body, /script/);
    });
  }

  it('answers to localhost too', async () => {
    const { port } = new URL(url);
    assert.equal((await request(url, { headers: { host: `localhost:${port}` } })).status, 200);
  });

  it('follows what happens', async () => {
    const viewer = new Viewer(url);
    await viewer.see(({ picture }) => picture !== undefined);
    const connection = await amqp.connect(lab.url());
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();
    await channel.assertQueue('seen-live');
    const { events } = await viewer.see(({ picture }) => picture?.includes('seen-live') === true);
    const declared = events.find(([, , type]) => type === 'queue.declared');
    assert.match(declared?.[0] ?? '', /^\d\d:\d\d\.\d{3}$/);
    assert.match(declared?.[3] ?? '', /queue seen-live/);
  });

  it('shows the last thirty events, the newest first, as plain text', async () => {
    const viewer = new Viewer(url);
    for (let i = 0; i < 50; i++) lab.trace.note(`<b>${i}</b>`);
    const { events } = await viewer.see((live) => live.events[0]?.[3] === 'text <b>49</b>');
    assert.equal(events.length, 30);
    assert.equal(events[29]?.[3], 'text <b>20</b>');
  });

  it('escapes what came over the wire', async () => {
    const viewer = new Viewer(url);
    const connection = await amqp.connect(lab.url());
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();
    await channel.assertQueue('<img src=x onerror=alert(1)>');
    const { picture = '' } = await viewer.see((live) => live.picture?.includes('onerror') === true);
    assert.doesNotMatch(picture, /<img/);
  });

  it('ends with the lab', async () => {
    const viewer = new Viewer(url);
    await viewer.see(() => true);
    await lab.stop();
    await viewer.closed;
    assert.match(viewer.raw, /event: stopped/);
    await assert.rejects(request(url), { code: 'ECONNREFUSED' });
  });
});

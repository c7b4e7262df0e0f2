/** The management HTTP API of a RabbitMQ: as much of it as the lab needs to have a vhost of its own and to look into it. */
import type { Listings } from './rabbitmq-listings';

const TIMEOUT_MS = 5000;

export class Management {
  /** RabbitMQ gathers its statistics every five seconds. */
  readonly delayMs = 5500;
  private readonly base: string;
  private readonly authorization: string;

  /** `url` such as `http://127.0.0.1:15672`; its user and password, if it has any, go before the given ones. */
  constructor(url: string, user: string, password: string) {
    const parsed = new URL(url);
    const name = parsed.username === '' ? user : decodeURIComponent(parsed.username);
    const secret = parsed.username === '' ? password : decodeURIComponent(parsed.password);
    this.authorization = `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
    this.base = `${parsed.origin}${parsed.pathname.replace(/\/$/, '')}`;
  }

  /** Such as `3.10.8`. Rejects if the API cannot be reached or does not know the user. */
  async version(): Promise<string> {
    const overview = (await this.request('GET', '/api/overview')) as { rabbitmq_version: string };
    return overview.rabbitmq_version;
  }

  async vhosts(): Promise<string[]> {
    return ((await this.request('GET', '/api/vhosts')) as { name: string }[]).map(({ name }) => name);
  }

  async addVhost(name: string, user: string): Promise<void> {
    await this.request('PUT', `/api/vhosts/${encodeURIComponent(name)}`);
    const all = { configure: '.*', write: '.*', read: '.*' };
    await this.request('PUT', `/api/permissions/${encodeURIComponent(name)}/${encodeURIComponent(user)}`, all);
  }

  async deleteVhost(name: string): Promise<void> {
    await this.request('DELETE', `/api/vhosts/${encodeURIComponent(name)}`);
  }

  async listings(vhost: string): Promise<Listings> {
    const of = (what: string): Promise<Raw[]> =>
      this.request('GET', `/api/${what}/${encodeURIComponent(vhost)}`) as Promise<Raw[]>;
    const all = (what: string): Promise<Raw[]> => this.request('GET', `/api/${what}`) as Promise<Raw[]>;
    const [exchanges, queues, bindings, consumers, connections, channels] = await Promise.all([
      of('exchanges'),
      of('queues'),
      of('bindings'),
      of('consumers'),
      all('connections'),
      all('channels'),
    ]);
    return {
      exchanges: exchanges as unknown as Listings['exchanges'],
      queues: queues.map(queueOf),
      bindings: bindings.map((raw) => ({ ...(raw as object), ...bindingOf(raw) })) as unknown as Listings['bindings'],
      consumers: consumers.map(consumerOf),
      // Pids are not told; names serve as well to join connections with their channels.
      connections: connections.map((raw) => ({ ...raw, pid: raw.name })) as unknown as Listings['connections'],
      channels: channels.map(channelOf),
    };
  }

  private async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { authorization: this.authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${this.base}${path} was answered with ${response.status} ${text.slice(0, 200)}`);
    return text === '' ? null : JSON.parse(text);
  }
}

type Raw = Readonly<Record<string, unknown>>;

function bindingOf(raw: Raw): Pick<Listings['bindings'][number], 'source_name' | 'destination_name' | 'destination_kind'> {
  return {
    source_name: String(raw.source),
    destination_name: String(raw.destination),
    destination_kind: String(raw.destination_type),
  };
}

function queueOf(raw: Raw): Listings['queues'][number] {
  const node = String(raw.leader ?? raw.node ?? '');
  return {
    messages_ready: 0,
    messages_unacknowledged: 0,
    consumers: 0,
    ...raw,
    pid: `<${node}.0.0.0>`,
    slave_pids: (raw.slave_nodes as string[] | undefined) ?? '',
    exclusive_consumer_tag: '',
  } as unknown as Listings['queues'][number];
}

function consumerOf(raw: Raw): Listings['consumers'][number] {
  const { queue, channel_details: channel } = raw as { queue: { name: string }; channel_details: { name: string } };
  return { ...raw, queue_name: queue.name, channel_pid: channel.name } as unknown as Listings['consumers'][number];
}

function channelOf(raw: Raw): Listings['channels'][number] {
  const { connection_details: connection, name } = raw as { connection_details: { name: string }; name: string };
  return { global_prefetch_count: 0, ...raw, pid: name, connection: connection.name } as unknown as Listings['channels'][number];
}

/** Where a node listens: what it says, whether it is so, how long its certificates hold, and suspending it all. */
import { listenerLine, listenerRow, protocolOf, type Told, told, toldListeners } from '../listeners';
import { type Call, type Command, DONE, EXIT, failed, type Failure, type NodeCall, type Result } from '../command';
import type { ControlListener } from '../target';
import { DIAGNOSTICS, MONITORING, said, wrong } from './health';
import { noMachine } from './refusals';

const PORT_FORM = /^[1-9]\d*$/;

function ports(listeners: readonly Told[]): number[] {
  return listeners.map(({ port }) => port);
}

function ascending(numbers: readonly number[]): string {
  return [...numbers].sort((one, other) => one - other).join(', ');
}

async function connectivity({ node, nodename }: NodeCall): Promise<Result> {
  const { machine, listeners } = node;
  if (machine === undefined) return noMachine(nodename);
  const reached = new Set<number>();
  for (const { host, port } of listeners) if (await machine.reaches(host, port)) reached.add(port);
  const known = toldListeners(node);
  const deaf = known.filter(({ port }) => !reached.has(port));
  if (deaf.length === 0) {
    const text = `Successfully connected to ports ${ascending(ports(known))} on node ${nodename}.`;
    return said(text, { listeners: known, node: nodename, result: 'ok' });
  }
  const heading = `Connection to ports of the following listeners on node ${nodename} failed: `;
  return wrong([heading, ...deaf.map(listenerLine)].join('\n'), { failures: deaf, node: nodename });
}

// --- certificates ---

const DAY = 86_400_000;
/** RabbitMQ's lengths of months and years. */
const UNITS: Readonly<Record<string, number>> = { days: DAY, weeks: 7 * DAY, months: 30 * DAY, years: 365 * DAY };
const WITHIN = 4;

function checkPeriod({ options: { own } }: Call): Failure | null {
  if (own.unit === undefined || Object.hasOwn(UNITS, String(own.unit))) return null;
  const text = `"unit '${own.unit}' is not supported. Please use one of: ${Object.keys(UNITS).join(', ')}"`;
  return failed(EXIT.usage, text, { form: 'argument' });
}

/** `2027-01-31 12:00:00` */
function dateText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** The listener with when its certificates end; null if none of them ends before. */
function expiring(listener: ControlListener, node: string, before: number): Readonly<Record<string, unknown>> | null {
  const { tls } = listener;
  if (tls === null) return null;
  const { certfile, cacertfile } = tls;
  const files = { cacertfile, certfile };
  const ends = Object.entries(files).flatMap(([key, file]) => {
    const soon = (file?.ends ?? []).filter((end) => end <= before);
    return file === null || soon.length === 0
      ? []
      : [[key, file.path] as const, [`${key}_expires_on`, soon.map(dateText)] as const];
  });
  return ends.length === 0 ? null : { ...Object.fromEntries(ends), ...told(listener, node) };
}

/** As Elixir prints such a map: `node` and `protocol` are atoms. */
function elixirMap(value: Readonly<Record<string, unknown>>): string {
  const entry = ([key, item]: [string, unknown]): string => {
    if (key === 'node') return `${key}: :${item}`;
    if (key === 'protocol') return `${key}: :"${item}"`;
    return `${key}: ${Array.isArray(item) ? `[${item.map((one) => JSON.stringify(one)).join(', ')}]` : JSON.stringify(item)}`;
  };
  return `%{${Object.entries(value).map(entry).join(', ')}}`;
}

function expiration({ node, nodename, options: { own } }: NodeCall): Result {
  if (node.machine === undefined) return noMachine(nodename);
  const count = own.within === undefined ? WITHIN : Number(own.within);
  const unit = String(own.unit ?? 'weeks');
  const before = node.machine.epochMs() + count * (UNITS[unit] as number);
  const soon = node.listeners.map((listener) => expiring(listener, nodename, before)).filter((one) => one !== null);
  if (soon.length > 0) return wrong(soon.map(elixirMap).join('\n'), { expired: soon }, 'bare');
  return said(`No certificates are expiring within ${count} ${count === 1 ? unit.slice(0, -1) : unit}.`);
}

function certificates({ node, nodename }: NodeCall): Result {
  const secured = node.listeners.flatMap((listener) => {
    const { tls } = listener;
    return tls === null
      ? []
      : [{ cacertfile: tls.cacertfile?.pem ?? '', certfile: tls.certfile.pem, ...told(listener, nodename) }];
  });
  const text = secured.map(({ port, certfile, cacertfile }) => `Port: ${port}\n${certfile}${cacertfile}`).join('\n');
  return { kind: 'text', text: secured.length === 0 ? '#{}\n' : text, json: secured };
}

// --- suspending ---

function switching(name: string, words: string, description: string, act: (call: NodeCall) => Promise<Error | null>): Command {
  return {
    name,
    group: 'Operations',
    usage: '[--timeout <timeout>]',
    description,
    args: [0, 0],
    banner: ({ nodename }) => words.replace('NODE', nodename),
    run: async (call) => {
      const error = await act(call);
      return error === null ? DONE : failed(EXIT.unavailable, error.message);
    },
  };
}

export const LISTENERS: readonly Command[] = [
  {
    name: 'listeners',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Lists where the node listens',
    args: [0, 0],
    banner: ({ nodename }) => `Asking node ${nodename} to report its protocol listeners ...`,
    run: ({ node, nodename, options: { formatter } }) => {
      const known = toldListeners(node);
      if (formatter === 'csv')
        return { kind: 'rows', columns: ['node', 'protocol', 'interface', 'port', 'purpose'], rows: known.map(listenerRow) };
      return said(known.map(listenerLine).join('\n'), { listeners: known, node: nodename, result: 'ok' });
    },
  },
  {
    name: 'check_port_connectivity',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Fails if a listener of the node does not accept',
    args: [0, 0],
    banner: ({ nodename }) => `Testing TCP connections to all active listeners on node ${nodename} ...`,
    run: connectivity,
  },
  {
    name: 'check_port_listener',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '<port> [--timeout <timeout>]',
    description: 'Fails if nobody listens on this port',
    args: [1, 1],
    check: ({ args }) =>
      PORT_FORM.test(args[0] as string)
        ? null
        : failed(EXIT.data, 'Bad argument: Argument must be a positive integer', { form: 'argument' }),
    banner: ({ args, nodename }) => `Asking node ${nodename} if there's an active listener on port ${args[0]} ...`,
    run: ({ args, node, nodename }) => {
      const port = Number(args[0]);
      const known = toldListeners(node);
      if (ports(known).includes(port))
        return said(`A listener for port ${port} is running on node ${nodename}.`, { node: nodename, port, result: 'ok' });
      const text =
        `No listener for port ${port} is active on node ${nodename}. ` +
        `Found listeners that use the following ports: ${ascending(ports(known))}`;
      return wrong(text, { listeners: known, missing: args[0], ports: ports(known) }, 'bare');
    },
  },
  {
    name: 'check_protocol_listener',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '<protocol> [--timeout <timeout>]',
    description: 'Fails if nobody listens for this protocol',
    args: [1, 1],
    banner: ({ args, nodename }) => `Asking node ${nodename} if there's an active listener for protocol ${args[0]} ...`,
    run: ({ args, node, nodename }) => {
      const wanted = args[0] as string;
      const protocol = protocolOf(wanted);
      const known = toldListeners(node);
      const protocols = [...new Set(known.map((one) => one.protocol))];
      if (protocols.some((one) => one === protocol))
        return said(`A listener for protocol ${protocol} is running on node ${nodename}.`, {
          node: nodename,
          protocol,
          result: 'ok',
        });
      const text =
        `No listener for protocol ${protocol} is active on node ${nodename}. ` +
        `Found listeners for the following protocols: ${[...protocols].sort().join(', ')}`;
      return wrong(text, { listeners: known, missing: protocol, protocols });
    },
  },
  {
    name: 'check_certificate_expiration',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--within <period>] [--unit <unit>]',
    description: 'Fails if a certificate of a listener ends soon',
    args: [0, 0],
    switches: { within: { type: 'number' }, unit: { type: 'text' } },
    check: checkPeriod,
    banner: ({ nodename }) => `Checking certificate expiration on node ${nodename} ...`,
    run: expiration,
  },
  {
    name: 'certificates',
    tools: DIAGNOSTICS,
    group: 'Configuration and Environment',
    usage: '[--timeout <timeout>]',
    description: 'Shows the certificates of the listeners with TLS',
    args: [0, 0],
    banner: ({ nodename }) => `Certificates of node ${nodename} ...`,
    run: certificates,
  },
  switching(
    'suspend_listeners',
    'Will suspend client connection listeners on node NODE. The node will no longer accept client connections!',
    'Lets the node accept no client any more; those that are connected stay',
    ({ broker }) => {
      broker.suspendListeners();
      return Promise.resolve(null);
    },
  ),
  switching(
    'resume_listeners',
    'Will resume client connection listeners on node NODE. The node will now accept client connections',
    'Lets the node accept clients again',
    ({ broker }) => new Promise((resolve) => broker.resumeListeners(resolve)),
  ),
];

/** The settings in force, as an Erlang term. */
import type { Command, ReachedCall } from '../command';
import { printTerm, type Term } from '../erlang-print';

function pair(name: string, value: Term): Term {
  return { tuple: [{ atom: name }, value] };
}

function listenersWith(tls: boolean, { node }: ReachedCall): Term {
  const chosen = node.listeners.filter((listener) => (listener.tls !== null) === tls);
  return chosen.map(({ host, port }) => ({ tuple: [{ raw: JSON.stringify(host) }, port] }));
}

function settings(call: ReachedCall): Term {
  const { node } = call;
  const known = [pair('tcp_listeners', listenersWith(false, call)), pair('ssl_listeners', listenersWith(true, call))];
  if (node.broker !== null) {
    const { watermark, diskFreeLimit } = node.broker.resources;
    const mark = 'absolute' in watermark ? { tuple: [{ atom: 'absolute' }, watermark.absolute] } : watermark.relative;
    known.push(pair('vm_memory_high_watermark', mark), pair('disk_free_limit', diskFreeLimit));
  }
  if (node.places?.enabledPlugins !== undefined) known.push(pair('enabled_plugins_file', node.places.enabledPlugins));
  return [pair('rabbit', known)];
}

export const ENVIRONMENT: readonly Command[] = [
  {
    name: 'environment',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Configuration and Environment',
    usage: '',
    description: 'Shows the settings in force',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Application environment of node ${nodename} ...`,
    act: (call) => ({ kind: 'text', text: `${printTerm(settings(call))}\n` }),
  },
];

/** What a node uses of memory and disk. */
import { bold } from '../usage';
import { type Command, EXIT, failed, type NodeCall } from '../command';
import type { Machine } from '../target';
import { DIAGNOSTICS, MONITORING } from './health';
import { noMachine } from './refusals';

/** Divisors of `--unit`; RabbitMQ counts in thousands. */
export const UNITS: Readonly<Record<string, number>> = { bytes: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

export function amount(octets: number, unit: string): string {
  if (!Number.isFinite(octets)) return 'unknown';
  const scaled = Number((octets / (UNITS[unit] ?? 1e9)).toFixed(4));
  return `${unit !== 'bytes' && Number.isInteger(scaled) ? scaled.toFixed(1) : scaled} ${unit}`;
}

/** Octets; infinite where nobody knows. */
export function memoryOf({ broker, node }: NodeCall): {
  readonly used: number;
  readonly limit: number;
  readonly diskFree: number;
} {
  const { watermark } = broker.resources;
  const probes = node.probes ?? broker.resources.probes;
  const limit = 'absolute' in watermark ? watermark.absolute : Math.floor(probes.memoryTotal * watermark.relative);
  return { used: probes.memoryUsed(), limit, diskFree: probes.diskFree() };
}

/** One line a part, the largest first. */
export function memoryLines(machine: Machine, unit: string, percent: string): string[] {
  return breakdown(machine).map(({ name, octets, percentage }) => `${name}: ${amount(octets, unit)} (${percentage}${percent})`);
}

function breakdown(machine: Machine): { readonly name: string; readonly octets: number; readonly percentage: number }[] {
  const { total, parts } = machine.memory();
  return Object.entries(parts)
    .sort(([, one], [, other]) => other - one)
    .map(([name, octets]) => ({ name, octets, percentage: Number(((octets * 100) / total).toFixed(2)) }));
}

const BREAKDOWN_UNITS = ['bytes', 'mb', 'gb'];

export const MEMORY: readonly Command[] = [
  {
    name: 'memory_breakdown',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--unit <unit>] [--timeout <timeout>]',
    description: 'Tells what the node uses memory for',
    args: [0, 0],
    switches: { unit: { type: 'text' } },
    check: ({ options: { own } }) => {
      if (own.unit === undefined || BREAKDOWN_UNITS.includes(String(own.unit))) return null;
      const text = `"unit '${own.unit}' is not supported. Please use one of: ${BREAKDOWN_UNITS.join(', ')}"`;
      return failed(EXIT.usage, text, { form: 'argument' });
    },
    banner: ({ nodename }) => `Reporting memory breakdown on node ${nodename}...`,
    run: ({ node, nodename, options: { own } }) => {
      const { machine } = node;
      if (machine === undefined) return noMachine(nodename);
      const unit = String(own.unit ?? 'gb');
      const parts = breakdown(machine);
      const lines = parts.map(({ name, octets, percentage }) => `${bold(name)}: ${amount(octets, unit)} (${percentage}%)`);
      const json = Object.fromEntries(parts.map(({ name, octets, percentage }) => [name, { bytes: octets, percentage }]));
      return { kind: 'text', text: `${lines.join('\n')}\n\n`, json };
    },
  },
];

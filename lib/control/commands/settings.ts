/** Settings of a node that are changed while it runs, until it is started again. */
import { type Call, type Command, DONE, EXIT, failed, type Failure } from '../command';
import { octetsOf } from '../octets';

const CONFIGURATION = 'Configuration and Environment';
const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical', 'none'];

function badArgument(detail = '.'): Failure {
  return failed(EXIT.data, `Bad argument${detail}`, { form: 'argument' });
}

/** Null if it is none. */
function fractionOf(text: string | undefined): number | null {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

/** Of an argument that the check has let pass. */
function octetsIn(text: string | undefined): number {
  return octetsOf(text ?? '') ?? 0;
}

function checkWatermark({ args: [first, second, third] }: Call): Failure | null {
  if (first === 'absolute') {
    if (second === undefined) return failed(EXIT.usage, 'not enough arguments.', { form: 'argument' });
    if (third !== undefined) return failed(EXIT.usage, 'too many arguments.', { form: 'argument' });
    return octetsOf(second) === null ? badArgument() : null;
  }
  if (second !== undefined) return failed(EXIT.usage, 'too many arguments.', { form: 'argument' });
  const fraction = fractionOf(first);
  if (fraction === null) return badArgument();
  return fraction < 0 || fraction > 1 ? badArgument(': The threshold should be a fraction between 0.0 and 1.0') : null;
}

function checkDiskLimit({ args: [first, second] }: Call): Failure | null {
  if (first === 'mem_relative') {
    if (second === undefined) return failed(EXIT.usage, 'not enough arguments.', { form: 'argument' });
    return fractionOf(second) === null ? badArgument() : null;
  }
  if (second !== undefined) return failed(EXIT.usage, 'too many arguments.', { form: 'argument' });
  return octetsOf(first ?? '') === null ? badArgument() : null;
}

export const SETTINGS: readonly Command[] = [
  {
    name: 'set_disk_free_limit',
    group: CONFIGURATION,
    usage: '<disk_limit> | mem_relative <fraction>',
    description: 'Sets how much free disk there must be for publishers to go on',
    args: [1, 2],
    check: checkDiskLimit,
    banner: ({ args: [first, second], nodename }) =>
      first === 'mem_relative'
        ? `Setting disk free limit on ${nodename} to ${second} times the total RAM ...`
        : `Setting disk free limit on ${nodename} to ${first} bytes ...`,
    run: ({ args: [first, second], broker: { resources } }) => {
      const relative = first === 'mem_relative';
      resources.setDiskFreeLimit(relative ? resources.probes.memoryTotal * (fractionOf(second) ?? 0) : octetsIn(first));
      return DONE;
    },
  },
  {
    name: 'set_log_level',
    group: CONFIGURATION,
    usage: '<log_level>',
    description: 'Sets how grave a thing must be to be logged',
    args: [1, 1],
    banner: ({ args }) => `Setting log level to "${args[0]}" ...`,
    check: ({ args }) =>
      LOG_LEVELS.includes(args[0] as string)
        ? null
        : failed(EXIT.unavailable, `level ${args[0]} is not supported. Try one of ${LOG_LEVELS.join(', ')}`),
    run: ({ args, node }) => {
      node.setLogLevel?.(args[0] as string);
      return DONE;
    },
  },
  {
    name: 'set_vm_memory_high_watermark',
    group: CONFIGURATION,
    usage: '<fraction> | absolute <value>',
    description: 'Sets how much memory the node may use before publishers are blocked',
    args: [1, 3],
    check: checkWatermark,
    banner: ({ args: [first, second], nodename }) =>
      first === 'absolute'
        ? `Setting memory threshold on ${nodename} to ${second} bytes ...`
        : `Setting memory threshold on ${nodename} to ${first} ...`,
    run: ({ args: [first, second], broker: { resources } }) => {
      resources.setWatermark(first === 'absolute' ? { absolute: octetsIn(second) } : { relative: fractionOf(first) ?? 0 });
      return DONE;
    },
  },
];

/**
 * rabbitmq-plugins: which plugins are configured. None of them is part of this broker so far, so none is ever running; whoever
 * enables one is told so, and the configuration is kept.
 */
import { type Command, EXIT, failed, type ReachedCall, type Result } from '../command';
import { LIBRARIES, PLUGINS, withNeeded } from '../plugins';

const TOOLS = ['rabbitmq-plugins'] as const;
const MANAGEMENT = 'Plugin Management';
const VERSION = '3.10.8';
const EVERY: number = Number.POSITIVE_INFINITY;
const WHERE = { offline: { type: 'flag' }, online: { type: 'flag' } } as const;

function configured({ node }: ReachedCall): readonly string[] {
  return node.plugins?.read() ?? [];
}

/** Configures what `next` makes of the present plugins, and says what came of it. The words of the line must be known. */
function configure(
  call: ReachedCall,
  next: (present: readonly string[]) => readonly string[],
  unchanged = 'Plugin configuration unchanged.',
): Result {
  const { node, nodename, args } = call;
  const unknown = args.filter((name) => !Object.hasOwn(PLUGINS, name) && !LIBRARIES.includes(name));
  if (unknown.length > 0) return failed(EXIT.software, `{:plugins_not_found, [${unknown.map((name) => `:${name}`).join(', ')}]}`);
  const before = withNeeded(configured(call));
  const wanted = next(configured(call)).filter((name) => Object.hasOwn(PLUGINS, name));
  const after = withNeeded(wanted);
  if (after.length > 0 && node.plugins === undefined)
    return failed(EXIT.unavailable, `plugins of ${nodename} cannot be configured from here`);
  node.plugins?.write(wanted);
  const added = after.filter((name) => !before.includes(name));
  const removed = before.filter((name) => !after.includes(name));
  const changes = outcome(added, removed);
  const lines = [
    ...(after.length === 0 ? ['All plugins have been disabled.'] : listOf('configured', after)),
    `Applying plugin configuration to ${nodename}...`,
    ...(changes.length === 0 ? [unchanged] : changes),
  ];
  const warning =
    added.length === 0 ? undefined : `${added.join(', ')}: configured, but not part of this broker; nothing was started.\n`;
  return { kind: 'text', text: `${lines.join('\n')}\n`, ...(warning === undefined ? {} : { warning }) };
}

function outcome(added: readonly string[], removed: readonly string[]): string[] {
  if (added.length + removed.length === 0) return [];
  return removed.length === 0 ? listOf('enabled', added) : listOf('disabled', removed);
}

function listOf(what: string, names: readonly string[]): string[] {
  return [`The following plugins have been ${what}:`, ...names.map((name) => `  ${name}`)];
}

function listed(call: ReachedCall): Result {
  const { args, nodename, options } = call;
  let pattern: RegExp;
  try {
    pattern = new RegExp(args[0] ?? '.*');
  } catch {
    const at = (args[0] ?? '').length;
    return failed(EXIT.software, `{:badmatch, {:error, {'missing terminating ] for character class', ${at}}}}\n`);
  }
  const explicit = configured(call);
  const enabled = withNeeded(explicit);
  const { own, quiet, silent } = options;
  const names = Object.keys(PLUGINS).filter((name) => {
    if (!pattern.test(name)) return false;
    if (own['implicitly-enabled']) return enabled.includes(name);
    return own.enabled ? explicit.includes(name) : true;
  });
  if (own.minimal) return { kind: 'text', text: names.map((name) => `${name}\n`).join('') };
  const width = Math.max(0, ...names.map((name) => name.length));
  const mark = (name: string): string => `[${explicit.includes(name) ? 'E' : enabled.includes(name) ? 'e' : ' '} ]`;
  const legend = quiet || silent ? '' : LEGEND.replace('NODE', nodename);
  const line = (name: string): string =>
    own.verbose
      ? `${mark(name)} ${name}\n     Version:     \t${VERSION}\n     Dependencies:\t[${(PLUGINS[name] ?? []).join(',')}]\n`
      : `${mark(name)} ${name.padEnd(width)} ${VERSION}\n`;
  return { kind: 'text', text: legend + names.map(line).join('') };
}

const LEGEND = ' Configured: E = explicitly enabled; e = implicitly enabled\n | Status: * = running on NODE\n |/\n';

/** A command that changes the configuration by the plugins it names, or by all. */
function changing(name: string, doing: string, description: string, act: (call: ReachedCall) => Result): Command {
  return {
    name,
    tools: TOOLS,
    group: MANAGEMENT,
    usage: '<plugin1> [ <plugin2>] | --all [--offline] [--online]',
    description,
    args: [0, EVERY],
    switches: { all: { type: 'flag' }, ...WHERE },
    needs: 'any',
    check: ({ args, options: { own } }) =>
      args.length === 0 && !own.all ? failed(EXIT.usage, 'not enough arguments.', { form: 'argument' }) : null,
    banner: ({ args, nodename, options: { own } }) =>
      own.all ? `${doing} ALL plugins on node ${nodename}` : [`${doing} plugins on node ${nodename}:`, ...args].join('\n'),
    act,
  };
}

export const PLUGIN_COMMANDS: readonly Command[] = [
  {
    name: 'directories',
    tools: TOOLS,
    group: 'Monitoring, observability and health checks',
    usage: '[--offline] [--online]',
    description: 'Shows where plugins and their configuration lie',
    args: [0, 0],
    switches: WHERE,
    needs: 'any',
    banner: ({ nodename }) => `Listing plugin directories used by node ${nodename}`,
    act: ({ node }) => ({
      kind: 'text',
      text:
        'Plugin archives directory: (none)\nPlugin expansion directory: (none)\n' +
        `Enabled plugins file: ${node.places?.enabledPlugins ?? '(none)'}\n`,
    }),
  },
  changing('disable', 'Disabling', 'Takes plugins out of the configuration', (call) => {
    const goes = (name: string): boolean =>
      call.options.own.all === true || withNeeded([name]).some((needed) => call.args.includes(needed));
    return configure({ ...call, args: [] }, (present) => present.filter((name) => !goes(name)));
  }),
  changing('enable', 'Enabling', 'Puts plugins into the configuration, with those that they need', (call) =>
    configure(call, (present) => (call.options.own.all ? Object.keys(PLUGINS) : [...new Set([...present, ...call.args])])),
  ),
  {
    name: 'is_enabled',
    tools: TOOLS,
    group: 'Monitoring, observability and health checks',
    usage: '<plugin1> [ <plugin2>] [--offline] [--online]',
    description: 'Fails if a plugin is not configured',
    args: [1, EVERY],
    switches: WHERE,
    needs: 'any',
    banner: ({ args, nodename }) => `Asking node ${nodename} if ${subject(args)} enabled...`,
    act: (call) => {
      const { args, nodename } = call;
      const enabled = withNeeded(configured(call));
      const missing = args.filter((name) => !enabled.includes(name));
      if (missing.length === 0) return { kind: 'message', text: `${capital(subject(args))} enabled on node ${nodename}` };
      const text =
        `${capital(subject(missing))} not enabled on node ${nodename}. ` +
        `Enabled plugins and dependencies: ${enabled.join(', ')}`;
      return failed(EXIT.unavailable, text);
    },
  },
  {
    name: 'list',
    tools: TOOLS,
    group: MANAGEMENT,
    usage: '[pattern] [--verbose] [--minimal] [--enabled] [--implicitly-enabled]',
    description: 'Lists plugins and which of them are configured',
    args: [0, 1],
    switches: {
      verbose: { type: 'flag', short: 'v' },
      minimal: { type: 'flag', short: 'm' },
      enabled: { type: 'flag', short: 'E' },
      'implicitly-enabled': { type: 'flag', short: 'e' },
    },
    needs: 'any',
    banner: ({ args }) => `Listing plugins with pattern "${args[0] ?? '.*'}" ...`,
    act: listed,
  },
  {
    name: 'set',
    tools: TOOLS,
    group: MANAGEMENT,
    usage: '<plugin1> [ <plugin2>] [--offline] [--online]',
    description: 'Puts these plugins and no others into the configuration',
    args: [0, EVERY],
    switches: WHERE,
    needs: 'any',
    banner: ({ args, nodename }) => [`Enabling plugins on node ${nodename}:`, ...args].join('\n'),
    act: (call) => configure(call, () => call.args, 'nothing to do.'),
  },
];

/** `plugin a is`, `plugins a, b are`. */
function subject(names: readonly string[]): string {
  return names.length === 1 ? `plugin ${names[0]} is` : `plugins ${names.join(', ')} are`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

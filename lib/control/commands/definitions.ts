/** Definitions of a node to and from a file, as JSON that RabbitMQ reads and writes as well. */
import { AccessError } from '../../broker/access';
import { type Json, ParameterError } from '../../broker/api';
import { type Call, type Command, DONE, EXIT, failed, type Failure, type NodeCall, type Result } from '../command';
import { printJson } from './refusals';

const DONE_IMPORTING = 'Successfully started definition import. This process is asynchronous and can take some time.';
/** In place of a file: the tool's own output. */
const STREAM = '-';

function checkFormat({ options: { own } }: Call): Failure | null {
  return [undefined, 'json', 'erlang'].includes(own.format as string | undefined)
    ? null
    : badArgument('Format should be either json or erlang');
}

function badArgument(detail: string): Failure {
  return failed(EXIT.data, `Bad argument: ${detail}`, { form: 'argument' });
}

/** RabbitMQ can also write its own binary form, which nothing else reads. */
const ONLY_JSON = failed(EXIT.unavailable, 'Warren reads and writes definitions as JSON; leave --format out');
const NO_FILES = failed(EXIT.unavailable, 'this tool has no files here');

function exported({ args, broker, target, options: { own, formatter } }: NodeCall): Result {
  if (own.format === 'erlang') return ONLY_JSON;
  const path = args[0] as string;
  const text = printJson(broker.definitions.export());
  if (path === STREAM) return { kind: 'text', text };
  if (target.files === undefined) return NO_FILES;
  try {
    target.files.write(path, text);
  } catch (error) {
    return failed(EXIT.data, (error as Error).message);
  }
  return formatter === 'json' ? { kind: 'message', text: '', json: { ok: null } } : DONE;
}

function imported({ args: [path], broker, target, options: { own } }: NodeCall): Result {
  if (own.format === 'erlang') return ONLY_JSON;
  const text = path === undefined ? (target.input ?? '') : target.files?.read(path);
  if (text === undefined || text === null) return NO_FILES;
  let definitions: Json;
  try {
    definitions = JSON.parse(text) as Json;
  } catch {
    const error = text === '' ? ':unexpected_end_of_input' : `{:unexpected_token, ${JSON.stringify(text)}}`;
    return failed(EXIT.data, `Failed to deserialise input (format: JSON) (error: ${error})`);
  }
  try {
    broker.definitions.import(definitions);
  } catch (error) {
    if (error instanceof ParameterError || error instanceof AccessError) return failed(EXIT.unavailable, error.message);
    throw error;
  }
  return { kind: 'message', text: DONE_IMPORTING, aside: true };
}

export const DEFINITIONS: readonly Command[] = [
  {
    name: 'export_definitions',
    group: 'Definitions',
    usage: '<file_path | "-"> [--format <json | erlang>] [--timeout <timeout>]',
    description: 'Writes queues, exchanges, bindings, users, policies and the rest into a file',
    args: [1, 1],
    switches: { format: { type: 'text' } },
    check: (call) => {
      const path = call.args[0] as string;
      const wrong = checkFormat(call);
      if (wrong !== null || path === STREAM || call.target.files?.hasFolderOf(path) !== false) return wrong;
      return badArgument(`Directory ${folderOf(path)} does not exist`);
    },
    // What goes to standard output is for a program.
    banner: ({ args }) => (args[0] === STREAM ? null : `Exporting definitions in JSON to a file at "${args[0]}" ...`),
    run: exported,
  },
  {
    name: 'import_definitions',
    group: 'Definitions',
    usage: '<file_path | "-"> [--format <json | erlang>] [--skip-if-unchanged] [--timeout <timeout>]',
    description: 'Reads queues, exchanges, bindings, users, policies and the rest from a file',
    args: [0, 1],
    changes: true,
    reads: ({ args }) => (args.length === 0 ? 'all' : null),
    logs: () => 'Asked to import definitions. Acting user: rmq-internal',
    switches: { format: { type: 'text' }, 'skip-if-unchanged': { type: 'flag' } },
    check: (call) => {
      // In spite of the usage line, RabbitMQ takes `-` for the name of a file here.
      const [path] = call.args;
      const wrong = checkFormat(call);
      if (wrong !== null || path === undefined || call.target.files === undefined) return wrong;
      return call.target.files.read(path) === null ? badArgument(`File ${path} does not exist`) : null;
    },
    banner: ({ args: [path] }) =>
      path === undefined
        ? 'Importing definitions in JSON from standard input ...'
        : `Importing definitions in JSON from a file at "${path}" ...`,
    run: imported,
  },
];

function folderOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '.' : path.slice(0, end) || '/';
}

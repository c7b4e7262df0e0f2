/** Users: who may connect at all. */
import { type Call, type Command, DONE, EXIT, type Failure, failed, type NodeCall, type Result } from '../command';
import { onMissingUser } from './refusals';

const AFTER_ADD =
  "Done. Don't forget to grant the user permissions to some virtual hosts! See 'rabbitmqctl help set_permissions' to learn more.";

/** A password that is not on the line is asked for, and read from standard input; empty input is no answer. */
function passwordOf({ args, target }: Call, exitCode: number): string | Failure {
  const password = args[1] ?? target.input?.split('\n', 1)[0];
  if (password !== undefined && (args[1] !== undefined || password !== '')) return password;
  return failed(exitCode, 'Password is not provided via argument or stdin');
}

/** A line, unless the password stands on the line of the command. */
function reads({ args }: Pick<Call, 'args'>): 'line' | null {
  return args.length === 1 ? 'line' : null;
}

/** The name is looked at only once there is a password. */
function notEmpty({ args }: Call): Failure | null {
  return args[0] === '' && args.length > 1
    ? failed(EXIT.data, 'Bad argument: user cannot be an empty string', { form: 'argument' })
    : null;
}

function changeUser(change: (call: NodeCall, name: string) => void): (call: NodeCall) => Result {
  return (call) => {
    const name = call.args[0] as string;
    return (
      onMissingUser(
        () => change(call, name),
        () => failed(EXIT.noUser, `User "${name}" does not exist`, { json: `User ${name} does not exists` }),
      ) ?? DONE
    );
  };
}

export const USERS: readonly Command[] = [
  {
    name: 'add_user',
    group: 'Users',
    usage: '<username> <password>',
    description: 'Makes a user, who has no permission in any virtual host yet',
    args: [1, 2],
    changes: true,
    reads,
    logs: ({ args }) => `Created user '${args[0]}'`,
    check: notEmpty,
    banner: ({ args }) => `Adding user "${args[0]}" ...`,
    run: (call) => {
      const { args, broker, nodename } = call;
      const name = args[0] as string;
      const password = passwordOf(call, EXIT.data);
      if (typeof password !== 'string') return password;
      if (broker.access.listUsers().some((user) => user.name === name)) {
        return failed(EXIT.software, `User "${name}" already exists`, { json: `User ${name} already exists` });
      }
      broker.access.addUser(name, password);
      return { kind: 'message', text: AFTER_ADD, aside: true, json: { message: AFTER_ADD, node: nodename, status: 'ok' } };
    },
  },
  {
    name: 'authenticate_user',
    group: 'Users',
    usage: '<username> <password>',
    description: 'Tries a user name and password; the exit code tells whether they are right',
    args: [1, 2],
    reads,
    banner: ({ args }) => `Authenticating user "${args[0]}" ...`,
    run: (call) => {
      const { args, broker } = call;
      const name = args[0] as string;
      const password = passwordOf(call, EXIT.software);
      if (typeof password !== 'string') return password;
      if (broker.access.authenticate(name, password)) return { kind: 'message', text: 'Success' };
      return failed(EXIT.data, `Error: failed to authenticate user "${name}"\nuser '${name}' - invalid credentials`);
    },
  },
  {
    name: 'change_password',
    group: 'Users',
    usage: '<username> <password>',
    description: 'Sets a new password',
    args: [1, 2],
    changes: true,
    reads,
    logs: ({ args }) => `Successfully changed password for user '${args[0]}'`,
    banner: ({ args }) => `Changing password for user "${args[0]}" ...`,
    run: (call) => {
      const password = passwordOf(call, EXIT.software);
      if (typeof password !== 'string') return password;
      return changeUser(({ broker }, name) => broker.access.changePassword(name, password))(call);
    },
  },
  {
    name: 'clear_password',
    group: 'Users',
    usage: '<username>',
    description: 'Takes the password from a user, who can then not log in with one',
    args: [1, 1],
    changes: true,
    logs: ({ args }) => `Clearing password for '${args[0]}'`,
    banner: ({ args }) => `Clearing password for user "${args[0]}" ...`,
    run: ({ args, broker }) => {
      const name = args[0] as string;
      const missing = (): Failure => failed(EXIT.unavailable, `{:no_such_user, "${name}"}`);
      return onMissingUser(() => broker.access.clearPassword(name), missing) ?? DONE;
    },
  },
  {
    name: 'delete_user',
    group: 'Users',
    usage: '<username>',
    description: 'Removes a user with all permissions',
    args: [1, 1],
    changes: true,
    logs: ({ args }) => `Deleted user '${args[0]}'`,
    banner: ({ args }) => `Deleting user "${args[0]}" ...`,
    run: changeUser(({ broker }, name) => broker.access.deleteUser(name)),
  },
  {
    name: 'list_users',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Users',
    usage: '[--no-table-headers] [--timeout <timeout>]',
    description: 'Lists users and their tags',
    args: [0, 0],
    table: true,
    banner: () => 'Listing users ...',
    run: ({ broker }) => ({
      kind: 'rows',
      columns: ['user', 'tags'],
      rows: broker.access.listUsers().map(({ name, tags }) => ({ user: name, tags: { list: tags } })),
    }),
  },
  {
    name: 'set_user_tags',
    group: 'Users',
    usage: '<username> <tag> [...]',
    description: 'Replaces the tags of a user; without a tag, removes them',
    args: [1, Number.POSITIVE_INFINITY],
    changes: true,
    logs: ({ args: [name, ...tags] }) => `Successfully set user tags for user '${name}' to [${tags.join(',')}]`,
    banner: ({ args }) => `Setting tags for user "${args[0]}" to [${args.slice(1).join(', ')}] ...`,
    run: changeUser(({ args, broker }, name) => broker.access.setUserTags(name, args.slice(1))),
  },
];

/** What the broker refuses, as the commands answer it. */
import { AccessError } from '../../broker/access';
import { type Json, ParameterError } from '../../broker/api';
import { EXIT, type Failure, failed } from '../command';

/** Runs `act`; null if it succeeded, `missing()` if the user does not exist. Other errors pass. */
export function onMissingUser(act: () => void, missing: () => Failure): Failure | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof AccessError && error.kind === 'no_such_user') return missing();
    throw error;
  }
}

/** Runs `act` on the permissions of a user in a vhost; null if it succeeded. `quote` stands around an invalid expression. */
export function onRefusal(vhost: string, user: string, act: () => void, quote = "'"): Failure | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    switch (error.kind) {
      case 'no_such_user':
        return failed(EXIT.noUser, `User ${user} does not exist`, { json: `User ${user} does not exist` });
      case 'no_such_vhost':
        return failed(EXIT.unavailable, `Virtual host ${vhost} does not exist`, { json: `Virtual host ${vhost} does not exist` });
      case 'invalid_regexp':
        return failed(EXIT.unavailable, `{:invalid_regexp, ${quoted(error.subject, quote)}, ${reasonOf(error)}}`);
      default:
        throw error;
    }
  }
}

/** As Elixir prints a text in these quotation marks. */
export function quoted(text: string, quote: string): string {
  return quote + text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
}

function reasonOf({ regexp }: AccessError): string {
  return `{'${regexp?.reason}', ${regexp?.offset}}`;
}

/** What a command says that asks for more than whoever runs the node tells. */
export function noMachine(nodename: string): Failure {
  return failed(EXIT.unavailable, `${nodename} does not tell what it runs on`);
}

/** What a command says of a virtual host that it needs and that does not exist. */
export function noVhost(vhost: string): Failure {
  return failed(EXIT.data, `Virtual host '${vhost}' does not exist`, { form: 'bare' });
}

/** Runs `act` on parameters, policies or limits; null if it succeeded. */
export function onParameterError(vhost: string, act: () => void): Failure | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof AccessError && error.kind === 'no_such_vhost') return noVhost(vhost);
    if (error instanceof AccessError && error.kind === 'no_such_user')
      return failed(EXIT.unavailable, `{:no_such_user, "${error.subject}"}`);
    if (!(error instanceof ParameterError)) throw error;
    return failed(EXIT.unavailable, error.message);
  }
}

/** The value that a word of JSON stands for. */
export function readJson(text: string): { readonly value: Json } | Failure {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return failed(EXIT.unavailable, 'JSON decoding error. Reason: badarg');
  }
}

/** As Erlang writes JSON: no spaces, keys in order. */
export function printJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printJson).join(',')}]`;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${printJson(inner)}`).join(',')}}`;
}

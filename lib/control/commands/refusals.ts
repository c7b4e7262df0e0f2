/** What access control refuses, as the commands answer it. */
import { AccessError } from '../../broker/access';
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

/** Runs `act` on the permissions of a user in a vhost; null if it succeeded. */
export function onRefusal(vhost: string, user: string, act: () => void): Failure | null {
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
        return failed(EXIT.unavailable, `{:invalid_regexp, '${error.subject}', ${reasonOf(error.subject)}}`);
      default:
        throw error;
    }
  }
}

/** Erlang's re tells what is wrong and at which offset; this much of it is known here. */
function reasonOf(pattern: string): string {
  if (/(^|[^\\])\[[^\]]*$/.test(pattern)) return `{'missing terminating ] for character class', ${pattern.length}}`;
  if (/(^|[^\\])\(/.test(pattern)) return `{'missing )', ${pattern.length}}`;
  if (/^[*+?]/.test(pattern)) return "{'nothing to repeat', 0}";
  return `{'invalid pattern', ${pattern.length}}`;
}

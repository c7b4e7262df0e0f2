/**
 * Names of a group's members. A founder is called as its node is; who joins later gets a name of its own, for a node that has
 * lost its disk must not come back as the member that it was.
 */
const SEPARATOR = '/';

/** `rabbit2@localhost`, or `rabbit2@localhost/8c1f`. */
export function memberId(node: string, suffix: string): string {
  return suffix === '' ? node : node + SEPARATOR + suffix;
}

export function nodeOf(id: string): string {
  const at = id.indexOf(SEPARATOR);
  return at < 0 ? id : id.slice(0, at);
}

export function suffixOf(id: string): string {
  const at = id.indexOf(SEPARATOR);
  return at < 0 ? '' : id.slice(at + 1);
}

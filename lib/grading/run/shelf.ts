/** Copies of nodes' folders, and the one line by which an operator puts such a copy in a node's place. */
import type { LabApi } from '../../lab/api';
import type { Command } from '../history';

/** By the path at which the operator finds a copy: where it is. */
export type Shelf = ReadonlyMap<string, string>;

/** The folder that belongs to a node, on whatever machine it runs. */
const PLACE = /^\/var\/lib\/rabbitmq\/mnesia\/([\w-]+)@localhost\/?$/;
const COPY = /^rsync -a --delete (\S+) (\S+)$/;
const FORM = 'rsync -a --delete <copy>/ /var/lib/rabbitmq/mnesia/<node>@localhost/';

/** Makes a node's folder the same as a copy on the shelf; null if the line asks for something else. */
export async function copied(
  lab: LabApi,
  line: string,
  shelf: Shelf,
  isUp: (node: string) => boolean,
): Promise<Omit<Command, 'line'> | null> {
  if (!/^rsync\b/.test(line)) return null;
  const refused = (output: string): Omit<Command, 'line'> => ({ exitCode: 1, output });
  const [, from = '', to = ''] = COPY.exec(line) ?? [];
  const [, node = ''] = PLACE.exec(to) ?? [];
  const copy = shelf.get(from.replace(/\/$/, ''));
  if (copy === undefined || !from.endsWith('/') || !lab.nodes.some(({ name }) => name === node))
    return refused(`rsync: here it copies from a shelf to a node's folder, as ${FORM}`);
  if (isUp(node)) return refused(`rsync: ${node} works on this folder now, so nothing is copied. Stop it first.`);
  await lab.node(node).useDisk(copy);
  return { exitCode: 0, output: '' };
}

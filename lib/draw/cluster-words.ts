/** The words of a cluster's picture: title, corner, one sentence, the story, remarks, and the same as a table. */
import type { Snapshot } from '../trace/snapshot';
import { type ClientBox, type ClusterPicture, type Copy, isDownState } from './cluster-items';
import { type ClusterLayout, homeFor } from './cluster-layout';
import type { Frame } from './frame';
import { labelWords } from './loss';
import type { Table } from './table';
import { queueFlags } from './topology-items';
import type { TopologyOptions } from './topology-model';
import { byName, clock, commas, count, FONTS, shorten, visible } from './words';

export type ClusterWords = Pick<Frame, 'title' | 'corner' | 'name' | 'story' | 'remarks' | 'table'>;

/** Full bar width in messages: the deepest queue, rounded up to 1, 2 or 5 times a power of ten, at least 10. */
export function fullBar({ rows }: ClusterPicture): number {
  const deepest = Math.max(10, ...rows.flatMap(({ copies }) => copies.map(({ ready, unacked }) => (ready ?? 0) + unacked)));
  const power = 10 ** Math.floor(Math.log10(deepest));
  return [1, 2, 5, 10].map((step) => step * power).find((full) => full >= deepest) ?? deepest;
}

export function clusterWords(
  snapshot: Snapshot,
  picture: ClusterPicture,
  layout: ClusterLayout,
  options: TopologyOptions,
): ClusterWords {
  const told = census(snapshot, picture);
  const strangers = picture.rooms.filter(({ stranger }) => stranger).length;
  const place = strangers === 0 ? `cluster of ${picture.rooms.length}` : `${picture.rooms.length} nodes`;
  const vhost = `vhost ${shorten(visible(snapshot.vhost), 130, FONTS.small)}`;
  return {
    title: options.title ?? defaultTitle(picture),
    corner: `${place} · ${vhost} · lab time ${clock(snapshot.at)}`,
    name: options.title === undefined ? told : `${options.title.replace(/[.?!:]*$/, '')}: ${told}`,
    story: story(picture),
    remarks: remarks(snapshot, picture, layout, options),
    table: clusterTable(snapshot, picture),
  };
}

function census(snapshot: Snapshot, { rooms }: ClusterPicture): string {
  const down = rooms.filter(({ node }) => node.state !== 'running').length;
  const parts = [
    `${count(rooms.length, 'node')}${down === 0 ? '' : `, ${commas(down)} not running`}`,
    count(new Set(snapshot.queues.map(({ name }) => name)).size, 'queue'),
    count(snapshot.connections.length, 'connection'),
    count(snapshot.consumers.length, 'consumer'),
  ];
  return parts.join(', ');
}

function defaultTitle(picture: ClusterPicture): string {
  const { rooms, rows, path } = picture;
  const lost = lostCount(picture);
  const down = rooms.filter(({ node }) => isDownState(node.state));
  const [first] = down;
  if (path !== undefined) return `Where is ${visible(path.label)} now?`;
  if (picture.partitioned) return `Who still reaches whom? ${sides(picture)}`;
  if (lost > 0) return `What did the failure cost? ${count(lost, 'message')}`;
  if (first !== undefined && down.length === 1) return `${visible(first.node.name)}: ${first.brief}. What is left?`;
  if (first !== undefined) return `${commas(down.length)} of ${count(rooms.length, 'node')} are down: what is left?`;
  if (rooms.every(({ stranger }, i) => stranger || i === 0))
    return `${count(rooms.length, 'node')} that know nothing of each other`;
  if (rows.length === 0) return `${count(rooms.length, 'node')}, no queue yet`;
  return 'On which node does each queue live?';
}

function lostCount({ rows, lostQueues }: ClusterPicture): number {
  const losses = [...lostQueues.values(), ...rows.flatMap(({ copies }) => copies.flatMap(({ loss }) => loss ?? []))];
  return losses.reduce((sum, loss) => sum + loss.count, 0);
}

/** `rabbit1 | rabbit2, rabbit3` */
function sides({ rooms }: ClusterPicture): string {
  const numbers = [...new Set(rooms.map(({ side }) => side))];
  const names = (side: number): string[] => rooms.flatMap((room) => (room.side === side ? visible(room.node.name) : []));
  return numbers.map((side) => names(side).join(', ')).join(' | ');
}

function story(picture: ClusterPicture): string {
  const nodes = picture.rooms.map(({ node, state }) => `${visible(node.name)} ${state}`);
  const sentences = [`${nodes.join(', ')}.`];
  if (picture.partitioned) sentences.push(`A partition parts ${sides(picture)}.`);
  for (const { queue, copies } of picture.rows) {
    const parts = copies.map((copy) => `${copy.words} on ${visible(copy.node)}${amount(copy, ' with ')}`);
    sentences.push(`${visible(queue)}: ${parts.join('; ')}.`);
  }
  for (const [queue, loss] of picture.lostQueues) sentences.push(`${visible(queue)} is gone: ${labelWords(loss, 60)}.`);
  return sentences.join(' ');
}

function amount({ ready, unacked, of, loss }: Copy, before: string): string {
  const parts = [
    ready === undefined ? '' : `${commas(ready)}${unacked === 0 ? '' : ` + ${commas(unacked)} unacked`}`,
    of === undefined ? '' : `some of ${commas(of)}`,
    loss === undefined ? '' : labelWords(loss, 60),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : before + parts.join(', ');
}

function remarks(snapshot: Snapshot, picture: ClusterPicture, layout: ClusterLayout, options: TopologyOptions): string[] {
  const lines: string[] = [];
  const { path, rows, rooms } = picture;
  if (path !== undefined && !path.found) lines.push(`${visible(path.label)} does not appear in the recent events.`);
  for (const [queue, loss] of [...picture.lostQueues].slice(0, 2))
    lines.push(`${visible(queue)} is gone, and with it ${labelWords(loss, 60)}.`);
  const hops = crossing(picture);
  if (hops !== '') lines.push(hops);
  const own = snapshot.exchanges.filter(({ name }) => name !== '' && !name.startsWith('amq.')).length;
  const alike = rooms.every(({ stranger }) => !stranger) && rooms.some(({ node }) => node.state === 'running');
  if (alike && rows.length > 0) {
    const definitions: Array<[number, string]> = [
      [new Set(snapshot.queues.map(({ name }) => name)).size, 'queue'],
      [own, 'exchange'],
      [snapshot.bindings.filter(({ source }) => source !== '').length, 'binding'],
    ];
    const words = definitions.flatMap(([number, noun]) => (number === 0 ? [] : count(number, noun))).join(', ');
    lines.push(`All running nodes know the definitions (${words}); messages are only where a bar is.`);
  }
  if (!alike && rooms.some(({ stranger }) => stranger)) lines.push('Across a wide gap nodes know nothing of each other.');
  const bars = rows.some(({ copies }) => copies.some(({ ready, look }) => ready !== undefined && look !== 'down'));
  if (bars) lines.push(`One scale for all bars: full width = ${commas(fullBar(picture))} messages.`);
  if (options.lastSeen !== undefined) lines.push(`What is dead is drawn as it was last seen, at ${clock(options.lastSeen)}.`);
  if (layout.hidden.length > 0) lines.push(`${count(layout.hidden.length, 'more queue')} in the table below the picture.`);
  if ([...picture.clients.publishers, ...picture.clients.consumers].some((box) => box.count > 1))
    lines.push('What is folded stands in full in the table below the picture.');
  return lines;
}

/** Who is connected to one node while the queue lives on another. */
function crossing({ clients, rows, rooms }: ClusterPicture): string {
  const away = (boxes: readonly ClientBox[]): ClientBox[] =>
    boxes.filter(
      ({ node, queues, lost }) =>
        !lost &&
        rows.some((row) => {
          const home = queues.includes(row.queue) ? homeFor(row, node, rooms) : undefined;
          return home?.serves === true && home.node !== node;
        }),
    );
  const names = [...new Set(away([...clients.publishers, ...clients.consumers]).map(({ name }) => name))];
  if (names.length === 0) return '';
  const first = names.slice(0, 2).map((name) => shorten(name, 120, FONTS.small));
  const who = names.length > 2 ? `${first.join(', ')} and ${names.length - 2} more` : first.join(' and ');
  const home = `${names.length === 1 ? 'uses' : 'use'} a node that is not the queue's home`;
  return `${who} ${home}: each message crosses once more.`;
}

function clusterTable(snapshot: Snapshot, picture: ClusterPicture): Table {
  const rows: string[][] = [];
  for (const { node, state } of picture.rooms) {
    const from = node.partitionedFrom?.map(visible).sort(byName).join(', ') ?? '';
    const parted = from === '' ? '' : `, partitioned from ${from}`;
    rows.push([visible(node.name), node.kind === undefined ? 'node' : `node, ${node.kind}`, `${state}${parted}`, '']);
  }
  const known = new Map(snapshot.queues.map((queue) => [queue.name, queue]));
  for (const { queue, copies } of picture.rows) {
    const flags = known.get(queue);
    for (const copy of copies)
      rows.push([
        visible(queue),
        visible(copy.node),
        copy.words,
        amount(copy, '') + (flags ? ` (${queueFlags(flags).join(', ')})` : ''),
      ]);
  }
  for (const [queue, loss] of picture.lostQueues) rows.push([visible(queue), '', 'gone', labelWords(loss, 400)]);
  for (const [what, boxes] of [
    ['publishes into', picture.clients.unfolded.publishers],
    ['consumes from', picture.clients.unfolded.consumers],
  ] as const)
    for (const box of boxes) {
      const queues = box.queues.map(visible).sort(byName).join(', ');
      rows.push([box.name, visible(box.node), queues === '' ? 'connected' : `${what} ${queues}`, box.lines.join(', ')]);
    }
  return { head: ['what', 'node', 'role', 'state'], rows };
}

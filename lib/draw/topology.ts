/** The topology picture: who sends to whom, through what, and where messages wait. */
import type { Snapshot } from '../trace/snapshot';
import { sceneOfCluster } from './cluster';
import { isCluster } from './cluster-model';
import { CONTENT_TOP, type Frame, figure, MARGIN } from './frame';
import type { Scene } from './scene';
import { cylinder, panel } from './signs';
import { GHOST_PADDING, GHOSTS } from './topology-columns';
import { Drawing } from './topology-drawing';
import { BOXES_TOP, type Layout, layoutTopology } from './topology-layout';
import { type Topology, type TopologyOptions, topologyOf } from './topology-model';
import { isEmpty, MOST_NODES, topologyWords } from './topology-words';
import { coordinate as n, visible } from './words';

export type { TopologyOptions } from './topology-model';

/**
 * Draws the broker as it is in `snapshot`: clients with their channels, exchanges, bindings with their keys, queues with
 * their depth, consumers with their prefetch, dead-letter and alternate paths. Returns an HTML figure with inline SVG and
 * the same as a table. More than 6 queues become rows, more than 12 a choice of rows with the rest counted. The nodes of
 * a cluster are drawn as rooms side by side, with each copy of a queue in the room of its node.
 */
export function drawTopology(snapshot: Snapshot, options: TopologyOptions = {}): string {
  const { scene, frame } = sceneOf(snapshot, options);
  return figure(scene, frame);
}

/** The picture with its geometry, for tests: of a cluster, or of nodes that are drawn as one broker. */
export function sceneOf(snapshot: Snapshot, options: TopologyOptions = {}): { scene: Scene; frame: Frame } {
  return isCluster(snapshot) ? sceneOfCluster(snapshot, options) : sceneOfTopology(snapshot, options);
}

/** Several nodes are a strip above what they hold together. */
export function sceneOfTopology(
  snapshot: Snapshot,
  options: TopologyOptions = {},
): { scene: Scene; frame: Frame; topology: Topology } {
  const topology = topologyOf(snapshot, options);
  const words = topologyWords(snapshot, topology, options);
  const stopped = snapshot.nodes.length === 1 && snapshot.nodes[0]?.state !== 'running' ? snapshot.nodes[0] : undefined;
  const strip = snapshot.nodes.length > 1 ? 44 : 0;
  const top = BOXES_TOP + strip + (stopped === undefined ? 0 : 44);
  const layout = layoutTopology(topology, top);
  const drawing = new Drawing(topology, layout, stopped !== undefined && stopped.state !== 'paused');
  const { scene } = drawing;
  const empty = isEmpty(topology) && stopped === undefined;
  if (strip > 0) nodeStrip(scene, snapshot, layout.width);
  headings(scene, layout, topology, strip, empty || stopped !== undefined);
  if (empty) ghosts(scene, layout, top);
  let bottom = layout.bottom;
  if (stopped !== undefined) {
    bottom += 16;
    nodeContainer(scene, stopped, layout, top, bottom);
  }
  if (stopped !== undefined && isEmpty(topology)) {
    const middle = layout.columns[1] as { x: number };
    scene.text(middle.x, top + 24, 's hl', 'what it held cannot be seen from here');
  }
  drawing.draw();
  return { scene, topology, frame: { ...words, width: layout.width, bottom: bottom + 20, legend: drawing.legend() } };
}

const TITLES: Readonly<Record<string, string>> = { clients: 'producers' };

function headings(scene: Scene, layout: Layout, topology: Topology, shift: number, silent: boolean): void {
  const y = CONTENT_TOP + 20 + shift;
  const idle = topology.clients.some((client) => !client.sends);
  const last = layout.columns.length - 1;
  for (const [i, column] of layout.columns.entries()) {
    const rows: Readonly<Record<string, string>> = topology.chosen ? { consumers: 'shown because' } : {};
    const title = rows[column.title] ?? (idle ? column.title : (TITLES[column.title] ?? column.title));
    scene.text(column.x, y, 's', title, column.width + (i === last ? 0 : 30));
    if (column.title === 'queues' && topology.rows) scene.text(column.x + column.width - 8, y, 's e', 'ready / unacked');
    else if (!silent && !columnFilled(topology, column.title))
      scene.text(column.x, y + 28, 's', EMPTY[column.title] ?? 'none yet', column.width + 30);
  }
}

const EMPTY: Readonly<Record<string, string>> = { clients: 'nobody connected', consumers: 'nobody consumes' };

function columnFilled(topology: Topology, title: string): boolean {
  if (title === 'clients') return topology.clients.length > 0;
  if (title === 'queues') return topology.queues.length > 0;
  if (title === 'consumers')
    return (
      topology.rows || topology.consumers.length + topology.notes.length > 0 || topology.exchanges.some((item) => item.right)
    );
  return topology.exchanges.some((item) => !item.right);
}

function ghosts(scene: Scene, layout: Layout, top: number): void {
  let before: number | undefined;
  for (const column of layout.columns) {
    const rect = { x: column.x, y: top, width: column.width, height: 56 };
    const [what, call] = GHOSTS[column.title] as readonly [string, string];
    scene.box(rect);
    scene.add('boxes', panel(rect, column.title === 'queues' ? 4 : 10, 'kn w1 y1', false));
    scene.text(rect.x + rect.width / 2, top + 24, 's c', what, rect.width - 16);
    scene.text(rect.x + rect.width / 2, top + 41, 'm s c', call, rect.width - GHOST_PADDING);
    if (before !== undefined) {
      scene.straight({ x: before + 4, y: top + 28 }, { x: rect.x - 4, y: top + 28 }, 'kn w1 y5');
      if (column.title === 'queues') scene.text((before + rect.x) / 2, top + 20, 'm s c', 'bindQueue()', rect.x - before - 8);
    }
    before = rect.x + rect.width;
  }
}

const STATES: Readonly<Record<string, string>> = {
  running: 'running',
  stopped: 'stopped',
  killed: 'killed (kill -9)',
  paused: 'paused (SIGSTOP)',
};

/** The one node that does not run, around everything it kept: dashed and crossed when it was killed. */
function nodeContainer(scene: Scene, node: { name: string; state: string }, layout: Layout, top: number, bottom: number): void {
  const first = layout.columns.find((column) => column.title === 'exchanges') as { x: number };
  const last = layout.columns.find((column) => column.title === 'queues') as { x: number; width: number };
  const x = Math.max(4, first.x - 22);
  const width = last.x + last.width + 10 - x;
  const y = top - 48;
  const dead = node.state === 'killed';
  scene.add('back', panel({ x, y, width, height: bottom - y }, 8, dead ? 'kn w3 y2' : 'kn w2', false));
  scene.add('back', `<path d="M${n(x)} ${n(y + 30)}H${n(x + width)}" class="kn w1"/>`);
  if (dead) {
    const [left, right, upper, lower] = [n(x + 4), n(x + width - 4), n(y + 34), n(bottom - 4)];
    scene.add('back', `<path d="M${left} ${upper}L${right} ${lower}M${right} ${upper}L${left} ${lower}" class="kn w4 o3"/>`);
  }
  scene.add('back', cylinder({ x: x + 12, y: y + 9 }, 'n'));
  const state = scene.text(x + width - 12, y + 19, 's e', STATES[node.state] ?? node.state);
  scene.text(x + 32, y + 19, 'm b fj', visible(node.name), width - 56 - state);
}

/** Several nodes: a small container each, with its state. */
function nodeStrip(scene: Scene, snapshot: Snapshot, width: number): void {
  const shown = snapshot.nodes.slice(0, MOST_NODES);
  const each = Math.floor((width - 2 * MARGIN - 12 * (shown.length - 1)) / shown.length);
  for (const [i, node] of shown.entries()) {
    const rect = { x: MARGIN + i * (each + 12), y: CONTENT_TOP + 12, width: each, height: 28 };
    const runs = node.state === 'running';
    const dead = node.state === 'killed';
    scene.box(rect);
    scene.add('boxes', panel(rect, 8, runs ? 'ki w2 u' : dead ? 'kn w3 y2' : 'kn w2', runs));
    if (dead) {
      const d = `M${rect.x + 3} ${rect.y + 3}l${each - 6} 22M${rect.x + each - 3} ${rect.y + 3}l-${each - 6} 22`;
      scene.add('boxes', `<path d="${d}" class="kn w2 o3"/>`);
    }
    scene.add('boxes', cylinder({ x: rect.x + 8, y: rect.y + 8 }, runs ? 'i' : 'n'));
    const state = scene.text(
      rect.x + each - 8,
      rect.y + 18,
      dead ? 's e hl' : 's e',
      STATES[node.state] ?? node.state,
      each - 60,
    );
    scene.text(rect.x + 27, rect.y + 18, `m b${dead ? ' hl' : ''}${runs ? '' : ' fj'}`, visible(node.name), each - 44 - state);
  }
}

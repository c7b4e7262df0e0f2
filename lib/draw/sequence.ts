/** The sequence diagram: who sent what to whom, and when. */
import type { TraceEvent } from '../trace/events';
import { type Frame, figure } from './frame';
import type { Scene } from './scene';
import { Drawing } from './sequence-drawing';
import { fateOf } from './sequence-fate';
import { lanesOf, namesIn } from './sequence-lanes';
import { type Row, rowsOf } from './sequence-rows';
import type { Step } from './sequence-step';
import { stepsOf } from './sequence-steps';
import { sequenceWords } from './sequence-words';

export interface SequenceOptions {
  readonly title?: string;
  /** The message to follow, by its label; its steps are drawn in the focus colour and folded last. */
  readonly follow?: string;
  /** Where it happened, top right; default: the name of the node. */
  readonly at?: string;
  /** Draws only events from this sequence number on; names and open deliveries are learned from all of them. */
  readonly since?: number;
}

/**
 * Draws trace events, oldest first, as lanes and arrows: at most 6 lanes and 16 rows, the rest folded and counted. Returns
 * an HTML figure with inline SVG and all steps as a table.
 */
export function drawSequence(events: readonly TraceEvent[], options: SequenceOptions = {}): string {
  const { scene, frame } = sceneOfSequence(events, options);
  return figure(scene, frame);
}

/** The picture with its geometry, for tests. */
export function sceneOfSequence(
  events: readonly TraceEvent[],
  options: SequenceOptions = {},
): { scene: Scene; frame: Frame; rows: readonly Row[]; steps: readonly Step[] } {
  const all = stepsOf(events);
  const steps = options.since === undefined ? all : all.filter((step) => step.seq >= (options.since as number));
  const fate = fateOf(all, options.follow);
  const rows = rowsOf(steps, (step) => fate.ink(step) === 'f');
  const drawn = rows.flatMap((row) => (row.kind === 'step' ? [row.step] : []));
  const names = namesIn(events);
  const lanes = lanesOf(drawn, all, names);
  const drawing = new Drawing(lanes, rows, fate);
  drawing.draw();
  const words = sequenceWords(steps, rows, lanes, names, options);
  return {
    scene: drawing.scene,
    rows,
    steps,
    frame: { ...words, width: drawing.width, bottom: drawing.bottom, legend: drawing.legend() },
  };
}

/** The words of a sequence diagram: title, corner, story, remarks, and all its steps as a table. */
import type { Lanes, Names } from './sequence-lanes';
import type { Row } from './sequence-rows';
import type { End, Step } from './sequence-step';
import { lostMessages } from './sequence-steps';
import { MOST_ROWS, type Table } from './table';
import { clock, commas, count, duration, visible } from './words';

export interface SequenceWords {
  readonly title: string;
  readonly corner: string;
  readonly name: string;
  readonly story: string;
  readonly remarks: readonly string[];
  readonly table: Table;
}

export function sequenceWords(
  steps: readonly Step[],
  rows: readonly Row[],
  lanes: Lanes,
  names: Names,
  options: { readonly title?: string; readonly follow?: string; readonly at?: string },
): SequenceWords {
  const title = options.title ?? defaultTitle(steps, options.follow);
  const place = options.at ?? names.node;
  const between = lanes.lanes.map((lane) => lane.name).join(', ');
  return {
    title,
    corner: [visible(place), 'lab time, mm:ss.mmm'].filter((part) => part !== '').join(' · '),
    name: `${title.replace(/[.?!:]*$/, '')}: ${count(steps.length, 'step')} between ${between}`,
    story: story(steps, names),
    remarks: remarks(steps, rows, options.follow),
    table: {
      head: ['time', 'from', 'to', 'what'],
      rows: steps.slice(0, MOST_ROWS).map((step) => tableRow(step, names)),
      more: Math.max(0, steps.length - MOST_ROWS),
    },
  };
}

function tally(steps: readonly Step[], verb: string): number {
  return steps.filter((step) => step.verb === verb).length;
}

function defaultTitle(steps: readonly Step[], follow: string | undefined): string {
  const lost = lostMessages(steps).size;
  if (follow !== undefined) return `What happens to ${visible(follow)}?`;
  const refused = steps.find((step) => step.verb === 'connection refused');
  if (refused !== undefined) return `The broker refuses a connection with ${refused.strong}`;
  const closed = steps.find((step) => step.verb === 'channel closed' || step.verb === 'connection closed');
  if (closed !== undefined) return `The broker closes a ${closed.verb.split(' ')[0]} with ${closed.strong}`;
  if (lost > 0) return `${count(lost, 'message is', 'messages are')} lost: where?`;
  const published = tally(steps, 'publish');
  const delivered = tally(steps, 'deliver') + tally(steps, 'get');
  const acked = steps.filter((step) => step.verb === 'ack').reduce((all, step) => all + Math.max(1, step.settles.length), 0);
  if (published + delivered === 0)
    return steps.length === 0 ? 'Nothing happened' : `${count(steps.length, 'step')}, and no message yet`;
  return `${commas(published)} published, ${commas(delivered)} delivered, ${commas(acked)} acknowledged`;
}

export function endWords(end: End | undefined, names: Names): string {
  if (end === undefined) return '';
  if (end.kind === 'broker') return visible(names.node) || 'broker';
  if (end.kind !== 'client') return end.kind === 'exchange' && end.name === '' ? '(default)' : visible(end.name);
  const known = names.connections.get(end.name) ?? '';
  const name = visible(known !== '' ? known : end.name);
  return end.channel === 0 ? name : `${name} channel ${end.channel}`;
}

function what(step: Step): string {
  const parts = [step.label.trimEnd(), step.strong + step.extra].filter((part) => part !== '').join(' ');
  return step.note === '' ? parts : `${parts}, ${step.note}`;
}

function tableRow(step: Step, names: Names): string[] {
  const to = [endWords(step.to, names), ...step.queues.map((queue) => visible(queue))].filter((part) => part !== '');
  return [
    clock(step.at),
    step.shape === 'banner' ? '' : endWords(step.from, names),
    to.join(' → '),
    what(step) + (step.lost ? ', lost' : ''),
  ];
}

function story(steps: readonly Step[], names: Names): string {
  const [first] = steps;
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return 'No event was recorded.';
  const told = steps.filter((step) => step.weight >= 60 || steps.length <= 12).slice(0, 12);
  const parts = told.map((step) => {
    const to = step.to === undefined ? '' : ` to ${endWords(step.to, names)}`;
    const who = step.shape === 'banner' ? '' : `${endWords(step.from, names)}${to}: `;
    return `${clock(step.at)} ${who}${what(step)}${step.lost ? ', lost' : ''}.`;
  });
  return `${count(steps.length, 'step')} in ${duration(last.at - first.at)}. ${parts.join(' ')}`;
}

function remarks(steps: readonly Step[], rows: readonly Row[], follow: string | undefined): string[] {
  const lines: string[] = [];
  if (follow !== undefined && !steps.some((step) => step.messageLabel === follow))
    lines.push(`${visible(follow)} does not appear in these events.`);
  const lost = lostMessages(steps);
  if (lost.size > 0) {
    const labels = [...new Set(steps.filter((step) => lost.has(step.message)).map((step) => visible(step.messageLabel)))];
    const list = labels.length > 5 ? `${labels.slice(0, 4).join(', ')} … ${labels.at(-1)}` : labels.join(', ');
    lines.push(`${commas(lost.size)} lost: ${list}.`);
  }
  const drawn = rows.filter((row) => row.kind === 'step').length;
  const folded = steps.length - drawn;
  if (folded > 0) {
    const sum = `${commas(drawn)} drawn + ${commas(folded)} folded = ${count(steps.length, 'step')}`;
    lines.push(`Nothing is left out: ${sum}; all are in the table below.`);
  }
  return lines;
}

/** A run as a drawing in text: a line for each node, what was done to it below; the same as a picture of the lab. */
import { drawTimeline, type NodeState, type TimelineLane, type TimelineSpan } from '../../../lib/draw/timeline';
import type { Outcome } from './cluster-run';
import type { MemberState } from './member';
import type { Deed, Plan } from './plan';

const WIDTH = 72;
const SIGNS: Readonly<Record<MemberState, string>> = { running: '=', waiting: '?', paused: 'z', stopped: '.', dead: ' ' };

export function drawing(plan: Plan, outcome: Outcome): string {
  const end = outcome.labMs;
  const column = (at: number): number => Math.min(WIDTH - 1, Math.floor((at / end) * WIDTH));
  const nodes = [...new Set(outcome.states.map(({ node }) => node))];
  const scale = [0, 1 / 4, 1 / 2, 3 / 4].map((part) => seconds(end * part).padEnd(WIDTH / 4)).join('');
  const lines = nodes.map((node) => {
    const line = new Array<string>(WIDTH).fill(' ');
    for (const { from, to, state } of spansOf(node, outcome)) line.fill(SIGNS[state], column(from), column(to) + 1);
    return `${node.padStart(16)} |${line.join('')}|`;
  });
  const deeds = plan.deeds.map((deed) => {
    const line = new Array<string>(WIDTH).fill(' ');
    const from = outcome.began + deed.at;
    line.fill('-', column(from), column(from + deed.lasts) + 1);
    line[column(from)] = 'X';
    return `${words(deed).slice(-16).padStart(16)} |${line.join('')}| ${seconds(from)} ${words(deed)} for ${seconds(deed.lasts)}`;
  });
  const legend = '= runs   ? waits for others   z application stopped   . stopped   X a fault begins';
  return [`${''.padStart(16)}  ${scale}`, ...lines, ...deeds, `${''.padStart(16)}  ${legend}`].join('\n');
}

const STATES: Readonly<Record<MemberState, NodeState>> = {
  running: 'running',
  waiting: 'waiting',
  paused: 'paused',
  stopped: 'stopped',
  dead: 'dead',
};

/** SVG, as `lab.draw.timeline` draws it. */
export function picture(plan: Plan, outcome: Outcome): string {
  const nodes = [...new Set(outcome.states.map(({ node }) => node))];
  const lanes = nodes.map((name): TimelineLane => {
    const spans = spansOf(name, outcome).map(({ from, to, state }): TimelineSpan => ({ from, to, state: STATES[state] }));
    return { name, spans };
  });
  const marks = plan.deeds.map((deed) => {
    const lane = deed.whom.length === 1 ? { lane: deed.whom[0] as string } : {};
    return { at: outcome.began + deed.at, label: `${words(deed)} for ${seconds(deed.lasts)}`, ...lane };
  });
  return drawTimeline(lanes, marks, { title: `${plan.scenario}, seed ${plan.seed}` });
}

function spansOf(node: string, { states, labMs }: Outcome): Array<{ from: number; to: number; state: MemberState }> {
  const own = states.filter((change) => change.node === node);
  return own.map(({ at, state }, i) => ({ from: at, to: own[i + 1]?.at ?? labMs, state }));
}

function words({ kind, whom }: Deed): string {
  const between = kind === 'cut one way' ? ' > ' : kind === 'partition' ? ', ' : ' | ';
  return `${kind} ${whom.join(between)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)}s`;
}

/** docs/claims.md: the claims and on which engine each was seen to hold. The same claims and outcomes give the same bytes. */
import * as path from 'node:path';
import type { Claim } from './claim';
import { JUDGE } from './engine';
import type { Outcome } from './runner';
import type { Held } from './sample';

export const LEDGER = path.join(__dirname, '../../../docs/claims.md');

const HEAD = `# The claims ledger

Each line is a sentence about how a message broker behaves, and a check that was run on Warren and on a real RabbitMQ ${JUDGE}.
Written by \`npm run claims\`; the checks are in \`test/claims/\`, and \`npm run claims -- --only ID\` runs one again.

Clusters of the real one are slow. Of claims about clusters a run asks it a part, \`npm run claims -- --all\` all, and the day
is when the claim was last seen to hold there.
`;

const COLUMNS = ['id', 'sentence', 'Warren', `RabbitMQ ${JUDGE}`, 'notebook'];

/**
 * `warren` and `rabbitmq` are the outcomes of the same claims in whatever order; `held` has the days of claims about clusters.
 */
export function ledger(warren: readonly Outcome[], rabbitmq: readonly Outcome[], held: Held): string {
  const theirs = new Map(rabbitmq.map((outcome) => [outcome.claim, outcome]));
  const subjects = [...new Set(warren.map(({ claim }) => subjectOf(claim)))];
  const sections = subjects.map((subject) => {
    const rows = warren
      .filter(({ claim }) => subjectOf(claim) === subject)
      .map((outcome) => row(outcome, heldThere(theirs.get(outcome.claim), held[outcome.claim.id])));
    return `## ${subject}\n\n${table([COLUMNS, ...rows])}\n`;
  });
  const holds = warren.filter(
    ({ claim, failure, notCarried }) =>
      failure === null && !notCarried && heldThere(theirs.get(claim), held[claim.id]).startsWith('holds'),
  ).length;
  return `${HEAD}\n${holds} of ${warren.length} claims hold on both.\n\n${sections.join('\n')}`;
}

function subjectOf(claim: Claim): string {
  return claim.id.split('.')[0] as string;
}

/** Of a claim about a cluster the day counts, whether or not this run asked it: the same ledger comes of every sample. */
function heldThere(outcome: Outcome | undefined, day: string | undefined): string {
  if (outcome === undefined || (outcome.failure !== null && !outcome.notAsked)) return 'fails';
  if (outcome.claim.options.scenario === undefined) return 'holds';
  return day === undefined ? 'not asked yet' : `holds, ${day}`;
}

function row({ claim, failure, notCarried }: Outcome, theirs: string): string[] {
  const { id, sentence, options } = claim;
  const holds = notCarried ? 'not yet' : options.differs === undefined ? 'holds' : `differs: ${options.differs}`;
  return [`\`${id}\``, sentence, failure !== null ? 'fails' : holds, theirs, options.notebook];
}

/** The first row is the head. Columns are aligned, as the formatter of this repository would do it. */
function table(rows: readonly string[][]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

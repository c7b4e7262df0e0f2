/** docs/claims.md: the claims and on which engine each was seen to hold. The same claims and outcomes give the same bytes. */
import * as path from 'node:path';
import type { Claim } from './claim';
import { JUDGE } from './engine';
import type { Outcome } from './runner';

export const LEDGER = path.join(__dirname, '../../../docs/claims.md');

const HEAD = `# The claims ledger

Each line is a sentence about how a message broker behaves, and a check that was run on Warren and on a real RabbitMQ ${JUDGE}.
Written by \`npm run claims\`; the checks are in \`test/claims/\`, and \`npm run claims -- --only ID\` runs one again.
`;

const COLUMNS = ['id', 'sentence', 'Warren', `RabbitMQ ${JUDGE}`, 'notebook'];

/** `warren` and `rabbitmq` are the outcomes of the same claims in the same order. */
export function ledger(warren: readonly Outcome[], rabbitmq: readonly Outcome[]): string {
  const subjects = [...new Set(warren.map(({ claim }) => subjectOf(claim)))];
  const sections = subjects.map((subject) => {
    const rows = warren.flatMap((outcome, i) =>
      subjectOf(outcome.claim) === subject ? [row(outcome, rabbitmq[i] as Outcome)] : [],
    );
    return `## ${subject}\n\n${table([COLUMNS, ...rows])}\n`;
  });
  const holds = warren.filter((outcome, i) => outcome.failure === null && rabbitmq[i]?.failure === null).length;
  return `${HEAD}\n${holds} of ${warren.length} claims hold on both.\n\n${sections.join('\n')}`;
}

function subjectOf(claim: Claim): string {
  return claim.id.split('.')[0] as string;
}

function row(warren: Outcome, rabbitmq: Outcome): string[] {
  const { id, sentence, options } = warren.claim;
  const ours = warren.failure !== null ? 'fails' : options.differs === undefined ? 'holds' : `differs: ${options.differs}`;
  return [`\`${id}\``, sentence, ours, rabbitmq.failure === null ? 'holds' : 'fails', options.notebook];
}

/** The first row is the head. Columns are aligned, as the formatter of this repository would do it. */
function table(rows: readonly string[][]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

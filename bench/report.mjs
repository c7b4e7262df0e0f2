// Turns the runs of one benchmark into the lines that are printed.
import { DESCRIPTIONS } from './benchmarks.mjs';
import { median, spreadPercent } from './statistics.mjs';

const REFERENCE = 'rabbitmq';

/** Medians of every numeric figure over the runs of one broker, and how far its first figure spread. */
export function summarise(benchmark, runs) {
  const medians = {};
  for (const key of Object.keys(runs[0])) {
    const values = runs.map((run) => run[key]);
    if (values.every((value) => typeof value === 'number')) medians[key] = median(values);
  }
  const first = runs.map((run) => run[benchmark.figures[0].key]);
  const spread = first.includes(null) || median(first) <= 0 ? null : spreadPercent(first);
  return { medians, spreadPercent: spread, lost: runs.map((run) => run.lost) };
}

/** How many times better than the reference; null when one of the two has no such figure, or no growth to compare. */
export function multipleOf(figure, value, reference) {
  if (!(value > 0 && reference > 0)) return null;
  return figure.better === 'more' ? value / reference : reference / value;
}

/** `summaries`: by broker name, in the order to print. Returns the lines of the table and of the expectations. */
export function renderBenchmark(benchmark, summaries) {
  const [main, ...others] = benchmark.figures;
  const size = benchmark.size > 0 ? `, ${benchmark.size} B` : '';
  const reference = summaries[REFERENCE]?.medians[main.key];
  const titles = [main.title, 'spread', 'vs RabbitMQ', ...others.map((figure) => figure.title)];
  const lines = [`${benchmark.name}${size}: ${DESCRIPTIONS[benchmark.workload]}`, row('', titles)];
  for (const [broker, { medians, spreadPercent: spread, lost }] of Object.entries(summaries)) {
    const multiple = broker === REFERENCE ? null : multipleOf(main, medians[main.key], reference);
    const cells = [show(main, medians), spread === null ? '-' : `${spread.toFixed(0)} %`];
    cells.push(multiple === null ? '' : `${multiple.toFixed(1)}x`, ...others.map((figure) => show(figure, medians)));
    lines.push(row(broker, cells));
    if (lost.some((count) => count !== 0)) lines.push(`  FAILED: ${broker} lost ${lost.join(', ')} messages or confirms`);
  }
  if (summaries.warren !== undefined) lines.push(...expectations(benchmark, summaries.warren.medians, reference));
  return lines;
}

function expectations(benchmark, medians, reference) {
  const parts = [];
  for (const [key, limit] of Object.entries(benchmark.expected)) {
    const figure = benchmark.figures.find((candidate) => candidate.key === key) ?? benchmark.figures[0];
    const value = key === 'multiple' ? multipleOf(figure, medians[figure.key], reference) : medians[key];
    if (value === undefined || value === null) continue;
    const met = key === 'multiple' || figure.better === 'more' ? value >= limit : value <= limit;
    const bound = figure.better === 'more' ? 'at least' : 'at most';
    const text = key === 'multiple' ? `${limit}x RabbitMQ` : `${bound} ${figure.format(limit)} ${figure.title}`;
    parts.push(`${text}: ${met ? 'met' : 'MISSED'}`);
  }
  return parts.length === 0 ? [] : [`  expected ${parts.join(', ')}`];
}

function show(figure, medians) {
  const value = medians[figure.key];
  return value === undefined ? '-' : figure.format(value);
}

function row(name, cells) {
  return `  ${name.padEnd(10)}${cells.map((cell) => cell.padStart(16)).join('')}`;
}

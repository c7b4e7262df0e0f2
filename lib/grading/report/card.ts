/** A verdict as a card in a notebook or a page: HTML with its own style and no script. All that came over the wire is escaped. */
import { SHEET_RULES, TABLE_RULES } from '../../draw/sheet';
import { escape } from '../../draw/words';
import type { CheckResult, Verdict, VerdictName } from '../attempt';
import type { Exercise } from '../exercise';
import type { After } from '../student/after';
import { harmless, readMessages, type Messages } from './messages';
import { afterLines, howPlayed, nameOf, summary, told } from './text';
import { counted, words } from './words';

/** Colour of the verdict's edge, by the names of the style sheet. */
const COLOURS: Readonly<Record<VerdictName, string>> = {
  pass: 'ok',
  fail: 'lost',
  'did not run': 'lost',
  'over limit': 'wait',
  inconclusive: 'down',
  "grader's fault": 'down',
};

/** What cards of the grader have besides the tables' rules. */
export const CARD_RULES: string = [
  '{max-width:900px;font-size:14px;line-height:1.5;padding:12px 16px;border:1px solid var(--wn-r);border-left-width:6px}',
  ' h3{font-size:16px;margin:0 0 2px;color:var(--wn-i)}',
  ' p{margin:4px 0;color:var(--wn-i)}',
  ' .s{font-size:12px;color:var(--wn-j)}',
  ' ul{list-style:none;margin:8px 0;padding:0}',
  ' li{margin:4px 0;overflow-wrap:anywhere;padding-left:22px;text-indent:-22px;color:var(--wn-i)}',
  ' li p{text-indent:0}',
  ' .sc{overflow-x:auto;margin:8px 0}',
  // A picture scrolls by itself, but no key reaches it there.
  ' .sc figure{overflow:visible!important}',
  ' .sc:focus-visible{outline:2px solid var(--wn-data);outline-offset:2px}',
  ' summary{cursor:pointer;font-weight:600;color:var(--wn-i)}',
  ' summary:focus-visible{outline:2px solid var(--wn-data);outline-offset:2px}',
  ' .sign{display:inline-block;width:22px;text-indent:0;font-weight:600}',
]
  .map((rule) => `section.wn1.wn1v${rule}`)
  .join('\n');

const SIGNS = { passed: '✓', failed: '✗', open: '–' } as const;

/** `after`: what the student has now, if it is a student who asks. */
export function verdictCard(verdict: Verdict, exercise: Exercise, after: After | null = null): string {
  const messages = readMessages(exercise);
  const { title, id, role } = exercise.info;
  const { points, pointsMax, engine, isolation, trouble, notes = [] } = verdict;
  const first = verdict.checks.find(({ passed }) => passed === false);
  const items = verdict.checks.map((result) => item(result, messages, result === first)).join('\n');
  const about = [
    words('verdict.points', { points, pointsMax }),
    summary(verdict),
    `${engine}, ${howPlayed({ isolation, role })}`,
  ];
  const edge = `border-left-color:var(--wn-${COLOURS[verdict.verdict]})`;
  const label = escape(words('verdict.label', { title }));
  return [
    `<section class="wn1 wn1c wn1v" role="group" aria-label="${label}" style="${edge}">`,
    `<style>\n${SHEET_RULES}\n${TABLE_RULES}\n${CARD_RULES}\n</style>`,
    `<h3>${escape(words('verdict.title', { title, verdict: verdict.verdict }))}</h3>`,
    `<p class="s">${escape(about.join(' · '))}</p>`,
    ...[harmless(trouble), ...notes].flatMap((text) => (text === '' ? [] : [`<p>${escape(text)}</p>`])),
    `<ul>\n${items}\n</ul>`,
    momentOf(verdict),
    ...(after === null ? [] : afterOf(after, id)),
    '</section>',
  ].join('\n');
}

/** Wider than a narrow page: whoever has no mouse scrolls it with the arrow keys. */
function momentOf({ moment }: Verdict): string {
  if (moment === '') return '';
  return `<div class="sc" tabindex="0" role="group" aria-label="${escape(words('moment.label'))}">${moment}</div>`;
}

function afterOf(after: After, id: string): string[] {
  // The command stands for itself, so that it can be copied as a whole.
  const command = `await hint('${id}')`;
  const hints = words('hints.left', { ...after.hints, command });
  return afterLines(after, hints).map((line) => {
    const [before, behind] = escape(line).split(escape(command));
    return `<p class="s">${behind === undefined ? before : `${before}<code>${escape(command)}</code>${behind}`}</p>`;
  });
}

/** The first that failed in full, the others in a line each. */
function item(result: CheckResult, messages: Messages, inFull: boolean): string {
  const { points, passed } = result;
  const state = passed === null ? 'open' : passed ? 'passed' : 'failed';
  const about = `${counted('check.points', points, { points })}, ${words(`check.${state}`)}`;
  const sign = `<span class="sign" aria-hidden="true">${SIGNS[state]}</span>`;
  const head = `${sign}${escape(nameOf(result))} <span class="s">${escape(about)}</span>`;
  const { texts, seen } = told(result, messages, inFull);
  const paragraphs = texts.map((text) => `<p>${escape(text)}</p>`);
  if (seen !== '') paragraphs.push(`<p class="s">${escape(seen)}</p>`);
  return `<li>${head}${paragraphs.join('')}</li>`;
}

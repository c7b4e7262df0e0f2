/** Hints as a card in a notebook: those that were opened before are folded, the new one stands open. */
import { SHEET_RULES, TABLE_RULES } from '../../draw/sheet';
import { escape } from '../../draw/words';
import type { Exercise } from '../exercise';
import type { Opened } from '../student/open-hint';
import { CARD_RULES } from './card';
import { hintFoot, hintHead, noHintText } from './hint-text';
import { words } from './words';

export function hintCard(opened: Opened, { info }: Exercise): string {
  const parts = opened.kind === 'hints' ? hintParts(opened, info.id) : [`<p>${escape(noHintText(opened, info.id))}</p>`];
  return [
    `<section class="wn1 wn1c wn1v" role="group" aria-label="${escape(words('hint.label', { title: info.title }))}">`,
    `<style>\n${SHEET_RULES}\n${TABLE_RULES}\n${CARD_RULES}\n</style>`,
    ...parts,
    '</section>',
  ].join('\n');
}

function hintParts({ hints }: Extract<Opened, { kind: 'hints' }>, id: string): string[] {
  const folds = hints.map((hint, index) => {
    const open = index === hints.length - 1 ? ' open' : '';
    return `<details${open}><summary>${escape(hintHead(hint))}</summary><p>${escape(hint.text)}</p></details>`;
  });
  const last = hints.at(-1);
  return last === undefined
    ? folds
    : [...folds, `<p class="s">${escape(hintFoot(last, `await hint('${id}', '${last.check}')`))}</p>`];
}

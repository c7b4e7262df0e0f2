/** Reports of titled sections, as `status` and `cluster_status` print them. */
import { bold } from './usage';

export type Section = readonly [title: string, lines: readonly string[]];

export function sections(parts: readonly Section[]): string {
  return `${parts.map(([title, lines]) => [`${bold(title)}\n`, ...lines].join('\n')).join('\n\n')}\n`;
}

export function orNone(lines: readonly string[] | undefined): readonly string[] {
  return lines === undefined || lines.length === 0 ? ['(none)'] : lines;
}

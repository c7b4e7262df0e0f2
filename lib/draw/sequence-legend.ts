/** The legend of a sequence diagram: the signs used in this picture, and no others. */
import type { LegendItem } from './frame';
import type { Ink } from './scene';
import { cross, envelope, fullArrow, rectangle } from './signs';
import { coordinate as n } from './words';

/** Entries for the uses in `used`; `label` is what the followed message is called. */
export function sequenceLegend(used: ReadonlySet<string>, label: string): LegendItem[] {
  const line =
    (ink: Ink, cls: string) =>
    (x: number, y: number): string =>
      `<path d="M${n(x)} ${n(y)}h23" class="k${ink} ${cls}"/>${fullArrow({ x: x + 30, y }, ink)}`;
  const items: Array<[string, LegendItem]> = [
    ['message', { width: 18, label: 'a message', draw: (x, y) => envelope({ x, y: y - 6 }, 'd') }],
    ['followed', { width: 18, label: `${label}, first`, draw: (x, y) => envelope({ x, y: y - 6 }, 'f') }],
    ['again', { width: 22, label: 'once more', draw: (x, y) => envelope({ x, y: y - 5 }, 'd', { again: true }) }],
    [
      'followed again',
      { width: 22, label: `${label}, once more`, draw: (x, y) => envelope({ x, y: y - 5 }, 'f', { again: true }) },
    ],
    ['lost', { width: 18, label: 'lost', draw: (x, y) => envelope({ x, y: y - 6 }, 'l', { lost: true }) }],
    ['dead', { width: 18, label: 'dead-lettered', draw: (x, y) => envelope({ x, y: y - 6 }, 'x', { dead: true }) }],
    ['confirm', { width: 30, label: 'publisher confirm', draw: line('o', 'w3') }],
    [
      'copied',
      {
        width: 30,
        label: 'copy to another node',
        draw: (x, y) =>
          `<path d="M${n(x)} ${n(y)}h23" class="ko w5"/>${line('g', 'w2')(x, y)}${fullArrow({ x: x + 30, y }, 'o')}`,
      },
    ],
    [
      'held',
      {
        width: 8,
        label: 'held, not acknowledged',
        draw: (x, y) => ['fd t2', 'kd w1'].map((cls) => rectangle({ x, y: y - 8, width: 8, height: 16 }, cls)).join(''),
      },
    ],
    ['cut', { width: 14, label: 'killed, cut, closed by force', draw: (x, y) => cross({ x: x + 7, y }, 6) }],
    ['gone', { width: 30, label: 'closed or dead', draw: (x, y) => `<path d="M${n(x)} ${n(y)}h30" class="kn w2 y4"/>` }],
  ];
  return items.filter(([use]) => used.has(use)).map(([, item]) => item);
}

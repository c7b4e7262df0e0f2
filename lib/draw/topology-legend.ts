/** The legend of a topology: the signs used in this picture, and no others. */
import type { LegendItem } from './frame';
import type { Ink } from './scene';
import { cross, envelope, fullArrow, openArrow, prefetchSlots, stripes } from './signs';
import { coordinate as n, FONTS, shorten, visible } from './words';

/** Entries for the uses in `used`; `label` is what the followed message is called. */
export function topologyLegend(used: ReadonlySet<string>, label: string): LegendItem[] {
  const arrow = (x: number, y: number, ink: Ink, cls: string, full: boolean): string =>
    `<path d="M${n(x)} ${n(y)}h${full ? 23 : 28}" class="k${ink} ${cls}"/>` +
    (full ? fullArrow({ x: x + 30, y }, ink) : `<path d="${openArrow({ x: x + 30, y })}" class="k${ink} w2"/>`);
  const items: Array<[string, LegendItem]> = [
    [
      'message',
      {
        width: 18,
        label: `${shorten(visible(label), 120, FONTS.small)}, the message we follow`,
        draw: (x, y) => envelope({ x, y: y - 6 }, 'f'),
      },
    ],
    [
      'ready',
      {
        width: 20,
        label: 'ready',
        draw: (x, y) => `<rect x="${n(x)}" y="${n(y - 5)}" width="20" height="10" rx="1" class="fd"/>`,
      },
    ],
    ['unacked', { width: 20, label: 'unacked', draw: (x, y) => stripes({ x, y: y - 5, width: 20, height: 10 }, 'd') }],
    ['flow', { width: 30, label: 'messages flow', draw: (x, y) => arrow(x, y, 'd', 'w3', true) }],
    ['binding', { width: 30, label: 'binding', draw: (x, y) => arrow(x, y, 'j', 'w2', false) }],
    ['folded', { width: 30, label: 'bindings of folded ones', draw: (x, y) => arrow(x, y, 'j', 'w2 y5', false) }],
    ['alternate', { width: 30, label: 'alternate exchange', draw: (x, y) => arrow(x, y, 'j', 'w2 y2', false) }],
    ['dead', { width: 30, label: 'dead-lettered', draw: (x, y) => arrow(x, y, 'x', 'w3 y1', true) }],
    ['slots', { width: 25, label: 'prefetch slot, in use / free', draw: (x, y) => prefetchSlots({ x, y: y - 4.5 }, 2, 3) }],
    [
      'closed',
      {
        width: 30,
        label: 'connection lost',
        draw: (x, y) => `<path d="M${n(x)} ${n(y)}h30" class="kn w3 y4"/>${cross({ x: x + 15, y }, 5)}`,
      },
    ],
  ];
  return items.filter(([use]) => used.has(use)).map(([, item]) => item);
}

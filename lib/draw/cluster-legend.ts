/** The legend of a cluster's picture: the signs used in this picture, and no others. */
import type { CopyLook } from './cluster-items';
import { copySign, doubleLine, zigzag } from './cluster-signs';
import type { LegendItem } from './frame';
import type { Ink } from './scene';
import { cross, envelope, fullArrow, stripes } from './signs';
import { coordinate as n, FONTS, shorten, visible } from './words';

/** Entries for the uses in `used`; `label` is what the followed message is called. */
export function clusterLegend(used: ReadonlySet<string>, label: string): LegendItem[] {
  const copy = (look: CopyLook, words: string): [string, LegendItem] => [
    look,
    { width: 18, label: words, draw: (x, y) => copySign({ x: x + 9, y }, look) },
  ];
  const line = (use: string, words: string, draw: (x: number, y: number) => string): [string, LegendItem] => [
    use,
    { width: 30, label: words, draw },
  ];
  const arrow = (ink: Ink, cls: string) => (x: number, y: number) =>
    `<path d="M${n(x)} ${n(y)}h23" class="k${ink} ${cls}"/>${fullArrow({ x: x + 30, y }, ink)}`;
  const broken = (x: number, y: number): string =>
    `<path d="M${n(x)} ${n(y)}h30" class="kn w3 y4"/>${cross({ x: x + 15, y }, 5)}`;
  const items: Array<[string, LegendItem]> = [
    [
      'message',
      {
        width: 18,
        label: `${shorten(visible(label), 120, FONTS.small)}, the message we follow`,
        draw: (x, y) => envelope({ x, y: y - 6 }, 'f'),
      },
    ],
    copy('leader', 'leader'),
    copy('sync', 'copy, in sync'),
    copy('unsync', 'copy, not in sync'),
    copy('apart', 'may not serve'),
    copy('down', 'down'),
    line('replication', 'replication, in sync', (x, y) => doubleLine(`M${n(x)} ${n(y)}h30`, true)),
    line('catching up', 'replication, not in sync', (x, y) => doubleLine(`M${n(x)} ${n(y)}h30`, false)),
    line('flow', 'messages flow', arrow('d', 'w3')),
    line('followed', 'its way', arrow('f', 'w4')),
    line('connection', 'AMQP connection', (x, y) => `<path d="M${n(x)} ${n(y)}h30" class="ki w3 u"/>`),
    line('cut', 'cannot get there', broken),
    line('closed', 'connection lost', broken),
    ['unacked', { width: 20, label: 'unacked', draw: (x, y) => stripes({ x, y: y - 5, width: 20, height: 10 }, 'd') }],
    ['lost', { width: 18, label: 'lost', draw: (x, y) => envelope({ x, y: y - 6 }, 'l', { lost: true }) }],
    ['partition', { width: 14, label: 'partition', draw: (x, y) => zigzag(x + 7, y - 8, y + 8) }],
  ];
  return items.filter(([use]) => used.has(use)).map(([, item]) => item);
}

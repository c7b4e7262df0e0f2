/** Signs that only clusters have: copies of a queue, a RAM node, replication. */
import type { CopyLook } from './cluster-items';
import type { Ink, Point } from './scene';
import { rectangle } from './signs';
import { coordinate as n } from './words';

/** The colour of each copy: its outline, its sign, its bar. */
export const COPY_INKS: Readonly<Record<CopyLook, Ink>> = {
  only: 'i',
  leader: 'd',
  sync: 'o',
  unsync: 'w',
  apart: 'w',
  down: 'n',
};

/** Leader: disc with a star; in sync: ring with `=`; not: dashed ring with `≠`; apart: with dots; down: ring with `×`. */
export function copySign(at: Point, look: CopyLook): string {
  const ring = (ink: Ink, dash = ''): string => circle(at, 8.2, 'fg') + circle(at, 8.2, `k${ink} w2${dash}`);
  const { x, y } = at;
  const equals = `M${n(x - 4)} ${n(y - 2)}h8M${n(x - 4)} ${n(y + 2)}h8`;
  switch (look) {
    case 'only':
      return '';
    case 'leader':
      return circle(at, 9, 'fd') + star(at);
    case 'sync':
      return `${ring('o')}<path d="${equals}" class="ko w3"/>`;
    case 'unsync':
      return `${ring('w', ' y5')}<path d="${equals}M${n(x + 2.5)} ${n(y - 5)}l-5 10" class="kw w2"/>`;
    case 'apart':
      return ring('w', ' y5') + [-4, 0, 4].map((dx) => circle({ x: x + dx, y }, 1.3, 'fw')).join('');
    case 'down':
      return `${ring('n')}<path d="M${n(x - 3.6)} ${n(y - 3.6)}l7.2 7.2M${n(x + 3.6)} ${n(y - 3.6)}l-7.2 7.2" class="kn w3"/>`;
  }
}

function circle({ x, y }: Point, radius: number, cls: string): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" class="${cls}"/>`;
}

/** A star of five points that fits into the disc of a leader. */
function star({ x, y }: Point): string {
  const points = Array.from({ length: 10 }, (_, i) => {
    const [radius, angle] = [i % 2 === 0 ? 6.3 : 2.8, (Math.PI * i) / 5];
    return `${n(x + radius * Math.sin(angle))} ${n(y - radius * Math.cos(angle))}`;
  });
  return `<path d="M${points.join('L')}Z" class="fg"/>`;
}

/** The chip of a RAM node, 12 wide, its top at `at`. */
export function chip({ x, y }: Point, ink: Ink): string {
  const pins = [2, 5, 8].map((dx) => `M${n(x + 1 + dx)} ${n(y + 2)}v-2.5M${n(x + 1 + dx)} ${n(y + 12.5)}v-2.5`).join('');
  const body = rectangle({ x: x + 1, y: y + 2, width: 10, height: 8 }, `k${ink} w2`, 1);
  return `${body}<path d="${pins}" class="k${ink} w2"/>`;
}

/** Replication: a double line, dashed where the copy is not in sync. */
export function doubleLine(d: string, synchronised: boolean): string {
  const outer = synchronised ? 'ko w5' : 'kw w5 y1';
  return `<path d="${d}" class="${outer}"/><path d="${d}" class="kg w2"/>`;
}

/** The zigzag of a partition, upright. */
export function zigzag(x: number, top: number, bottom: number): string {
  const teeth = Math.max(4, Math.round((bottom - top) / 14));
  const points = Array.from({ length: teeth + 1 }, (_, i) => {
    const side = i === 0 || i === teeth ? 0 : i % 2 === 1 ? 6 : -6;
    return `${n(x + side)} ${n(top + ((bottom - top) * i) / teeth)}`;
  });
  return `<path d="M${points.join('L')}" class="kw w4"/>`;
}

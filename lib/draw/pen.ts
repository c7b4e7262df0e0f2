/** Paths of lines, with the points they run through. */
import type { Point } from './scene';
import { coordinate as n } from './words';

/** Collects a path and the points it runs through. */
export class Pen {
  private parts: string[] = [];
  readonly points: Point[] = [];

  constructor(private at: Point) {
    this.parts.push(`M${n(at.x)} ${n(at.y)}`);
    this.points.push(at);
  }

  straight(to: Point): void {
    this.parts.push(to.y === this.at.y ? `H${n(to.x)}` : to.x === this.at.x ? `V${n(to.y)}` : `L${n(to.x)} ${n(to.y)}`);
    this.go(to);
  }

  curve(a: Point, b: Point, to: Point): void {
    const from = this.at;
    this.parts.push(`C${n(a.x)} ${n(a.y)} ${n(b.x)} ${n(b.y)} ${n(to.x)} ${n(to.y)}`);
    for (let t = 0.1; t < 0.95; t += 0.1) {
      const [p, q] = [1 - t, t];
      const mix = (from: number, a: number, b: number, to: number): number =>
        p * p * p * from + 3 * p * p * q * a + 3 * p * q * q * b + q * q * q * to;
      this.points.push({ x: mix(from.x, a.x, b.x, to.x), y: mix(from.y, a.y, b.y, to.y) });
    }
    this.go(to);
  }

  /** Right angles through the given corners, rounded with radius 5 where there is room. */
  corners(through: readonly Point[]): void {
    for (const [i, corner] of through.entries()) {
      const next = through[i + 1];
      if (next === undefined) {
        this.straight(corner);
        continue;
      }
      const radius = Math.min(5, distance(this.at, corner) / 2, distance(corner, next) / 2);
      const before = towards(corner, this.at, radius);
      const after = towards(corner, next, radius);
      this.straight(before);
      this.parts.push(`Q${n(corner.x)} ${n(corner.y)} ${n(after.x)} ${n(after.y)}`);
      this.points.push(corner);
      this.go(after);
    }
  }

  get d(): string {
    return this.parts.join('');
  }

  private go(to: Point): void {
    this.at = to;
    this.points.push(to);
  }
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const sign = (value: number): number => (value > 0 ? 1 : value < 0 ? -1 : 0);
  return { x: from.x + by * sign(to.x - from.x), y: from.y + by * sign(to.y - from.y) };
}

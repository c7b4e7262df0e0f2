/** Draws the lanes and rows of a sequence diagram: arrows with their labels, marks, banners, bands of folded time. */
import { type LegendItem, MARGIN } from './frame';
import { type Ink, type PlacedText, type Rect, type Run, Scene } from './scene';
import type { Fate } from './sequence-fate';
import type { Lane, Lanes } from './sequence-lanes';
import { sequenceLegend } from './sequence-legend';
import { Lifelines } from './sequence-lifelines';
import { type Row, stepsIn } from './sequence-rows';
import type { End, Step } from './sequence-step';
import {
  clientBox,
  cross,
  cylinder,
  disc,
  envelope,
  exchangeBox,
  fullArrow,
  openArrow,
  panel,
  queueBox,
  rectangle,
} from './signs';
import { clock, coordinate as n, FONTS, textWidth } from './words';

const HEAD_TOP = 52;
const HEAD = 44;
const TIMES = 82;
/** How wide words are in a narrow font, as a part of what is reckoned with. */
const NARROW = 0.8;

/** Draws lanes and rows from top to bottom; `bottom`, `width` and the legend are known when `draw` has returned. */
export class Drawing {
  readonly scene = new Scene();
  readonly width: number;
  bottom = 0;
  private readonly centres: number[];
  private readonly head: number;
  private readonly used = new Set<string>();
  private readonly lifelines: Lifelines;
  private copies = 0;
  /** Room right of the last lane for the numbers of repeated deliveries. */
  private readonly numbered: boolean;

  constructor(
    private readonly lanes: Lanes,
    private readonly rows: readonly Row[],
    private readonly fate: Fate,
  ) {
    const many = lanes.lanes.length;
    this.width = many >= 6 ? 900 : 800;
    const deliveries = rows.filter((row) => row.kind === 'step' && row.step.delivery !== '' && fate.ink(row.step) === 'f');
    this.numbered = deliveries.length > 1 && many < 6;
    const right = this.width - MARGIN - (this.numbered ? 62 : 0);
    const spacing = Math.min(300, (right - 76 + 12) / Math.max(2, many));
    this.head = Math.floor(Math.min(136, spacing - 12));
    const first = 76 + this.head / 2;
    const step = many < 2 ? 0 : Math.min(300, (right - this.head / 2 - first) / (many - 1));
    this.centres = lanes.lanes.map((_, i) => Math.round(first + step * i));
    this.lifelines = new Lifelines(lanes, this.centres, fate);
  }

  draw(): void {
    for (const [i, lane] of this.lanes.lanes.entries()) this.laneHead(lane, this.x(i));
    let y = HEAD_TOP + HEAD;
    let told = '';
    for (const [i, row] of this.rows.entries()) {
      if (row.kind === 'step') {
        y += i === 0 ? 30 : 34;
        const time = clock(row.step.at);
        if (time !== told) {
          this.scene.text(MARGIN, y + 4, 'm s', time);
          this.scene.straight({ x: 76, y }, { x: TIMES, y }, 'kr w1');
        }
        told = time;
        y += this.step(row.step, y);
      } else {
        this.band(row, y + 20);
        for (const step of stepsIn(row)) this.lifelines.track(step, y + 33);
        y += 38;
        told = '';
      }
    }
    this.bottom = y + 22;
    for (const use of this.lifelines.draw(this.scene, HEAD_TOP + HEAD, this.bottom)) this.used.add(use);
    this.bottom += 14;
  }

  private x(lane: number): number {
    return this.centres[lane] as number;
  }

  /**
   * Writes words that may stand on a lifeline or on the line of a banner: these stop at the words, also between them. In most
   * fonts words are narrower than reckoned, and the last one has its halo, so the ground ends sooner than the room for them.
   */
  private words(x: number, y: number, cls: string, words: string | readonly Run[], room = Number.POSITIVE_INFINITY): number {
    const runs = typeof words === 'string' ? [{ text: words, cls: '' }] : words;
    const width = this.scene.runs(x, y, cls, runs, room);
    if (width === 0) return 0;
    const classes = cls.split(' ');
    const { rect } = this.scene.texts.at(-1) as PlacedText;
    const covered = classes.includes('m') ? width : NARROW * width;
    const left = classes.includes('c') ? x - covered / 2 : classes.includes('e') ? x - covered : x;
    this.scene.add('boxes', rectangle({ x: left - 3, y: rect.y - 1, width: covered + 6, height: rect.height + 1 }, 'fg'));
    return width;
  }

  private laneHead(lane: Lane, x: number): void {
    const rect: Rect = { x: x - this.head / 2, y: HEAD_TOP, width: this.head, height: HEAD };
    const indent = lane.kind === 'exchange' && lane.type !== '' ? 38 : lane.kind === 'node' ? 30 : 12;
    const room = this.head - indent - (lane.kind === 'exchange' ? 14 : 8);
    this.scene.box(rect);
    if (lane.kind === 'client') this.scene.add('boxes', clientBox(rect));
    else if (lane.kind === 'exchange') this.scene.add('boxes', exchangeBox(rect, lane.type, 'i', lane.type !== ''));
    else if (lane.kind === 'queue') this.scene.add('boxes', queueBox(rect, 'i'));
    else this.scene.add('boxes', panel(rect, 8, 'ki w2 u') + cylinder({ x: rect.x + 10, y: HEAD_TOP + 16 }, 'i'));
    this.scene.text(rect.x + indent, HEAD_TOP + 20, 'm b', lane.name, room);
    this.scene.text(rect.x + indent, HEAD_TOP + 36, 's', lane.sub, room);
  }

  /** Draws one step at height `y`; returns how much more room than a row it takes below. */
  private step(step: Step, y: number): number {
    this.lifelines.track(step, y);
    if (step.shape === 'banner') return this.banner(step, y);
    const from = this.lanes.find(step.from, step.to);
    const to = step.to === undefined ? -1 : this.lanes.find(step.to, step.from);
    const queues = [...new Set(step.queues.map((name) => this.lanes.find({ kind: 'queue', name, channel: 0 })))].filter(
      (lane) => lane >= 0,
    );
    if (step.shape === 'cross') return this.crossed(step, from, y);
    if (step.shape === 'dead') return this.deadLettered(step, from, queues, y);
    const own = (step.setup || step.ends) && step.to?.kind === 'broker' && this.lanes.lanes[to]?.kind !== 'node';
    if (step.shape === 'box' || own || to < 0 || from < 0 || to === from) return this.boxed(step, from < 0 ? to : from, y);
    return this.arrow(
      step,
      from,
      to,
      queues.filter((lane) => lane !== to),
      y,
    );
  }

  private arrow(step: Step, from: number, to: number, queues: readonly number[], y: number): number {
    const fate = this.fate.ink(step);
    const message = step.shape === 'message';
    const ink = message ? (fate ?? step.ink) : step.ink;
    const forward = to > from ? 1 : -1;
    const beyond = queues.filter((lane) => (lane - to) * forward > 0);
    const aside = queues.filter((lane) => (lane - to) * forward < 0);
    const lost = step.lost;
    const far = beyond.length === 0 ? to : beyond.reduce((a, b) => ((b - a) * forward > 0 ? b : a));
    const start = { x: this.x(from) + 2 * forward, y };
    const tip = { x: this.x(far) - (lost ? 12 : 5) * forward, y };
    const weight = message && fate !== undefined ? 'w4' : message || ink === 'o' || ink === 'l' ? 'w3' : 'w2';
    const open = ink === 'j' || step.setup;
    const end = { x: tip.x - (open ? 0 : 6) * forward, y };
    const copy = step.verb === 'replicate';
    this.scene.straight(start, end, copy ? `k${ink} w5` : `k${ink} ${weight}${lost ? ' y2' : ''}`);
    if (copy) this.scene.straight(start, end, 'kg w2');
    const direction = forward > 0 ? 'right' : 'left';
    if (open) this.scene.add('lines', `<path d="${openArrow(tip, direction)}" class="k${ink} w2"/>`);
    else if (!lost) this.scene.add('lines', fullArrow(tip, ink, direction));
    for (const lane of [to, ...beyond]) if (lane !== far) this.dot(lane, y, ink);
    if (lost) this.scene.add('front', cross({ x: this.x(to), y }, 8, 4));
    for (const lane of aside) {
      const turn = { x: this.x(lane) + 5 * forward, y: y + 9 };
      this.scene.straight({ x: this.x(to), y: y + 9 }, { x: turn.x + 6 * forward, y: y + 9 }, `k${ink} ${weight}`);
      this.scene.add('lines', fullArrow(turn, ink, forward > 0 ? 'left' : 'right'));
    }
    if (message) this.carry(step, { x: this.x(from) + (forward > 0 ? 13 : -31), y: y - 6 }, ink);
    for (const lane of this.alsoEnding(step, to)) this.end(lane, y);
    const together = this.alsoBeginning(step, from);
    if (together.length > 0) this.dot(from, y, ink);
    for (const lane of together) {
      this.dot(lane, y, ink);
      if ((from - lane) * forward > 0) this.scene.straight({ x: this.x(lane), y }, { x: this.x(from), y }, `k${ink} ${weight}`);
    }
    this.usedLine(step, ink, lost);
    const extra = this.labels(step, from, to, far, y, aside.length > 0);
    this.number(step, to, y);
    return extra + (aside.length > 0 ? 9 : 0);
  }

  /** Lanes besides `lane` whose connection begins with this step. */
  private alsoBeginning(step: Step, lane: number): readonly number[] {
    if (!step.begins || step.ends) return [];
    return this.othersOfConnection(step.from, lane);
  }

  /** Lanes besides `lane` whose connection the broker or the network ends with this step. */
  private alsoEnding(step: Step, lane: number): readonly number[] {
    if (!step.ends || step.ink !== 'l') return [];
    return this.othersOfConnection(step.from.kind === 'client' ? step.from : step.to, lane);
  }

  /** Other lanes of the same connection, when the end is a connection as such. */
  private othersOfConnection(end: End | undefined, lane: number): readonly number[] {
    if (end?.kind !== 'client' || end.channel !== 0) return [];
    return this.lanes.ofConnection(end.name).filter((other) => other !== lane);
  }

  private end(lane: number, y: number): void {
    this.scene.add('front', cross({ x: this.x(lane), y }, 9, 4));
    this.used.add('cut');
  }

  private usedLine(step: Step, ink: Ink, lost: boolean): void {
    if (lost || step.lost) this.used.add('lost');
    if (ink === 'o' && step.verb === 'confirm') this.used.add('confirm');
    if (step.shape === 'dead') this.used.add('dead');
    if (step.verb === 'replicate') this.used.add('copied');
  }

  private dot(lane: number, y: number, ink: Ink): void {
    this.scene.add('boxes', `<circle cx="${n(this.x(lane))}" cy="${n(y)}" r="3.5" class="f${ink}"/>`);
  }

  private carry(step: Step, at: { x: number; y: number }, ink: Ink): void {
    this.scene.add('front', envelope(at, ink, { again: step.again, lost: step.lost }));
    this.used.add(
      ink === 'f' ? (step.again ? 'followed again' : 'followed') : ink === 'l' ? 'lost' : step.again ? 'again' : 'message',
    );
  }

  /** The label above the first stretch of the arrow, the note above the last or below; returns the extra height. */
  private labels(step: Step, from: number, to: number, far: number, y: number, aside = false): number {
    const message = step.shape === 'message' || step.shape === 'dead';
    const forward = far > from ? 1 : -1;
    const next = Math.abs(far - from) === 1 ? far : step.verb === 'publish' ? to : from + forward;
    const start = this.x(from) + (message ? 35 : 8) * forward;
    const bold = `b${this.fate.ink(step) === 'l' ? ' fl' : ''}`;
    const wish = textWidth(step.label, FONTS.word) + textWidth(step.strong, FONTS.strong);
    const short = Math.abs(this.x(next) - start) - 10;
    const apart = far !== next && step.note !== '' && step.mono;
    const end = wish <= short || apart ? this.x(next) - 10 * forward : this.x(far) - 10 * forward;
    const room = Math.abs(end - start);
    const runs: Run[] = [
      { text: wish <= room ? step.label : step.label.replace('connection ', 'conn '), cls: '' },
      { text: step.strong, cls: bold },
    ];
    if (step.extra !== '' && wish + textWidth(step.extra, FONTS.strong) <= room) runs.push({ text: step.extra, cls: bold });
    this.words((start + end) / 2, y - 7, 'hl c', runs, room);
    if (step.note === '' && !step.lost) return 0;
    const whole = step.lost ? 'no binding: lost' : step.note;
    // The number of an error stands above the line; where its name leaves no room for the reason, the name goes.
    const fits = textWidth(whole, FONTS.small) <= Math.abs(this.x(far) - start) - 10;
    const note = fits || step.mono ? whole : whole.replace(/^[A-Z_]+ - /, '');
    const cls = `${step.mono && !step.lost ? 'm ' : ''}s c hl`;
    if (apart && !step.lost) {
      const [a, b] = [this.x(next) + 12 * forward, this.x(far) - 14 * forward];
      this.words((a + b) / 2, y - 7, cls, note, Math.abs(b - a));
      return 0;
    }
    const [a, b] = [start, this.x(far) - 10 * forward];
    this.words((a + b) / 2, y + (aside ? 23 : 14), cls, note, Math.abs(b - a));
    return aside ? 13 : 12;
  }

  /** Numbers the deliveries of the followed message beside the last lane. */
  private number(step: Step, lane: number, y: number): void {
    if (!this.numbered || step.delivery === '' || this.fate.ink(step) !== 'f') return;
    this.copies++;
    if (lane !== this.centres.length - 1) return;
    const x = this.x(lane) + 20;
    this.scene.add('front', disc({ x, y }, this.copies, 'f', 9));
    const room = this.width - MARGIN - x - 14;
    this.scene.text(x + 14, y + 4, 's hl', this.copies === 1 ? 'first' : 'again:', room);
    if (this.copies > 1)
      this.scene.text(x + 14, y + 17, 's hl', step.note === 'redelivered=true' ? 'flag says so' : 'no flag', room);
  }

  private boxed(step: Step, lane: number, y: number): number {
    const ink = this.fate.ink(step) ?? (step.ink === 'd' ? 'd' : 'i');
    const words = step.shape === 'dead' ? [step.strong, step.label.trimEnd()] : [step.label.trimEnd(), step.strong];
    const parts = words.filter((part) => part !== '').join(' ');
    const text = step.note === '' ? parts : `${parts}, ${step.note}`;
    const wish = textWidth(text, FONTS.word) + 24;
    const width = Math.min(wish, this.width - MARGIN - TIMES - 8);
    const centre = lane < 0 ? this.width / 2 : this.x(lane);
    const x = Math.min(Math.max(centre - width / 2, TIMES + 6), this.width - MARGIN - width);
    const rect = { x: Math.round(x), y: y - 13, width, height: 26 };
    this.scene.box(rect);
    this.scene.add('boxes', panel(rect, 4, step.setup ? 'kj w1' : `k${ink} w2`, false));
    this.scene.text(rect.x + width / 2, y + 4, 'c', text, width - 12);
    for (const other of this.alsoBeginning(step, lane)) this.dot(other, y, 'i');
    return 2;
  }

  private crossed(step: Step, lane: number, y: number): number {
    this.used.add(step.lost ? 'lost' : 'cut');
    const x = lane < 0 ? TIMES + 20 : this.x(lane);
    const room = this.width - MARGIN - x - 18;
    const wish = textWidth(step.label, FONTS.strong);
    if (step.lost) this.scene.add('front', envelope({ x: x - 9, y: y - 6 }, 'l', { lost: true }));
    else this.scene.add('front', cross({ x, y }, 9, 4));
    const others = this.alsoEnding(step, lane);
    for (const other of others) this.end(other, y);
    if (others.length > 0) {
      const [left, end] = this.freeStretch([lane, ...others].sort((a, b) => a - b));
      this.words(left, y + 4, 'b fl hl', step.label, end - left);
      return 0;
    }
    if (wish <= room || room > 300) this.words(x + 18, y + 4, 'b fl hl', step.label, room);
    else this.words(x - 18, y + 4, 'b fl hl e', step.label, x - 18 - TIMES - 8);
    return 0;
  }

  private deadLettered(step: Step, from: number, queues: readonly number[], y: number): number {
    const targets = queues.filter((lane) => lane !== from);
    const [first] = targets;
    this.used.add('dead');
    if (from < 0 || first === undefined) return this.boxed({ ...step, ink: 'i' }, from, y);
    const ink = this.fate.ink(step) ?? 'x';
    const far = targets.reduce((a, b) => (Math.abs(b - from) > Math.abs(a - from) ? b : a), first);
    const forward = far > from ? 1 : -1;
    const tip = { x: this.x(far) - 5 * forward, y };
    this.scene.straight({ x: this.x(from) + 2 * forward, y }, { x: tip.x - 6 * forward, y }, `k${ink} w3 y1`);
    this.scene.add('lines', fullArrow(tip, ink, forward > 0 ? 'right' : 'left'));
    this.scene.add('front', envelope({ x: this.x(from) + (forward > 0 ? 13 : -31), y: y - 6 }, ink, { dead: true }));
    return this.labels(step, from, far, far, y);
  }

  private banner(step: Step, y: number): number {
    const right = this.width - MARGIN;
    const loud = step.ink === 'l';
    this.scene.straight({ x: TIMES + 6, y }, { x: right, y }, `k${step.ink === 'i' ? 'r' : step.ink} w1 y5`, {
      layer: 'back',
      behind: true,
    });
    if (step.verb === 'command') {
      this.scene.add('front', disc({ x: TIMES + 16, y }, Number(step.strong)));
      const bad = step.note === '' ? 0 : this.words(right, y + 4, 's e hl', step.note);
      this.words(TIMES + 32, y + 4, 'm hl', step.label, right - TIMES - 44 - bad);
      return 0;
    }
    const own = this.lanes.standsFor(step.from);
    const gone = loud && step.ends ? (own >= 0 ? [own] : this.lanes.broker) : [];
    for (const lane of gone) this.scene.add('front', cross({ x: this.x(lane), y }, 9, 4));
    if (loud) this.used.add('cut');
    const [left, end] = this.freeStretch(gone);
    this.words(left, y + 4, loud ? 'b fl hl' : 'hl', step.label, end - left);
    return 0;
  }

  /** The widest stretch of a row without crosses. */
  private freeStretch(taken: readonly number[]): [number, number] {
    const edges = [TIMES - 2, ...taken.map((lane) => this.x(lane)), this.width - MARGIN + 12];
    let best: [number, number] = [TIMES + 12, this.width - MARGIN];
    let widest = -1;
    for (let i = 0; i + 1 < edges.length; i++) {
      const [a, b] = [(edges[i] as number) + 16, (edges[i + 1] as number) - 14];
      if (b - a > widest) {
        widest = b - a;
        best = [a, b];
      }
    }
    return best;
  }

  /** A grey band for folded time. Its words stand between the lifelines, which it breaks, or on them where the words are wide. */
  private band(row: Row, top: number): void {
    const right = this.width - MARGIN;
    const rect = { x: MARGIN, y: top, width: right - MARGIN, height: 26 };
    this.lifelines.band(top);
    const text = row.kind === 'step' ? '' : row.text;
    this.scene.add('lines', `<rect x="${MARGIN}" y="${n(top)}" width="${n(rect.width)}" height="26" class="fg"/>`);
    this.scene.add('lines', `<rect x="${MARGIN}" y="${n(top)}" width="${n(rect.width)}" height="26" class="fi t1"/>`);
    this.scene.add('lines', `<path d="M${MARGIN} ${n(top)}H${n(right)}M${MARGIN} ${n(top + 26)}H${n(right)}" class="kr w1"/>`);
    this.scene.text(MARGIN, top + 17, 's', 'folded');
    const width = Math.min(textWidth(text, FONTS.small), rect.width - 80);
    const left = this.besideLifelines((TIMES + right) / 2, width) ?? Math.max(TIMES + 14, (TIMES + right) / 2 - width / 2);
    const pill = { x: left - 10, y: top + 2, width: width + 20, height: 22 };
    this.scene.box(pill);
    for (const cls of ['fg', 'fi t1']) {
      this.scene.add('front', `<rect x="${n(pill.x)}" y="${n(pill.y)}" width="${n(pill.width)}" height="22" class="${cls}"/>`);
    }
    this.scene.text(left + width / 2, top + 17, 's c', text, width + 1);
  }

  /** Where words of this width begin that stand between two lifelines, nearest to the middle. */
  private besideLifelines(middle: number, width: number): number | undefined {
    const gaps = this.centres.slice(1).map((to, i) => ({ from: this.centres[i] as number, to }));
    const wide = gaps.filter(({ from, to }) => to - from >= width + 36).map(({ from, to }) => (from + to) / 2);
    const nearest = wide.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
    return nearest === undefined ? undefined : nearest - width / 2;
  }

  legend(): LegendItem[] {
    return sequenceLegend(this.used, this.fate.label);
  }
}

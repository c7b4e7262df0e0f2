/** Turns and changes among members that may die at any moment, by random schedules of what arrives when. */
import { strict as assert } from 'node:assert';
import { Metadata, type MetadataEffect, type MetadataMessage } from '../../../lib/cluster/metadata/metadata';
import { SeededRandom } from '../../../lib/world/random';

interface Line {
  readonly from: string;
  readonly to: string;
  readonly messages: MetadataMessage[];
}

/** Members, the lines between them, and what each has taken over. Whatever happens next is drawn from the seed. */
class Schedule {
  readonly alive: string[];
  readonly nodes = new Map<string, Metadata>();
  /** What each node has applied, its own changes too, in order. */
  readonly applied = new Map<string, string[]>();
  readonly finished: string[] = [];
  readonly turnsTaken = new Map<string, number>();
  toldOn = 0;
  private readonly views = new Map<string, string[]>();
  private readonly lines: Line[] = [];
  private readonly storing: Array<() => void> = [];
  private inTurn: string | null = null;
  private readonly random: SeededRandom;

  constructor(
    seed: number,
    readonly names: readonly string[],
  ) {
    this.random = new SeededRandom(seed);
    this.alive = [...names];
    for (const name of names) {
      this.nodes.set(name, new Metadata(name, 0));
      this.applied.set(name, []);
      this.views.set(name, [...names]);
      for (const to of names) if (to !== name) this.lines.push({ from: name, to, messages: [] });
    }
    for (const name of names) this.act(name, (node, out) => node.members(names, out));
  }

  act(name: string, step: (node: Metadata, out: MetadataEffect[]) => void): void {
    if (!this.alive.includes(name)) return;
    const out: MetadataEffect[] = [];
    step(this.nodes.get(name) as Metadata, out);
    for (const effect of out) this.perform(name, effect);
  }

  private perform(name: string, effect: MetadataEffect): void {
    if (effect.kind === 'send') {
      this.lines.find(({ from, to }) => from === name && to === effect.to)?.messages.push(effect.message);
    } else if (effect.kind === 'run') this.run(name, effect.turn);
    else if (effect.kind === 'apply') {
      this.applied.get(name)?.push(...effect.changes.map(({ key }) => key));
      this.storing.push(() => this.act(name, (node, out) => node.stored(effect.origin, effect.turn, effect.from, out)));
    } else {
      this.finished.push(`${name}:${effect.turn}`);
      this.turnsTaken.set(name, (this.turnsTaken.get(name) ?? 0) + 1);
      assert.equal(this.inTurn, name, 'who ends a turn has it');
      this.inTurn = null;
    }
  }

  private run(name: string, turn: number): void {
    assert.ok(this.inTurn === null || !this.alive.includes(this.inTurn), `${name} gets the turn while ${this.inTurn} has it`);
    this.inTurn = name;
    const key = `${name}:${turn}`;
    this.applied.get(name)?.push(key);
    this.act(name, (node, out) => node.changed(turn, [{ key, value: '{}', lasting: true }], out));
    this.storing.push(() => this.act(name, (node, out) => node.stored(name, turn, name, out)));
  }

  kill(name: string): void {
    this.alive.splice(this.alive.indexOf(name), 1);
    for (const line of this.lines) {
      // What it had said may arrive up to some point, what it was told does not matter any more.
      if (line.from === name) line.messages.length = Math.floor(this.random.float() * (line.messages.length + 1));
      if (line.to === name) line.messages.length = 0;
    }
  }

  /** One thing that can happen does; false if nothing can. */
  step(): boolean {
    const options: Array<() => void> = [];
    for (const line of this.lines) {
      if (line.messages.length > 0 && this.alive.includes(line.to)) options.push(() => this.deliver(line));
    }
    for (const [i, stored] of this.storing.entries()) {
      options.push(() => {
        this.storing.splice(i, 1);
        stored();
      });
    }
    for (const name of this.alive) {
      const view = this.views.get(name) as string[];
      for (const dead of view.filter((other) => !this.alive.includes(other))) {
        // A death is noticed once everything that the dead has said is heard.
        const rest = this.lines.find(({ from, to }) => from === dead && to === name);
        if (rest?.messages.length === 0) options.push(() => this.notice(name, dead));
      }
    }
    options[Math.floor(this.random.float() * options.length)]?.();
    return options.length > 0;
  }

  private deliver(line: Line): void {
    const message = line.messages.shift() as MetadataMessage;
    if (message.type === 'metadata.change' && message.origin !== line.from) this.toldOn++;
    this.act(line.to, (node, out) => node.message(line.from, message, out));
  }

  private notice(name: string, dead: string): void {
    const view = (this.views.get(name) as string[]).filter((other) => other !== dead);
    this.views.set(name, view);
    this.act(name, (node, out) => node.members(view, out));
  }

  chance(of: number): boolean {
    return this.random.float() < of;
  }

  any(names: readonly string[]): string {
    return names[Math.floor(this.random.float() * names.length)] as string;
  }
}

describe('definitions of a cluster', () => {
  it('change one node at a time, and end alike on all members', () => {
    for (let seed = 0; seed < 300; seed++) {
      const schedule = new Schedule(seed, ['a', 'b', 'c']);
      for (let i = 0; i < 12; i++) {
        schedule.act(schedule.any(schedule.names), (node, out) => node.ask(out));
        while (schedule.chance(0.8) && schedule.step());
      }
      while (schedule.step());
      assert.equal(schedule.finished.length, 12, `seed ${seed}`);
      for (const name of schedule.names) assert.deepEqual(schedule.applied.get(name), schedule.finished, `seed ${seed}, ${name}`);
    }
  });

  it('are the same in the same order on all who live, whoever dies when, and nobody waits for ever', () => {
    let toldOn = 0;
    for (let seed = 0; seed < 2000; seed++) {
      const schedule = new Schedule(seed, ['a', 'b', 'c', 'd']);
      const asked = new Map<string, number>();
      for (let i = 0; i < 16; i++) {
        const name = schedule.any(schedule.alive);
        schedule.act(name, (node, out) => node.ask(out));
        asked.set(name, (asked.get(name) ?? 0) + 1);
        while (schedule.chance(0.85) && schedule.step());
        if (schedule.alive.length > 1 && schedule.chance(0.12)) schedule.kill(schedule.any(schedule.alive));
      }
      while (schedule.step());
      const [first, ...others] = schedule.alive.map((name) => schedule.applied.get(name) as string[]);
      for (const other of others) assert.deepEqual(other, first, `seed ${seed}`);
      for (const name of schedule.alive) {
        assert.equal(schedule.turnsTaken.get(name) ?? 0, asked.get(name) ?? 0, `seed ${seed}: ${name} got all its turns`);
      }
      toldOn += schedule.toldOn;
    }
    assert.ok(toldOn > 100, `changes of the dead were told on ${toldOn} times`);
  });
});

/** Which line of a plot is which: its colour, and where its name stands. */
import assert from 'node:assert/strict';
import { sceneOfPlot } from '../../../lib/draw/plot';

function series(name: string, seconds: number, slope = 1): { name: string; unit: string; points: (readonly [number, number])[] } {
  return { name, unit: 'messages', points: Array.from({ length: seconds + 1 }, (_, i) => [i * 1000, i * slope] as const) };
}

/** Classes of the lines, in the order in which they are drawn. */
function looks(names: readonly string[]): string[] {
  const { scene } = sceneOfPlot(
    'Any',
    names.map((name, i) => series(name, 10, i + 1)),
  );
  const classes = [...scene.toString().matchAll(/class="(k. w3[^"]*)"\/>(?=\n)/g)].map(([, cls]) => cls as string);
  return classes.slice(0, names.length);
}

/** Colour letters of the lines. */
function colours(names: readonly string[]): string[] {
  return looks(names).map((cls) => cls.charAt(1));
}

/** The corners of the only line. */
function corners(unit: string, points: ReadonlyArray<readonly [number, number]>): number {
  const { scene } = sceneOfPlot('Any', [{ name: 'a', unit, points }]);
  return scene.lines.find(({ behind }) => !behind)?.points.length ?? 0;
}

describe('lines of a plot', () => {
  it('of one unit look different, and wear a colour that means something only when they mean it', () => {
    assert.equal(new Set(looks(['a', 'b', 'c', 'd'])).size, 4);
    assert.deepEqual(colours(['a', 'b', 'c', 'd']), ['d', 'j', 'i', 'd']);
    assert.deepEqual(colours(['publish', 'deliver']), ['d', 'o']);
    assert.deepEqual(colours(['a', 'deliver', 'lost', 'deliver again']), ['d', 'o', 'l', 'j']);
  });

  it('are steps where they count, and go from value to value where they measure', () => {
    const whole = [
      [0, 3],
      [1000, 3],
      [2000, 1],
      [3000, 0],
    ] as const;
    assert.equal(corners('messages', whole), 5, '3 holds until 2 s, 1 until 3 s');
    assert.equal(corners('msg/s', whole), 4);
    assert.equal(corners('ms', whole), 4);
    assert.equal(corners('messages', [...whole, [4000, 0.5]]), 5, 'half a message is no count');
  });

  it('carry their names where they end', () => {
    const { scene } = sceneOfPlot('Any', [series('short', 10, 3), series('long', 60)]);
    const [short, long] = ['short', 'long'].map((name) => scene.texts.find(({ text }) => text.startsWith(`${name} `))?.rect);
    const [shortLine] = scene.lines.filter(({ behind }) => !behind);
    const end = shortLine?.points.at(-1);
    assert.ok(short !== undefined && long !== undefined && end !== undefined);
    assert.ok(Math.abs(short.x - end.x) < 40, `${short.x} is far from ${end.x}`);
    assert.ok(Math.abs(short.y + short.height / 2 - end.y) < 45);
    assert.ok(long.x > end.x + 300);
  });

  it('that end at one point have names that do not meet', () => {
    const { scene } = sceneOfPlot('Any', [...['a', 'b', 'c'].map((name) => series(name, 10)), series('long', 60, 0)]);
    const rects = scene.texts.filter(({ text }) => /^[abc] /.test(text)).map(({ rect }) => rect);
    assert.equal(rects.length, 3);
    for (const [i, a] of rects.entries())
      for (const b of rects.slice(i + 1)) assert.ok(Math.abs(a.y - b.y) >= 10 || Math.abs(a.x - b.x) >= a.width);
  });
});

/** Which line of a plot is which: its colour, and where its name stands. */
import assert from 'node:assert/strict';
import { sceneOfPlot } from '../../../lib/draw/plot';

function series(name: string, seconds: number, slope = 1): { name: string; unit: string; points: (readonly [number, number])[] } {
  return { name, unit: 'messages', points: Array.from({ length: seconds + 1 }, (_, i) => [i * 1000, i * slope] as const) };
}

/** Colour letters of the lines, in the order in which they are drawn. */
function colours(names: readonly string[]): string[] {
  const { scene } = sceneOfPlot(
    'Any',
    names.map((name, i) => series(name, 10, i + 1)),
  );
  return [...scene.toString().matchAll(/class="k(.) w3[^"]*"\/>(?=\n)/g)].slice(0, names.length).map(([, ink]) => ink as string);
}

describe('lines of a plot', () => {
  it('of one unit have colours of their own, and keep those that mean something', () => {
    assert.equal(new Set(colours(['a', 'b', 'c', 'd'])).size, 4);
    assert.deepEqual(colours(['publish', 'deliver']), ['d', 'o']);
    assert.deepEqual(colours(['a', 'deliver', 'lost', 'deliver again']), ['d', 'o', 'l', 'f']);
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

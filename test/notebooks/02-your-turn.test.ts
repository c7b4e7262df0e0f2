/** Notebook 02: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/02-amqp-concepts.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** A cutter that is right as long as a chunk holds whole frames. */
function cutter(loop: string): string {
  return `function frameCutter(): (chunk: Buffer) => Cut[] {
    return (chunk) => {
      const frames: Cut[] = [];
      for (let at = 0; ${loop}; at += 8 + chunk.readUInt32BE(at + 3)) {
        frames.push({ type: chunk[at] ?? 0, channel: chunk.readUInt16BE(at + 1), size: chunk.readUInt32BE(at + 3) });
      }
      return frames;
    };
  }`;
}

/** Answers that look right, and the reason for which each is refused. */
const TEMPTING = [
  // The name is a client property, not a field of the address.
  `async function introduce(address: amqp.Options.Connect): Promise<amqp.ChannelModel> {
    const mine = { connection_name: 'my-app', channelMax: 5, frameMax: 8192, heartbeat: 30 };
    return amqp.connect({ ...address, ...mine });
  }`,
  // Forgets what a frame costs.
  `function framesFor(bodyBytes: number, frameMax: number): number {
    return 2 + Math.ceil(bodyBytes / frameMax);
  }`,
  // Forgets that frames are cut in pieces, and does not look at the end mark.
  cutter('at + 7 <= chunk.length'),
];

describe('your turn in notebook 02', function () {
  this.timeout(240_000 * SLOWNESS);

  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => output.get(check) ?? '');
  }

  it('says "not yet" to the cells as they are', async () => {
    for (const verdict of await verdicts([])) assert.match(verdict, /^not yet: /m);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/02-amqp-concepts.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    for (const verdict of await verdicts(solutions)) assert.match(verdict, /^passed: /m);
  });

  it('says "not yet" to answers that only look right', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [first, second, third] = await verdicts(TEMPTING);
    assert.match(first ?? '', /^not yet: the wire says , 5, 8192, 30$/m);
    assert.match(second ?? '', /^not yet: wrong for 4089 bytes$/m);
    assert.match(third ?? '', /^not yet: /m);
  });

  it('asks for the end mark', async () => {
    const right = solutionsOf('solutions/02-amqp-concepts.ts');
    const blind = right.map((text) => text.replace(/^.*!== 0xce.*$/m, ''));
    assert.notDeepEqual(blind, right);
    const [, , third] = await verdicts(blind);
    assert.match(third ?? '', /^not yet: a frame that does not end in 0xce is not refused$/m);
  });
});

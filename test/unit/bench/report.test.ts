// Promise under test: medians, percentiles and multiples are what their names say, and the table shows a loss.
import { strict as assert } from 'node:assert';

describe('bench/statistics', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a plain JavaScript module
  let statistics: any;
  before(async () => {
    statistics = await import('../../../bench/statistics.mjs' as string);
  });

  it('takes the middle value, or the mean of the two in the middle, and leaves its input alone', () => {
    const values = [10, 9, 100];
    assert.equal(statistics.median(values), 10);
    assert.equal(statistics.median([4, 1, 3, 2]), 2.5);
    assert.deepEqual(values, [10, 9, 100]);
  });

  it('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    for (const [percent, value] of [
      [0, 1],
      [50, 50],
      [99, 99],
      [100, 100],
    ])
      assert.equal(statistics.percentile(hundred, percent), value);
    assert.equal(statistics.percentile([7], 99), 7);
  });

  it('gives the spread in percent of the median', () => {
    assert.equal(statistics.spreadPercent([90, 100, 130]), 40);
  });
});

describe('bench/report', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a plain JavaScript module
  let report: any;
  before(async () => {
    report = await import('../../../bench/report.mjs' as string);
  });

  const number = (value: number): string => String(value);
  const benchmark = {
    name: 'transient',
    workload: 'transient',
    size: 16,
    figures: [
      { key: 'rate', title: 'deliveries/s', format: number, better: 'more' },
      { key: 'cpu', title: 'CPU ns', format: number, better: 'less' },
    ],
    expected: { rate: 900, cpu: 50, multiple: 8 },
  };

  it('compares with RabbitMQ and says which expectations are met', () => {
    const runs = [800, 1000, 1100].map((rate) => ({ rate, cpu: 60, lost: 0 }));
    const summaries = {
      warren: report.summarise(benchmark, runs),
      rabbitmq: report.summarise(benchmark, [{ rate: 100, cpu: 600, lost: 0 }]),
    };
    const lines: string[] = report.renderBenchmark(benchmark, summaries);
    assert.match(lines.find((line) => line.includes('warren')) ?? '', /^ {2}warren +1000 +30 % +10\.0x +60$/);
    assert.match(lines.find((line) => line.includes('rabbitmq')) ?? '', /^ {2}rabbitmq +100 +0 % +600$/);
    assert.equal(lines.at(-1), '  expected at least 900 deliveries/s: met, at most 50 CPU ns: MISSED, 8x RabbitMQ: met');
  });

  it('counts a multiple the right way round for figures that should be small', () => {
    assert.equal(report.multipleOf({ better: 'less' }, 2, 10), 5);
    assert.equal(report.multipleOf({ better: 'more' }, 2, 10), 0.2);
    assert.equal(report.multipleOf({ better: 'more' }, 2, undefined), null);
  });

  it('shows a loss, and does without figures that this system cannot give', () => {
    const summaries = { null: report.summarise(benchmark, [{ rate: 5, cpu: null, lost: 3 }]) };
    const text: string = report.renderBenchmark(benchmark, summaries).join('\n');
    assert.match(text, /FAILED: null lost 3/);
    assert.match(text, /null +5 +0 % +-$/m);
  });
});

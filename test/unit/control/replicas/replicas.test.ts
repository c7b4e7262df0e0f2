/**
 * Commands about quorum queues and mirrored ones against what RabbitMQ 3.10.8 answered (transcript.txt), on a fake of the ports.
 * The lines follow each other: what one of them changes, the next ones see.
 */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runTool } from '../../../../lib/control/tool';
import { FakeCluster } from './fake-cluster';

const [, ...steps] = fs.readFileSync(path.join(__dirname, 'transcript.txt'), 'utf8').split(/^\$ /m);

async function answered(cluster: FakeCluster, line: string): Promise<string[]> {
  const [tool = '', ...words] = line.split(' ');
  const { exitCode, stdout, stderr } = await runTool(tool, words, cluster.target());
  const marked = (mark: string, text: string): string[] =>
    text
      .replace(/\n$/, '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${mark}|${line}`);
  const plain = (text: string): string =>
    text
      .replaceAll('\x1b', '^[')
      .replace(/<(rabbit\d@localhost)(\.\d+){3}>/g, '<PID on $1>')
      .replace(/#PID<[\d.]+>/g, '#PID');
  return [...marked('O', plain(stdout)), ...marked('E', plain(stderr)), `[exit ${exitCode}]`];
}

describe('commands about quorum queues and mirrors answer as those of RabbitMQ 3.10.8', () => {
  const cluster = new FakeCluster();
  for (const step of steps) {
    const [line = '', ...output] = step.trimEnd().split('\n');
    it(line, async () => {
      const [, stopped] = /^node (\w+) stops$/.exec(line) ?? [];
      if (stopped !== undefined) cluster.stop(`${stopped}@localhost`);
      else
        assert.deepEqual(
          await answered(cluster, line),
          output.filter((told) => told !== 'E|'),
        );
    });
  }
});

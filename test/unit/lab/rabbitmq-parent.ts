// The process that rabbitmq-server.test.ts kills: starts a node and a command that waits for a node that never
// comes, prints their pids and its home, and waits to die.
import * as fs from 'node:fs';
import { RabbitmqServer } from '../../../lib/lab/rabbitmq-server';

/** The pid of the command: of all children, the one with its words. */
function commandPid(words: string): number {
  const children = fs.readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const found = children.find((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(words));
  if (found === undefined) throw new Error(`No child of ${process.pid} runs ${words}.`);
  return found;
}

RabbitmqServer.start({ name: 'orphan' }).then((server) => {
  void server.ctl(['-n', 'nobody@localhost', 'wait', '--pid', '1', '--timeout', '600']);
  const pids = [server.pid, commandPid('nobody@localhost')];
  console.log(JSON.stringify({ pids, folder: server.home.folder }));
  setInterval(() => {}, 1 << 30);
});

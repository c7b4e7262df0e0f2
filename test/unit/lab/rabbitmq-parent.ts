// The process that rabbitmq-server.test.ts kills: starts a node, prints its pid and its home, and waits to die.
import { RabbitmqServer } from '../../../lib/lab/rabbitmq-server';

RabbitmqServer.start({ name: 'orphan' }).then((server) => {
  console.log(JSON.stringify({ pid: server.pid, folder: server.home.folder }));
  setInterval(() => {}, 1 << 30);
});

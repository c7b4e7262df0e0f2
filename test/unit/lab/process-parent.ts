// The process that process-engine.test.ts kills: starts a lab of node processes, prints where it is, and waits to die.
import { Lab } from '../../../lib/lab/lab';

Lab.start({ engine: 'warren', processes: true }).then(async (lab) => {
  const { stdout } = await lab.sh`rabbitmqctl status`;
  console.log(JSON.stringify({ pid: Number(/OS PID: (\d+)/.exec(stdout)?.[1]) }));
  setInterval(() => {}, 1 << 30);
});

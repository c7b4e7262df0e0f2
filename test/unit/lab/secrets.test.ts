import assert from 'node:assert/strict';
import { withoutSecrets } from '../../../lib/lab/secrets';

describe('what a trace shows of a command line', () => {
  for (const [line, shown] of [
    ['rabbitmqctl add_user bob hunter2', 'rabbitmqctl add_user bob ***'],
    ['rabbitmqctl -n rabbit2 add_user bob hunter2', 'rabbitmqctl -n rabbit2 add_user bob ***'],
    ['rabbitmqctl change_password -q bob hunter2', 'rabbitmqctl change_password -q bob ***'],
    ['rabbitmqctl authenticate_user bob hunter2 -p /', 'rabbitmqctl authenticate_user bob *** -p /'],
    ['rabbitmqctl add_user bob', 'rabbitmqctl add_user bob'],
    ['rabbitmqctl list_queues name messages', 'rabbitmqctl list_queues name messages'],
    ['rabbitmqctl', 'rabbitmqctl'],
  ] as const) {
    it(line, () => assert.equal(withoutSecrets(line, line.split(' ')), shown));
  }
});

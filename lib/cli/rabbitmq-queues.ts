/** The process behind the `rabbitmq-queues` command. */
import { endWith } from './end';
import { tool } from './tool';

endWith(tool('rabbitmq-queues', process.argv.slice(2)));

/** The process behind the `rabbitmqctl` command. */
import { endWith } from './end';
import { tool } from './tool';

endWith(tool('rabbitmqctl', process.argv.slice(2)));

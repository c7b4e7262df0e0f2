/** The process behind the `rabbitmq-plugins` command. */
import { endWith } from './end';
import { tool } from './tool';

endWith(tool('rabbitmq-plugins', process.argv.slice(2)));

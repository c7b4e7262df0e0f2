/** The process behind the `rabbitmq-diagnostics` command. */
import { endWith } from './end';
import { tool } from './tool';

endWith(tool('rabbitmq-diagnostics', process.argv.slice(2)));

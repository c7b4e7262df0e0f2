/** The process behind the `warren` command. It ends when the work is done, also if a socket is still open then. */
import { main } from './main';

void main(process.argv.slice(2)).then((exitCode) => process.exit(exitCode));

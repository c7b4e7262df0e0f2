/** The process behind the `warren` command. */
import { endWith } from './end';
import { main } from './main';

endWith(main(process.argv.slice(2)));

/** `npm run build`: compiles `lib/` if a source has changed. */
import { ensureLibrary, libraryNeeded } from './setup/library.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { main } from './setup/say.mjs';

await main(async () => {
  await ensurePackages();
  if (!libraryNeeded()) console.log('The library is built from the present sources.');
  await ensureLibrary();
});

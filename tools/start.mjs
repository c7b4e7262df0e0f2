/**
 * `npm start`: from a fresh clone to JupyterLab on the welcome notebook. What is already there is left alone, so a second
 * start takes seconds and needs no network. Arguments go to Jupyter; `--system-jupyter` uses the Jupyter on PATH.
 */
import { ensureLibrary } from './setup/library.mjs';
import { ownJupyter, startJupyter, systemJupyter } from './setup/jupyter.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { ensureEnvironment } from './setup/python.mjs';
import { main, step } from './setup/say.mjs';

await main(async (words) => {
  const system = words.includes('--system-jupyter');
  const args = words.filter((word) => word !== '--system-jupyter');
  await ensurePackages();
  await ensureLibrary();
  if (!system) await ensureEnvironment();
  const server = system ? await systemJupyter() : ownJupyter();
  const jupyter = await step(`Starting ${server.name}`, () => startJupyter(server, args));
  console.log(`\n${server.name} is open at\n  ${jupyter.url}`);
  console.log('Ctrl-C stops it and all that its notebooks started. Its log is .warren/logs/jupyter.log.');
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      console.log(stopping ? '\nStopping at once.' : `\nStopping ${server.name} ...`);
      stopping = true;
      jupyter.stop();
    });
  }
  const code = await jupyter.ended;
  console.log(stopping ? 'Stopped.' : `${server.name} has ended by itself${code ? ` with code ${code}; see its log` : ''}.`);
  return stopping ? 0 : code;
});

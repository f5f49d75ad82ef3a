// `npm run fuzz`: see README.md. Runs the sources; nothing has to be built.
import { register } from 'node:module';

register('./source-hooks.mjs', import.meta.url);
const { main } = await import('./src/main.ts');
process.exitCode = await main(process.argv.slice(2));

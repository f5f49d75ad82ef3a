// `npm start`: the all-in-one preset with a synthetic camera on live/demo. Further arguments are passed on.
// Runs in this process, so that signals reach the server.
import { build, install } from './prepare.mjs';

await install();
await build();
const { main } = await import('../core/dist/cli/index.js');
await main(['start', 'all-in-one', '--set', 'synthetic.streams=[{ path: live/demo }]', ...process.argv.slice(2)]);

// Entry of the thread that fuzzes.
import { register } from 'node:module';

register('./source-hooks.mjs', import.meta.url);
const { work } = await import('./src/work.ts');
work();

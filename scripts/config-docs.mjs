// Writes docs/config.md and the option tables of the packages' readmes from the schemas that check the config. Needs a build.
// `--check` writes nothing and fails where a file would change.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rowsOf, tableOf } from './config-docs/rows.mjs';
import { root, workspaces } from './workspaces.mjs';

const PRESETS = ['gateway', 'server', 'all-in-one'];
const OPTION_MARKS = ['<!-- options: written by scripts/config-docs.mjs from the schema -->', '<!-- /options -->'];
const PRESET_MARKS = ['<!-- presets: written by scripts/config-docs.mjs -->', '<!-- /presets -->'];

const textOf = (file) => readFileSync(join(root, file), 'utf8');
const load = (folder) => import(pathToFileURL(join(root, folder, 'dist/index.js')).href);
const { createEngine, isPreset } = await load('core');

/** Names of a preset's plugins, those of presets in it too. */
function namesOf(preset) {
  return preset.plugins.flatMap((entry) => (isPreset(entry) ? namesOf(entry) : [entry.name]));
}

const presets = await Promise.all(PRESETS.map(async (name) => ({ name, preset: (await load(`presets/${name}`)).default })));
const engine = await createEngine({ preset: presets.at(-1).preset });
const { properties } = engine.info.configSchema();
const plugins = Object.keys(properties).filter((name) => !['plugins', 'without'].includes(name));
const packages = new Map(workspaces().map((entry) => [entry.folder, entry.manifest]));
const users = (plugin) => presets.filter(({ preset }) => namesOf(preset).includes(plugin)).map(({ name }) => `\`${name}\``);

/** The page of all keys. */
function page() {
  const sections = plugins.map((plugin) => {
    const rows = rowsOf(properties[plugin], `${plugin}.`);
    const about =
      plugin === 'engine'
        ? 'The engine itself.'
        : `${packages.get(`plugins/${plugin}`).description}. In ${users(plugin).join(', ')}; see [its page](../plugins/${plugin}/README.md).`;
    return [`## ${plugin}`, '', about, '', rows.length === 0 ? 'No options.' : tableOf(rows, 'key'), ''].join('\n');
  });
  return `${INTRODUCTION}${plugins.map((plugin) => `[${plugin}](#${plugin})`).join(' · ')}\n\n${sections.join('\n')}`;
}

const INTRODUCTION = `# Configuration

<!-- Written by scripts/config-docs.mjs from the schemas that check the config; change those instead. -->

Every key of every plugin that a preset has. In a file, keys are nested: \`rtmp: { port: 1936 }\`; in the environment \`.\` is \`__\`, \`-\` and camel humps are \`_\`
(\`SLUICE_RTMP__PORT=1936\`); as a flag it is \`--set rtmp.port=1936\`. Weaker to stronger: default, preset, file, environment, flag. \`npx sluice config PRESET --explain\` says where
each value came from, \`npx sluice schema PRESET\` prints the JSON Schema. \`[]\` stands for each item of a list; without a default a key is left out.
What is called *secret* is shown nowhere: not by \`sluice config\`, the API, events or logs. Beside the plugins a file may have \`plugins\` (to add or to replace: names, modules, paths
from the file's folder, or \`{ use, config }\`) and \`without\` (names to leave out).

`;

/** A text with what is between two marks brought up to date; as it is where it has no place for it. */
function between(text, [begin, end], content) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  return from < 0 || to < from ? text : `${text.slice(0, from)}${begin}\n${content}\n${text.slice(to)}`;
}

const readmeOf = (plugin) => (plugin === 'engine' ? 'core/README.md' : `plugins/${plugin}/README.md`);
const optionsOf = (plugin) => tableOf(rowsOf(properties[plugin]), `\`${plugin}.*\``);

/** What a preset is for, as its package says, and what is in it. */
function presetTable() {
  const rows = presets.map(({ name, preset }) => {
    const inside = preset.plugins.map((entry) => (isPreset(entry) ? `all of \`${entry.name}\`` : entry.name));
    const separator = preset.plugins.some(isPreset) ? ', ' : ' ';
    return `| \`${name}\` | ${packages.get(`presets/${name}`).description.replace(/^[^:]*: */, '')} | ${inside.join(separator)} |`;
  });
  return ['| preset | for | plugins |', '|---|---|---|', ...rows].join('\n');
}

const files = [
  ['docs/config.md', page()],
  ['README.md', between(textOf('README.md'), PRESET_MARKS, presetTable())],
  ...plugins.map((plugin) => [readmeOf(plugin), between(textOf(readmeOf(plugin)), OPTION_MARKS, optionsOf(plugin))]),
];
const stale = files.filter(([file, text]) => !existsSync(join(root, file)) || textOf(file) !== text);
const check = process.argv.includes('--check');
for (const [file, text] of stale) {
  if (check) console.error(`${file} is not what the schemas say: run npm run docs`);
  else writeFileSync(join(root, file), text);
}
// A package that has options and does not tell them.
const untold = plugins.filter((plugin) => rowsOf(properties[plugin]).length > 0 && !textOf(readmeOf(plugin)).includes(OPTION_MARKS[0]));
for (const plugin of untold) console.error(`${readmeOf(plugin)} has no place for its options: ${OPTION_MARKS.join(' ')}`);
process.exitCode = (check && stale.length > 0) || untold.length > 0 ? 1 : 0;

import { relative } from 'node:path';
import { stringify } from 'yaml';
import { configSchema } from '../config/json-schema.js';
import type { ConfigEntry } from '../plugin/types.js';
import type { CreatedPlugin } from './create-plugin.js';
import type { Prepared } from './prepare.js';

function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function nested(entries: readonly ConfigEntry[]): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const { key, value } of entries) {
    const path = key.split('.');
    const last = path.pop() ?? key;
    let node = tree;
    for (const part of path) {
      node[part] ??= {};
      node = node[part] as Record<string, unknown>;
    }
    node[last] = value;
  }
  return tree;
}

/** The effective config: YAML, a line per value with its source, or JSON. Secrets are hidden. */
export function configText({ config }: Prepared, form: { readonly explain?: boolean | undefined; readonly json?: boolean | undefined }): string {
  if (form.json === true) {
    return `${JSON.stringify(
      config.entries.map(({ key, value, source }) => ({ key, value, source })),
      null,
      2,
    )}\n`;
  }
  if (form.explain === true) return config.entries.map(({ key, value, source }) => `${key} = ${inline(value)}  (${source})\n`).join('');
  return stringify(nested(config.entries));
}

/** The JSON Schema of a preset's config. */
export function schemaText({ plugins }: Prepared): string {
  return `${JSON.stringify(configSchema(plugins), null, 2)}\n`;
}

/** A line per plugin: name and version. */
export function pluginsText({ plugins }: Prepared): string {
  return plugins.map(({ name, version }) => `${name} ${version}\n`).join('');
}

/** What was made, and what to do next. */
export function createdText({ folder, package: name, plugin }: CreatedPlugin): string {
  const at = relative('.', folder);
  return `Wrote ${name} to ${at}. Next:

  cd ${at}
  npm install
  npm run build && npm run lint && npm test

The plugin's name, and that of its config, is ${plugin}.
`;
}

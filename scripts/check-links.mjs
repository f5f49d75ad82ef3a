// Whether what the pages link to is there: files, and headings of pages, in every *.md of the repository. Addresses outside are not asked.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { output } from './run.mjs';
import { root } from './workspaces.mjs';

const CODE = /^ {0,3}(`{3,}|~{3,})[\s\S]*?^ {0,3}\1|`[^`\n]*`/gm;
const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|<(?:a|img)\s[^>]*?(?:href|src)="([^"]+)"/g;

/** The anchor of a heading, as code hosts make it. */
function anchorOf(heading) {
  const text = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}

const anchors = new Map();

/** Every anchor of a page; repeated headings are numbered. */
function anchorsOf(file) {
  const known = anchors.get(file);
  if (known !== undefined) return known;
  const counts = new Map();
  const found = new Set();
  const text = readFileSync(file, 'utf8').replace(/^ {0,3}(`{3,}|~{3,})[\s\S]*?^ {0,3}\1/gm, '');
  for (const [, heading] of text.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const anchor = anchorOf(heading);
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    found.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  for (const [, id] of text.matchAll(/\s(?:id|name)="([^"]+)"/g)) found.add(id);
  anchors.set(file, found);
  return found;
}

function problemOf(page, target) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [path = '', anchor] = decodeURI(target).split('#');
  const file = path === '' ? page : resolve(dirname(page), path);
  if (relative(root, file).startsWith('..')) return 'leads out of the repository';
  if (!existsSync(file)) return 'is not there';
  if (anchor === undefined || anchor === '' || !file.endsWith('.md')) return undefined;
  return anchorsOf(file).has(anchor) ? undefined : 'has no such heading';
}

const tracked = await output('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']);
const pages = tracked.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
let broken = 0;
for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8').replace(CODE, '');
  for (const [, inline, html] of text.matchAll(LINK)) {
    const target = inline ?? html;
    const problem = problemOf(join(root, page), target);
    if (problem === undefined) continue;
    broken++;
    console.error(`${page}: ${target} ${problem}`);
  }
}
process.exitCode = broken > 0 ? 1 : 0;

// What each package exports, as its declarations say, one file a package in api/: a change of what others rely on shows in the review of the change that
// makes it. `--write` accepts, `--check` (the default) fails where a report is not what the packages say. The packages must be compiled.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root, workspaces } from './workspaces.mjs';

const write = process.argv.includes('--write');
const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** Declarations of every export path of a package: `[[path, file]]`. */
function entriesOf({ folder, manifest }) {
  const paths = Object.entries(manifest.exports ?? {}).filter(([, target]) => target.types !== undefined);
  return paths.map(([path, { types }]) => [path, join(root, folder, types)]);
}

/** The package that a file of declarations belongs to. */
function ownerOf(file) {
  return all.find(({ folder }) => file.startsWith(`${join(root, folder, 'dist')}/`))?.manifest.name;
}

/**
 * A statement with the members of unions and of type literals in the order of their text: the compiler writes inferred ones in the order in which it met them, which
 * is another one when only some packages are compiled.
 */
function inOrder(statement) {
  const file = statement.getSourceFile();
  const byText = (a, b) => {
    const [left, right] = [a, b].map((node) => printer.printNode(ts.EmitHint.Unspecified, node, file));
    return Number(left) - Number(right) || (left < right ? -1 : 1);
  };
  const sorted = (context) => {
    const visit = (node) => {
      const seen = ts.visitEachChild(node, visit, context);
      if (ts.isUnionTypeNode(seen)) return context.factory.updateUnionTypeNode(seen, context.factory.createNodeArray([...seen.types].sort(byText)));
      if (ts.isTypeLiteralNode(seen)) return context.factory.updateTypeLiteralNode(seen, context.factory.createNodeArray([...seen.members].sort(byText)));
      return seen;
    };
    return (node) => ts.visitNode(node, visit);
  };
  return ts.transform(statement, [sorted]).transformed[0];
}

/** A symbol's declarations without comments; where another package declares it, only which. */
function shown(checker, symbol, packageName) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = target.declarations ?? [];
  const owner = declarations.map((declaration) => ownerOf(declaration.getSourceFile().fileName)).find((name) => name !== undefined);
  if (owner !== packageName) return `export { ${symbol.name} } from '${owner ?? 'elsewhere'}';`;
  const texts = declarations.map((declaration) => {
    // What is exported under its own name is said by the statement around it.
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return printer.printNode(ts.EmitHint.Unspecified, inOrder(statement), declaration.getSourceFile());
  });
  const text = texts
    .join('\n')
    .replace(/^(export )?(declare )?/gm, '')
    .replaceAll('import("zod").', 'z.')
    .replaceAll('import("zod/v4/core").', 'z.core.')
    .replaceAll('import("@sluice/core").', '');
  return symbol.name === 'default' ? text.replace(/^const _default/, 'export default') : text;
}

function report(program, workspace) {
  const checker = program.getTypeChecker();
  const { name } = workspace.manifest;
  const parts = [`# ${name}`, '', 'What the package exports. Written by `npm run api -- --write`; do not edit.'];
  for (const [path, file] of entriesOf(workspace)) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
    const sorted = [...symbols].sort((a, b) => (a.name < b.name ? -1 : 1));
    parts.push(
      '',
      `## ${path === '.' ? name : `${name}${path.slice(1)}`}`,
      '',
      '```ts',
      sorted.map((symbol) => shown(checker, symbol, name)).join('\n\n'),
      '```',
    );
  }
  return `${parts.join('\n')}\n`;
}

// A package that is a command alone exports nothing.
const all = workspaces().filter((workspace) => workspace.manifest.private !== true && entriesOf(workspace).length > 0);
const missing = all.flatMap(entriesOf).filter(([, file]) => !existsSync(file));
if (missing.length > 0) {
  console.error(`not compiled (npm run build): ${missing.map(([, file]) => file).join(', ')}`);
  process.exit(1);
}
const program = ts.createProgram(
  all.flatMap(entriesOf).map(([, file]) => file),
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    types: ['node'],
    noEmit: true,
  },
);

const folder = join(root, 'api');
const wanted = new Map(all.map((workspace) => [`${workspace.manifest.name.slice('@sluice/'.length)}.api.md`, report(program, workspace)]));
const stale = [];
mkdirSync(folder, { recursive: true });
for (const [file, text] of wanted) {
  const path = join(folder, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(file);
  if (write) writeFileSync(path, text);
}
for (const file of readdirSync(folder)) {
  if (!file.endsWith('.api.md') || wanted.has(file)) continue;
  stale.push(file);
  if (write) rmSync(join(folder, file));
}
if (write) console.log(`${wanted.size} reports, ${stale.length} of them changed`);
else if (stale.length > 0) {
  console.error(
    `what packages export has changed: look at the difference that npm run api -- --write makes in ${stale.map((file) => `api/${file}`).join(', ')}`,
  );
  process.exitCode = 1;
}

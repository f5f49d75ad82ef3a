// Writes docs/hooks.md from the sources: hooks, services, extension points and events. `--check` writes nothing and fails where the page would change.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { root, workspaces } from './workspaces.mjs';

const PAGE = 'docs/hooks.md';
/** What the types of tapable mean. */
const KINDS = {
  AsyncSeriesBailHook: 'decision',
  AsyncSeriesWaterfallHook: 'rewrite',
  AsyncSeriesHook: 'phase',
  SyncHook: 'news',
};

const parse = (file) => ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
const textOf = (node) => node.getText().replace(/\s+/g, ' ');
/** A cell of a table. */
const cell = (text) => text.replace(/\|/g, '\\|');
const code = (text) => `\`${cell(text)}\``;

/** The text of a node's comment, in one line. */
function docOf(node) {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return comment === undefined ? '' : (ts.getTextOfJSDocComment(comment.comment) ?? '').replace(/\s+/g, ' ').trim();
}

function sourcesOf(folder) {
  return readdirSync(join(root, folder, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => relative(root, join(root, folder, 'src', name)));
}

function* statements(file) {
  const visit = function* (nodes) {
    for (const node of nodes) {
      yield node;
      if (ts.isModuleDeclaration(node) && node.body !== undefined) yield* visit(node.body.statements);
    }
  };
  yield* visit(parse(file).statements);
}

const find = (file, matches) => [...statements(file)].find(matches);
const interfaceIn = (file, name) => find(file, (node) => ts.isInterfaceDeclaration(node) && node.name.text === name);

function constantIn(file, name) {
  const text = readFileSync(join(root, file), 'utf8');
  const found = new RegExp(`const ${name} = ([\\d_]+);`).exec(text);
  if (found === null) throw new Error(`${file} has no constant ${name}`);
  return Number(found[1].replaceAll('_', ''));
}

/** How each hook is tapped: the calls in the object that `createTaps` returns. */
function tapCalls() {
  const create = find('core/src/hooks/taps.ts', (node) => ts.isFunctionDeclaration(node) && node.name?.text === 'createTaps');
  const answer = create.body.statements.find(ts.isReturnStatement).expression;
  return new Map(answer.properties.map((property) => [property.name.getText(), property.initializer.getText()]));
}

function timeOut(call) {
  const seconds = constantIn('core/src/hooks/taps.ts', 'HOOK_TIMEOUT_MS') / 1000;
  if (call.startsWith('tell(')) return 'none; it is to return at once';
  if (call === 'wind') return `${seconds} s, or what is left of \`engine.shutdownSeconds\``;
  return /^decide\('\w+', timeoutMs/.test(call) ? `${seconds} s` : 'as long as somebody waits (`engine.streamWaitSeconds`)';
}

function hookRows() {
  const calls = tapCalls();
  const taps = new Map(interfaceIn('core/src/hooks/hooks.ts', 'HookTaps').members.map((member) => [member.name.getText(), member.type.typeArguments[1]]));
  return interfaceIn('core/src/hooks/hooks.ts', 'EngineHooks').members.map((member) => {
    const name = member.name.getText();
    const [args] = member.type.typeArguments;
    const answer = textOf(taps.get(name)).replace(/^Promise<(.*?)> \|.*$/, '$1');
    const given = args.elements.map(textOf).join(', ');
    return [
      code(name),
      KINDS[member.type.typeName.getText()],
      given === '' ? '' : code(given),
      answer === 'void' ? '' : code(answer),
      timeOut(calls.get(name)),
      cell(docOf(member)),
    ];
  });
}

/** Types that hooks are called with and answer, as they are declared. */
const TYPES = [
  ['core/src/stream/access.ts', ['AccessRequest', 'Peer', 'AccessAction', 'Credentials', 'Verdict', 'Grant']],
  ['core/src/hooks/hooks.ts', ['DemandRequest', 'DemandVerdict', 'IdleRequest', 'IdleVerdict', 'ShutdownRequest', 'TapOptions']],
  ['core/src/stream/types.ts', ['StreamInfo', 'StreamState', 'StreamTrackInfo']],
  ['core/src/stream/close-reason.ts', ['CloseReason', 'CloseCode']],
  ['core/src/hooks/events.ts', ['ReportEvent']],
  ['core/src/hooks/log-lines.ts', ['LogEntry']],
];

function declarations() {
  return TYPES.flatMap(([file, names]) => {
    const found = [...statements(file)].filter(
      (node) => (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && names.includes(node.name.text),
    );
    if (found.length !== names.length) throw new Error(`${file} does not declare all of ${names.join(', ')}`);
    return found.map((node) =>
      node
        .getFullText()
        .trim()
        .replace(/^export /m, ''),
    );
  });
}

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

/** Exported constants whose type is `NAME<T>`: `{ file, folder, name, type, statement }`. */
function constantsOf(typeName) {
  return workspaces()
    .filter(({ folder }) => existsSync(join(root, folder, 'src')) && !folder.startsWith('examples/'))
    .flatMap(({ folder, manifest }) =>
      sourcesOf(folder).flatMap((file) =>
        [...statements(file)]
          .filter((node) => ts.isVariableStatement(node) && isExported(node))
          .flatMap((statement) => statement.declarationList.declarations.map((declaration) => ({ file, folder, manifest, statement, declaration })))
          .filter(({ declaration }) => declaration.type?.typeName?.getText() === typeName && ts.isCallExpression(declaration.initializer)),
      ),
    );
}

function serviceRows() {
  return constantsOf('ServiceToken').map(({ file, manifest, declaration }) => {
    const type = declaration.type.typeArguments[0].getText();
    const service = interfaceIn(file, type);
    const calls = (service?.members ?? []).map((member) => code(`${member.name.getText()}${ts.isMethodSignature(member) ? '()' : ''}`));
    const [name] = declaration.initializer.arguments;
    return [code(name.text), code(declaration.name.text), code(`${manifest.name}/service`), calls.join(' '), service === undefined ? '' : cell(docOf(service))];
  });
}

function extensionRows() {
  return constantsOf('ExtensionPoint').map(({ manifest, statement, declaration }) => {
    const item = declaration.type.typeArguments[0].getText();
    return [code(declaration.name.text), code(manifest.name), code(item), cell(docOf(statement))];
  });
}

function eventRows() {
  return workspaces()
    .filter(({ folder }) => existsSync(join(root, folder, 'src')) && !folder.startsWith('examples/'))
    .flatMap(({ folder, manifest }) =>
      sourcesOf(folder).flatMap((file) => {
        const events = interfaceIn(file, 'ReportEvents');
        return (events?.members ?? []).map((member) => [code(member.name.text), code(manifest.name), fieldsOf(member.type, file), cell(docOf(member))]);
      }),
    );
}

/** Names of the fields of an event; a type that is declared elsewhere by its name. */
function fieldsOf(type, file) {
  const declared = ts.isTypeReferenceNode(type) ? interfaceIn(file, type.getText()) : undefined;
  const members = ts.isTypeLiteralNode(type) ? type.members : declared?.members;
  if (members === undefined) return ts.isIntersectionTypeNode(type) ? type.types.map((part) => fieldsOf(part, file)).join(', ') : code(textOf(type));
  const inherited = (declared?.heritageClauses ?? []).flatMap((clause) => clause.types.map((parent) => code(textOf(parent))));
  return [...members.map((member) => code(`${member.name.getText()}${member.questionToken === undefined ? '' : '?'}`)), ...inherited].join(', ');
}

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const blockedMs = constantIn('core/src/plugin/plugin-faults.ts', 'BLOCKED_MS');
const page = `# Hooks, services, extension points and events

Written from the sources by \`npm run hooks\`; do not edit. How to use them: [write-a-plugin.md](write-a-plugin.md).

## Hooks

\`ctx.hooks.NAME(handler, { stage })\` taps a hook. Taps end with the plugin. They run in the order of their stage (lower first, 0 by default), and within a stage in the order in
which plugins were set up.

${table(['hook', 'kind', 'arguments', 'answer', 'time-out', ''], hookRows())}

- A **decision** asks one tap after the other; the first answer that is not \`undefined\` counts. What a tap throws refuses: a \`SluiceError\` with its code and status, anything else with 500 as a fault of the plugin.
- A **rewrite** gives each tap what the one before made of the first argument.
- A **phase** waits for every tap, one after the other. What is thrown in \`ready\` ends the start; in \`shutdown\` it is logged and the others go on.
- **News** tells every tap at once, and waits for none. What is thrown is a fault of the plugin, and the others are told all the same. Who does not return within ${blockedMs} ms holds everything up, and is named.

\`\`\`ts
${declarations().join('\n\n')}
\`\`\`

## Services

A plugin that names the token in \`requires\` gets the service by \`ctx.use(token)\`; one that can do without it names it in \`optional\` and asks \`ctx.find(token)\`.

${table(['service', 'token', 'from', 'calls', ''], serviceRows())}

## Extension points

\`ctx.extend(point, item)\` adds to a list that others read by \`ctx.extensions(point)\`.

${table(['point', 'from', 'item', ''], extensionRows())}

## Events

\`ctx.hooks.report\` hears them all, \`ctx.report(type, data)\` tells one. They go to webhooks and to \`GET /api/v1/events\` as they are. Fields of \`data\`:

${table(['type', 'told by', 'fields', ''], eventRows())}
`;

const path = join(root, PAGE);
if (existsSync(path) && readFileSync(path, 'utf8') === page) process.exit(0);
if (process.argv.includes('--check')) {
  console.error(`${PAGE} is not what the sources say: run npm run hooks`);
  process.exit(1);
}
writeFileSync(path, page);

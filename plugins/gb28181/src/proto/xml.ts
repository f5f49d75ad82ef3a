import { gbError } from '../errors.js';

/** An element as devices write it. Attributes are not kept: none of MANSCDP's is to be trusted. */
export interface XmlElement {
  readonly name: string;
  /** Own text, entities resolved, trimmed. */
  readonly text: string;
  readonly children: readonly XmlElement[];
  /** False where the body ended inside: what is there may be cut. */
  readonly whole: boolean;
}

/** Limits of one body. */
export interface XmlLimits {
  /** Default 16. */
  readonly maxDepth?: number;
  /** Default 65,536. */
  readonly maxElements?: number;
}

interface Open {
  name: string;
  /** Where the tag began. */
  from: number;
  text: string;
  children: XmlElement[];
  whole: boolean;
}

// Sticky and bounded, so that no input makes them look far ahead more than once per position.
const OPEN_TAG = /<([A-Za-z_][\w.:-]{0,63})(?:\s[^<>]{0,1024})?(\/?)>/y;
const CLOSE_TAG = /<\/\s{0,8}([A-Za-z_][\w.:-]{0,63})\s{0,8}>/y;
const INSTRUCTION = /<\?[^<>]{0,256}>/y;
const FORBIDDEN = /<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)/i;
const ENTITY = /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});/gi;
const NAMED: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

function resolveEntity(entity: string): string {
  const named = NAMED[entity.toLowerCase()];
  if (named !== undefined) return named;
  const code = /^&#x/i.test(entity) ? Number.parseInt(entity.slice(3, -1), 16) : Number.parseInt(entity.slice(2, -1), 10);
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
}

/** Resolves the five named entities and character references; a bare `&` stays. */
export function unescapeXml(text: string): string {
  return text.includes('&') ? text.replace(ENTITY, resolveEntity) : text;
}

/** Escapes text for an element. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

class Scanner {
  readonly #source: string;
  readonly #maxDepth: number;
  readonly #maxElements: number;
  readonly #root: Open = { name: '', from: 0, text: '', children: [], whole: true };
  readonly #open: Open[] = [this.#root];
  #elements = 0;
  #at = 0;

  constructor(source: string, limits: XmlLimits) {
    this.#source = source;
    this.#maxDepth = limits.maxDepth ?? 16;
    this.#maxElements = limits.maxElements ?? 65_536;
  }

  run(): readonly XmlElement[] {
    const source = this.#source;
    while (this.#at < source.length) {
      const next = source.indexOf('<', this.#at);
      const end = next < 0 ? source.length : next;
      if (end > this.#at) this.#top().text += unescapeXml(source.slice(this.#at, end));
      this.#at = end;
      if (next >= 0) this.#markup();
    }
    while (this.#open.length > 1) {
      this.#top().whole = false;
      this.#closeTop();
    }
    return this.#root.children;
  }

  #top(): Open {
    return this.#open.at(-1) ?? this.#root;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source);
  }

  #markup(): void {
    const opening = this.#match(OPEN_TAG);
    const closing = opening === null ? this.#match(CLOSE_TAG) : null;
    if (opening !== null) this.#opened(opening[1] ?? '', opening[2] === '/', opening[0].length);
    else if (closing !== null) this.#closed(closing[1] ?? '', closing[0].length);
    else this.#other();
  }

  #other(): void {
    const source = this.#source;
    const instruction = this.#match(INSTRUCTION);
    if (instruction !== null) {
      this.#at += instruction[0].length;
    } else if (source.startsWith('<!--', this.#at)) {
      const end = source.indexOf('-->', this.#at + 4);
      this.#at = end < 0 ? source.length : end + 3;
    } else if (source.startsWith('<![CDATA[', this.#at)) {
      const end = source.indexOf(']]>', this.#at + 9);
      this.#top().text += source.slice(this.#at + 9, end < 0 ? source.length : end);
      this.#at = end < 0 ? source.length : end + 3;
    } else {
      // `<` that begins nothing: devices write names like "A<B" unescaped.
      this.#top().text += '<';
      this.#at++;
    }
  }

  #opened(name: string, empty: boolean, length: number): void {
    if (++this.#elements > this.#maxElements) throw gbError('ERR_GB28181_XML', `more than ${this.#maxElements} elements`);
    // The first entry of the stack is the document.
    if (this.#open.length > this.#maxDepth) throw gbError('ERR_GB28181_XML', `elements nested deeper than ${this.#maxDepth}`);
    const from = this.#at;
    this.#at += length;
    if (empty) this.#top().children.push({ name, text: '', children: [], whole: true });
    else this.#open.push({ name, from, text: '', children: [], whole: true });
  }

  #closed(name: string, length: number): void {
    const wanted = name.toLowerCase();
    const start = this.#at;
    this.#at += length;
    let depth = this.#open.length - 1;
    while (depth > 0 && this.#open[depth]?.name.toLowerCase() !== wanted) depth--;
    if (depth > 0) {
      while (this.#open.length - 1 > depth) this.#closeForgotten(start);
      this.#closeTop();
      return;
    }
    // A close tag of nothing: most likely the misspelt end of the leaf that is open.
    const top = this.#top();
    if (this.#open.length > 1 && top.children.length === 0 && top.text.trim() !== '') this.#closeTop();
  }

  /** Ends the innermost element, which has no close tag of its own. It may also have been meant as text ("A<B>C"), so its parent gets it as both. */
  #closeForgotten(end: number): void {
    const { from } = this.#top();
    this.#closeTop(true);
    this.#top().text += unescapeXml(this.#source.slice(from, end));
  }

  #closeTop(forgotten = false): void {
    const done = this.#open.pop();
    if (done === undefined) return;
    const text = done.text.trim();
    // A leaf whose close tag was forgotten swallowed what follows it: give that back to the parent.
    const swallowed = forgotten && text !== '' && done.children.length > 0;
    const parent = this.#top();
    parent.children.push({ name: done.name, text, children: swallowed ? [] : done.children, whole: done.whole });
    if (swallowed) parent.children.push(...done.children);
  }
}

/**
 * Reads XML as devices write it: unescaped `&` and `<`, wrong close tags, text around the root, cut ends. Neither entities
 * nor DTDs are expanded: a body with one is refused. Answers the elements of the top level.
 * Throws ERR_GB28181_XML.
 */
export function scanXml(source: string, limits: XmlLimits = {}): readonly XmlElement[] {
  if (FORBIDDEN.test(source)) throw gbError('ERR_GB28181_XML', 'document type declarations are not accepted');
  return new Scanner(source, limits).run();
}

/** The first child of that name, whatever its case. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  const wanted = name.toLowerCase();
  return element.children.find((child) => child.name.toLowerCase() === wanted);
}

/** Text of a child; empty where there is none, and for the word `null` that some devices write. */
export function textOf(element: XmlElement, name: string): string {
  const text = childOf(element, name)?.text ?? '';
  return text.toLowerCase() === 'null' ? '' : text;
}

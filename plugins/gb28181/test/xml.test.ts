import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeGb } from '../src/net/gb-text.js';
import { readCatalogPage } from '../src/proto/catalog.js';
import { parseManscdp } from '../src/proto/manscdp.js';
import { decodeBody } from '../src/proto/text.js';
import { escapeXml, scanXml, textOf } from '../src/proto/xml.js';

const only = (source: string) => {
  const [root] = scanXml(source);
  if (root === undefined) throw new Error('no root');
  return root;
};

describe('decodeBody', () => {
  it('takes GBK bytes without a prolog encoding as GB18030', () => {
    const body = Buffer.concat([Buffer.from('<?xml version="1.0"?><Notify><Name>'), Buffer.from('d5e3bdadcaa1', 'hex'), Buffer.from('</Name></Notify>')]);
    expect(decodeBody(body, decodeGb)).toContain('浙江省');
  });

  it('takes valid UTF-8 as UTF-8 whatever the prolog says', () => {
    expect(decodeBody(Buffer.from('<?xml version="1.0" encoding="GB2312"?><a>浙江省</a>'), decodeGb)).toContain('浙江省');
    expect(decodeBody(Buffer.from('﻿<a>x</a>'), decodeGb)).toBe('<a>x</a>');
  });

  it('drops NULs', () => {
    expect(decodeBody(Buffer.from('<a>x\0y\0</a>\0'), decodeGb)).toBe('<a>xy</a>');
  });
});

describe('scanXml', () => {
  it('reads elements, entities, CDATA, comments and empty tags', () => {
    const root = only('<?xml version="1.0"?><!-- c --><R a="1"><A>1 &lt; 2 &amp; &#x6D59;&#27743;</A><B/><C><![CDATA[<x>]]></C></R>');
    expect(textOf(root, 'A')).toBe('1 < 2 & 浙江');
    expect(textOf(root, 'B')).toBe('');
    expect(textOf(root, 'c')).toBe('<x>');
  });

  it.each([
    ['unescaped ampersand', '<R><Name>A & B &c</Name><X>1</X></R>', 'A & B &c'],
    ['unescaped less-than', '<R><Name>a < b <c</Name><X>1</X></R>', 'a < b <c'],
    ['text that looks like a tag', '<R><Name>A<B>C</Name><X>1</X></R>', 'A<B>C'],
    ['other case of the close tag', '<R><Name>n</NAME><X>1</X></R>', 'n'],
    ['misspelt close tag', '<R><Name>n</Nmae><X>1</X></R>', 'n'],
    ['forgotten close tag', '<R><Name>n<X>1</X></R>', 'n'],
    ['text around the root', 'junk<R><Name>n</Name><X>1</X></R>junk</R>', 'n'],
  ])('forgives: %s', (_name, source, name) => {
    const root = only(source);
    expect(textOf(root, 'Name')).toBe(name);
    expect(textOf(root, 'X')).toBe('1');
  });

  it.each(['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '<a/><!doctype b>', '<! DOCTYPE a>', '<!ENTITY x SYSTEM "file:///etc/passwd">'])(
    'refuses %s',
    (source) => {
      expect(() => scanXml(source)).toThrow(expect.objectContaining({ code: 'ERR_GB28181_XML' }));
    },
  );

  it('keeps unknown entities as text and never expands them', () => {
    expect(textOf(only('<R><A>&lol;&lol;</A></R>'), 'A')).toBe('&lol;&lol;');
  });

  it('has a depth and an element limit', () => {
    expect(() => scanXml('<a>'.repeat(17))).toThrow('nested deeper than 16');
    expect(scanXml('<a>'.repeat(16))).toHaveLength(1);
    expect(() => scanXml('<a/>'.repeat(11), { maxElements: 10 })).toThrow('more than 10 elements');
  });

  it('stays fast on a megabyte of hostile text', () => {
    const started = performance.now();
    for (const piece of ['<', '<a ', '</', '<?', '&', '&#', '<!-', '<a b=<', '</a', '<a>x</b>']) {
      try {
        scanXml(piece.repeat(Math.ceil(1_000_000 / piece.length)), { maxElements: 1_000_000 });
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_GB28181_XML' });
      }
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('gives back escaped text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(only(`<R><A>${escapeXml(text)}</A></R>`).children[0]?.text).toBe(text.trim());
      }),
      { seed: 28181 },
    );
  });

  it('survives any text', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      '<Item>',
      '</Item>',
      '<DeviceID>',
      '</DeviceID>',
      '&',
      '&amp;',
      '<![CDATA[',
      ']]>',
      '<!--',
      '1',
      'x',
      ' ',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          scanXml(pieces.join(''));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_GB28181_XML' });
        }
      }),
      { seed: 28181, numRuns: 2000 },
    );
  });
});

describe('parseManscdp', () => {
  const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus/sip');
  (existsSync(corpus) ? it : it.skip)('survives every body of the SIP corpus', () => {
    let understood = 0;
    for (const entry of readdirSync(corpus, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      try {
        const message = parseManscdp(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4), decodeGb);
        readCatalogPage(message.element);
        understood++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_GB28181_XML' });
      }
    }
    expect(understood).toBeGreaterThan(0);
  });

  it('reads a body cut anywhere without making up ids', () => {
    const body = Buffer.from(
      '<?xml version="1.0"?><Response><CmdType>Catalog</CmdType><SN>7</SN><DeviceID>34020000001320000001</DeviceID><SumNum>1</SumNum><DeviceList Num="1"><Item><DeviceID>34020000001320000002</DeviceID><Name>n</Name></Item></DeviceList></Response>',
    );
    const ids = new Set<string>();
    for (let end = 0; end <= body.length; end++) {
      try {
        const message = parseManscdp(body.subarray(0, end), decodeGb);
        expect(['', '34020000001320000001']).toContain(message.deviceId);
        for (const item of readCatalogPage(message.element).items) ids.add(item.id);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_GB28181_XML' });
      }
    }
    expect([...ids]).toEqual(['34020000001320000002']);
  });
});

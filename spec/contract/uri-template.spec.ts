import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTemplate } from '../../lib/contract/uri-template.ts';
import { InvalidUriError } from '../../lib/errors.ts';
import { isUri, matches } from '../../lib/protocol/uri.ts';
import { component, uri } from '../support/arbitraries.ts';

const literal = component.filter((text) => !/[<>]/.test(text));
const filling = fc.oneof(
  literal.map((text) => ({ type: 'string', text, value: text })),
  fc.maxSafeInteger().map((value) => ({ type: 'int', text: String(value), value: value + 0 })),
  fc.boolean().map((value) => ({ type: 'bool', text: String(value), value })),
  literal.map((text) => ({ type: 'none', text, value: null })),
);
/** A hole with what stands in it, or a component that is always the same. */
const part = fc.oneof(literal.map((text) => ({ type: undefined, text, value: undefined })), filling);

describe('parseTemplate', () => {
  it('reads from a topic what was put into the holes', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const template = parts.map(({ type, text }, at) => (type === undefined ? text : `<p${at}:${type}>`)).join('.');
        const topic = parts.map(({ text }) => text).join('.');
        const params = Object.fromEntries(parts.flatMap(({ type, value }, at) => (type === undefined ? [] : [[`p${at}`, value]])));

        const { pattern, match, read } = parseTemplate(template);

        expect(isUri(pattern, { match })).toBe(true);
        expect(matches(pattern, match, topic)).toBe(true);
        expect(read(topic)).toEqual(params);
      }),
    );
  });

  it('gives InvalidUriError or a pattern for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', ':', '.', 'a', 'int', ' '), maxLength: 8 }), (text) => {
        try {
          const { pattern, match } = parseTemplate(text);
          expect(match === 'exact' ? pattern === text : isUri(pattern, { match })).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidUriError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves a URI without holes as it is, whatever it is matched by', () => {
    const holeless = fc.oneof(uri.filter((plain) => !plain.includes('<')), fc.constantFrom('com.', 'com..price', 'com.a>b'));
    fc.assert(
      fc.property(holeless, uri, (plain, topic) => {
        const template = parseTemplate(plain);
        expect(template).toMatchObject({ pattern: plain, match: 'exact' });
        expect(template.read(topic)).toEqual({});
      }),
    );
  });

  it('leaves the components open that are holes', () => {
    expect(parseTemplate('com.shop.product.<product:int>.price')).toMatchObject({ pattern: 'com.shop.product..price', match: 'wildcard' });
    expect(parseTemplate('<a>.<b:bool>')).toMatchObject({ pattern: '.', match: 'wildcard' });
    expect(parseTemplate('com..<a>')).toMatchObject({ pattern: 'com..', match: 'wildcard' });
  });

  it.each([
    ['a.<n:int>', 'a.x'],
    ['a.<n:int>', 'a.1e3'],
    ['a.<n:int>', 'a.0x10'],
    ['a.<n:int>', 'a.9007199254740993'],
    ['a.<n:int>', 'a.'],
    ['a.<s>', 'a.'],
    ['a.<b:bool>', 'a.1'],
    ['a.<b:bool>', 'a.True'],
    ['a.<s>', 'b.x'],
    ['a.<s>', 'a.x.y'],
  ])('finds that %s does not fit %s', (template, topic) => {
    expect(parseTemplate(template).read(topic)).toBeUndefined();
  });

  it('reads integers with a sign and with zeros in front', () => {
    expect(parseTemplate('<n:int>').read('-7')).toEqual({ n: -7 });
    expect(parseTemplate('<n:int>').read('007')).toEqual({ n: 7 });
    expect(parseTemplate('<n:int>').read('-0')).toEqual({ n: 0 });
  });

  it.each([
    ['com.<a', 'template "com.<a" must have holes like <name> or <name:type> that are whole components, got "<a"'],
    ['com.<a.b>', 'template "com.<a.b>" must have holes like <name> or <name:type> that are whole components, got "<a"'],
    ['com.x<a>', 'template "com.x<a>" must have holes like <name> or <name:type> that are whole components, got "x<a>"'],
    ['com.<a><b>', 'template "com.<a><b>" must have holes like <name> or <name:type> that are whole components, got "<a><b>"'],
    ['com.<>', 'template "com.<>" must have holes like <name> or <name:type> that are whole components, got "<>"'],
    ['com.<1>', 'template "com.<1>" must have holes like <name> or <name:type> that are whole components, got "<1>"'],
    ['<__proto__>', 'template "<__proto__>" must have holes like <name> or <name:type> that are whole components, got "<__proto__>"'],
    ['com.<a:float>', 'template "com.<a:float>" must have holes of type string, int, bool, none, got "<a:float>"'],
    ['com.<a:>', 'template "com.<a:>" must have holes of type string, int, bool, none, got "<a:>"'],
    ['com.<a:constructor>', 'template "com.<a:constructor>" must have holes of type string, int, bool, none, got "<a:constructor>"'],
    ['<a>.<a:int>', 'template "<a>.<a:int>" must have each name once, got <a> twice'],
    ['com shop.<a>', 'pattern of "com shop.<a>" must be a URI with wildcard matching, got "com shop."'],
  ])('refuses %s', (template, reason) => {
    expect(() => parseTemplate(template)).toThrow(new InvalidUriError(reason));
  });
});

// What crosses the queues, in both encodings.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { messageContent, messageKey, tickRelease } from '../../src/api/queue-message.ts';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const object = fc.dictionary(fc.string(), fc.jsonValue());

describe('the content of a message', () => {
  it('is the JSON text that was sent in base64, whatever it says', () => {
    fc.assert(
      fc.property(object, (value) => {
        const text = JSON.stringify(value);
        expect(messageContent(base64(text))).toBe(text);
      }),
    );
  });

  it('is what the library parsed, when it was sent raw', () => {
    fc.assert(
      fc.property(object, (value) => {
        expect(messageContent(value)).toBe(value);
      }),
    );
  });

  it.each(['', 'plain', 'eyJ', base64('plain'), 'e30', 'e30==', '//79'])(
    'stays the text %j, which is neither',
    (text) => {
      expect(messageContent(text)).toBe(text);
    },
  );

  it('of a text is never base64 and JSON at once, so nobody can mean two things', () => {
    fc.assert(
      fc.property(object, (value) => {
        expect(() => void JSON.parse(base64(JSON.stringify(value)))).toThrow(SyntaxError);
      }),
    );
  });
});

describe('the key of a message', () => {
  it('is bounded, whatever the metadata says', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string({ maxLength: 5_000 }), (entry, id) => {
        fc.pre(isJson(entry));
        expect(messageKey('releases', entry, { id, insertionTime: id }).length).toBeLessThan(140);
      }),
    );
  });

  it('differs by content where there is no metadata to tell', () => {
    expect(messageKey('releases', 'a', undefined)).not.toBe(messageKey('releases', 'b', {}));
    expect(messageKey('releases', 'a', { id: 7 })).toBe(messageKey('releases', 'a', undefined));
  });

  it('of two queues is never the same', () => {
    expect(messageKey('releases', 'a', {})).not.toBe(messageKey('ticks', 'a', {}));
  });
});

describe('a tick', () => {
  it.each([undefined, null, 1, 'x', [], {}, { release: null }, { release: 'x' }])(
    '%j names no release',
    (entry) => {
      expect(tickRelease(entry)).toBeUndefined();
    },
  );
});

function isJson(value: unknown): boolean {
  try {
    return typeof JSON.stringify(value) === 'string';
  } catch {
    return false;
  }
}

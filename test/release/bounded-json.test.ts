import { describe, expect, it } from 'vitest';

import { messageKey, messageContent, messageText } from '../../src/api/queue-message.ts';
import { boundedJson } from '../../src/release/bounded-json.ts';
import { parseStart } from '../../src/release/parse-start.ts';

const DEEP = JSON.parse('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)) as unknown;

describe('what somebody nested 10,000 levels deep', () => {
  it('has a text, though JSON.stringify overflows', () => {
    expect(() => JSON.stringify(DEEP)).toThrow(RangeError);
    expect(boundedJson({ before: 1, DEEP })).toMatch(/^\{"before":1,"DEEP":\{"a":.*"…"/);
  });

  it('is a message like any other', () => {
    expect(messageText(DEEP)).toContain('…');
    expect(messageKey('releases', DEEP, {}).length).toBeLessThan(140);
  });
});

describe('boundedJson', () => {
  it.each([null, undefined, 1, 'x', [], {}, { b: [1, { a: null }] }])(
    'writes %j as JSON does',
    (value) => {
      expect(boundedJson(value)).toBe(JSON.stringify(value ?? null));
    },
  );
});

describe('a text of base64 characters', () => {
  it('is looked at without overflow, however long it is', () => {
    const text = 'abcd'.repeat(100_000);
    expect(messageContent(text)).toBe(text);
  });
});

describe('a name that people read', () => {
  const start = (version: string) =>
    parseStart({
      target: {
        subscriptionId: '11111111-2222-3333-4444-555555555555',
        resourceGroup: 'rg',
        site: 'shop',
      },
      slot: 'staging',
      version,
    });

  it.each([
    ['a change of direction', '2.4.0\u202e1'],
    ['an isolate', '2.4.0\u20661'],
    ['a zero-width space', '2.4\u200b.0'],
    ['a zero-width joiner', '2.4\u200d.0'],
    ['a soft hyphen', '2.4\u00ad.0'],
    ['a byte order mark', '\ufeff2.4.0'],
    ['a filler without ink', '2.4.0\u3164'],
    ['a selector of variants', '2.4.0\ufe0f'],
    ['half a character', '2.4.0\ud800'],
    ['a blank that is no space', '2.4\u00a00'],
    ['a line separator', '2.4\u20280'],
    ['a space at the end', '2.4.0 '],
    ['a space within', '2.4.0 rc1'],
    ['a tabulator', '2.4.0\t1'],
    ['a control character', '2.4.0\u001b[31m'],
    ['an accent in two ways', 'cafe\u0301'],
  ])('is refused with %s', (_what, version) => {
    expect(() => start(version)).toThrow(/version/);
  });

  it.each(['2.4.0', 'größer', 'caf\u00e9-2', '2.4.0+build.7', 'release/2.4_0~1', '版本-2', '🚀'])(
    'may be %s',
    (version) => {
      expect(start(version).version).toBe(version);
    },
  );
});

import type { ReceivedMessageItem } from '@azure/storage-queue';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pollDelayMs } from '../../../src/local/host/queue-listener.ts';
import {
  decodeMessage,
  encodeMessage,
  outputMessages,
  triggerMetadata,
} from '../../../src/local/host/queue-messages.ts';

const message: ReceivedMessageItem = {
  messageId: 'the-id',
  popReceipt: 'the-receipt',
  dequeueCount: 3,
  messageText: '',
  insertedOn: new Date('2026-01-02T03:04:05Z'),
  expiresOn: new Date('2026-01-09T03:04:05Z'),
  nextVisibleOn: new Date('2026-01-02T03:14:05Z'),
};

describe('message encoding', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('base64', 'none'),
        (text, encoding) => {
          expect(decodeMessage(encodeMessage(text, encoding), encoding)?.toString()).toBe(text);
        },
      ),
    );
  });

  it.each(['{"a":1}', 'abc', 'a=bc', 'ab==cd==', 'ü'])('does not take %s for base64', (text) => {
    expect(decodeMessage(text, 'base64')).toBeUndefined();
  });

  it('allows white space in base64, as .NET does', () => {
    expect(decodeMessage('YW\r\nJj', 'base64')?.toString()).toBe('abc');
  });
});

describe('outputMessages', () => {
  it.each([
    [undefined, []],
    [null, []],
    [{ string: 'text' }, ['text']],
    [{ string: '["a",{"b":1},null,2]' }, ['a', '{"b":1}', '2']],
    [{ string: '{"a":1}' }, ['{"a":1}']],
    [{ json: '{"a":[1]}' }, ['{"a":[1]}']],
    [{ json: '[]' }, []],
    [{ json: '[[1],"x"]' }, ['[1]', 'x']],
    [{ json: 'true' }, ['true']],
    [{ int: 0 }, ['0']],
    [{ double: 1.5 }, ['1.5']],
  ])('sends for %o: %o', (data, messages) => {
    expect(outputMessages(data)).toEqual(messages);
  });
});

describe('triggerMetadata', () => {
  it('carries the message, with times as .NET writes them', () => {
    expect(triggerMetadata(message, 'text')).toEqual({
      QueueTrigger: { string: 'text' },
      Id: { string: 'the-id' },
      PopReceipt: { string: 'the-receipt' },
      DequeueCount: { int: 3 },
      InsertionTime: { json: '"2026-01-02T03:04:05+00:00"' },
      ExpirationTime: { json: '"2026-01-09T03:04:05+00:00"' },
      NextVisibleTime: { json: '"2026-01-02T03:14:05+00:00"' },
    });
  });

  it('lets properties of the payload hide its own', () => {
    const metadata = triggerMetadata(message, '{"id":"mine","dequeueCount":9,"more":{"a":1}}');
    expect(metadata).toMatchObject({
      id: { string: 'mine' },
      dequeueCount: { json: '9' },
      more: { json: '{"a":1}' },
    });
    expect(metadata).not.toHaveProperty('Id');
    expect(metadata).not.toHaveProperty('DequeueCount');
  });

  it.each(['[1]', '"text"', 'null'])('merges nothing of %s', (text) => {
    expect(Object.keys(triggerMetadata(message, text))).toHaveLength(7);
  });
});

describe('pollDelayMs', () => {
  it('grows from 100 ms to the maximum', () => {
    const delays = [1, 2, 3, 4, 5, 6, 1000].map((empties) => pollDelayMs(empties, 1000));
    expect(delays).toEqual([100, 200, 300, 500, 900, 1000, 1000]);
  });
});

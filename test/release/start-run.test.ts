// What a start says of the CI run that sends it.
import { describe, expect, it } from 'vitest';

import { InvalidInputError } from '../../src/release/errors.ts';
import { parseStart } from '../../src/release/parse-start.ts';

const start = (run: object): unknown => ({
  target: {
    subscriptionId: '11111111-2222-3333-4444-555555555555',
    resourceGroup: 'rg-shop',
    site: 'shop',
  },
  slot: 'staging',
  version: '2.0.0',
  requestedBy: { name: 'ci', ...run },
});

describe('the run of a start', () => {
  it('may say when its commit was made, and its trace', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { requestedBy } = parseStart(
      start({ committedAt: '2026-03-01T13:00:00+01:00', traceparent }),
    );
    expect(requestedBy).toMatchObject({ committedAt: Date.UTC(2026, 2, 1, 12), traceparent });
  });

  it('may leave both out, and its record is as before', () => {
    expect(Object.keys(parseStart(start({})).requestedBy)).toEqual(['name', 'run', 'commit']);
  });

  it.each([
    ['committedAt', 'yesterday'],
    ['committedAt', '2026-03-01'],
    ['committedAt', 1_772_000_000_000],
    ['traceparent', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['traceparent', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['traceparent', '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01'],
    ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more'],
  ])('is refused with %s %s', (field, value) => {
    try {
      parseStart(start({ [field]: value }));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error).toMatchObject({ details: [{ path: `requestedBy.${field}` }] });
    }
  });
});

import { describe, expect, it } from 'vitest';

import { readStart } from '../../src/release/parse-start.ts';

const MESSAGE = {
  key: 'github-1234567-1',
  target: {
    subscriptionId: '11111111-1111-1111-1111-111111111111',
    resourceGroup: 'rg-shop',
    site: 'shop',
  },
  slot: 'staging',
  version: '2.4.0',
  requestedBy: { name: 'ci', commit: 'abc' },
};

describe('the content of a start, by which one that is sent again is known', () => {
  const sent = (requestedBy: object): string =>
    readStart({ ...MESSAGE, requestedBy: { ...MESSAGE.requestedBy, ...requestedBy } }).content;

  it('does not have the trace: a job that runs again has another one', () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(sent({ traceparent: trace })).toBe(sent({}));
  });

  it('has all the rest', () => {
    expect(sent({ commit: 'def' })).not.toBe(sent({}));
  });
});

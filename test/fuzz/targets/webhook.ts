/** Webhooks reach the public internet alone, however an address is written. */
import fc from 'fast-check';

import {
  isForbiddenLiteral,
  isPublicAddress,
} from '../../../src/adapters/notify/public-address.ts';
import { CORPUS } from '../corpus.ts';
import { must, target } from '../engine.ts';
import { hostileText, spoilt } from '../hostile.ts';

export const webhookTargets = [
  target({
    name: 'webhook-hosts',
    share: 2,
    inputs: fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom(...CORPUS.privateHosts) },
      { weight: 1, arbitrary: fc.ipV4().map((address) => address) },
      { weight: 1, arbitrary: fc.ipV6().map((address) => `[${address}]`) },
      { weight: 2, arbitrary: spoilt('example.com', '203.0.113.7') },
      { weight: 1, arbitrary: hostileText },
    ),
    examples: CORPUS.privateHosts,
    attempt: (host) => {
      void isPublicAddress(host);
      // As a URL reads it: one form for all ways to write an address.
      const hostname = URL.parse(`https://${host}/`)?.hostname;
      if (hostname === undefined || isForbiddenLiteral(hostname)) return 'refused';
      must(!CORPUS.privateHosts.includes(host), `${hostname} is let through`);
      return 'accepted';
    },
  }),
];

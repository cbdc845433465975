/** Notices and receivers for tests, each valid; a test changes what it is about. */
import fc from 'fast-check';

import type {
  CloudEventsConfig,
  ReceiverConfig,
  SlackConfig,
  TeamsConfig,
  WebhookConfig,
} from '../../src/adapters/notify/receiver-config.ts';
import type { Surroundings } from '../../src/adapters/notify/receivers.ts';
import { type Notice, SEVERITIES } from '../../src/release/notice.ts';
import { sampleNotice } from '../../src/release/notice-sample.ts';

export const SECRET = `whsec_${Buffer.from('a secret that both sides know...').toString('base64')}`;
export const PUBLIC_URL = 'https://slipway.contoso.com';

/** As one of a release that goes back. */
export function harmNotice(changes: Partial<Notice> = {}): Notice {
  return {
    ...sampleNotice('1', Date.UTC(2026, 0, 5, 9, 31)),
    id: '0123456789abcdef0123-0123456789abcdef012.7',
    release: '0123456789abcdef0123-0123456789abcdef012',
    sequence: 7,
    severity: 'warning',
    title: 'shop 2.4.0: ramping 2/3 → rolling-back',
    app: 'shop',
    siteId: '/subscriptions/s/resourceGroups/rg (old)/providers/Microsoft.Web/sites/shop',
    version: '2.4.0',
    baseline: '2.3.9',
    action: 'phase-changed',
    requestedBy: 'ci',
    from: 'ramping 2/3',
    to: 'rolling-back',
    reason: 'harm',
    why: 'the new version is worse beyond doubt',
    message: 'Canary 2.4.0 fails 1.9 % of requests, baseline 0.4 %',
    verdict: 'Canary 2.4.0 fails 1.9 % of requests, baseline 0.4 %',
    weight: { confirmed: 25, wanted: 0, share: 25 },
    traffic: '25 % of production, on the way to 0 %',
    head: 'ab'.repeat(32),
    ...changes,
  };
}

const COMMON = { severity: 'info', apps: [], actions: [], template: undefined } as const;

export const slack = (url: string, changes: Partial<SlackConfig> = {}): SlackConfig => ({
  ...{ ...COMMON, name: 'ops-slack', kind: 'slack', url, ...changes },
});
export const teams = (url: string, changes: Partial<TeamsConfig> = {}): TeamsConfig => ({
  ...{ ...COMMON, name: 'ops-teams', kind: 'teams', url, ...changes },
});
export const webhook = (url: string, changes: Partial<WebhookConfig> = {}): WebhookConfig => ({
  ...{ ...COMMON, name: 'webhook', kind: 'webhook', url, secret: SECRET, ...changes },
});
export const cloudEvents = (
  url: string,
  changes: Partial<CloudEventsConfig> = {},
): CloudEventsConfig => ({
  ...{ ...COMMON, name: 'grid', kind: 'cloudevents', url, key: undefined, auth: undefined },
  ...{ handshake: false, ...changes },
});

export const KINDS: Readonly<Record<string, (url: string) => ReceiverConfig>> = {
  ...{ slack, teams, webhook, cloudEvents },
};

/** On this machine, with the time of this machine. */
export const around = (changes: Partial<Surroundings> = {}): Surroundings => ({
  now: () => Date.now(),
  local: true,
  publicUrl: PUBLIC_URL,
  token: async (scope) => `token for ${scope}`,
  ...changes,
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom('<!channel> &amp; *bold* [a](http://b)', '\n\r\u2028\u202E', ''),
  // Longer than any limit.
  fc.constantFrom('👩‍👩‍👧', '"\\', '&<>', '\u0001').map((part) => part.repeat(2_000)),
);

/** Whatever people and Azure may have written. */
export const anyNotice: fc.Arbitrary<Notice> = fc
  .record({
    ...{ title: text, app: text, version: text, who: text, requestedBy: text, why: text },
    ...{ message: text, traffic: text, from: text, to: text },
    verdict: fc.option(text),
    baseline: fc.option(text),
    severity: fc.constantFrom(...SEVERITIES),
  })
  .map((changes) => harmNotice(changes));

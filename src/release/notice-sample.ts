/** A notice that is nobody's transition: to try a receiver, and to see that a template renders. */
import type { Notice } from './notice.ts';

/** No release has this id. */
const RELEASE = `${'0'.repeat(20)}-${'0'.repeat(19)}`;

/**
 * @param id tells one test from another
 * @param at store time, in ms
 */
export function sampleNotice(id: string, at: number): Notice {
  return {
    id: `test.${id}`,
    release: RELEASE,
    sequence: 1,
    at: new Date(at).toISOString(),
    severity: 'info',
    title: 'Test of notifications: this receiver works',
    app: 'example',
    siteId: '/subscriptions/example/resourceGroups/example/providers/Microsoft.Web/sites/example',
    slot: 'staging',
    version: '2.0.0',
    baseline: '1.0.0',
    action: 'test',
    actor: { kind: 'system', name: 'slipway', objectId: undefined },
    who: 'Slipway',
    requestedBy: 'nobody',
    from: 'ramping 1/3',
    to: 'ramping 2/3',
    reason: 'certified',
    why: 'somebody asked for a test',
    message: 'No release is behind this message. Transitions of releases will look like it.',
    verdict: 'Canary 2.0.0 fails 0.1 % of requests, baseline 0.1 % (made-up figures).',
    weight: { confirmed: 25, wanted: 25, share: 25 },
    traffic: '25 % of production',
    head: '0'.repeat(64),
  };
}

/** The longest there can be: what holds for this one holds for all. */
export function longestNotice(chars: number): Notice {
  const long = '"\\&'.repeat(Math.ceil(chars / 3)).slice(0, chars);
  return {
    ...sampleNotice('longest', 0),
    severity: 'critical',
    message: long,
    verdict: long,
    baseline: null,
  };
}

/** What the doctor finds of an app where everything is well; each test changes one thing of it. */
import type { DoctorFacts } from '../../src/release/doctor-facts.ts';
import {
  type Facts,
  NOTHING_READ,
  type PreflightFacts,
  type ProbeAnswer,
} from '../../src/release/facts.ts';
import { NEEDED_ACTIONS } from '../../src/release/doctor-rights.ts';
import { NOW, SUBJECT, contentAt, sampleRequest, siteAt } from './release-samples.ts';

const MINUTE = 60_000;

export const ANSWERED: ProbeAnswer = {
  ok: true,
  host: SUBJECT.slotHost,
  path: '/',
  status: 200,
  durationMs: 5,
  problem: undefined,
};

export const seen = (version: string, requests: number) => ({ version, requests, items: requests });

const SLOT = {
  kind: 'app,linux',
  tier: 'Standard',
  planId: '/plans/one',
  httpsOnly: true,
  alwaysOn: true,
  healthCheckPath: '/health',
};

const EVERY_RIGHT = [{ actions: Object.keys(NEEDED_ACTIONS), notActions: [] }];

export interface DoctorChange {
  readonly facts?: Partial<DoctorFacts>;
  readonly preflight?: Partial<Facts>;
  readonly seen?: Partial<PreflightFacts>;
  /** As it is written. */
  readonly plan?: unknown;
}

export function doctorFacts({ facts, preflight, seen: saw, plan }: DoctorChange = {}): DoctorFacts {
  const request = sampleRequest(plan);
  const read: PreflightFacts = {
    autoSwapSlotName: undefined,
    stickyAppSettings: ['KEEP_ME'],
    versions: [seen('1.0.0', 60_000), seen('0.9.0', 3)],
    labelled: [seen('2.0.0', 2)],
    labelAnswer: ANSWERED,
    answers: request.plan.validate.map(() => ANSWERED),
    ...saw,
  };
  return {
    via: 'slipway',
    now: NOW,
    request,
    versionGiven: true,
    labelSince: NOW - 2 * MINUTE,
    preflight: {
      ...NOTHING_READ,
      ...{ rules: [], site: siteAt('baseline-in-production') },
      content: contentAt('baseline-in-production'),
      preflight: read,
      ...preflight,
    },
    configuration: { ok: true, value: { production: SLOT, slot: SLOT, azureTime: NOW } },
    settings: {
      ok: true,
      value: {
        ...{ appSettings: [], connectionStrings: [], same: 4 },
        warmUp: { path: '/health', statuses: '200' },
      },
    },
    rights: { ok: true, value: { site: EVERY_RIGHT, slot: EVERY_RIGHT } },
    gauges: {
      ok: true,
      value: [gauge('1.0.0', 'production', 600_000), gauge('2.0.0', 'probe', 2)],
    },
    gaugedMs: 60 * MINUTE,
    who: 'slipway-identity',
    slipway: { skewMs: 3, active: undefined },
    ...facts,
  };
}

function gauge(version: string, asked: 'production' | 'probe', rows: number) {
  return { version, asked, rows, items: rows, lagP50Ms: 4_000, lagP999Ms: 30_000, newestMs: NOW };
}

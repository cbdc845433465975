/** What is promoted and irreversible stays, until a person says otherwise. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import { Draft, describeStage } from '../../src/release/draft.ts';
import type { Command, Event, TickEvent } from '../../src/release/event.ts';
import type { Facts } from '../../src/release/facts.ts';
import type { Release, Stage } from '../../src/release/release.ts';
import { transition } from '../../src/release/transition.ts';
import {
  NOW,
  STAGES,
  bodiesOf,
  contentAt,
  read,
  sampleContext,
  samplePlan,
  sampleRelease,
  siteAt,
  stored,
  swapIntent,
} from '../support/release-samples.ts';

const told = { message: 'it fails' };
const harm: TickEvent = { kind: 'harm', reason: 'harm', ...told };
const abort: Command = { kind: 'abort', reason: 'by hand', choice: undefined };
const canary = { where: 'canary-in-production', swappedAt: NOW - 60_000 } as const;

function apply(release: Release, event: Event): Draft {
  const draft = new Draft(release, sampleContext(samplePlan(), NOW + 60_000));
  transition(draft, event);
  return draft;
}

const irreversible = (stage: Stage, patch: Partial<Release> = {}): Release =>
  sampleRelease(stage, { reversible: false, ...patch });

function pass(release: Release, facts: Facts, at = NOW + 60_000) {
  return decide({
    release: stored(release),
    bins: [],
    facts,
    context: sampleContext(samplePlan(), at),
  });
}

describe('an irreversible release, by itself', () => {
  const pausedWatch = { ...STAGES.paused, from: STAGES.watching };
  const swappedElsewhere = { ...STAGES.paused, from: STAGES.ramping };

  it.each([
    ['harm in the watch', STAGES.watching, harm],
    ['harm by probe in the watch', STAGES.watching, { ...harm, reason: 'harm-by-probe' }],
    ['harm while the watch is paused', pausedWatch, harm],
    ['maxPause in the watch', pausedWatch, { kind: 'pause-expired', ...told }],
    ['maxPause after somebody swapped', swappedElsewhere, { kind: 'pause-expired', ...told }],
  ] as const)('%s: a person is called, with what was seen and what to do', (_, stage, event) => {
    const draft = apply(irreversible(stage, canary), event);
    expect(draft.release).toMatchObject({ stage: { phase: 'failed' }, reason: 'irreversible' });
    for (const words of ['it fails', '2.0.0 is in production', 'rollback or abort', 'acknowledge'])
      expect(draft.release.message).toContain(words);
    expect(bodiesOf(draft.rows)[0]?.facts).toHaveProperty('because');
  });

  it.each([
    ['harm', STAGES.ramping, harm],
    ['harm while paused', STAGES.paused, harm],
    ['the deadline', STAGES.ramping, { kind: 'deadline', ...told }],
    ['the deadline before the swap', STAGES.promoting, { kind: 'deadline', ...told }],
    ['a refused swap', STAGES.promoting, { kind: 'swap-refused', ...told }],
  ] as const)('%s before the promotion goes back as ever', (_, stage, event) => {
    const { release } = apply(irreversible(stage, { where: 'baseline-in-production' }), event);
    expect(describeStage(release)).toBe('rolling-back');
  });

  it('removes a rule of ours before it calls a person', () => {
    const release = irreversible(STAGES.watching, { ...canary, weight: 5 });
    const { release: back } = apply(release, harm);
    expect(describeStage(back)).toBe('rolling-back');
    expect(pass(back, read(5, 'canary-in-production')).effect).toMatchObject({ weight: 0 });
    const gone = pass({ ...back, weight: 0 }, read(0, 'canary-in-production'));
    expect(gone.effect).toBeUndefined();
    expect(gone.release).toMatchObject({ stage: { phase: 'failed' }, reason: 'irreversible' });
  });

  it('does not take back a swap that lands after it began to go back', () => {
    const release = irreversible(STAGES['rolling-back'], {
      message: "the plan's deadline passed",
      intent: swapIntent({ decidedAt: NOW - 60_000 }),
    });
    const landed = { ...siteAt('canary-in-production', '2026-01-05T11:59:30.000Z') };
    const facts = { ...read(0, 'canary-in-production'), site: landed };
    const at = NOW + 10 * 60_000;
    const { release: next, effect, rows } = pass(release, facts, at);
    expect(effect).toBeUndefined();
    expect(next).toMatchObject({ stage: { phase: 'failed' }, reason: 'irreversible' });
    expect(next.message).toContain("the plan's deadline passed");
    expect(bodiesOf(rows).map(({ to }) => to)).toEqual(['rolling-back', 'failed']);
  });
});

describe('an irreversible release, when a person says so', () => {
  it.each([
    ['from the watch', STAGES.watching],
    ['from failed', STAGES.failed],
    ['while it is rolling back by itself', STAGES['rolling-back']],
  ] as const)('is swapped back %s', (_, stage) => {
    const ordered = apply(irreversible(stage, canary), abort).release;
    expect(describeStage(ordered)).toBe('rolling-back');
    const { effect, release } = pass(ordered, {
      ...read(0, 'canary-in-production'),
      content: contentAt('canary-in-production'),
    });
    expect(effect?.kind).toBe('submit-swap');
    expect(release.intent).toMatchObject({ kind: 'swap', direction: 'swap-back' });
  });

  it('is swapped back after drift, when resumed with that choice', () => {
    const found = {
      kind: 'swapped-elsewhere',
      since: NOW,
      seen: 'volumes moved',
      ownWeight: 0,
      foreignRules: [],
      volumes: 'canary-in-production',
    } as const;
    const paused = irreversible({ ...STAGES.paused, found }, canary);
    const resumed = apply(paused, { kind: 'resume', reason: 'r', choice: 'reapply' }).release;
    expect(pass(resumed, read(0, 'canary-in-production')).effect?.kind).toBe('submit-swap');
  });
});

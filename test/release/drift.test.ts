import { describe, expect, it } from 'vitest';
import { NOTHING_READ } from '../../src/release/facts.ts';
import type { Stage } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  read,
  rulesAt,
  sampleRelease,
  weightIntent,
} from '../support/release-samples.ts';

import { MINUTE, RAMPING, baking, pass } from './pass.ts';

describe('drift', () => {
  it('is believed at the second read that differs, a minute after the first, and not before', () => {
    const first = pass(RAMPING, read(60));
    expect(first.release.suspect).toMatchObject({ kind: 'drift', since: NOW, ownWeight: 60 });
    expect(pass(first.release, read(60), { at: NOW + MINUTE - 1 }).release.stage.phase).toBe(
      'ramping',
    );
    const second = pass(first.release, read(60), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({
      stage: { phase: 'paused', found: { ownWeight: 60 } },
      reason: 'drift',
    });
    expect(second.effect).toMatchObject({ kind: 'write-weight', weight: 5 });
  });

  it('is not believed by a pass that could not read', () => {
    const first = pass(RAMPING, read(60));
    for (const facts of [
      NOTHING_READ,
      { ...read(60), site: undefined },
      { ...read(60), rules: undefined },
    ]) {
      const second = pass(first.release, facts, { at: NOW + 10 * MINUTE });
      expect(second.release.stage.phase).toBe('ramping');
      expect(second.release.suspect).toBeDefined();
    }
  });

  it('is over when a read is as it was left', () => {
    const first = pass(RAMPING, read(60));
    const second = pass(first.release, read(5), { at: NOW + MINUTE });
    expect(second.release.stage.phase).toBe('ramping');
    expect(second.release).not.toHaveProperty('suspect', expect.anything());
  });

  it('of a rule that ramps by itself differs at every read, and is believed all the same', () => {
    const first = pass(RAMPING, read(10));
    const second = pass(first.release, read(20), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({ stage: { phase: 'paused', found: { ownWeight: 20 } } });
  });

  it.each([
    [
      'another slot’s rule with weight',
      rulesAt(5, { name: 'beta', host: 'b', weight: 10, autoRamp: false }),
      true,
    ],
    [
      'another slot’s rule that ramps by itself',
      rulesAt(5, { name: 'beta', host: 'b', weight: 0, autoRamp: true }),
      true,
    ],
    [
      'another slot’s rule of 0 %',
      rulesAt(5, { name: 'beta', host: 'b', weight: 0, autoRamp: false }),
      false,
    ],
    [
      'our rule with an auto ramp',
      [{ name: 'staging', host: 'x', weight: 5, autoRamp: true }],
      true,
    ],
    [
      'our rule under another case',
      [{ name: 'STAGING', host: 'x', weight: 5, autoRamp: false }],
      false,
    ],
    [
      'our rule under another name with our host',
      [{ name: 'other', host: 'SHOP-staging.azurewebsites.net', weight: 5, autoRamp: false }],
      false,
    ],
  ])('%s: %s', (_name, rules, drifts) => {
    expect(pass(RAMPING, { ...read(5), rules }).release.suspect !== undefined).toBe(drifts);
  });

  it('is not the weight that was asked for and is not read back yet', () => {
    const pending = { ...RAMPING, wantedWeight: 25, intent: weightIntent({ weight: 25, from: 5 }) };
    expect(pass(pending, read(5)).release.suspect).toBeUndefined();
    expect(pass(pending, read(60)).release.suspect).toBeDefined();
  });

  it('of the volumes pauses as swapped-elsewhere, in the ramp and in the watch', () => {
    const swapped = read(5, 'canary-in-production');
    const first = pass(RAMPING, swapped);
    expect(pass(first.release, swapped, { at: NOW + MINUTE }).release).toMatchObject({
      stage: { phase: 'paused' },
      reason: 'swapped-elsewhere',
    });
    const watching = sampleRelease(STAGES.watching, { swappedAt: NOW });
    const undone = pass(watching, read(0));
    expect(pass(undone.release, read(0), { at: NOW + MINUTE }).release).toMatchObject({
      stage: { phase: 'paused' },
      reason: 'swapped-elsewhere',
    });
  });

  it('found while paused is kept for the choice, and lowered', () => {
    const paused = { ...RAMPING, stage: { ...STAGES.paused, from: baking } as Stage };
    const first = pass(paused, read(60));
    const second = pass(first.release, read(60), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({
      stage: { phase: 'paused', since: NOW, found: { kind: 'drift' } },
    });
    expect(second.effect).toMatchObject({ weight: 5 });
  });

  it('that took our rule away remembers since when visitors are pinned', () => {
    const first = pass(RAMPING, read(0));
    const second = pass(first.release, read(0), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({ weight: 0, ruleGoneAt: NOW + MINUTE });
  });
});

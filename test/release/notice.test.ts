// What is told of an audit row, and in which words.
import { describe, expect, it } from 'vitest';

import type { AuditBody, AuditRow } from '../../src/release/audit.ts';
import { noticeOf, TOLD_ACTIONS } from '../../src/release/notice.ts';
import { reasonWords, weightWords, whoOf } from '../../src/release/notice-words.ts';
import { REASONS } from '../../src/release/reason.ts';
import { freshAppKey, sampleRelease } from '../support/store-samples.ts';

const RELEASE = {
  ...sampleRelease(freshAppKey()),
  version: '2.4.0',
  baseline: '2.3.9',
  app: 'shop',
};

function rowOf(changes: Partial<AuditBody>): AuditRow {
  const body: AuditBody = {
    ...{ releaseId: RELEASE.id, sequence: 7, at: '2026-01-05T09:31:00.000Z' },
    action: 'phase-changed',
    actor: { kind: 'system', name: 'slipway', objectId: undefined },
    ...{ from: 'ramping 2/3', to: 'rolling-back', reason: 'harm', message: 'worse' },
    weight: { confirmed: 25, wanted: 0, share: 25 },
    facts: {},
    ...changes,
  };
  const text = JSON.stringify(body);
  const { releaseId, sequence, at } = body;
  return { ...{ releaseId, sequence, at: Date.parse(at), body: text }, prevHash: '', hash: 'head' };
}

const notice = (changes: Partial<AuditBody> = {}): ReturnType<typeof noticeOf> =>
  noticeOf(rowOf(changes), RELEASE);

describe('a notice', () => {
  it('says which app and version, from where to where, why, how much and who', () => {
    expect(notice()).toMatchObject({
      id: `${RELEASE.id}.7`,
      title: 'shop 2.4.0: ramping 2/3 → rolling-back',
      severity: 'warning',
      baseline: '2.3.9',
      why: 'the new version is worse beyond doubt',
      who: 'Slipway',
      traffic: '25 % of production, on the way to 0 %',
      verdict: null,
    });
  });

  it('names the site of an app that is not registered', () => {
    const unregistered = { ...RELEASE, app: undefined };
    expect(noticeOf(rowOf({}), unregistered)?.app).toBe(RELEASE.target.site);
  });

  it('is the same at every delivery', () => {
    const later = { ...RELEASE, sequence: 90, message: 'later', weight: 99 };
    expect(noticeOf(rowOf({}), later)).toEqual(notice());
  });

  it.each([
    [{ verdict: { outcome: 'harm', sentence: 'Canary fails' } }, 'Canary fails'],
    [{ verdict: { sentence: { deep: 1 } } }, null],
    [{ verdict: null }, null],
    [{ verdict: 'a text' }, null],
    [{}, null],
  ])('has the verdict of the facts %j: %s', (facts, verdict) => {
    expect(notice({ facts })?.verdict).toBe(verdict);
  });

  it.each([
    ['failed', 'critical'],
    ['failed (acknowledged)', 'critical'],
    ['paused (ramping 1/3)', 'warning'],
    ['rolled-back', 'warning'],
    ['aborted', 'warning'],
    ['rejected', 'warning'],
    ['ramping 2/3', 'info'],
    ['succeeded', 'info'],
    ['something new', 'info'],
  ])('of %s is %s', (to, severity) => {
    expect(notice({ to })?.severity).toBe(severity);
  });

  it('is there for what people want to know, and not for what a change is made of', () => {
    for (const action of TOLD_ACTIONS) expect(notice({ action })?.action).toBe(action);
    for (const action of ['intent-decided', 'intent-claimed', 'azure-answered'] as const) {
      expect(notice({ action })).toBeUndefined();
    }
  });

  it('of damage is an error, never another notice', () => {
    expect(() => noticeOf({ ...rowOf({}), body: '{"action":' }, RELEASE)).toThrow(SyntaxError);
  });
});

describe('the words', () => {
  it('of every reason are a clause without code words', () => {
    for (const reason of REASONS) expect(reasonWords(reason)).toMatch(/^[A-Za-z][^_{}]{8,}[^.]$/);
  });

  it('of an actor say when nobody checked the name', () => {
    const actor = { name: 'ci', objectId: undefined };
    expect(whoOf({ kind: 'claimed', ...actor })).toBe('ci (as the start says)');
    expect(whoOf({ kind: 'operator', ...actor })).toBe('ci');
  });

  it.each([
    [{ confirmed: 25, wanted: 25, share: 25 }, 'ramping 2/3', '25 % of production'],
    [
      { confirmed: 25, wanted: 50, share: 25 },
      'ramping 3/3',
      '25 % of production, on the way to 50 %',
    ],
    [
      { confirmed: 50, wanted: 0, share: 50 },
      'promoting',
      '50 % of production, all of it after the swap',
    ],
    [{ confirmed: 0, wanted: 0, share: 100 }, 'watching', '100 % of production'],
  ])('of %j at %s: %s', (weight, to, words) => {
    expect(weightWords({ weight, to })).toBe(words);
  });
});

// Evidence is folded once for what the store has, however often it is asked for.
import { expect, it } from 'vitest';

import { createController } from '../../src/controller/create-controller.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import type { AuditBody } from '../../src/release/audit.ts';
import { createWorld, NEW } from '../support/world.ts';

const MINUTE = 60_000;

it('is worked out anew when the release has changed, and only then', async () => {
  const world = createWorld();
  const { id } = await world.start();
  await world.pass(20 * MINUTE);
  const read = () => world.controller.readEvidence(id);
  const first = await read();
  expect(first.series.points.length).toBeGreaterThan(0);
  expect((await read()).series).toBe(first.series);
  await world.pass(5 * MINUTE);
  const later = await read();
  expect(later.series.points.length).toBeGreaterThan(first.series.points.length);
  expect((await read()).series).toBe(later.series);
});

it('keeps that of a few releases, and is right about all of them', async () => {
  const world = createWorld();
  const ids: string[] = [];
  for (let number = 0; number < 10; number += 1) {
    const { target } = world.azure;
    const site = `shop${number}`;
    const started = await world.start({ target: { ...target, site } });
    ids.push(started.id);
  }
  const read = async (id: string) => (await world.controller.readEvidence(id)).release.id;
  for (const id of [...ids, ...ids]) expect(await read(id)).toBe(id);
});

/** What the judge said when a step was left, by the number of the step. */
function decisions(rows: readonly AuditBody[]): readonly (readonly [number, number])[] {
  return rows.flatMap(({ from, to, reason, facts }) => {
    const number = Number(/^ramping (\d+)\//.exec(from)?.[1]);
    if (to === from || reason !== 'certified') return [];
    const { evidence } = facts.verdict as { evidence: { certify: readonly number[] } };
    return [[number, evidence.certify[number - 1] ?? NaN] as const];
  });
}

it('keeps of each step what it was certified by, also once the release is over', async () => {
  const world = createWorld();
  world.ratePerMinute = 3_000;
  const { id } = await world.start({ plan: 'fast' });
  const seen: number[][] = [];
  for (let turn = 0; turn < 200; turn += 1) {
    await world.pass(MINUTE);
    const { release, series } = await world.controller.readEvidence(id);
    seen.push(series.points.map(({ certify }) => certify ?? NaN));
    if (release.stage.phase === 'succeeded') break;
  }
  const { release, series } = await world.controller.readEvidence(id);
  expect(release.stage.phase).toBe('succeeded');
  const ends = [1, 2].map((step) => series.points.findLast((point) => point.step === step));
  const left = decisions(await world.audit(id));
  expect(left.map(([step]) => step)).toEqual([1, 2]);
  expect(ends.map((point) => point?.certify)).toEqual(left.map(([, certify]) => certify));
  for (const point of ends) {
    expect(point?.certify).toBeGreaterThanOrEqual(series.certifyThreshold);
  }
  expect(series.points.filter(({ watch }) => watch).map(({ step }) => step)).not.toContain(2);
  // What was shown once is not shown otherwise later, and a process that starts anew shows the same.
  for (const earlier of seen) {
    expect(series.points.slice(0, earlier.length).map(({ certify }) => certify ?? NaN)).toEqual(
      earlier,
    );
  }
  world.restartWith([]);
  expect((await world.controller.readEvidence(id)).series).toEqual(series);
});

it('keeps what the last step came to when the release goes back', async () => {
  const world = createWorld();
  world.ratePerMinute = 3_000;
  const { id } = await world.start({ plan: 'fast' });
  await world.pass(12 * MINUTE);
  world.behaviours.set(NEW, { failureRate: 0.5, reports: true, label: undefined });
  await world.until(id, ['rolled-back']);
  const { series } = await world.controller.readEvidence(id);
  expect(series.points.at(-1)?.step).not.toBeNull();
  expect(series.points.at(-1)?.certify).not.toBeNull();
});

it('is there without its steps while a row of the audit is damaged, and not while storage is away', async () => {
  const world = createWorld();
  const { id } = await world.start();
  await world.pass(20 * MINUTE);
  const reading = (transient: boolean) =>
    createController({
      ...world.ports,
      audit: {
        readAudit: async () => {
          throw new StoreUnavailableError('row 3', { transient });
        },
      },
    }).readEvidence(id);
  const whole = await world.controller.readEvidence(id);
  const { series } = await reading(false);
  expect(series.points.map(({ harm }) => harm)).toEqual(
    whole.series.points.map(({ harm }) => harm),
  );
  expect(new Set(series.points.map(({ step }) => step))).toEqual(new Set([null]));
  await expect(reading(true)).rejects.toThrow('row 3');
});

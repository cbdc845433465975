import { describe, expect, it } from 'vitest';

import { decide } from '../../src/release/decide.ts';
import { type Facts, NOTHING_READ } from '../../src/release/facts.ts';
import { nextTickAt } from '../../src/release/next-tick.ts';
import type { Release } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  answerOf,
  sampleContext,
  samplePlan,
  sampleRelease,
} from '../support/release-samples.ts';

const TURN_MS = 30_000;
const MINUTE_MS = 60_000;
/** Between two ticks of one turn. */
const TICK_MS = 200;
const plan = samplePlan();

const THROTTLED: Facts = {
  ...NOTHING_READ,
  telemetry: { kind: 'unavailable', message: '429', throttled: true },
};

function answered(binsFrom: number): Facts {
  const span = { from: binsFrom, to: binsFrom + MINUTE_MS, intervalMs: MINUTE_MS };
  const rates = {
    canary: { requests: 10, failures: 0 },
    baseline: { requests: 90, failures: 0 },
  };
  return { ...NOTHING_READ, telemetry: answerOf(span, rates) };
}

interface Standing {
  readonly release: Release;
  readonly at: number;
  readonly answeredAt: number;
}

function pass(standing: Standing, facts: Facts, now: number): Standing {
  const context = sampleContext(plan, now);
  const { release } = decide({ release: standing.release, bins: [], facts, context });
  const answeredAt = facts === THROTTLED ? standing.answeredAt : now;
  return { release, at: nextTickAt(release, context) ?? now, answeredAt };
}

describe('more releases than Log Analytics answers in a turn of the clock', () => {
  it.each([
    [20, 4],
    [20, 7],
    [100, 10],
  ])('%d releases, %d answers a turn: all get theirs in turn', (count, budget) => {
    const seen = {
      ...{ rulesAt: NOW, volumesAt: NOW, contentAt: NOW, probesAt: NOW },
      ...{ telemetryAt: NOW, blindSince: undefined },
    };
    let all = Array.from({ length: count }, (): Standing => {
      const where = { weight: 5, wantedWeight: 5, binsFrom: NOW, seen };
      const release = sampleRelease(STAGES.ramping, where);
      return { release, at: NOW, answeredAt: NOW };
    });
    let oldestMs = 0;
    for (let turn = 1; turn <= 60; turn += 1) {
      const turnAt = NOW + turn * TURN_MS;
      // As the clock does: what is due, oldest first; the budget is new at each turn.
      const due = all.filter(({ at }) => at <= turnAt).sort((one, other) => one.at - other.at);
      const rest = all.filter((standing) => !due.includes(standing));
      const passed = due.map((standing, place) =>
        pass(standing, place < budget ? answered(NOW) : THROTTLED, turnAt + place * TICK_MS),
      );
      all = [...rest, ...passed];
      oldestMs = Math.max(oldestMs, ...all.map(({ answeredAt }) => turnAt - answeredAt));
    }
    // Each waits for the others once, and for its own interval.
    expect(oldestMs).toBeLessThanOrEqual((Math.ceil(count / budget) + 3) * TURN_MS);
  });
});

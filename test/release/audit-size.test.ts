import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUNDS, limitsAt } from '../../src/limits.ts';
import { bounded, cut } from '../../src/release/audit-size.ts';
import { decide } from '../../src/release/decide.ts';
import { Draft } from '../../src/release/draft.ts';
import { newRelease } from '../../src/release/new-release.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import {
  NOW,
  STAGES,
  answerOf,
  bodiesOf,
  read,
  sampleContext,
  samplePlan,
  sampleRelease,
  sampleRequest,
} from '../support/release-samples.ts';

/** What a string property of a table holds (azure.md 5). */
const PROPERTY_CHARS = 32 * 1024;

const nasty = fc.oneof(
  fc.string({ maxLength: 40_000, size: 'max', unit: 'binary' }),
  fc.nat({ max: 60_000 }).map((length) => '\u0001'.repeat(length)),
  fc.nat({ max: 60_000 }).map((length) => '"\\'.repeat(length)),
  fc.nat({ max: 60_000 }).map((length) => '\u{1f6a2}'.repeat(length)),
);

describe('an audit row', () => {
  it('fits into a property of the store, whatever was said and found', () => {
    fc.assert(
      fc.property(nasty, nasty, (message, fact) => {
        const draft = new Draft(sampleRelease(STAGES.ramping), sampleContext());
        draft.note({ action: 'azure-answered', reason: 'baking', message, facts: { fact } });
        expect(draft.rows[0]?.body.length).toBeLessThan(PROPERTY_CHARS);
      }),
      { numRuns: 40 },
    );
  });

  it('that was cut says how long it was and keeps a hash of the whole', () => {
    const draft = new Draft(sampleRelease(STAGES.ramping), sampleContext());
    const facts = { text: 'x'.repeat(50_000) };
    draft.note({ action: 'azure-answered', reason: 'baking', message: 'm', facts });
    const [body] = bodiesOf(draft.rows);
    expect(body?.facts).toMatchObject({ chars: JSON.stringify(facts).length });
    expect(body?.facts.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('of usual size is left as it is', () => {
    const draft = new Draft(sampleRelease(STAGES.ramping), sampleContext());
    const facts = { text: 'x'.repeat(20_000) };
    draft.note({ action: 'azure-answered', reason: 'baking', message: 'as it is', facts });
    expect(bodiesOf(draft.rows)[0]).toMatchObject({ message: 'as it is', facts });
    const [body] = bodiesOf(draft.rows);
    expect(body && bounded(body)).toEqual(body);
  });

  it('gives up texts before evidence: the query and its answer are shortened first', () => {
    const draft = new Draft(sampleRelease(STAGES.ramping), sampleContext());
    // What nine metrics at 50 steps come to.
    const facts = {
      verdict: { evidence: 'e'.repeat(12_000) },
      query: 'q'.repeat(8_000),
      answer: '"'.repeat(4_000),
      bins: { provisional: 'p'.repeat(4_000) },
    };
    draft.note({ action: 'step-changed', reason: 'certified', message: 'm', facts });
    const [body] = bodiesOf(draft.rows);
    expect(body?.facts).toMatchObject({ verdict: facts.verdict, bins: facts.bins });
    expect(String(body?.facts.query)).toMatch(/^q{4000}… \(8000 characters\)$/);
  });

  it('of the longest plan that is accepted holds the whole plan', () => {
    const validate = Array.from({ length: 10 }, (_, index) => ({
      http: { path: `/${index}${'p'.repeat(900)}`, bodyContains: '"'.repeat(480) },
    }));
    const request = sampleRequest({ preset: 'careful', validate });
    expect(JSON.stringify(request.plan).length).toBeGreaterThan(20_000);
    const born = newRelease({
      request,
      now: NOW,
      limits: limitsAt(1),
      actor: { kind: 'claimed', name: 'ci', objectId: undefined },
      random: '00000001',
      rejection: undefined,
    });
    expect(bodiesOf(born.rows)[0]?.facts).toMatchObject({ request: { plan: { name: 'custom' } } });
    expect(born.rows[0]?.body.length).toBeLessThan(PROPERTY_CHARS);
  });

  it('of evidence keeps verdict, query and answer, however many bins are provisional', () => {
    const interval = 3_000;
    const plan = samplePlan({ analysis: { interval: '3s', settle: '6h' } });
    const from = NOW - 6 * 3_600_000;
    const release = sampleRelease(
      { ...STAGES.ramping, confirmedAt: from, patienceFrom: from },
      { weight: 5, wantedWeight: 5, binsFrom: from },
    );
    const telemetry = answerOf(
      { from, to: NOW, intervalMs: interval },
      { canary: { requests: 50, failures: 25 }, baseline: { requests: 950, failures: 1 } },
    );
    const facts = { ...read(5), telemetry: { ...telemetry, query: '"'.repeat(20_000) } };
    const { release: next, rows } = decide({
      release,
      bins: [],
      facts,
      context: sampleContext(plan),
    });
    expect(next.reason).toBe('harm');
    const [body] = bodiesOf(rows);
    expect(rows[0]?.body.length).toBeLessThan(PROPERTY_CHARS);
    expect(body?.facts).toMatchObject({
      verdict: { outcome: 'harm' },
      bins: { count: 7_196, hash: expect.any(String) as string },
      answerHash: expect.any(String) as string,
    });
  });

  it('of a start with thousands of problems fits too, and so does the release', () => {
    const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`unknown${n}`, 1]));
    let problem: unknown;
    try {
      parseStart(keys);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(Error);
    const { message, details } = problem as Error & { details: readonly unknown[] };
    expect(details.length).toBeGreaterThan(5_000);
    const born = newRelease({
      request: sampleRequest(),
      now: NOW,
      limits: limitsAt(1),
      actor: { kind: 'claimed', name: 'ci', objectId: undefined },
      random: '00000001',
      rejection: { reason: 'invalid-start', message, facts: { problems: details } },
    });
    expect(born.release.stage.phase).toBe('rejected');
    expect(born.rows[0]?.body.length).toBeLessThan(PROPERTY_CHARS);
    expect(JSON.stringify(born.release).length).toBeLessThan(PROPERTY_CHARS);
  });
});

describe('cut', () => {
  it('leaves what fits and never needs more than its bound', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const written = JSON.stringify(cut(text)).length;
        expect(written).toBeLessThan(BOUNDS.auditTextChars + 100);
        if (JSON.stringify(text).length - 2 <= BOUNDS.auditTextChars) expect(cut(text)).toBe(text);
      }),
      { numRuns: 60 },
    );
  });
});

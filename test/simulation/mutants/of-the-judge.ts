/** Defects of what is seen and how it is judged. */
import type { CountRow } from '../../../src/controller/ports/telemetry.ts';
import { CANARY, type Defect, METERED, PROBED, loading, ordered, plot, simple } from './defect.ts';

export const OF_THE_JUDGE: readonly Defect[] = [
  {
    what: 'telemetry that hides failures',
    breaks: ['harm'],
    story: (story) => plot(story, { plan: CANARY, harmful: true }),
    mutant: simple(({ telemetry }) => ({
      telemetry: {
        ...telemetry,
        countRequests: async (query) => {
          const answer = await telemetry.countRequests(query);
          return { ...answer, rows: answer.rows.map((row) => ({ ...row, failures: 0 })) };
        },
      },
    })),
  },
  ...(['throws', 'slow'] as const).map((harm): Defect => ({
    what: `${harm === 'slow' ? 'slow answers' : 'exceptions'} that count as good ones`,
    breaks: ['harm'],
    story: (story) => plot(story, { plan: METERED, harmful: true, measured: true, harm }),
    mutant: simple(({ telemetry }) => ({
      telemetry: {
        ...telemetry,
        countRequests: async (query) => {
          const answer = await telemetry.countRequests(query);
          return { ...answer, rows: answer.rows.map(harmless) };
        },
      },
    })),
  })),
  {
    what: "paired probes that mix up the two versions' hosts",
    breaks: ['probes'],
    story: (story) => plot(story, { plan: PROBED, harmful: true }),
    mutant:
      ({ world }) =>
      ({ paired, ...ports }) => ({
        ...ports,
        paired: paired && {
          ...paired,
          prober: {
            ask: (host, ask) => {
              const { slot, production } = world.azure.state;
              return paired.prober.ask(host === slot.host ? production.host : slot.host, ask);
            },
          },
        },
      }),
  },
  {
    what: 'certify on provisional bins: nothing is waited for, failures that come late are missed',
    breaks: ['harm'],
    story: (story) => plot(story, { plan: CANARY, harmful: true, failureLagMs: 90_000 }),
    mutant: (stage) => (ports, task) => {
      const settled = loading((loaded) => ({
        ...loaded,
        plan: { ...loaded.plan, analysis: { ...loaded.plan.analysis, settleMs: 0 } },
        // Only what is frozen is judged: what came late is left out like any other late row.
        release: { ...loaded.release, late: { requests: 0, failures: 0, of: 0, ofFailures: 0 } },
      }))(stage)(ports, task);
      return {
        ...settled,
        telemetry: {
          ...ports.telemetry,
          countRequests: async (query) => {
            const answer = await ports.telemetry.countRequests(query);
            const fresh = query.toMs - 2 * query.intervalMs;
            const rows = answer.rows.filter(({ startMs }) => startMs >= fresh);
            return { ...answer, rows, lag: { p95Ms: 0, p999Ms: 0 } };
          },
        },
      };
    },
  },
  {
    what: 'judge the watch without a ceiling',
    breaks: ['harm'],
    // Somebody promotes it before its failures can be seen: then only the watch is left.
    story: (story) =>
      plot(story, {
        plan: CANARY,
        harmful: true,
        acts: ordered('promote', [100, 130, 160, 190]),
      }),
    mutant: loading((loaded) => ({
      ...loaded,
      release: { ...loaded.release, ceiling: 1 },
      plan: { ...loaded.plan, analysis: { ...loaded.plan.analysis, ceiling: 1 } },
    })),
  },
];

function harmless(row: CountRow): CountRow {
  if (row.more === undefined) return row;
  const more = row.more.map((tally) => tally && { ...tally, x: tally.x.map(() => 0) });
  return { ...row, more };
}

/**
 * What the app's recent traffic means for a plan that was just started. It is asked when the release
 * stands already, so whatever comes of it, nothing is lost and nothing is done twice.
 */
import { BOUNDS, MINUTE_MS } from '../limits.ts';
import { historyOf } from '../release/dispersion.ts';
import type { CountRow } from '../release/facts.ts';
import { judgedMetrics } from '../release/judged-metrics.ts';
import type { Metrics, Plan } from '../release/plan.ts';
import { topVersion } from '../release/preflight-history.ts';
import type { AppRecord, Release } from '../release/release.ts';
import { certifiesSteps, startOutlook } from '../release/start-outlook.ts';
import type { Started } from './controller.ts';
import { countQuery } from './count-query.ts';
import type { VersionsQuery } from './ports/telemetry.ts';
import type { Ports } from './ports.ts';

export type Outlook = NonNullable<Started['outlook']>;

export interface Made {
  readonly release: Release;
  readonly plan: Plan;
  /** As it stood before; undefined: Slipway never saw this app. */
  readonly app: AppRecord | undefined;
}

/** Requests over a sixth of the window, ten minutes of the hour, are needed to tell a traffic. */
const SHARE_OF_WINDOW = 6;

const NOTHING_CERTIFIES = 'the plan has no step that could be certified';

/** One query where the version in production is known, at most three; all of them within a few seconds. */
export async function lookAhead(ports: Ports, made: Made): Promise<Outlook> {
  const { release, plan } = made;
  if (release.stage.phase === 'rejected') return { unknown: 'the release is rejected' };
  try {
    if (!certifiesSteps(plan)) return { unknown: NOTHING_CERTIFIES };
    const rows = await productionRows(ports, made);
    const { intervalMs } = plan.analysis;
    const history = historyOf({ rows, intervalMs, metrics: judgedMetrics(plan) });
    if (history === undefined) return { unknown: 'telemetry has no request of the last hour' };
    const minutes = (history.bins * intervalMs) / MINUTE_MS;
    // A version that was deployed just now, or a request in an hour: neither is a traffic.
    if (minutes * MINUTE_MS * SHARE_OF_WINDOW < ports.limits.baselineWindowMs) {
      return {
        unknown: `telemetry has requests of ${minutes} min of the last hour, too few to tell`,
      };
    }
    return startOutlook(plan, history) ?? { unknown: NOTHING_CERTIFIES };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    ports.log('warning', 'the traffic of an app that was started could not be read', {
      release: release.id,
      error: problem,
    });
    return { unknown: `the traffic of the app could not be read: ${problem}` };
  }
}

/** For a start that comes again: from what the release knows, without asking anybody. */
export function knownOutlook({ release, plan }: Pick<Made, 'release' | 'plan'>): Outlook {
  if (!certifiesSteps(plan)) return { unknown: NOTHING_CERTIFIES };
  try {
    const known = startOutlook(plan, release.history, release.dispersion);
    if (known !== undefined) return known;
  } catch {
    // A prospect is told beside the answer: whatever is wrong with it, the start stands and is answered.
  }
  return {
    unknown:
      'this start had been made before and is not looked at again: the message of its release says what preflight found',
  };
}

/** Bins of the version in production, with which preflight will compare; empty: nobody asks this app. */
async function productionRows(ports: Ports, made: Made): Promise<readonly CountRow[]> {
  const { release, plan, app } = made;
  const ask = asker(ports, made);
  const countsOf = async (version: string): Promise<readonly CountRow[]> => {
    const window = ask();
    const query = countQuery(release, plan, {
      ...window,
      versions: { canary: version, baseline: null },
    });
    const { timeoutMs } = window;
    const metrics = withoutQueries(query.metrics);
    return (await ports.telemetry.countRequests({ ...query, metrics, timeoutMs })).rows;
  };
  const likely = release.assertedBaseline ?? app?.lastPromoted?.version;
  const known = likely === undefined ? [] : await countsOf(likely);
  if (known.length > 0) return known;
  const seen = await ports.telemetry.versionsSeen(ask());
  const others = seen.filter(({ version }) => version !== '' && version !== release.version);
  const top = topVersion(others)?.version;
  return top === undefined || top === likely ? [] : countsOf(top);
}

type Window = VersionsQuery & { readonly timeoutMs: number };

/** The last hour, and what is left of the time that the answer may take. */
function asker(ports: Ports, { release, app }: Made): () => Window {
  const { target, slot, telemetry: source } = release;
  const startedAt = ports.clock.now();
  const toMs = Math.max(startedAt, release.createdAt);
  return () => {
    const timeoutMs = startedAt + BOUNDS.startOutlookMs - ports.clock.now();
    if (timeoutMs <= 0) throw new Error(`no answer within ${BOUNDS.startOutlookMs} ms`);
    return {
      source,
      site: target.site,
      // App Service is not asked for it: only the old version counts here, and nobody asks it there.
      slotHost: app?.aftercare?.slotHost ?? `${target.site}-${slot}.azurewebsites.net`,
      fromMs: toMs - ports.limits.baselineWindowMs,
      toMs,
      timeoutMs,
    };
  };
}

/** The plan's own queries are its own time; they stand last, so that the others keep their places. */
function withoutQueries(metrics: Metrics | undefined): Metrics | undefined {
  if (metrics === undefined) return undefined;
  return { ...metrics, more: metrics.more.filter(({ kind }) => kind !== 'kql') };
}

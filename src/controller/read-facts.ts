/** Reads what a pass needs, in parallel. A read that fails is a fact too; nothing is thrown. */
import type { Context } from '../release/draft.ts';
import type { DueReads } from '../release/due-reads.ts';
import type {
  CountRow,
  Facts,
  PreflightFacts,
  ProbeAnswer,
  ProbeFacts,
  Problem,
  TelemetryFacts,
  Unread,
  VersionSeen,
} from '../release/facts.ts';
import type { SiteFacts } from '../release/azure-facts.ts';
import type { HttpValidation } from '../release/plan.ts';
import { missingWrites } from '../release/doctor-rights.ts';
import { hasQueries } from '../release/preflight.ts';
import { historyDue, topVersion } from '../release/preflight-history.ts';
import type { Preflight, Release } from '../release/release.ts';
import { readRescue } from '../release/rescue-record.ts';
import { queryFrom } from '../release/telemetry-fold.ts';
import { missesCanary } from '../release/traffic.ts';
import { standing } from '../release/transition.ts';
import { BOUNDS } from '../limits.ts';
import { countQuery } from './count-query.ts';
import { readPaired } from './paired-probes.ts';
import { TelemetryError, type VersionsQuery } from './ports/telemetry.ts';
import type { Ports } from './ports.ts';
import { unreadOf } from './unread.ts';

interface Pass {
  readonly ports: Ports;
  readonly release: Release;
  readonly context: Context;
  readonly unread: Unread[];
}

export interface ReadInput {
  readonly release: Release;
  readonly context: Context;
  readonly due: DueReads;
}

export async function readFacts(ports: Ports, input: ReadInput): Promise<Facts> {
  const { release, context, due } = input;
  const pass: Pass = { ports, release, context, unread: [] };
  const { target, slot } = release;
  const [rules, site, content, poll, telemetry, paired, probes, pinnedUntil] = await Promise.all([
    due.rules ? attempt(pass, 'traffic rules', () => ports.router.readRules(target)) : undefined,
    due.site ? attempt(pass, 'site and slot', () => ports.site.readSite(target, slot)) : undefined,
    due.content
      ? attempt(pass, 'deployments', () => ports.site.readContent(target, slot))
      : undefined,
    due.poll ? readPoll(pass) : undefined,
    due.telemetry ? readTelemetry(pass) : undefined,
    due.telemetry
      ? attempt(pass, 'counts of the paired probes', () => readPaired({ ports, release, context }))
      : undefined,
    due.probes ? probeBoth(pass) : undefined,
    release.stage.phase === 'queued' ? readPinned(pass) : undefined,
  ]);
  warnOfBrokenRescue(pass, site);
  const { stage } = release;
  // What answers is worth nothing until it is known what stands in the slot: it may be replaced.
  const known = stage.phase === 'preflight' && (stage.content ?? content?.slot) !== undefined;
  const preflight =
    stage.phase === 'preflight'
      ? await readPreflight(pass, stage, known ? site : undefined)
      : undefined;
  return {
    rules,
    site,
    content,
    poll,
    telemetry,
    probes,
    preflight,
    pinnedUntil,
    paired,
    unread: pass.unread,
  };
}

function warnOfBrokenRescue({ ports, release, context }: Pass, site: SiteFacts | undefined): void {
  const reading = readRescue(site?.rescueTag, context.now);
  if (reading.kind === 'broken')
    ports.log('warning', reading.problem, {
      release: release.id,
      tag: site?.rescueTag?.slice(0, 300),
    });
}

/** Preflight has not remembered the site yet; later passes know the hosts from it. */
async function attempt<T>(
  pass: Pass,
  what: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    pass.unread.push(unreadOf(what, error));
    pass.ports.log('warning', `${what} could not be read`, {
      release: pass.release.id,
      error,
    });
    return undefined;
  }
}

async function readPoll(pass: Pass): Promise<Facts['poll']> {
  const { intent } = pass.release;
  if (intent?.kind !== 'swap' || intent.poller === undefined) return undefined;
  const { poller } = intent;
  return attempt(pass, 'progress of the swap', () => pass.ports.swapper.pollSwap(poller));
}

async function readPinned(pass: Pass): Promise<number | undefined> {
  const loaded = await pass.ports.store.loadApp(pass.release.appKey);
  const goneAt = loaded?.app.ruleGoneAt;
  return goneAt === undefined ? undefined : goneAt + pass.context.limits.cookieMs;
}

function versionsQuery(pass: Pass, slotHost: string, fromMs: number): VersionsQuery {
  const { telemetry, target } = pass.release;
  return { source: telemetry, site: target.site, slotHost, fromMs, toMs: pass.context.now };
}

async function readTelemetry(pass: Pass): Promise<TelemetryFacts | undefined> {
  const { release, context, ports } = pass;
  if (release.subject === undefined) return undefined;
  try {
    const window = {
      slotHost: release.subject.slotHost,
      fromMs: queryFrom(release, context.plan),
      toMs: context.now,
    };
    const answer = await ports.telemetry.countRequests(countQuery(release, context.plan, window));
    const nameless = await readUnlabelled(pass, answer.rows, window);
    return { kind: 'ok', ...answer, rows: [...answer.rows, ...nameless] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    ports.log('warning', 'telemetry could not be read', { release: release.id, error: message });
    const throttled = error instanceof TelemetryError && error.kind === 'throttled';
    return { kind: 'unavailable', message, throttled };
  }
}

/** A canary that shows no rows may have sent them without a version: a second look tells that from silence. */
async function readUnlabelled(
  pass: Pass,
  rows: readonly CountRow[],
  window: { readonly slotHost: string; readonly fromMs: number },
): Promise<readonly CountRow[]> {
  const { release, ports } = pass;
  if (!missesCanary(release, rows)) return [];
  const at = standing(release.stage);
  const confirmedAt = at.phase === 'ramping' ? (at.confirmedAt ?? 0) : 0;
  const startMs = Math.max(window.fromMs, confirmedAt);
  try {
    const seen = await ports.telemetry.versionsSeen(versionsQuery(pass, window.slotHost, startMs));
    return seen
      .filter(({ version }) => version === '')
      .map((none) => ({ ...none, startMs, failures: 0 }));
  } catch (error) {
    ports.log('warning', 'rows without a version could not be counted', {
      release: release.id,
      error,
    });
    return [];
  }
}

/** In the watch the old slot is the other host: no other version is in production. */
async function probeBoth(pass: Pass): Promise<ProbeFacts | undefined> {
  const { subject, swappedAt } = pass.release;
  if (subject === undefined) return undefined;
  const { slotHost, productionHost } = subject;
  const [canaryHost, otherHost] =
    swappedAt === undefined ? [slotHost, productionHost] : [productionHost, slotHost];
  const { validate } = pass.context.plan;
  const ask = (host: string): Promise<readonly ProbeAnswer[]> =>
    Promise.all(validate.map((validation) => pass.ports.prober.probe(host, validation)));
  const [canary, other] = await Promise.all([ask(canaryHost), ask(otherHost)]);
  return { canary, other };
}

async function readPreflight(
  pass: Pass,
  stage: Preflight,
  site: SiteFacts | undefined,
): Promise<PreflightFacts> {
  const { ports, release, context } = pass;
  const { target, slot } = release;
  const slotHost = site?.slot.host;
  const since = baselineFrom(context, site);
  const [missing, settings, versions, labelled, labelAnswer, answers] = await Promise.all([
    slotHost === undefined ? undefined : readMissingActions(pass),
    attempt(pass, 'swap settings', () => ports.site.readSwapSettings(target, slot)),
    slotHost === undefined
      ? undefined
      : attempt(pass, 'versions in telemetry', () =>
          ports.telemetry.versionsSeen(versionsQuery(pass, slotHost, since)),
        ),
    slotHost === undefined
      ? undefined
      : attempt(pass, 'our probes in telemetry', () =>
          // Not from before the content was remembered: a pass that crashed may have asked other bits.
          ports.telemetry.probesSeen(
            versionsQuery(pass, slotHost, stage.labelSince ?? context.now),
          ),
        ),
    slotHost === undefined
      ? undefined
      : ports.prober.probe(slotHost, labelProbe(context.plan.label.path)),
    slotHost === undefined
      ? []
      : Promise.all(
          context.plan.validate.map((validation, index) =>
            askWhenDue(pass, stage, { slotHost, validation, index }),
          ),
        ),
  ]);
  const [history, queryProblems] =
    slotHost === undefined
      ? []
      : await Promise.all([
          readHistory(pass, stage, { slotHost, versions }),
          checkQueries(pass, stage, { slotHost, versions }),
        ]);
  return {
    labelAskedAt: context.now,
    autoSwapSlotName: settings?.autoSwapSlotName,
    stickyAppSettings: settings?.stickyAppSettings,
    missingActions: missing,
    versions,
    labelled,
    labelAnswer,
    answers,
    history,
    queryProblems,
  };
}

/**
 * Once the app was read. Not among the reads that a release waits for: the right to see one's rights is none
 * that it takes.
 */
async function readMissingActions({
  ports,
  release,
}: Pass): Promise<readonly string[] | undefined> {
  try {
    const rights = await ports.inspection?.inspector.readRights(release.target, release.slot);
    return rights === undefined ? undefined : missingWrites(rights);
  } catch {
    return undefined;
  }
}

interface Production {
  readonly slotHost: string;
  readonly versions: readonly VersionSeen[] | undefined;
}

/** The baseline's own last hours. Not among the reads that a release waits for: it may go on without. */
async function readHistory(
  pass: Pass,
  stage: Preflight,
  { slotHost, versions }: Production,
): Promise<readonly CountRow[] | undefined> {
  const { ports, release, context } = pass;
  const baseline = historyDue(release, stage, versions);
  if (baseline === undefined) return undefined;
  const window = {
    slotHost,
    fromMs: context.now - BOUNDS.historyMs,
    toMs: context.now,
    versions: { canary: baseline, baseline: null },
  };
  try {
    const query = countQuery(release, context.plan, window);
    return (await ports.telemetry.countRequests(query)).rows;
  } catch (error) {
    ports.log('warning', "the baseline's last hours could not be read", {
      release: release.id,
      error,
    });
    return undefined;
  }
}

/** Once: what the workspace's parser says of the plan's own queries. */
async function checkQueries(
  pass: Pass,
  stage: Preflight,
  { slotHost, versions }: Production,
): Promise<readonly Problem[] | undefined> {
  const { ports, release, context } = pass;
  if (!hasQueries(context.plan) || stage.queriesChecked === true) return undefined;
  const window = {
    slotHost,
    fromMs: context.now - context.limits.baselineWindowMs,
    toMs: context.now,
    versions: {
      canary: release.version,
      baseline: topVersion(versions ?? [])?.version ?? null,
    },
  };
  return attempt(pass, "the check of the plan's queries", () =>
    ports.telemetry.queryProblems(countQuery(release, context.plan, window)),
  );
}

/** The last hour, but nothing from before the last swap: another version was in production then. */
function baselineFrom({ now, limits }: Context, site: SiteFacts | undefined): number {
  const swappedAt = Date.parse(site?.volumes.swappedAt ?? '');
  const windowFrom = now - limits.baselineWindowMs;
  return Number.isNaN(swappedAt) ? windowFrom : Math.max(windowFrom, swappedAt);
}

/** Any answer will do: this request is sent so that it comes back from telemetry under a version. */
function labelProbe(path: string): HttpValidation {
  const status = [{ from: 100, to: 499 }];
  return {
    path,
    method: 'GET',
    headers: {},
    status,
    bodyContains: undefined,
    passes: 1,
    everyMs: 0,
    timeoutMs: 10_000,
  };
}

interface Ask {
  readonly slotHost: string;
  readonly validation: HttpValidation;
  readonly index: number;
}

async function askWhenDue(
  pass: Pass,
  stage: Preflight,
  ask: Ask,
): Promise<ProbeAnswer | undefined> {
  const last = stage.askedAt[ask.index];
  if (last !== undefined && pass.context.now < last + ask.validation.everyMs) return undefined;
  return pass.ports.prober.probe(ask.slotHost, ask.validation);
}

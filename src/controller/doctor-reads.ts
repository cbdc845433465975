/**
 * Reads what preflight reads, the same calls with the same windows, and what people want to know besides.
 * A read that fails is a fact too; nothing is thrown.
 */
import { BOUNDS, type Limits } from '../limits.ts';
import type { SiteFacts } from '../release/azure-facts.ts';
import type { DoctorFacts, Read } from '../release/doctor-facts.ts';
import {
  type Facts,
  NOTHING_READ,
  type PreflightFacts,
  type ProbeAnswer,
  type Unread,
} from '../release/facts.ts';
import type { HttpValidation } from '../release/plan.ts';
import { hasQueries } from '../release/preflight.ts';
import { topVersion } from '../release/preflight-history.ts';
import type { StartRequest } from '../release/start-message.ts';
import { AzureCallError } from './ports/azure-errors.ts';
import type { InspectionPorts } from './ports/inspection.ts';
import type { VersionsQuery } from './ports/telemetry.ts';
import type { Ports } from './ports.ts';
import { unreadOf } from './unread.ts';

/** Enough to look at an app without Slipway's own store. */
export interface DoctorPorts
  extends InspectionPorts, Pick<Ports, 'site' | 'router' | 'telemetry' | 'prober'> {
  readonly limits: Limits;
  readonly now: () => number;
}

export interface Asked {
  readonly request: StartRequest;
  readonly versionGiven: boolean;
  /** Of an earlier look: its requests to the slot count too. Undefined: this is the first. */
  readonly since: number | undefined;
}

/** One look. */
interface Look extends Asked {
  readonly ports: DoctorPorts;
  readonly now: number;
  readonly labelSince: number;
  readonly unread: Unread[];
}

type AppFacts = Omit<DoctorFacts, 'via' | 'slipway'>;

export async function readDoctorFacts(ports: DoctorPorts, asked: Asked): Promise<AppFacts> {
  const now = ports.now();
  const look: Look = {
    ...asked,
    ports,
    now,
    labelSince: labelSinceOf(asked, now, ports.limits),
    unread: [],
  };
  const { target, slot } = asked.request;
  const { inspector } = ports;
  const [rules, site, content, configuration, settings, rights, who] = await Promise.all([
    attempt(look, 'traffic rules', () => ports.router.readRules(target)),
    attempt(look, 'site and slot', () => ports.site.readSite(target, slot)),
    attempt(look, 'deployments', () => ports.site.readContent(target, slot)),
    outcome(() => inspector.readConfiguration(target, slot)),
    outcome(() => inspector.compareSettings(target, slot)),
    outcome(() => inspector.readRights(target, slot)),
    inspector.who(),
  ]);
  const preflight = await readPreflight(look, site);
  const gauged = await readGauges(look, site);
  const facts: Facts = { ...NOTHING_READ, rules, site, content, preflight, unread: look.unread };
  return {
    ...{ now, request: asked.request, versionGiven: asked.versionGiven },
    ...{ labelSince: look.labelSince, preflight: facts, ...gauged },
    ...{ configuration, settings, rights, who },
  };
}

/** Not further back than a baseline is looked for, and never ahead of now. */
function labelSinceOf({ since }: Asked, now: number, limits: Limits): number {
  return since === undefined ? now : Math.min(now, Math.max(since, now - limits.baselineWindowMs));
}

async function readPreflight(look: Look, site: SiteFacts | undefined): Promise<PreflightFacts> {
  const { ports, request, now, labelSince } = look;
  const { target, slot, plan } = request;
  const swap = await attempt(look, 'swap settings', () =>
    ports.site.readSwapSettings(target, slot),
  );
  const asked = {
    autoSwapSlotName: swap?.autoSwapSlotName,
    stickyAppSettings: swap?.stickyAppSettings,
  };
  const host = site?.slot.host;
  if (host === undefined) return { ...NOT_ASKED, ...asked };
  const [versions, labelled, labelAnswer, answers] = await Promise.all([
    attempt(look, 'versions in telemetry', () =>
      ports.telemetry.versionsSeen(queryOf(look, host, baselineFrom(look, site))),
    ),
    attempt(look, 'our probes in telemetry', () =>
      ports.telemetry.probesSeen(queryOf(look, host, labelSince)),
    ),
    ports.prober.probe(host, labelProbe(plan.label.path)),
    Promise.all(plan.validate.map((validation) => askUntilOk(look, host, validation))),
  ]);
  const baseline = topVersion(versions ?? [])?.version ?? null;
  const queryProblems = hasQueries(plan) ? await checkQueries(look, host, baseline) : undefined;
  return { ...asked, labelAskedAt: now, versions, labelled, labelAnswer, answers, queryProblems };
}

const NOT_ASKED: PreflightFacts = {
  autoSwapSlotName: undefined,
  stickyAppSettings: undefined,
  versions: undefined,
  labelled: undefined,
  labelAnswer: undefined,
  answers: [],
};

/** As often as preflight asks before it gives up; it waits between, which nobody does here. */
async function askUntilOk(
  { ports }: Look,
  host: string,
  validation: HttpValidation,
): Promise<ProbeAnswer> {
  let answer = await ports.prober.probe(host, validation);
  for (let tries = 1; tries < BOUNDS.probeFailures && !answer.ok; tries += 1) {
    answer = await ports.prober.probe(host, validation);
  }
  return answer;
}

/** The plan's own KQL, as preflight has it checked. */
function checkQueries(look: Look, slotHost: string, baseline: string | null) {
  const { ports, request, now } = look;
  const { intervalMs, failures, metrics } = request.plan.analysis;
  return attempt(look, "the check of the plan's queries", () =>
    ports.telemetry.queryProblems({
      ...queryOf(look, slotHost, now - ports.limits.baselineWindowMs),
      ...{ canary: request.version, baseline, intervalMs, failures, metrics },
    }),
  );
}

async function readGauges(
  look: Look,
  site: SiteFacts | undefined,
): Promise<Pick<DoctorFacts, 'gauges' | 'gaugedMs'>> {
  const fromMs = baselineFrom(look, site);
  const gaugedMs = Math.max(1, look.now - fromMs);
  if (site === undefined) {
    const why = 'the app could not be read';
    return { gauges: { ok: false, code: 'not-asked', why }, gaugedMs };
  }
  const query = queryOf(look, site.slot.host, fromMs);
  return { gauges: await outcome(() => look.ports.gauge.gauge(query)), gaugedMs };
}

function queryOf({ request, now }: Look, slotHost: string, fromMs: number): VersionsQuery {
  const { telemetry: source, target } = request;
  return { source, site: target.site, slotHost, fromMs, toMs: now };
}

/** The last hour, but nothing from before the last swap: another version was in production then. */
function baselineFrom({ now, ports }: Look, site: SiteFacts | undefined): number {
  const swappedAt = Date.parse(site?.volumes.swappedAt ?? '');
  const from = now - ports.limits.baselineWindowMs;
  return Number.isNaN(swappedAt) ? from : Math.max(from, swappedAt);
}

/** Any answer will do: it is sent so that it comes back from telemetry under a version. */
function labelProbe(path: string): HttpValidation {
  return {
    ...{ path, method: 'GET', headers: {}, status: [{ from: 100, to: 499 }] },
    ...{ bodyContains: undefined, passes: 1, everyMs: 0, timeoutMs: 10_000 },
  };
}

async function attempt<T>(
  look: Look,
  what: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    look.unread.push(unreadOf(what, error));
    return undefined;
  }
}

async function outcome<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    const code = error instanceof AzureCallError ? error.code : 'unavailable';
    return { ok: false, code, why: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Whether releases can go on, and when each thing that they need was last seen to work. Storage is asked at
 * every look; App Service and the logs by what this process asked them anyway, and by one small question when
 * that is long ago. Somebody who looks every second asks Azure no more often than once a minute.
 */
import { BOUNDS } from '../limits.ts';
import { readStoredApp } from '../release/parse-apps.ts';
import type { Target, TelemetrySource } from '../release/start-message.ts';
import type { Service } from './call-outcome.ts';
import type { Health, ServiceHealth } from './controller.ts';
import { wantedAt } from './metrics-of-tick.ts';
import type { Ports } from './ports.ts';
import { receiversHealth } from './try-receivers.ts';
import type { Sighting, Sightings } from './sightings.ts';

/** Something that can be asked about without doing anything to it. */
interface Example {
  readonly target: Target;
  readonly telemetry: TelemetrySource;
}

/** What is looked up at most once a minute. */
interface Look {
  readonly at: number;
  /** How much later than wanted the latest pass is; undefined: could not be read. */
  readonly oldestDueMs: number | undefined;
}

export interface HealthInput {
  /** The watched ones: each question is a sighting. */
  readonly ports: Ports;
  readonly sightings: Sightings;
  /** Notices that this process gave up on. */
  readonly givenUp: () => number;
}

/** @returns the use case; never throws */
export function createHealth(input: HealthInput): () => Promise<Health> {
  let look: Look | undefined;
  return async () => {
    const { ports } = input;
    const storage = await asksStorage(ports);
    const now = ports.clock.now();
    if (storage.ok && (look === undefined || now - look.at >= BOUNDS.healthLookEveryMs)) {
      // Before it is awaited: a second caller must not look as well.
      look = { at: now, oldestDueMs: look?.oldestDueMs };
      look = { at: now, oldestDueMs: await lookAround(input, now) };
    }
    return healthOf(input, { storage, look });
  };
}

interface Found {
  readonly storage: { readonly ok: boolean; readonly message: string };
  readonly look: Look | undefined;
}

function healthOf({ ports, sightings, givenUp }: HealthInput, { storage, look }: Found): Health {
  const now = ports.clock.now();
  const seen = (service: Service): ServiceHealth => serviceHealth(sightings.of(service), now);
  const arm = seen('arm');
  const logs = seen('logs');
  const clock = clockHealth(ports, look);
  return {
    ok: storage.ok && !isLate(look?.oldestDueMs, BOUNDS.ticksStoppedMs) && !arm.down && !logs.down,
    degraded: !arm.ok || !logs.ok || !clock.ok,
    storage: { ...seen('storage'), ...storage, down: !storage.ok },
    clock,
    arm,
    logs,
    notices: { givenUp: givenUp() },
    receivers: receiversHealth(ports),
  };
}

async function asksStorage(ports: Ports): Promise<Found['storage']> {
  try {
    await ports.due.due(0, 1);
    return { ok: true, message: 'answers' };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** A local clock that is off is a warning: `now` is the store's time anyway. */
function clockHealth({ clock }: Ports, look: Look | undefined): Health['clock'] {
  const oldestDueMs = look?.oldestDueMs;
  const ageMs = look === undefined ? undefined : Math.max(0, clock.now() - look.at);
  const skewMs = clock.skewMs();
  const steady = skewMs !== undefined && Math.abs(skewMs) <= BOUNDS.skewWarningMs;
  const skew =
    skewMs === undefined
      ? 'the store has not answered yet'
      : `local clock minus store clock: ${Math.round(skewMs)} ms`;
  const late = isLate(oldestDueMs, BOUNDS.ticksLateMs)
    ? `; a release waits for its tick since ${Math.round((oldestDueMs ?? 0) / 1_000)} s: look at the functions clock and ticks`
    : '';
  return { ok: steady && late === '', skewMs, oldestDueMs, ageMs, message: `${skew}${late}` };
}

function isLate(oldestDueMs: number | undefined, atMostMs: number): boolean {
  return (oldestDueMs ?? 0) > atMostMs;
}

function serviceHealth(sighting: Sighting, now: number): ServiceHealth {
  const { okAt, error, failures, failingSince } = sighting;
  const ok = failingSince === undefined;
  const failingMs = ok ? 0 : now - failingSince;
  return {
    ok,
    down: failingMs >= BOUNDS.serviceDownMs && failures >= BOUNDS.serviceDownFailures,
    message: messageOf(sighting, now),
    okAt,
    ageMs: okAt === undefined ? undefined : Math.max(0, now - okAt),
    error,
  };
}

function messageOf({ okAt, error, failures, failingSince }: Sighting, now: number): string {
  const ago = (at: number): string => `${Math.round(Math.max(0, now - at) / 1_000)} s ago`;
  if (failingSince !== undefined && error !== undefined) {
    if (failures === 1) return `the last call failed, ${ago(failingSince)}: ${error.message}`;
    const calls = `the last ${failures} calls failed`;
    return `${calls}, the first ${ago(failingSince)}: ${error.message}`;
  }
  return okAt === undefined ? 'nobody has asked it yet' : `worked ${ago(okAt)}`;
}

/** Also asks what nobody has asked for a while. Never throws, and waits only so long. */
async function lookAround(input: HealthInput, now: number): Promise<number | undefined> {
  const { ports } = input;
  try {
    // Those as well whose row the clock has just put off: its tick may never have come.
    const due = await ports.due.due(now + ports.limits.retryMs, BOUNDS.healthReleases);
    const loaded = await Promise.allSettled(
      due.map(({ releaseId }) => ports.store.load(releaseId)),
    );
    // One that cannot be read must not hide that the others wait.
    const there = loaded.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
    const lates = there.map((one) => now - (wantedAt(ports, one) ?? now));
    const first = there[0]?.release ?? (await someApp(ports, now));
    if (first !== undefined) await within(BOUNDS.healthWaitMs, askAround(input, first, now));
    return Math.max(0, ...lates, ...due.map(({ at }) => now - at));
  } catch {
    // What failed is a sighting.
    return undefined;
  }
}

/** Another one each time: an app that Slipway has lost its rights on is no fault of App Service. */
async function someApp(ports: Ports, now: number): Promise<Example | undefined> {
  const { apps } = await ports.apps.load();
  const turn = Math.floor(now / BOUNDS.healthAskAfterMs);
  const some = apps[turn % apps.length];
  return some === undefined ? undefined : readStoredApp(some.written);
}

async function askAround(
  { ports, sightings }: HealthInput,
  of: Example,
  now: number,
): Promise<void> {
  // Calls that fail say less than our own would: the query of one plan, the rights on one app.
  const isOld = (service: Service): boolean =>
    now - (sightings.of(service).okAt ?? 0) >= BOUNDS.healthAskAfterMs;
  const { target, telemetry } = of;
  await Promise.allSettled([
    isOld('arm') ? ports.router.readRules(target) : undefined,
    isOld('logs')
      ? ports.telemetry.versionsSeen({
          source: telemetry,
          site: target.site,
          slotHost: '',
          fromMs: now - BOUNDS.healthWindowMs,
          toMs: now,
          timeoutMs: BOUNDS.healthWaitMs,
        })
      : undefined,
  ]);
}

/** What takes longer is seen at the next look. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

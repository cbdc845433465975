/**
 * Paired probes: a plan's own requests, sent to both versions at the same rate while a release judges.
 * Passes ask for windows by messages; whoever takes a message sends its window and writes what it counted.
 *
 * Nothing here may make false evidence. A window is claimed before its first request and written after its
 * last answer, whole or not at all: a sender that dies leaves a window without counts, whatever the answers
 * were. A pair counts in both versions or in none.
 */
import type { PairedBin, PairedCounts } from '../release/facts.ts';
import {
  countPairs,
  isGood,
  maySend,
  mergeWindows,
  type Pair,
} from '../release/paired-schedule.ts';
import {
  inSwapGrace,
  PAIRED,
  type ProbedHosts,
  probedHosts,
  type ProbeWindow,
  sameHosts,
  windowAt,
  windowsAhead,
} from '../release/paired-window.ts';
import type { Context } from '../release/draft.ts';
import type { Plan, ProbePlan } from '../release/plan.ts';
import type { Release } from '../release/release.ts';
import { queryFrom } from '../release/telemetry-fold.ts';
import type { PairedPorts } from './ports/paired.ts';
import type { ProbeClaim } from './ports/probe-outcomes.ts';
import type { AskedWindow } from './ports/probe-work.ts';
import type { Ports } from './ports.ts';
import { sendPairs } from './send-pairs.ts';

/** Asks for the windows ahead. Never throws: the next pass asks again. */
export async function askForProbes(
  ports: Ports,
  { release, plan }: { readonly release: Release; readonly plan: Plan },
): Promise<void> {
  if (ports.paired === undefined || probedHosts(release) === undefined) return;
  const { limits } = ports;
  const now = ports.clock.now();
  try {
    for (const { fromMs } of windowsAhead(release, { plan, limits, now })) {
      const delayMs = Math.max(0, fromMs - PAIRED.leadMs - now);
      await ports.paired.work.send({ releaseId: release.id, fromMs }, delayMs);
    }
  } catch (error) {
    ports.log('warning', 'paired probes could not be asked for', {
      release: release.id,
      error,
    });
  }
}

/** Counts of the bins in the window of the telemetry query; undefined: the plan has no probes. */
export async function readPaired(input: {
  readonly ports: Ports;
  readonly release: Release;
  readonly context: Context;
}): Promise<PairedCounts | undefined> {
  const { ports, release, context } = input;
  const { plan, now } = context;
  if (ports.paired === undefined || plan.probes === undefined || release.binsFrom === undefined)
    return undefined;
  const range = { fromMs: queryFrom(release, plan), toMs: now };
  return mergeWindows(await ports.paired.outcomes.read(release.id, range));
}

/** A window that is to be sent, as the release's row says. */
interface Job {
  readonly paired: PairedPorts;
  readonly release: Release;
  readonly probes: ProbePlan;
  readonly hosts: ProbedHosts;
  readonly window: ProbeWindow;
}

/**
 * Sends one window, if nobody has and the release still judges. What comes late is shortened, never made
 * up for. Throws StoreUnavailableError before anything is sent; afterwards nothing.
 */
export async function probeWindow(ports: Ports, asked: AskedWindow): Promise<void> {
  const job = await jobOf(ports, asked);
  if (job === undefined) return;
  const { paired, window, probes, hosts } = job;
  const claim = await paired.outcomes.claim(asked, ports.random() + ports.random());
  if (claim === undefined) return;
  await paired.pause(Math.max(0, window.fromMs - ports.clock.now()));
  const pairs = await sendPairs({ ports, paired, window, probes, hosts });
  try {
    await keep(ports, { job, claim, pairs });
  } catch (error) {
    ports.log('warning', 'the counts of a window of probes are lost', {
      release: asked.releaseId,
      from: asked.fromMs,
      error,
    });
  }
}

/** Undefined: there is nothing to send. The message says which window, the row everything else. */
async function jobOf(ports: Ports, asked: AskedWindow): Promise<Job | undefined> {
  const { paired } = ports;
  const aheadMs = asked.fromMs - ports.clock.now();
  if (paired === undefined || aheadMs > PAIRED.earlyMs || aheadMs <= -PAIRED.windowMs) {
    return undefined;
  }
  const loaded = await ports.store.load(asked.releaseId);
  if (loaded === undefined) return undefined;
  const { release, plan } = loaded;
  const { probes } = plan;
  const hosts = probedHosts(release);
  if (probes === undefined || hosts === undefined) return undefined;
  const window = windowAt(plan, asked.fromMs);
  const isOwn = window.fromMs === asked.fromMs && window.fromMs >= (release.binsFrom ?? Infinity);
  if (!isOwn || ports.clock.now() >= window.toMs) return undefined;
  if (inSwapGrace(release, window, ports.limits)) return undefined;
  const refused = probes.requests.find((request) => !maySend(request, probes));
  if (refused !== undefined) {
    ports.log('error', 'paired probes are not sent: the plan has a request that may not be', {
      release: release.id,
      request: `${refused.method} ${refused.path}`,
    });
    return undefined;
  }
  return { paired, release, probes, hosts, window };
}

/** Writes the counts, unless the versions may have moved between the hosts meanwhile. */
async function keep(
  ports: Ports,
  sent: { readonly job: Job; readonly claim: ProbeClaim; readonly pairs: readonly Pair[] },
): Promise<void> {
  const { job, claim, pairs } = sent;
  const { paired, release, probes, window } = job;
  if (pairs.length === 0) return;
  const after = await ports.store.load(release.id);
  if (after === undefined || !sameHosts(release, after.release)) {
    ports.log('info', 'a window of probes is dropped: the versions have moved meanwhile', {
      release: release.id,
      from: window.fromMs,
    });
    return;
  }
  const counts = countPairs(probes, window.binMs, pairs);
  await paired.outcomes.record(claim, counts);
  tellFailures(ports, { release, pairs, counts });
}

/** The counts alone do not say what failed. */
function tellFailures(
  ports: Ports,
  found: {
    readonly release: Release;
    readonly pairs: readonly Pair[];
    readonly counts: PairedBin;
  },
): void {
  const { release, pairs, counts } = found;
  const bad = pairs.find(({ request, canary }) => !isGood(request, canary));
  if (bad === undefined) return;
  ports.log('info', 'paired probes failed on the new version', {
    release: release.id,
    canary: counts.answers.canary,
    baseline: counts.answers.baseline,
    example: `${bad.request.method} ${bad.request.path}: ${bad.canary.status ?? 'no answer'}`,
  });
}

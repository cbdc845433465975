/** Sends the pairs of one window, each when its time comes. */
import { BOUNDS } from '../limits.ts';
import { type Pair, type Shot, shotsOf, slotMsOf, type Span } from '../release/paired-schedule.ts';
import { type ProbedHosts, probeTimeoutMs } from '../release/paired-window.ts';
import type { ProbePlan } from '../release/plan.ts';
import type { PairedPorts } from './ports/paired.ts';
import type { PairedReply } from './ports/paired-prober.ts';
import type { Ports } from './ports.ts';

interface Work {
  readonly ports: Ports;
  readonly paired: PairedPorts;
  readonly window: Span;
  readonly probes: ProbePlan;
  readonly hosts: ProbedHosts;
}

/** 8 hex digits as a fraction. */
const RANDOM_SPAN = 2 ** 32;
/** A shot may be this late, or by its slot: less than a busy process is late by anyway. */
const LATE_MS = 250;

/**
 * Every pair that was sent and answered or timed out. Late shots are left out, so a process that stood still
 * never sends a burst; so are shots while too many pairs wait. Both hang on what was before, never on the
 * answer that would have come, and leave out both versions' requests alike.
 */
export async function sendPairs(work: Work): Promise<readonly Pair[]> {
  const { ports, paired, window, probes } = work;
  const now = (): number => ports.clock.now();
  const span: Span = { fromMs: Math.max(window.fromMs, now()), toMs: window.toMs };
  const fraction = (): number => Number.parseInt(ports.random(), 16) / RANDOM_SPAN;
  const lateMs = Math.max(LATE_MS, slotMsOf(probes));
  const pairs: Pair[] = [];
  const waiting = new Set<Promise<void>>();
  for (const shot of shotsOf(probes, span, fraction)) {
    if (now() < shot.atMs) await paired.pause(shot.atMs - now());
    if (now() > Math.min(shot.atMs + lateMs, span.toMs) || waiting.size >= BOUNDS.probesWaiting)
      continue;
    const asked = askBoth(work, shot).then((pair) => {
      if (pair !== undefined) pairs.push(pair);
      waiting.delete(asked);
    });
    waiting.add(asked);
  }
  await Promise.all(waiting);
  return pairs;
}

/** Undefined: the pair says nothing about the versions. */
async function askBoth(work: Work, { request, canaryFirst }: Shot): Promise<Pair | undefined> {
  const { ports, paired, probes, hosts } = work;
  const timeoutMs = probeTimeoutMs(probes);
  const ask = (host: string): Promise<PairedReply> =>
    paired.prober.ask(host, { request, timeoutMs });
  try {
    const [first, second] = canaryFirst
      ? [hosts.canary, hosts.baseline]
      : [hosts.baseline, hosts.canary];
    // Both are under way before either answers.
    const [one, other] = await Promise.all([ask(first), ask(second)]);
    if (one.strayed || other.strayed) {
      ports.log('warning', 'a probe of one version was sent on to the other: it is not counted', {
        host: one.strayed ? first : second,
      });
      return undefined;
    }
    const [canary, baseline] = canaryFirst ? [one, other] : [other, one];
    return { request, canary: replyOf(canary), baseline: replyOf(baseline) };
  } catch (error) {
    // The port never throws; a mistake there must not end the window's other pairs.
    ports.log('error', 'a pair of probes could not be sent', { error });
    return undefined;
  }
}

function replyOf({ status, durationMs }: PairedReply): Pair['canary'] {
  return { status, durationMs };
}

/**
 * Watches one story from outside: what really is in the store and in Azure, never what the controller
 * says of itself. Knows nothing of the story but who meddled when.
 */
import type { Change, Creation } from '../../../src/controller/ports/release-store.ts';
import type { Rule } from '../../../src/release/azure-facts.ts';
import type { SwapIntent } from '../../../src/release/intent.ts';
import { type Release, type Stage, isFinished } from '../../../src/release/release.ts';
import type { World } from '../world.ts';
import type { Observer, RulesWrite, Task } from './unreliable-ports.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A write is decided at most this long (a claim) before it is sent. */
const CLAIM_MS = 2 * MINUTE;
/** While everything is unreliable, a rule that should not be there is gone this soon. */
const EXCESS_IN_CHAOS_MS = 20 * MINUTE;
/** One aftercare period (5 min), the tick's delivery, and one lost claim. */
const EXCESS_IN_CALM_MS = 8 * MINUTE;
/** Evidence of clear harm takes two or three minutes, with lost ticks and claims some more. */
const HARMED_AT_MOST_MS = 20 * MINUTE;
/** Longest stall of a call (15 min), and some. */
const STAMP_AT_MOST_OLD_MS = 40 * MINUTE;

/** The last look of two hours of aftercare may come five minutes before their end. */
const AFTERCARE_MS = 110 * MINUTE;

function endOf(stage: Stage): number {
  if (stage.phase === 'failed') return stage.acknowledgedAt ?? stage.at;
  return 'at' in stage ? stage.at : 0;
}

export type Promised =
  'exposure' | 'swap' | 'harm' | 'audit' | 'one-active' | 'liveness' | 'determinism' | 'time';

export interface Violation {
  readonly promise: Promised;
  /** Milliseconds since the beginning of the story. */
  readonly atMs: number;
  readonly what: string;
}

export interface Watchman extends Observer {
  readonly violations: readonly Violation[];
  violate(promise: Promised, what: string): void;
  /** Every release's newest row. */
  readonly releases: ReadonlyMap<string, Release>;
  /** Somebody changed Azure by hand; the watchman holds Slipway to what it could know. */
  byHand(what: 'rules' | 'content' | 'volumes'): void;
  /** Called after every event of the world. */
  look(): void;
  calmFrom(atMs: number): void;
  /** Swaps that Azure accepted, oldest first. */
  readonly swaps: readonly AcceptedSwap[];
}

export interface AcceptedSwap {
  readonly atMs: number;
  readonly releaseId: string;
  readonly direction: SwapIntent['direction'];
}

export interface WatchmanOptions {
  readonly world: World;
  /** Milliseconds of outages between two moments. */
  readonly outageMs: (fromMs: number, toMs: number) => number;
  /** The new versions do clear harm, and telemetry shows it. */
  readonly harmShows: () => boolean;
}

export function createWatchman(options: WatchmanOptions): Watchman {
  const { world, outageMs } = options;
  const { azure } = world;
  const now = (): number => world.now();
  const startMs = now();
  const violations: Violation[] = [];
  const releases = new Map<string, Release>();
  const lastStamp = new Map<string, number>();
  const allowedSteps: { readonly fromMs: number; readonly weight: number }[] = [];
  const claimsUsed = new Set<string>();
  const labelRequired = new Set<string>();
  const swaps: AcceptedSwap[] = [];
  const handAt = { rules: 0, content: 0, volumes: 0 };
  let calmFromMs = Infinity;
  let excessSince: number | undefined;
  let excessTold = false;
  let harmSince: number | undefined;
  let otherWriteAt = 0;
  let oldContent = azure.state.production.content;
  let seenVolume = azure.state.production.volume;
  let seenContent = azure.state.production.content;

  function violate(promise: Promised, what: string): void {
    if (violations.length < 20) violations.push({ promise, atMs: now() - startMs, what });
  }

  function active(): Release | undefined {
    return [...releases.values()].find(({ stage }) => !isFinished(stage));
  }

  function allowedNow(): number {
    const release = active();
    if (release === undefined) return 0;
    const stage = release.stage.phase === 'paused' ? release.stage.from : release.stage;
    return stage.phase === 'ramping' ? (release.steps[stage.step] ?? 0) : 0;
  }

  function noteAllowed(): void {
    const weight = allowedNow();
    if (allowedSteps.at(-1)?.weight !== weight) allowedSteps.push({ fromMs: now(), weight });
  }

  /** The most that any moment since allowed. */
  function mostAllowedSince(sinceMs: number): number {
    const before = allowedSteps.findLast(({ fromMs }) => fromMs <= sinceMs)?.weight ?? 0;
    const later = allowedSteps.filter(({ fromMs }) => fromMs > sinceMs);
    return Math.max(before, ...later.map(({ weight }) => weight));
  }

  function take(release: Release): void {
    releases.set(release.id, release);
    noteAllowed();
    const holding = [...releases.values()].filter(({ stage }) => !isFinished(stage));
    const held = world.store.app(release.appKey)?.active;
    if (holding.length > 1) {
      violate('one-active', holding.map(({ id, stage }) => `${id} ${stage.phase}`).join(', '));
    }
    if (held !== holding[0]?.id) {
      violate(
        'one-active',
        `the app row says ${held ?? 'free'}, unfinished is ${holding[0]?.id ?? 'none'}`,
      );
    }
  }

  function checkRows(before: Release | undefined, change: Pick<Change, 'release' | 'audit'>): void {
    const { release, audit } = change;
    const sequence = (before?.sequence ?? 0) + audit.length;
    if (
      release.sequence !== sequence ||
      (audit.at(-1)?.hash ?? before?.chainHead) !== release.chainHead
    ) {
      violate(
        'audit',
        `${release.id}: the row says ${release.sequence}, its rows end at ${sequence}`,
      );
    }
    for (const { at, body } of audit) {
      const last = lastStamp.get(release.id) ?? at;
      if (at < last) violate('time', `an audit row is older than the one before: ${body}`);
      if (at > now() || at < now() - STAMP_AT_MOST_OLD_MS) {
        violate('time', `stamped ${new Date(at).toISOString()}: ${body.slice(0, 200)}`);
      }
      lastStamp.set(release.id, Math.max(last, at));
    }
  }

  /** Ends that say something about Azure say the truth, unless somebody meddled just now. */
  function checkEnd(before: Release | undefined, after: Release): void {
    const { phase } = after.stage;
    if (before?.stage.phase === phase || after.subject === undefined) return;
    const meddled = Math.max(handAt.rules, handAt.volumes) > now() - 20 * MINUTE;
    if (meddled || !['succeeded', 'rolled-back', 'aborted', 'watching'].includes(phase)) return;
    const wanted = ['succeeded', 'watching'].includes(phase)
      ? after.subject.canaryVolume
      : after.subject.baselineVolume;
    const found = azure.state.production.volume;
    if (found !== wanted) violate('swap', `${after.id} is ${phase} and production holds ${found}`);
  }

  function checkClaim(before: Release | undefined, after: Release): void {
    const intent = after.intent;
    if (intent?.kind !== 'swap' || intent.claim === undefined) return;
    if (before?.intent?.claim?.id === intent.claim.id) return;
    if (after.stage.phase === 'promoting' && intent.direction === 'promote') return;
    if (after.stage.phase === 'rolling-back' && intent.direction === 'swap-back') return;
    violate('swap', `a swap (${intent.direction}) is claimed while ${after.stage.phase}`);
  }

  function ownWeight(rules: readonly Rule[]): number {
    return rules.find(({ name }) => name === azure.slot)?.weight ?? 0;
  }

  function releaseOf(task: Task): Release | undefined {
    const id = task.committed?.release.id;
    return id === undefined ? undefined : releases.get(id);
  }

  return {
    violations,
    violate,
    releases,
    swaps,
    byHand: (what) => {
      handAt[what] = now();
    },
    calmFrom: (atMs) => {
      calmFromMs = atMs;
    },
    created: ({ release, audit, plan }: Creation) => {
      if (plan.label.require) labelRequired.add(release.id);
      checkRows(undefined, { release, audit });
      take(release);
    },
    committed: (_task, change) => {
      const before = releases.get(change.release.id);
      // Two workers said the very same in the same millisecond: the store took it once.
      const again = change.audit.length > 0 && before?.chainHead === change.release.chainHead;
      if (again) return;
      checkRows(before, change);
      checkEnd(before, change.release);
      checkClaim(before, change.release);
      take(change.release);
    },
    rulesWritten: (task, write) => checkWrite(task, write),
    swapSent: (task, intent) => {
      const claim = intent?.claim;
      if (claim === undefined) {
        violate('swap', `${task.name} POSTs a swap without a claim`);
        return;
      }
      if (claimsUsed.has(claim.id)) violate('swap', `two POSTs under the claim ${claim.id}`);
      claimsUsed.add(claim.id);
      if (now() > claim.notAfter) {
        const lateMs = now() - claim.notAfter;
        violate('swap', `${task.name} POSTs a swap ${lateMs} ms after the end of its claim`);
      }
    },
    swapAccepted: (task, intent) => checkSwap(task, intent),
    look: () => {
      followProduction();
      checkExposure();
      checkHarmed();
    },
  };

  function checkWrite(task: Task, { sentAt, before, after }: RulesWrite): void {
    const [from, to] = [ownWeight(before), ownWeight(after)];
    const release = releaseOf(task);
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    const another = otherWriteAt;
    otherWriteAt = now();
    // Nobody can fence a change that somebody made between a worker's read and its write.
    if (handAt.rules > task.readAt.rules) return;
    if (to > from && to > mostAllowedSince(sentAt - CLAIM_MS)) {
      const most = mostAllowedSince(sentAt - CLAIM_MS);
      violate(
        'exposure',
        `${task.name} raised the rule from ${from} to ${to} %, allowed were ${most} %`,
      );
    }
    const intent = task.committed?.release.intent;
    // A write of the rules as they are (it asks whether a swap runs) changes only what came in between.
    if (intent?.kind === 'swap' && another > task.readAt.rules && to <= from) return;
    const row =
      release === undefined || intent === undefined
        ? undefined
        : world.store.auditOf(release.id).find(({ sequence }) => sequence === intent.id);
    if (
      intent?.kind !== 'set-weight' ||
      intent.weight !== to ||
      row === undefined ||
      row.at > sentAt
    ) {
      violate('audit', `${task.name} wrote ${from} -> ${to} % without an intent that says so`);
    }
  }

  function checkSwap(task: Task, intent: SwapIntent | undefined): void {
    const release = releaseOf(task);
    if (intent === undefined || release?.subject === undefined) return;
    swaps.push({ atMs: now(), releaseId: release.id, direction: intent.direction });
    const { production, slot } = azure.state;
    const promote = intent.direction === 'promote';
    const goal = promote ? release.subject.canaryVolume : release.subject.baselineVolume;
    if (production.volume === goal && handAt.volumes <= task.readAt.site) {
      violate('swap', `${task.name}: a second swap (${intent.direction}) undoes the first`);
    }
    const labelled = labelRequired.has(release.id);
    // In these stories content and version have the same name, and the label proves the version.
    const validated = labelled ? release.version : release.subject.canaryContent;
    const wanted = promote ? validated : oldContent;
    const meddledAt = Math.max(handAt.content, handAt.volumes);
    if (slot.content !== wanted && meddledAt <= task.readAt.content) {
      violate(
        'swap',
        `${task.name} swaps ${slot.content} into production, validated was ${wanted}`,
      );
    }
  }

  /** What was in production right before the volumes moved is what may come back. */
  function followProduction(): void {
    const { volume, content } = azure.state.production;
    if (volume !== seenVolume) oldContent = seenContent;
    seenVolume = volume;
    seenContent = content;
  }

  function checkExposure(): void {
    const weight = ownWeight(azure.state.rules);
    const fine = weight <= allowedNow() || nobodyLooksAfter(weight);
    if (fine) {
      excessSince = undefined;
      excessTold = false;
      return;
    }
    excessSince ??= now();
    const since = excessSince;
    const inCalm = now() - Math.max(since, calmFromMs) > EXCESS_IN_CALM_MS;
    const outage = outageMs(since, now());
    const inChaos = now() - since - outage > EXCESS_IN_CHAOS_MS + outage;
    if (excessTold || !(inCalm || inChaos)) return;
    excessTold = true;
    violate(
      'exposure',
      `${weight} % for ${Math.round((now() - since) / SECOND)} s, allowed are ${allowedNow()} %`,
    );
  }

  /** Visitors who meet clear harm meet it for minutes, not until some deadline. */
  function checkHarmed(): void {
    const met = allowedNow() > 0 && ownWeight(azure.state.rules) >= 5 && options.harmShows();
    if (!met) harmSince = undefined;
    else if (harmSince === undefined) harmSince = now();
    else if (now() - harmSince > HARMED_AT_MOST_MS + outageMs(harmSince, now())) {
      violate('harm', `visitors meet a harmful version for ${(now() - harmSince) / SECOND} s`);
      harmSince = Infinity;
    }
  }

  /** A person was called, or the rule is none of ours. */
  function nobodyLooksAfter(weight: number): boolean {
    const holder = active();
    if (holder?.stage.phase === 'failed') return true;
    // A swap must settle before anything else; App Service refuses other writes until then.
    if (holder?.intent?.kind === 'swap' && holder.intent.claim !== undefined) return true;
    if (holder?.subject !== undefined) return false;
    const cared = [...releases.values()].filter(
      ({ stage, subject }) =>
        isFinished(stage) && subject !== undefined && now() < endOf(stage) + AFTERCARE_MS,
    );
    return !cared.some(({ steps }) => steps.includes(weight));
  }
}

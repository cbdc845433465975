/**
 * Random lives of a release: a small Azure that may do anything, a worker that may crash or stall, an
 * operator who presses any button. Used by the model test.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Bin } from '../../src/judge/types.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import type { Rule, WriteOutcome } from '../../src/release/azure-facts.ts';
import { verifyChain } from '../../src/release/chain.ts';
import { type Decision, decide, decideCommand, decideOutcome } from '../../src/release/decide.ts';
import { type Context, SYSTEM } from '../../src/release/draft.ts';
import { dueReads } from '../../src/release/due-reads.ts';
import { COMMANDS, type CommandKind } from '../../src/release/event.ts';
import type { Facts, ProbeAnswer, TelemetryFacts } from '../../src/release/facts.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Effect } from '../../src/release/reconcile.ts';
import { type Phase, type Release, isFinished } from '../../src/release/release.ts';
import { writeRescue } from '../../src/release/rescue-record.ts';
import { ownRule, whereabouts, withOwnWeight } from '../../src/release/rules.ts';
import { limitsAt } from '../../src/limits.ts';
import { newRelease } from '../../src/release/new-release.ts';
import {
  NOW,
  SUBJECT,
  answerOf,
  bodiesOf,
  sampleRequest,
  siteAt,
  stored,
} from '../support/release-samples.ts';

import { checkStep } from './promises.ts';

const MINUTE = 60_000;
const limits = limitsAt(1);

/** What happens between two passes, and how well the pass itself goes. */
export interface Turn {
  readonly ms: number;
  readonly command: CommandKind | undefined;
  readonly choice: 'adopt' | 'reapply' | undefined;
  /** What somebody else does to the app. */
  readonly meddle:
    'nothing' | 'rule' | 'foreign' | 'swap' | 'overwrite' | 'mixed' | 'settle' | 'rescue';
  readonly weight: number;
  readonly telemetry: 'good' | 'bad' | 'unsure' | 'silent' | 'none' | 'down';
  readonly probe: 'ok' | 'fails' | 'both';
  /** Reads that fail in this pass. */
  readonly unread: 'nothing' | 'rules' | 'site' | 'content' | 'all';
  readonly call:
    'works' | 'busy' | 'refused' | 'lost-before' | 'lost-after' | 'stalls' | 'guarded' | 'crash';
}

const common = <T>(value: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(value, ...others) },
  );

export const turn: fc.Arbitrary<Turn> = fc.record({
  ms: fc.oneof(fc.integer({ min: 1, max: 5 * MINUTE }), fc.constantFrom(15_000, 30_000, MINUTE)),
  command: common<CommandKind | undefined>(undefined, ...COMMANDS),
  choice: fc.constantFrom(undefined, 'adopt', 'reapply'),
  meddle: common<Turn['meddle']>(
    'nothing',
    'rule',
    'foreign',
    'swap',
    'overwrite',
    'mixed',
    'settle',
    'rescue',
  ),
  weight: fc.integer({ min: 0, max: 99 }),
  telemetry: common<Turn['telemetry']>('good', 'bad', 'unsure', 'silent', 'none', 'down'),
  probe: common<Turn['probe']>('ok', 'fails', 'both'),
  unread: common<Turn['unread']>('nothing', 'rules', 'site', 'content', 'all'),
  call: common<Turn['call']>(
    'works',
    'busy',
    'refused',
    'lost-before',
    'lost-after',
    'stalls',
    'guarded',
    'crash',
  ),
});

/** The app as Azure has it. */
interface App {
  rules: readonly Rule[];
  where: 'baseline-in-production' | 'canary-in-production' | 'other';
  swappedAt: string;
  /** By volume. */
  readonly content: Map<string, string>;
  /** A swap that was POSTed and is not done: when it will be. */
  swapEnds: number | undefined;
  posts: number;
  /** What a rescue left on the site. */
  tag: string | undefined;
}

export class Life {
  readonly plan: Plan;
  readonly rows: AuditRow[] = [];
  readonly phases = new Set<Phase>();
  readonly kinds = new Set<string>();
  release: Release;
  bins: readonly Bin[] = [];
  now = NOW;
  claims = 0;
  /** PATCHes of workers that stalled: they land later, whatever was decided meanwhile. */
  stalled: { readonly at: number; readonly weight: number }[] = [];
  readonly app: App = {
    rules: [],
    where: 'baseline-in-production',
    swappedAt: '2026-01-01T00:00:00.000Z',
    content: new Map([
      [SUBJECT.canaryVolume, SUBJECT.canaryContent],
      [SUBJECT.baselineVolume, SUBJECT.baselineContent],
    ]),
    swapEnds: undefined,
    posts: 0,
    tag: undefined,
  };

  constructor(plan: unknown, reversible = true) {
    const request = sampleRequest(plan);
    const born = newRelease({
      request,
      now: NOW,
      limits,
      actor: SYSTEM,
      random: '00000001',
      rejection: undefined,
    });
    this.plan = request.plan;
    this.release = { ...born.release, reversible };
    this.rows.push(...born.rows);
  }

  context(): Context {
    this.claims += 1;
    return {
      now: this.now,
      limits,
      plan: this.plan,
      actor: SYSTEM,
      claimId: `claim-${this.claims}`,
    };
  }

  take(decision: Decision, facts: Facts | undefined): void {
    const before = this.release;
    checkStep(before, decision, { facts, plan: this.plan, now: this.now });
    // No call of ours is still on its way when it says that all is as it was, nor when a swap begins.
    const { phase } = decision.release.stage;
    const restored = before.stage.phase === 'rolling-back' && isFinished(decision.release.stage);
    if (restored || decision.effect?.kind === 'submit-swap') expect(this.stalled).toEqual([]);
    if (restored && phase !== 'failed') {
      expect(ownRule(decision.release, this.app.rules)).toBeUndefined();
      const { volumes } = siteAt(this.app.where);
      expect(whereabouts(decision.release, volumes)).toBe('baseline-in-production');
    }
    this.rows.push(...decision.rows);
    this.release = stored(decision.release);
    if (decision.bins !== undefined) this.bins = stored(decision.bins.all);
    this.phases.add(this.release.stage.phase);
    if (decision.effect !== undefined) this.kinds.add(decision.effect.kind);
  }

  live(turn: Turn): void {
    this.now += turn.ms;
    this.azureMovesOn();
    this.meddle(turn);
    if (turn.command !== undefined) this.obey(turn, turn.command);
    const facts = this.look(turn);
    const input = { release: this.release, bins: this.bins, facts };
    const context = this.context();
    const decision = decide({ ...input, context });
    // The store gives back JSON: nothing may hang on what JSON cannot say.
    const again = decide({ ...stored(input), context });
    expect(stored(again)).toEqual(stored(decision));
    this.take(decision, facts);
    if (decision.effect !== undefined) this.carryOut(decision.effect, turn);
  }

  obey({ choice, call }: Turn, kind: CommandKind): void {
    const command = { kind, reason: 'a reason', choice };
    const decision = decideCommand({ release: this.release, command, context: this.context() });
    if ('kind' in decision) return;
    this.take(decision, undefined);
    if (decision.effect !== undefined) this.carryOut(decision.effect, { call });
  }

  azureMovesOn(): void {
    const { app } = this;
    for (const { at, weight } of this.stalled) {
      if (at <= this.now && this.release.subject !== undefined)
        app.rules = withOwnWeight(this.release, app.rules, weight);
    }
    this.stalled = this.stalled.filter(({ at }) => at > this.now);
    if (app.swapEnds !== undefined && app.swapEnds <= this.now) {
      this.swap();
      app.swapEnds = undefined;
    }
  }

  swap(): void {
    const { app } = this;
    app.where =
      app.where === 'canary-in-production' ? 'baseline-in-production' : 'canary-in-production';
    app.swappedAt = new Date(this.now).toISOString();
  }

  meddle({ meddle, weight }: Turn): void {
    const { app } = this;
    if (meddle === 'rule')
      app.rules =
        weight === 0 ? [] : [{ name: 'staging', host: SUBJECT.slotHost, weight, autoRamp: false }];
    if (meddle === 'foreign')
      app.rules = [
        ...app.rules.filter(({ name }) => name !== 'beta'),
        { name: 'beta', host: 'b', weight, autoRamp: false },
      ];
    if (meddle === 'swap' && app.swapEnds === undefined) this.swap();
    if (meddle === 'overwrite') app.content.set(SUBJECT.canaryVolume, `deploy-${this.now}`);
    if (meddle === 'mixed') app.where = 'other';
    if (meddle === 'rescue') this.rescue(weight % 2 === 0);
    if (meddle === 'settle') {
      app.where = 'baseline-in-production';
      app.rules = app.rules.filter(({ name }) => name !== 'beta');
    }
  }

  /** Somebody breaks the glass, and may swap back what is in production. */
  rescue(swapsBack: boolean): void {
    const { app } = this;
    app.rules = app.rules.filter(({ name }) => name !== 'staging');
    const swaps = swapsBack && app.where === 'canary-in-production' && app.swapEnds === undefined;
    if (swaps) this.swap();
    const did = swaps ? 'swapped-back' : 'rule-removed';
    app.tag = writeRescue({ at: this.now, did, by: 'anna', weight: undefined });
  }

  look(turn: Turn): Facts {
    const { release, app } = this;
    const due = dueReads(release, this.context());
    const fails = (what: Turn['unread']): boolean => turn.unread === what || turn.unread === 'all';
    const site = siteAt(app.where, app.swappedAt);
    const content = {
      production: app.content.get(site.volumes.production) ?? '',
      slot: app.content.get(site.volumes.slot) ?? '',
    };
    const operation = app.swapEnds === undefined ? undefined : 'SwapSiteSlots';
    const production = { ...site.production, operationInProgress: operation };
    const ok: ProbeAnswer = {
      ok: true,
      host: 'h',
      path: '/',
      status: 200,
      durationMs: 1,
      problem: undefined,
    };
    const no: ProbeAnswer = { ...ok, ok: false, status: 500, problem: '500' };
    const seen = (version: string) => [{ version, requests: 9, items: 9 }];
    return {
      rules: due.rules && !fails('rules') ? app.rules : undefined,
      site: due.site && !fails('site') ? { ...site, production, rescueTag: app.tag } : undefined,
      content: due.content && !fails('content') ? content : undefined,
      poll: due.poll ? { kind: 'running', poller: 'p' } : undefined,
      telemetry: due.telemetry ? this.telemetry(turn.telemetry) : undefined,
      probes: due.probes
        ? { canary: [turn.probe === 'ok' ? ok : no], other: [turn.probe === 'both' ? no : ok] }
        : undefined,
      preflight:
        release.stage.phase === 'preflight'
          ? {
              autoSwapSlotName: undefined,
              stickyAppSettings: [],
              versions: seen('1.0.0'),
              labelled: seen('2.0.0'),
              labelAnswer: ok,
              answers: this.plan.validate.map(() => (turn.probe === 'ok' ? ok : no)),
            }
          : undefined,
      pinnedUntil: undefined,
      unread: [],
    };
  }

  telemetry(kind: Turn['telemetry']): TelemetryFacts {
    if (kind === 'down') return { kind: 'unavailable', message: 'throttled' };
    const { intervalMs } = this.plan.analysis;
    const from = this.release.binsFrom ?? this.now;
    const span = {
      from: Math.max(from, from + Math.floor((this.now - from) / intervalMs - 15) * intervalMs),
      to: this.now,
      intervalMs,
    };
    const rates = {
      good: { canary: { requests: 500, failures: 0 }, baseline: { requests: 9_500, failures: 9 } },
      bad: { canary: { requests: 50, failures: 25 }, baseline: { requests: 950, failures: 1 } },
      unsure: { canary: { requests: 2, failures: 0 }, baseline: { requests: 40, failures: 0 } },
      silent: { canary: { requests: 0, failures: 0 }, baseline: { requests: 900, failures: 0 } },
      none: { canary: { requests: 0, failures: 0 }, baseline: { requests: 0, failures: 0 } },
    }[kind];
    return answerOf(span, rates);
  }

  carryOut(effect: Effect, { call }: Pick<Turn, 'call'>): void {
    if (call === 'crash') return;
    const outcome = this.call(effect, call);
    const { intentId, claimId } = effect;
    const input = {
      release: this.release,
      call: { intentId, claimId },
      outcome,
      context: this.context(),
    };
    const decision = decideOutcome(input);
    expect(stored(decideOutcome(stored(input)))).toEqual(stored(decision));
    if (decision !== undefined) this.take(decision, undefined);
  }

  call(effect: Effect, call: Turn['call']): WriteOutcome {
    const { app } = this;
    const unknown: WriteOutcome = { kind: 'unknown', code: 'ETIMEDOUT', message: 'm' };
    if (effect.kind === 'prove-idle') return this.proveIdle(effect, call);
    if (call === 'busy') return { kind: 'busy', code: 'Conflict', message: 'm', retryAfterMs: 0 };
    if (call === 'refused') return { kind: 'refused', code: 'Forbidden', message: 'm' };
    if (call === 'guarded') return { kind: 'guarded', code: 'claim-lost', message: 'm' };
    if (call === 'lost-before') return unknown;
    if (effect.kind === 'submit-swap') {
      // One operation at a time: Azure refuses a second one as busy.
      if (app.swapEnds !== undefined)
        return { kind: 'busy', code: 'Conflict', message: 'm', retryAfterMs: 0 };
      app.posts += 1;
      app.swapEnds = this.now + MINUTE;
      return call === 'works' ? { kind: 'swap-accepted', poller: 'p' } : unknown;
    }
    if (call === 'stalls') {
      this.stalled.push({ at: this.now + 110_000, weight: effect.weight });
      return unknown;
    }
    app.rules = withOwnWeight(this.release, app.rules, effect.weight);
    return call === 'works' ? { kind: 'rules-written', rules: app.rules } : unknown;
  }

  proveIdle(
    { since, takesAway }: Extract<Effect, { kind: 'prove-idle' }>,
    call: Turn['call'],
  ): WriteOutcome {
    const { app, release } = this;
    const idle = app.swapEnds === undefined && call === 'works';
    const removed = ownRule(release, app.rules);
    if (idle) app.rules = withOwnWeight(release, app.rules, 0);
    return { kind: 'idle-asked', since, idle, takesAway, removed, message: 'm' };
  }

  verify(): void {
    const { id, sequence, chainHead } = this.release;
    const answer = verifyChain(this.rows, { releaseId: id, sequence, head: chainHead });
    expect(answer).toMatchObject({ ok: true });
    const bodies = bodiesOf(this.rows);
    bodies.slice(1).forEach((body, index) => expect(body.from).toBe(bodies[index]?.to));
  }
}

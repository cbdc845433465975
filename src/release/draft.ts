import { BOUNDS, type Limits } from '../limits.ts';
import type { Actor, AuditAction, AuditRow } from './audit.ts';
import { bounded, cut } from './audit-size.ts';
import { sealRow } from './chain.ts';
import type { Plan } from './plan.ts';
import { redact, redactAll } from './redact.ts';
import { shareOf } from './rules.ts';
import type { Reason } from './reason.ts';
import type { Release, Stage } from './release.ts';

/** What every decision is given besides the release: nothing here is read by the core itself. */
export interface Context {
  /** Store time, never below the release's last stamp. */
  readonly now: number;
  readonly limits: Limits;
  readonly plan: Plan;
  readonly actor: Actor;
  /** Random id for the one claim that this pass may make. */
  readonly claimId: string;
}

const MESSAGE_CHARS = BOUNDS.messageChars;

export const SYSTEM: Actor = { kind: 'system', name: 'slipway', objectId: undefined };

export interface Note {
  readonly action: AuditAction;
  readonly reason: Reason;
  readonly message: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/**
 * A release while one pass decides about it: collects its next state and the audit rows that commit
 * with it, and keeps the chain. Lives only inside a pure function; nobody else sees it change.
 */
export class Draft {
  readonly context: Context;
  readonly rows: AuditRow[] = [];
  #release: Release;
  /** Stage at the last row, so that each row says from where to where. */
  #told: string;

  constructor(release: Release, context: Context) {
    this.context = context;
    this.#release = release;
    this.#told = describeStage(release);
  }

  get release(): Release {
    return this.#release;
  }

  /** Changes state that no audit row speaks of by itself (read stamps, watermarks, streaks). */
  set(patch: Partial<Release>): void {
    const { message } = patch;
    const said = message === undefined ? {} : { message: cut(redact(message), MESSAGE_CHARS) };
    this.#release = { ...this.#release, ...patch, ...said };
  }

  /** Adds one audit row about the state as it is now. */
  note(note: Note): void {
    const sequence = this.#release.sequence + 1;
    const to = describeStage(this.#release);
    const body = bounded({
      releaseId: this.#release.id,
      sequence,
      at: new Date(this.context.now).toISOString(),
      action: note.action,
      actor: this.context.actor,
      from: this.#told,
      to,
      reason: note.reason,
      message: redact(note.message),
      weight: {
        confirmed: this.#release.weight,
        wanted: this.#release.wantedWeight,
        share: shareOf(this.#release),
      },
      facts: redactFacts(note.facts ?? {}),
    });
    const row = sealRow(body, this.#release.chainHead);
    this.rows.push(row);
    this.#told = to;
    this.set({ sequence, chainHead: row.hash });
  }

  /** Moves to a stage: state, reason, and the audit row in one. */
  move(stage: Stage, note: Omit<Note, 'action'> & { action?: AuditAction }): void {
    const left = this.#release.stage;
    if (left.phase === 'paused' && stage.phase !== 'paused') {
      this.set({ pausedMs: this.#release.pausedMs + (this.context.now - left.since) });
    }
    this.set({ stage, reason: note.reason, message: note.message });
    this.note({ action: 'phase-changed', ...note });
  }
}

function redactFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, redactAll(fact)]));
}

/** Where a release stands, in words that people and audit rows use. */
export function describeStage(release: Pick<Release, 'stage' | 'steps'>): string {
  return stageWords(release.stage, release.steps.length);
}

function stageWords(stage: Stage, steps: number): string {
  switch (stage.phase) {
    case 'ramping':
      return `ramping ${stage.step + 1}/${steps}`;
    case 'paused':
      return `paused (${stageWords(stage.from, steps)})`;
    case 'watching':
      return stage.extended ? 'watching (extended)' : 'watching';
    case 'failed':
      return stage.acknowledgedAt === undefined ? 'failed' : 'failed (acknowledged)';
    case 'queued':
    case 'preflight':
    case 'promoting':
    case 'rolling-back':
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return stage.phase;
  }
}

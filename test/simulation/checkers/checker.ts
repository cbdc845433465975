/** What a checker is told, and what it may look at. Checkers know nothing of the code they watch. */
import type { Rule } from '../../../src/release/azure-facts.ts';
import type { Notice } from '../../../src/release/notice.ts';
import type { Release } from '../../../src/release/release.ts';
import { isFinished } from '../../../src/release/release.ts';
import type { World } from '../../support/world.ts';
import type { Applied } from '../cloud/tables.ts';
import type { Task } from '../instance.ts';
import type { Story } from '../story/story.ts';
import type { AzureHistory } from '../truth/azure-history.ts';
import type { Commit, Ledger } from '../truth/ledger.ts';

export type Promised =
  | 'exposure'
  | 'swap'
  | 'harm'
  | 'aftercare'
  | 'audit'
  | 'one-active'
  | 'once'
  | 'notices'
  | 'probes'
  | 'liveness'
  | 'time'
  | 'determinism';

export interface Violation {
  readonly promise: Promised;
  /** Milliseconds since the beginning of the story. */
  readonly atMs: number;
  readonly what: string;
}

export interface RulesWrite {
  /** When the worker made the call. */
  readonly sentAt: number;
  /** The list in the request. */
  readonly sent: readonly Rule[];
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
}

/** One request of a pair, with what its worker heard of it. */
export interface Probed {
  /** What really answered. */
  readonly content: string;
  /** Undefined: no answer came. */
  readonly status: number | undefined;
}

/** Every hook is told of what had its effect, at the moment when it had it. */
export interface Checker {
  committed?(commit: Commit): void;
  rulesWritten?(task: Task, write: RulesWrite): void;
  /** Before it is known what becomes of the POST. */
  swapSent?(task: Task): void;
  swapAccepted?(task: Task): void;
  told?(notice: Notice): void;
  /** To any table, by one request. */
  applied?(writes: readonly Applied[], task: Task | undefined): void;
  probed?(task: Task, answer: Probed): void;
  /** A use case has returned in a process that lives. */
  taskEnded?(task: Task): void;
  /** After every event of the world. */
  look?(): void;
  /** Once, when the story is over. */
  over?(): void;
}

export interface Eyes {
  readonly world: World;
  readonly story: Story;
  readonly now: () => number;
  readonly ledger: Ledger;
  readonly history: AzureHistory;
  readonly violate: (promise: Promised, what: string) => void;
  /** Milliseconds of outages between two moments. */
  readonly outageMs: (fromMs: number, toMs: number) => number;
  /** Milliseconds between two moments, outside of outages, in which no instance of the app ran. */
  readonly unattendedMs: (fromMs: number, toMs: number) => number;
  /** From when on nothing fails and nothing late is under way any more. */
  readonly calmFromMs: () => number;
  /** The new versions do clear harm from the beginning, and telemetry shows it. */
  readonly harmShows: () => boolean;
}

export function activeOf({ releases }: Ledger): Release | undefined {
  for (const release of releases.values()) if (!isFinished(release.stage)) return release;
  return undefined;
}

/** What this worker's release is now. */
export function releaseOf({ ledger }: Eyes, { committed }: Task): Release | undefined {
  return committed === undefined ? undefined : ledger.releases.get(committed.id);
}

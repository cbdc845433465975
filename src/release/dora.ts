/**
 * The four figures by which DORA measures the delivery of software, per app, from what Slipway knows of its
 * releases (https://dora.dev/guides/dora-metrics/). Pure; docs/report.md says of each what Slipway cannot know.
 */

/** One release, as far as it counts here. Times are milliseconds since the epoch. */
export interface Deployed {
  readonly app: string;
  readonly phase: string;
  readonly createdAt: number;
  /** When its last phase began: for a finished release its end. */
  readonly since: number;
  /** The proven swap: from then on it was production. */
  readonly swappedAt: number | undefined;
  /** Visitors met it before the swap, by a ramp. */
  readonly met: boolean;
  /** When its commit was made; undefined: the start did not say. */
  readonly committedAt: number | undefined;
  /** Of one that went back: when visitors first met it; undefined: not known. */
  readonly firstMetAt: number | undefined;
  /** When the old version had all of production again; undefined: it has not, or it is not known. */
  readonly restoredAt: number | undefined;
}

export interface Period {
  readonly from: number;
  readonly to: number;
}

/** A median of so many; undefined: there were none. */
export interface Median {
  readonly medianMs: number;
  readonly of: number;
}

export interface DoraFigures {
  readonly app: string;
  /** Releases that met visitors, whatever became of them. */
  readonly deployments: number;
  readonly failed: number;
  readonly deploymentFrequency: { readonly perDay: number };
  /** `from`: the commit where any start told it, and then of those alone; else the start of the release. */
  readonly changeLeadTime: (Median & { readonly from: 'commit' | 'start' }) | undefined;
  readonly changeFailRate: { readonly share: number } | undefined;
  /** `open`: failed, and not known to be restored. */
  readonly failedDeploymentRecoveryTime: {
    readonly open: number;
    readonly time: Median | undefined;
  };
}

const DAY_MS = 86_400_000;
const WENT_BACK = new Set(['rolled-back', 'aborted', 'rolling-back', 'failed']);

/** Figures of every app, by name, of what was deployed in the period. */
export function doraFigures(releases: readonly Deployed[], period: Period): readonly DoraFigures[] {
  const deployed = releases.filter(
    (release) => isDeployment(release) && isWithin(deployedAt(release), period),
  );
  const apps = [...new Set(deployed.map(({ app }) => app))].toSorted();
  return apps.map((app) =>
    figuresOf(
      app,
      deployed.filter((one) => one.app === app),
      period,
    ),
  );
}

/** It met visitors, and it is clear what became of it: one that is on its way counts when it has arrived. */
function isDeployment({ phase, met, swappedAt }: Deployed): boolean {
  if (WENT_BACK.has(phase)) return met || swappedAt !== undefined;
  return swappedAt !== undefined && phase !== 'rejected';
}

/** When it counts: once it is production; one that never was, when it was given up. */
function deployedAt({ swappedAt, since }: Deployed): number {
  return swappedAt ?? since;
}

function isWithin(at: number, { from, to }: Period): boolean {
  return at >= from && at < to;
}

function figuresOf(app: string, deployed: readonly Deployed[], period: Period): DoraFigures {
  const failed = deployed.filter(({ phase }) => WENT_BACK.has(phase));
  const days = (period.to - period.from) / DAY_MS;
  return {
    app,
    deployments: deployed.length,
    failed: failed.length,
    deploymentFrequency: { perDay: days > 0 ? deployed.length / days : 0 },
    changeLeadTime: leadTime(deployed),
    changeFailRate: deployed.length === 0 ? undefined : { share: failed.length / deployed.length },
    failedDeploymentRecoveryTime: recoveryTime(failed),
  };
}

/** Of what reached production: from a commit that is later than the swap nothing can be learnt. */
function leadTime(deployed: readonly Deployed[]): DoraFigures['changeLeadTime'] {
  const arrived = deployed.flatMap(({ swappedAt, ...one }) =>
    swappedAt === undefined ? [] : [{ ...one, swappedAt }],
  );
  const fromCommit = arrived.flatMap(({ committedAt, swappedAt }) =>
    committedAt === undefined || committedAt > swappedAt ? [] : [swappedAt - committedAt],
  );
  const commits = medianOf(fromCommit);
  if (commits !== undefined) return { ...commits, from: 'commit' };
  const starts = medianOf(arrived.map(({ createdAt, swappedAt }) => swappedAt - createdAt));
  return starts === undefined ? undefined : { ...starts, from: 'start' };
}

function recoveryTime(failed: readonly Deployed[]): DoraFigures['failedDeploymentRecoveryTime'] {
  const times = failed.flatMap(({ firstMetAt, restoredAt }) =>
    firstMetAt === undefined || restoredAt === undefined || restoredAt < firstMetAt
      ? []
      : [restoredAt - firstMetAt],
  );
  return { open: failed.length - times.length, time: medianOf(times) };
}

function medianOf(values: readonly number[]): Median | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) return undefined;
  return { medianMs: (upper + lower) / 2, of: sorted.length };
}

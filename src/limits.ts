/**
 * Every waiting constant of the design (section 4), in milliseconds. They are divided by the setting
 * SLIPWAY_TIME_SCALE, which is accepted only together with loopback endpoints.
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
export const MINUTE_MS = MINUTE;
const HOUR = 60 * MINUTE;

const WAITS = {
  /** An ARM write is aborted after this, well before its claim ends. */
  armTimeoutMs: 30 * SECOND,
  /** How long a claim lasts, from its commit. */
  claimMs: 2 * MINUTE,
  /** A claim is taken over only this long after its end. */
  claimGraceMs: 30 * SECOND,
  /** Raising the weight on evidence older than this is decided afresh. */
  raiseExpiresMs: 2 * MINUTE,
  /** "Not done" of a swap is believed this long after the claim's end. */
  swapUnprovenMs: 2 * MINUTE,
  /** Two reads that must agree are at least this far apart. */
  readsApartMs: MINUTE,
  /** Wait after a busy or unknown answer before the next try. */
  retryMs: 30 * SECOND,
  /** How often a running swap is looked at. */
  pollMs: 10 * SECOND,
  /** Rules and volumes are read at least this often; also around effects. */
  rulesEveryMs: 2 * MINUTE,
  contentEveryMs: 5 * MINUTE,
  /** The plan's requests go to both hosts at most this often. */
  probesEveryMs: 30 * SECOND,
  preflightMs: 15 * MINUTE,
  /** A swap that is neither done nor refused by then is given up: a person is called. */
  promoteMs: HOUR,
  rollBackMs: HOUR,
  /** Harm by probe counts only after this grace after the swap. */
  probeGraceMs: MINUTE,
  /** A visitor's routing cookie lives this long (azure.md 1.3). */
  cookieMs: HOUR,
  /** A shared incident that began so soon after a change of the weight, and lasts so long, is ours. */
  incidentAfterChangeMs: 5 * MINUTE,
  incidentLastsMs: 10 * MINUTE,
  /** How far back the baseline is looked for. */
  baselineWindowMs: HOUR,
  /** After a notice that did not arrive; doubles at each failure. */
  noticeRetryMs: 30 * SECOND,
  noticeRetryAtMostMs: 10 * MINUTE,
  /** The longest wait that a receiver may ask for (Retry-After). */
  noticeRetryAfterMs: HOUR,
  /** So old a notice gets before it is given up by a receiver that only asks to wait: quotas of flows are daily. */
  noticeLaterMs: 24 * HOUR,
  /** A pass begins no other notice after this: a slow receiver must not hold it for long. */
  noticePassMs: 5 * SECOND,
  aftercareMs: 2 * HOUR,
  /** Aftercare looks every minute at first, then every five. */
  aftercareSoonMs: MINUTE,
  aftercareLateMs: 5 * MINUTE,
  aftercareSoonForMs: 10 * MINUTE,
  /** The doctor begins to look at an app at most this often: some 20 reads of ARM and 4 queries a look. */
  doctorEveryMs: 10 * SECOND,
  /** A tick is never asked for further ahead than this. */
  tickAtMostMs: 5 * MINUTE,
  /** A `due` row without its release goes after this. */
  dueOrphanMs: 10 * MINUTE,
  /** `slipway rescue` waits this long for another operation of the site, and looks this often. */
  rescueBusyMs: 20 * MINUTE,
  rescueSwapMs: 30 * MINUTE,
  rescuePollMs: 5 * SECOND,
} as const;

/** Calls take their time whatever the scale: below these a loaded machine would fail by the clock alone. */
const FLOORS: Partial<Record<keyof typeof WAITS, number>> = {
  armTimeoutMs: 2 * SECOND,
  claimMs: 6 * SECOND,
  claimGraceMs: SECOND,
  retryMs: SECOND,
  pollMs: 500,
  rescuePollMs: 200,
  noticePassMs: SECOND,
  preflightMs: 15 * SECOND,
};

export type Limits = { readonly [name in keyof typeof WAITS]: number };

/** The limits at a time scale (1 in production). */
export function limitsAt(timeScale: number): Limits {
  const scaled = (name: keyof typeof WAITS): number =>
    Math.max(WAITS[name] / timeScale, Math.min(WAITS[name], FLOORS[name] ?? 0));
  const names = Object.keys(WAITS) as (keyof typeof WAITS)[];
  return Object.fromEntries(names.map((name) => [name, scaled(name)])) as Limits;
}

/** Bounds that are not waits and are never scaled. */
export const BOUNDS = {
  steps: 50,
  /** 7 days. */
  durationMs: 7 * 24 * HOUR,
  messageBytes: 64 * 1024,
  planChars: 24_000,
  validations: 10,
  /** Entries of the app registry, in a file and in all. */
  apps: 1_000,
  appsBytes: 512 * 1024,
  /** One entry as it is written: before and after stand in one audit row. */
  appChars: 24_000,
  appIds: 50,
  appLabels: 20,
  /** Failed plan requests in a row that are harm. */
  probeFailures: 3,
  /** Expected canary requests before silence means death (design section 2). */
  silentAfterRequests: 20,
  lateShare: 0.01,
  skewWarningMs: 30 * SECOND,
  /** Health: what it looks up is kept for so long, and it asks a service that was not called for so long. */
  healthLookEveryMs: MINUTE,
  healthAskAfterMs: 5 * MINUTE,
  healthWaitMs: 5 * SECOND,
  /** Telemetry that it asks for: as little as can be. */
  healthWindowMs: MINUTE,
  /** Due releases that it looks at. */
  healthReleases: 3,
  /** A pass that is so late is told; one that is so late means that ticks have stopped. */
  ticksLateMs: 2 * MINUTE,
  ticksStoppedMs: 10 * MINUTE,
  /** A service is down when all calls have failed for so long. */
  serviceDownMs: 15 * MINUTE,
  serviceDownFailures: 3,
  /** A query, an answer or another long text in the audit, as JSON writes it. */
  auditTextChars: 8_000,
  /** A string property of a table holds 32K characters (azure.md 5); one row's body stays below. */
  auditBodyChars: 31_000,
  /** The one line that people read, on a release and in the audit. */
  messageChars: 2_000,
  /** An answer of the plan's requests is waited for at most this long: a pass waits for all. */
  probeTimeoutMs: MINUTE,
  poisonChars: 16_000,
  commitAttempts: 5,
  /** The baseline's own history, for its dispersion: looked at, and needed (statistics.md 3.1). */
  historyMs: 6 * HOUR,
  historyLeastMs: 4 * HOUR,
  /** Passes that ask for it; then the release goes on without. */
  historyTries: 3,
  /** An app with so many requests in its history, over so many bins, has people who use it. */
  usedRequests: 100,
  usedBins: 5,
  /** What the answer to a start may wait for telemetry; the release stands already. */
  startOutlookMs: 4 * SECOND,
  /** Both versions fail: bins that are looked at, and how many times the rate before is an incident. */
  incidentBins: 5,
  incidentTimes: 10,
  incidentBaselineFailures: 20,
  incidentCanaryFailures: 5,
  /** Bins and baseline requests that a rate before is taken from. */
  incidentBinsBefore: 5,
  incidentRequestsBefore: 200,
  /** Queries for where the versions differ, after harm; what is kept of the answer. */
  differenceTries: 3,
  differencesMs: 24 * HOUR,
  differencesKept: 12,
  differenceNameChars: 200,
  /** Of the plan's metrics: bounded so that no plan has more than 9 of them with 47 measures in all. */
  kqlMetrics: 3,
  kqlChars: 4_000,
  /** Of latency, and as many of the probes' times. */
  edges: 20,
  /** App Service's front end gives an answer up after 230 s. */
  edgeMs: 230 * SECOND,
  ignoredPaths: 20,
  ignoredPathChars: 200,
  /** Paired probes: requests in turn, rate an arm. */
  probeRequests: 20,
  probesPerSecond: { least: 0.1, most: 20 },
  /** Unanswered probes an arm. An instance has 128 ports to one address and both hosts may share it. */
  probesWaiting: 60,
  binsAtMost: 20_000,
  binsPerPass: 3_000,
  /** Numbers of all bins of one pass: at 17 digits each they stay within a transaction's 4 MB. */
  binNumbersPerPass: 150_000,
  swapAttempts: 3,
  /** A rescue's record from further ahead is a mistake; a clock at home may be wrong by hours. */
  rescueAheadMs: 24 * HOUR,
  /** Notices that one pass tells each receiver. */
  noticesPerPass: 5,
  /** With the backoff above, somewhat more than an hour. */
  noticeAttempts: 12,
  /** What a receiver's failure is kept as, on every release. */
  noticeProblemChars: 300,
  /** Receivers of the setting, and those that a release keeps the place of: some may have gone. */
  receivers: 10,
  receiversKept: 20,
  /** The setting itself; of one receiver its template, and its lists. */
  notifyChars: 64_000,
  templateChars: 16_000,
  receiverNames: 50,
  /** A body: Teams takes about 28 KB (learn.microsoft.com/connectors/teams), Event Grid 1 MB. */
  teamsBytes: 28_000,
  noticeBytes: 256 * 1024,
} as const;

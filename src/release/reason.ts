/** Every reason a release can give for where it stands. The comment says when it is used. */
export const REASONS = [
  /** Accepted, waiting for the first tick. */
  'created',
  /** The start message is not valid; every problem is in the audit row. */
  'invalid-start',
  /** The plan is weaker than the app's entry in the registry allows; every difference is in the audit row. */
  'plan-too-weak',
  /** The app already has a release in progress. */
  'app-busy',
  /** Visitors are pinned to the slot by an earlier release's cookie. */
  'visitors-pinned',
  /** Checks and validations are running. */
  'preflight-running',
  'preflight-passed',
  /** At least one check failed; every problem is in the audit row. */
  'preflight-failed',
  /** Preflight did not finish within its limit. */
  'preflight-timeout',
  /** Telemetry never showed the new version on our own probes of the slot. */
  'version-not-seen',
  /** A step's weight was asked for and is not read back yet. */
  'weight-pending',
  /** The weight is confirmed and the judged time runs. */
  'baking',
  /** Canary traffic fell under half of the share seen before, with an unchanged rule. */
  'traffic-missing',
  /** The bake is over, the evidence decides neither way. */
  'undecided',
  /** Not worse than the margin: the next step may come. */
  'certified',
  /** Time went by without certification; the plan says go on. */
  'not-certified',
  /** The canary is worse than the baseline (or the ceiling) beyond doubt. */
  'harm',
  /** The plan's own requests fail on the canary's host and pass on the other. */
  'harm-by-probe',
  /** Both versions fail: the plan's own requests on both hosts, or far more of the visitors' than before. */
  'shared-incident',
  /** A shared incident that began right after a change of the weight and did not go away. */
  'correlated-harm',
  /** The baseline reports, the canary does not. */
  'canary-silent',
  /** Telemetry gives no rows. */
  'no-data',
  /** Telemetry gives rows, and they carry no version: whose they are cannot be told. */
  'label-missing',
  /** Telemetry cannot be used: errors, partial results, throttling. */
  'telemetry-unavailable',
  /** More than 1 % of rows came after their bin was final. */
  'late-telemetry',
  /** After the swap the new version's rows come labelled as the old one. */
  'label-swapped',
  /** Somebody pushed other bits into the slot. */
  'slot-overwritten',
  /** Traffic rules are not the ones last confirmed. */
  'drift',
  /** Volumes moved without us. */
  'swapped-elsewhere',
  /** Azure refuses a change for good. */
  'azure-refused',
  /** All steps done (or skipped by an operator); the swap is under way. */
  'promoting',
  /** The swap is proven by volumes; the new version is watched. */
  'watching',
  /** The watch was blind and is extended once. */
  'watch-extended',
  'succeeded',
  /** Promoted, but telemetry could not be judged in the watch. */
  'not-watched',
  /** An operator's command. */
  'operator',
  'deadline',
  'pause-expired',
  /** Going back is under way. */
  'going-back',
  'baseline-restored',
  /** The new version is in production and is never swapped back by Slipway itself: a person decides. */
  'irreversible',
  /** Somebody used `slipway rescue`, without Slipway. */
  'rescued',
  /** The slot no longer holds the old content: nothing untested is swapped in. */
  'old-content-gone',
  /** Going back did not finish within its limit. */
  'rollback-timeout',
  /** A swap happened with the volumes where they were: somebody swapped twice. */
  'swap-disturbed',
  'acknowledged',
  /** A rule equal to one of ours came back after the end and was removed. */
  'aftercare',
] as const;

export type Reason = (typeof REASONS)[number];

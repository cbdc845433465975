/** What each key of a plan means, in a sentence, as an editor shows it. docs/plans.md says more. */

/** A number with `ms`, `s`, `m`, `h` or `d`. */
const DURATION = 'A duration such as "10m" (ms, s, m, h, d; at most 7 days).';

const AT: Readonly<Record<string, string>> = {
  preset: 'Where everything that is left out comes from.',
  strategy: 'canary: weight by weight, then swap. blue-green: validate in the slot, swap, watch.',
  steps: 'At most 50, with rising weights.',
  'steps[].weight': 'Percent of production traffic, from 1 to 99.',
  'steps[].bake': `The least judged time at this weight. ${DURATION}`,
  maxBake:
    'Undecided for this long after the weight was confirmed: onUndecided applies. A duration, or a multiple of the bake such as "3x".',
  maxBlind: `Telemetry that cannot be used, or shows nobody, for this long: onBlind applies. ${DURATION}`,
  maxNoData: `The same for telemetry that answers and shows nobody. Left out: maxBlind. ${DURATION}`,
  maxPause: `A pause that nobody ends by then is rolled back. ${DURATION}`,
  deadline: `From the start to the promotion, paused time not counted. ${DURATION}`,
  onUndecided: 'What to do when maxBake is over; advance is recorded as "not certified".',
  onBlind: 'What to do when maxBlind is over.',
  onNoData: 'What to do when maxNoData is over. Left out: onBlind.',
  onDeadline: 'What to do when the deadline passes.',
  analysis: 'How the release is judged.',
  'analysis.interval': `Length of one bin, and how often telemetry is asked. ${DURATION}`,
  'analysis.settle': `A bin is final no sooner than this after its end. ${DURATION}`,
  'analysis.alpha': 'Chance of rolling back a harmless version, over the whole release.',
  'analysis.beta': 'Chance of certifying a step that is worse than its budget.',
  'analysis.budget': 'The worst excess that the whole service may show after the next step.',
  'analysis.ceiling': 'A failure rate (fraction) that is harm whatever the baseline did.',
  'analysis.failures': 'Status codes that count as failures: 500, "5xx", "500-504", or a list.',
  'analysis.metrics': 'What else is judged beside request failures.',
  'analysis.metrics.failures': 'Operations with a failed request, of all operations.',
  'analysis.metrics.failures.ignorePaths':
    'At most 20 paths that are left out on both versions: "/health", "/admin/*".',
  'analysis.metrics.failures.synthetic': 'true: availability tests and other robots count too.',
  'analysis.metrics.exceptions': 'Operations with an exception, of all operations.',
  'analysis.metrics.dependencies': 'Operations with a failed call, of those that call.',
  'analysis.metrics.latency': 'Operations slower than an edge, of all operations, for each edge.',
  'analysis.metrics.latency.edges': '1 to 20 durations, rising, at most 230 s.',
  'analysis.metrics.latency.budget': 'As analysis.budget, for the share of slow operations.',
  'analysis.metrics.kql': 'At most 3 queries of your own.',
  'analysis.metrics.kql[].name': 'Lower-case letters, digits and hyphens, at most 31.',
  'analysis.metrics.kql[].query':
    'Read-only KQL that gives one row a bin and version with exactly the columns Bin, Version, Requests, Failures.',
  validate: 'At most 10 requests against the slot before any traffic, and both hosts afterwards.',
  'validate[].http': 'One request and what its answer must be.',
  'validate[].http.status': 'What counts as a pass: 200, "2xx", "200-399", or a list.',
  'validate[].http.bodyContains': 'A text that the body must have.',
  'validate[].http.every': `How often it is sent. ${DURATION}`,
  'validate[].http.passes': 'So many passes in a row are wanted.',
  'validate[].http.timeout': `How long it may take. ${DURATION}`,
  label: 'Our own requests of the slot must come back from telemetry under the new version.',
  'label.path': 'What is asked for.',
  'label.require': 'false: a release goes on without having seen them.',
  watch: `How long the new version is watched in production. ${DURATION}`,
  pinned: 'Visitors whose cookie pins them to the slot by an earlier release.',
  probes: 'Requests that Slipway sends to both versions at the same moments while it judges.',
  'probes.rate': 'To each host: from "6/m" to "20/s".',
  'probes.requests': '1 to 20, in turn.',
  'probes.requests[].status': 'What counts as good: 200, "2xx", "200-399", or a list.',
  'probes.timeout': `How long an answer may take. ${DURATION}`,
  'probes.edges': 'Durations that answers are judged by; none: only the answers themselves.',
  'probes.unsafe': 'true: methods other than GET and HEAD are sent, and change data.',
};

/** Of keys that mean the same wherever they stand. */
const ANYWHERE: Readonly<Record<string, string>> = {
  on: 'rollback: takes part in the verdict. notify: is only told. off: is not judged.',
  importance: 'Weight of its evidence among all that rolls back, 0.01 to 100.',
  rho: 'No harm yet: at most rho × the baseline rate + delta. 1 to 10.',
  delta: 'No harm yet: at most rho × the baseline rate + delta (a fraction).',
  ceiling: 'A rate (fraction) that is harm whatever the baseline did, from the first bin on.',
  absolute: 'A fraction of all requests.',
  relative: "A share of the baseline's own rate.",
  path: 'Begins with "/", on the host that is asked.',
  method: 'GET unless told.',
  headers: 'Stored and shown as they are: put no secret into one.',
};

/** @param path as `analysis.metrics.kql[].name` */
export function planWords(path: string): string | undefined {
  const key = path.slice(path.lastIndexOf('.') + 1);
  return AT[path] ?? ANYWHERE[key];
}

/** The paths that are described by themselves; a test says that the plan has each. */
export const DESCRIBED_PATHS = Object.keys(AT);

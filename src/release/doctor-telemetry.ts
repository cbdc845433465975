/** What the doctor says of telemetry: versions, labels, traffic, lag, sampling. */
import { MINUTE_MS } from '../limits.ts';
import { quoted } from './doctor-az.ts';
import { type CheckSpec, type Finding, ok, unknown, type View, warning } from './doctor-check.ts';
import type { VersionGauge } from './doctor-facts.ts';
import { hasQueries } from './preflight.ts';
import { trafficToCertify } from './prospects.ts';

const NOT_ASKED = 'the app could not be read, so telemetry was not asked';

/** Below this a row stands for one request, give or take a rounding. */
const SAMPLED = 1.05;

export const TELEMETRY_CHECKS: readonly CheckSpec[] = [
  {
    id: 'answers',
    title: 'Answers of the slot',
    decides: true,
    codes: ['validation-failed'],
    look: lookAtAnswers,
  },
  {
    id: 'telemetry',
    title: 'Workspace',
    decides: true,
    reads: ['versions in telemetry'],
    look: ({ preflight: { preflight }, who, request }) =>
      preflight?.versions === undefined
        ? unknown(NOT_ASKED)
        : ok(
            `${request.telemetry.workspaceId ?? 'that of SLIPWAY_WORKSPACE_ID'} answers${who === undefined ? '' : ` ${who}`}`,
            { workspaceId: request.telemetry.workspaceId ?? null, who: who ?? null },
          ),
  },
  {
    id: 'baseline',
    title: 'Version in production',
    decides: true,
    codes: ['version-missing', 'versions-same', 'baseline-mismatch', 'ceiling-missing'],
    look: lookAtBaseline,
  },
  {
    id: 'label',
    title: 'Version in the slot',
    decides: ({ request }) => request.plan.label.require,
    reads: ['our probes in telemetry'],
    codes: ['label-missing', 'version-not-seen'],
    look: lookAtLabel,
  },
  {
    id: 'queries',
    title: 'Queries of the plan',
    decides: true,
    applies: ({ request }) => hasQueries(request.plan),
    reads: ["the check of the plan's queries"],
    codes: ['query'],
    look: ({ preflight: { preflight } }) =>
      preflight?.queryProblems === undefined ? unknown(NOT_ASKED) : ok('the parser takes them'),
  },
  { id: 'traffic', title: 'Traffic', decides: false, look: gauged(lookAtTraffic) },
  { id: 'lag', title: 'Lag of telemetry', decides: false, look: gauged(lookAtLag) },
  {
    id: 'sampling',
    title: 'Sampling',
    decides: false,
    look: gauged(lookAtSampling),
  },
];

function lookAtAnswers({ preflight: { preflight }, request }: View): Finding {
  const answer = preflight?.labelAnswer;
  if (answer === undefined) return unknown('the slot was not asked');
  const facts = { label: answer, validate: preflight?.answers ?? [] };
  if (answer.status === undefined || answer.status >= 500) {
    const message = `the slot does not answer ${request.plan.label.path}: ${answer.problem ?? String(answer.status)}; preflight waits for it`;
    return unknown(message, {
      fix: `curl -i ${quoted(`https://${answer.host}${answer.path}`)}`,
      facts,
    });
  }
  const asked = request.plan.validate.map(({ method, path }) => `${method} ${path}`);
  const also = asked.length === 0 ? '' : `; ${asked.join(', ')} as the plan wants`;
  return ok(`${request.plan.label.path} is answered with ${answer.status}${also}`, facts);
}

function lookAtBaseline({ preflight, rehearsal }: View): Finding {
  const versions = preflight.preflight?.versions;
  if (versions === undefined) return unknown(NOT_ASKED);
  const facts = { versions };
  const { baseline } = rehearsal;
  if (baseline !== undefined) {
    const all = versions.reduce((sum, { requests }) => sum + requests, 0);
    const own = versions.find(({ version }) => version === baseline)?.requests ?? 0;
    return ok(`telemetry says ${baseline} (${own} of ${all} rows)`, facts);
  }
  // Preflight waits for rows only after a swap: before, an empty workspace is a first release.
  if (rehearsal.message.includes('requests since the last swap')) {
    const message =
      'no production request since the last swap is in telemetry yet; the one that comes first names the baseline';
    return unknown(message, { facts });
  }
  const message =
    "no production request of the last hour is in telemetry: a release would be taken for the first one, and judged against the plan's ceiling alone. Check the workspace and the role name if the app has visitors";
  return warning(message, {
    fix: 'set telemetry.role, telemetry.component or telemetry.workspaceId of the app (docs/apps.md)',
    facts,
  });
}

function lookAtLabel({ preflight, rehearsal, request, labelSince }: View): Finding {
  const labelled = preflight.preflight?.labelled;
  if (labelled === undefined) return unknown(NOT_ASKED);
  const { version } = rehearsal;
  const facts = { labelled, version: version ?? null, since: new Date(labelSince).toISOString() };
  if (version !== undefined && labelled.some((entry) => entry.version === version)) {
    return ok(`our requests to the slot came back as ${version}`, facts);
  }
  const names = labelled.map((entry) => (entry.version === '' ? '(no version)' : entry.version));
  const came =
    names.length === 0
      ? 'have not come back from telemetry yet'
      : `came back as ${names.join(', ')}`;
  const wanted = version === undefined ? '' : `, not yet as ${version}`;
  const message = `our requests to the slot ${came}${names.length === 0 ? '' : wanted}`;
  if (!request.plan.label.require) {
    return warning(`${message}; the plan does not ask for it (label.require is false)`, { facts });
  }
  return unknown(`${message}; telemetry takes some seconds to minutes`, {
    fix: 'run this again, or with a longer --wait',
    facts,
  });
}

function gauged(look: (gauges: readonly VersionGauge[], view: View) => Finding): CheckSpec['look'] {
  return (view) => {
    const { gauges } = view;
    if (!gauges.ok) return unknown(`telemetry could not be asked: ${gauges.why}`);
    return look(gauges.value, view);
  };
}

function lookAtTraffic(gauges: readonly VersionGauge[], { request, gaugedMs }: View): Finding {
  const rows = gauges.filter(({ asked }) => asked === 'production');
  const perMinute = (rows.reduce((sum, one) => sum + one.rows, 0) * MINUTE_MS) / gaugedMs;
  const needed = trafficToCertify(request.plan);
  const facts = { rowsPerMinute: perMinute, neededPerMinute: needed ?? null, gauges };
  const seen = `${rounded(perMinute)} rows a minute`;
  if (needed === undefined || perMinute >= needed) return ok(seen, facts);
  const then = { pause: 'pause', advance: 'advance, not certified', 'roll-back': 'roll back' };
  return warning(
    `${seen}; certifying every step of plan ${request.plan.name} takes at least about ${rounded(needed)}, so some steps will ${then[request.plan.onUndecided]}`,
    { fix: 'slipway forecast --help  # which plan fits this traffic', facts },
  );
}

function lookAtLag(gauges: readonly VersionGauge[], { request }: View): Finding {
  if (gauges.length === 0) return unknown('there are no rows to measure it on');
  const { settleMs } = request.plan.analysis;
  const slowest = Math.max(...gauges.map(({ lagP999Ms }) => lagP999Ms));
  const facts = { gauges, settleMs };
  const lines = gauges.map(
    (one) =>
      `${named(one)}: half within ${seconds(one.lagP50Ms)}, 99.9 % within ${seconds(one.lagP999Ms)}`,
  );
  const message = lines.join('; ');
  if (slowest <= settleMs) return ok(message, facts);
  return warning(
    `${message}; later than the plan settles (${seconds(settleMs)}), so each step takes that much longer`,
    { facts },
  );
}

function lookAtSampling(gauges: readonly VersionGauge[]): Finding {
  if (gauges.length === 0) return unknown('there are no rows to measure it on');
  const facts = { gauges };
  const sampled = gauges.filter(({ rows, items }) => items > rows * SAMPLED);
  if (sampled.length === 0) return ok('every request has its row', facts);
  const lines = sampled.map((one) => `${named(one)}: one row for ${rounded(one.items / one.rows)}`);
  return warning(
    `${lines.join('; ')}. The judge counts rows, so evidence grows that much more slowly`,
    {
      fix: "raise the SDK's sampling rate (OpenTelemetry: OTEL_TRACES_SAMPLER=always_on, or samplingRatio 1)",
      facts,
    },
  );
}

const ASKED = { production: 'production', slot: "the slot's own host", probe: 'our own requests' };

function named({ version, asked }: VersionGauge): string {
  return `${version === '' ? '(no version)' : version} (${ASKED[asked]})`;
}

function seconds(ms: number): string {
  return `${rounded(ms / 1_000)} s`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/** `slipway doctor`: would a release be refused now, and what else should people know. Pure. */
import type { Limits } from '../limits.ts';
import type { Check, CheckSpec, Finding, View } from './doctor-check.ts';
import type { DoctorFacts } from './doctor-facts.ts';
import { fixOf, fixOfUnread } from './doctor-fixes.ts';
import { rehearse } from './doctor-rehearsal.ts';
import { rightsCheck } from './doctor-rights.ts';
import { SETTINGS_CHECKS } from './doctor-settings.ts';
import { SITE_CHECKS } from './doctor-site.ts';
import { SLIPWAY_CHECKS } from './doctor-slipway.ts';
import { TELEMETRY_CHECKS } from './doctor-telemetry.ts';
import type { Problem } from './errors.ts';
import { redact, redactAll } from './redact.ts';
import { siteIdOf } from './start-message.ts';

export type { Check, CheckStatus } from './doctor-check.ts';

export interface Checkup {
  /** Resource id. */
  readonly site: string;
  readonly slot: string;
  /** Name in the registry; null: it was asked for by its site. */
  readonly app: string | null;
  readonly plan: string;
  /** What would be released, and what it would be compared with; null: not known. */
  readonly version: string | null;
  readonly baseline: string | null;
  /** Whose identity asked Azure; null: the token does not say. */
  readonly by: string | null;
  readonly via: 'slipway' | 'own';
  /** ISO 8601. */
  readonly at: string;
  /** From when on our requests to the slot are looked for; given back with the next question. */
  readonly since: string;
  /** `unknown`: nothing is known to be wrong, and not all that decides could be found out. */
  readonly verdict: 'ready' | 'refused' | 'unknown';
  /** Problems first, then what is not known, warnings, and what is well. */
  readonly checks: readonly Check[];
}

const SPECS: readonly CheckSpec[] = [
  ...SITE_CHECKS.slice(0, 1),
  rightsCheck,
  ...SITE_CHECKS.slice(1),
  ...TELEMETRY_CHECKS,
  ...SETTINGS_CHECKS,
  ...SLIPWAY_CHECKS,
];

const ORDER = ['problem', 'unknown', 'warning', 'ok'] as const;

/** Never throws. */
export function diagnose(facts: DoctorFacts, limits: Limits): Checkup {
  const view: View = { ...facts, rehearsal: rehearse(facts, limits) };
  const checks = checksOf(view);
  const { request, rehearsal } = view;
  return {
    site: siteIdOf(request.target),
    slot: request.slot,
    app: request.app ?? null,
    plan: request.plan.name,
    version: rehearsal.version ?? null,
    baseline: rehearsal.baseline ?? null,
    by: facts.who ?? null,
    via: facts.via,
    at: new Date(facts.now).toISOString(),
    since: new Date(facts.labelSince).toISOString(),
    verdict: verdictOf(checks),
    checks: ORDER.flatMap((status) => checks.filter((check) => check.status === status)),
  };
}

function verdictOf(checks: readonly Check[]): Checkup['verdict'] {
  if (checks.some(({ status }) => status === 'problem')) return 'refused';
  return checks.some(({ status, decides }) => status === 'unknown' && decides)
    ? 'unknown'
    : 'ready';
}

function checksOf(view: View): readonly Check[] {
  let open = view.rehearsal.problems;
  const checks: Check[] = [];
  for (const spec of SPECS.filter(({ applies }) => applies?.(view) ?? true)) {
    const claimed = open.filter((problem) => claims(spec, problem));
    open = open.filter((problem) => !claimed.includes(problem));
    const finding = claimed.length > 0 ? troubled(spec, view, claimed) : untroubled(spec, view);
    checks.push(checkOf(spec, view, finding));
  }
  return [...checks, ...rest(view, checks, open)];
}

function claims({ codes, reads }: CheckSpec, { code, path }: Problem): boolean {
  return codes?.includes(code) === true || reads?.includes(path) === true;
}

/** What preflight says is said first; the check adds the facts that it saw. */
function troubled(spec: CheckSpec, view: View, problems: readonly Problem[]): Finding {
  const fixes = problems.flatMap((problem) => fixOf(view, problem) ?? []);
  return {
    status: 'problem',
    message: problems.map(({ message }) => message).join(' · '),
    fix: fixes.length === 0 ? undefined : [...new Set(fixes)].join('\n'),
    facts: { ...spec.look(view).facts, problems },
  };
}

/** A read that failed is never taken for good news. */
function untroubled(spec: CheckSpec, view: View): Finding {
  const failed = view.preflight.unread.find(({ what }) => spec.reads?.includes(what));
  if (failed === undefined) return spec.look(view);
  const { what, code, message } = failed;
  return {
    status: 'unknown',
    message: `${what} could not be read: ${message}`,
    fix: fixOfUnread(view, failed),
    facts: { code },
  };
}

/** Whatever preflight minds and no check above tells: nothing of it may be lost. */
function rest(view: View, checks: readonly Check[], open: readonly Problem[]): readonly Check[] {
  const spec: CheckSpec = {
    id: 'preflight',
    title: 'Everything else that preflight asks',
    decides: true,
    look: () => ({ status: 'unknown', message: view.rehearsal.message }),
  };
  if (open.length > 0) return [checkOf(spec, view, troubled(spec, view, open))];
  const told = verdictOf(checks) !== 'ready';
  if (view.rehearsal.outcome !== 'waiting' || told) return [];
  return [checkOf(spec, view, spec.look(view))];
}

/** ARM's 403 in a few words: it names who asks twice, and the call that the action is. */
const FORBIDDEN =
  /The client '[^']*' with object id '[^']*' does not have authorization to perform action '([^']*)' over scope '[^']*' or the scope is invalid\. If access was recently granted, please refresh your credentials\.(?: \([A-Z]+ [^ ]+: HTTP 403\))?/g;

function brief(message: string): string {
  return message.replaceAll(FORBIDDEN, 'the right $1 is missing (403)');
}

function checkOf({ id, title, decides }: CheckSpec, view: View, finding: Finding): Check {
  const facts: Record<string, unknown> = {};
  for (const [name, fact] of Object.entries(finding.facts ?? {})) facts[name] = redactAll(fact);
  return {
    ...{ id, title, status: finding.status, message: brief(redact(finding.message)) },
    fix: finding.fix ?? null,
    decides: typeof decides === 'boolean' ? decides : decides(view),
    facts,
  };
}

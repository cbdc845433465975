/** What a notice says in words: whoever is on call reads this first, and often nothing else. */
import type { Actor, AuditAction, AuditBody } from './audit.ts';
import type { Reason } from './reason.ts';

/** Reasons whose own name does not say it; the others are read with blanks. */
const REASON_WORDS: Partial<Readonly<Record<Reason, string>>> = {
  created: 'it was accepted and waits for its first look',
  'invalid-start': 'the start is not valid',
  'plan-too-weak': 'the plan is weaker than the registry allows for this app',
  'app-busy': 'another release holds the app',
  'visitors-pinned': 'visitors are still pinned to the slot by an earlier release',
  'preflight-running': 'checks and validations are running',
  'preflight-passed': 'every check and validation passed',
  'preflight-failed': 'a check or a validation failed',
  'preflight-timeout': 'the checks did not end in time',
  'version-not-seen': 'telemetry never showed the new version',
  'weight-pending': 'the weight is asked for and not read back yet',
  baking: 'the weight is confirmed and is being judged',
  'traffic-missing': 'the new version gets far less traffic than its share',
  undecided: 'the evidence decides neither way',
  certified: 'the new version is shown to be no worse than the plan allows',
  'not-certified': 'time went by without certification, and the plan says go on',
  harm: 'the new version is worse beyond doubt',
  'harm-by-probe': "the plan's own requests fail on the new version and pass on the old one",
  'shared-incident': 'both versions fail',
  'correlated-harm': 'both versions fail since the weight was changed',
  'canary-silent': 'the new version reports nothing while the old one does',
  'no-data': 'telemetry gives no rows',
  'label-missing': 'telemetry does not say which version its rows belong to',
  'telemetry-unavailable': 'telemetry cannot be read',
  'late-telemetry': 'too much telemetry comes too late',
  'label-swapped': "the new version's rows come under the old one's name",
  'slot-overwritten': 'somebody pushed other bits into the slot',
  drift: 'somebody else changed the traffic rules',
  'swapped-elsewhere': 'somebody else swapped the slots',
  'azure-refused': 'Azure refuses the change',
  promoting: 'all steps are done and the swap is under way',
  watching: 'the new version is in production and is watched',
  'watch-extended': 'the watch was blind and is extended once',
  succeeded: 'the new version is in production and did well',
  'not-watched': 'the new version is in production; telemetry could not be judged in the watch',
  operator: 'by command',
  deadline: 'the deadline passed',
  'pause-expired': 'the pause lasted too long',
  'going-back': 'going back is under way',
  'baseline-restored': 'the old version has all traffic again',
  irreversible: 'the new version is never swapped back without a command: a person decides',
  rescued: 'somebody used slipway rescue',
  'old-content-gone': 'the slot no longer holds the old version',
  'rollback-timeout': 'going back did not end in time',
  'swap-disturbed': 'somebody else swapped at the same time',
  acknowledged: 'a person has taken over',
  aftercare: 'a rule of an ended release came back and was removed',
};

/** The reason as a clause: "the new version is worse beyond doubt". */
export function reasonWords(reason: Reason): string {
  return REASON_WORDS[reason] ?? reason.replaceAll('-', ' ');
}

/** What else happened, where a row does not go from one stage to another. */
const ACTION_WORDS: Partial<Readonly<Record<AuditAction, string>>> = {
  created: 'release started',
  'command-accepted': 'command accepted',
  'watch-extended': 'watch extended',
  'metric-alert': 'a metric is worse',
  'harm-explained': 'where it hurts',
  aftercare: 'a rule came back and was removed',
  'rescue-adopted': 'rescued by hand',
};

/** One line: app, version, and what happened. */
export function titleOf(
  what: { readonly app: string; readonly version: string },
  { action, from, to }: Pick<AuditBody, 'action' | 'from' | 'to'>,
): string {
  const said = ACTION_WORDS[action];
  const moved = from === to || from === '' ? to : `${from} → ${to}`;
  return `${what.app} ${what.version}: ${said === undefined ? moved : `${said}, ${moved}`}`;
}

/** A name that nobody checked says so. */
export function whoOf({ kind, name }: Actor): string {
  if (kind === 'system') return 'Slipway';
  return kind === 'claimed' ? `${name} (as the start says)` : name;
}

/** Percents: what the new version serves, and where that is driven. */
export function weightWords({ weight, to }: Pick<AuditBody, 'weight' | 'to'>): string {
  const { confirmed, wanted, share } = weight;
  const serves = `${share} % of production`;
  // The rule goes before the swap, which gives the new version everything.
  if (to === 'promoting') return `${serves}, all of it after the swap`;
  return confirmed === wanted ? serves : `${serves}, on the way to ${wanted} %`;
}

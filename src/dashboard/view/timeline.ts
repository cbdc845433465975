/** The way of a release: what was passed, where it stands, what the plan still has before it. Pure. */
import type { Plan, ReleaseView } from '../../api/contract.ts';
import type { AuditEntry } from '../data/audit-body.ts';
import { planDuration, weightText } from './format.ts';

export interface TimelineItem {
  readonly id: string;
  readonly state: 'passed' | 'here' | 'ahead';
  /** Null: not there yet. */
  readonly at: string | null;
  readonly title: string;
  readonly reason: string;
  readonly detail: string;
}

const SHOWN_ACTIONS = [
  'created',
  'phase-changed',
  'step-changed',
  'command-accepted',
  'watch-extended',
  'metric-alert',
  'harm-explained',
  'aftercare',
  'rescue-adopted',
];

/** Oldest first; what is ahead comes last. */
export function timelineOf(
  release: ReleaseView,
  entries: readonly AuditEntry[],
  plan: Plan | undefined,
): readonly TimelineItem[] {
  const shown = entries.filter(({ action }) => SHOWN_ACTIONS.includes(action));
  const newest = shown.findLastIndex(({ from, to }) => from !== to);
  const passed = shown.map((entry, index): TimelineItem => ({
    id: `row-${entry.sequence}`,
    state: index === newest ? 'here' : 'passed',
    at: entry.at,
    title: titleOf(entry, plan),
    reason: entry.reason,
    detail: entry.message,
  }));
  return [...passed, ...(plan === undefined ? [] : ahead(release, plan))];
}

function titleOf({ action, from, to }: AuditEntry, plan: Plan | undefined): string {
  if (from === to && action !== 'created') return action.replaceAll('-', ' ');
  const step = /^(?:paused .*)?ramping (\d+)\//.exec(to)?.[1];
  const weight = step === undefined ? undefined : plan?.steps[Number(step) - 1]?.weight;
  const place = to.replaceAll('-', ' ');
  return weight === undefined ? place : `${place} at ${weightText(weight)}`;
}

function ahead(release: ReleaseView, plan: Plan): readonly TimelineItem[] {
  const at = release.pause?.from ?? release.phase;
  const order = ['queued', 'preflight', 'ramping', 'promoting', 'watching'];
  const place = order.indexOf(at);
  if (place === -1 || release.finished) return [];
  const stood = release.step?.number ?? (place < order.indexOf('ramping') ? 0 : plan.steps.length);
  const steps = plan.steps.slice(stood).map((step, index) => ({
    id: `step-${stood + index}`,
    title: weightText(step.weight),
    detail: `bakes ${planDuration(step.bakeMs)}`,
  }));
  const rest = [
    { id: 'swap', title: 'swap', detail: 'into production', from: 'promoting' },
    { id: 'watch', title: 'watch', detail: planDuration(plan.watchMs), from: 'watching' },
  ].filter(({ from }) => order.indexOf(from) > place);
  return [...steps, ...rest].map(({ id, title, detail }) => ({
    ...{ id, title, detail, state: 'ahead' as const, at: null, reason: '' },
  }));
}

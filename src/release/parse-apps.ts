/** From a file of apps that anybody may have written to entries, or to the complete list of problems. */
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';
import type { AppEntry } from './app-entry.ts';
import { InternalError, InvalidInputError, type Problem, RefusedError } from './errors.ts';
import { parseJson, problemsOf } from './input-problems.ts';
import { normalisePlan } from './normalise-plan.ts';
import { planProblems } from './parse-start.ts';
import type { Plan } from './plan.ts';
import { weakerThan } from './plan-floor.ts';
import { siteIdOf } from './start-message.ts';
import { appsFile, type ParsedApp, type WrittenApp, writtenApp } from './written-app.ts';
import { type PresetName, type WrittenPlan, writtenPlan } from './written-plan.ts';
import { telemetryOf, writtenTarget } from './written-target.ts';

/** The most that a file may have. */
export const APPS_BYTES_MAX: number = BOUNDS.appsBytes;

/** An entry with what its administrators wrote, which is what is stored and shown. */
export interface ReadApp {
  readonly entry: AppEntry;
  readonly written: WrittenApp;
}

/**
 * Parses `{"apps": [...]}` (JSON text, or the value).
 * @throws InvalidInputError with every problem and its path
 */
export function parseApps(input: unknown): readonly ReadApp[] {
  const value = typeof input === 'string' ? parseJson(input, APPS_BYTES_MAX) : input;
  const parsed = appsFile.safeParse(value);
  const raw = anyFile.safeParse(value).data?.apps ?? [];
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error)),
    ...raw.flatMap((app, index) => appProblems(app, `apps[${index}].`)),
    ...repeated(raw, 'name', ({ name }) => (typeof name === 'string' ? name : undefined)),
    ...repeated(raw, 'target', ({ target }) => siteOf(target)),
  ];
  if (!parsed.success || problems.length > 0) throw new InvalidInputError('the file', problems);
  return parsed.data.apps.map((app, index) => ({
    entry: entryOf(app),
    written: copied(raw[index]),
  }));
}

/**
 * An entry that was stored.
 * @throws RefusedError `entry-unreadable`: another version of Slipway took it
 */
export function readStoredApp(written: WrittenApp): AppEntry {
  const parsed = writtenApp.safeParse(written);
  const problems = parsed.success ? plansOf(written, '').flatMap(({ problems: own }) => own) : [];
  if (parsed.success && problems.length === 0) return entryOf(parsed.data);
  throw new RefusedError(
    'entry-unreadable',
    `the entry of app ${written.name} cannot be read by this version of Slipway: apply it again`,
  );
}

function entryOf(app: ParsedApp): AppEntry {
  const weakestPlan = app.weakestPlan === undefined ? undefined : planOf(app.weakestPlan);
  const lower = (ids: readonly string[] | undefined): readonly string[] | undefined =>
    ids?.map((id) => id.toLowerCase());
  return {
    name: app.name,
    target: app.target,
    slot: app.slot,
    telemetry: telemetryOf(app.telemetry),
    defaultPlan:
      app.defaultPlan === undefined ? (weakestPlan ?? planOf('standard')) : planOf(app.defaultPlan),
    weakestPlan,
    may: {
      start: lower(app.may?.start),
      override: lower(app.may?.override),
      approve: lower(app.may?.approve),
    },
    reversible: app.reversible ?? true,
    labels: app.labels ?? {},
  };
}

function planOf(written: PresetName | WrittenPlan): Plan {
  const normalised = normalisePlan(written, 'plan');
  if ('problems' in normalised)
    throw new InternalError('a plan that passed the checks has problems');
  return normalised.plan;
}

const anyFile = z.looseObject({ apps: z.array(z.unknown()) });
const anyApp = z.looseObject({
  name: z.unknown().optional(),
  target: z.unknown().optional(),
  defaultPlan: z.unknown().optional(),
  weakestPlan: z.unknown().optional(),
});

/** What only a whole entry shows, as far as the rest of it can be read. */
function appProblems(input: unknown, at: string): readonly Problem[] {
  const app = anyApp.safeParse(input).data;
  if (app === undefined) return [];
  const chars = JSON.stringify(app).length;
  if (chars > BOUNDS.appChars) {
    const message = `${chars} characters as JSON, at most ${BOUNDS.appChars}`;
    return [{ path: at.slice(0, -1), code: 'too-large', message }];
  }
  if (holdsProto(input)) {
    const message = '"__proto__" can be no key';
    return [{ path: at.slice(0, -1), code: 'unknown-key', message }];
  }
  const plans = plansOf(app, at);
  const weakest = plans.find(({ key }) => key === 'weakestPlan')?.plan;
  const first = plans.find(({ key }) => key === 'defaultPlan')?.plan;
  const weaker =
    weakest === undefined || first === undefined
      ? []
      : weakerThan(first, weakest, `${at}defaultPlan`);
  return [...plans.flatMap(({ problems }) => problems), ...weaker];
}

/** zod passes over this key in records, unchecked: it must not be in what is stored as it was written. */
function holdsProto(input: unknown): boolean {
  let found = false;
  JSON.stringify(input, (key, part: unknown) => {
    if (key === '__proto__') found = true;
    return part;
  });
  return found;
}

interface PlanRead {
  readonly key: 'defaultPlan' | 'weakestPlan';
  readonly plan: Plan | undefined;
  readonly problems: readonly Problem[];
}

function plansOf(
  app: { readonly defaultPlan?: unknown; readonly weakestPlan?: unknown },
  at: string,
): readonly PlanRead[] {
  return (['defaultPlan', 'weakestPlan'] as const).flatMap((key): readonly PlanRead[] => {
    if (app[key] === undefined) return [];
    const problems = planProblems(app[key], `${at}${key}`);
    const parsed = writtenPlan.safeParse(app[key]);
    const plan = parsed.success && problems.length === 0 ? planOf(parsed.data) : undefined;
    return [{ key, plan, problems }];
  });
}

/** A name stands for one app, a site has one entry: its plan and its owners must not be in doubt. */
function repeated(
  apps: readonly unknown[],
  path: 'name' | 'target',
  keyOf: (app: z.output<typeof anyApp>) => string | undefined,
): readonly Problem[] {
  const seen = new Map<string, number>();
  return apps.flatMap((input, index) => {
    const app = anyApp.safeParse(input).data;
    const key = app === undefined ? undefined : keyOf(app);
    if (key === undefined) return [];
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, index);
      return [];
    }
    const message = `${key} is in apps[${before}] already`;
    return [{ path: `apps[${index}].${path}`, code: 'repeated', message }];
  });
}

function siteOf(input: unknown): string | undefined {
  const target = writtenTarget.safeParse(input).data;
  return target === undefined ? undefined : siteIdOf(target).toLowerCase();
}

/** What the schema accepted has its input's shape; the copy shares nothing with the caller. */
function copied(raw: unknown): WrittenApp {
  return JSON.parse(JSON.stringify(raw)) as WrittenApp;
}

/** From text that anybody may have sent to a start request, or to the complete list of problems. */
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';
import type { AppEntry } from './app-entry.ts';
import { InternalError, InvalidInputError, type Problem } from './errors.ts';
import { parseJson, problemsOf } from './input-problems.ts';
import { normalisePlan } from './normalise-plan.ts';
import { risingProblems } from './plan-problems.ts';
import type { Plan } from './plan.ts';
import type { StartRequest, Target, TelemetrySource } from './start-message.ts';
import { appName } from './written-app.ts';
import { plainText, versionText, writtenPlan } from './written-plan.ts';
import { telemetryOf, writtenSlot, writtenTarget, writtenTelemetry } from './written-target.ts';

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values: ids of zeros are none. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACEPARENT =
  'is no W3C traceparent such as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
/** As `git log --format=%cI` writes it. */
const writtenTime = z.iso.datetime({
  offset: true,
  error: 'is no time such as 2026-03-01T12:00:00Z or 2026-03-01T13:00:00+01:00',
});

export const startMessage = z.strictObject({
  key: plainText(200).optional(),
  app: appName.optional(),
  target: writtenTarget.optional(),
  slot: writtenSlot.optional(),
  version: versionText(),
  baselineVersion: plainText(100).optional(),
  telemetry: writtenTelemetry.optional(),
  plan: writtenPlan.optional(),
  reversible: z.boolean().optional(),
  requestedBy: z
    .strictObject({
      name: plainText(200),
      run: plainText(1_000).optional(),
      commit: plainText(100).optional(),
      committedAt: writtenTime.optional(),
      traceparent: z.string().regex(TRACEPARENT, NO_TRACEPARENT).optional(),
    })
    .optional(),
});

type WrittenStart = z.output<typeof startMessage>;

const WHAT = 'the start message';

/** A start, and what was sent as text: spaces and the order of keys do not count, the registry neither. */
export interface StartRead {
  readonly request: StartRequest;
  readonly content: string;
}

/** `readStart` without the content. */
export function parseStart(input: unknown, entry?: AppEntry): StartRequest {
  return readStart(input, entry).request;
}

/**
 * Parses a start message (JSON text, or an object that a trigger parsed already).
 * @param entry what the registry says of the app that the message names (`appNamed`)
 * @throws InvalidInputError with every problem and its path.
 */
export function readStart(input: unknown, entry?: AppEntry): StartRead {
  const value = typeof input === 'string' ? parseJson(input) : input;
  const parsed = startMessage.safeParse(value);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error)),
    ...placeProblems(value, entry),
    ...wholePlanProblems(value),
  ];
  if (!parsed.success || problems.length > 0) throw new InvalidInputError(WHAT, problems);
  return { request: requestOf(parsed.data, entry), content: contentOf(parsed.data) };
}

/** Without the trace: a start that is sent once more, by a job that runs again, has another one. */
function contentOf(written: WrittenStart): string {
  return JSON.stringify(written, (name, value: unknown) =>
    name === 'traceparent' ? undefined : value,
  );
}

function requestOf(written: WrittenStart, entry: AppEntry | undefined): StartRequest {
  const target = entry?.target ?? written.target;
  const slot = entry?.slot ?? written.slot;
  if (target === undefined || slot === undefined) {
    throw new InternalError('a start without its app passed the checks');
  }
  return {
    key: written.key,
    app: entry?.name,
    target,
    slot,
    version: written.version,
    baselineVersion: written.baselineVersion,
    telemetry: entry?.telemetry ?? telemetryOf(written.telemetry),
    plan: planOf(written, entry),
    reversible: (entry?.reversible ?? true) && (written.reversible ?? true),
    requestedBy: requestedByOf(written.requestedBy),
  };
}

function requestedByOf(written: WrittenStart['requestedBy']): StartRequest['requestedBy'] {
  const { committedAt, traceparent } = written ?? {};
  return {
    name: written?.name ?? 'unknown',
    run: written?.run,
    commit: written?.commit,
    // Left out where it was not said: rows of the audit stay as they were.
    ...(committedAt === undefined ? {} : { committedAt: Date.parse(committedAt) }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function planOf(written: WrittenStart, entry: AppEntry | undefined): Plan {
  if (written.plan === undefined && entry !== undefined) return entry.defaultPlan;
  const normalised = normalisePlan(written.plan ?? 'standard', 'plan');
  if ('problems' in normalised) throw new InvalidInputError(WHAT, normalised.problems);
  return normalised.plan;
}

const PLACE = z.looseObject({
  app: appName.optional().catch(undefined),
  target: writtenTarget.optional().catch(undefined),
  slot: writtenSlot.optional().catch(undefined),
  telemetry: writtenTelemetry.optional().catch(undefined),
  reversible: z.boolean().optional().catch(undefined),
});

/** What a message says of its place against what the registry says, and what it leaves out. */
function placeProblems(input: unknown, entry: AppEntry | undefined): readonly Problem[] {
  const named = z.looseObject({}).safeParse(input).data;
  const place = PLACE.safeParse(input).data;
  if (named === undefined || place === undefined) return [];
  const add = (path: string, code: string, message: string): Problem => ({ path, code, message });
  if (named.app !== undefined && named.target !== undefined) {
    return [add('target', 'app-and-target', 'name the app or the target, not both')];
  }
  if (entry === undefined) {
    // A name that can be none is told as that already.
    if (named.app !== undefined && place.app === undefined) return [];
    if (named.app !== undefined) return [add('app', 'not-registered', 'no app has this name')];
    return (['target', 'slot'] as const)
      .filter((key) => named[key] === undefined)
      .map((key) => add(key, 'invalid-type', `is missing; name ${MISSING[key]}`));
  }
  return entryProblems(place, entry).map(([path, message]) => add(path, 'not-registered', message));
}

const MISSING = {
  target: 'the site, or the app by its name in the registry',
  slot: "the canary's slot",
} as const;

type Place = z.output<typeof PLACE>;

/** An entry decides where and by which telemetry: another app's healthy one must not judge this one. */
function entryProblems(place: Place, entry: AppEntry): (readonly [string, string])[] {
  const problems: (readonly [string, string])[] = [];
  const leave = `leave it out: app ${entry.name} is registered with`;
  if (place.slot !== undefined && !sameName(place.slot, entry.slot)) {
    problems.push(['slot', `${leave} slot ${entry.slot}`]);
  }
  for (const key of [
    'workspaceId',
    'component',
    'role',
  ] as const satisfies (keyof TelemetrySource)[]) {
    const said = place.telemetry?.[key];
    const known = entry.telemetry[key];
    // AppRoleName is compared as it is written: KQL's own comparison knows case.
    const same = key === 'role' ? said === known : sameName(said ?? '', known ?? '');
    if (said !== undefined && !same) {
      problems.push([`telemetry.${key}`, `${leave} ${known ?? 'none'}`]);
    }
  }
  if (place.reversible === true && !entry.reversible) {
    problems.push(['reversible', `${leave} "reversible": false`]);
  }
  return problems;
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

const anyPlan = z.looseObject({ plan: z.unknown() });
const anySteps = z.looseObject({ steps: z.array(z.looseObject({ weight: z.unknown() })) });

function wholePlanProblems(input: unknown): readonly Problem[] {
  const plan = anyPlan.safeParse(input).data?.plan;
  return plan === undefined ? [] : planProblems(plan, 'plan');
}

/** What only a whole plan shows, told together with problems of single keys as far as it can be. */
export function planProblems(plan: unknown, at: string): readonly Problem[] {
  const written = writtenPlan.safeParse(plan);
  if (!written.success) return risingProblems(anySteps.safeParse(plan).data?.steps ?? [], at);
  const normalised = normalisePlan(written.data, at);
  if ('problems' in normalised) return normalised.problems;
  if (JSON.stringify(normalised.plan).length <= BOUNDS.planChars) return [];
  const message = `the plan is longer than ${BOUNDS.planChars} characters with its defaults written out`;
  return [{ path: at, code: 'plan-size', message }];
}

const appOnly = z.object({ app: appName, target: z.undefined().optional() });
const targetOnly = z.object({ target: writtenTarget, app: z.undefined().optional() });

/** How a message names its app. */
export type AppNamed = { readonly app: string } | { readonly target: Target };

/** The app that a message is about, when at least that can be told; undefined otherwise. Never throws. */
export function appNamed(input: unknown): AppNamed | undefined {
  try {
    const value = typeof input === 'string' ? parseJson(input) : input;
    return appOnly.safeParse(value).data ?? targetOnly.safeParse(value).data;
  } catch {
    return undefined;
  }
}

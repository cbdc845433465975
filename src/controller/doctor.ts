/** `slipway doctor`: looks at an app as a release would, and says what it found. Changes nothing. */
import type { AppEntry } from '../release/app-entry.ts';
import { type Caller, demandRight } from '../release/caller.ts';
import type { DoctorFacts } from '../release/doctor-facts.ts';
import { missingWrites } from '../release/doctor-rights.ts';
import { type Checkup, diagnose } from '../release/doctor.ts';
import { InternalError, NotFoundError, RefusedError } from '../release/errors.ts';
import { readStoredApp } from '../release/parse-apps.ts';
import { parseStart } from '../release/parse-start.ts';
import { weakerThan } from '../release/plan-floor.ts';
import { appKeyOf } from '../release/release-id.ts';
import type { StartRequest } from '../release/start-message.ts';
import { type Asked, type DoctorPorts, readDoctorFacts } from './doctor-reads.ts';
import type { Turns } from './doctor-turns.ts';
import type { Ports } from './ports.ts';

export type { DoctorPorts } from './doctor-reads.ts';

/** What a start would say; all of it may be left out. */
export interface DoctorQuestion {
  readonly version?: string | undefined;
  readonly baselineVersion?: string | undefined;
  /** As it is written in a start. Left out: the app's own. */
  readonly plan?: unknown;
  /** `since` of an earlier checkup, milliseconds. */
  readonly since?: number | undefined;
}

/** Of a registered app, by its name. */
export interface AppQuestion extends DoctorQuestion {
  readonly name: string;
}

interface AppExamination extends AppQuestion {
  readonly turns: Turns;
}

/** A start has to name a version; this one is never looked for (`versionGiven`). */
const ANY_VERSION = '0';

/**
 * By Slipway's own identity, of a registered app.
 * @throws NotFoundError, ForbiddenError, InvalidInputError, RefusedError (`plan-too-weak`),
 * TooManyRequestsError, StoreUnavailableError
 */
export async function examineApp(
  ports: Ports,
  { turns, ...question }: AppExamination,
  caller: Caller,
): Promise<Checkup> {
  const { name } = question;
  const stored = await ports.apps.find({ name });
  if (stored === undefined) {
    throw new NotFoundError(`no app is named ${name}; "slipway apps list" has those that are`);
  }
  const entry = readStoredApp(stored.written);
  // A plan's requests go out to the slot: whoever may not start this app may not send them either.
  demandRight(caller, 'start', entry);
  const asked = askedOf({ app: name }, question, entry);
  demandFloor(asked.request, entry);
  const { inspection, site, router, telemetry, prober, limits } = ports;
  if (inspection === undefined)
    throw new InternalError('nothing was composed to look at an app with');
  const now = (): number => ports.clock.now();
  const [facts, slipway] = await turns.take(name, () =>
    Promise.all([
      readDoctorFacts({ ...inspection, site, router, telemetry, prober, limits, now }, asked),
      readSlipway(ports, asked.request),
    ]),
  );
  return diagnose({ ...withRights(facts), via: 'slipway', slipway }, limits);
}

/**
 * By the caller's own identity, of any app: before Slipway is deployed.
 * @param place `target`, `slot` and `telemetry` of a start
 * @throws InvalidInputError
 */
export async function examineSite(
  ports: DoctorPorts,
  place: Readonly<Record<string, unknown>>,
  question: DoctorQuestion,
): Promise<Checkup> {
  const facts = await readDoctorFacts(ports, askedOf(place, question));
  return diagnose({ ...facts, via: 'own', slipway: undefined }, ports.limits);
}

/** As preflight has them; by the caller's own identity they would say nothing of a release. */
function withRights<T extends Pick<DoctorFacts, 'preflight' | 'rights'>>(facts: T): T {
  const { preflight, rights } = facts;
  if (!rights.ok || preflight.preflight === undefined || preflight.site === undefined) return facts;
  const known = { ...preflight.preflight, missingActions: missingWrites(rights.value) };
  return { ...facts, preflight: { ...preflight, preflight: known } };
}

/** The very start that would be sent, read as starts are read. */
function askedOf(
  place: Readonly<Record<string, unknown>>,
  { version, baselineVersion, plan, since }: DoctorQuestion,
  entry?: AppEntry,
): Asked {
  const written = {
    ...place,
    version: version ?? ANY_VERSION,
    ...(baselineVersion === undefined ? {} : { baselineVersion }),
    ...(plan === undefined ? {} : { plan }),
  };
  return { request: parseStart(written, entry), versionGiven: version !== undefined, since };
}

/** A start with such a plan is refused before preflight; so is the question. */
function demandFloor({ plan }: StartRequest, { name, weakestPlan }: AppEntry): void {
  const weaker = weakestPlan === undefined ? [] : weakerThan(plan, weakestPlan);
  if (weaker.length === 0) return;
  const list = weaker.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const message = `the plan is weaker than app ${name} allows: ${list}`;
  throw new RefusedError('plan-too-weak', message, { details: weaker });
}

async function readSlipway(
  ports: Ports,
  { target }: StartRequest,
): Promise<DoctorFacts['slipway']> {
  const loaded = await ports.store.loadApp(appKeyOf(target));
  return { skewMs: ports.clock.skewMs(), active: loaded?.app.active };
}

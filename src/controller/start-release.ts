/** Starts a release once, whatever is delivered twice or crashes in between. */
import { BOUNDS } from '../limits.ts';
import type { Actor } from '../release/audit.ts';
import type { AppEntry } from '../release/app-entry.ts';
import {
  InternalError,
  InvalidInputError,
  type Problem,
  RefusedError,
  SlipwayError,
} from '../release/errors.ts';
import { cut } from '../release/audit-size.ts';
import { boundedJson } from '../release/bounded-json.ts';
import { sha256 } from '../release/hash.ts';
import { type Birth, type Born, newRelease } from '../release/new-release.ts';
import { normalisePlan } from '../release/normalise-plan.ts';
import { appNamed, readStart } from '../release/parse-start.ts';
import { weakerThan } from '../release/plan-floor.ts';
import { appKeyOf } from '../release/release-id.ts';
import { type AppRecord, type Release, isFinished } from '../release/release.ts';
import { type StartRequest, siteIdOf } from '../release/start-message.ts';
import { admitStart } from './app-access.ts';
import type { StartInput, Started } from './controller.ts';
import { hasUntold } from './notify.ts';
import type { Loaded, LoadedApp, StartRecord } from './ports/release-store.ts';
import { ConflictError } from './ports/store-errors.ts';
import type { Ports } from './ports.ts';
import { catalogue } from './save.ts';
import { knownOutlook, lookAhead, type Made } from './start-outlook.ts';
import { toldAtBirth } from './told.ts';

interface Order {
  readonly request: StartRequest;
  readonly actor: Actor;
  readonly keyHash: string;
  readonly contentHash: string;
  /** The message could not be a release; it leaves a rejected one where the app can be told. */
  readonly invalid: InvalidInputError | undefined;
  /** Where the plan is weaker than the registry allows for the app. */
  readonly weaker: readonly Problem[];
}

export async function startRelease(ports: Ports, input: StartInput): Promise<Started> {
  const entry = await admitStart(ports, input.caller, input.body);
  const order = readOrder(input, entry);
  if (entry === undefined && ports.appsMode === 'registered') {
    throw new InternalError('a start of an app that is not registered passed the checks');
  }
  for (let attempt = 1; attempt <= BOUNDS.commitAttempts; attempt += 1) {
    const known = await findKnown(ports, order);
    if (known !== undefined) {
      const { release } = known;
      return { release, created: false, outlook: knownOutlook(known) };
    }
    const made = await createOnce(ports, order);
    if (made === undefined) continue;
    const started = { release: made.release, created: true };
    // Only now, when the start is committed; and a queue has nobody who would read it.
    if (input.caller.via === 'queue') return started;
    return { ...started, outlook: await lookAhead(ports, made) };
  }
  throw new SlipwayError(
    'conflict',
    `the app ${order.request.target.site} changed ${BOUNDS.commitAttempts} times meanwhile; send the start again`,
  );
}

/** Undefined: another start came in between. */
async function createOnce(ports: Ports, order: Order): Promise<Made | undefined> {
  try {
    return await create(ports, order);
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

function readOrder(input: StartInput, entry: AppEntry | undefined): Order {
  const { body } = input;
  const { actor } = input.caller;
  const hashes = (key: string | undefined): Pick<Order, 'keyHash' | 'contentHash'> => ({
    keyHash: sha256(key ?? input.fallbackKey),
    contentHash: sha256(typeof body === 'string' ? body : boundedJson(body)),
  });
  try {
    const { request, content } = readStart(body, entry);
    const floor = entry?.weakestPlan;
    return {
      request,
      actor,
      keyHash: sha256(request.key ?? input.fallbackKey),
      contentHash: sha256(content),
      invalid: undefined,
      weaker: floor === undefined ? [] : weakerThan(request.plan, floor),
    };
  } catch (error) {
    const request =
      error instanceof InvalidInputError && actor.kind === 'claimed'
        ? placeholder(body, entry)
        : undefined;
    if (!(error instanceof InvalidInputError) || request === undefined) throw error;
    return { request, actor, ...hashes(undefined), invalid: error, weaker: [] };
  }
}

/** A queue has nobody to answer to: the app named in a bad message gets the audit row. */
function placeholder(body: unknown, entry: AppEntry | undefined): StartRequest | undefined {
  const named = appNamed(body);
  const target =
    entry?.target ?? (named !== undefined && 'target' in named ? named.target : undefined);
  const normalised = normalisePlan('standard', 'plan');
  if (target === undefined || 'problems' in normalised) return undefined;
  return {
    key: undefined,
    app: entry?.name,
    target,
    slot: '(invalid)',
    version: '(invalid)',
    baselineVersion: undefined,
    telemetry: { workspaceId: undefined, component: undefined, role: undefined },
    plan: normalised.plan,
    reversible: entry?.reversible ?? true,
    requestedBy: { name: 'unknown', run: undefined, commit: undefined },
  };
}

async function findKnown(ports: Ports, order: Order): Promise<Loaded | undefined> {
  const start = await ports.store.findStart(appKeyOf(order.request.target), order.keyHash);
  if (start === undefined) return undefined;
  if (start.contentHash !== order.contentHash) {
    const message = `the key ${order.request.key ?? ''} was used for release ${start.releaseId} with other content; use a key of its own for each release`;
    throw new RefusedError('key-used', message);
  }
  const loaded = await ports.store.load(start.releaseId);
  if (loaded === undefined)
    throw new SlipwayError(
      'internal',
      `start ${order.keyHash} names release ${start.releaseId}, which is not there`,
    );
  await keepHint(ports, loaded.release);
  return loaded;
}

/** Whoever sends a start again may do so because the first worker died before its hints were written. */
async function keepHint(ports: Ports, release: Release): Promise<void> {
  if (isFinished(release.stage) && !hasUntold(ports, release)) return;
  const at = ports.clock.now();
  await ports.due.put({ releaseId: release.id, at, since: release.createdAt });
}

async function create(ports: Ports, order: Order): Promise<Made> {
  const { request, actor } = order;
  if (order.weaker.length > 0 && actor.kind !== 'claimed') throw tooWeak(order);
  const app = await ports.store.loadApp(appKeyOf(request.target));
  checkSameSite(request, app);
  const birth: Birth = {
    request,
    actor,
    now: ports.clock.now(),
    limits: ports.limits,
    random: ports.random(),
    rejection: rejectionOf(order, app),
  };
  const bare = newRelease(birth);
  const born: Born = {
    ...bare,
    release: { ...bare.release, told: toldAtBirth(ports.notifier) },
  };
  const queued = born.release.stage.phase === 'queued';
  // The hint comes first: a release without its hint would never be ticked. One that was rejected
  // has nothing to do but to be told.
  const ticked = queued || ports.notifier !== undefined;
  if (ticked) await ports.due.put({ releaseId: born.release.id, at: birth.now, since: birth.now });
  await ports.store.create({
    release: born.release,
    plan: born.plan,
    audit: born.rows,
    start: startRecord(order, born),
    app: queued ? { record: taken(app, born, request), etag: app?.etag } : undefined,
  });
  ports.log('info', `${born.release.stage.phase}: ${born.release.message}`, {
    release: born.release.id,
    sequence: 1,
  });
  await tellHints(ports, born, ticked);
  return { release: born.release, plan: born.plan, app: app?.app };
}

/** The start holds from its transaction on: hints that fail only delay it. */
async function tellHints(ports: Ports, born: Born, ticked: boolean): Promise<void> {
  try {
    await catalogue(ports, born.release);
    if (!ticked) return;
    const { id, createdAt } = born.release;
    // Again: the first one is gone as an orphan when this start stood still for ten minutes.
    await ports.due.put({ releaseId: id, at: createdAt, since: createdAt });
    await ports.ticks.send(id, 0);
  } catch (error) {
    // Stood still for so long, its first hint may be gone: the start has to be sent again.
    const { createdAt } = born.release;
    if (ticked && ports.clock.now() > createdAt + ports.limits.dueOrphanMs) throw error;
    ports.log('warning', 'the release is created; its hints could not be written', {
      release: born.release.id,
      error,
    });
  }
}

function startRecord(order: Order, born: Born): StartRecord {
  return { keyHash: order.keyHash, contentHash: order.contentHash, releaseId: born.release.id };
}

/** `appKey` is a shortened hash: the full id on the row tells two apps apart, should they ever meet. */
function checkSameSite(request: StartRequest, app: LoadedApp | undefined): void {
  const siteId = siteIdOf(request.target);
  if (app === undefined || app.app.siteId.toLowerCase() === siteId.toLowerCase()) return;
  throw new SlipwayError('internal', `the app key of ${siteId} is held by ${app.app.siteId}`);
}

function rejectionOf(order: Order, app: LoadedApp | undefined): Birth['rejection'] {
  if (order.invalid !== undefined) {
    const facts = { problems: order.invalid.details, text: cut(order.invalid.message) };
    return { reason: 'invalid-start', message: order.invalid.message, facts };
  }
  if (order.weaker.length > 0) {
    const { message, details } = tooWeak(order);
    return { reason: 'plan-too-weak', message, facts: { problems: details } };
  }
  const active = app?.app.active;
  if (active === undefined) return undefined;
  const message = `release ${active} holds the app; wait for its end (slipway apps free tells, or GET /api/apps) or abort it`;
  return { reason: 'app-busy', message, facts: { active } };
}

function tooWeak({ request, weaker }: Order): RefusedError {
  const list = weaker.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const message = `the plan is weaker than app ${request.app ?? ''} allows: ${list}`;
  return new RefusedError('plan-too-weak', message, { details: weaker });
}

function taken(app: LoadedApp | undefined, born: Born, request: StartRequest): AppRecord {
  const { release } = born;
  const fresh: AppRecord = {
    appKey: release.appKey,
    siteId: siteIdOf(request.target),
    active: undefined,
    lastPromoted: undefined,
    aftercare: undefined,
    ruleGoneAt: undefined,
  };
  return { ...(app?.app ?? fresh), active: release.id };
}

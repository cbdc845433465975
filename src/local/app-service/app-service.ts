import { createArmServer } from './arm-server.ts';
import type { ArmRequest } from './arm-server.ts';
import { createChangeLog } from './change-log.ts';
import type { ChangeLog, SiteChange } from './change-log.ts';
import { createControl } from './control.ts';
import type { DeployRequest } from './control.ts';
import { AppServiceError } from './errors.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createFrontEnd } from './front-end.ts';
import { close, listen } from './http.ts';
import { createRights } from './rights.ts';
import type { Rights } from './rights.ts';
import { findSlot, newDeployment, openState } from './state.ts';
import type { SiteState, SlotState, StateStore } from './state.ts';
import { createSwaps } from './swap.ts';
import type { Swaps } from './swap.ts';
import { nowMs, randomFraction } from './system.ts';
import { createThrottle } from './throttle.ts';
import type { Log, ProcessSpec, SiteDefinition, SwapOutcome } from './types.ts';
import { createWorkers } from './workers.ts';
import type { Workers } from './workers.ts';

export interface AppServiceOptions {
  /** Default 0: any free port. */
  readonly armPort?: number;
  /** Default 0: any free port. */
  readonly frontEndPort?: number;
  /** JSON, written at every change and loaded at the start. Without it nothing survives `stop`. */
  readonly stateFile?: string;
  /** Divides the cookie's hour and the swap's duration, and refills ARM's buckets faster. */
  readonly timeScale: number;
  /** Before scaling. Default 60,000, as recorded for one instance (azure.md 1.6). */
  readonly swapDurationMs?: number;
  readonly sites: readonly SiteDefinition[];
  /** @throws for content that it does not know. */
  readonly resolveContent: (content: string) => ProcessSpec;
  /** Dice of the front end: a fraction in [0, 1). */
  readonly random?: () => number;
  /** How long new content may take until it accepts connections. Default 15,000. */
  readonly readyTimeoutMs?: number;
  /** Longest silence of an app before its visitor gets 504. Default 230,000, not scaled. */
  readonly idleTimeoutMs?: number;
  readonly log: Log;
}

/** App Service on this machine: ARM's REST surface, the front end, and slots with real processes. */
export interface AppServiceStandIn {
  readonly armUrl: string;
  /** Sites are told apart by Host, or X-Forwarded-Host. */
  readonly frontEndUrl: string;
  /**
   * Pushes content into a slot: a new deployment id (32 hexadecimal digits), the same volume. The
   * old process serves until the new one accepts connections; then it is ended.
   * @throws AppServiceError `not-found`, or `content-silent` when it never does (nothing changes).
   */
  deploy(request: DeployRequest): Promise<{ readonly deploymentId: string }>;
  /** A copy of the site's state. @throws AppServiceError `not-found`. */
  site(name: string): SiteState;
  /** The last 1000 requests to ARM, oldest first. */
  readonly requests: readonly ArmRequest[];
  /** Everything that changed a site since the start, in order (the last 100,000). */
  readonly changes: readonly SiteChange[];
  readonly faults: Faults;
  /** Of everybody who asks ARM. */
  readonly rights: Rights;
  readonly swap: {
    /** What the next swap does instead of succeeding. */
    next(outcome: SwapOutcome): void;
    /** Lets a hanging swap go on and succeed. */
    release(site: string): void;
  };
  /** Ends servers and processes. A running swap stays in the state file and goes on at the next start. */
  stop(): Promise<void>;
}

const COOKIE_SECONDS = 3600;
const SWAP_MS = 60_000;
const REQUESTS_KEPT = 1000;
const DEPLOYMENTS_KEPT = 50;

/** Resolves when every slot with content accepts connections, and both servers listen. */
export async function startAppService(options: AppServiceOptions): Promise<AppServiceStandIn> {
  const { log, timeScale } = options;
  const store = openState(options.sites, options.stateFile);
  const workers = createWorkers({
    resolveContent: options.resolveContent,
    readyTimeoutMs: options.readyTimeoutMs ?? 15_000,
    log,
  });
  const durationMs = (options.swapDurationMs ?? SWAP_MS) / timeScale;
  const changeLog = createChangeLog();
  const swaps = createSwaps({ store, workers, durationMs, changes: changeLog, log });
  const requests: ArmRequest[] = [];
  const faults = createFaults();
  const rights = createRights();
  const deploy = deployer({ store, workers, changes: changeLog }, options);
  const arm = createArmServer({
    services: { store, swaps, workers, changes: changeLog, rights },
    faults,
    throttle: createThrottle({ timeScale, nowMs }),
    record: (request) => {
      requests.push(request);
      if (requests.length > REQUESTS_KEPT) requests.shift();
    },
    control: createControl({ deploy, state: () => ({ sites: store.sites }) }),
    log,
  });
  const frontEnd = createFrontEnd({
    sites: store.sites,
    workers,
    cookieMaxAgeSeconds: Math.max(1, Math.round(COOKIE_SECONDS / timeScale)),
    random: options.random ?? randomFraction,
    idleTimeoutMs: options.idleTimeoutMs ?? 230_000,
  });
  const stop = async (): Promise<void> => {
    await Promise.all([close(arm), close(frontEnd), swaps.stop()]);
    await workers.stop();
  };
  try {
    await startSlots(store, workers);
    swaps.resume();
    const armUrl = await listen(arm, options.armPort ?? 0);
    const frontEndUrl = await listen(frontEnd, options.frontEndPort ?? 0);
    const { changes } = changeLog;
    return {
      ...{ armUrl, frontEndUrl, deploy, requests, changes, faults, rights, stop },
      ...controls(store, swaps),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSlots(store: StateStore, workers: Workers): Promise<void> {
  const slots = store.sites.flatMap((site) => site.slots.map((slot) => ({ site, slot })));
  await Promise.all(slots.map(({ site, slot }) => workers.ensure(site, slot.volume)));
}

function controls(store: StateStore, swaps: Swaps): Pick<AppServiceStandIn, 'site' | 'swap'> {
  return {
    site: (name) => structuredClone(siteByName(store, name)),
    swap: {
      next: (outcome) => swaps.next(outcome),
      release: (name) => swaps.release(siteByName(store, name)),
    },
  };
}

interface DeployParts {
  readonly store: StateStore;
  readonly workers: Workers;
  readonly changes: ChangeLog;
}

function deployer(
  { store, workers, changes }: DeployParts,
  { resolveContent, log }: AppServiceOptions,
): AppServiceStandIn['deploy'] {
  return async ({ site: siteName, slot: slotName, content }) => {
    const site = siteByName(store, siteName);
    const slot = slotByName(site, slotName);
    // Unknown content must fail before anything is touched.
    resolveContent(content);
    const { volume } = slot;
    const before = volume.content;
    volume.content = content;
    try {
      await workers.ensure(site, volume);
    } catch (error) {
      volume.content = before;
      throw error;
    }
    const deployment = newDeployment(content);
    volume.deployments = [deployment, ...volume.deployments].slice(0, DEPLOYMENTS_KEPT);
    store.changed();
    changes.note({ kind: 'deployed', site: site.name, slot: slot.name, content });
    log(`${site.name}/${slot.name}: ${content} deployed as ${deployment.id}`);
    return { deploymentId: deployment.id };
  };
}

function siteByName(store: StateStore, name: string): SiteState {
  const site = store.sites.find((candidate) => candidate.name === name);
  if (site !== undefined) return site;
  const known = store.sites.map((candidate) => candidate.name).join(', ');
  throw new AppServiceError('not-found', `there is no site '${name}'; there is ${known}`);
}

function slotByName(site: SiteState, name: string): SlotState {
  const slot = findSlot(site, name);
  if (slot !== undefined) return slot;
  const known = site.slots.map((candidate) => candidate.name).join(', ');
  throw new AppServiceError('not-found', `${site.name} has no slot '${name}'; it has ${known}`);
}

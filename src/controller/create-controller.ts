/** The use cases, put together. Each lives in a file of its own. */
import { BOUNDS } from '../limits.ts';
import { NotFoundError } from '../release/errors.ts';
import { redact } from '../release/redact.ts';
import { applyApps, listApps, readAppsAudit, removeApp } from './apps.ts';
import { commandRelease } from './command-release.ts';
import type { AppState, Controller, Health, PoisonMessage } from './controller.ts';
import { listReleases } from './list-releases.ts';
import { probeWindow } from './paired-probes.ts';
import type { Loaded } from './ports/release-store.ts';
import type { Ports } from './ports.ts';
import { sendDueTicks } from './send-due-ticks.ts';
import { startRelease } from './start-release.ts';
import { tick } from './tick.ts';

export function createController(ports: Ports): Controller {
  return {
    start: (input) => startRelease(ports, input),
    tick: (releaseId) => tick(ports, releaseId),
    probeWindow: (window) => probeWindow(ports, window),
    clock: () => sendDueTicks(ports),
    command: (request) => commandRelease(ports, request),
    getRelease: (releaseId) => loadOrFail(ports, releaseId),
    listReleases: (query) => listReleases(ports, query),
    readAudit: async (releaseId, range) => {
      await loadOrFail(ports, releaseId);
      return ports.audit.readAudit(releaseId, range);
    },
    getApp: (appKey) => getApp(ports, appKey),
    listApps: () => listApps(ports),
    applyApps: (input) => applyApps(ports, input),
    removeApp: (name, caller) => removeApp(ports, name, caller),
    readAppsAudit: (range) => readAppsAudit(ports, range),
    recordPoison: (message) => recordPoison(ports, message),
    listPoison: (max) => ports.poison.list(max),
    health: () => health(ports),
  };
}

async function loadOrFail(ports: Ports, releaseId: string): Promise<Loaded> {
  const loaded = await ports.store.load(releaseId);
  if (loaded === undefined) throw new NotFoundError(`there is no release ${releaseId}`);
  return loaded;
}

async function getApp(ports: Ports, appKey: string): Promise<AppState> {
  const loaded = await ports.store.loadApp(appKey);
  const active =
    loaded?.app.active === undefined ? undefined : await ports.store.load(loaded.app.active);
  const registered = await ports.apps.find({ appKey });
  return { appKey, app: loaded?.app, active: active?.release, entry: registered?.written };
}

/** A message that cannot be recorded is at least logged whole. */
async function recordPoison(ports: Ports, message: PoisonMessage): Promise<void> {
  const text =
    typeof message.message === 'string' ? message.message : JSON.stringify(message.message);
  const record = {
    id: message.id,
    queue: message.queue,
    at: ports.clock.now(),
    message: redact(text).slice(0, BOUNDS.poisonChars),
    code: message.code,
    problem: message.problem,
  };
  try {
    await ports.poison.record(record);
    ports.log('warning', `a message of ${message.queue} could not be used: ${message.problem}`, {
      id: message.id,
    });
  } catch (error) {
    ports.log('error', 'a poison message could not be recorded', {
      ...record,
      error: String(error),
    });
    throw error;
  }
}

/** Storage is asked, not assumed; its answer also sets the clock. */
async function health(ports: Ports): Promise<Health> {
  const storage = await asksStorage(ports);
  const skewMs = ports.clock.skewMs();
  const steady = skewMs !== undefined && Math.abs(skewMs) <= BOUNDS.skewWarningMs;
  const clock = {
    ok: steady,
    skewMs,
    message:
      skewMs === undefined
        ? 'the store has not answered yet'
        : `local clock minus store clock: ${Math.round(skewMs)} ms`,
  };
  // A clock that is off is a warning: `now` is the store's time anyway.
  return { ok: storage.ok, storage, clock };
}

async function asksStorage(ports: Ports): Promise<Health['storage']> {
  try {
    await ports.due.due(0, 1);
    return { ok: true, message: 'answers' };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

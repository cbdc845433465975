/** The use cases, put together. Each lives in a file of its own. */
import { BOUNDS } from '../limits.ts';
import { NotFoundError } from '../release/errors.ts';
import { redact } from '../release/redact.ts';
import { applyApps, listApps, readAppsAudit, removeApp } from './apps.ts';
import { examineApp } from './doctor.ts';
import { createTurns } from './doctor-turns.ts';
import type { AppState, Controller, PoisonMessage } from './controller.ts';
import { createHealth } from './health.ts';
import { listReleases } from './list-releases.ts';
import { createClockView } from './metrics-of-clock.ts';
import { meterOf, timed } from './metrics-of-tick.ts';
import { createEvidenceReader } from './read-evidence.ts';
import { readGate } from './read-gate.ts';
import { probeWindow } from './paired-probes.ts';
import type { Loaded } from './ports/release-store.ts';
import type { Ports } from './ports.ts';
import { sendDueTicks } from './send-due-ticks.ts';
import { createSightings } from './sightings.ts';
import { tick } from './tick.ts';
import { commandTraced, startTraced } from './trace-doors.ts';
import { tryReceivers } from './try-receivers.ts';
import { watchPorts } from './trace-ports.ts';
import { inReleaseSpan } from './trace-release.ts';

export function createController(given: Ports): Controller {
  const sightings = createSightings();
  const view = createClockView(meterOf(given), given.limits, () => given.clock.now());
  const ports = watchPorts(given, { sightings, saw: view.saw });
  const evidenceOf = createEvidenceReader(ports.audit);
  const turns = createTurns(given.limits, () => given.clock.now());
  let givenUp = 0;
  return {
    start: (input) => startTraced(ports, input),
    tick: (releaseId) =>
      timed(ports, async () => {
        givenUp += await tick(ports, releaseId);
      }),
    probeWindow: (window) =>
      inReleaseSpan(ports, { name: 'slipway.probe-window', releaseId: window.releaseId }, () =>
        probeWindow(ports, window),
      ),
    clock: () => sendDueTicks(ports, view),
    command: (request) => commandTraced(ports, request),
    getRelease: (releaseId) => loadOrFail(ports, releaseId),
    readEvidence: async (releaseId) => {
      const loaded = await loadOrFail(ports, releaseId);
      return { release: loaded.release, series: await evidenceOf(loaded) };
    },
    readGate: (query) => readGate(ports, query),
    listReleases: (query) => listReleases(ports, query),
    readAudit: async (releaseId, range) => {
      await loadOrFail(ports, releaseId);
      return ports.audit.readAudit(releaseId, range);
    },
    getApp: (appKey) => getApp(ports, appKey),
    doctor: (question, caller) => examineApp(ports, { ...question, turns }, caller),
    listApps: () => listApps(ports),
    applyApps: (input) => applyApps(ports, input),
    removeApp: (name, caller) => removeApp(ports, name, caller),
    readAppsAudit: (range) => readAppsAudit(ports, range),
    recordPoison: (message) => recordPoison(ports, message),
    listPoison: (max) => ports.poison.list(max),
    tryReceivers: () => tryReceivers(ports),
    health: createHealth({ ports, sightings, givenUp: () => givenUp }),
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

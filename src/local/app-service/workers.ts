import { startWorker, identityOf } from './worker.ts';
import type { Worker } from './worker.ts';
import type { SiteState, SlotState, VolumeState } from './state.ts';
import type { Log, ProcessSpec } from './types.ts';

/**
 * The processes of all volumes. A process belongs to a volume, not to a slot, so a swap moves it
 * without a restart, unless settings that stay with the slots change what it must see.
 */
export interface Workers {
  /** The port that serves this volume, `undefined` while nothing does. */
  port(site: SiteState, volume: VolumeState): number | undefined;
  /** Makes what runs equal to what the slot should run. Resolves when that accepts connections. */
  ensure(site: SiteState, slot: SlotState): Promise<void>;
  /** Ends the slot's process and starts it again. */
  restart(site: SiteState, slot: SlotState): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkersOptions {
  readonly resolveContent: (content: string) => ProcessSpec;
  readonly readyTimeoutMs: number;
  readonly log: Log;
}

/** The new process is started, waited for and switched to before the old one is ended. */
export function createWorkers(options: WorkersOptions): Workers {
  const running = new Map<string, Worker>();
  const starting = new Set<Worker>();
  const killAll = (): void => {
    for (const worker of [...running.values(), ...starting]) worker.kill();
  };
  // Whatever ends our process, short of SIGKILL, ends the children too.
  process.once('exit', killAll);

  const ensure = async (site: SiteState, slot: SlotState): Promise<void> => {
    const key = keyOf(site, slot.volume);
    const spec = slot.running ? specOf(site, slot, options.resolveContent) : undefined;
    const old = running.get(key);
    if (spec === undefined) {
      running.delete(key);
      await old?.stop();
      return;
    }
    if (old?.identity === identityOf(spec)) return old.ready(options.readyTimeoutMs);
    const worker = startWorker(spec, key, options.log);
    starting.add(worker);
    try {
      await worker.ready(options.readyTimeoutMs);
    } catch (error) {
      await worker.stop();
      throw error;
    } finally {
      starting.delete(worker);
    }
    running.set(key, worker);
    await old?.stop();
  };

  return {
    port: (site, volume) => running.get(keyOf(site, volume))?.port(),
    ensure,
    restart: async (site, slot) => {
      const key = keyOf(site, slot.volume);
      const old = running.get(key);
      running.delete(key);
      await old?.stop();
      await ensure(site, slot);
    },
    stop: async () => {
      const all = [...running.values(), ...starting];
      running.clear();
      await Promise.all(all.map((worker) => worker.stop()));
      process.removeListener('exit', killAll);
    },
  };
}

/** Deployment ids start with the site's name, but two sites may share a name in two groups. */
function keyOf(site: SiteState, volume: VolumeState): string {
  return `${site.resourceGroup}/${volume.deploymentId}`;
}

/**
 * The app sees its settings over the variables baked into the content. WEBSITE_SLOT_NAME and
 * WEBSITE_HOSTNAME are left out: they name the slot, and would restart both processes at each swap.
 */
function specOf(
  site: SiteState,
  slot: SlotState,
  resolve: (content: string) => ProcessSpec,
): ProcessSpec | undefined {
  if (slot.volume.content === null) return undefined;
  const spec = resolve(slot.volume.content);
  const platform = {
    WEBSITE_SITE_NAME: site.name,
    WEBSITE_DEPLOYMENT_ID: slot.volume.deploymentId,
    WEBSITE_INSTANCE_ID: slot.volume.deploymentId,
  };
  return { ...spec, env: { ...spec.env, ...platform, ...slot.appSettings } };
}

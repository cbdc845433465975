import { startWorker, identityOf } from './worker.ts';
import type { Worker } from './worker.ts';
import type { SiteState, VolumeState } from './state.ts';
import type { Log, ProcessSpec } from './types.ts';

/**
 * The processes of all volumes. A process belongs to a volume, not to a slot, so a swap moves it
 * without a restart, unless settings that stay with the slots change what it must see.
 */
export interface Workers {
  /** The port that serves this volume, `undefined` while nothing does. */
  port(site: SiteState, volume: VolumeState): number | undefined;
  /**
   * Makes what runs equal to the volume's content under the settings of the slot that holds it.
   * Resolves when that accepts connections.
   * @throws AppServiceError `content-silent`; the old process then goes on.
   */
  ensure(site: SiteState, volume: VolumeState): Promise<void>;
  /** Ends the volume's process and starts it again. */
  restart(site: SiteState, volume: VolumeState): Promise<void>;
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
  const queues = new Map<string, Promise<void>>();
  const starting = new Set<Worker>();
  const killAll = (): void => {
    for (const worker of [...running.values(), ...starting]) worker.kill();
  };
  // Whatever ends our process, short of SIGKILL, ends the children too.
  process.once('exit', killAll);

  /** One change at a time per volume: a deployment and a swap may want the same process. */
  const inTurn = (key: string, change: () => Promise<void>): Promise<void> => {
    const before = queues.get(key) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(change);
    queues.set(key, turn);
    return turn;
  };

  const ensure = async (site: SiteState, volume: VolumeState): Promise<void> => {
    const key = keyOf(site, volume);
    const spec = specOf(site, volume, options.resolveContent);
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
    ensure: (site, volume) => inTurn(keyOf(site, volume), () => ensure(site, volume)),
    restart: (site, volume) => {
      const key = keyOf(site, volume);
      return inTurn(key, async () => {
        const old = running.get(key);
        running.delete(key);
        await old?.stop();
        await ensure(site, volume);
      });
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
  volume: VolumeState,
  resolve: (content: string) => ProcessSpec,
): ProcessSpec | undefined {
  // Asked at the last moment: a swap may have moved the volume while a deployment waited its turn.
  const slot = site.slots.find((candidate) => candidate.volume === volume);
  if (slot?.running !== true || volume.content === null) return undefined;
  const spec = resolve(volume.content);
  const platform = {
    WEBSITE_SITE_NAME: site.name,
    WEBSITE_DEPLOYMENT_ID: volume.deploymentId,
    WEBSITE_INSTANCE_ID: volume.deploymentId,
  };
  return { ...spec, env: { ...spec.env, ...platform, ...slot.appSettings } };
}

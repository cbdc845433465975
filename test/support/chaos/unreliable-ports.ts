/**
 * The ports as one worker meets them: every call takes its time and may fail, arrive late, lose its
 * answer or be the worker's last. What really happened is told to the observer at the moment when it
 * happens.
 */
import type { Change, Creation } from '../../../src/controller/ports/release-store.ts';
import type { Ports } from '../../../src/controller/ports.ts';
import type { Rule } from '../../../src/release/azure-facts.ts';
import type { SwapIntent } from '../../../src/release/intent.ts';
import { ARM_TIMEOUT_MS, type CallKind, type Family, type Fate } from './fates.ts';
import type { Scheduler } from './scheduler.ts';

/** One run of a use case in one process. */
export interface Task {
  readonly name: string;
  crashed: boolean;
  /** What this worker last put into the store. */
  committed: Change | undefined;
  /** When its reads last had their answer made, milliseconds. */
  readonly readAt: { rules: number; site: number; content: number };
}

export function newTask(name: string): Task {
  return {
    name,
    crashed: false,
    committed: undefined,
    readAt: { rules: 0, site: 0, content: 0 },
  };
}

/** Told what had its effect; `sentAt` is when the worker made the call. */
export interface Observer {
  created(creation: Creation): void;
  committed(task: Task, change: Change): void;
  rulesWritten(task: Task, write: RulesWrite): void;
  swapSent(task: Task, intent: SwapIntent | undefined): void;
  swapAccepted(task: Task, intent: SwapIntent | undefined): void;
}

export interface RulesWrite {
  readonly sentAt: number;
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
}

export interface UnreliableOptions {
  readonly base: Ports;
  readonly task: Task;
  readonly scheduler: Scheduler;
  readonly now: () => number;
  readonly fateOf: (call: CallKind) => Fate;
  readonly observer: Observer;
  /** The rules that are really there. */
  readonly rulesNow: () => readonly Rule[];
  readonly log: (line: string) => void;
  readonly deliver: (releaseId: string, delayMs: number) => void;
}

type Through = <T>(family: Family, name: string, effect: () => Promise<T>) => Promise<T>;

const WRITES: ReadonlySet<string> = new Set([
  'create',
  'commit',
  'put',
  'remove',
  'send',
  'writeRules',
  'submitSwap',
]);

export function unreliablePorts(options: UnreliableOptions): Ports {
  const { base } = options;
  const through = throughFate(options);
  return {
    ...base,
    store: unreliableStore(options, through),
    audit: {
      readAudit: (id, range) =>
        through('store', 'readAudit', () => base.audit.readAudit(id, range)),
    },
    catalog: {
      put: (entry) => through('store', 'put', () => base.catalog.put(entry)),
      list: (query) => through('store', 'list', () => base.catalog.list(query)),
    },
    due: {
      put: (entry) => through('store', 'put', () => base.due.put(entry)),
      due: (now, max) => through('store', 'due', () => base.due.due(now, max)),
      remove: (id) => through('store', 'remove', () => base.due.remove(id)),
    },
    ticks: {
      send: (id, delayMs) => through('store', 'send', async () => options.deliver(id, delayMs)),
    },
    ...unreliableAzure(options, through),
    telemetry: {
      countRequests: (query) =>
        through('telemetry', 'countRequests', () => base.telemetry.countRequests(query)),
      versionsSeen: (query) =>
        through('telemetry', 'versionsSeen', () => base.telemetry.versionsSeen(query)),
      probesSeen: (query) =>
        through('telemetry', 'probesSeen', () => base.telemetry.probesSeen(query)),
    },
    prober: {
      probe: (host, validation) =>
        through('probe', 'probe', () => base.prober.probe(host, validation)),
    },
  };
}

function unreliableStore(options: UnreliableOptions, through: Through): Ports['store'] {
  const { base, task, observer } = options;
  return {
    load: (id) => through('store', 'load', () => base.store.load(id)),
    loadApp: (key) => through('store', 'loadApp', () => base.store.loadApp(key)),
    findStart: (key, hash) => through('store', 'findStart', () => base.store.findStart(key, hash)),
    create: (creation) =>
      through('store', 'create', async () => {
        await base.store.create(creation);
        observer.created(creation);
      }),
    commit: (change) => {
      let told = false;
      return through('store', 'commit', async () => {
        const etag = await base.store.commit(change);
        // Sent again, it is the same write.
        if (!told) observer.committed(task, change);
        told = true;
        task.committed = change;
        return etag;
      });
    },
  };
}

function unreliableAzure(
  options: UnreliableOptions,
  through: Through,
): Pick<Ports, 'site' | 'router' | 'swapper'> {
  const { base, task, observer, now } = options;
  const stamped = <T>(what: keyof Task['readAt'], answer: T): T => {
    task.readAt[what] = now();
    return answer;
  };
  return {
    site: {
      readSite: (target, slot) =>
        through('arm', 'readSite', async () =>
          stamped('site', await base.site.readSite(target, slot)),
        ),
      readContent: (target, slot) =>
        through('arm', 'readContent', async () =>
          stamped('content', await base.site.readContent(target, slot)),
        ),
      readSwapSettings: (target, slot) =>
        through('arm', 'readSwapSettings', () => base.site.readSwapSettings(target, slot)),
    },
    router: {
      readRules: (target) =>
        through('arm', 'readRules', async () =>
          stamped('rules', await base.router.readRules(target)),
        ),
      writeRules: (target, rules) => {
        const sentAt = now();
        return through('arm', 'writeRules', async () => {
          const before = options.rulesNow();
          await base.router.writeRules(target, rules);
          observer.rulesWritten(task, { sentAt, before, after: options.rulesNow() });
        });
      },
    },
    swapper: {
      submitSwap: (target, slot) => {
        const intent = task.committed?.release.intent;
        const swap = intent?.kind === 'swap' ? intent : undefined;
        observer.swapSent(task, swap);
        return through('arm', 'submitSwap', async () => {
          const accepted = await base.swapper.submitSwap(target, slot);
          observer.swapAccepted(task, swap);
          return accepted;
        });
      },
      pollSwap: (poller) => through('arm', 'pollSwap', () => base.swapper.pollSwap(poller)),
    },
  };
}

function throughFate(options: UnreliableOptions): Through {
  const { task, scheduler, fateOf } = options;
  return async (family, name, effect) => {
    if (isDead(task)) return gone();
    const fate = fateOf({ family, name, write: WRITES.has(name) });
    options.log(`${task.name} ${name} ${fate.name}`);
    if (fate.crash !== undefined) {
      task.crashed = true;
      if (fate.arrives) void carry(options, fate, effect).catch(() => undefined);
      return gone();
    }
    const abandoned = fate.error !== undefined && fate.beforeMs > ARM_TIMEOUT_MS;
    if (abandoned) {
      void carry(options, fate, effect).catch(() => undefined);
      await scheduler.sleep(ARM_TIMEOUT_MS);
      return refuse(task, fate.error);
    }
    try {
      const value = await carry(options, fate, effect);
      await scheduler.sleep(fate.afterMs);
      if (isDead(task)) return await gone();
      if (fate.error === undefined) return value;
    } catch (error) {
      return refuse(task, error);
    }
    return refuse(task, fate.error);
  };
}

/** The request's way to the other side, and its effect there. */
async function carry<T>(
  { scheduler }: UnreliableOptions,
  fate: Fate,
  effect: () => Promise<T>,
): Promise<T> {
  await scheduler.sleep(fate.beforeMs);
  if (!fate.arrives) throw fate.error ?? new Error('the call never arrives');
  const value = await effect();
  return fate.resent ? effect() : value;
}

async function refuse(task: Task, error: unknown): Promise<never> {
  if (task.crashed) return gone();
  throw error;
}

/** Asked anew each time: another call of the same worker may have been its last. */
function isDead(task: Task): boolean {
  return task.crashed;
}

/** A dead process waits for nothing and runs no `finally`. */
function gone(): Promise<never> {
  return new Promise(() => undefined);
}

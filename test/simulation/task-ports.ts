/**
 * The ports as one worker meets them: the real store adapters over simulated tables and queues, and
 * twins of Azure, every call through the faults of the story. What really happened is told to the
 * checkers at the moment when it happens.
 */
import type { RowClient } from '../../src/adapters/store/row-client.ts';
import { TABLES } from '../../src/adapters/store/names.ts';
import { createTickQueue } from '../../src/adapters/store/storage-tick-queue.ts';
import { createAppRegistry } from '../../src/adapters/store/table-app-registry.ts';
import { createAuditReader } from '../../src/adapters/store/table-audit-reader.ts';
import { createCatalog } from '../../src/adapters/store/table-catalog.ts';
import { createDueTable } from '../../src/adapters/store/table-due.ts';
import { createPoisonBox } from '../../src/adapters/store/table-poison-box.ts';
import { createReleaseStore } from '../../src/adapters/store/table-release-store.ts';
import type { Ports } from '../../src/controller/ports.ts';
import type { Rule } from '../../src/release/azure-facts.ts';
import { receiverBy } from '../support/memory-receiver.ts';
import type { Prng } from '../support/prng.ts';
import type { Through } from './calls.ts';
import type { Checker } from './checkers/checker.ts';
import { type Send, createTableClient } from './cloud/table-client.ts';
import type { Tables } from './cloud/tables.ts';
import type { Queues } from './cloud/queues.ts';
import type { Task } from './instance.ts';
import { pairedPorts } from './paired-ports.ts';
import type { Rates } from './story/story.ts';
import type { UnderWay } from './truth/azure-history.ts';

export interface TaskWorld {
  readonly base: Ports;
  readonly task: Task;
  readonly tables: Tables;
  readonly queues: Queues;
  readonly through: Through;
  readonly now: () => number;
  readonly tell: (hook: (checker: Checker) => void) => void;
  readonly underWay: Set<UnderWay>;
  /** The rules that are really there. */
  readonly rulesNow: () => readonly Rule[];
  /** Says whose request is applied, for those who look at the tables. */
  readonly asWriter: <T>(task: Task, effect: () => T) => T;
  readonly pageRows: (wanted: number) => number;
  readonly prng: Prng;
  readonly rates: () => Rates;
  /** Time that passes for this worker alone. */
  readonly rest: (ms: number) => Promise<void>;
  /** What stands behind a host. */
  readonly contentOf: (host: string) => string;
  readonly wholeCatalog: boolean;
}

export function taskPorts(world: TaskWorld): Ports {
  const { base, task, through, prng } = world;
  return {
    ...base,
    ...storePorts(world),
    ...azurePorts(world),
    clock: task.instance.clock,
    telemetry: {
      countRequests: (query) =>
        through({ family: 'telemetry', name: 'countRequests', write: false }, () =>
          base.telemetry.countRequests(query),
        ),
      versionsSeen: (query) =>
        through({ family: 'telemetry', name: 'versionsSeen', write: false }, () =>
          base.telemetry.versionsSeen(query),
        ),
      probesSeen: (query) =>
        through({ family: 'telemetry', name: 'probesSeen', write: false }, () =>
          base.telemetry.probesSeen(query),
        ),
      queryProblems: (query) =>
        through({ family: 'telemetry', name: 'queryProblems', write: false }, () =>
          base.telemetry.queryProblems(query),
        ),
      differences: (query) =>
        through({ family: 'telemetry', name: 'differences', write: false }, () =>
          base.telemetry.differences(query),
        ),
    },
    prober: {
      probe: (host, validation) =>
        through({ family: 'probe', name: 'probe', write: false }, () =>
          base.prober.probe(host, validation),
        ),
    },
    paired:
      base.paired &&
      pairedPorts({
        base: base.paired,
        releases: tableClients(world)(TABLES.releases),
        sendMessage: sendMessage(world, 'probes'),
        rest: world.rest,
        way: () => ({ beforeMs: prng.int(1, 200), isLost: prng.chance(world.rates().probe) }),
        contentOf: world.contentOf,
        probed: (answer) => world.tell((checker) => checker.probed?.(task, answer)),
      }),
    notifier: {
      receivers: [
        receiverBy('simulated', (notice) =>
          through({ family: 'notice', name: 'tell', write: true }, () =>
            world.tell((checker) => checker.told?.(notice)),
          ),
        ),
      ],
    },
  };
}

/** One call to the store; each answer, also one that says no, tells the time by its Date header. */
export function storeSend({ task, through, now, asWriter }: TaskWorld): Send {
  const { clock, machine } = task.instance;
  return async (name, write, effect) => {
    const sentMs = machine.monotonicMs();
    let dateMs: number | undefined;
    const answer = (): ReturnType<typeof effect> => {
      dateMs = Math.floor(now() / 1_000) * 1_000;
      return asWriter(task, effect);
    };
    const heard = (): void => {
      if (dateMs === undefined) return;
      clock.observe({ dateMs, sentMs, receivedMs: machine.monotonicMs() });
    };
    try {
      const value = await through({ family: 'store', name, write }, answer);
      heard();
      return value;
    } catch (error) {
      if (isAnswer(error)) heard();
      else task.storeFailed = true;
      throw error;
    }
  };
}

function isAnswer(error: unknown): boolean {
  const status = (error as { statusCode?: number }).statusCode;
  return status === 404 || status === 409 || status === 412;
}

function storePorts(
  world: TaskWorld,
): Pick<Ports, 'store' | 'audit' | 'apps' | 'catalog' | 'due' | 'poison' | 'ticks'> {
  const client = tableClients(world);
  const releases = client(TABLES.releases);
  return {
    store: createReleaseStore(releases),
    audit: createAuditReader(releases),
    apps: createAppRegistry(client(TABLES.apps)),
    catalog: world.wholeCatalog ? createCatalog(client(TABLES.catalog)) : twinCatalog(world),
    due: createDueTable(client(TABLES.due)),
    poison: createPoisonBox(releases),
    ticks: createTickQueue({ sendMessage: sendMessage(world, 'ticks') }, QUEUE_OPTIONS),
  };
}

function tableClients(world: TaskWorld): (table: string) => RowClient {
  const { tables, pageRows } = world;
  const send = storeSend(world);
  return (table) => createTableClient({ tables, table, send, pageRows });
}

/** The adapters read nothing of the answer. */
function sendMessage({ queues, through }: TaskWorld, queue: string): never {
  const send = (
    text: string,
    options: { visibilityTimeout?: number; messageTimeToLive?: number } = {},
  ): Promise<unknown> =>
    through({ family: 'store', name: 'sendMessage', write: true }, () => {
      const { visibilityTimeout = 0, messageTimeToLive = 3_600 } = options;
      const delayMs = visibilityTimeout * 1_000;
      queues.send(queue, text, { delayMs, lifeMs: messageTimeToLive * 1_000 });
    });
  return send as never;
}

function twinCatalog({ base: { catalog }, through }: TaskWorld): Ports['catalog'] {
  return {
    put: (entry) =>
      through({ family: 'store', name: 'catalogue', write: true }, () => catalog.put(entry)),
    list: (query) =>
      through({ family: 'store', name: 'catalog', write: false }, () => catalog.list(query)),
  };
}

const QUEUE_OPTIONS = { encoding: 'none', timeoutMs: 10_000 } as const;

function azurePorts(world: TaskWorld): Pick<Ports, 'site' | 'router' | 'swapper'> {
  const { base, task, through, now, tell, rulesNow } = world;
  const read = <T>(name: string, what: keyof Task['readAt'] | undefined, ask: () => Promise<T>) =>
    through({ family: 'arm', name, write: false }, async () => {
      const answer = await ask();
      if (what !== undefined) task.readAt[what] = now();
      return answer;
    });
  const write = <T>(name: string, effect: () => Promise<T>): Promise<T> => {
    const call = underWayOf(task);
    if (call !== undefined) world.underWay.add(call);
    const landed = (): boolean => call !== undefined && world.underWay.delete(call);
    const arrive = async (): Promise<T> => {
      landed();
      return effect();
    };
    return through({ family: 'arm', name, write: true }, arrive, landed);
  };
  const noteAnswer = (): void => {
    const { committed } = task;
    const claimId = committed?.intent?.claim?.id;
    if (committed !== undefined && claimId !== undefined) {
      task.unrecorded = { releaseId: committed.id, claimId };
    }
  };
  return {
    site: {
      ...base.site,
      readSite: (target, slot) => read('readSite', 'site', () => base.site.readSite(target, slot)),
      readContent: (target, slot) =>
        read('readContent', 'content', () => base.site.readContent(target, slot)),
      readSwapSettings: (target, slot) =>
        read('readSwapSettings', undefined, () => base.site.readSwapSettings(target, slot)),
    },
    router: {
      readRules: (target) => read('readRules', 'rules', () => base.router.readRules(target)),
      writeRules: async (target, rules) => {
        const sentAt = now();
        const sender = asSent(task);
        await write('writeRules', async () => {
          const before = rulesNow();
          await base.router.writeRules(target, rules);
          const done = { sentAt, sent: rules, before, after: rulesNow() };
          tell((checker) => checker.rulesWritten?.(sender, done));
        });
        if (task.committed?.intent?.kind === 'set-weight') noteAnswer();
      },
    },
    swapper: {
      submitSwap: async (target, slot) => {
        const sender = asSent(task);
        tell((checker) => checker.swapSent?.(sender));
        const answer = await write('submitSwap', async () => {
          const accepted = await base.swapper.submitSwap(target, slot);
          tell((checker) => checker.swapAccepted?.(sender));
          return accepted;
        });
        noteAnswer();
        return answer;
      },
      pollSwap: (poller) => read('pollSwap', undefined, () => base.swapper.pollSwap(poller)),
    },
  };
}

/** The worker as it was when it made the call, which may arrive when it has long gone on. */
function asSent(task: Task): Task {
  return { ...task, readAt: { ...task.readAt } };
}

function underWayOf({ committed }: Task): UnderWay | undefined {
  const claim = committed?.intent?.claim;
  if (committed === undefined || claim === undefined) return undefined;
  return { releaseId: committed.id, claimId: claim.id, notAfter: claim.notAfter };
}

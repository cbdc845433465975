// Break glass against the App Service stand-in over HTTP: there is no storage and no Slipway anywhere.
import { afterAll, beforeAll, beforeEach } from 'vitest';

import { openAppService } from '../../src/app.ts';
import { type RescueIo, type RescueReport, rescue } from '../../src/cli/rescue.ts';
import { limitsAt } from '../../src/limits.ts';
import type { AppServiceStandIn } from '../../src/local/app-service/app-service.ts';
import type { ArmRequest } from '../../src/local/app-service/arm-server.ts';
import { RESCUE_TAG, readRescue } from '../../src/release/rescue-record.ts';
import {
  SHOP,
  arm,
  eventually,
  pollToEnd,
  setRules,
  startTiny,
  swapBody,
} from '../local/app-service/fixture.ts';

const TARGET = {
  subscriptionId: SHOP.subscriptionId,
  resourceGroup: SHOP.resourceGroup,
  site: SHOP.name,
};
export const TAGS = '/providers/Microsoft.Resources/tags/default';
export const BETA = {
  name: 'beta',
  actionHostName: 'shop-beta.azurewebsites.net',
  reroutePercentage: 0,
};

/** A site that nobody ever swapped; no process runs for it. */
const UNTOUCHED = {
  subscriptionId: SHOP.subscriptionId,
  resourceGroup: SHOP.resourceGroup,
  name: 'untouched',
  slots: [{ name: 'staging' }],
};

/** Started before the tests of the file that called `serveShop`. */
export let azure: AppServiceStandIn;
/** The last request before the test began. */
let mark: ArmRequest | undefined;

/** One site serves all tests, for its processes take their time: swapped once, nothing else. */
export function serveShop(): void {
  beforeAll(async () => {
    azure = await startTiny({ sites: [SHOP, UNTOUCHED] });
  });
  afterAll(() => azure.stop());
  beforeEach(async () => {
    azure.faults.clear();
    azure.swap.release('shop');
    await eventually(() =>
      azure.site('shop').operations.every(({ status }) => status !== 'running'),
    );
    await arm(azure, 'POST', '/slots/staging/resetSlotConfig');
    await setRules(azure);
    await arm(azure, 'PATCH', TAGS, { operation: 'Replace', properties: { tags: {} } });
    await swapped();
    mark = azure.requests.at(-1);
  });
}

export interface Run {
  readonly report: RescueReport;
  readonly lines: readonly string[];
  readonly questions: readonly string[];
  readonly saved: readonly string[];
}

export interface Story {
  readonly swapBack?: boolean;
  readonly yes?: boolean;
  readonly site?: string;
  readonly slot?: string;
  /** Answers, one a question; `null`: there is no terminal. */
  readonly answers?: readonly boolean[] | null;
  /** What happens while it asks, or waits. */
  readonly meanwhile?: () => Promise<unknown> | undefined;
  /** The process ends right after the POST of the swap, before the proof. */
  readonly killed?: boolean;
}

export async function run({
  swapBack = false,
  yes = false,
  site = 'shop',
  slot = 'staging',
  answers = [],
  meanwhile,
  killed = false,
}: Story): Promise<Run> {
  const lines: string[] = [];
  const questions: string[] = [];
  const saved: string[] = [];
  const left = [...(answers ?? [])];
  const io: RescueIo = {
    ...openAppService(azure.armUrl),
    limits: { ...limitsAt(1), rescuePollMs: 20, rescueBusyMs: 1_200, rescueSwapMs: 800 },
    who: async () => 'anna@example.com',
    say: (line) => void lines.push(line),
    ask:
      answers === null
        ? undefined
        : async (question) => {
            questions.push(question);
            await meanwhile?.();
            return left.shift() ?? false;
          },
    sleep: async (ms) => {
      if (killed && writes('/slotsswap').length > 0) throw new Error('killed');
      await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)));
      if (answers === null) await meanwhile?.();
    },
    save: (name, text) => {
      saved.push(text);
      return `/somewhere/${name}`;
    },
  };
  const target = { ...TARGET, site };
  const report = await rescue({ target, slot, swapBack, yes }, io);
  return { report, lines, questions, saved };
}

export const rules = () => azure.site('shop').slots[0]?.rules.map(({ name }) => name);
export const volumes = () => azure.site('shop').slots.map(({ volume }) => volume.deploymentId);
export const record = () => readRescue(azure.site('shop').slots[0]?.tags[RESCUE_TAG], Date.now());
export const writes = (part: string) => {
  const since = mark === undefined ? 0 : azure.requests.indexOf(mark) + 1;
  return azure.requests
    .slice(since)
    .filter(({ method, url }) => method !== 'GET' && url.includes(part));
};

/** A swap that ends when what is returned is called: when the rescue first waits, that is. */
export async function runningSwap(): Promise<() => undefined> {
  azure.swap.next({ kind: 'hang' });
  await arm(azure, 'POST', '/slots/staging/slotsswap', swapBody('production'));
  return () => {
    azure.swap.release('shop');
    return undefined;
  };
}

export async function swapped(): Promise<void> {
  await pollToEnd(
    azure,
    await arm(azure, 'POST', '/slots/staging/slotsswap', swapBody('production')),
  );
}

export function forbid(method: string, pathIncludes: string): void {
  const message = 'The client does not have authorization to perform this action.';
  const body = { error: { code: 'AuthorizationFailed', message } };
  const action = { kind: 'answer', status: 403, body } as const;
  azure.faults.add({ match: { method, pathIncludes }, times: 99, action });
}

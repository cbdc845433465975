import { setTimeout as delay } from 'node:timers/promises';
import { connectAppService } from '../../src/adapters/app-service/connect.ts';
import type { AppServicePorts } from '../../src/adapters/app-service/connect.ts';
import type { Rule } from '../../src/release/azure-facts.ts';
import type { Target } from '../../src/release/start-message.ts';
import { startAppService } from '../../src/local/app-service/app-service.ts';
import type { AppServiceStandIn } from '../../src/local/app-service/app-service.ts';
import { createMemoryAppService } from '../support/memory-app-service.ts';

/** An app with slot `staging` that was never swapped, and what happens to it from outside. */
export interface World extends AppServicePorts {
  readonly target: Target;
  readonly slot: string;
  /** Somebody pushes bits; resolves to the content as `readContent` must name it. */
  deploy(place: 'production' | 'slot', content: string): Promise<string>;
  editRules(rules: readonly Rule[]): Promise<void>;
  preparePreview(): Promise<void>;
  failSwap(code: string, message: string): void;
  /** The next write is cut off before or after it had its effect. */
  cutNextWrite(how: 'before' | 'after'): void;
  /** Until no swap runs any more. */
  passSwap(): Promise<void>;
  /** How many writes arrived, refused ones included, since the world began. */
  writes(): number;
  stop(): Promise<void>;
}

export const WORLDS: readonly { readonly name: string; start: () => Promise<World> }[] = [
  { name: 'the twin in memory', start: async () => memoryWorld() },
  { name: "Azure's SDK on the stand-in", start: standInWorld },
];

function memoryWorld(): World {
  let nowMs = Date.UTC(2026, 0, 1);
  const swapDurationMs = 60_000;
  const app = createMemoryAppService({ now: () => nowMs, swapDurationMs });
  return {
    ...app,
    deploy: async (place, content) => {
      app.deploy(place, content);
      return content;
    },
    editRules: async (rules) => app.editRules(rules),
    preparePreview: async () => {
      app.state.slot.targetSwapSlot = 'production';
      app.state.production.targetSwapSlot = app.slot;
    },
    failSwap: (code, message) => app.failSwap(code, message),
    cutNextWrite: (how) => {
      app.failNext({ call: 'writeRules', how });
      app.failNext({ call: 'submitSwap', how });
    },
    passSwap: async () => {
      nowMs += swapDurationMs;
    },
    writes: () => app.writes().length,
    stop: async () => undefined,
  };
}

const SITE: Target = {
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'rg-shop',
  site: 'shop',
};
/** Ends with its stdin, as the stand-in asks of the programs it runs. */
const PROGRAM = `
  require('node:http').createServer((_, res) => res.end('ok')).listen(process.env.PORT, '127.0.0.1');
  process.stdin.resume().on('end', () => process.exit());
`;

async function standInWorld(): Promise<World> {
  const azure = await startAppService({
    timeScale: 1,
    swapDurationMs: 400,
    sites: [
      {
        subscriptionId: SITE.subscriptionId,
        resourceGroup: SITE.resourceGroup,
        name: SITE.site,
        content: 'shop@1',
        slots: [{ name: 'staging', content: 'shop@2' }],
      },
    ],
    resolveContent: () => ({ command: process.execPath, args: ['-e', PROGRAM], env: {} }),
    log: () => undefined,
  });
  const write = (method: string, path: string, body: unknown): Promise<void> =>
    writeAsSomebody(azure, { method, path, body });
  return {
    ...connectAppService({
      credential: { getToken: async () => ({ token: 'test', expiresOnTimestamp: 8.64e15 }) },
      localEndpoint: azure.armUrl,
      timeoutMs: 10_000,
    }),
    target: SITE,
    slot: 'staging',
    deploy: async (place, content) => {
      const slot = place === 'slot' ? 'staging' : place;
      return (await azure.deploy({ site: SITE.site, slot, content })).deploymentId;
    },
    editRules: (rules) =>
      write('PATCH', '/config/web', {
        properties: { experiments: { rampUpRules: rules.map(asOnThePortal) } },
      }),
    preparePreview: () =>
      write('POST', '/slots/staging/applySlotConfig', { targetSlot: 'production' }),
    failSwap: (code, message) => azure.swap.next({ kind: 'fail', code, message }),
    cutNextWrite: (how) => {
      const action = { kind: how === 'before' ? 'drop' : 'apply-then-drop' } as const;
      azure.faults.add({ match: { method: 'PATCH' }, times: 1, action });
      azure.faults.add({ match: { method: 'POST' }, times: 1, action });
    },
    passSwap: () => untilIdle(azure),
    writes: () => azure.requests.filter(({ method, url }) => isOurWrite(method, url)).length,
    stop: () => azure.stop(),
  };
}

/** `SOMEBODY` marks the requests of other people, so that ours can be counted. */
const SOMEBODY = 'api-version=2024-11-01';

function isOurWrite(method: string, url: string): boolean {
  return method !== 'GET' && !url.includes(SOMEBODY);
}

async function writeAsSomebody(
  azure: AppServiceStandIn,
  { method, path, body }: { method: string; path: string; body: unknown },
): Promise<void> {
  const id = `/subscriptions/${SITE.subscriptionId}/resourceGroups/${SITE.resourceGroup}/providers/Microsoft.Web/sites/${SITE.site}`;
  const answer = await fetch(`${azure.armUrl}${id}${path}?${SOMEBODY}`, {
    method,
    headers: { authorization: 'Bearer somebody', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
}

function asOnThePortal(rule: Rule): unknown {
  const auto = rule.autoRamp
    ? { changeStep: 5, changeIntervalInMinutes: 10, maxReroutePercentage: 80 }
    : {};
  return {
    name: rule.name,
    actionHostName: rule.host,
    reroutePercentage: rule.weight,
    ...auto,
  };
}

async function untilIdle(azure: AppServiceStandIn): Promise<void> {
  const attempts = 500;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (azure.site(SITE.site).operations.every(({ status }) => status !== 'running')) return;
    await delay(20);
  }
  throw new Error('the swap of the stand-in did not end within 10 s');
}

/**
 * Chooses the moments at which hosts die: any moment, and the worst ones, right around a call that
 * changes something. A host is killed by SIGKILL, so nothing of it ends in order.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { Prng } from '../support/prng.ts';
import type { ProxyHooks, ProxyRequest } from '../support/faulting-proxy.ts';
import type { CrashHost, Service } from './crash-host.ts';

/** `arrived`: before the service sees the call, which then goes on. `answered`: done, and the caller dies without knowing. */
type Place = 'arrived' | 'answered';
type Call = 'swap' | 'rules' | 'commit';
export type Moment = 'any moment' | 'both hosts at once' | `${Call} ${Place}`;

export interface KillerOptions {
  readonly prng: Prng;
  readonly kills: number;
  /** Between kills at any moment, on average. */
  readonly everyMs: number;
  /** Of each kind of call, the share at which its host is killed. */
  readonly share: Readonly<Record<Call, number>>;
}

export interface Killer {
  /** For the proxies of the hosts, which exist only later. */
  readonly hooks: (host: string, service: Service) => ProxyHooks;
  readonly counts: ReadonlyMap<Moment, number>;
  readonly total: number;
  /** Until the kills are done, or the signal. */
  run(hosts: readonly CrashHost[], signal: AbortSignal): Promise<void>;
}

const PAUSE_MOST_MS = 600;
const BOTH_SHARE = 0.1;
const LOOK_EVERY_MS = 200;

export function createKiller({ prng, kills, everyMs, share }: KillerOptions): Killer {
  const counts = new Map<Moment, number>();
  let hosts: readonly CrashHost[] = [];
  let total = 0;
  let isOn = false;
  const kill = async (host: CrashHost, moment: Moment): Promise<void> => {
    if (!isOn || total >= kills || host.url === undefined) return;
    total += 1;
    counts.set(moment, (counts.get(moment) ?? 0) + 1);
    await host.kill(prng.int(0, PAUSE_MOST_MS));
  };
  const aimed = async (name: string, request: ProxyRequest, place: Place): Promise<void> => {
    const call = callOf(request);
    if (call === undefined || !prng.chance(share[call] / 2)) return;
    const host = hosts.find((one) => one.name === name);
    if (host !== undefined) await kill(host, `${call} ${place}`);
  };
  return {
    hooks: (host) => ({
      arrived: (request) => aimed(host, request, 'arrived'),
      answered: (request) => aimed(host, request, 'answered'),
    }),
    counts,
    get total() {
      return total;
    },
    run: async (all, signal) => {
      hosts = all;
      isOn = true;
      let nextMs = Date.now() + everyMs;
      while (total < kills && !signal.aborted) {
        await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
        if (Date.now() < nextMs) continue;
        nextMs = Date.now() + prng.int(everyMs / 4, (everyMs * 7) / 4);
        const isBoth = prng.chance(BOTH_SHARE);
        const victims = isBoth ? all : [prng.pick([all[0], ...all.slice(1)])];
        await Promise.all(
          victims
            .filter((host) => host !== undefined)
            .map((host) => kill(host, isBoth ? 'both hosts at once' : 'any moment')),
        );
      }
      isOn = false;
    },
  };
}

function callOf({ method, url }: ProxyRequest): Call | undefined {
  const path = url.split('?')[0] ?? '';
  if (method === 'POST' && path.endsWith('/slotsswap')) return 'swap';
  if (method === 'PATCH' && path.endsWith('/config/web')) return 'rules';
  return method === 'POST' && path.endsWith('/$batch') ? 'commit' : undefined;
}

/**
 * Loaded into the functions host's process before its own code (`--import`): what each invocation took,
 * which requests the process sent where, and its memory. One line a second, for the parent.
 */
import { channel } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { coreState } from '../../src/local/host/core-state.ts';
import { HOST_LINE, type HostReport, type Invocation } from './host-report.ts';

const EVERY_MS = 1_000;

let invocations: Invocation[] = [];
let requests: Record<string, number> = {};
const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();

interface HookContext {
  readonly hookData: { startedMs?: number };
  readonly invocationContext: { readonly functionName: string };
  readonly inputs: readonly unknown[];
  readonly error?: unknown;
}

coreState.hooks.set(
  'preInvocation',
  new Set([
    (context) => {
      hookOf(context).hookData.startedMs = performance.now();
    },
  ]),
);
coreState.hooks.set(
  'postInvocation',
  new Set([
    (context) => {
      const { hookData, invocationContext, inputs, error } = hookOf(context);
      const tookMs = performance.now() - (hookData.startedMs ?? 0);
      invocations.push({
        name: invocationContext.functionName,
        atMs: Date.now() - tookMs,
        tookMs: Math.round(tookMs * 100) / 100,
        ...(error === undefined ? {} : { failed: true }),
        ...releaseOf(inputs[0]),
      });
    },
  ]),
);

function hookOf(context: object): HookContext {
  return context as HookContext;
}

function releaseOf(input: unknown): { release?: string } {
  if (typeof input !== 'object' || input === null || !('release' in input)) return {};
  return { release: String(input.release) };
}

channel('http.client.request.start').subscribe((message) => {
  const { request } = message as { request: ClientRequest };
  const key = `${request.method} ${String(request.getHeader('host'))}`;
  requests[key] = (requests[key] ?? 0) + 1;
});

setInterval(() => {
  const report: HostReport = {
    invocations,
    requests,
    rssBytes: process.memoryUsage.rss(),
    heapBytes: process.memoryUsage().heapUsed,
    loopDelayMs: Math.round(loop.percentile(99) / 1e6),
    cpuMs: Math.round(process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000),
  };
  invocations = [];
  requests = {};
  loop.reset();
  console.log(HOST_LINE + JSON.stringify(report));
}, EVERY_MS).unref();

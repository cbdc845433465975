/** Starts and commands with a trace of their own, as ticks have one. */
import type { Release } from '../release/release.ts';
import { commandRelease } from './command-release.ts';
import type { CommandRequest, StartInput, Started } from './controller.ts';
import type { Ports } from './ports.ts';
import { startRelease } from './start-release.ts';
import { inReleaseSpan, linkRun, shareRelease } from './trace-release.ts';

export function startTraced(ports: Ports, input: StartInput): Promise<Started> {
  return inReleaseSpan(ports, { name: 'slipway.start', releaseId: undefined }, async (span) => {
    const started = await startRelease(ports, input);
    shareRelease(ports, started.release);
    linkRun(span, started.release);
    span.set({ 'slipway.start.created': started.created });
    return started;
  });
}

export function commandTraced(ports: Ports, request: CommandRequest): Promise<Release> {
  const { releaseId, command } = request;
  return inReleaseSpan(ports, { name: 'slipway.command', releaseId }, async (span) => {
    span.set({ 'slipway.command': command.kind });
    const release = await commandRelease(ports, request);
    shareRelease(ports, release);
    linkRun(span, release);
    return release;
  });
}

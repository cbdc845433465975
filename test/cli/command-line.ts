// The command line as a process that has the address and a key of Slipway's real doors.
import type { Controller } from '../../src/app.ts';
import {
  type ApiServer,
  buildSlipway,
  type Ended,
  KEY,
  type Slipway,
  startApiServer,
} from './api-server.ts';

export interface CommandLine {
  readonly slipway: Slipway;
  readonly server: ApiServer;
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
  readonly stop: () => Promise<void>;
}

/** @param controller the use cases behind the doors, asked for at each request */
export async function startCommandLine(controller: () => Controller): Promise<CommandLine> {
  const slipway = await buildSlipway();
  const server = await startApiServer(controller);
  return {
    slipway,
    server,
    run: (args, env = {}) =>
      slipway.run(args, { SLIPWAY_URL: server.url, SLIPWAY_KEY: KEY, ...env }),
    stop: async () => {
      await server.stop();
      slipway.remove();
    },
  };
}

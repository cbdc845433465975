/** Everything that runs while the show runs. */
import type { DataFolder } from '../local-azure/data-folder.ts';
import { startLocalAzure } from '../local-azure/local-azure.ts';
import type { LocalAzure } from '../local-azure/local-azure.ts';
import type { LocalPorts } from '../local-azure/ports.ts';
import type { Shoppers } from '../local-azure/shoppers.ts';
import { createStops } from '../local-azure/stops.ts';
import { startFunctionApp } from './function-app.ts';
import { createSlipwayApi } from './slipway-api.ts';
import type { SlipwayApi } from './slipway-api.ts';

/**
 * At this scale a visitor's cookie and the look back for the baseline are half a minute, and a swap is
 * half a second.
 */
export const TIME_SCALE = 120;

export interface StageOptions {
  readonly folder: DataFolder;
  readonly ports: LocalPorts;
  readonly log: (line: string) => void;
}

export interface Stage {
  readonly azure: LocalAzure;
  readonly visitors: Shoppers;
  readonly api: SlipwayApi;
  /** Of the function app, without `/api`. */
  readonly url: string;
  readonly functionKey: string;
  /** Opens what administrators alone may do. */
  readonly masterKey: string;
  /** Aborts with an Error when the functions host has ended, whoever ended it. */
  readonly ended: AbortSignal;
  /** Visitors, function app, stand-ins, storage: in this order. Never rejects. */
  stop(): Promise<void>;
}

/** @throws what its parts throw; what was started by then is stopped again */
export async function startStage({ folder, ports, log }: StageOptions): Promise<Stage> {
  const stops = createStops(log);
  const part =
    (name: string) =>
    (line: string): void =>
      log(`${name}: ${line}`);
  try {
    const azure = await startLocalAzure({
      folder,
      ports,
      timeScale: TIME_SCALE,
      log: part('azure'),
    });
    stops.add('Azure', () => azure.stop());
    const { settings } = azure;
    const host = await startFunctionApp({ settings, port: ports.functions, log: part('host') });
    stops.add('The functions host', () => host.stop());
    const ended = new AbortController();
    void host.exited.then(({ code, signal }) => {
      ended.abort(new Error(`the functions host has ended (${signal ?? code ?? 'no exit code'})`));
    });
    const visitors = azure.startVisitors();
    stops.add('Visitors', async () => visitors.stop());
    return {
      azure,
      visitors,
      api: createSlipwayApi(host.url, host.keys.host),
      url: host.url,
      functionKey: host.keys.host,
      masterKey: host.keys.master,
      ended: ended.signal,
      stop: () => stops.run(),
    };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

/** `npm run azure`: the stand-ins alone, for whichever functions host runs the app. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { takeDataFolder } from './local-azure/data-folder.ts';
import type { DataFolder } from './local-azure/data-folder.ts';
import { startLocalAzure } from './local-azure/local-azure.ts';
import type { LocalAzure } from './local-azure/local-azure.ts';
import { freePorts, USUAL_PORTS } from './local-azure/ports.ts';
import { shopBuild, SLOT, TARGET } from './local-azure/sample-shop.ts';
import { writeSettings } from './local-azure/settings-file.ts';
import { azureArguments } from './show/arguments.ts';
import type { AzureArguments } from './show/arguments.ts';
import { openLog } from './show/log-file.ts';
import { TIME_SCALE } from './show/stage.ts';
import { stopSignal } from './show/stop-signals.ts';

const SETTINGS_FILE = fileURLToPath(new URL('../../local.settings.json', import.meta.url));

const say = (line: string): void => console.log(line);

async function main(): Promise<void> {
  const args = azureArguments(process.argv.slice(2));
  const signal = stopSignal();
  const folder = await takeDataFolder(path.resolve(args.data), args);
  const log = openLog(folder.logFile);
  try {
    const ports = await freePorts(USUAL_PORTS, say);
    const azure = await startLocalAzure({
      folder,
      ports,
      timeScale: TIME_SCALE,
      log: (line) => log.line(line),
    });
    try {
      await stayUp(azure, { args, folder, signal });
    } finally {
      say('Stopping …');
      await azure.stop();
      say(`Data is kept in ${folder.path}; --fresh starts empty.`);
    }
  } finally {
    await log.close();
    await folder.free();
  }
}

interface Stay {
  readonly args: AzureArguments;
  readonly folder: DataFolder;
  readonly signal: AbortSignal;
}

async function stayUp(azure: LocalAzure, { args, folder, signal }: Stay): Promise<void> {
  const removed = await writeSettings(SETTINGS_FILE, azure.settings);
  if (removed.length > 0) {
    say(
      `Taken out of ${SETTINGS_FILE}, since a connection string takes their place: ${removed.join(', ')}`,
    );
  }
  const visitors = args.visitors ? azure.startVisitors() : undefined;
  for (const line of welcome(azure, folder)) say(line);
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  visitors?.stop();
}

function welcome(azure: LocalAzure, folder: DataFolder): readonly string[] {
  const { urls } = azure;
  const { production = 'nothing' } = azure.versions();
  const deployment = { site: TARGET.site, slot: SLOT, content: shopBuild('2.0.0') };
  return [
    `Azure on this machine is up, with version ${production} of the sample shop in production.`,
    `  shop           ${urls.shop}`,
    `  App Service    ${urls.arm}/local/state`,
    `  Log Analytics  ${urls.logs}`,
    `  data, log      ${folder.path}, ${folder.logFile}`,
    `Its settings are in ${SETTINGS_FILE}: run "npm run build", then the app with "func start" or another functions host.`,
    'A build goes into the slot with:',
    `curl -s ${urls.arm}/local/deploy -d '${JSON.stringify(deployment)}'`,
    'It stays up until Ctrl-C.',
  ];
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);

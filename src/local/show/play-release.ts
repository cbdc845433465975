/** One release as CI would do it: is the slot free, deploy, send a message, watch. */
import { setTimeout as delay } from 'node:timers/promises';
import { QueueClient } from '@azure/storage-queue';

import { siteIdOf } from '../../release/start-message.ts';
import { shopBuild, TARGET } from '../local-azure/sample-shop.ts';
import { createDigest } from './digest.ts';
import { follow } from './follow.ts';
import type { FollowOptions } from './follow.ts';
import { movingLine, resultLine, transitionLine } from './lines.ts';
import type { Screen } from './screen.ts';
import type { ShownRelease, ShownRow } from './slipway-api.ts';
import type { Stage } from './stage.ts';
import { startMessage } from './start-message.ts';
import { playedRelease } from './summary.ts';
import type { PlayedRelease } from './summary.ts';
import { paragraph } from './wrap.ts';

/** host.json says `messageEncoding: none`: the message is JSON as it stands. */
const QUEUE = 'releases';
const FIND_EVERY_MS = 300;

export const SITE_ID = siteIdOf(TARGET);

export interface Act {
  readonly version: string;
  readonly kind: 'good' | 'failing';
  readonly baselineVersion: string;
}

export interface PlayOptions {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly isEnd?: FollowOptions['isEnd'];
  /** Gets the ids of the releases that are shown. */
  readonly followed: Set<string>;
  readonly signal: AbortSignal;
}

/** Deploys and starts a version; returns when its release is finished, or at `isEnd`. */
export async function playRelease(act: Act, options: PlayOptions): Promise<PlayedRelease> {
  const { stage, screen, signal } = options;
  const { colors, columns } = screen.look();
  const { version, kind, baselineVersion } = act;
  const nature = kind === 'good' ? 'good' : 'fails for some shoppers at the checkout';
  const title = `${colors.bold(`▶ ${version}`)} (${nature}): deployed to the slot, started by a message`;
  screen.line(`\n${paragraph(title, columns, '  ')}`);
  await stage.azure.deploy(shopBuild(version, kind));
  const key = `show-${Date.now()}-${version}`;
  const queue = new QueueClient(stage.azure.settings.AzureWebJobsStorage, QUEUE);
  await queue.createIfNotExists();
  await queue.sendMessage(JSON.stringify(startMessage({ key, version, baselineVersion })));
  const { id } = await findRelease(stage, key, signal);
  return watchRelease(id, options);
}

async function findRelease(
  { api }: Stage,
  key: string,
  signal: AbortSignal,
): Promise<ShownRelease> {
  for (;;) {
    const found = await api.releaseByKey(key);
    if (found !== undefined) return found;
    await delay(FIND_EVERY_MS, undefined, { signal });
  }
}

/** Prints each transition and the moving line, and at the end one line about it all. */
export async function watchRelease(
  id: string,
  { stage, screen, isEnd, followed, signal }: PlayOptions,
): Promise<PlayedRelease> {
  followed.add(id);
  const digest = createDigest();
  const show = (bodies: readonly ShownRow['body'][], { createdAt }: ShownRelease): void => {
    for (const body of bodies) {
      screen.line(transitionLine(body, Date.parse(createdAt), screen.look()));
    }
  };
  const { release, rows } = await follow({
    api: stage.api,
    id,
    onRow: ({ body }, current) => show(digest.take(body, performance.now()), current),
    onLook: (current) => {
      show(digest.late(performance.now()), current);
      screen.moving(movingLine(current, screen.look()));
    },
    ...(isEnd === undefined ? {} : { isEnd }),
    signal,
  });
  show(digest.late(Infinity), release);
  screen.moving('');
  const played = playedRelease(release, rows);
  const lastMs = rows.at(-1)?.row.at ?? 0;
  const seconds = (lastMs - Date.parse(release.createdAt)) / 1000;
  const { colors, columns } = screen.look();
  screen.line(paragraph(`  ${resultLine(played, seconds, colors)}`, columns, '    '));
  return played;
}

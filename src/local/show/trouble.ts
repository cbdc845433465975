/** What a person needs to see when the show did not go as it should. */
import type { ShowLog } from './log-file.ts';
import { SITE_ID } from './play-release.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

const ROWS = 5;
const LOG_LINES = 40;

interface Scene {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly log: ShowLog;
}

/** Prints what was wrong, the release that holds the app, its last audit rows, and the log's tail. */
export async function tellTrouble(what: string, { stage, screen, log }: Scene): Promise<void> {
  screen.moving('');
  screen.line(`\nThe show did not go as it should: ${what}`);
  const facts = await releaseFacts(stage).catch((error: unknown) => [
    `The function app could not be asked: ${String(error)}`,
  ]);
  for (const line of facts) screen.line(line);
  screen.line(`\nThe last lines of the log:`);
  for (const line of log.tail(LOG_LINES)) screen.line(`  ${line}`);
}

async function releaseFacts({ api, visitors }: Stage): Promise<readonly string[]> {
  const { sent, unanswered, leftOut, byVersion } = visitors.counts();
  const shoppers = `Shoppers: ${JSON.stringify({ sent, unanswered, leftOut, byVersion })}`;
  const release = await api.activeRelease(SITE_ID);
  if (release === undefined) return [shoppers, 'No release holds the app.'];
  const rows = await api.audit(release.id, Math.max(1, release.sequence - ROWS + 1));
  return [
    shoppers,
    `The release: ${JSON.stringify(release)}`,
    'Its last audit rows:',
    ...rows.map(({ body }) => `  ${JSON.stringify(body)}`),
  ];
}

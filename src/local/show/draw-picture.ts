/**
 * Draws docs/images/show.svg from a real run: `node src/local/show/draw-picture.ts [file]`. What the
 * releases printed is shown as it was; the addresses above them, which differ from run to run, are not.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';

import { takeDataFolder } from '../local-azure/data-folder.ts';
import { openLog } from './log-file.ts';
import { runShow } from './run-show.ts';
import type { Screen } from './screen.ts';
import { stopSignal } from './stop-signals.ts';
import { wentAsItShould } from './summary.ts';
import { terminalPicture } from './terminal-picture.ts';
import type { Recorded } from './terminal-picture.ts';

const COLUMNS = 118;
const SPEED = 3;
const PICTURE = fileURLToPath(new URL('../../../docs/images/show.svg', import.meta.url));
const FIRST_SHOWN = '▶';

function recordingScreen(recorded: Recorded[]): Screen {
  const startedMs = performance.now();
  const look = { colors: pc.createColors(true), columns: COLUMNS };
  const record = (kind: Recorded['kind'], text: string): void => {
    const last = recorded.at(-1);
    // The moving line is drawn at every look, also when nothing has changed.
    if (kind === 'moving' && last?.kind === 'moving' && last.text === text) return;
    recorded.push({ kind, text, atMs: Math.round(performance.now() - startedMs) });
  };
  return {
    look: () => look,
    line: (text) => {
      for (const line of text.split('\n')) {
        record('line', line);
        console.log(line);
      }
    },
    moving: (text) => record('moving', text),
    result: () => undefined,
  };
}

/** From the first release on, with its time as the beginning. */
function releasesOf(recorded: readonly Recorded[]): readonly Recorded[] {
  const first = recorded.findIndex(
    ({ kind, text }) => kind === 'line' && text.includes(FIRST_SHOWN),
  );
  const last = recorded.findLastIndex(({ kind }) => kind === 'line');
  const startedMs = recorded[first]?.atMs ?? 0;
  return recorded
    .slice(first, last + 1)
    .map((entry) => ({ ...entry, atMs: entry.atMs - startedMs }));
}

async function main(): Promise<number> {
  const file = process.argv[2] ?? PICTURE;
  const data = await mkdtemp(path.join(tmpdir(), 'slipway-picture-'));
  const folder = await takeDataFolder(data, { fresh: true });
  const log = openLog(folder.logFile);
  const recorded: Recorded[] = [];
  try {
    const args = { once: true, json: false, fresh: true, data, port: 0 };
    const screen = recordingScreen(recorded);
    const played = await runShow({ args, folder, screen, log, signal: stopSignal() });
    if (!wentAsItShould(played)) return 1;
    const title = 'npm start';
    const picture = terminalPicture(releasesOf(recorded), {
      columns: COLUMNS,
      title,
      speed: SPEED,
    });
    await writeFile(file, picture);
    return 0;
  } finally {
    await log.close();
    await rm(data, { recursive: true, force: true });
  }
}

process.exit(await main());

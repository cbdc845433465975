/**
 * A real Chromium for tests of the page. On linux-x64 it comes out of the npm package, with the libraries
 * and fonts that it needs, so nothing has to be installed; elsewhere an installed Chrome or Edge is used.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { inflate } from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';
import { z } from 'zod';

/**
 * Not the package's own arguments: those switch off web security and put everything into one process, and
 * the tests of the page's security would mean nothing.
 */
const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];
const START_LIMIT_MS = 60_000;

const IS_PACKAGED = process.platform === 'linux' && process.arch === 'x64';
const CHANNELS = ['chrome', 'msedge'];

/** In plain words, for the tests that are then left out; undefined: there is one. */
export async function whyNoBrowser(): Promise<string | undefined> {
  if (IS_PACKAGED) return undefined;
  const browser = await startInstalled();
  await browser?.close();
  return browser === undefined
    ? `no browser: there is no packaged one for ${process.platform}-${process.arch}; install Chrome or Edge to run the tests of the page`
    : undefined;
}

/** @throws Error where there is none (`whyNoBrowser` says so before) */
export async function startBrowser(): Promise<Browser> {
  if (IS_PACKAGED) return startPackaged();
  const browser = await startInstalled();
  if (browser === undefined) throw new Error('there is no browser on this machine');
  return browser;
}

async function startInstalled(): Promise<Browser | undefined> {
  for (const channel of CHANNELS) {
    const browser = await playwright.launch({ channel, args: ARGS }).catch(() => undefined);
    if (browser !== undefined) return browser;
  }
  return undefined;
}

async function startPackaged(): Promise<Browser> {
  const folder = await unpacked();
  const start = (env: Readonly<Record<string, string>>): Promise<Browser> =>
    playwright.launch({
      executablePath: path.join(folder, 'chromium'),
      args: [...ARGS, '--headless=shell', '--disable-gpu', '--font-render-hinting=none'],
      timeout: START_LIMIT_MS,
      env: { ...process.env, FONTCONFIG_FILE: path.join(folder, 'fonts.conf'), ...env },
    });
  try {
    return await start({});
  } catch {
    // A machine without libnss3 and libnspr4: the package carries its own.
    return start({ LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib') });
  }
}

const PARTS = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'];

/** `build/index.js` of the package is all that it exports. */
const PACKAGE = path.join(
  path.dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))),
  '..',
);

/** Unpacked once a version and user: beside its place first, then put there whole. */
async function unpacked(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path.join(PACKAGE, 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  const user = process.getuid?.() ?? 0;
  const folder = path.join(tmpdir(), `slipway-chromium-${version}-${user}`);
  if (existsSync(folder)) return folder;
  const fresh = await mkdtemp(`${folder}.`);
  try {
    await inflateInto(fresh);
    await writeFile(path.join(fresh, 'fonts.conf'), fontsConf(path.join(folder, 'fonts')));
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Another run may have been first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The package unpacks to the folder for temporary files, wherever that is when it is asked. */
async function inflateInto(folder: string): Promise<void> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    await Promise.all(PARTS.map((part) => inflate(path.join(PACKAGE, 'bin', part))));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

function fontsConf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/cache</cachedir>
  <alias binding="strong"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`;
}

/** What a slot of the crash test runs: `app@{version}`, or `app@{version}?bad` that fails from the start. */
import { fileURLToPath } from 'node:url';

import type { ProcessSpec } from '../../src/local/app-service/types.ts';
import type { LogAnalytics } from '../../src/local/log-analytics/start-log-analytics.ts';

const CONTENT = /^app@([\w.-]{1,64})(\?bad)?$/;
const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));

export function contentOf(version: string, isBad = false): string {
  return `app@${version}${isBad ? '?bad' : ''}`;
}

/** @throws Error for any other content */
export function versionOf(content: string | null): string {
  const version = CONTENT.exec(content ?? '')?.[1];
  if (version === undefined) throw new Error(`${content} is no content of the crash test`);
  return version;
}

/** The content as a process that reports to these logs. */
export function workerProcess(content: string, logs: LogAnalytics): ProcessSpec {
  const [, version = '', bad] = CONTENT.exec(content) ?? [];
  if (version === '') throw new Error(`${content} is no content of the crash test`);
  return {
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1', PROGRAM],
    env: {
      WORKER_VERSION: version,
      WORKER_MODE: bad === undefined ? 'good' : 'bad',
      WORKER_INGESTION: `${logs.url}/`,
      WORKER_KEY: logs.instrumentationKey,
    },
  };
}

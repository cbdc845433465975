/** What the measured host tells its parent, one line a second. */
export const HOST_LINE = 'load-host ';

export interface Invocation {
  /** The function. */
  readonly name: string;
  /** When it began, milliseconds since the epoch. */
  readonly atMs: number;
  readonly tookMs: number;
  /** The release of a tick. */
  readonly release?: string;
  readonly failed?: boolean;
}

export interface HostReport {
  readonly invocations: readonly Invocation[];
  /** Requests sent since the last line, by method and host:port. */
  readonly requests: Readonly<Record<string, number>>;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly loopDelayMs: number;
  /** Of the process since its start. */
  readonly cpuMs: number;
}

/** The report of a line, if it is one. */
export function parseHostLine(line: string): HostReport | undefined {
  if (!line.startsWith(HOST_LINE)) return undefined;
  return JSON.parse(line.slice(HOST_LINE.length)) as HostReport;
}

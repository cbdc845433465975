/** What the host reported, cut into the spans that a section measures. */
import type { HostReport, Invocation } from './host-report.ts';

export interface Span {
  readonly seconds: number;
  readonly invocations: readonly Invocation[];
  readonly requests: {
    readonly table: number;
    readonly queue: number;
    readonly queuePolls: number;
    readonly other: number;
  };
  /** Share of one core that the host used, 0-1 and above. */
  readonly hostCores: number;
  readonly loopDelayMs: number;
}

interface Taken extends HostReport {
  readonly atMs: number;
}

/** Reports are kept for the length of a run: a few minutes of one a second. */
const REPORTS_MAX = 7_200;

export class Meter {
  readonly #hosts: { readonly table: string; readonly queue: string };
  #taken: Taken[] = [];

  constructor(urls: { readonly table: string; readonly queue: string }) {
    this.#hosts = { table: new URL(urls.table).host, queue: new URL(urls.queue).host };
  }

  take(report: HostReport): void {
    this.#taken.push({ ...report, atMs: Date.now() });
    if (this.#taken.length > REPORTS_MAX) this.#taken.shift();
  }

  /** Memory of the host as last reported. */
  memory(): { readonly rssBytes: number; readonly heapBytes: number } {
    const { rssBytes = 0, heapBytes = 0 } = this.#taken.at(-1) ?? {};
    return { rssBytes, heapBytes };
  }

  /** Everything reported after `fromMs` (milliseconds since the epoch), until now. */
  since(fromMs: number): Span {
    const reports = this.#taken.filter(({ atMs }) => atMs > fromMs);
    const first = this.#taken.findLast(({ atMs }) => atMs <= fromMs) ?? reports[0];
    const last = reports.at(-1);
    const seconds =
      first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1_000;
    const cpuMs = (last?.cpuMs ?? 0) - (first?.cpuMs ?? 0);
    return {
      seconds,
      invocations: reports.flatMap(({ invocations }) => invocations),
      requests: this.#requestsOf(reports),
      hostCores: seconds === 0 ? 0 : cpuMs / 1_000 / seconds,
      loopDelayMs: Math.max(0, ...reports.map(({ loopDelayMs }) => loopDelayMs)),
    };
  }

  #requestsOf(reports: readonly Taken[]): Span['requests'] {
    const sum = { table: 0, queue: 0, queuePolls: 0, other: 0 };
    for (const { requests } of reports) {
      for (const [key, count] of Object.entries(requests)) {
        const [method, host] = key.split(' ');
        if (host === this.#hosts.table) sum.table += count;
        else if (host !== this.#hosts.queue) sum.other += count;
        // Looks for messages go on whether there is work or not.
        else if (method === 'GET') sum.queuePolls += count;
        else sum.queue += count;
      }
    }
    return sum;
  }
}

/** The value below which this share (0-1) of the values lies; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function ticksOf(span: Span): readonly Invocation[] {
  return span.invocations.filter(({ name }) => name === 'ticks');
}

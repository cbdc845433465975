import type { Limits } from '../limits.ts';
import type { AppsMode } from './app-access.ts';
import type { AppRegistry } from './ports/app-registry.ts';
import type { AuditReader } from './ports/audit-reader.ts';
import type { Catalog } from './ports/catalog.ts';
import type { Clock } from './ports/clock.ts';
import type { DueTable } from './ports/due-table.ts';
import type { HttpProber } from './ports/http-prober.ts';
import type { InspectionPorts } from './ports/inspection.ts';
import type { Meter } from './ports/meter.ts';
import type { Notifier } from './ports/notifier.ts';
import type { PairedPorts } from './ports/paired.ts';
import type { PoisonBox } from './ports/poison-box.ts';
import type { ReleaseStore } from './ports/release-store.ts';
import type { SiteReader } from './ports/site-reader.ts';
import type { SlotSwapper } from './ports/slot-swapper.ts';
import type { Telemetry } from './ports/telemetry.ts';
import type { TickQueue } from './ports/tick-queue.ts';
import type { Tracer } from './ports/tracer.ts';
import type { TrafficRouter } from './ports/traffic-router.ts';

export type LogLevel = 'info' | 'warning' | 'error';

/** Everything the controller reaches the world through. */
export interface Ports {
  readonly store: ReleaseStore;
  readonly audit: AuditReader;
  readonly apps: AppRegistry;
  readonly appsMode: AppsMode;
  readonly catalog: Catalog;
  readonly due: DueTable;
  readonly poison: PoisonBox;
  readonly ticks: TickQueue;
  readonly clock: Clock;
  readonly site: SiteReader;
  readonly router: TrafficRouter;
  readonly swapper: SlotSwapper;
  readonly telemetry: Telemetry;
  readonly prober: HttpProber;
  /** Undefined: paired probes are neither asked for nor sent nor read. */
  readonly paired?: PairedPorts | undefined;
  /** For `slipway doctor` alone; undefined: it cannot be asked. */
  readonly inspection?: InspectionPorts | undefined;
  /** Undefined: nobody asked to be told. */
  readonly notifier: Notifier | undefined;
  /** Undefined: nobody listens. */
  readonly tracer?: Tracer | undefined;
  readonly meter?: Meter | undefined;
  readonly limits: Limits;
  /** 8 random hex digits. */
  readonly random: () => string;
  readonly log: (
    level: LogLevel,
    message: string,
    facts?: Readonly<Record<string, unknown>>,
  ) => void;
}

/** `GET /api/health`: whether releases can go on, and when what they need was last seen to work. */
import type { ProblemView } from '../contract.ts';

/** GET /api/health; 503 unless `ok`. */
export interface HealthAnswer {
  /** Releases can go on. */
  readonly ok: boolean;
  /** Something is wrong that releases wait out: see `arm`, `logs`, `clock`. */
  readonly degraded: boolean;
  readonly settings: { readonly ok: boolean; readonly problems: readonly ProblemView[] };
  /** Null: it could not be asked, because of the settings. */
  readonly storage: ServiceHealthView | null;
  readonly clock: {
    readonly ok: boolean;
    readonly skewMs: number | null;
    /** How much later than wanted the latest tick is; null: could not be read. */
    readonly oldestDueMs: number | null;
    /** How old `oldestDueMs` is: it is looked up once a minute. Null: not looked up yet. */
    readonly ageMs: number | null;
    readonly message: string;
  } | null;
  /** App Service's management, as this instance saw it. */
  readonly arm: ServiceHealthView | null;
  /** Log Analytics. */
  readonly logs: ServiceHealthView | null;
  /** Notices that this instance gave up on since it started. */
  readonly notices: {
    readonly givenUp: number;
    readonly receivers: readonly ReceiverHealthView[];
  } | null;
}

/** By what this instance told it. One that fails is no fault of health: it holds no release up. */
export interface ReceiverHealthView {
  readonly name: string;
  readonly kind: string;
  /** The last delivery arrived, or there was none. */
  readonly ok: boolean;
  /** The last one that arrived; null: none by this instance. */
  readonly toldAt: string | null;
  /** The last failure, also one that has passed. */
  readonly problem: { readonly at: string; readonly message: string } | null;
}

export interface ServiceHealthView {
  /** The last call worked, or there was none. */
  readonly ok: boolean;
  readonly message: string;
  /** When it was last seen to work; null: never by this instance. */
  readonly okAt: string | null;
  readonly ageMs: number | null;
  /** The last error, also one that has passed. */
  readonly error: { readonly at: string; readonly code: string; readonly message: string } | null;
}

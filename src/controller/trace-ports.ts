/**
 * The ports with every call watched: a span, a count, and when each service was last seen to work. The ports
 * are wrapped rather than the SDKs' pipelines: one place for all services, a span a call whatever the SDK
 * retries, and nothing of ours in the requests. No traceparent is sent to Azure, so none can carry the mark of
 * our probes.
 */
import { CALL_OK, outcomeOfError, type Service } from './call-outcome.ts';
import { type Meter, NO_METER } from './ports/meter.ts';
import type { Notifier } from './ports/notifier.ts';
import { NO_TRACER, type Span, type Tracer } from './ports/tracer.ts';
import type { ReleaseStore } from './ports/release-store.ts';
import type { Release } from '../release/release.ts';
import type { Ports } from './ports.ts';
import type { Sightings } from './sightings.ts';
import { releaseFacts } from './trace-release.ts';

interface Watch {
  readonly tracer: Tracer;
  readonly meter: Meter;
  readonly sightings: Sightings;
  readonly saw: (release: Release) => void;
  readonly now: () => number;
}

/** Who else hears of it. */
export interface Listeners {
  readonly sightings: Sightings;
  /** A release was read or written. */
  readonly saw: (release: Release) => void;
}

/** The same ports, watched. */
export function watchPorts(ports: Ports, listeners: Listeners): Ports {
  const { tracer = NO_TRACER, meter = NO_METER, paired, inspection, notifier } = ports;
  const watch: Watch = { tracer, meter, ...listeners, now: () => ports.clock.now() };
  const storage = <P extends object>(name: string, port: () => P): P =>
    watched(watch, { service: 'storage', name }, port);
  return {
    ...ports,
    store: learning(watch, ports),
    audit: storage('audit', () => ports.audit),
    apps: storage('apps', () => ports.apps),
    catalog: storage('catalog', () => ports.catalog),
    due: storage('due', () => ports.due),
    poison: storage('poison', () => ports.poison),
    ticks: storage('ticks', () => ports.ticks),
    site: watched(watch, { service: 'arm', name: 'site' }, () => ports.site),
    router: watched(watch, { service: 'arm', name: 'router' }, () => ports.router),
    swapper: watched(watch, { service: 'arm', name: 'swapper' }, () => ports.swapper),
    telemetry: watched(watch, { service: 'logs', name: 'telemetry' }, () => ports.telemetry),
    prober: {
      probe: (host, validation) =>
        tracer.span(
          { name: 'slipway.probe', kind: 'client', attributes: { 'server.address': host } },
          () => ports.prober.probe(host, validation),
        ),
    },
    paired: paired && {
      ...paired,
      work: storage('probe-work', () => paired.work),
      outcomes: storage('probe-outcomes', () => paired.outcomes),
    },
    inspection: inspection && {
      // Some of what it asks takes rights that a release does not need, and mostly are not there.
      inspector: watched(
        watch,
        { service: 'arm', name: 'inspector', mayBeRefused: true, unwatched: ['who'] },
        () => inspection.inspector,
      ),
      gauge: watched(watch, { service: 'logs', name: 'gauge' }, () => inspection.gauge),
    },
    notifier: notifier && tracedNotifier(tracer, notifier),
    log: (level, message, facts) => {
      const trace = tracer.traceId();
      ports.log(level, message, trace === undefined ? facts : { ...facts, trace });
    },
  };
}

interface Port {
  readonly service: Service;
  readonly name: string;
  /** A no says nothing against the service. */
  readonly mayBeRefused?: boolean;
  /** Methods that do not ask the service. */
  readonly unwatched?: readonly string[];
}

/**
 * Every method of such a port returns a promise.
 * @param port asked at each call: the ports given are the truth, also after one of them was replaced
 */
function watched<P extends object>(
  watch: Watch,
  { service, name, mayBeRefused = false, unwatched = [] }: Port,
  port: () => P,
): P {
  return new Proxy(port(), {
    get: (_first, key) => {
      const target = port();
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      if (unwatched.includes(String(key))) return member.bind(target) as unknown;
      return async (...args: readonly unknown[]): Promise<unknown> =>
        call(watch, { service, operation: `${name}.${String(key)}`, mayBeRefused }, async () => {
          const answer: unknown = Reflect.apply(member, target, args);
          return answer;
        });
    },
  });
}

interface Call {
  readonly service: Service;
  readonly operation: string;
  readonly mayBeRefused?: boolean;
}

async function call<T>(
  watch: Watch,
  { service, operation, mayBeRefused = false }: Call,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const { tracer, meter, sightings, now } = watch;
  const attributes = { 'slipway.azure.service': service, 'slipway.azure.operation': operation };
  try {
    const answer = await tracer.span(
      { name: `slipway.${service} ${operation}`, kind: 'client', attributes },
      work,
    );
    sightings.note(service, CALL_OK, { at: now() });
    meter.count('slipway.azure.calls', { ...attributes, 'slipway.azure.outcome': CALL_OK.word });
    return answer;
  } catch (error) {
    const said = outcomeOfError(error);
    const outcome = mayBeRefused && said.word === 'refused' ? { ...said, works: true } : said;
    sightings.note(service, outcome, { at: now(), error });
    meter.count('slipway.azure.calls', { ...attributes, 'slipway.azure.outcome': outcome.word });
    if (outcome.word === 'throttled') {
      meter.count('slipway.azure.throttled', { 'slipway.azure.service': service });
    }
    throw error;
  }
}

/** What is read and written says which release a call was about. */
function learning(watch: Watch, ports: Ports): ReleaseStore {
  const on = <T>(operation: string, work: (span: Span) => Promise<T>): Promise<T> =>
    call(watch, { service: 'storage', operation: `store.${operation}` }, work);
  return {
    load: (releaseId) =>
      on('load', async (span) => {
        span.set({ 'slipway.release.id': releaseId });
        const loaded = await ports.store.load(releaseId);
        if (loaded === undefined) return undefined;
        span.set(releaseFacts(loaded.release));
        watch.saw(loaded.release);
        return loaded;
      }),
    loadApp: (appKey) => on('loadApp', () => ports.store.loadApp(appKey)),
    findStart: (appKey, keyHash) => on('findStart', () => ports.store.findStart(appKey, keyHash)),
    create: (creation) =>
      on('create', async (span) => {
        span.set(releaseFacts(creation.release));
        await ports.store.create(creation);
        watch.saw(creation.release);
      }),
    commit: (change) =>
      on('commit', async (span) => {
        span.set(releaseFacts(change.release));
        const etag = await ports.store.commit(change);
        watch.saw(change.release);
        return etag;
      }),
  };
}

function tracedNotifier(tracer: Tracer, notifier: Notifier): Notifier {
  return {
    ...notifier,
    receivers: notifier.receivers.map((receiver) => ({
      name: receiver.name,
      kind: receiver.kind,
      wants: (notice) => receiver.wants(notice),
      standing: () => receiver.standing(),
      tell: (notice) =>
        tracer.span(
          {
            name: 'slipway.tell',
            kind: 'client',
            attributes: { 'slipway.receiver': receiver.name },
          },
          () => receiver.tell(notice),
        ),
    })),
  };
}

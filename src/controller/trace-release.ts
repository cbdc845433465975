/** What spans say of a release, and the spans of what is done to one. */
import type { Decision } from '../release/decide.ts';
import { redact } from '../release/redact.ts';
import type { Release } from '../release/release.ts';
import { type Attributes, NO_TRACER, type Span, type Tracer } from './ports/tracer.ts';
import type { Ports } from './ports.ts';

/** Stands on every span about the release. The key of a start stays out: it may be anything. */
export function releaseFacts(release: Release): Attributes {
  return {
    'slipway.release.id': release.id,
    'slipway.release.phase': release.stage.phase,
    'slipway.release.version': release.version,
    'slipway.app': release.app ?? release.target.site,
  };
}

/** What was decided, in words that are few. */
export function decisionFacts({ release, effect, rows }: Decision): Attributes {
  return {
    'slipway.release.reason': release.reason,
    'slipway.audit.rows': rows.length,
    ...(effect === undefined ? {} : { 'slipway.effect': effect.kind }),
    ...(release.verdict === undefined
      ? {}
      : { 'slipway.verdict.outcome': release.verdict.outcome }),
  };
}

export function tracerOf({ tracer }: Ports): Tracer {
  return tracer ?? NO_TRACER;
}

/** A part of a pass. */
export function inSpan<T>(
  ports: Ports,
  name: string,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracerOf(ports).span({ name, kind: 'internal' }, work);
}

/** One thing that is done to a release: the root of its trace. */
export function inReleaseSpan<T>(
  ports: Ports,
  { name, releaseId }: { readonly name: string; readonly releaseId: string | undefined },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const attributes: Attributes = releaseId === undefined ? {} : { 'slipway.release.id': releaseId };
  const start = { name, kind: 'internal', root: true, attributes } as const;
  return tracerOf(ports).span(start, async (span) => {
    tracerOf(ports).share(attributes);
    return work(span);
  });
}

/** From here on the spans of this trace are about this release, as it stands now. */
export function shareRelease(ports: Ports, release: Release): void {
  tracerOf(ports).share(releaseFacts(release));
}

/** The CI run that started it: by its trace where it gave one, else by its address. */
export function linkRun(span: Span, { requestedBy }: Release): void {
  const { traceparent, run } = requestedBy;
  if (traceparent !== undefined) span.link(traceparent);
  if (run !== undefined) span.set({ 'slipway.run.url': redact(run) });
}

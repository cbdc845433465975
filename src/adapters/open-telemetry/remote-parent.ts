import { type SpanContext, TraceFlags } from '@opentelemetry/api';

import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/;

/**
 * The span that a traceparent names; undefined when it names none. Taken as sampled: the functions host writes
 * 00 where its own tracing is off, and whether Slipway's are kept is said by OTEL_TRACES_SAMPLER.
 */
export function remoteSpan(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

/**
 * The same as the parent of Slipway's own spans. None that bears the mark of our probes: whoever calls with one
 * must not make Slipway's work look like a probe of an app.
 */
export function remoteParent(traceparent: string | undefined): SpanContext | undefined {
  const parent = remoteSpan(traceparent);
  return parent?.traceId.startsWith(PROBE_TRACE_PREFIX) === true ? undefined : parent;
}

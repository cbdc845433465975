/**
 * First 8 hex digits of the trace id of every request that Slipway itself sends: `traceparent:
 * 00-{these}{24 random}-…`. Application Insights stores the trace id as OperationId, so queries can
 * leave the probes out, or look for them alone (design section 6). Lower case, as W3C demands.
 */
export const PROBE_TRACE_PREFIX = '51195a17';

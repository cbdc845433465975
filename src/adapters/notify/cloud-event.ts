/** A notice as a CloudEvent 1.0, for HTTP in structured mode (github.com/cloudevents/spec, v1.0.2). */
import type { Notice } from '../../release/notice.ts';

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/** `source` and `id` together tell repetitions, so both are the same at every delivery. */
export function cloudEvent(notice: Notice, data: unknown): Readonly<Record<string, unknown>> {
  return {
    specversion: '1.0',
    id: notice.id,
    // A URI reference: a resource group's name may hold characters that a URI may not.
    source: encodeURI(notice.siteId),
    type: `slipway.release.${notice.action}`,
    subject: `releases/${notice.release}`,
    time: notice.at,
    datacontenttype: 'application/json',
    /** An extension, so that subscriptions can filter by it. */
    severity: notice.severity,
    data,
  };
}

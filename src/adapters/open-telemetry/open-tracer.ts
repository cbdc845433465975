/** The port `Tracer` on the SDK's tracer. Registers nothing globally: no other library finds our tracer. */
import { AsyncLocalStorage } from 'node:async_hooks';

import {
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer as SdkTracer,
} from '@opentelemetry/api';

import {
  type Attributes,
  NO_SPAN,
  type Span,
  type SpanStart,
  type Tracer,
} from '../../controller/ports/tracer.ts';
import { remoteParent, remoteSpan } from './remote-parent.ts';
import { startTraceClock, type TraceClock } from './trace-clock.ts';

export interface OpenTracer extends Tracer {
  /** Runs `work` so that its spans belong to this trace. */
  within<T>(traceparent: string | undefined, work: () => Promise<T>): Promise<T>;
}

/** What is around: at least the invocation, inside a span that span. */
interface Scope {
  readonly context: Context;
  readonly whole: Whole | undefined;
}

/** Everything under one root. */
interface Whole {
  readonly clock: TraceClock;
  readonly root: SdkSpan;
  shared: Attributes;
  /** Ended, but not told yet: the release may not be known before the root's end. */
  held: Held[] | undefined;
}

interface Held {
  readonly span: SdkSpan;
  readonly endedAt: number;
  readonly attributes: Attributes;
}

/** More than any pass has: what comes beyond is told at once. */
const HELD_AT_MOST = 1_000;
const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

export function openTracer(sdk: SdkTracer): OpenTracer {
  const around = new AsyncLocalStorage<Scope>();

  async function span<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T> {
    const outer = around.getStore();
    if (outer?.whole === undefined && start.root !== true) return work(NO_SPAN);
    const clock = outer?.whole?.clock ?? startTraceClock();
    const context = outer?.context ?? ROOT_CONTEXT;
    const options = { kind: KINDS[start.kind], startTime: clock.now() };
    const own = sdk.startSpan(start.name, options, context);
    const whole = outer?.whole ?? { clock, root: own, shared: {}, held: [] };
    const scope: Scope = { context: trace.setSpan(context, own), whole };
    let said = start.attributes ?? {};
    const handle: Span = {
      set: (attributes) => {
        said = { ...said, ...attributes };
      },
      link: (traceparent) => {
        const linked = remoteSpan(traceparent);
        if (linked !== undefined) own.addLink({ context: linked });
      },
    };
    try {
      return await around.run(scope, () => work(handle));
    } catch (error) {
      const code = codeOf(error);
      said = { ...said, 'error.type': code };
      own.setStatus({ code: SpanStatusCode.ERROR, message: code });
      throw error;
    } finally {
      end(whole, { span: own, endedAt: clock.now(), attributes: { ...whole.shared, ...said } });
    }
  }

  return {
    span,
    share: (attributes) => {
      const whole = around.getStore()?.whole;
      if (whole !== undefined) whole.shared = { ...whole.shared, ...attributes };
    },
    traceId: () => around.getStore()?.whole?.root.spanContext().traceId,
    within: (traceparent, work) => {
      const parent = remoteParent(traceparent);
      const context =
        parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      return around.run({ context, whole: undefined }, work);
    },
  };
}

/** A child is told with its root; the root, and whatever outlives it, at once. */
function end(whole: Whole, held: Held): void {
  const isRoot = held.span === whole.root;
  if (!isRoot && whole.held !== undefined && whole.held.length < HELD_AT_MOST) {
    whole.held.push(held);
    return;
  }
  const all = isRoot ? [...(whole.held ?? []), held] : [held];
  if (isRoot) whole.held = undefined;
  for (const { span, endedAt, attributes } of all) {
    span.setAttributes({ ...whole.shared, ...attributes });
    span.end(endedAt);
  }
}

/**
 * By its form: this file may be in another bundle than the classes of the errors that it is given. The code
 * alone: messages quote what Azure answered. The log has them, with the trace.
 */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

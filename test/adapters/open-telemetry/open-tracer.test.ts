import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';

import { remoteParent, remoteSpan } from '../../../src/adapters/open-telemetry/remote-parent.ts';
import { unmarkedIds } from '../../../src/adapters/open-telemetry/unmarked-ids.ts';
import { NO_TRACER, type Tracer } from '../../../src/controller/ports/tracer.ts';
import { PROBE_TRACE_PREFIX } from '../../../src/release/probe-mark.ts';
import { SlipwayError } from '../../../src/release/errors.ts';
import { memorySpans } from '../../support/memory-spans.ts';

const RUN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ROOT = { name: 'root', kind: 'internal', root: true } as const;
const PART = { name: 'part', kind: 'client' } as const;

const TRACERS: readonly (readonly [string, () => Tracer])[] = [
  ['the one of OpenTelemetry', () => memorySpans().tracer],
  ['the one that nobody listens to', () => NO_TRACER],
];

describe.each(TRACERS)('every tracer: %s', (_name, tracerOf) => {
  it('gives what the work gives', async () => {
    const tracer = tracerOf();
    expect(await tracer.span(ROOT, () => tracer.span(PART, async () => 7))).toBe(7);
  });

  it('throws what the work throws, as it is', async () => {
    const error = new SlipwayError('conflict', 'somebody else wrote first');
    const thrown = tracerOf().span(ROOT, async () => {
      throw error;
    });
    await expect(thrown).rejects.toBe(error);
  });

  it('takes facts and links that are none without a word', async () => {
    const tracer = tracerOf();
    tracer.share({ early: true });
    await tracer.span(ROOT, async (span) => {
      span.set({});
      span.link('no traceparent');
    });
  });
});

describe('spans', () => {
  it('are children of the one around, also side by side', async () => {
    const { tracer, named } = memorySpans();
    await tracer.span(ROOT, async () => {
      await Promise.all([1, 2, 3].map(() => tracer.span(PART, async () => undefined)));
    });
    const [root] = named('root');
    expect(root?.kind).toBe(SpanKind.INTERNAL);
    const parts = named('part');
    expect(parts.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      parts.map(() => root?.spanContext().spanId),
    );
    expect(parts.map(({ kind }) => kind)).toEqual(parts.map(() => SpanKind.CLIENT));
  });

  it('say what became known only after them, and their own facts first', async () => {
    const { tracer, spans } = memorySpans();
    await tracer.span(ROOT, async () => {
      tracer.share({ phase: 'ramping' });
      await tracer.span(PART, async (span) => span.set({ phase: 'own' }));
      await tracer.span(PART, async () => undefined);
      tracer.share({ phase: 'promoting', release: 'r-1' });
    });
    expect(spans().map(({ attributes }) => attributes)).toEqual([
      { phase: 'own', release: 'r-1' },
      { phase: 'ramping', release: 'r-1' },
      { phase: 'promoting', release: 'r-1' },
    ]);
  });

  it('are told when they outlive their root', async () => {
    const { tracer, named } = memorySpans();
    const gate = Promise.withResolvers<undefined>();
    let late: Promise<unknown> | undefined;
    await tracer.span(ROOT, async () => {
      late = tracer.span(PART, () => gate.promise);
    });
    expect(named('part')).toHaveLength(0);
    gate.resolve(undefined);
    await late;
    expect(named('part')).toHaveLength(1);
  });

  it('are none outside a trace, where they begin none', async () => {
    const { tracer, spans } = memorySpans();
    await tracer.span(PART, async () => undefined);
    await tracer.within(RUN, () => tracer.span(PART, async () => undefined));
    expect(spans()).toEqual([]);
    expect(tracer.traceId()).toBeUndefined();
  });

  it('say by which code something failed, and nothing of its words', async () => {
    const { tracer, named } = memorySpans();
    const failing = (error: Error): Promise<unknown> =>
      tracer
        .span(ROOT, async () => {
          throw error;
        })
        .catch(() => undefined);
    await failing(new SlipwayError('timed-out', 'no answer'));
    await failing(new TypeError('GET https://shop.example/?code=abcdefgh failed'));
    const [own, others] = named('root');
    expect(own?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'timed-out' });
    expect(own?.attributes).toEqual({ 'error.type': 'timed-out' });
    expect(others?.attributes).toEqual({ 'error.type': 'TypeError' });
    expect(others?.status.message).toBe('TypeError');
    // An exception's event would have a stack, and would be an exception of some app.
    expect([...(own?.events ?? []), ...(others?.events ?? [])]).toEqual([]);
  });

  it('belong to the trace of their invocation, and name the run they came from', async () => {
    const { tracer, named } = memorySpans();
    const host = RUN.replace('4bf9', 'aaaa');
    await tracer.within(host, () =>
      tracer.span(ROOT, async (span) => {
        span.link(RUN);
        expect(tracer.traceId()).toBe(host.slice(3, 35));
      }),
    );
    const [root] = named('root');
    expect(root?.spanContext().traceId).toBe(host.slice(3, 35));
    expect(root?.links.map(({ context }) => context.spanId)).toEqual(['00f067aa0ba902b7']);
  });
});

describe('the mark of our probes', () => {
  const marked = `00-${PROBE_TRACE_PREFIX}${'0'.repeat(23)}1-00f067aa0ba902b7-01`;

  it('is on no trace of ours, whatever is drawn', () => {
    const drawn = [`${PROBE_TRACE_PREFIX}${'a'.repeat(24)}`, 'b'.repeat(32)];
    const ids = unmarkedIds({
      generateSpanId: () => 'c'.repeat(16),
      generateTraceId: () => drawn.shift() ?? '',
    });
    expect(ids.generateTraceId()).toBe('b'.repeat(32));
  });

  it('of a caller is not taken over', async () => {
    expect(remoteParent(marked)).toBeUndefined();
    expect(remoteSpan(marked)).toBeDefined();
    const { tracer, named } = memorySpans();
    await tracer.within(marked, () => tracer.span(ROOT, async () => undefined));
    expect(named('root')[0]?.spanContext().traceId.startsWith(PROBE_TRACE_PREFIX)).toBe(false);
  });

  it.each([
    undefined,
    '',
    'x',
    `ff${RUN.slice(2)}`,
    RUN.toUpperCase(),
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
  ])('a parent that is none: %s', (text) => {
    expect(remoteParent(text)).toBeUndefined();
  });
});

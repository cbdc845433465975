/** What is said of a span or a measurement. Never a body, a header or a secret. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: string;
  /** `client`: a call to something outside. Nothing is ever a server's span: those count as an app's requests. */
  readonly kind: 'internal' | 'client';
  /** It may begin a trace; left out: outside a trace there is no span. */
  readonly root?: true;
  readonly attributes?: Attributes | undefined;
}

export interface Span {
  set(attributes: Attributes): void;
  /** Names another trace that this one came from. @param traceparent W3C; one that is none is left out */
  link(traceparent: string): void;
}

/** Tells the outside what Slipway does and how long it takes. Never throws, and never waits. */
export interface Tracer {
  /**
   * Runs `work` in a span, a child of the one around it. What `work` throws is recorded by its code and thrown
   * on as it is.
   */
  span<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T>;
  /** Facts for every span of this trace that has not ended: the release, once it is known. */
  share(attributes: Attributes): void;
  /** The trace around; undefined: there is none. */
  traceId(): string | undefined;
}

export const NO_SPAN: Span = { set: () => undefined, link: () => undefined };

/** Nobody listens: costs nothing. */
export const NO_TRACER: Tracer = {
  span: async (_start, work) => work(NO_SPAN),
  share: () => undefined,
  traceId: () => undefined,
};

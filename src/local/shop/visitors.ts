import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createCookieJar } from './cookie-jar.ts';
import type { CookieJar } from './cookie-jar.ts';

export interface VisitorsOptions {
  readonly frontEndUrl: string;
  /** The host that they ask for. */
  readonly host: string;
  /** Requests a second, whatever the shop answers and how fast (open loop). */
  readonly ratePerSecond: number;
  /** Share of requests that come from returning shoppers with a cookie jar, a fraction. */
  readonly cookieShare: number;
  /** A fraction in [0, 1). */
  readonly random?: () => number;
  /** Told when requests are left out because too many are unanswered, once a second at most. */
  readonly log: (line: string) => void;
}

export interface VisitorCounts {
  readonly sent: number;
  /** Answers by HTTP status. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Answers and 5xx by the version that answered (header `x-shop-version`). */
  readonly byVersion: Readonly<
    Record<string, { readonly answers: number; readonly failures: number }>
  >;
  /** Requests that got no answer: refused, cut, or over 10 s. */
  readonly unanswered: number;
  /** Requests left out because 100 were unanswered already. */
  readonly leftOut: number;
}

export interface Visitors {
  /** Ends the requests in flight too. */
  stop(): void;
  counts(): VisitorCounts;
}

/** What shoppers do; three of ten requests look at the front page. */
const JOURNEY: readonly { readonly path: string; readonly upTo: number }[] = [
  { path: '/', upTo: 0.3 },
  { path: '/api/products', upTo: 0.6 },
  { path: '/api/cart', upTo: 0.75 },
  { path: '/api/checkout', upTo: 1 },
];

const BEAT_MS = 20;
const IN_FLIGHT_MOST = 100;
const TIMEOUT_MS = 10_000;
/** Returning shoppers alive at once, and requests of each before a new one takes the place. */
const SHOPPERS = 200;
const VISITS_MOST = 40;

interface Shopper {
  readonly jar: CookieJar;
  visitsLeft: number;
}

/** Real HTTP visitors in this process. A late beat catches up, but never by more than the limit. */
export function startVisitors(options: VisitorsOptions): Visitors {
  const crowd = new Crowd(options);
  const startedMs = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    const target = ((performance.now() - startedMs) / 1000) * options.ratePerSecond;
    for (; due < Math.floor(target); due += 1) crowd.visit();
  }, BEAT_MS);
  return {
    stop: () => {
      clearInterval(timer);
      crowd.leave();
    },
    counts: () => crowd.counts(),
  };
}

class Crowd {
  readonly #options: VisitorsOptions;
  readonly #random: () => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT_MOST });
  readonly #url: URL;
  readonly #shoppers: Shopper[] = [];
  readonly #byStatus: Record<string, number> = {};
  readonly #byVersion: Record<string, { answers: number; failures: number }> = {};
  #sent = 0;
  #unanswered = 0;
  #leftOut = 0;
  #inFlight = 0;
  #toldMs = -Infinity;
  #left = false;

  constructor(options: VisitorsOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#url = new URL(options.frontEndUrl);
  }

  counts(): VisitorCounts {
    return {
      sent: this.#sent,
      byStatus: { ...this.#byStatus },
      byVersion: structuredClone(this.#byVersion),
      unanswered: this.#unanswered,
      leftOut: this.#leftOut,
    };
  }

  leave(): void {
    this.#left = true;
    this.#agent.destroy();
  }

  visit(): void {
    if (this.#inFlight >= IN_FLIGHT_MOST) {
      this.#leftOut += 1;
      this.#tellLeftOut();
      return;
    }
    const jar = this.#random() < this.#options.cookieShare ? this.#shopper().jar : undefined;
    this.#send(jar);
  }

  #send(jar: CookieJar | undefined): void {
    this.#sent += 1;
    this.#inFlight += 1;
    const roll = this.#random();
    const cookie = jar?.header();
    const visit = request({
      agent: this.#agent,
      host: this.#url.hostname,
      port: this.#url.port,
      path: JOURNEY.find(({ upTo }) => roll < upTo)?.path ?? '/',
      headers: {
        host: this.#options.host,
        'user-agent': 'Mozilla/5.0 (sample shopper)',
        ...(cookie === undefined ? {} : { cookie }),
      },
      timeout: TIMEOUT_MS,
    });
    visit.on('response', (answer) => {
      this.#note(answer);
      jar?.keep(answer.headers['set-cookie'] ?? []);
      answer.on('error', () => undefined).resume();
    });
    visit.on('timeout', () => visit.destroy());
    visit.on('error', () => {
      if (!this.#left) this.#unanswered += 1;
    });
    visit.on('close', () => {
      this.#inFlight -= 1;
    });
    visit.end();
  }

  #note(answer: IncomingMessage): void {
    const status = answer.statusCode ?? 0;
    this.#byStatus[status] = (this.#byStatus[status] ?? 0) + 1;
    const version = answer.headers['x-shop-version'];
    if (typeof version !== 'string') return;
    const seen = (this.#byVersion[version] ??= { answers: 0, failures: 0 });
    seen.answers += 1;
    if (status >= 500) seen.failures += 1;
  }

  /** Any of the returning shoppers; one who has had enough is replaced by a new one. */
  #shopper(): Shopper {
    const place = Math.floor(this.#random() * SHOPPERS);
    const known = this.#shoppers[place];
    if (known !== undefined && known.visitsLeft > 0) {
      known.visitsLeft -= 1;
      return known;
    }
    const shopper = {
      jar: createCookieJar(() => performance.now()),
      visitsLeft: Math.floor(this.#random() * VISITS_MOST),
    };
    this.#shoppers[place] = shopper;
    return shopper;
  }

  #tellLeftOut(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < 1000) return;
    this.#toldMs = nowMs;
    this.#options.log(
      `visitors: ${IN_FLIGHT_MOST} requests are unanswered, ${this.#leftOut} were left out so far`,
    );
  }
}

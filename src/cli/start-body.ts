/** The start message that a command line and its CI run amount to. */
import type { Target } from '../release/start-message.ts';
import type { CiRun } from './ci-run.ts';
import { usage } from './usage.ts';

export interface StartFacts {
  readonly app?: string;
  readonly site?: Target;
  readonly slot?: string;
  readonly version: string;
  readonly startKey?: string;
  readonly baseline?: string;
  readonly name?: string;
  readonly run?: string;
  readonly commit?: string;
  /** ISO 8601. */
  readonly committedAt?: string;
  readonly traceparent?: string;
  readonly irreversible?: true;
}

/** What the command line does not have to say. */
export interface StartSurroundings {
  readonly ci: CiRun | undefined;
  /** Who uses this machine, for starts outside of CI. */
  readonly user: string;
  /** Of the process that runs the command. */
  readonly traceparent?: string | undefined;
}

/** As much as the API takes. */
const KEY_CHARS_MAX = 200;

/**
 * Whatever is not said comes from the CI run; outside of CI it is left out.
 * @param plan as it is written, undefined: the app's default
 * @throws InvalidInputError when it does not say one app
 */
export function startBody(
  facts: StartFacts,
  plan: unknown,
  { ci, user, traceparent }: StartSurroundings,
): Readonly<Record<string, unknown>> & { readonly key: string | undefined } {
  const { app, site, slot, version, baseline, irreversible } = facts;
  if ((app === undefined) === (site === undefined)) {
    throw usage('say what is released: --app NAME, or --site ID with --slot NAME');
  }
  return {
    key: facts.startKey ?? defaultKey(ci, app ?? site?.site ?? ''),
    ...(app === undefined ? { target: site } : { app }),
    ...(slot === undefined ? {} : { slot }),
    version,
    ...(baseline === undefined ? {} : { baselineVersion: baseline }),
    ...(plan === undefined ? {} : { plan }),
    ...(irreversible ? { reversible: false } : {}),
    requestedBy: {
      name: facts.name ?? ci?.name ?? user,
      ...given('run', facts.run ?? ci?.run),
      ...given('commit', facts.commit ?? ci?.commit),
      ...given('committedAt', facts.committedAt),
      ...given('traceparent', facts.traceparent ?? traceparent),
    },
  };
}

/** The same attempt of the same run starts an app once, however often it asks. */
function defaultKey(ci: CiRun | undefined, app: string): string | undefined {
  return ci === undefined ? undefined : `${ci.attempt}-${app}`.slice(0, KEY_CHARS_MAX);
}

function given(name: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined || value === '' ? {} : { [name]: value };
}

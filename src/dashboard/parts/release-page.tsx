import type { IntentView, ReleaseView } from '../../api/contract.ts';
import { now } from '../clock.ts';
import { me, trouble } from '../state/page.ts';
import { entries, evidence, isMissing, plan, release } from '../state/release.ts';
import { appName, exactTime, weightText } from '../view/format.ts';
import { sinceText, whyWaiting } from '../view/waiting.ts';
import { messageText } from '../view/words.ts';
import { AuditTable } from './audit-table.tsx';
import { Charts } from '../charts/charts.tsx';
import { Commands } from './commands.tsx';
import { Differences } from './differences.tsx';
import { Heading } from './heading.tsx';
import { Metrics } from './metrics.tsx';
import { PhaseMark } from './phase.tsx';
import { PlanDetails } from './plan-details.tsx';
import { Timeline } from './timeline.tsx';
import { WeightBar } from './weight-bar.tsx';

export function ReleasePage() {
  const shown = release.value;
  if (shown === undefined) return <NotThere />;
  const who = me.value;
  return (
    <main id="main" class="release">
      <Header release={shown} />
      <WeightBar release={shown} large />
      <Why release={shown} />
      {who !== undefined && <Commands release={shown} me={who} />}
      <Differences release={shown} />
      <div class="columns">
        <div>
          {evidence.value !== undefined && (
            <Charts evidence={evidence.value} entries={entries.value} release={shown} />
          )}
          <Metrics release={shown} evidence={evidence.value} />
        </div>
        <div>
          <Timeline release={shown} entries={entries.value} plan={plan.value} />
          {plan.value !== undefined && <PlanDetails plan={plan.value} />}
        </div>
      </div>
      <AuditTable release={shown} />
    </main>
  );
}

function NotThere() {
  return (
    <main id="main" class="release">
      <p>
        <a href="#/">← All releases</a>
      </p>
      <Heading>Release</Heading>
      <p class="loading">
        {isMissing.value ? 'There is no such release.' : (trouble.value ?? 'Reading…')}
      </p>
    </main>
  );
}

function Header({ release: shown }: { readonly release: ReleaseView }) {
  const { app, version, baseline, since, slot, plan: planName, reversible } = shown;
  return (
    <header class="release-head">
      <p class="back">
        <a href="#/">← All releases</a>
      </p>
      <Heading>
        {appName(app)} <span class="version">{version}</span>
        {baseline !== null && <span class="from"> ← {baseline}</span>}
      </Heading>
      <p class="facts">
        <PhaseMark release={shown} />
        <span>
          for{' '}
          <time dateTime={since} title={exactTime(since)}>
            {sinceText(shown, now.value)}
          </time>
        </span>
        <span>
          slot {slot}, plan {planName}
          {reversible ? '' : ', not reversible once promoted'}
        </span>
        <RequestedBy release={shown} />
      </p>
    </header>
  );
}

function RequestedBy({ release: { requestedBy } }: { readonly release: ReleaseView }) {
  const { name, run, commit, claimed } = requestedBy;
  return (
    <span>
      by {name}
      {claimed && <span title="A queue message said so; nobody checked"> (claimed)</span>}
      {run !== null && (
        <>
          , <RunLink run={run} />
        </>
      )}
      {commit !== null && (
        <>
          , <code>{commit.slice(0, 10)}</code>
        </>
      )}
    </span>
  );
}

/** What a sender wrote is a link only where it leads to the web. */
function RunLink({ run }: { readonly run: string }) {
  return /^https?:\/\//i.test(run) ? (
    <a href={run} target="_blank" rel="noopener noreferrer">
      run
    </a>
  ) : (
    <>{run}</>
  );
}

function Why({ release: shown }: { readonly release: ReleaseView }) {
  const { message, incident, intent, untold, verdict } = shown;
  const waiting = whyWaiting({ release: shown, plan: plan.value, nowMs: now.value });
  return (
    <section class="why-here" aria-label="Where it stands">
      {waiting !== undefined && <p class="waiting">{waiting}</p>}
      <p class="message">{messageText(shown)}</p>
      {incident !== null && incident.message !== message && <p class="note">{incident.message}</p>}
      {verdict !== null && !message.includes(verdict.sentence) && !shown.finished && (
        <p class="message">{messageText({ ...shown, message: verdict.sentence })}</p>
      )}
      {intent !== null && intent.attempts > 1 && (
        <p class="note">
          Azure was asked {intent.attempts} times {intentText(intent)}, and does not show it yet.
        </p>
      )}
      {untold !== null && <p class="note">Notifications do not arrive: {untold.problem}</p>}
    </section>
  );
}

function intentText({ kind, weight }: IntentView): string {
  if (kind === 'swap') return 'to swap';
  return weight === null || weight === 0 ? 'to remove our rule' : `for ${weightText(weight)}`;
}

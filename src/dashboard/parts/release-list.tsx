import type { ReleaseView } from '../../api/contract.ts';
import { now } from '../clock.ts';
import {
  hasMore,
  isListRead,
  knownApps,
  loadingMore,
  releases,
  showMore,
} from '../state/releases.ts';
import { appName, exactTime, weightText } from '../view/format.ts';
import { endText } from '../view/traffic.ts';
import { listHref, releaseHref, type Route } from '../view/route.ts';
import { sinceText } from '../view/waiting.ts';
import { messageText, PHASES } from '../view/words.ts';
import { Heading } from './heading.tsx';
import { PhaseMark, VerdictMark } from './phase.tsx';
import { WeightBar } from './weight-bar.tsx';

type ListRoute = Extract<Route, { kind: 'list' }>;

export function ReleaseList({ route }: { readonly route: ListRoute }) {
  const shown = releases.value;
  const isFiltered = route.phase !== '' || route.app !== '';
  return (
    <main id="main" class="list">
      <div class="head">
        <Heading>Releases</Heading>
        <Filters route={route} />
      </div>
      {shown.length > 0 && <Rows releases={shown} />}
      {shown.length === 0 && isListRead.value && (isFiltered ? <NoneLikeThat /> : <NoneYet />)}
      {!isListRead.value && shown.length === 0 && <p class="loading">Reading…</p>}
      {hasMore.value && (
        <p class="buttons">
          <button type="button" onClick={() => void showMore()} disabled={loadingMore.value}>
            {loadingMore.value ? 'Reading…' : 'Older releases'}
          </button>
        </p>
      )}
    </main>
  );
}

function Filters({ route }: { readonly route: ListRoute }) {
  const go = (change: Partial<ListRoute>): void => {
    location.hash = listHref({ ...route, ...change });
  };
  const apps = [...knownApps.value].sort(([, one], [, other]) => one.localeCompare(other));
  return (
    <div class="filters" role="group" aria-label="Filter">
      <label>
        Phase{' '}
        <select value={route.phase} onChange={(event) => go({ phase: event.currentTarget.value })}>
          <option value="">any</option>
          <option value="active">under way</option>
          {Object.entries(PHASES).map(([phase, { text }]) => (
            <option key={phase} value={phase}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        App{' '}
        <select value={route.app} onChange={(event) => go({ app: event.currentTarget.value })}>
          <option value="">any</option>
          {apps.map(([siteId, name]) => (
            <option key={siteId} value={siteId}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Rows({ releases: shown }: { readonly releases: readonly ReleaseView[] }) {
  return (
    <table class="releases">
      <thead>
        <tr>
          <th scope="col">Release</th>
          <th scope="col">Phase</th>
          <th scope="col">Weight</th>
          <th scope="col">Verdict</th>
          <th scope="col">Since</th>
          <th scope="col">Who</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((release) => (
          <Row key={release.id} release={release} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ release }: { readonly release: ReleaseView }) {
  const { id, app, version, baseline, weights, since, requestedBy, finished } = release;
  return (
    <tr class={finished ? 'over' : 'under-way'}>
      <th scope="row">
        <a href={releaseHref(id)}>
          {appName(app)} <span class="version">{version}</span>
        </a>
        {baseline !== null && <span class="from"> ← {baseline}</span>}
      </th>
      <td class="phase">
        <PhaseMark release={release} />
      </td>
      <td class="amount">
        {finished ? endText(release) : <WeightBar release={release} />}
        {!finished && <span class="number">{weightText(weights.share)}</span>}
      </td>
      <td class="verdict">
        <VerdictMark release={release} />
        {!finished && <span class="detail">{messageText(release)}</span>}
      </td>
      <td class="since">
        <time dateTime={since} title={exactTime(since)}>
          {sinceText(release, now.value)}
        </time>
      </td>
      <td class="who">
        {requestedBy.name}
        {requestedBy.claimed && (
          <span class="claimed" title="A queue message said so; nobody checked">
            {' '}
            (claimed)
          </span>
        )}
      </td>
    </tr>
  );
}

function NoneLikeThat() {
  return (
    <p class="empty">
      No release is like that. <a href="#/">Show all</a>
    </p>
  );
}

function NoneYet() {
  return (
    <div class="empty">
      <p>No release yet. Deploy to the slot, then start one:</p>
      <pre>{`az storage message put --account-name <storage> --auth-mode login \\
  --queue-name releases --content '{"app": "shop", "version": "2.4.0"}'`}</pre>
      <p>
        Or over HTTP: <code>POST {new URL('../releases', import.meta.url).pathname}</code> with the
        same JSON. It shows here within seconds.
      </p>
    </div>
  );
}

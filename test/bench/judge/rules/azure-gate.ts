import type { Rule } from './rule.ts';

/**
 * Azure's continuous-monitoring release gate with the alert rules that its template makes: here
 * `count requests/failed > 5` over 5 minutes, of all versions together, since a metric alert of
 * Application Insights does not tell them apart (MicrosoftDocs/azure-docs,
 * articles/azure-monitor/app/release-and-work-item-insights.md). Looked at every minute.
 */
const WINDOW_MINUTES = 5;
const MOST_FAILURES = 5;

export const azureGate: Rule = {
  id: 'azure',
  title: 'Azure gate, > 5 failures in 5 min',
  threshold: MOST_FAILURES,
  tuned: true,
  start: () => {
    const window = new Array<number>(WINDOW_MINUTES).fill(0);
    let sum = 0;
    return ({ index, canaryFailures, baselineFailures }) => {
      const place = index % WINDOW_MINUTES;
      sum += canaryFailures + baselineFailures - (window[place] ?? 0);
      window[place] = canaryFailures + baselineFailures;
      return sum;
    };
  },
};

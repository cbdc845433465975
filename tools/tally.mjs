// Counts what the run of all tests has shown, from vitest's JSON report and its exit code.

/**
 * `{passed, failed, skipped}`. A file that failed without a failing test (it did not load, a hook threw)
 * counts as one failure, and so does a run that failed without naming a test (no report, an error
 * outside every test).
 */
export function tally(report, exitCode) {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const broken = (report?.testResults ?? []).filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const named = (report?.numFailedTests ?? 0) + broken.length;
  return { passed, failed: named === 0 && exitCode !== 0 ? 1 : named, skipped };
}

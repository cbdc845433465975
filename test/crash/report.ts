/** What a run tells at its end. */
import type { RunResult } from './run-kills.ts';

export function reportLines(result: RunResult): readonly string[] {
  const { stories, checked, kills, killed, hostStarts, changes, seconds } = result;
  const ends = Map.groupBy(stories, ({ kind, end }) => `${kind} -> ${end?.stage.phase ?? 'none'}`);
  const doubled = stories.filter(({ sent }) => sent > 1).length;
  const commands = stories.reduce((sum, story) => sum + story.commands.length, 0);
  return [
    `${killed} kills in ${seconds} s; hosts were started ${hostStarts} times`,
    ...[...kills].sort().map(([moment, count]) => `  ${count} ${moment}`),
    `${stories.length} releases (${doubled} started more than once), ${commands} commands of people`,
    ...[...ends].sort().map(([end, all]) => `  ${all.length} ${end}`),
    `what was done to Azure: ${Object.entries(changes)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
    `${checked.auditRows} audit rows, ${checked.releases} chains`,
    `the stand-ins stood still for ${checked.stalledMs} ms at most; ${checked.byLimit.length} releases were ended by a limit`,
    ...checked.byLimit.map((release) => `  ${release}`),
    `${checked.problems.length} violations`,
    ...checked.problems.map((problem) => `  ${problem}`),
  ];
}

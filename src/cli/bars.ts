/** Weight and evidence as bars. */
import type { ReleaseView } from '../api/contract.ts';
import type { Colors } from './look.ts';

/** `cells` characters; a part over 0 shows at least one, a part under 1 leaves at least one. */
export function bar(part: number, cells: number): string {
  const inside = Math.min(1, Math.max(0, Number.isNaN(part) ? 0 : part));
  const least = inside > 0 ? 1 : 0;
  const most = inside < 1 ? cells - 1 : cells;
  const filled = Math.min(Math.max(Math.round(inside * cells), least), most);
  return '█'.repeat(filled) + '░'.repeat(cells - filled);
}

/** Percents are of 0 to 100, up to two digits behind the point: `12.5 %`. */
export function percent(value: number): string {
  return `${Number(value.toFixed(2))} %`;
}

/** The way from the first weight into production: `✔ 5 %  ● 25 %  ○ 50 %  ○ production`. */
export function stepsLine(release: ReleaseView, colors: Colors): string {
  const { weights, step, phase } = release;
  const isPromoted = weights.share >= 100;
  const done = isPromoted || phase === 'promoting' ? weights.steps.length : (step?.number ?? 1) - 1;
  const stands = step === null ? -1 : step.number - 1;
  const parts = weights.steps.map((weight, index) => {
    if (index < done) return colors.green(`✔ ${percent(weight)}`);
    return index === stands
      ? colors.bold(`● ${percent(weight)}`)
      : colors.dim(`○ ${percent(weight)}`);
  });
  const last = 'production';
  const end = isPromoted
    ? colors.green(`✔ ${last}`)
    : phase === 'promoting'
      ? colors.bold(`● ${last}`)
      : colors.dim(`○ ${last}`);
  return [...parts, end].join('  ');
}

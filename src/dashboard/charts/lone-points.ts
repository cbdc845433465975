/** A value without neighbours has no line to see it by: a point stands for it. */
import type uPlot from 'uplot';

export const LONE_POINTS: uPlot.Series.Points = {
  show: true,
  size: 4,
  filter: (plot, series) => lonePlaces([...(plot.data[series] ?? [])]),
};

/** Places of a row whose neighbours are empty. */
export function lonePlaces(row: readonly (number | null | undefined)[]): number[] {
  const isEmpty = (index: number): boolean => (row[index] ?? null) === null;
  return row.flatMap((_value, index) =>
    !isEmpty(index) && isEmpty(index - 1) && isEmpty(index + 1) ? [index] : [],
  );
}

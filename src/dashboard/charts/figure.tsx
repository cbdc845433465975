import { useState } from 'preact/hooks';

import { Plot, type PlotSpec, type PlotTime } from './plot.tsx';

export interface Key {
  /** How the line looks: class of the sample. */
  readonly sample: 'canary' | 'baseline' | 'wanted' | 'harm' | 'certify';
  readonly text: string;
}

interface FigureProps {
  readonly title: string;
  /** What it shows, in one sentence: it stands for the picture. */
  readonly summary: string;
  readonly keys: readonly Key[];
  readonly spec: PlotSpec;
  readonly time: PlotTime;
  readonly table: TableSpec;
}

/** The same numbers as text, oldest first. */
export interface TableSpec {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function Figure({ title, summary, keys, spec, time, table }: FigureProps) {
  const [said, say] = useState('');
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <span class="keys">
          {keys.map(({ sample, text }) => (
            <span key={sample} class="key">
              <svg
                class={`sample ${sample}`}
                viewBox="0 0 22 8"
                width="22"
                height="8"
                aria-hidden="true"
              >
                <line x1="0" x2="22" y1="4" y2="4" />
              </svg>
              {text}
            </span>
          ))}
        </span>
      </figcaption>
      <Plot spec={spec} time={time} label={`${title}. ${summary}`} say={say} />
      <details>
        <summary>
          <span class={said === '' ? '' : 'unseen'}>{summary}</span>
          {said !== '' && <span aria-hidden="true">{said}</span>}
        </summary>
        <Numbers title={title} table={table} />
      </details>
    </figure>
  );
}

function Numbers({ title, table }: { readonly title: string; readonly table: TableSpec }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${title}, numbers`}>
      <table class="figures">
        <thead>
          <tr>
            {table.head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(([first = '', ...rest]) => (
            <tr key={first}>
              <th scope="row">{first}</th>
              {rest.map((cell, index) => (
                <td key={table.head[index + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

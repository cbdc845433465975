import pc from 'picocolors';
import { describe, expect, it } from 'vitest';

import { readRuns, terminalPicture } from '../../../src/local/show/terminal-picture.ts';
import type { Recorded } from '../../../src/local/show/terminal-picture.ts';

const colors = pc.createColors(true);

describe('colours', () => {
  it('become runs, nested ones included', () => {
    const plain = { bold: false, dim: false, color: undefined };
    expect(readRuns(`a ${colors.bold(`b ${colors.green('c')}`)} ${colors.dim('d')}`)).toEqual([
      { ...plain, text: 'a ' },
      { ...plain, bold: true, text: 'b ' },
      { ...plain, bold: true, color: 'green', text: 'c' },
      { ...plain, text: ' ' },
      { ...plain, dim: true, text: 'd' },
    ]);
    expect(readRuns('')).toEqual([]);
  });
});

describe('the picture', () => {
  const recorded: readonly Recorded[] = [
    { atMs: 0, kind: 'line', text: colors.bold('▶ 2.0.0') },
    { atMs: 1_000, kind: 'moving', text: '██░ 10 %' },
    { atMs: 4_000, kind: 'line', text: '1 < 2 & "3"' },
    { atMs: 4_000, kind: 'moving', text: '' },
    { atMs: 6_000, kind: 'line', text: '' },
  ];
  const picture = terminalPicture(recorded, { columns: 40, title: 'npm start', speed: 2 });

  it('shows every line at its time, and escapes what XML would read', () => {
    expect(picture).toContain('<tspan class="b">▶ 2.0.0</tspan>');
    expect(picture).toContain('animation-delay:2.00s"><tspan>1 &lt; 2 &amp; &quot;3&quot;</tspan>');
    expect(picture).not.toContain('\u001b');
  });

  it('shows a moving line until the next thing is drawn', () => {
    expect(picture).toContain('animation-delay:0.50s;animation-duration:1.50s');
    expect(picture.match(/class="moving"/g)).toHaveLength(1);
  });
});

// Terminals of every width, with colours and without.
import pc from 'picocolors';

import type { Look } from '../../../src/local/show/lines.ts';

export const colors = pc.createColors(false);
export const PLAIN: Look = { colors, columns: Infinity };
export const COLOURED: Look = { colors: pc.createColors(true), columns: Infinity };
export const narrow = (columns: number): Look => ({ colors, columns });

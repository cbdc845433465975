/** The commands of a page: its fenced blocks of shell. */
import { readFile } from 'node:fs/promises';

export interface ShellBlock {
  /** `docs/api.md` */
  readonly page: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly script: string;
}

export interface Page {
  readonly blocks: readonly ShellBlock[];
  /** Fenced blocks of YAML, in order: files that the commands use. */
  readonly yaml: readonly string[];
}

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;
/** Blocks without a language are pictures and transcripts, unless they are commands and nothing else. */
const COMMAND = /^(npm|npx|az|slipway|curl|git) /;

export async function readPage(page: string): Promise<Page> {
  const text = await readFile(new URL(`../../../${page}`, import.meta.url), 'utf8');
  const fences = [...text.matchAll(FENCE)].map((match) => {
    const [, indent = '', language = '', body = ''] = match;
    return {
      language,
      script: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: text.slice(0, match.index).split('\n').length,
    };
  });
  return {
    blocks: fences
      .filter(({ language, script }) => isShell(language, script))
      .map(({ script, line }) => ({ page, line, script })),
    yaml: fences.filter(({ language }) => language === 'yaml').map(({ script }) => script),
  };
}

function isShell(language: string, script: string): boolean {
  if (language === 'sh' || language === 'bash') return true;
  return language === '' && COMMAND.test(script);
}

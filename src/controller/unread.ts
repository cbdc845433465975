/** A read that failed, as decisions take it: its code, and whether Azure said no for good. */
import type { Unread } from '../release/facts.ts';
import { AzureCallError } from './ports/azure-errors.ts';

export function unreadOf(what: string, error: unknown): Unread {
  if (error instanceof AzureCallError) {
    return { what, code: error.code, message: error.message, refused: error.failure === 'refused' };
  }
  return {
    what,
    code: 'unavailable',
    message: error instanceof Error ? error.message : String(error),
    refused: false,
  };
}

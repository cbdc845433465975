/** Commands that mend what the doctor finds, to copy. */
import type { StartRequest } from './start-message.ts';

export interface AzCommand {
  /** After `az webapp`: `deployment slot swap`. */
  readonly verb: string;
  /** False: it is about production. */
  readonly slot: boolean;
  readonly more?: string;
}

/** `az webapp start --resource-group rg --name shop --slot staging` */
export function az({ target, slot }: StartRequest, command: AzCommand): string {
  const { verb, slot: ofSlot, more } = command;
  return [
    `az webapp ${verb} --resource-group ${quoted(target.resourceGroup)} --name ${quoted(target.site)}`,
    ...(ofSlot ? [`--slot ${quoted(slot)}`] : []),
    ...(more === undefined ? [] : [more]),
  ].join(' ');
}

/** Parentheses of a resource group's name mean something to a shell. */
export function quoted(text: string): string {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

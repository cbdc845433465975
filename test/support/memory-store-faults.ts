/** The calls of the store in memory, and the faults that they meet. */
import type { AuditReader } from '../../src/controller/ports/audit-reader.ts';
import type { AuditScanner } from '../../src/controller/ports/audit-scanner.ts';
import type { Catalog } from '../../src/controller/ports/catalog.ts';
import type { DueTable } from '../../src/controller/ports/due-table.ts';
import type { PoisonBox } from '../../src/controller/ports/poison-box.ts';
import type { ReleaseStore } from '../../src/controller/ports/release-store.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import type { TickQueue } from '../../src/controller/ports/tick-queue.ts';

/** `before`: nothing is applied. `after`: applied, but the answer is lost. */
export type Fault = 'before' | 'after';

/** Methods that change or read the store, for faults that shall meet one of them. */
export type StoreMethod =
  | `releaseStore.${keyof ReleaseStore}`
  | `auditReader.${keyof AuditReader}`
  | `auditScanner.${keyof AuditScanner}`
  | `catalog.${keyof Catalog}`
  | `dueTable.${keyof DueTable}`
  | `poisonBox.${keyof PoisonBox}`
  | `tickQueue.${keyof TickQueue}`;

export class Faults {
  readonly calls: StoreMethod[] = [];
  readonly #queue: { fault: Fault; method: StoreMethod | undefined }[] = [];
  #down = false;

  get isDown(): boolean {
    return this.#down;
  }

  add(fault: Fault, method: StoreMethod | undefined): void {
    this.#queue.push({ fault, method });
  }

  setDown(down: boolean): void {
    this.#down = down;
  }

  /** Runs one call; a fault of kind `after` loses the answer, an error included. */
  async around<T>(method: StoreMethod, call: () => T): Promise<T> {
    this.calls.push(method);
    // As over a network: what the caller does next happens before the answer.
    await Promise.resolve();
    const fault = this.#down ? 'before' : this.#take(method);
    if (fault === 'before') throw new StoreUnavailableError(`${method} failed on purpose`);
    if (fault === undefined) return call();
    try {
      call();
    } catch (cause) {
      throw new StoreUnavailableError(`${method} lost its answer on purpose`, { cause });
    }
    throw new StoreUnavailableError(`${method} lost its answer on purpose`);
  }

  #take(method: StoreMethod): Fault | undefined {
    const index = this.#queue.findIndex((entry) => (entry.method ?? method) === method);
    return index === -1 ? undefined : this.#queue.splice(index, 1)[0]?.fault;
  }
}

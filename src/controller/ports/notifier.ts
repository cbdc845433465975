import type { Notice } from '../../release/notice.ts';

/** Tells the outside of a transition. */
export interface Notifier {
  /**
   * Delivered when it returns. Throws any error when that is not known: the notice is then told again.
   * Bounded in time by itself.
   */
  tell(notice: Notice): Promise<void>;
}

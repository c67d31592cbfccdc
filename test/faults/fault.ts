import type { Figures } from './figures.ts';
import type { Rig } from './rig.ts';
import type { Times } from './times.ts';

/** What a run must come to for us. Peers are measured and not judged. */
export interface Bar {
  /** In a few words, for the table: "0 failed". */
  readonly what: string;
  of(figures: Figures): number | undefined;
  readonly least?: number;
  readonly most?: number;
  /** Instead of `most` in the short form, for what a busy machine makes longer. */
  readonly shortMost?: number;
  /** Not judged in the short form. */
  readonly longOnly?: boolean;
}

/** What goes wrong, in a file of its own. */
export interface Fault {
  /** As in the list: "F1". */
  readonly name: string;
  readonly title: string;
  readonly times?: { readonly long?: Partial<Times>; readonly short?: Partial<Times> };
  /** Without those that cannot: all of them unless said. */
  readonly peers?: readonly string[];
  readonly bars: readonly Bar[];
  /** Why it cannot be run here; undefined when it can. */
  skip?(): string | undefined;
  run(rig: Rig): Promise<Figures>;
}

export interface Verdict {
  readonly what: string;
  readonly value: number | undefined;
  readonly met: boolean;
}

/** A value that is missing meets nothing. */
export function judged(bars: readonly Bar[], figures: Figures, { short }: { short: boolean }): Verdict[] {
  const asked = bars.filter(({ longOnly = false }) => !(short && longOnly));
  return asked.map(({ what, of, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, shortMost }) => {
    const value = of(figures);
    const eased = short && shortMost !== undefined;
    return {
      what: eased ? `${what} (${shortMost} in the short form)` : what,
      value,
      met: value !== undefined && value >= least && value <= (eased ? shortMost : most),
    };
  });
}

import type { CancelReason } from '../core/cancel-reason.ts';
import { SlotList } from '../core/slot-list.ts';
import type { FanOut } from './fan-out.ts';
import type { Node } from './node.ts';
import { dropped } from './or-ended.ts';
import type { Process } from './process.ts';
import type { Unanswered } from './unanswered.ts';
import type { Waiting } from './waiting.ts';
import { Windows } from './windows.ts';

/** What waits in one process: senders for their replies, and packets for those before them. */
export class ProcessWaits {
  /** Where packets wait just now. */
  readonly places = new Set<Waiting>();
  /** Packets that some of several targets have not answered. */
  readonly fanOuts = new SlotList<FanOut>();
  readonly #process: Process;
  readonly #senders = new SlotList<Unanswered>();
  #windows: Windows | undefined;
  #onCancel: ((reason: CancelReason) => void) | undefined;

  constructor(process: Process) {
    this.#process = process;
  }

  /** Senders that wait for their replies. */
  get senders(): Iterable<Unanswered> {
    return this.#senders;
  }

  /** How much of what handlers sent may be unanswered, by out-port; undefined while none has more than one packet so. */
  get windows(): Windows | undefined {
    return this.#windows;
  }

  makeWindows(): Windows {
    return (this.#windows ??= new Windows());
  }

  beginWait(place: Waiting): void {
    if (this.#process.status === 'ended') return;
    this.places.add(place);
    this.#process.entry.host.watchdog?.wake();
  }

  endWait(place: Waiting): void {
    this.places.delete(place);
  }

  /** Keeps a sender that waits: it is freed when the run is cancelled, or at the end of the process. */
  add(sender: Unanswered): void {
    const { status, call } = this.#process;
    if (status === 'ended') return sender.resolve(dropped());
    if (this.#onCancel === undefined) {
      this.#onCancel = (reason) => this.#free(reason);
      call.cancellation.on(this.#onCancel);
    }
    const { reason } = call.cancellation;
    if (reason === undefined) this.#senders.add(sender);
    else sender.resolve(reason);
  }

  delete(sender: Unanswered): void {
    this.#senders.delete(sender);
  }

  /** Those who wait for several targets go on without what these nodes would answer. */
  dropRepliesOf(gone: ReadonlySet<Node>): void {
    for (const fanOut of this.fanOuts) fanOut.drop(gone);
  }

  /** The process has ended. */
  end(): void {
    if (this.#onCancel !== undefined) this.#process.call.cancellation.off(this.#onCancel);
    if (this.#senders.size > 0) this.#free(dropped());
    for (const place of this.places) place.end(dropped());
    this.places.clear();
  }

  #free(reply: Error): void {
    for (const sender of this.#senders) {
      this.delete(sender);
      sender.resolve(reply);
    }
  }
}

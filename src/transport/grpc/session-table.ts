import type { CancelReason } from '../../core/cancel-reason.ts';
import { tellOne } from '../../core/listeners.ts';
import { checkNotNegative, checkOptions } from '../../core/options.ts';
import type { DisconnectOptions, DisconnectReason, Session, SessionEvent, Sessions } from '../../core/session.ts';
import type { Logger } from '../../observability/logger.ts';
import { Admission, type AdmissionLimits } from './admission.ts';

/** What the table needs of a connection. */
export interface Listed {
  readonly session: Session;
  disconnect(options: { reason: string | undefined; graceMs: number }): void;
}

export interface SessionTableInit extends AdmissionLimits {
  readonly ageGraceMs: number;
  readonly log: Logger;
}

/** Ends the calls under way of a session, each with the reason's status. */
export type EndCalls = (session: Session, reason: CancelReason) => void;

/** The connections of a listener, by session id. */
export class SessionTable implements Sessions {
  readonly #listed = new Map<string, Listed>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #admission: Admission;
  readonly #ageGraceMs: number;
  readonly #log: Logger;
  accepted = 0;
  rejected = 0;
  cleaned = 0;
  failed = 0;

  constructor({ ageGraceMs, log, ...limits }: SessionTableInit) {
    this.#ageGraceMs = ageGraceMs;
    this.#log = log;
    this.#admission = new Admission(limits, (high) => {
      const { utilisation } = this;
      if (high) log.warn('connections are near their limit', { limit: limits.maxConnections, utilisation });
      else log.info('connections are well below their limit again', { limit: limits.maxConnections, utilisation });
      this.#tell({ type: 'pressure', high, utilisation });
    });
  }

  get active(): number {
    return this.#listed.size;
  }

  get utilisation(): number {
    return this.#admission.utilisation;
  }

  list(): Session[] {
    return [...this.#listed.values()].map(({ session }) => session);
  }

  get(id: string): Session | undefined {
    return this.#listed.get(id)?.session;
  }

  disconnect(id: string, options: DisconnectOptions = {}): boolean {
    const told = this.#checked('sessions.disconnect', options);
    const listed = this.#listed.get(id);
    listed?.disconnect(told);
    return listed !== undefined;
  }

  disconnectWhere(predicate: (session: Session) => boolean, options: DisconnectOptions = {}): number {
    const told = this.#checked('sessions.disconnectWhere', options);
    const chosen = [...this.#listed.values()].filter(({ session }) => predicate(session));
    for (const listed of chosen) listed.disconnect(told);
    return chosen.length;
  }

  watch(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Counts a connection in; false when it must be closed. Pair it with `leave`. */
  enter(client: string, address: string): boolean {
    const limit = this.#admission.enter(client);
    if (limit === undefined) return true;
    this.rejected += 1;
    this.#log.debug('connection refused', { address, limit });
    this.#tell({ type: 'rejected', address, limit });
    return false;
  }

  leave(client: string): void {
    this.#admission.leave(client);
  }

  add(listed: Listed): void {
    this.accepted += 1;
    this.#listed.set(listed.session.id, listed);
    this.#tell({ type: 'connected', session: listed.session });
  }

  remove({ session }: Listed, reason: DisconnectReason, message?: string): void {
    if (!this.#listed.delete(session.id)) return;
    if (reason === 'idle') this.cleaned += 1;
    this.#tell({ type: 'disconnected', session, reason, ...(message !== undefined && { message }) });
  }

  broke(address: string, error: Error, session?: Session): void {
    this.failed += 1;
    this.#tell({ type: 'error', address, error, ...(session !== undefined && { session }) });
  }

  #checked(where: string, options: DisconnectOptions): { reason: string | undefined; graceMs: number } {
    checkOptions(where, options, ['reason', 'graceMs']);
    checkNotNegative('graceMs', options.graceMs);
    return { reason: options.reason, graceMs: options.graceMs ?? this.#ageGraceMs };
  }

  #tell(event: SessionEvent): void {
    const failed = (error: unknown): void =>
      this.#log.error('a listener of sessions threw', { event: event.type, error });
    for (const listener of [...this.#listeners]) tellOne(listener, event, failed);
  }
}

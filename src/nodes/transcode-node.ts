import { key } from '../core/key.ts';
import { type HeldDoor, HttpDoors } from '../services/transcode/http-doors.ts';
import { type Transcoder, transcoder } from '../services/transcode/transcoder.ts';
import type { NodeInstance, SetupContext, SourceContext } from './node-context.ts';
import { isNodeService } from './node-descriptor.ts';

/** The fields of a `transcode` node, with defaults. */
export interface TranscodeFields {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly target: string | undefined;
  readonly services: readonly string[] | undefined;
  readonly headers: readonly string[] | undefined;
  readonly responseHeaders: readonly string[] | undefined;
  readonly cors: readonly string[] | undefined;
  readonly maxBodyBytes: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly docs: boolean | undefined;
  readonly defaults: boolean | undefined;
}

const doors = key<HttpDoors>('HTTP doors of transcode nodes');

/** A node that opens an address where services are called by HTTP: those of its graph, or of a target. */
export class TranscodeNode implements NodeInstance {
  readonly #held: HeldDoor;
  readonly #transcoder: Transcoder;

  private constructor(held: HeldDoor, own: Transcoder) {
    this.#held = held;
    this.#transcoder = own;
  }

  /** Takes the address; until the node begins, callers are told to wait. */
  static async open(fields: TranscodeFields, context: SetupContext): Promise<TranscodeNode> {
    const { host, port, tls, target, services, docs, ...options } = fields;
    const own = transcoder({
      ...(target === undefined ? { server: context.self } : { channel: context.channel(target) }),
      // What a server has beside nodes is reached only when it is named.
      services: services ?? (target === undefined ? isNodeService : undefined),
      // What there is, is told to this machine alone, as reflection is.
      docs: docs ?? /^(?:localhost|127\..*|::1)$/.test(host),
      ...options,
      logger: context.log,
    });
    context.onClose(() => own.close());
    const held = await context.shared(doors, () => new HttpDoors()).hold({ host, port, tls, logger: context.log });
    return new TranscodeNode(held, own);
  }

  /** `127.0.0.1:8080` */
  get address(): string {
    return this.#held.door.address;
  }

  start({ log }: SourceContext): void {
    this.#held.door.handler = this.#transcoder.handle;
    log.info('HTTP is answered', { address: this.address });
  }

  async close(): Promise<void> {
    // Who takes its place may have the address by now: what was asked of this one is still answered.
    await Promise.all([this.#held.release(), this.#transcoder.close({ graceMs: 5_000 })]);
  }
}

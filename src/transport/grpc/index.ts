// Placeholder until the transport lands (overwrite me).
import type { Acceptor } from '../../core/acceptor.ts';
import type { Invoke } from '../../core/context.ts';
import type { Logger } from '../../observability/logger.ts';
export type ChannelState = 'idle' | 'connecting' | 'ready' | 'transient-failure' | 'shutdown';
export interface GrpcChannelOptions { tls?: boolean }
export interface ServerTls { cert?: string }
export interface GrpcServerOptions { log?: Logger }
export class GrpcChannel {
  constructor(_target: string, _options: GrpcChannelOptions = {}) { throw new Error('not yet'); }
  invoke!: Invoke; state: ChannelState = 'idle';
  watchState(_l: (s: ChannelState) => void): () => void { return () => {}; }
  async ready(_o: { deadline?: number; signal?: AbortSignal } = {}): Promise<void> {}
  async close(): Promise<void> {}
}
export class GrpcListener {
  constructor(_a: Acceptor, _o: GrpcServerOptions = {}) {}
  async listen(_a: string, _o: { tls?: ServerTls } = {}): Promise<{ address: string; port?: number }> { throw new Error('not yet'); }
  async drain(): Promise<void> {}
  async close(): Promise<void> {}
}

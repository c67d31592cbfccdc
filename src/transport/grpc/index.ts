export { GrpcChannel } from './channel.ts';
export { channelOptionNames, type GrpcChannelOptions } from './channel-options.ts';
export type { ChannelState } from './channel-state.ts';
export type { ClientTls } from './client-credentials.ts';
export { GrpcListener } from './listener.ts';
export { type GrpcServerOptions, listenerOptionNames, listenerSettings } from './listener-options.ts';
export type { ServerTls } from './server-tls.ts';
export type { MethodConfig, MethodName, RetryPolicy, ServiceConfig } from './service-config.ts';
export { securityOf } from './target.ts';

import { Client, Server } from '@grpc/grpc-js';

/** Whether `@opentelemetry/instrumentation-grpc` has wrapped grpc-js. It sees none of our calls: they go by other ways. */
export function isGrpcInstrumented(): boolean {
  return isWrapped(Client.prototype.makeUnaryRequest) || isWrapped(Server.prototype.register);
}

/** How OpenTelemetry's instrumentations mark what they put in front of a function. */
function isWrapped(method: unknown): boolean {
  return (method as { __wrapped?: unknown } | undefined)?.__wrapped === true;
}

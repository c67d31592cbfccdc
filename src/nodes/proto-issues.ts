import { isAbsolute, resolve } from 'node:path';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { streamsResponses } from '../core/method.ts';
import { didYouMean } from '../core/suggest.ts';
import { loadServices } from '../wire/load-services.ts';
import { findMethod } from './find-method.ts';

interface MethodFields {
  readonly proto: string | undefined;
  readonly service: string;
  readonly method: string;
}

/** What is wrong with fields that name a method of a proto file. Without a file only the server knows. */
export async function protoIssues(
  { proto, service: name, method: wanted }: MethodFields,
  baseDir: string,
  { streams = false }: { streams?: boolean } = {},
): Promise<StandardSchemaV1.Issue[]> {
  if (proto === undefined) return [];
  let services: Awaited<ReturnType<typeof loadServices>>;
  try {
    services = await loadServices(isAbsolute(proto) ? proto : resolve(baseDir, proto));
  } catch (error) {
    return [{ path: ['proto'], message: (error as Error).message }];
  }
  const service = Object.hasOwn(services, name) ? services[name] : undefined;
  if (service === undefined)
    return [
      {
        path: ['service'],
        message: `"${proto}" declares no service "${name}"${didYouMean(name, Object.keys(services))}`,
      },
    ];
  const method = findMethod(service, wanted);
  if (method === undefined) {
    const near = didYouMean(
      wanted,
      Object.values(service.methods).map((one) => one.name),
    );
    return [{ path: ['method'], message: `service "${name}" has no method "${wanted}"${near}` }];
  }
  if (!streams || streamsResponses(method.kind)) return [];
  return [{ path: ['method'], message: `"${wanted}" has one response, wanted a method that streams them` }];
}

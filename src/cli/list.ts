import { type DescriptorOptions, openDescriptors } from './descriptors.ts';
import { jsonLine, print } from './output.ts';
import { table } from './table.ts';
import { openChannel, type TargetOptions } from './target-options.ts';

/** `flowrpc list HOST [SERVICE]`: the services of a server, or the methods of one of them. */
export async function list(
  host: string,
  name: string | undefined,
  options: TargetOptions & DescriptorOptions,
): Promise<void> {
  await using channel = await openChannel(host, options);
  await using descriptors = await openDescriptors(channel, options);
  if (name === undefined) {
    const services = await descriptors.list();
    if (options.json) await print(jsonLine(services));
    else for (const service of services) await print(service);
    return;
  }
  const { methods } = await descriptors.service(name);
  const rows = Object.values(methods).map(({ path, kind, request, response }) => ({
    method: path.slice(1),
    kind,
    request: request.typeName,
    response: response.typeName,
  }));
  if (options.json) await print(jsonLine(rows));
  else await print(table([['METHOD', 'KIND', 'REQUEST', 'RESPONSE'], ...rows.map((row) => Object.values(row))]));
}

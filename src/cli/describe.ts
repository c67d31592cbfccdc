import { type DescriptorOptions, openDescriptors } from './descriptors.ts';
import { jsonLine, print, safeLines } from './output.ts';
import { openChannel, type TargetOptions } from './target-options.ts';

/** `flowrpc describe HOST SYMBOL`: a service, method, message or enum as a proto file would write it. */
export async function describe(
  host: string,
  symbol: string,
  options: TargetOptions & DescriptorOptions,
): Promise<void> {
  await using channel = await openChannel(host, options);
  await using descriptors = await openDescriptors(channel, options);
  const name = symbol.replace(/^[./]/, '').replace('/', '.');
  const proto = await descriptors.describe(name);
  if (options.json) await print(jsonLine({ symbol: name, proto }));
  else await print(safeLines(proto.trimEnd()));
}

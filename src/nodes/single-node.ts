import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Interceptor } from '../core/context.ts';
import { checkInterceptors } from '../core/interceptor.ts';
import { checkOptions } from '../core/options.ts';
import { timeOrderedId } from '../core/time-ordered-id.ts';
import { jsonLogger, type Logger } from '../observability/logger.ts';
import type { ServiceModule } from '../server/service-module.ts';
import { Channels } from './channels.ts';
import { closeInstance } from './close-instance.ts';
import { Forks } from './forks.ts';
import type { NodeKind } from './kind.ts';
import { inputsOf, outputsOf } from './kind-info.ts';
import { concretePorts, setUpNode } from './make-node.ts';
import { isName, isReservedNamespace, serviceName } from './names.ts';
import { Node } from './node.ts';
import type { Env } from './node-context.ts';
import type { ExposeErrors } from './node-entry.ts';
import { serviceOfNode } from './node-service.ts';
import { NodeSlot } from './node-slot.ts';
import { type OutboundOptions, OutboundPolicy } from './outbound.ts';
import { Processes } from './processes.ts';
import { type RunLimits, runLimits } from './run.ts';
import { type RunningSource, startSource } from './start-source.ts';

export interface NodeServiceOptions {
  /** Default `default`. */
  namespace?: string;
  env?: Env;
  logger?: Logger;
  /** Folder that relative paths in fields start from. Default: the working directory. */
  baseDir?: string;
  /** In-ports by number, for kinds that take any: `['in[0]', 'in[1]']`. */
  inputs?: readonly string[];
  limits?: Partial<RunLimits>;
  /** Around every call of the node, inside the server's own; and around the processes it starts when it is a source. */
  interceptors?: readonly Interceptor[];
  exposeErrors?: ExposeErrors;
  /** Where its connections may lead beside what its own fields name. */
  outbound?: OutboundOptions;
}

const names = ['namespace', 'env', 'logger', 'baseDir', 'inputs', 'limits', 'interceptors', 'exposeErrors', 'outbound'];

/**
 * One node as a service, without a graph: `server.add(await nodeService(kind, 'greet', fields))`. Its out-ports lead nowhere. It is closed when
 * it is removed or the server closes. Rejects when the kind refuses the fields.
 */
export async function nodeService(
  kind: NodeKind,
  name: string,
  fields: unknown = {},
  options: NodeServiceOptions = {},
): Promise<ServiceModule> {
  checkOptions('nodeService', options, names);
  const {
    namespace = 'default',
    env = {},
    logger = jsonLogger(),
    baseDir = process.cwd(),
    inputs = [],
    limits,
    interceptors = [],
    exposeErrors,
    outbound,
  } = options;
  checkInterceptors(interceptors);
  if (!isName(name) || !isName(namespace) || isReservedNamespace(namespace))
    throw new RangeError(
      `Cannot name a node "${namespace}.${name}": wanted letters, digits, "_" and "-", and a namespace that is not reserved`,
    );
  const checked = await validated(kind, name, fields);
  const id = timeOrderedId();
  const info = {
    id,
    kind: kind.kind,
    namespace,
    name,
    service: serviceName({ id, kind: kind.kind, namespace, name }),
    inputs: concretePorts(inputsOf(kind, checked), inputs),
    outputs: outputsOf(kind, checked),
  };
  const host = {
    env,
    logger,
    limits: runLimits('nodeService limits', limits),
    interceptors,
    forks: new Forks(),
    outbound: new OutboundPolicy(outbound),
    processes: new Processes(),
  };
  const channels = new Channels();
  const { instance, types } = await setUpNode({ kind, fields: checked, info, baseDir }, host, (target) =>
    channels.get(target),
  );
  const slot = new NodeSlot(new Node(info, instance, host));
  const close = async (source: RunningSource | undefined): Promise<void> => {
    const stopped = source?.stop();
    source?.cut();
    await stopped;
    await host.forks.close(0);
    await closeInstance(instance);
    await channels.close();
  };
  return {
    ...serviceOfNode(slot, types, { exposeErrors }),
    attach() {
      const source = startSource(slot);
      return () => {
        close(source).catch((error: unknown) => logger.error('node failed to close', { node: info.service, error }));
      };
    },
  };
}

async function validated({ spec, kind }: NodeKind, name: string, fields: unknown): Promise<unknown> {
  if (spec === undefined) return fields;
  const result: StandardSchemaV1.Result<unknown> = await spec['~standard'].validate(fields);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message, path = [] }) => {
    const at = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
    return at === '' ? message : `"${at}" ${message}`;
  });
  throw new TypeError(`Cannot make node "${name}" of kind "${kind}": ${issues.join('; ')}`);
}

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Idempotency, ProtoFile } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import type { KindInfo, PortShape, PortType } from './kind-info.ts';
import type { Languages } from './languages/languages.ts';
import { isName, parsePort } from './names.ts';
import type { NodeInstance, SetupContext } from './node-context.ts';

/** A kind of node: what validation must know of it, and how one is made. */
export interface NodeKind extends KindInfo {
  /** Whether its nodes may be asked the same thing twice; edges to them then retry more. Default `unknown`. */
  readonly idempotency?: Idempotency;
  /** Its nodes keep state for each process, or have exit hooks: edges from other runtimes send a process's packets over one stream. */
  readonly perProcess?: boolean;
  /** Descriptors of the messages that `portType` names, their imports included. */
  files?(fields: unknown, baseDir: string): readonly ProtoFile[] | Promise<readonly ProtoFile[]>;
  /** What is wrong with fields that the schema took; no node is made. */
  check?(fields: unknown, context: CheckContext): CheckResult;
  /** What no second node of a graph can have, such as an address. */
  claims?(fields: unknown): readonly string[];
  setup(fields: unknown, context: SetupContext): NodeInstance | Promise<NodeInstance>;
}

/** What `check` of a kind gets beside the fields. */
export interface CheckContext {
  /** Folder that relative paths in the spec start from. */
  readonly baseDir: string;
  readonly languages: Languages;
}

type CheckResult = readonly StandardSchemaV1.Issue[] | Promise<readonly StandardSchemaV1.Issue[]>;

/** What `defineKind` takes; `F` is what the schema gives. */
export interface KindDefinition<F> {
  /** The word under `kind:` in specs. */
  kind: string;
  /** Checks and shapes the node's own fields: any Standard Schema library. Left out: fields pass as written. */
  spec?: StandardSchemaV1<unknown, F>;
  /** Names of the own fields, where the schema cannot tell them. */
  fields?: readonly string[];
  /** Default: `in`. */
  inputs?: readonly string[] | ((fields: F) => readonly string[]);
  /** Default: `out` and `error`. */
  outputs?: readonly string[] | ((fields: F) => readonly string[]);
  /** Message types by port; ports left out take and give any value. */
  types?:
    | Readonly<Record<string, PortType>>
    | ((port: string, direction: 'in' | 'out', fields: F) => PortType | undefined);
  /** Where `types` are declared: `Greeter.files` of a service, or a function of the node's fields. */
  files?: readonly ProtoFile[] | ((fields: F, baseDir: string) => readonly ProtoFile[] | Promise<readonly ProtoFile[]>);
  idempotency?: Idempotency;
  /**
   * What is wrong with fields that the schema took, where that takes time or files: it runs when a graph is checked and loaded, no node is made.
   * Programs are looked at without it.
   */
  check?(fields: F, context: CheckContext): CheckResult;
  /** What no second node of a graph can have, in words for people, such as `the address 127.0.0.1:8000`: two that claim the same are a problem. */
  claims?(fields: F): readonly string[];
  /**
   * Its nodes use `process.state` or `process.onExit`, so all packets of a process must come to one instance: edges from other runtimes
   * send them over one stream, whose end is the end of the process. Nodes made by `manyToOne` need not say so.
   */
  perProcess?: boolean;
  /** Makes one node. Runs outside of any call; a throw keeps the node, and what leads to it, from being served. */
  setup(fields: F, context: SetupContext): NodeInstance | Promise<NodeInstance>;
}

const names = [
  'kind',
  'spec',
  'fields',
  'inputs',
  'outputs',
  'types',
  'files',
  'idempotency',
  'check',
  'claims',
  'perProcess',
  'setup',
];

/** Makes a kind of node. A TypeError for what could never work. */
export function defineKind<F = Record<string, unknown>>(definition: KindDefinition<F>): NodeKind {
  checkOptions('defineKind', definition, names);
  const { kind, spec, fields, inputs, outputs, types, files, idempotency, check, claims, perProcess, setup } =
    definition;
  if (!isName(kind))
    throw new TypeError(
      `Cannot define kind ${JSON.stringify(kind)}: wanted a letter, then letters, digits, "_" or "-"`,
    );
  if (typeof setup !== 'function') throw new TypeError(`Cannot define kind "${kind}": setup is missing`);
  for (const ports of [inputs, outputs]) checkPorts(kind, ports);
  const portType =
    typeof types === 'function' || types === undefined
      ? types
      : (port: string) => types[port] ?? types[port.replace(/\[\d+\]$/, '[*]')];
  return Object.freeze({
    kind,
    ...(spec !== undefined && { spec }),
    ...(fields !== undefined && { fields }),
    ...(inputs !== undefined && { inputs: inputs as PortShape }),
    ...(outputs !== undefined && { outputs: outputs as PortShape }),
    ...(portType !== undefined && { portType: portType as KindInfo['portType'] }),
    ...(files !== undefined && { files: (typeof files === 'function' ? files : () => files) as NodeKind['files'] }),
    ...(idempotency !== undefined && { idempotency }),
    ...(check !== undefined && { check: check as NodeKind['check'] }),
    ...(claims !== undefined && { claims: claims as NodeKind['claims'] }),
    ...(perProcess && { perProcess }),
    setup: setup as NodeKind['setup'],
  });
}

function checkPorts(kind: string, ports: unknown): void {
  if (!Array.isArray(ports)) return;
  for (const port of ports as unknown[]) {
    const known = typeof port === 'string' && parsePort(port.replace('[*]', '')) !== undefined;
    if (!known)
      throw new TypeError(
        `Cannot define kind "${kind}": port ${JSON.stringify(port)} is not "name", "name[0]" or "name[*]"`,
      );
  }
}

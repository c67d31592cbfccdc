import type { Raw } from '../runtime/control-service.ts';
import type { StoredSpec, StoredValue } from '../wire/gen/flowrpc/v1/control.ts';
import { decodeValue, encodeValue } from '../wire/value.ts';
import { type ControlChannel, openControl } from './control-channel.ts';
import type { ControlClientOptions } from './control-options.ts';
import type { Documents, DocumentTypeName, ShownDocument } from './documents.ts';

/** The specs or values of a server. */
export async function controlDocuments(
  host: string,
  type: DocumentTypeName,
  options: ControlClientOptions,
): Promise<Documents> {
  const control = await openControl(host, options);
  return type === 'specs' ? specsOf(control, options) : valuesOf(control, options);
}

function specsOf({ client, ...control }: ControlChannel, { timeout }: ControlClientOptions): Documents {
  const call = { timeoutMs: timeout };
  return {
    ...disposal(control),
    async apply(document) {
      const { spec, change } = await client.applySpec({ document: encodeValue(document) }, call);
      return { shown: shownSpec(spec), change: changeOf(change) };
    },
    list: ({ where = '', ...selector }) =>
      allPages(async (pageToken) => {
        const page = await client.listSpecs({ selector: { ...selector, where }, pageSize: 1_000, pageToken }, call);
        return { items: page.specs.map(shownSpec), next: page.nextPageToken };
      }),
    delete: async (key) => shownSpec((await client.deleteSpec(key, call)).spec),
  };
}

function valuesOf({ client, ...control }: ControlChannel, { timeout }: ControlClientOptions): Documents {
  const call = { timeoutMs: timeout };
  return {
    ...disposal(control),
    async apply(document) {
      const { value, change } = await client.applyValue({ document: encodeValue(document) }, call);
      return { shown: shownValue(value), change: changeOf(change) };
    },
    list: ({ where = '', ...selector }) =>
      allPages(async (pageToken) => {
        const page = await client.listValues({ selector: { ...selector, where }, pageSize: 1_000, pageToken }, call);
        return { items: page.values.map(shownValue), next: page.nextPageToken };
      }),
    delete: async (key) => shownValue((await client.deleteValue(key, call)).value),
  };
}

/** All items of a list, page after page. */
export async function allPages<T>(
  page: (token: string) => Promise<{ readonly items: readonly T[]; readonly next: string }>,
): Promise<T[]> {
  const all: T[] = [];
  let token = '';
  do {
    const { items, next } = await page(token);
    all.push(...items);
    token = next;
  } while (token !== '');
  return all;
}

function disposal(control: AsyncDisposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => await control[Symbol.asyncDispose]() };
}

function shownSpec(spec: Raw<StoredSpec> | undefined): ShownDocument {
  const document = decodeValue(spec?.document ?? new Uint8Array()) as ShownDocument['document'];
  const { id, namespace, name = '' } = document as { id: string; namespace: string; name?: string };
  return { id, namespace, name, document, revision: Number(spec?.revision ?? 0) };
}

function shownValue(value: Raw<StoredValue> | undefined): ShownDocument {
  const { id = '', namespace = '', name = '', annotations = {}, maskedData, revision = 0n } = value ?? {};
  const document = {
    id,
    namespace,
    ...(name !== '' && { name }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    maskedData: decodeValue(maskedData ?? new Uint8Array()),
  };
  return { id, namespace, name, document, revision: Number(revision) };
}

function changeOf(change: string | number): 'created' | 'replaced' | 'unchanged' {
  if (change === 'CHANGE_CREATED') return 'created';
  return change === 'CHANGE_UNCHANGED' ? 'unchanged' : 'replaced';
}

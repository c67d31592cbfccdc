import type { Stored } from '../stores/index.ts';
import type { StoredValue } from '../wire/gen/flowrpc/v1/control.ts';
import { encodeValue } from '../wire/value.ts';
import type { DocumentView } from './control-api.ts';
import { marked } from './control-guard.ts';
import type { Raw } from './control-service.ts';

/** Stands for everything of a value that is not shown. */
export const hidden = '***';

const maxKeys = 100;
const maxDepth = 4;

/** Values as Control takes and shows them: their data never leaves. */
export const valueView: DocumentView<Raw<StoredValue>> = {
  type: 'value',
  admit: async (document) => marked(document),
  show({ document, revision }) {
    const { id, namespace, name = '', annotations = {}, data } = document;
    return {
      id,
      namespace,
      name,
      annotations: { ...annotations },
      maskedData: encodeValue(maskData(data)),
      revision: BigInt(revision),
    };
  },
  queried: withoutData,
  bytes: ({ maskedData }) => (maskedData?.length ?? 0) + 256,
};

/** The shape of a value's data: the keys of mappings, and `***` for everything else, lists as a whole included. */
export function maskData(data: unknown, depth = 0): unknown {
  const mapping = typeof data === 'object' && data !== null && !Array.isArray(data) && !(data instanceof Uint8Array);
  if (!mapping || depth >= maxDepth) return hidden;
  const entries = Object.entries(data);
  const shown = entries.slice(0, maxKeys).map(([key, item]) => [key, maskData(item, depth + 1)] as const);
  return Object.fromEntries(entries.length > maxKeys ? [...shown, ['…', hidden] as const] : shown);
}

function withoutData({ document }: Stored): unknown {
  const { data: _, ...rest } = document;
  return rest;
}

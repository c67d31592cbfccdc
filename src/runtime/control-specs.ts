import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { readSpecs } from '../graph/spec.ts';
import type { Stored } from '../stores/index.ts';
import type { StoredSpec } from '../wire/gen/flowrpc/v1/control.ts';
import { encodeValue } from '../wire/value.ts';
import type { Admission } from './control-admission.ts';
import { refusalOf } from './control-admission.ts';
import type { DocumentView } from './control-api.ts';
import { marked } from './control-guard.ts';
import { invalid } from './control-page.ts';
import type { Raw } from './control-service.ts';

/** Specs as Control takes and shows them: as they were written, so what they take from values is not there to be seen. */
export function specView(allow: Admission): DocumentView<Raw<StoredSpec>> {
  return {
    type: 'spec',
    async admit(document) {
      const { specs, problems } = readSpecs([document], { file: '<control>' });
      // A chart, or a node with a wrong part, is stored: what is wrong is said of the node.
      if (specs.length === 0)
        throw invalid('document', `is no spec: ${problems.map(({ message }) => message).join('; ')}`);
      const refusal = await refusalOf(document, allow);
      if (refusal !== undefined) throw new StatusError(Code.PERMISSION_DENIED, `Cannot apply the spec: ${refusal}`);
      return marked(document);
    },
    show: shownSpec,
    queried: ({ document }) => document,
    bytes: ({ document }) => document?.length ?? 0,
  };
}

/** A stored spec as a message. */
export function shownSpec({ document, revision }: Stored): Raw<StoredSpec> {
  return { document: encodeValue(document), revision: BigInt(revision) };
}

import { readDocuments } from '../../wire/yaml/documents.ts';
import { CompileError } from './language.ts';

/** The value of a text with one YAML document; null without any. */
export function parseYaml(code: string): unknown {
  const { documents, problems } = readDocuments(code, 'code');
  const [first] = problems;
  if (first !== undefined) {
    const { line, column } = first;
    const reason = first.message.replace(/^Cannot read "code": /, '');
    throw new CompileError(`it is not YAML: ${reason}`, { line, column });
  }
  const [document, second] = documents;
  if (second !== undefined) throw new CompileError('it has several documents: wanted one', second.at);
  return document === undefined ? null : document.value;
}

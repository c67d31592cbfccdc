import { Code } from '../core/code.ts';
import type { ProtoFile } from '../core/method.ts';
import type { ServerReflectionRequest, ServerReflectionResponse } from '../wire/gen/grpc/reflection/v1/reflection.ts';
import { type Catalog, withImports } from './catalog.ts';

export type ReflectionQuestion = NonNullable<ServerReflectionRequest['messageRequest']>;
export type ReflectionAnswer = NonNullable<ServerReflectionResponse['messageResponse']>;

/** Files that a stream has sent already. Weak: a stream may outlive many services. */
export type SentFiles = WeakSet<ProtoFile>;

/** Answers one question. What is not there is an error inside the answer: the stream goes on. */
export function answer(catalog: Catalog, question: ReflectionQuestion | undefined, sent: SentFiles): ReflectionAnswer {
  switch (question?.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: catalog.services.map((name) => ({ name })) } };
    case 'fileByFilename':
      return fileAnswer(catalog, catalog.files.get(question.value), `file "${brief(question.value)}"`, sent);
    case 'fileContainingSymbol':
      return fileAnswer(catalog, catalog.symbols.get(question.value), `symbol "${brief(question.value)}"`, sent);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value;
      const file = catalog.extensions.get(containingType)?.get(extensionNumber);
      return fileAnswer(catalog, file, `extension ${extensionNumber} of "${brief(containingType)}"`, sent);
    }
    case 'allExtensionNumbersOfType': {
      const numbers = catalog.extensions.get(question.value);
      if (numbers === undefined) return notFound(`message "${brief(question.value)}"`);
      const value = { baseTypeName: question.value, extensionNumber: [...numbers.keys()] };
      return { case: 'allExtensionNumbersResponse', value };
    }
    default:
      return failure(Code.UNIMPLEMENTED, 'The request asks for nothing that is known here');
  }
}

function fileAnswer(catalog: Catalog, file: ProtoFile | undefined, what: string, sent: SentFiles): ReflectionAnswer {
  if (file === undefined) return notFound(what);
  // The file that was asked for comes always and first, as in other languages; its imports once a stream.
  const files = withImports(catalog, file).filter((one) => one === file || !sent.has(one));
  for (const one of files) sent.add(one);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: files.map(({ bytes }) => bytes) } };
}

function notFound(what: string): ReflectionAnswer {
  return failure(Code.NOT_FOUND, `Cannot find ${what}`);
}

function failure(errorCode: Code, errorMessage: string): ReflectionAnswer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

function brief(name: string): string {
  return name.slice(0, 128);
}

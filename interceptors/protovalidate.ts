import { create, createFileRegistry, type DescMessage, fromBinary, hasOption, toBinary } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import {
  createValidator,
  type Violation as RuleViolation,
  type Validator,
  violationsToProto,
} from '@bufbuild/protovalidate';
import {
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
  file_buf_validate_validate as rulesFile,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import {
  type Call,
  Code,
  type Codec,
  checkOptions,
  type Detail,
  type Interceptor,
  type Method,
  only,
  type Service,
  StatusError,
} from 'flowrpc';
import { firstViolations, requestRefusal, responseRefusal, type Violation } from './validation/validation-refusal.ts';

export interface ProtovalidateOptions {
  /** Whose messages are checked. Their descriptors must be known, as they are for generated and loaded services. */
  services: readonly Service[];
  /** Check responses too. Default false. */
  responses?: boolean;
  /** How many violations the caller is told of; 2 KiB of them at most. Default 16. */
  maxViolations?: number;
  /** Stop at the first violation. Default false. */
  failFast?: boolean;
}

type Check = (message: unknown) => readonly RuleViolation[];

/**
 * Checks messages by the rules in their proto files (protovalidate, `buf.validate`), each message of a stream too. A request that
 * breaks them ends the call with INVALID_ARGUMENT, `google.rpc.BadRequest` and `buf.validate.Violations`: on a server before the
 * handler sees it, on a client before it is sent. A response that does is INTERNAL. Methods whose messages have no rules cost
 * nothing. Rules that cannot be compiled are an error here, at the start.
 */
export function protovalidate({
  services,
  responses = false,
  maxViolations = 16,
  failFast = false,
  ...rest
}: ProtovalidateOptions): Interceptor {
  checkOptions('protovalidate', rest, ['services', 'responses', 'maxViolations', 'failFast']);
  if (!Array.isArray(services) || services.length === 0)
    throw new TypeError('Cannot validate without services: wanted a list of one or more');
  if (!(Number.isInteger(maxViolations) && maxViolations > 0))
    throw new RangeError(`Cannot use maxViolations ${String(maxViolations)} of protovalidate: wanted 1 or more`);
  const checks = checksOf(services, responses, failFast);
  return only(
    ({ path }) => checks.has(path),
    async function protovalidate(call, next) {
      const { request, response } = checks.get(call.method.path) ?? {};
      let checked = call;
      if (request !== undefined) checked = checked.mapRequests(checkRequest(call, request, maxViolations));
      if (response !== undefined) checked = checked.mapResponses(checkResponse(call, response, maxViolations));
      return next(checked);
    },
  );
}

function checkRequest({ method }: Call, check: Check, maxViolations: number): (message: unknown) => unknown {
  return (message) => {
    const broken = check(message);
    if (broken.length === 0) return message;
    const told = firstViolations(broken, maxViolations, violationOf);
    throw requestRefusal(method, told, packed(broken.slice(0, maxViolations)));
  };
}

function checkResponse({ method, side }: Call, check: Check, maxViolations: number): (message: unknown) => unknown {
  return (message) => {
    const broken = check(message);
    if (broken.length === 0) return message;
    throw responseRefusal(method, side, firstViolations(broken, maxViolations, violationOf));
  };
}

function checksOf(
  services: readonly Service[],
  responses: boolean,
  failFast: boolean,
): ReadonlyMap<string, { request?: Check; response?: Check }> {
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: filesOf(services) }));
  const validator = createValidator({ registry, failFast });
  const checks = new Map<string, { request?: Check; response?: Check }>();
  for (const service of services) {
    const types = registry.getService(service.name);
    for (const method of Object.values(service.methods) as readonly Method[]) {
      const type = types?.methods.find(({ name }) => name === method.name);
      if (type === undefined)
        throw new TypeError(`Cannot validate ${method.path}: its service has no descriptors, generate or load it`);
      const request = checkOf(validator, type.input, method.request);
      const response = responses ? checkOf(validator, type.output, method.response) : undefined;
      if (request !== undefined || response !== undefined) checks.set(method.path, { request, response });
    }
  }
  return checks;
}

/** Undefined for a type without rules. The library has its own messages: ours reach it as bytes. */
function checkOf(validator: Validator, type: DescMessage, codec: Codec<unknown>): Check | undefined {
  if (!hasRules(type)) return undefined;
  const { error } = validator.validate(type, create(type));
  if (error?.name === 'CompilationError')
    throw new TypeError(`Cannot validate ${type.typeName}: ${error.message}`, { cause: error });
  return (message) => {
    const result = validator.validate(type, fromBinary(type, codec.encode(message)));
    // The rule failed, not the message: what it says stays here.
    if (result.kind === 'error')
      throw new StatusError(Code.INTERNAL, `The rules of ${type.typeName} failed`, { cause: result.error });
    return result.violations ?? [];
  };
}

function hasRules(type: DescMessage, seen = new Set<DescMessage>()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  if (hasOption(type, messageRules) || type.oneofs.some((oneof) => hasOption(oneof, oneofRules))) return true;
  return type.fields.some(
    (field) => hasOption(field, fieldRules) || (field.message !== undefined && hasRules(field.message, seen)),
  );
}

/** The files of all services, imports first; those of the rules themselves as the library knows them. */
function filesOf(services: readonly Service[]): FileDescriptorProto[] {
  const given = new Map(services.flatMap(({ files }) => files.map((file) => [file.name, file.bytes] as const)));
  for (const { files } of services) {
    for (const { name, bytes } of files) {
      if (name !== rulesFile.proto.name && !Buffer.from(given.get(name)!).equals(bytes))
        throw new TypeError(
          `Cannot validate by two versions of file ${JSON.stringify(name)}: wanted services of one build`,
        );
    }
  }
  const sorted = new Map<string, FileDescriptorProto>();
  const add = (name: string): void => {
    if (sorted.has(name)) return;
    const bytes = given.get(name);
    const own = libraryFiles.get(name);
    const file = own ?? (bytes === undefined ? undefined : fromBinary(FileDescriptorProtoSchema, bytes));
    if (file === undefined)
      throw new TypeError(`Cannot validate: file ${JSON.stringify(name)} is imported but not there`);
    for (const imported of file.dependency) add(imported);
    sorted.set(name, file);
  };
  for (const name of given.keys()) add(name);
  return [...sorted.values()];
}

const libraryFiles: ReadonlyMap<string, FileDescriptorProto> = new Map(
  [rulesFile, ...rulesFile.dependencies].map(({ proto }) => [proto.name, proto]),
);

function violationOf({ field, message, ruleId }: RuleViolation): Violation {
  const reason = ruleId.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return { field: pathToString(field), description: message, reason };
}

/** At most as many bytes as the details beside it, so that both fit into a trailer. */
function packed(violations: readonly RuleViolation[], maxBytes = 1_536): readonly Detail[] {
  for (let count = violations.length; count > 0; count -= 1) {
    const [message, type] = violationsToProto(violations.slice(0, count));
    const value = toBinary(type, message);
    if (value.byteLength <= maxBytes) return [{ typeUrl: `type.googleapis.com/${type.typeName}`, value }];
  }
  return [];
}

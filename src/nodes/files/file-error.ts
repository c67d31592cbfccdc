import { Code, type ErrorCode } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

const answers: Readonly<Record<string, readonly [code: ErrorCode, text: string]>> = {
  ENOENT: [Code.NOT_FOUND, 'there is no such file'],
  ENOTDIR: [Code.NOT_FOUND, 'a part of the path is no folder'],
  EEXIST: [Code.ALREADY_EXISTS, 'it is there already'],
  EISDIR: [Code.FAILED_PRECONDITION, 'it is a folder'],
  ELOOP: [Code.PERMISSION_DENIED, 'it is a link'],
  EACCES: [Code.PERMISSION_DENIED, 'the system does not allow it'],
  EPERM: [Code.PERMISSION_DENIED, 'the system does not allow it'],
  EROFS: [Code.PERMISSION_DENIED, 'it can only be read'],
  ENOSPC: [Code.RESOURCE_EXHAUSTED, 'there is no space left'],
  EDQUOT: [Code.RESOURCE_EXHAUSTED, 'there is no space left'],
  EMFILE: [Code.RESOURCE_EXHAUSTED, 'too many files are open'],
  ENFILE: [Code.RESOURCE_EXHAUSTED, 'too many files are open'],
  ENAMETOOLONG: [Code.INVALID_ARGUMENT, 'its name is too long'],
  ENOTEMPTY: [Code.FAILED_PRECONDITION, 'it is not empty'],
};

/** What the system said of a file, as a status that names the path as it was given. */
export function asFileError(action: string, path: string, error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const errno = (error as { code?: unknown } | undefined)?.code;
  const [code, text] = answers[String(errno)] ?? [Code.UNAVAILABLE, String(errno ?? (error as Error).message)];
  return new StatusError(code, `Cannot ${action} ${JSON.stringify(path)}: ${text}`, { cause: error });
}

/** The error of a path that something else than a plain file has. */
export function noFile(action: string, path: unknown): StatusError {
  return new StatusError(Code.FAILED_PRECONDITION, `Cannot ${action} ${JSON.stringify(path)}: it is no file`);
}

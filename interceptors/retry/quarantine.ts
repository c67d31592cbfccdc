import { type Call, Code, errorInfo, maxLosses, type Status, statusFrom } from 'flowrpc';

/** The end of a call that servers seem to die of: no code that anybody would repeat it for. */
export function quarantined({ method, metadata }: Call, keyHeader: string | false, last: Status): Status {
  const key = keyHeader === false ? undefined : metadata.get(keyHeader);
  return statusFrom(
    Code.FAILED_PRECONDITION,
    `${method.path} is sent no more: the connection was lost under it ${maxLosses} times, and it may be what servers die of`,
    {
      details: [
        errorInfo({
          reason: 'QUARANTINED',
          domain: 'flowrpc',
          metadata: { method: method.path, ...(typeof key === 'string' && { idempotencyKey: key }) },
        }),
      ],
      cause: last,
    },
  );
}

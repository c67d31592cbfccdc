import { Code, codeByName } from '../core/code.ts';
import type { FrameFilter, NodeFrame } from '../wire/gen/flowrpc/v1/debug.ts';
import type { Timestamp } from '../wire/gen/google/protobuf/timestamp.ts';
import type { Status } from '../wire/gen/google/rpc/status.ts';
import { encodeValue } from '../wire/value.ts';
import type { Raw } from './control-service.ts';
import type { Frame } from './frame.ts';
import { whether } from './select.ts';

/** A frame as Control sends it. */
export function rawFrame(frame: Frame): Raw<NodeFrame> {
  const { id, process, node, inPort = '', outPort = '', packet, source = '', payload, bytes, at, endedAt } = frame;
  return {
    id: id === 0 ? '' : String(id),
    process,
    node,
    inPort,
    outPort,
    packet,
    source,
    payload: encodeValue(payload),
    bytes: BigInt(bytes),
    startTime: timestampOf(at),
    ...(endedAt !== undefined && { endTime: timestampOf(endedAt) }),
    ...outcomeOf(frame),
  };
}

/** Which frames a filter means. INVALID_ARGUMENT for a condition that is none. */
export function frameFilter(filter: Partial<FrameFilter> | undefined): (frame: Frame) => boolean {
  const { process = '', node = '', port = '', where = '' } = filter ?? {};
  const holds = whether<Frame>(where);
  return (frame) =>
    (process === '' || frame.process === process) &&
    (node === '' || frame.node === node || frame.node.endsWith(`.${node.replaceAll('-', '_')}`)) &&
    (port === '' || portOf(frame) === port) &&
    holds(frame);
}

/** An error as a message. */
export function rawStatus({ code, message }: { code: string; message: string }): Raw<Status> {
  return { code: codeByName(code) ?? Code.UNKNOWN, message, details: [] };
}

function outcomeOf({ state, reply, error }: Frame): Pick<Raw<NodeFrame>, 'outcome'> {
  switch (state) {
    case 'open':
      return {};
    case 'none':
      return { outcome: { case: 'none', value: true } };
    case 'failed':
      return { outcome: { case: 'error', value: rawStatus(error ?? { code: 'UNKNOWN', message: '' }) } };
    case 'replied':
      return { outcome: { case: 'reply', value: encodeValue(reply) } };
  }
}

/** Where the packet of the frame is: the port it came by, or the one it left by. */
function portOf({ inPort, outPort }: Frame): string | undefined {
  return outPort ?? inPort;
}

/** Epoch milliseconds as a message. */
export function timestampOf(ms: number): Timestamp {
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
}

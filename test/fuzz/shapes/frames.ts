import { gzipSync } from 'node:zlib';
import { edgeBytes, type Material, type Mutation } from '../mutation.ts';

/** A piece of a stream that says how long it is: what stands around the length, and the content. */
interface Frame {
  readonly head: Buffer;
  readonly content: Buffer;
}

/** How frames of a kind are told apart: how long their head is, and where in it the length stands. */
interface Format {
  readonly head: number;
  readonly lengthAt: number;
  readonly lengthBytes: number;
}

const messageFormat: Format = { head: 5, lengthAt: 1, lengthBytes: 4 };
const http2Format: Format = { head: 9, lengthAt: 0, lengthBytes: 3 };

function framed(format: Format, skip: number): readonly Mutation[] {
  return changes.map(
    (change): Mutation =>
      (input, material) => {
        const { frames, rest } = framesOf(input.subarray(skip), format);
        if (frames.length === 0) frames.push({ head: Buffer.alloc(format.head), content: material.word() });
        const others = framesOf(material.other().subarray(skip), format).frames;
        change(frames, material.dice.below(frames.length), others, material, format);
        const pieces = frames.map(({ head, content }) => Buffer.concat([sized(head, content.length, format), content]));
        return Buffer.concat([input.subarray(0, skip), ...pieces, rest]);
      },
  );
}

type Change = (frames: Frame[], at: number, others: readonly Frame[], material: Material, format: Format) => void;

const changes: readonly Change[] = [
  (frames, at) => frames.splice(at, 1),
  (frames, at, _, { dice }) => frames.splice(dice.below(frames.length + 1), 0, frames[at]!),
  (frames, at, others, { dice }) => others.length > 0 && frames.splice(at, dice.below(2), dice.pick(others)),
  (frames, at, _, { word }) => frames.splice(at, 1, { ...frames[at]!, content: word() }),
  (frames, at, _, { word }) =>
    frames.splice(at, 1, { ...frames[at]!, content: Buffer.concat([word(), frames[at]!.content]) }),
  (frames, at, _, { dice }) => {
    const content = Buffer.from(frames[at]!.content);
    if (content.length > 0) content[dice.below(content.length)] = dice.pick(edgeBytes);
    frames.splice(at, 1, { ...frames[at]!, content });
  },
  // Flags, kinds and streams: whatever stands around the length.
  (frames, at, _, { dice }, { head: size, lengthAt, lengthBytes }) => {
    const head = Buffer.from(frames[at]!.head);
    const free = [...head.keys()].filter((n) => n < lengthAt || n >= lengthAt + lengthBytes);
    head[dice.pick(free)] = dice.chance(0.7) ? dice.below(12) : dice.below(256);
    frames.splice(at, 1, { head: head.subarray(0, size), content: frames[at]!.content });
  },
  (frames, at) => frames.splice(at, 1, { ...frames[at]!, content: gzipSync(frames[at]!.content) }),
];

/** Changes to the messages of a gRPC stream; the lengths in their prefixes stay right. The first bytes may be none of it. */
export const messages = ({ skip = 0 } = {}): readonly Mutation[] => framed(messageFormat, skip);

/** Changes to frames of HTTP/2; the lengths in their heads stay right. */
export const http2Frames: readonly Mutation[] = framed(http2Format, 0);

function sized(head: Buffer, length: number, { lengthAt, lengthBytes }: Format): Buffer {
  const copy = Buffer.from(head);
  copy.writeUIntBE(Math.min(length, 256 ** lengthBytes - 1), lengthAt, lengthBytes);
  return copy;
}

/** As many as are whole, and what is left behind them. */
function framesOf(bytes: Buffer, { head, lengthAt, lengthBytes }: Format): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  while (at + head <= bytes.length) {
    const end = at + head + bytes.readUIntBE(at + lengthAt, lengthBytes);
    if (end > bytes.length) break;
    frames.push({ head: bytes.subarray(at, at + head), content: bytes.subarray(at + head, end) });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}

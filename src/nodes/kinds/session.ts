import { Code } from '../../core/code.ts';
import { remaining } from '../../core/deadline.ts';
import { StatusError } from '../../core/status-error.ts';
import { Branch } from '../branch.ts';
import { copyValue } from '../copy-value.ts';
import { defineKind } from '../kind.ts';
import { mergeReplies } from '../merge-replies.ts';
import type { Fork, NodeContext } from '../node-context.ts';
import { cancelled, onCancel } from '../on-cancel.ts';
import { sendError } from '../outlet.ts';
import { none, type Reply } from '../reply.ts';
import { Ended, orRunEnded } from '../run-ended.ts';
import { fieldsOf } from '../schema.ts';

/** A process that lives, and what it brought. */
interface Session {
  value: unknown;
  /** Of the packet that came first. */
  readonly context: NodeContext;
}

const maxSessions = 10_000;

/**
 * Keeps what a process brings to `io` for as long as it lives. What comes to `in` goes to each of them: a child of every such process sends
 * `[value, input]` to `out`. Sessions are those of this runtime.
 */
export const sessionKind = defineKind({
  kind: 'session',
  spec: fieldsOf({}),
  fields: [],
  inputs: ['io', 'in'],
  perProcess: true,
  setup() {
    const sessions = new Map<string, Session>();
    const open = (value: unknown, context: NodeContext): Reply | Promise<Reply> => {
      const { process } = context;
      const known = sessions.get(process.id);
      if (known !== undefined) {
        known.value = copyValue(value);
        return none;
      }
      if (sessions.size >= maxSessions)
        return sendError(context, new StatusError(Code.RESOURCE_EXHAUSTED, `${maxSessions} sessions are open already`));
      sessions.set(process.id, { value: copyValue(value), context });
      process.onExit(() => void sessions.delete(process.id));
      return none;
    };
    const tell = async (input: unknown, context: NodeContext): Promise<Reply> => {
      const forks = [...sessions.values()].map((session) => toldBy(session, input, context));
      const replies = await orRunEnded(context, Promise.all(forks.map(({ done }) => done)));
      return replies instanceof Ended ? replies.reason : mergeReplies(replies);
    };
    return {
      process: ({ payload }, context) => (context.port === 'io' ? open(payload, context) : tell(payload, context)),
    };
  },
});

/** The child of a session's process ends with it, and with the process that the input belongs to. */
function toldBy({ value, context: session }: Session, input: unknown, context: NodeContext): Pick<Fork, 'done'> {
  const leftMs = remaining(context.deadline);
  const options = leftMs === Number.POSITIVE_INFINITY ? {} : { timeoutMs: leftMs };
  try {
    return session.process.fork((child) => send(child, copyValue([value, input]), context), options);
  } catch (thrown) {
    return { done: Promise.resolve(thrown) };
  }
}

async function send(child: NodeContext, payload: unknown, context: NodeContext): Promise<Reply> {
  const reason = cancelled(context);
  if (reason !== undefined) return reason;
  const branch = new Branch(child);
  const off = onCancel(context, ({ statusMessage }) => branch.cancel(statusMessage));
  try {
    return await branch.send('out', payload, payload);
  } finally {
    off();
    branch.close();
  }
}

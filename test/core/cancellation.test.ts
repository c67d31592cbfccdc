import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CancelReason } from '../../src/core/cancel-reason.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { Code } from '../../src/core/code.ts';
import { pause } from '../suites/gate.ts';

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('Cancellation', () => {
  test('costs no timer until somebody listens, and none after close()', () => {
    const before = timers();
    const cancellation = new Cancellation({ deadline: Date.now() + 10_000 });
    const idle = timers();
    cancellation.on(() => {});
    const armed = timers();
    cancellation.close();

    expect([idle - before, armed - before, timers() - before]).toEqual([0, 1, 0]);
  });

  test('a passed deadline is seen without a listener', () => {
    const cancellation = new Cancellation({ deadline: Date.now() - 1 });

    expect(cancellation.reason).toMatchObject({ kind: 'deadline', code: Code.DEADLINE_EXCEEDED });
    expect(cancellation.signal.aborted).toBe(true);
    expect(cancellation.signal.reason).toBe(cancellation.reason);
  });

  test('the deadline is the nearer of its own and the parent’s, whose timer serves both', () => {
    const parent = new Cancellation({ deadline: Date.now() + 5_000 });
    const child = new Cancellation({ deadline: Date.now() + 9_000, parent });
    const before = timers();

    child.on(() => {});

    expect(child.deadline).toBe(parent.deadline);
    expect(timers() - before).toBe(1);
    child.close();
    parent.close();
    expect(timers()).toBe(before);
  });

  test('a child that outlives its parent keeps the deadline, nothing else', async () => {
    const parent = new Cancellation({ deadline: Date.now() + 30 });
    const child = new Cancellation({ parent });
    const reasons: CancelReason[] = [];
    child.on((reason) => reasons.push(reason));

    parent.close();
    parent.cancel(new CancelReason('client-gone'));
    const early = reasons.length;
    await pause(60);

    expect(early).toBe(0);
    expect(reasons).toMatchObject([{ kind: 'deadline' }]);
  });

  test('a child of a parent that is over already has its deadline too', async () => {
    const parent = new Cancellation({ deadline: Date.now() + 20 });
    parent.close();
    const child = new Cancellation({ parent });

    const reason = await new Promise<CancelReason>((resolve) => {
      child.on(resolve);
    });

    expect(reason.kind).toBe('deadline');
  });

  test('a cancelled parent cancels with reason parent, its own as cause and code', () => {
    const parent = new Cancellation();
    const child = new Cancellation({ parent });
    const grandchild = new Cancellation({ parent: child });
    const { signal } = grandchild;
    const shutdown = new CancelReason('shutdown');

    parent.cancel(shutdown);

    expect(child.reason).toMatchObject({ kind: 'parent', code: Code.UNAVAILABLE, cause: shutdown });
    expect(signal.reason).toMatchObject({ kind: 'parent', code: Code.UNAVAILABLE });
  });

  test('the first reason stays, and is told once to each listener', () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const off = (): void => void told.push('off');
    cancellation.on(off);
    cancellation.on(({ kind }) => told.push(kind));
    cancellation.off(off);

    cancellation.cancel(new CancelReason('limit'));
    cancellation.cancel(new CancelReason('shutdown'));
    cancellation.on(({ kind }) => told.push(`late ${kind}`));

    expect(told).toEqual(['limit', 'late limit']);
    expect(cancellation.signal.reason).toMatchObject({ kind: 'limit' });
  });

  test('after close() nothing cancels any more', () => {
    const controller = new AbortController();
    const cancellation = new Cancellation({ signal: controller.signal, deadline: Date.now() - 1 });
    cancellation.close();

    controller.abort();
    cancellation.cancel(new CancelReason('cancelled'));

    expect(cancellation.reason).toBeUndefined();
    expect(cancellation.signal.aborted).toBe(false);
  });

  test('a signal gives its reason as cause, or as it is when it is one of ours', () => {
    const why = new Error('why');
    const ours = new CancelReason('consumer-stopped');

    expect(new Cancellation({ signal: AbortSignal.abort(why) }).reason).toMatchObject({
      kind: 'cancelled',
      cause: why,
    });
    expect(new Cancellation({ signal: AbortSignal.abort(ours) }).reason).toBe(ours);
  });

  test('a deadline beyond what timers take is waited for in parts', () => {
    const cancellation = new Cancellation({ deadline: Date.now() + 2 ** 40 });
    cancellation.on(() => {});

    expect(cancellation.reason).toBeUndefined();
    cancellation.close();
  });

  test('suspend() stops the clock of a deadline and of those derived from it, and moves them by that time', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const deadline = Date.now() + 40;
    const root = new Cancellation({ deadline });
    const listening = new Cancellation({ parent: root });
    const silent = new Cancellation({ parent: root, deadline: deadline - 5 });
    const other = new Cancellation({ deadline });
    const reasons: string[] = [];
    listening.on(({ kind }) => reasons.push(kind));

    const release = root.suspend();
    const again = root.suspend();
    vi.advanceTimersByTime(80);
    const whileHeld = [root.reason, listening.reason, silent.reason, other.reason?.kind];
    release();
    release();
    expect([root.deadline, ...whileHeld]).toEqual([deadline, undefined, undefined, undefined, 'deadline']);

    again();
    expect([root.deadline, listening.deadline]).toEqual([deadline + 80, deadline + 80]);
    vi.advanceTimersByTime(34);
    expect([silent.reason, ...reasons]).toEqual([undefined]);
    vi.advanceTimersByTime(6);
    expect(reasons).toEqual(['deadline']);
    expect(silent.reason).toMatchObject({ kind: 'deadline' });
    root.close();
  });

  test('one that was made after suspend() moves only by what the clock stands from then on', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const deadline = Date.now() + 1_000;
    const root = new Cancellation({ deadline });
    const stand = (ms: number): void => {
      const release = root.suspend();
      vi.advanceTimersByTime(ms);
      release();
    };

    stand(50);
    const late = new Cancellation({ parent: root });
    late.on(() => {});
    stand(30);

    expect([root.deadline, late.deadline]).toEqual([deadline + 80, deadline + 80]);
    late.close();
    root.close();
  });

  test('suspend() holds nothing up once its call has ended, and leaves no timer', () => {
    const before = timers();
    const root = new Cancellation({ deadline: Date.now() + 10 });
    root.on(() => {});
    const release = root.suspend();
    root.close();
    release();

    expect(timers()).toBe(before);
  });
});

import { Code, connect, createServer, type StatusError } from 'flowrpc';
import { createKinds, defineKind, type NodeInstance, none, oneToOne, source } from 'flowrpc/nodes';
import { createRuntime } from 'flowrpc/runtime';
import { health, reflection, reflectionClient } from 'flowrpc/services';
import { memoryStore } from 'flowrpc/stores';
import { describe, expect, test } from 'vitest';
import { openings, outTo, poll, runRuntime, statuses } from './run-runtime.ts';

describe.each(openings)('a runtime over %s', (_, open) => {
  test('load() runs every spec that can run; one without kind or a field of its kind says so and runs not (#2)', async () => {
    const { runtime, specs } = await runRuntime(open);
    await specs.put({ kind: 'say', name: 'good', text: 'hello' });
    await specs.put({ name: 'kindless' });
    await specs.put({ kind: 'say', name: 'textless' });

    const nodes = await runtime.load();

    expect(await runtime.call('good', null)).toBe('hello');
    expect(nodes.map(({ name, status }) => [name, status])).toEqual(
      expect.arrayContaining([
        ['good', 'active'],
        ['textless', 'inactive'],
      ]),
    );
    const messages = runtime.problems.map(({ message }) => message);
    expect(messages.find((message) => message.includes('"kindless"'))).toContain('kind');
    expect(messages.find((message) => message.includes('"textless"'))).toContain('"text"');
  });

  test('a spec of an unknown kind is inactive and keeps what leads to it inactive, nothing else (#4)', async () => {
    const { runtime, specs } = await runRuntime(open);
    await specs.put({ kind: 'nobody', name: 'strange' });
    await specs.put({ kind: 'pass', name: 'before', ...outTo('strange') });
    await specs.put({ kind: 'say', name: 'beside', text: 'x' });

    await runtime.load();

    const all = statuses(runtime);
    expect(all['default.beside']).toBe('active');
    expect(all['default.strange']).toContain('unknown kind "nobody"');
    expect(all['default.before']).toContain('strange');
  });

  test('an edge may lead to a name or to an id (#5)', async () => {
    const { runtime, specs } = await runRuntime(open);
    const { document: leaf } = await specs.put({ kind: 'say', name: 'leaf', text: 'leaf' });
    await specs.put({ kind: 'pass', name: 'by-name', ...outTo('leaf') });
    await specs.put({ kind: 'pass', name: 'by-id', ports: { out: [{ id: leaf.id, port: 'in' }] } });

    await runtime.load();

    expect(await runtime.call('by-name', 1)).toBe('leaf');
    expect(await runtime.call('by-id', 1)).toBe('leaf');
  });

  test('a spec whose edge leads to a missing node waits, and links as soon as that node appears (#56, #57)', async () => {
    const { runtime, specs, journal } = await runRuntime(open);
    await specs.put({ kind: 'pass', name: 'first', ...outTo('second') });
    await specs.put({ kind: 'pass', name: 'second', ...outTo('third') });
    await runtime.load();
    await runtime.watch();

    expect(statuses(runtime)['default.first']).toContain('third');
    expect(journal).toEqual([]);
    await expect(runtime.call('first', 1)).rejects.toThrow('first');
    await specs.put({ kind: 'say', name: 'third', text: 'at last' });

    await expect.poll(() => statuses(runtime)['default.first'], poll).toBe('active');
    expect(await runtime.call('first', 1)).toBe('at last');
    expect(journal).toEqual(['setup third', 'setup second', 'setup first']);
  });

  test('an edge to a port that its target does not have is in the status (#58)', async () => {
    const { runtime, specs } = await runRuntime(open);
    await specs.put({ kind: 'say', name: 'leaf', text: 'x' });
    await specs.put({ kind: 'pass', name: 'first', ports: { out: [{ name: 'leaf', port: 'inn' }] } });

    await runtime.load();

    expect(statuses(runtime)['default.first']).toContain('"inn"');
  });

  test('a cycle of three runs when its last member arrives, and stops when one goes (#59)', async () => {
    const { runtime, specs, journal } = await runRuntime(open);
    await runtime.load();
    await runtime.watch();
    await specs.put({ kind: 'pass', name: 'a', ...outTo('b') });
    await specs.put({ kind: 'pass', name: 'b', ...outTo('c') });
    await expect.poll(() => runtime.nodes.length, poll).toBe(2);
    expect(journal).toEqual([]);

    const { document: c } = await specs.put({ kind: 'pass', name: 'c', ports: { error: [{ name: 'a', port: 'in' }] } });

    await expect.poll(() => runtime.nodes.map(({ status }) => status), poll).toEqual(['active', 'active', 'active']);
    await specs.delete(c.id);
    await expect.poll(() => runtime.nodes.map(({ status }) => status), poll).toEqual(['inactive', 'inactive']);
    await expect.poll(() => journal.filter((line) => line.startsWith('close')).length, poll).toBe(3);
  });

  test('hooks see each node come and go once, downstream first and in reverse (#60)', async () => {
    const seen: string[] = [];
    const hook = {
      load: ({ name }: { name?: string }) => void seen.push(`load ${name}`),
      unload: ({ name }: { name?: string }) => void seen.push(`unload ${name}`),
    };
    const { runtime, specs } = await runRuntime(open, { hooks: [hook] });
    await specs.put({ kind: 'pass', name: 'a', ...outTo('b') });
    await specs.put({ kind: 'say', name: 'b', text: 'x' });

    await runtime.load();
    await runtime.load();
    await runtime.close();

    expect(seen).toEqual(['load b', 'load a', 'unload a', 'unload b']);
  });

  test('one namespace is served, and nodes of another one are never linked (#63)', async () => {
    const { runtime, specs } = await runRuntime(open, { namespace: 'shop' });
    await specs.put({ kind: 'pass', name: 'front', namespace: 'shop', ...outTo('back') });
    await specs.put({ kind: 'say', name: 'back', namespace: 'other', text: 'wrong' });

    await runtime.load();

    expect(Object.keys(statuses(runtime))).toEqual(['shop.front']);
    expect(statuses(runtime)['shop.front']).toContain('back');
    await expect(runtime.load({ namespace: 'other' })).rejects.toThrow('Cannot load namespace "other"');
  });

  test('while watching, putting, changing and deleting a spec changes the graph (#64)', async () => {
    const { runtime, specs, journal } = await runRuntime(open);
    await runtime.watch();

    const { document } = await specs.put({ kind: 'say', name: 'a', text: 'one' });
    await expect.poll(() => statuses(runtime)['default.a'], poll).toBe('active');
    expect(await runtime.call('a', 1)).toBe('one');
    await specs.put({ ...document, text: 'two' });
    await expect.poll(() => runtime.call('a', 1), poll).toBe('two');
    await specs.put({ ...document, text: 'two', name: 'b' });
    await expect.poll(() => Object.keys(statuses(runtime)), poll).toEqual(['default.b']);
    await specs.put({ ...document, namespace: 'other' });
    await expect.poll(() => runtime.nodes.length, poll).toBe(0);
    await expect.poll(() => journal.filter((line) => line.startsWith('close')).length, poll).toBe(3);
  });

  test('load() with a filter touches what matches, gives it, and frees what is gone from the store (#65)', async () => {
    const { runtime, specs, journal } = await runRuntime(open);
    const put = (name: string, tier: string, text = name) =>
      specs.put({ kind: 'say', name, text, annotations: { tier } });
    const { document: a } = await put('a', 'front');
    const { document: b } = await put('b', 'front');
    const { document: c } = await put('c', 'back');

    const front = await runtime.load({ labels: { tier: 'front' } });

    expect(front.map(({ name }) => name).toSorted()).toEqual(['a', 'b']);
    expect(runtime.nodes).toHaveLength(2);
    await runtime.load({ name: 'c' });
    await specs.delete(a.id);
    await specs.delete(c.id);
    await specs.put({ ...b, text: 'changed' });
    expect((await runtime.load({ labels: { tier: 'front' } })).map(({ name }) => name)).toEqual(['b']);
    expect(Object.keys(statuses(runtime)).toSorted()).toEqual(['default.b', 'default.c']);
    expect(await runtime.call('b', 1)).toBe('changed');
    await runtime.load();
    expect(Object.keys(statuses(runtime))).toEqual(['default.b']);
    await expect
      .poll(() => journal.filter((line) => line.startsWith('close')).toSorted())
      .toEqual(['close a', 'close b', 'close c']);
  });

  test('load() of what has not changed keeps instances (#68)', async () => {
    const { runtime, specs, journal } = await runRuntime(open);
    const { document } = await specs.put({ kind: 'say', name: 'a', text: 'x' });
    await specs.put({ kind: 'say', name: 'b', text: 'x' });
    await runtime.load();
    const instance = (name: string): NodeInstance | undefined =>
      runtime.nodes.find((node) => node.name === name)?.instance;
    const [a, b] = [instance('a'), instance('b')];

    await specs.put(document);
    await specs.put({ ...document, annotations: { note: 'only a note' } });
    await runtime.load();
    await runtime.load({ name: 'a' });

    expect(instance('a')).toBe(a);
    expect(instance('b')).toBe(b);
    expect(journal).toEqual(['setup a', 'setup b']);
  });

  test('a value that is put, changed or deleted reloads the nodes bound to it and no others (#67, #9)', async () => {
    const { runtime, specs, values, journal } = await runRuntime(open);
    const bound = (name: string, value: string) =>
      specs.put({ kind: 'say', name, text: 'pw {{ .PW }}', env: { PW: { name: value, data: '{{ .password }}' } } });
    await bound('a', 'one');
    await bound('b', 'two');
    await values.put({ name: 'two', data: { password: 'zwei' } });
    await specs.put({ kind: 'say', name: 'free', text: 'free' });
    await runtime.load();
    await runtime.watch();
    expect(statuses(runtime)['default.a']).toContain('"one"');

    const { document: one } = await values.put({ name: 'one', data: { password: 'eins' } });
    await expect.poll(() => runtime.call('a', 1).catch(() => undefined), poll).toBe('pw eins');
    await values.put({ ...one, data: { password: 'uno' } });
    await expect.poll(() => runtime.call('a', 1), poll).toBe('pw uno');
    await values.delete(one.id);
    await expect.poll(() => statuses(runtime)['default.a'], poll).toContain('"one"');

    expect(await runtime.call('b', 1)).toBe('pw zwei');
    await expect
      .poll(() => journal, poll)
      .toEqual(['setup b', 'setup free', 'setup a', 'setup a', 'close a', 'close a']);
  });

  test('a bad spec that comes while watching changes nothing that runs: log and status name it, with both revisions (#69, ST-09)', async () => {
    const { runtime, specs, logged, journal } = await runRuntime(open);
    const { document, revision } = await specs.put({ kind: 'say', name: 'a', text: 'good' });
    await runtime.load();
    await runtime.watch();

    const bad = await specs.put({ ...document, text: 5 });
    await expect.poll(() => runtime.nodes[0]?.refused, poll).toContain('text');
    expect(await runtime.call('a', 1)).toBe('good');
    expect(runtime.nodes[0]).toMatchObject({ status: 'active', revision, refusedRevision: bad.revision });
    expect(JSON.stringify(logged)).toMatch(/"a\\*"/);
    expect(runtime.problems.map(({ message }) => message).join()).toContain('"a"');
    const { kind: _, ...kindless } = document;
    await specs.put(kindless);
    await expect.poll(() => runtime.nodes[0]?.refused, poll).toContain('kind');
    expect(await runtime.call('a', 1)).toBe('good');
    await specs.put({ ...document, text: 'better' });
    await expect.poll(() => runtime.call('a', 1), poll).toBe('better');
    expect(runtime.nodes[0]?.refused).toBeUndefined();
    await expect.poll(() => journal, poll).toEqual(['setup a', 'setup a', 'close a']);
  });

  test('of a burst of changes the last state wins (ST-05)', async () => {
    const { runtime, specs } = await runRuntime(open);
    await runtime.watch();
    const { document } = await specs.put({ kind: 'say', name: 'a', text: '0' });
    for (let n = 1; n <= 300; n++) await specs.put({ ...document, text: String(n) });

    await expect.poll(() => runtime.call('a', 1).catch(() => undefined), poll).toBe('300');
  });
});

test('anonymous env entries read the environment and no value; of a list the last whose value is there counts (#10, #12)', async () => {
  const { runtime, specs, values } = await runRuntime(undefined, { environment: { PORT: '8000' } });
  await values.put({ name: 'PORT', data: { PORT: '1' } });
  await values.put({ name: 'first', data: { p: 'one' } });
  await specs.put({ kind: 'say', name: 'a', text: '{{ .PORT }}', env: { PORT: { data: '{{ .PORT }}' } } });
  const entries = ['first', 'second'].map((name) => ({ name, data: '{{ .p }}' }));
  await specs.put({ kind: 'say', name: 'b', text: '{{ .P }}', env: { P: entries } });
  await specs.put({ kind: 'say', name: 'c', text: '{{ .P }}', env: { P: [{ name: 'third', data: '{{ .p }}' }] } });
  await runtime.load();
  await runtime.watch();

  expect(await runtime.call('a', 1)).toBe('8000');
  expect(await runtime.call('b', 1)).toBe('one');
  expect(statuses(runtime)['default.c']).toContain('"third"');
  await values.put({ name: 'second', data: { p: 'two' } });
  await expect.poll(() => runtime.call('b', 1), poll).toBe('two');
});

test('call() gives the merged reply, throws an error reply, and none when nobody answers (#66)', async () => {
  const kinds = createKinds(
    defineKind({
      kind: 'fail',
      setup: () =>
        oneToOne(() => {
          throw new Error('it broke');
        }),
    }),
    defineKind({
      kind: 'send',
      setup: () => ({ process: async (packet, { send }) => (await send('out', packet)).reply }),
    }),
    defineKind({ kind: 'echo', setup: () => oneToOne((payload) => payload) }),
  );
  const { runtime, specs } = await runRuntime(undefined, { kinds });
  await specs.put({ kind: 'fail', name: 'fail' });
  await specs.put({ kind: 'echo', name: 'one' });
  await specs.put({ kind: 'echo', name: 'two' });
  await specs.put({ kind: 'send', name: 'lonely' });
  await specs.put({
    kind: 'send',
    name: 'both',
    ports: {
      out: [
        { name: 'one', port: 'in' },
        { name: 'two', port: 'in' },
      ],
    },
  });
  await runtime.load();

  expect(await runtime.call('both', 7)).toEqual([7, 7]);
  expect(await runtime.call('default.one', null, { port: 'in' })).toBe(null);
  expect(await runtime.call('lonely', 7)).toBe(none);
  await expect(runtime.call('fail', 7)).rejects.toThrow('it broke');
  await expect(runtime.call('tow', 7)).rejects.toThrow('did you mean "two"?');
});

test('nodes are services of the server as they come and go, for clients, reflection and health (#64, #55)', async () => {
  const state = health();
  const server = createServer().add(state).add(reflection());
  const { address } = await server.listen('127.0.0.1:0');
  const { runtime, specs } = await runRuntime(undefined, { server });
  await runtime.watch();
  await using channel = connect(address);
  const reflected = reflectionClient(channel);

  const { document } = await specs.put({ kind: 'say', name: 'a', text: 'hi' });
  await expect.poll(() => state.get('default.a'), poll).toBe('SERVING');
  const client = channel.client(await reflected.service('default.a'));
  expect(await client.in!({ kind: { case: 'nullValue', value: 0 } } as never)).toMatchObject({
    kind: { case: 'stringValue', value: 'hi' },
  });
  await specs.delete(document.id);
  await expect.poll(() => state.get('default.a'), poll).toBeUndefined();
  await server.close({ graceMs: 0 });
});

test('namespace "*" serves all namespaces, which never meet', async () => {
  const { runtime, specs } = await runRuntime(undefined, { namespace: '*' });
  await specs.put({ kind: 'say', name: 'a', namespace: 'one', text: 'one' });
  await specs.put({ kind: 'say', name: 'a', namespace: 'two', text: 'two' });
  await specs.put({ kind: 'pass', name: 'b', namespace: 'two', ...outTo('a') });

  await runtime.load();

  expect(await runtime.call('two.b', 1)).toBe('two');
  expect(await runtime.call('one.a', 1)).toBe('one');
});

test('listen() runs until close(), which stops watching, closes sources first and frees every node (#70)', async () => {
  const order: string[] = [];
  const kinds = createKinds(
    defineKind({
      kind: 'ticker',
      inputs: [],
      setup: () => ({
        ...source(async ({ emit, signal }) => {
          await emit('tick');
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          order.push('source stopped');
        }),
        close: () => void order.push('ticker closed'),
      }),
    }),
    defineKind({
      kind: 'work',
      setup: () => ({ ...oneToOne(() => 'done'), close: () => void order.push('worker closed') }),
    }),
  );
  const { runtime, specs } = await runRuntime(undefined, { kinds });
  await specs.put({ kind: 'ticker', name: 'ticker', ...outTo('work') });
  await specs.put({ kind: 'work', name: 'work' });
  const listening = runtime.listen().then(() => order.push('listened'));
  await expect.poll(() => statuses(runtime)['default.ticker'], poll).toBe('active');

  await runtime.close();
  await listening;

  expect(order).toEqual(['source stopped', 'ticker closed', 'worker closed', 'listened']);
  await specs.put({ kind: 'work', name: 'late' });
  await expect(runtime.load()).rejects.toThrow('closed');
  expect(await runtime.call('work', 1).catch((error: StatusError) => error.code)).toBe(Code.UNAVAILABLE);
  await runtime.close();
});

test('createRuntime() refuses options that nobody reads, and what is no namespace', async () => {
  await expect(createRuntime({ namespcae: 'x' } as never)).rejects.toThrow('did you mean "namespace"?');
  await expect(createRuntime({ allowPending: true } as never)).rejects.toThrow('"allowPending" of createRuntime');
  await expect(createRuntime({ namespace: 'grpc.x' })).rejects.toThrow(RangeError);
  await using runtime = await createRuntime({ specs: memoryStore() });
  expect(runtime.nodes).toEqual([]);
  await expect(runtime.load({ nmae: 'x' } as never)).rejects.toThrow('did you mean "name"?');
});

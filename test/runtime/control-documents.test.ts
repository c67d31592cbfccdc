import fc from 'fast-check';
import { Code } from 'flowrpc';
import { expect, test } from 'vitest';
import { controlled, plain, value } from './control-harness.ts';

const greet = { kind: 'snippet', name: 'greet', language: 'json', code: '"hello"' };

test('#111 ApplySpec makes a spec, replaces it by name, and says when it was the same', async () => {
  const { client } = await controlled();

  const made = await client.applySpec({ document: value(greet) });
  const same = await client.applySpec({ document: value(greet) });
  const changed = await client.applySpec({ document: value({ ...greet, code: '"hi"' }) });

  expect([made.change, same.change, changed.change]).toEqual(['CHANGE_CREATED', 'CHANGE_UNCHANGED', 'CHANGE_REPLACED']);
  expect([made.spec?.revision, same.spec?.revision, changed.spec?.revision]).toEqual([1n, 1n, 2n]);
  expect(plain(changed.spec?.document)).toEqual({
    ...greet,
    code: '"hi"',
    annotations: { 'flowrpc.v1/applied-by': 'control' },
    id: expect.any(String),
    namespace: 'default',
  });
  expect((await client.listSpecs({})).specs).toHaveLength(1);
});

test('#111 ApplySpec never touches another spec: namespaces, names and ids keep them apart', async () => {
  const { client } = await controlled();
  const put = (document: object) => client.applySpec({ document: value(document) });
  const [a, b] = [await put(greet), await put({ ...greet, namespace: 'shop' })];
  const id = (plain(a.spec?.document) as { id: string }).id;

  const moved = put({ ...greet, id, namespace: 'shop' });
  const taken = put({ ...greet, id: '0190a0a0-0000-7000-8000-000000000000' });

  await expect(moved).rejects.toMatchObject({
    code: Code.ALREADY_EXISTS,
    message: expect.stringContaining('"default"'),
  });
  await expect(taken).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
  expect((await client.listSpecs({})).specs).toEqual([a.spec, b.spec]);
});

test.each([
  ['neither id nor name', { kind: 'fork' }, 'neither id nor name'],
  ['no kind', { name: 'a' }, 'kind'],
  ['a reserved namespace', { kind: 'fork', name: 'a', namespace: 'grpc' }, 'grpc'],
  ['a list', [greet], 'is no mapping'],
  ['a text', 'greet', 'is no mapping'],
  ['an id that is none', { kind: 'fork', id: 'x', name: 'a' }, 'UUID'],
])('#111 ApplySpec refuses a spec with %s: INVALID_ARGUMENT, nothing stored', async (_, document, why) => {
  const { client } = await controlled();

  const applied = client.applySpec({ document: value(document) });

  await expect(applied).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT, message: expect.stringContaining(why) });
  expect((await client.listSpecs({})).specs).toEqual([]);
});

test('ApplySpec takes a spec that cannot run, and its node says why down to the missing name', async () => {
  const { client } = await controlled();
  await client.applySpec({ document: value({ kind: 'fork', name: 'a', ports: { out: [{ name: 'b', port: 'in' }] } }) });
  await client.applySpec({
    document: value({ ...greet, name: 'b', code: '{{ .TEXT }}', env: { TEXT: { name: 'text' } } }),
  });

  await expect
    .poll(async () => (await client.listNodes({ name: 'a' })).nodes[0]?.reason, { timeout: 10_000 })
    .toContain('"text"');
});

test('if_revision: changes only what is at that revision, else ABORTED with the revision it is at', async () => {
  const { client } = await controlled();
  await client.applySpec({ document: value(greet), ifRevision: 0n });

  const again = client.applySpec({ document: value({ ...greet, code: '1' }), ifRevision: 0n });
  const stale = client.deleteSpec({ name: 'greet', ifRevision: 7n });
  const negative = client.deleteSpec({ name: 'greet', ifRevision: -1n });

  await expect(again).rejects.toMatchObject({ code: Code.ABORTED, message: expect.stringContaining('revision 1') });
  await expect(stale).rejects.toMatchObject({ code: Code.ABORTED });
  await expect(negative).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  expect((await client.deleteSpec({ name: 'greet', ifRevision: 1n })).spec?.revision).toBe(1n);
});

test('GetSpec and DeleteSpec need what they name: NOT_FOUND, and nothing is deleted', async () => {
  const { client } = await controlled();
  const { spec } = await client.applySpec({ document: value(greet) });
  const { id } = plain(spec?.document) as { id: string };

  for (const key of [
    { name: 'other' },
    { name: 'greet', namespace: 'shop' },
    { id, namespace: 'shop' },
    { id, name: 'x' },
  ])
    await expect(client.deleteSpec(key)).rejects.toMatchObject({ code: Code.NOT_FOUND });
  await expect(client.getSpec({})).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });

  expect((await client.getSpec({ id })).spec).toEqual(spec);
  expect((await client.getSpec({ name: 'greet' })).spec).toEqual(spec);
});

test('integers of any size come back as they were', async () => {
  const { client } = await controlled();

  await client.applySpec({ document: value({ ...greet, kind: 'fork', large: 2n ** 60n, small: 3 }) });

  expect(plain((await client.getSpec({ name: 'greet' })).spec?.document)).toMatchObject({ large: 2n ** 60n, small: 3 });
});

test('lists come in pages that miss and repeat nothing, whatever the size of a page', async () => {
  const { client } = await controlled();
  for (let n = 0; n < 25; n += 1) await client.applySpec({ document: value({ ...greet, name: `n${n}` }) });

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (pageSize) => {
      const names: string[] = [];
      let pageToken = '';
      do {
        const page = await client.listSpecs({ pageSize, pageToken });
        expect(page.specs.length).toBeLessThanOrEqual(pageSize);
        names.push(...page.specs.map(({ document }) => (plain(document) as { name: string }).name));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(names).toEqual(Array.from({ length: 25 }, (_, n) => `n${n}`).sort());
    }),
    { numRuns: 30 },
  );
  await expect(client.listSpecs({ pageSize: -1 })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  await expect(client.listSpecs({ pageToken: 'made-up' })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
});

test('a page is no larger than a client receives', async () => {
  const { client } = await controlled();
  const code = 'x'.repeat(400_000);
  for (let n = 0; n < 12; n += 1)
    await client.applySpec({ document: value({ ...greet, name: `n${n}`, language: 'text', code }) });

  const page = await client.listSpecs({});

  expect(page.specs.length).toBeGreaterThan(0);
  expect(page.specs.length).toBeLessThan(12);
  expect(page.nextPageToken).not.toBe('');
});

test('#108 lists take filters by id, namespace, name, kind and labels, and conditions', async () => {
  const { client } = await controlled();
  await client.applySpec({ document: value({ ...greet, annotations: { team: 'a' } }) });
  await client.applySpec({
    document: value({ kind: 'fork', name: 'split', namespace: 'shop', annotations: { team: 'b' } }),
  });
  const names = async (selector: object) =>
    (await client.listSpecs({ selector })).specs.map(({ document }) => (plain(document) as { name: string }).name);

  expect(await names({ kind: 'fork' })).toEqual(['split']);
  expect(await names({ namespace: 'default' })).toEqual(['greet']);
  expect(await names({ labels: [{ key: 'team', values: ['a', 'b'] }] })).toEqual(['greet', 'split']);
  expect(await names({ labels: [{ key: 'team', values: [] }] })).toEqual([]);
  expect(await names({ where: 'self.language == "json"' })).toEqual(['greet']);
  await expect(names({ where: 'self.' })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
});

test('WatchSpecs tells what is there, that this was all, and then every change in order', async () => {
  const { client } = await controlled();
  await client.applySpec({ document: value(greet) });
  const events: string[] = [];

  for await (const { type, spec, revision } of client.watchSpecs({})) {
    events.push(
      `${type.toString().slice(11)} ${(plain(spec?.document) as { code?: string } | null)?.code ?? ''} ${revision}`,
    );
    if (type === 'EVENT_TYPE_SYNCED') {
      await client.applySpec({ document: value({ ...greet, code: '2' }) });
      await client.deleteSpec({ name: 'greet' });
    }
    if (type === 'EVENT_TYPE_DELETE') break;
  }

  expect(events).toEqual(['PUT "hello" 1', 'SYNCED  1', 'PUT 2 2', 'DELETE 2 3']);
});

test('WatchSpecs from a revision misses nothing, and refuses conditions', async () => {
  const { client } = await controlled();
  const { revision } = await client.listSpecs({});
  await client.applySpec({ document: value(greet) });

  for await (const event of client.watchSpecs({ fromRevision: revision })) {
    expect(event.type).toBe('EVENT_TYPE_PUT');
    break;
  }

  const refused = client
    .watchSpecs({ selector: { where: 'true' } })
    [Symbol.asyncIterator]()
    .next();
  await expect(refused).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
});

test('S-10 the data of values never comes back: apply, get, list, watch and delete show keys and ***', async () => {
  const { client } = await controlled();
  const secret = 'canary-3f9a1c';
  const data = { user: secret, nested: { password: [secret], n: 12_345_678 }, [`${'k'.repeat(3)}`]: null };
  const seen: unknown[] = [];

  seen.push(await client.applyValue({ document: value({ name: 'db', data, annotations: { team: 'a' } }) }));
  seen.push(await client.getValue({ name: 'db' }), await client.listValues({}));
  for await (const event of client.watchValues({})) {
    seen.push(event);
    if (event.type === 'EVENT_TYPE_SYNCED') await client.applyValue({ document: value({ name: 'db', data: secret }) });
    if (plain(event.value?.maskedData) === '***') break;
  }
  seen.push(await client.deleteValue({ name: 'db' }));
  const guessed = await client.listValues({ selector: { where: `self.data.user == "${secret}"` } });

  const [applied] = seen as [{ value: { maskedData: Uint8Array; annotations: object } }];
  expect(plain(applied.value.maskedData)).toEqual({ user: '***', nested: { password: '***', n: '***' }, kkk: '***' });
  expect(applied.value.annotations).toEqual({ team: 'a', 'flowrpc.v1/applied-by': 'control' });
  expect(
    Buffer.from(
      JSON.stringify(seen, (_, item) =>
        item instanceof Uint8Array ? Buffer.from(item).toString() : typeof item === 'bigint' ? `${item}` : item,
      ),
    ).toString(),
  ).not.toContain(secret);
  expect(guessed.values).toEqual([]);
});

test('an applied value activates the node that waits for it', async () => {
  const { client, runtime } = await controlled();
  await client.applySpec({
    document: value({
      ...greet,
      language: 'text',
      code: '{{ .WORD }}',
      env: { WORD: { name: 'word', data: '{{ . }}' } },
    }),
  });
  await expect.poll(() => runtime.nodes[0]?.status, { timeout: 10_000 }).toBe('inactive');

  await client.applyValue({ document: value({ name: 'word', data: 'welcome' }) });

  await expect.poll(() => runtime.nodes[0]?.status, { timeout: 10_000 }).toBe('active');
  expect(await runtime.call('greet', null)).toBe('welcome');
});

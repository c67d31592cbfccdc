import { Code, StatusError } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';
import { neverAnswers, stubTarget } from 'flowrpc/testing';
import { describe, expect, test } from 'vitest';

const target = 'dns:///users.invalid:50051';

function graphWith(users: ReturnType<typeof stubTarget>, policy = '') {
  const edge = `{ target: '${target}', name: users.v1.Users, port: Get${policy} }`;
  return createGraph({
    ...parseSpecs(`- { kind: snippet, name: ask, language: json, code: '{"id": 7}', ports: { out: [${edge}] } }`),
    transports: { [target]: users },
  });
}

describe('stubTarget', () => {
  test('stands for a target of an edge: payloads arrive, replies come back', async () => {
    const users = stubTarget({ 'users.v1.Users/Get': () => ({ name: 'Ada' }) });
    await using graph = await graphWith(users);

    expect(await graph.call('ask', null)).toEqual({ name: 'Ada' });
    expect(users.received).toEqual({ 'users.v1.Users/Get': [{ id: 7 }] });
  });

  test('a status that a stub throws is the error of the edge', async () => {
    const users = stubTarget({
      'users.v1.Users/Get': () => {
        throw new StatusError(Code.RESOURCE_EXHAUSTED, 'No more');
      },
    });
    await using graph = await graphWith(users);

    await expect(graph.call('ask', null)).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: 'No more',
    });
  });

  test('a stub that fails twice shows what the retry of an edge does', async () => {
    const users = stubTarget({
      'users.v1.Users/Get': (_payload, { number }) => {
        if (number < 3) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
        return number;
      },
    });
    await using graph = await graphWith(users, ', idempotent: true, retry: { attempts: 3, delay: 1ms }');

    expect(await graph.call('ask', null)).toBe(3);
  });

  test('a stub that never answers loses the packet: its sender hears of it by the deadline', async () => {
    await using graph = await graphWith(stubTarget({ 'users.v1.Users/Get': neverAnswers }), ', timeout: 30ms');

    await expect(graph.call('ask', null)).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });

  test.each(['Get', 'users.v1.Users', 'users.v1.Users/', '/users.v1.Users/Get'])('refuses %j for a method', (name) => {
    expect(() => stubTarget({ [name]: () => null })).toThrow(`Cannot stub "${name}": wanted "package.Service/Method"`);
  });
});

import fc from 'fast-check';
import { Code, StatusError } from 'flowrpc';
import { CompileError, createLanguages } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { evaluate, runContext } from './evaluate.ts';

const ada = {
  name: 'Ada',
  age: 36,
  half: 1.5,
  tags: ['math', 'code'],
  home: { city: 'London' },
  big: 2n ** 60n,
  ok: true,
  gone: null,
  bytes: new Uint8Array([104, 105]),
  buffer: Buffer.from('hi'),
  list: [1, 2, 3],
  people: [
    { name: 'z', age: 1 },
    { name: 'y', age: 2 },
  ],
};

describe('cel', () => {
  test.each([
    ['self.age >= 18', true],
    ['self.age < 18', false],
    ['self.age == 36.0', true],
    ['self.big > 1e18', true],
    ['self.name == "Ada" && self.home.city == \'London\'', true],
    ['self.name != "Ada" || self.ok', true],
    ['!(self.ok && self.age > 40)', true],
    ['"math" in self.tags', true],
    ['self.age in [1, 36]', true],
    ['"city" in self.home', true],
    ['size(self.tags) == 2 && size(self.name) == 3', true],
    ['self.tags[0] == "math" && self["home"]["city"] != ""', true],
    ['has(self.home.city) && !has(self.home.street)', true],
    ['self.gone == null', true],
    ['self.name == 1', false],
    ['self.name == self.age', false],
    ['self.missing == 1 || true', true],
    ['-1 < 0', true],
    ['1 == 1.0', true],
    ['self.age > 30 ? "old" : "young"', 'old'],
    ['{"who": self.name, "n": [self.age]}', { who: 'Ada', n: [36] }],
    ['self.list.map(x, x * 2)', [2, 4, 6]],
    ['self.list.filter(x, x > 1)', [2, 3]],
    ['self.list.all(x, x > 0) && self.list.exists(x, x == 2) && self.list.exists_one(x, x == 3)', true],
    ['self.?missing.orValue(5)', 5],
    ['cel.bind(x, self.age, x * x)', 1296],
    ['string(self.bytes) + string(self.buffer)', 'hihi'],
    ['self.bytes == b"hi"', true],
    ['timestamp("2026-01-02T03:04:05Z").getFullYear()', 2026],
    ['timestamp("2026-01-02T03:04:05Z")', '2026-01-02T03:04:05.000Z'],
    ['duration("90s")', '90s'],
    ['type(self.name)', 'string'],
    ['self', ada],
  ])('reads %s', async (text, result) => {
    expect(await evaluate(text, ada)).toEqual(result);
  });

  test.each([
    ['age >= 18 && name == "Ada"', true],
    ['home.city', 'London'],
    ['tags.map(tag, tag + name)', ['mathAda', 'codeAda']],
    ['has(home.street)', false],
  ])('has the top-level keys of a mapping as variables, #81: %s', async (text, result) => {
    expect(await evaluate(text, ada)).toEqual(result);
  });

  test('has no variables of a payload that is no mapping', async () => {
    await expect(evaluate('length', [1])).rejects.toThrow(/Unknown variable: length/);
    await expect(evaluate('name', 'Ada')).rejects.toThrow(/Unknown variable: name/);
  });

  test.each([
    ['base64.encode(b"hi")', 'aGk='],
    ['string(base64.decode("aGk="))', 'hi'],
    ['math.greatest(1, 2, self.half)', 2],
    ['math.least([3, 1, 2])', 1],
    ['math.ceil(1.2) + math.floor(1.8) + math.trunc(-1.5)', 2],
    ['math.round(-2.5)', -3],
    ['math.abs(-3) + math.sign(-2)', 2],
    ['math.sqrt(16)', 4],
    ['math.isNaN(0.0 / 0.0) && math.isInf(1.0 / 0.0) && math.isFinite(1)', true],
    ['[math.bitAnd(6, 3), math.bitOr(6, 3), math.bitXor(6, 3), math.bitNot(0)]', [2, 7, 5, -1]],
    ['[math.bitShiftLeft(1, 4), math.bitShiftRight(16, 2)]', [16, 4]],
    ['lists.range(4)', [0, 1, 2, 3]],
    ['[3, 1, 2].sort()', [1, 2, 3]],
    ['self.people.sortBy(one, one.name).map(one, one.age)', [2, 1]],
    ['[1, 1.0, 2].distinct()', [1, 2]],
    ['[[1], [2, [3]]].flatten()', [1, 2, [3]]],
    ['[[1], [2, [3]]].flatten(2)', [1, 2, 3]],
    ['[1, 2, 3].slice(1, 3).reverse()', [3, 2]],
    ['[1, 2].first().orValue(0) + [1, 2].last().orValue(0)', 3],
    ['[].first()', null],
    ['sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])', true],
    ['"😀a".charAt(0) + "abc".reverse()', '😀cba'],
    ['"a-b-c".replace("-", "+") + "a-b-c".replace("-", "", 1)', 'a+b+cab-c'],
    ['"a,b".split(",").join(";") + " x ".trim() + "aB".lowerAscii() + "aB".upperAscii()', 'a;bxabAB'],
    ['"hello".indexOf("l") + "hello".lastIndexOf("l")', 5],
    ['"hello".substring(1, 3)', 'el'],
    ['strings.quote("a\\"b")', '"a\\"b"'],
    ['"%s is %d, %.2f %% %x %X %o %b %e".format(["Ada", 36, 1.5, 255, 255, 8, 5, 1500.0])', null],
  ])('has the extensions encoders, math, lists, sets, strings, #81: %s', async (text, result) => {
    const formatted = 'Ada is 36, 1.50 % ff FF 10 101 1.500000e+3';

    expect(await evaluate(text, ada)).toEqual(text.includes('format') ? formatted : result);
  });

  test.each([
    ['self.list.all(i, x, x == i + 1)', true],
    ['self.home.exists(key, value, key == "city" && value == "London")', true],
    ['self.list.existsOne(i, x, i == 0)', true],
    ['self.list.exists_one(i, x, i >= 0)', false],
    ['self.list.transformList(i, x, i * x)', [0, 2, 6]],
    ['self.list.transformList(i, x, i > 0, x)', [2, 3]],
    ['self.home.transformMap(key, value, value + "!")', { city: 'London!' }],
    ['self.home.transformMapEntry(key, value, {value: key})', { London: 'city' }],
    ['[[1, 2], [3]].transformList(i, row, row.transformList(j, x, i * 10 + j + x))', [[1, 3], [13]]],
  ])('has comprehensions with two variables, #81: %s', async (text, result) => {
    expect(await evaluate(text, ada)).toEqual(result);
  });

  test('compares errors with text, and reads their message and code, #81', async () => {
    const error = new StatusError(Code.NOT_FOUND, 'nobody');

    expect(await evaluate('self == "nobody" && self.message == "nobody" && self.code == "NOT_FOUND"', error)).toBe(
      true,
    );
    expect(await evaluate('"nobody" == self.failure && self.failure != "x"', { failure: error })).toBe(true);
    expect(await evaluate('self == "boom"', new Error('boom'))).toBe(true);
    expect(await evaluate('self', error)).toBe(error);
  });

  test.each([
    ['self.n + 1', 4],
    ['1 + self.n', 4],
    ['self.n % 2', 1],
    ['self.n / 2', 1.5],
    ['7 / 2', 3],
    ['self.n * 2.5', 7.5],
    ['-self.n', -3],
    ['self.i + 1', 2n ** 60n + 1n],
    ['[1, 2][self.n - 2]', 2],
    ['self.n == 3 && self.n in [3] && 3 == self.n', true],
  ])('takes numbers of payloads for doubles and mixes them with ints: %s', async (text, result) => {
    expect(await evaluate(text, { n: 3, i: 2n ** 60n })).toEqual(result);
  });

  test.each([
    ['self.constructor', 'x'],
    ['constructor', 'x'],
    ['self.a', 1],
    ['self.inner.constructor.name', 'y'],
    ['self.?constructor.orValue("no")', 'x'],
    ['has(self.inner.constructor)', true],
    ['size(self)', 3],
    ['"constructor" in self', true],
    ['self == self', true],
    ['self.inner.list.map(x, x.v)', [2]],
    ['self.inner.list.filter(x, x.constructor == 1.0)', [{ constructor: 1, v: 2 }]],
    ['self.inner.list[0] == {"constructor": 1, "v": 2}', true],
    ['sets.contains([self.inner], [self.inner])', true],
    ['self.transformList(k, v, k)', ['constructor', 'a', 'inner']],
    ['self.inner.list.map(x, {"constructor": x.v, "prototype": 1})', [{ constructor: 2, prototype: 1 }]],
    ['self.inner', { constructor: { name: 'y' }, list: [{ constructor: 1, v: 2 }] }],
    ['type(self)', 'map'],
  ])('a key "constructor" is one like any other: %s', async (text, result) => {
    const payload = {
      constructor: 'x',
      a: 1,
      inner: { constructor: { name: 'y' }, list: [{ constructor: 1, v: 2 }] },
    };

    expect(await evaluate(text, payload)).toEqual(result);
  });

  test.each([
    ['self.missing', /No such key: missing/],
    ['has(self.missing.deeper)', /No such key: missing/],
    ['self.gone.x', /No such key: x/],
    ['self.name < 1', /no such overload: dyn<string> < int/],
    ['self.name + 1', /no such overload/],
    ['self.age && true', /requires bool operands/],
    ['self.tags[5]', /index out of bounds/],
    ['1 / 0', /division by zero/],
    ['self.constructor', /No such key: constructor/],
    ['self.home.constructor', /No such key: constructor/],
    ['self["__proto__"]', /No such key: __proto__/],
    ['self.hasOwnProperty', /No such key: hasOwnProperty/],
    ['constructor', /Unknown variable: constructor/],
    ['toString', /Unknown variable: toString/],
    ['nobody', /Unknown variable: nobody/],
    ['self.tags.matches("x")', /no matching overload/],
  ])('fails for %s when it runs, saying what it was', async (text, message) => {
    await expect(evaluate(text, ada)).rejects.toThrow(message);
    await expect(evaluate(text, ada)).rejects.toThrow(`Cannot evaluate ${JSON.stringify(text)}`);
  });

  test.each([
    ['', 1, 1],
    ['self.', 1, 6],
    ['self == ', 1, 9],
    ['(self', 1, 6],
    ['self = 1', 1, 6],
    ['self.a &&\n  1 +', 2, 6],
    ['process.exit()', 1, 1],
    ['`x`', 1, 1],
    ['has(1)', 1, 5],
    ['1 2', 1, 3],
    ['"open', 1, 1],
    ['nothing(1)', 1, 1],
  ])('refuses %j as it is read, with line and column', async (text, line, column) => {
    const refused = evaluate(text, ada);

    await expect(refused).rejects.toBeInstanceOf(CompileError);
    await expect(refused).rejects.toMatchObject({ line, column });
  });

  test('throws nothing but CompileError for any text', async () => {
    const { compile } = createLanguages().get('cel');
    const words = ['self', '.', 'a', '(', ')', '[', ']', '!', '&&', '==', '1', '"x"', ' ', 'in', 'has', ',', '?', ':'];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
    );

    await fc.assert(
      fc.asyncProperty(text, async (code) => {
        try {
          await compile(code, {});
        } catch (error) {
          expect(error).toBeInstanceOf(CompileError);
        }
      }),
    );
  });

  test('gives back any value that it was given, the very same', async () => {
    const program = await createLanguages().get('cel').compile('self', {});

    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(program.run([value], runContext())).toBe(value);
      }),
    );
  });

  test('compares numbers as JavaScript does, whatever they are', async () => {
    const program = await createLanguages()
      .get('cel')
      .compile('[self.a < self.b, self.a <= self.b, self.a == self.b, self.a > self.b]', {});

    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.oneof(fc.double({ noNaN: true }), fc.maxSafeInteger()), (a, b) => {
        expect(program.run([{ a, b }], runContext())).toEqual([a < b, a <= b, a === b, a > b]);
      }),
    );
  });

  test('does not change what it was given', async () => {
    const payload = Object.freeze({ list: Object.freeze([3, 1, 2]) });

    expect(await evaluate('self.list.sort() + self.list.reverse()', payload)).toEqual([1, 2, 3, 2, 1, 3]);
  });

  test('has its arguments by the names it is compiled with', async () => {
    const program = await createLanguages()
      .get('cel')
      .compile('sum + item.n', { args: ['sum', 'item'] });

    expect(program.run([1, { n: 2 }], runContext())).toBe(3);
  });

  test('has the list of its arguments as `self` when there are several', async () => {
    const program = await createLanguages()
      .get('cel')
      .compile('self[0] + self[1].n', { args: ['sum', 'item'] });

    expect(program.run([1, { n: 2 }], runContext())).toBe(3);
  });
});

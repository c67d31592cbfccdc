import fc from 'fast-check';
import { parseCondition } from 'flowrpc/nodes';
import { expect, test } from 'vitest';

const ada = {
  name: 'Ada',
  age: 36,
  tags: ['math', 'code'],
  home: { city: 'London' },
  big: 2n ** 60n,
  ok: true,
  gone: null,
};

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
  ['-1 < 0', true],
  ['true', true],
])('parseCondition() reads %s', (text, result) => {
  expect(parseCondition(text)(ada)).toBe(result);
});

test.each([
  ['self.missing == 1', /no field "missing"/],
  ['has(self.missing.deeper)', /no field "missing"/],
  ['self.name < 1', /Cannot order string and number/],
  ['self.age', /wanted a boolean/],
  ['self.age && true', /takes booleans/],
  ['self.__proto__ == 1', /no field "__proto__"/],
  ['self.constructor == 1', /no field "constructor"/],
])('parseCondition() gives a test that throws for %s', (text, message) => {
  expect(() => parseCondition(text)(ada)).toThrow(message);
});

test.each([
  '',
  'self.',
  'self == ',
  '(self',
  'self = 1',
  'process.exit()',
  'self.a()',
  '`x`',
  'has(1)',
  '1 2',
  '[1,',
  '"open',
  '!'.repeat(3),
  '('.repeat(60),
])('parseCondition() refuses %j', (text) => {
  expect(() => parseCondition(text)).toThrow(SyntaxError);
});

test('parseCondition() throws nothing but SyntaxError for any text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc
          .array(
            fc.constantFrom('self', '.', 'a', '(', ')', '[', ']', '!', '&&', '==', '1', '"x"', ' ', 'in', 'has', ','),
          )
          .map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          parseCondition(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      },
    ),
  );
});

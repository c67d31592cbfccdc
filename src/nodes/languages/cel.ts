import { defineLanguage, type Language } from './language.ts';

/**
 * The Common Expression Language (https://cel.dev): `self` is the payload, and the keys of a payload that is a mapping are variables. Runs
 * within this process: an expression can reach nothing but its arguments, and its work is bounded.
 */
export const cel: Language = defineLanguage({
  name: 'cel',
  // The library is loaded when the first expression is.
  compile: async (code, options) => (await import('./cel/expression.ts')).expression(code, options),
});

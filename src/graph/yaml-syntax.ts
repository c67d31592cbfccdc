export * from '../wire/yaml/syntax.ts';

export * from '../wire/yaml/position.ts';

export * from '../wire/yaml/documents.ts';

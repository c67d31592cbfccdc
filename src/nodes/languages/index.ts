export { type Condition, parseCondition } from './cel/condition.ts';
export { cel } from './cel.ts';
export { json, text, yaml } from './constants.ts';
export {
  CompileError,
  type CompileOptions,
  defineLanguage,
  type Language,
  type Program,
  type RunContext,
} from './language.ts';
export { createLanguages, Languages, type LanguagesOptions, languages } from './languages.ts';
export { compileProgram, ProgramField, programField, type Run } from './program-field.ts';
export { type ScriptsOptions, scripts } from './scripts.ts';

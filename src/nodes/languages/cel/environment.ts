import { Environment } from '@marcbachmann/cel-js';
import { registerArithmetic } from './arithmetic.ts';
import { registerComprehensions } from './comprehensions.ts';
import { registerEncoders } from './encoders.ts';
import { adaptEvaluator, type Evaluator } from './evaluator.ts';
import { registerFailures } from './failure.ts';
import { registerLists } from './lists.ts';
import { registerMath } from './math.ts';
import { registerSets } from './sets.ts';
import { registerStrings } from './strings.ts';

/** Levels of an expression. */
const maxDepth = 60;

/** What expressions may use: the language, its standard extensions, and numbers of either type mixed. */
export function celEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxDepth, maxAstNodes: 20_000 },
  });
  for (const register of [
    registerArithmetic,
    registerComprehensions,
    registerEncoders,
    registerFailures,
    registerLists,
    registerMath,
    registerSets,
    registerStrings,
  ])
    register(environment);
  adaptEvaluator(evaluatorOf(environment));
  return environment;
}

/** The library gives its evaluator to macros alone, so one of them asks for it. */
function evaluatorOf(environment: Environment): Evaluator {
  let found: Evaluator | undefined;
  environment.registerFunction('flowrpcEvaluator(ast): dyn', () => ({
    typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('dyn'),
    evaluate: (evaluator: Evaluator) => {
      found = evaluator;
      return null;
    },
  }));
  environment.evaluate('flowrpcEvaluator(0)');
  if (found === undefined) throw new Error('Cannot use this version of @marcbachmann/cel-js: macros get no evaluator');
  return found;
}

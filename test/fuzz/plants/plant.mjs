import module from 'node:module';

/* Imported before the compiler: one source file is read with a fault in it, which FLOWRPC_PLANT names as JSON `{ file, from, to }`. */

const plant = JSON.parse(process.env.FLOWRPC_PLANT ?? 'null');
const isIt = (url) => url.split('?')[0].endsWith(`/${plant.file}`);

/** Every occurrence: a plant names a piece of text that stands there once. */
function planted(url, result) {
  if (!isIt(url)) return result;
  const source = String(result.source);
  if (source.split(plant.from).length !== 2)
    throw new Error(`Cannot plant in ${plant.file}: wanted ${JSON.stringify(plant.from)} once`);
  return { ...result, source: source.replace(plant.from, () => plant.to), shortCircuit: true };
}

if (plant !== null) {
  if (module.registerHooks === undefined) {
    const hook = `const plant = ${JSON.stringify(plant)};\nconst isIt = ${isIt};\n${planted}\nexport const load = async (url, context, next) => planted(url, await next(url, context));`;
    module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
  } else module.registerHooks({ load: (url, context, next) => planted(url, next(url, context)) });
}

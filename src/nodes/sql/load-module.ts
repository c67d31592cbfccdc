/** Loads a module that only some need. An Error says how to install what is not there. */
export async function loadModule<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw missing(name, cause);
  }
}

export function missing(name: string, cause: unknown): Error {
  const { code, message } = cause as { code?: string; message?: string };
  const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  const remedy = absent ? `npm install ${name}` : String(message);
  return new Error(`Cannot load module "${name}", which kind "sql" needs: ${remedy}`, { cause });
}

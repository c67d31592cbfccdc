/**
 * Runs inside of the sandbox before any script, in plain JavaScript. Gives functions that turn text into values and back, and that call the
 * script; it keeps the built-ins that it needs, for the script may change them. `\0` marks what JSON cannot say.
 */
export const prelude = String.raw`(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const { getPrototypeOf, getOwnPropertyDescriptor, keys, hasOwn, is, defineProperty } = Object;
  const { isArray } = Array;
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  const { slice } = String.prototype;
  const bufferOf = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), 'buffer').get;
  const plain = Object.prototype;
  const { isSafeInteger } = Number;
  const Bytes = Uint8Array, Failure = Error, Big = BigInt, Num = Number, Str = String, Wrong = TypeError;
  const mark = '\0', maxDepth = 100, maxLines = 100, longestLine = 2000;

  const restore = (value, blobs) => {
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = restore(value[i], blobs);
      return value;
    }
    if (!hasOwn(value, mark)) {
      for (const key of keys(value)) put(value, key, restore(value[key], blobs));
      return value;
    }
    const { v } = value;
    switch (value[mark]) {
      case 'bigint': return Big(v);
      case 'bytes': return new Bytes(blobs[v]);
      case 'number': return Num(v);
      case 'error': return remade(v);
      case 'object': {
        const made = {};
        for (const [key, item] of v) put(made, key, restore(item, blobs));
        return made;
      }
      default: return undefined;
    }
  };
  // error() is what scripts for uniflow ask for the message.
  const remade = ({ message, name, code }) =>
    defineProperty(put(put(new Failure(message), 'name', name), 'code', code), 'error', { value: () => message });
  const put = (object, key, value) => {
    if (value !== undefined) defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    return object;
  };

  const special = (kind, v) => '{"\\u0000":"' + kind + '","v":' + v + '}';
  const refuse = (path, what) => {
    throw new Wrong('Cannot return the result: ' + (path === '' ? 'it' : '"' + path + '"') + ' ' + what);
  };
  const encode = (value, blobs, path, depth) => {
    switch (typeof value) {
      case 'string': return stringify(value);
      case 'boolean': return value ? 'true' : 'false';
      case 'number':
        if (is(value, -0) || value !== value || value - value !== 0) return special('number', '"' + (is(value, -0) ? '-0' : value) + '"');
        return '' + value;
      case 'bigint': return isSafeInteger(Num(value)) ? '' + value : special('bigint', '"' + value + '"');
      case 'undefined': return depth === 0 ? special('undefined', 'null') : refuse(path, 'is undefined');
      case 'object': break;
      default: return refuse(path, 'is a ' + typeof value);
    }
    if (value === null) return 'null';
    if (depth >= maxDepth) return refuse(path.slice(0, 100), 'is nested deeper than ' + maxDepth + ', or in itself');
    if (isArray(value)) {
      let text = '[';
      for (let i = 0; i < value.length; i++)
        text += (i === 0 ? '' : ',') + encode(value[i], blobs, path + '[' + i + ']', depth + 1);
      return text + ']';
    }
    if (value instanceof Bytes) {
      put(blobs, blobs.length, apply(bufferOf, new Bytes(value), []));
      return special('bytes', blobs.length - 1);
    }
    if (value instanceof Failure) return special('error', failure(value));
    const prototype = getPrototypeOf(value);
    if (prototype !== plain && prototype !== null)
      return refuse(path, 'is a ' + (value.constructor && value.constructor.name || 'class instance') +
        ', wanted null, boolean, number, bigint, string, Uint8Array, array, plain object or Error');
    const names = keys(value);
    let escaped = false;
    for (let i = 0; i < names.length; i++) if (names[i] === mark) escaped = true;
    let text = '';
    for (let i = 0; i < names.length; i++) {
      const item = value[names[i]];
      if (item === undefined) continue;
      const key = stringify(names[i]);
      const inner = encode(item, blobs, path === '' ? names[i] : path + '.' + names[i], depth + 1);
      text += (text === '' ? '' : ',') + (escaped ? '[' + key + ',' + inner + ']' : key + ':' + inner);
    }
    return escaped ? special('object', '[' + text + ']') : '{' + text + '}';
  };

  const failure = (thrown) => {
    try {
      if (typeof thrown !== 'object' || thrown === null) return '{"message":' + stringify(Str(thrown)) + '}';
      const { message, name, code } = thrown;
      return '{"message":' + stringify(message === undefined ? Str(thrown) : Str(message)) +
        (typeof name === 'string' ? ',"name":' + stringify(name) : '') +
        (typeof code === 'string' || typeof code === 'number' ? ',"code":' + stringify(code) : '') + '}';
    } catch {
      return '{"message":"an error that cannot be shown"}';
    }
  };

  let said = 0;
  const say = (...parts) => {
    if (said >= maxLines) return;
    let line = '';
    for (let i = 0; i < parts.length; i++) {
      let part;
      try {
        part = typeof parts[i] === 'object' && !(parts[i] instanceof Failure) ? stringify(parts[i]) : Str(parts[i]);
      } catch {
        part = typeof parts[i];
      }
      line += (i === 0 ? '' : ' ') + part;
    }
    said += 1;
    tools.lines += (tools.lines === '' ? '' : ',') + stringify(apply(slice, line, [0, longestLine]));
  };
  put(globalThis, 'console', { log: say, info: say, debug: say, warn: say, error: say });
  const commonJs = { exports: {} };
  put(put(globalThis, 'module', commonJs), 'exports', commonJs.exports);

  const result = { text: '', thrown: '', blobs: [] };
  const failed = (thrown) => { result.thrown = thrown === null ? 'null' : failure(thrown); };
  const tools = {
    result,
    lines: '',
    call(script, text, blobs) {
      const run = script.default !== undefined ? script.default : commonJs.exports;
      const fn = typeof run === 'object' && run !== null && typeof run.default === 'function' ? run.default : run;
      if (typeof fn !== 'function') {
        failed(new Wrong('its default export is ' + (script.default === undefined ? 'missing' : typeof fn) + ', wanted a function'));
        return;
      }
      const called = (async () => fn(...restore(parse(text), blobs)))();
      const encoded = apply(then, called, [(value) => { result.text = encode(value, result.blobs, '', 0); }]);
      apply(then, encoded, [undefined, failed]);
    },
  };
  return tools;
})()`;

import { setTimeout as sleep } from 'node:timers/promises';

export const trim = (text: string): string => {
  if (typeof text !== 'string') throw new TypeError(`wanted text, got ${typeof text}`);
  return text.trim();
};

export const words = async (text: string): Promise<number> => {
  await sleep(20);
  return text.split(/\s+/).length;
};

export const letters = (text: string): number => text.replaceAll(/\W/g, '').length;

export const shout = (text: string): string => text.toUpperCase();

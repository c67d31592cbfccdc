import { Code, StatusError } from 'flowrpc';

interface City {
  name: string;
  country: string;
  lat: number;
  lon: number;
  population: number;
  distanceKm: number;
  hemisphere: string;
}

/** Passes on what a record must have; anything else ends the call at the door. */
export function intake({ name, country, lat, lon, population }: City): object {
  if (typeof name !== 'string' || name === '') throw new StatusError(Code.INVALID_ARGUMENT, 'A city needs a name');
  return { name, country, lat, lon, population };
}

export function metropolis({ name, population, distanceKm, hemisphere }: City): object {
  return {
    name,
    text: `${name}: ${(population / 1e6).toFixed(1)} million people, ${distanceKm} km from Greenwich, ${hemisphere} half`,
  };
}

export function town({ name, population, distanceKm, hemisphere }: City): object {
  return { name, text: `${name}: a town of ${population}, ${distanceKm} km from Greenwich, ${hemisphere} half` };
}

// The foreign service: bare grpc-js and proto-loader, nothing of flowrpc.
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

interface Place {
  name: string;
  lat: number;
  lon: number;
}

const definition = loadSync(fileURLToPath(new URL('geo.proto', import.meta.url)), { defaults: true });
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance from Greenwich (51.48° N, 0° E). */
function distanceKm({ lat, lon }: Place): number {
  const cosine =
    Math.sin(radians(51.48)) * Math.sin(radians(lat)) +
    Math.cos(radians(51.48)) * Math.cos(radians(lat)) * Math.cos(radians(lon));
  return Math.round(6371 * Math.acos(Math.min(1, cosine)));
}

const server = new grpc.Server();
server.addService(definition['geo.Geo'] as grpc.ServiceDefinition, {
  Locate: (call: grpc.ServerUnaryCall<Place, unknown>, callback: grpc.sendUnaryData<unknown>) => {
    const place = call.request;
    if (Math.abs(place.lat) > 90)
      callback({ code: grpc.status.OUT_OF_RANGE, details: `${place.name} is off the map: latitude ${place.lat}` });
    else
      callback(null, { ...place, distanceKm: distanceKm(place), hemisphere: place.lat < 0 ? 'southern' : 'northern' });
  },
});
server.bindAsync(`127.0.0.1:${process.argv[2] ?? 50053}`, grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`geo.Geo on 127.0.0.1:${port}`);
});

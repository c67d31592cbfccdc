import { parseSpecs } from '/work/main/src/graph/spec.ts';
import { validateGraph } from '/work/main/src/graph/validate.ts';
import { formatProblems } from '/work/main/src/graph/problems.ts';
import { z } from 'zod';
const kinds = new Map<string, any>([
 ['snippet', {kind:'snippet', spec: z.object({language: z.string().default('text'), code: z.string(), n: z.number().optional(), on: z.boolean().optional()})}],
 ['switch', {kind:'switch', outputs:['out[*]','error'], inputs:['in']}],
 ['typed', {kind:'typed', portType:(p:string,d:string)=>d==='in'?{request:'a.In',response:'a.Out'}:{request:'b.X',response:'b.Y'}}],
]);
const {specs, problems} = parseSpecs(`
- kind: snippet
  name: greet
  code: "{{ .C }}"
  n: "{{ .N }}"
  on: "{{ .ON }}"
  env: { C: { data: "x{{ .A }}y" }, N: { data: "{{ .NUM }}" }, ON: { data: "true" }, S: {name: db} }
  ports:
    out: [{ name: swich, port: in }, { name: switch, port: inn }, {name: users.v1.Users, port: Get, target: "dns:///users:50051", timeout: 5 s, retyr: 3, retry: {attempts: 0, codes: [UNAVAILABL]}}]
    outt: [{ name: t, port: in }]
- kind: snipet
- kind: snippet
  name: greet
  cod: x
- kind: switch
  name: switch
  ports: { out: [{name: t, port: in}], 'out[1]': [{name: t, port: in}], error: [{port: in}] }
- kind: typed
  name: t
  namespace: grpcfoo
- kind: typed
  name: t
  ports: {out: [{name: t2, port: in}], error: [{name: switch, port: in}]}
- kind: typed
  name: t-2
- kind: typed
  name: t_2
- kind: typed
  name: t2
- 5
- {name: x}
`, {file:'g.yaml'});
console.log(formatProblems(problems));
console.log(formatProblems(validateGraph(specs, {kinds, environment:{A:'1',NUM:'8000'}, compatible:(a,b)=>a===b?undefined:'they differ'})));
console.log(JSON.stringify(specs[0],null,1));

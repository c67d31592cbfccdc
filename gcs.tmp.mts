import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
for (const v of process.argv.slice(2)) {
const ch = fork('bench/workers/server.ts',[v,'0'],{execArgv:['--trace-gc','--import','tsx'], stdio:['ignore','pipe','inherit','ipc']});
let out=''; ch.stdout!.on('data',d=>out+=d);
const [{port}] = await once(ch,'message') as any; out='';
const r=spawnSync(process.execPath,['--import','tsx','bench/workers/client.ts','bare',String(port),'0','64','32','500','3000'],{encoding:'utf8'});
await new Promise(r=>setTimeout(r,200));
ch.send('cpu'); const [m]=await once(ch,'message') as any;
ch.disconnect(); await once(ch,'exit');
const sc=out.match(/Scavenge/g)?.length, mc=out.match(/Mark-Compact/g)?.length; 
const times=[...out.matchAll(/(Scavenge|Mark-Compact).*?([\d.]+) \/ [\d.]+ ms/g)].reduce((a,m)=>{a[m[1]!]=(a[m[1]!]||0)+Number(m[2]);return a},{} as any);
const per=JSON.parse(r.stdout).perSecond;
console.log(v, per.toFixed(0), {sc,mc}, times, 'srv cpu/call', ((m.cpu.user+m.cpu.system)/(per*3.5)).toFixed(1), out.split('\n').filter(l=>/Scav/.test(l)).slice(-2).join('\n'));
}

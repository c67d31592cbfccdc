import { join } from 'node:path';
import { temporaryFolder } from '../../stores/temporary-folder.ts';
import { sqlSuite } from '../../suites/sql.ts';

const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n';

sqlSuite('SQLite in a file', async () => ({
  driver: 'sqlite3',
  source: join(await temporaryFolder(), 'test.db'),
  endless,
}));

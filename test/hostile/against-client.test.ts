import { clientTables } from './against/every-row.ts';
import { testTables } from './against/table-tests.ts';

testTables(clientTables);

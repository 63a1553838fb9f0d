// Lines of pg_restore's list, as PostgreSQL 15 prints them.
import { describe, expect, it } from 'vitest';
import { tablesIn, withoutSchemas } from '../../../src/modules/shared/dump-list.js';

const header = [';', '; Archive created at 2024-05-01 03:00:00 UTC', ';     dbname: fdb', ';', ''];
const kept = [
  '6; 2615 2200 SCHEMA - public pg_database_owner',
  '3400; 0 0 COMMENT - SCHEMA public pg_database_owner',
  '210; 1259 16400 TABLE public appliance admin',
  '3390; 0 0 ACL public TABLE appliance admin',
  '3377; 0 16400 TABLE DATA public appliance admin',
  '3391; 0 0 SEQUENCE SET public appliance_id_seq admin',
  '3230; 2606 16410 FK CONSTRAINT public appliance appliance_org_fkey admin',
  '3231; 2620 16420 TRIGGER public appliance note_change admin',
  '3232; 2620 16421 TRIGGER public appliance my_slony_logtrigger admin',
  '3233; 2620 16422 TRIGGER public _slony_notes keep admin',
  '211; 1255 16500 FUNCTION public _slony_helper(integer) admin',
];
const dropped = [
  '8; 2615 17000 SCHEMA - _slony slony',
  '3401; 0 0 COMMENT - SCHEMA _slony slony',
  '3402; 0 0 ACL - SCHEMA _slony slony',
  '230; 1259 17010 TABLE _slony sl_set slony',
  '3410; 0 17010 TABLE DATA _slony sl_set slony',
  '3411; 0 0 SEQUENCE SET _slony sl_local_node_id slony',
  '260; 1255 17100 FUNCTION _slony logtrigger() slony',
  '3240; 2606 17020 FK CONSTRAINT _slony sl_table sl_table_set_fkey slony',
  '3250; 2620 17200 TRIGGER public appliance _slony_logtrigger admin',
  '3251; 2620 17201 TRIGGER public appliance _slony_denyaccess admin',
];
const fence = [
  '9; 2615 18000 SCHEMA - playbook_fence admin',
  '3260; 2620 18010 TRIGGER public appliance playbook_fence admin',
];

describe('the list of a dump', () => {
  it('loses what is in the schemas, what is said of them, and the triggers named after them', () => {
    const list = [...header, ...kept.slice(0, 4), ...dropped, ...fence, ...kept.slice(4)].join('\n');
    expect(withoutSchemas(list, ['_slony', 'playbook_fence']).split('\n')).toEqual([...header, ...kept]);
  });

  it.each([...kept, ...header])('keeps `%s`', (line) => {
    expect(withoutSchemas(line, ['_slony', 'playbook_fence'])).toBe(line);
  });

  it.each([...dropped, ...fence])('drops `%s`', (line) => {
    expect(withoutSchemas(line, ['_slony', 'playbook_fence'])).toBe('');
  });

  it('keeps all when nothing is left out', () => {
    expect(withoutSchemas([...kept, ...dropped].join('\n'), [])).toBe([...kept, ...dropped].join('\n'));
  });

  it('tells how many tables have data', () => {
    expect(tablesIn([...header, ...kept, ...dropped].join('\n'))).toBe(2);
  });
});

insert into desktop_pool (name, size) values ('pool 1', 10);
insert into virtual_machine (pool_id, name, power) select 1, 'vm ' || n, 'on' from generate_series(1, 10) n;

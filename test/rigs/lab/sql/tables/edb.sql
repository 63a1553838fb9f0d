create table desktop_pool (id serial primary key, name text not null, size int);
create table virtual_machine (id serial primary key, pool_id int references desktop_pool, name text, power text);

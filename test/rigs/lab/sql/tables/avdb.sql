create table app_stack (id serial primary key, name text not null, state text);
create table app_assignment (id serial primary key, stack_id int references app_stack, principal text);

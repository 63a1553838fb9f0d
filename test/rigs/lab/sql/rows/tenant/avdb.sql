insert into app_stack (name, state) values ('office', 'ready');
insert into app_assignment (stack_id, principal) values (1, 'everybody');

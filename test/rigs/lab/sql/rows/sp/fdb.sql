-- 64 and 128 mark the primary of a pair. spa also has a bit beyond 16: `& 65343` would lose it, `& ~192` does not.
insert into organization values (1000, 'Service Provider'), (1001, 'Tenant One');
insert into datacenter (name) values ('dc1');
insert into appliance (name, display_name, organization_id, datacenter_id, backbone_ip, state, life_state, capabilities) values
  ('spa', 'Service provider appliance A', 1000, 1, :'spa', 'RUNNING', 'ACTIVE', 1 | 2 | 64 | 128 | 65536),
  ('spb', 'Service provider appliance B', 1000, 1, :'spb', 'RUNNING', 'ACTIVE', 1 | 2),
  ('taa', 'Tenant appliance A', 1001, 1, :'taa', 'RUNNING', 'ACTIVE', 4 | 8 | 64 | 128),
  ('tab', 'Tenant appliance B', 1001, 1, :'tab', 'RUNNING', 'ACTIVE', 4 | 8);
update appliance a set hapair_appliance_id = b.id from appliance b where b.organization_id = a.organization_id and b.id <> a.id;
insert into policy (org_id, name, value) select 1001, 'policy ' || n, 'value ' || n from generate_series(1, 20) n;

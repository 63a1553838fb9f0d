insert into organization values (1001, 'Tenant One');
insert into datacenter (name) values ('dc1');
insert into appliance (name, display_name, organization_id, datacenter_id, backbone_ip, state, life_state, capabilities) values
  ('taa', 'Tenant appliance A', 1001, 1, :'taa', 'RUNNING', 'ACTIVE', 4 | 8 | 64 | 128),
  ('tab', 'Tenant appliance B', 1001, 1, :'tab', 'RUNNING', 'ACTIVE', 4 | 8);

create table organization (id bigint primary key, name text not null);
create table datacenter (id serial primary key, name text not null);
create table appliance (
  id serial primary key,
  name text unique not null,
  display_name text,
  organization_id bigint references organization,
  datacenter_id int references datacenter,
  backbone_ip inet,
  hapair_appliance_id int,
  state text,
  life_state text,
  capabilities bigint not null,
  last_heartbeat timestamptz
);
create table policy (id serial primary key, org_id bigint, name text, value text);

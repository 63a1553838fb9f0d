#!/bin/bash
# promote-sp FOLDER URL [careful]: what promote-sp.yml does with a dead A, step by step, as a person who knows ssh would
# write it: one connection that all steps share, psql on the host itself, and no step that is left out. FOLDER is for the
# connection's socket, URL is the Service Center. `careful` also looks where the runbook looks, and waits where it waits.
set -euo pipefail
folder=$1 service_center=$2 careful=${3:-}
. "$(dirname "$0")/../../test/rigs/lab/settings.sh"
A=spa B=spb slons="application_name ~ '^slon(?!ik)' and datname = current_database()"

ssh_options=(-F "$RUN/ssh_config" -o BatchMode=yes -o KexAlgorithms=curve25519-sha256 -o Ciphers=aes128-gcm@openssh.com
  -o ControlMaster=auto -o ControlPersist=60 -o "ControlPath=$folder/%n" -o LogLevel=ERROR)
on_b() { ssh "${ssh_options[@]}" "$B" "$@"; }
sql() { on_b "PATH=$PGBIN:\$PATH psql -XqAt -v ON_ERROR_STOP=1 -U $DB_USER fdb" <<<"$1"; }
trap 'ssh "${ssh_options[@]}" -O exit "$B" 2>/dev/null || true' EXIT

step() { echo "$EPOCHREALTIME $*"; }
fail() {
  echo "$*" >&2
  exit 1
}
# Runs a command again until it prints what is wanted, for a minute.
await() {
  local wanted=$1 said attempt
  shift
  for attempt in {1..300}; do
    said=$("$@")
    [ "$said" != "$wanted" ] || return 0
    sleep 0.2
  done
  fail "wanted '$wanted' of $*, and it says '$said'"
}
# A port that does not answer within the time is as good as closed.
b_does_not_reach_a() { on_b "! timeout 3 bash -c '</dev/tcp/${ADDRESS[$A]}/5432' 2>/dev/null" || fail "$A is alive"; }
no_slon='! pgrep -x slon >/dev/null'

if [ -n "$careful" ]; then
  step 'A does not answer, B does, B does not reach A'
  ! ssh "${ssh_options[@]}" "$A" true 2>/dev/null || fail "$A is alive"
  [ "$(sql "select count(*) from appliance where name in ('$A', '$B')")" = 2 ] || fail 'A or B has no row'
  [ "$(sql 'select count(*) from _slony.sl_set')" = 1 ] || fail 'B does not replicate'
  b_does_not_reach_a
fi

step P2.1 stop dtService
on_b service dtService stop

step P2.3 remove A from the .properties files
on_b "sed -i -E '/^fdb\.db\.hosts=/{s/(=|,)${ADDRESS[$A]//./\\.}(,|\$)/\1\2/;s/=,/=/;s/,,/,/;s/,\$//}' /usr/local/desktone/release/active/conf/fdb.properties"

step P2.4 stop slon, and end what A has left in the database
on_b "killall -q slon || true; for i in {1..300}; do $no_slon && exit 0; sleep 0.1; done; exit 1"
[ -z "$careful" ] || { sleep 3 && on_b "$no_slon"; }
sql "select pg_terminate_backend(pid) from pg_stat_activity where $slons" >/dev/null
await 0 sql "select count(*) from pg_stat_activity where $slons"

step P2.5 drop the replication
sql 'set client_min_messages = warning; drop schema _slony cascade'

step P2.6 move the capabilities
moved=$(sql "begin;
update appliance set capabilities = capabilities & ~192::bigint where name = '$A';
update appliance set capabilities = capabilities | 192 where name = '$B';
select name from appliance where name in ('$A', '$B') and capabilities & 192 = 192;
commit")
[ "$moved" = "$B" ] || fail "the primary is '$moved'"

step P2.7 start dtService, and wait until it is up
on_b 'service dtService start; for i in {1..300}; do service dtService status && exit 0; sleep 1; done; exit 1'

step P2.9 start slon
on_b /usr/local/desktone/scripts/start_slon_fdb.sh
[ -z "$careful" ] || { sleep 3 && on_b 'pgrep -f "slon .*dbname=fdb " >/dev/null'; }

step P2.10 Initialize Slony in the Service Center
curl -fsS -m 600 -u admin:Desktone1 -H 'Content-Type: application/json' -d '{"slonyInitOpType":0,"orgId":1000,"dbType":"FDB"}' \
  "$service_center/dt-rest/v100/maintenance/manager/initSlony"

step P2.11 B is the master of a complete set, and takes writes
await '1|All tables and Sequences|1|t' sql 'SELECT a.set_id, a.set_comment, (SELECT last_value FROM _slony.sl_local_node_id) AS local_id,
CASE WHEN a.set_origin = (SELECT last_value FROM _slony.sl_local_node_id) THEN TRUE ELSE FALSE END AS master_node from _slony.sl_set a'
[ "$(sql "select count(*) from pg_tables t where schemaname = 'public' and not exists (
  select from _slony.sl_table s where s.tab_nspname = 'public' and s.tab_relname = t.tablename)")" = 0 ] || fail 'tables are missing in the set'
[ "$(sql 'show transaction_read_only')" = off ] || fail 'B takes no writes'

step P2.12 start dtService
on_b service dtService start

if [ -n "$careful" ]; then
  step 'B still does not reach A'
  b_does_not_reach_a
fi
step done

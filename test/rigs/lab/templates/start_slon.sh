#!/bin/bash
# Starts the slon daemon of one database: the one named in the name it is installed under.
[ "$(id -u)" = 0 ] || { echo "$(basename "$0"): must be root" >&2 && exit 1; }
. /etc/appliance.env
database=$(basename "$0" .sh)
database=${database#start_slon_}

if pgrep -f "slon .*dbname=$database " >/dev/null; then
  echo "slon for $database already running"
  exit 0
fi
setsid /usr/local/desktone/lib/slon -d 1 -s 500 -t 2000 -g 1 slony \
  "dbname=$database host=$ADDRESS user=$DB_USER password=$DB_PASSWORD" </dev/null >>"/var/log/slon_$database.log" 2>&1 &
echo "started slon for $database"

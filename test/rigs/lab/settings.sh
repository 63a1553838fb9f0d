# What every script of the lab agrees on. Sourced, never run.
PATH=$PATH:/usr/sbin:/sbin
LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RUN=/run/playbook-lab                  # a tmpfs from `up` to `down`
CACHES=/var/cache/playbook-lab         # what `up` starts from, a folder per version of the lab
PGBIN=/usr/lib/postgresql/15/bin
DATA=/var/lib/postgresql/15/appliance  # not Debian's `main`: an overlay would merge the two
BRIDGE=playbook0
NETWORK=10.231.77
DB_USER=admin
DB_PASSWORD=desktone-db
ALL_HOSTS='spa spb taa tab'

declare -A ADDRESS=([spa]=$NETWORK.11 [spb]=$NETWORK.12 [taa]=$NETWORK.21 [tab]=$NETWORK.22)
declare -A PAIR=([spa]=sp [spb]=sp [taa]=tenant [tab]=tenant)
declare -A PRIMARY=([sp]=spa [tenant]=taa) SECONDARY=([sp]=spb [tenant]=tab)
declare -A DATABASES=([sp]='fdb' [tenant]='fdb edb avdb')
declare -A SERVICES=([sp]='dtService diagnose' [tenant]='dtService av-manager diagnose')

die() {
  echo "lab: $*" >&2
  exit 1
}

# The slony schema must fit the installed Slony-I, and an edited lab must not start from an old image.
lab_digest() {
  {
    (cd "$LAB" && find . -type f ! -name '*.md' ! -name '*.ts' -print0 | sort -z | xargs -0 sha256sum)
    slon -v
    "$PGBIN/postgres" --version
  } | sha256sum | cut -c1-16
}

# Runs a command inside a host, with nothing of the caller's environment.
enter() {
  local host=$1
  shift
  nsenter --target "$(cat "$RUN/$host/pid")" --mount --uts --ipc --net --pid --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
}

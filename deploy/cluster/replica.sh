#!/bin/bash
# Copies the primary when there is no data yet, then follows it.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  chmod 700 "$PGDATA"
  until pg_basebackup --host "$PRIMARY" --username replicator --pgdata "$PGDATA" --wal-method stream --write-recovery-conf --checkpoint fast; do
    echo "the primary can't be copied yet" >&2
    find "$PGDATA" -mindepth 1 -delete
    sleep 1
  done
fi
# Exports read for minutes: the primary keeps for them what they may still see.
exec postgres -c hot_standby=on -c hot_standby_feedback=on -c max_connections=200 "$@"

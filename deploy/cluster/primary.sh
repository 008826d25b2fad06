#!/bin/bash
# Runs once, when the primary's data folder is made: a user for the replica, who may come from the cluster's network.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set password="$REPLICATION_PASSWORD" <<< "CREATE ROLE replicator WITH REPLICATION LOGIN PASSWORD :'password'"
echo "host replication replicator samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"

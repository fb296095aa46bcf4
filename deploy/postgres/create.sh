#!/bin/sh
# A database and an owner for each service, and for Keycloak; runs once, when the volume is new.
set -eu
for name in intake workflow supervision certificates notification keycloak; do
    psql -v ON_ERROR_STOP=1 -v name="$name" -v password="$DATABASE_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done

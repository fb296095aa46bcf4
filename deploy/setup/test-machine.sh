#!/bin/sh
# Brings what the tests need beyond Python: on Debian as root Chromium, CJK fonts, PostgreSQL, nginx, promtool, libfaketime, Java and Maven (for Kafka's jars); elsewhere it says what is missing and goes on.
set -eu
missing=""
has() { command -v "$1" >/dev/null 2>&1; }
has chromium || has chromium-browser || has google-chrome || missing="chromium"
fc-list 2>/dev/null | grep -qi 'cjk' || missing="$missing fonts-noto-cjk fontconfig"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || has postgres || missing="$missing postgresql"
PATH="$PATH:/usr/sbin" has nginx || missing="$missing nginx-light"
has promtool || missing="$missing prometheus"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
has java || missing="$missing default-jre-headless"
has mvn || missing="$missing maven"
[ -n "$missing" ] || exit 0
if has apt-get && [ "$(id -u)" = 0 ]; then
    echo "Installing $missing for the tests..."
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Not there, and not installed without root and apt: $missing. The tests that need them will be skipped." >&2
fi

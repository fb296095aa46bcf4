#!/bin/sh
# Prints the name of a Python that can run OneWindow (3.11 or newer, with venv), or says in one line what to install.
for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$candidate"
        exit 0
    fi
done
echo "OneWindow needs Python 3.11 or newer with venv: install python3 and python3-venv (Debian, Ubuntu), or Python from python.org (macOS), then run make again." >&2
exit 1

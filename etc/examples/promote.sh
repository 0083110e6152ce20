#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An example of a hook for one state, `notify-master = /etc/vrrpd/promote.sh`: makes a primary of a PostgreSQL that is a standby.
# It runs as script-user, which has to be postgres. When it runs, the address is already here.
set -eu

ask() {
	psql --no-psqlrc --tuples-only --no-align --quiet --command "$1" postgres
}

if [ "$(ask 'SELECT pg_is_in_recovery()')" = f ]; then
	echo "is the primary already"
	exit 0
fi
[ "$(ask 'SELECT pg_promote(true, 50)')" = t ] || {
	echo "PostgreSQL was not promoted within 50 s"
	exit 1
}
echo "promoted: ${VRRP_REASON:-}"

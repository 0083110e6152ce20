#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An example of a hook, for `notify = /etc/vrrpd/notify.sh`: it tells the system's log, and is where to start and stop what belongs to the
# addresses. Called with INSTANCE or GROUP, its name, the state and the priority; vrrpd.conf(5) has the environment.
# It runs as script-user, and nobody but root and that user may be able to write to it.
set -u

kind=${1:?} name=${2:?} state=${3:?} priority=${4:-0}

say() {
	logger -t vrrpd-notify -p daemon.notice -- "$kind $name: $*"
}

case $state in
MASTER)
	# the addresses are already here
	say "serves ${VRRP_ADDRESSES:-} with priority $priority: ${VRRP_REASON:-}"
	;;
BACKUP)
	say "stands by, master is ${VRRP_MASTER:-unknown}: ${VRRP_REASON:-}"
	;;
FAULT)
	say "takes no part: ${VRRP_REASON:-}"
	;;
STOP)
	say "has stopped"
	;;
*)
	say "unknown state $state"
	exit 1
	;;
esac

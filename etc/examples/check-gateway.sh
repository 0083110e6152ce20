#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An example of a check: exit status 0 if one of the addresses answers a ping, so that a router without a way out gives way.
#   script uplink { command = "/etc/vrrpd/check-gateway.sh 192.0.2.254 198.51.100.1"
#                   interval = 2s
#                   fall = 3 }
[ $# -gt 0 ] || {
	echo "usage: $0 ADDRESS..."
	exit 2
}
for address in "$@"; do
	ping -n -q -c 1 -W 1 "$address" >/dev/null 2>&1 && exit 0
done
echo "no answer from $*"
exit 1

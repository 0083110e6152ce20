#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An example of a check: exit status 0 if a web server, or the haproxy before it, answers here, not only if its process is there.
#   script web { command = "/etc/vrrpd/check-http.sh http://127.0.0.1/health" }
# What curl says goes into the events and the log. The script's timeout ends it if nothing else does.
exec curl --silent --show-error --fail --output /dev/null --max-time 5 "${1:-http://127.0.0.1/}"

# SPDX-License-Identifier: GPL-2.0-or-later
"""What `vrrpctl import` makes of a keepalived.conf does on the wire and in the kernel what keepalived did with the original.

    test_import.py --compare [--config-id ID] FILE...    the same with your own files: what is different in each
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from compare import compare_all, differences, import_of
from lab import binary, check, equal, run
from runner import LONG, main, test

# of the kinds that are in the field; keepalived becomes MASTER of all instances
SAMPLES = {
    "all defaults": """
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            virtual_ipaddress {
                192.0.2.10
            }
        }""",
    "a password and a prefix": """
        ! Configuration File
        vrrp_instance VI_1 {
            state MASTER
            interface eth0
            virtual_router_id 51
            priority 150
            advert_int 1
            authentication {
                auth_type PASS
                auth_pass longpassword
            }
            virtual_ipaddress { 192.0.2.10/24 }
        }""",
    "braces on their own lines, two seconds": """
        global_defs
        {
            router_id lb
        }
        vrrp_instance VI_1
        {
            interface eth0
            virtual_router_id 7
            advert_int 2
            priority 101
            virtual_ipaddress
            {
                192.0.2.10/24 dev eth0 label eth0:vip   # named
                192.0.2.11/25 brd + scope link
            }
        }""",
    "version 3, a tenth of a second": """
        global_defs {
            vrrp_version 3
        }
        vrrp_instance VI_1 {
            state BACKUP
            interface eth0
            virtual_router_id 200
            priority 254
            advert_int 0.1
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
            }
        }""",
    "an interval that is rounded": """
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            advert_int 1.5
            virtual_ipaddress { 192.0.2.10/24 }
        }""",
    "misspelt and out of range": """
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            prioriti 200
            priority 300
            virtual_ipaddress {
                192.0.2.10/33
                192.0.2.11/24 192.0.2.12/24
                2001:db8::10/64
            }
        }""",
    "excluded addresses": """
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            nopreempt
            virtual_ipaddress { 192.0.2.10/24 }
            virtual_ipaddress_excluded {
                192.0.2.20/24
                10.1.1.1/32
            }
        }""",
    "definitions and sequences": """
        $NET=192.0.2
        $PRIO=120
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            priority $PRIO
            virtual_ipaddress {
                ~SEQ(N, 30, 33) ${NET}.${N}/24
            }
        }""",
    "unicast": """
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            priority 110
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress { 192.0.2.10/24 }
        }""",
    "a virtual MAC, rules and routes": """
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            version 3
            use_vmac
            virtual_ipaddress {
                192.0.2.10/24 dev eth0
                192.0.2.11/24 dev eth1
            }
            virtual_routes {
                203.0.113.0/24 via 198.18.0.2 dev eth0 metric 5
                203.0.114.0/24 dev eth1
            }
            virtual_rules {
                from 192.0.2.10 table 100
                from 192.0.2.11 table 100 preference 77
                from 192.0.2.12 iif eth0 table 100
            }
        }""",
    "strict mode, and what keepalived ignores": """
        global_defs {
            vrrp_strict
        }
        vrrp_script down {
            script "/bin/false"
            interval 1.5
            weight -30
        }
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            advert_int 300
            authentication {
                auth_type PASS
                auth_pass secret
            }
            accept
            virtual_ipaddress {
                192.0.2.10 brd +
            }
            track_script {
                down
                late
            }
        }
        vrrp_script late {
            script "/bin/false"
            weight -10
        }""",
    "a script that adds its weight": """
        global_defs {
            script_user root
            enable_script_security
        }
        vrrp_script up {
            script "/bin/true"
            interval 1
            weight 7
        }
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            priority 100
            virtual_ipaddress { 192.0.2.10/24 }
            track_script { up }
        }""",
}


@test
def imported_samples_do_what_the_originals_did(lab):
    # each takes keepalived and vrrpd a start, a take-over and a stop
    samples = list(SAMPLES.items())
    for name, text in samples if LONG else samples[::5]:
        ours, different = differences(lab.file(f"{name.replace(' ', '-')}.conf", text))
        equal(different, [], f"{name}: what is different")
        equal(set(ours["states"].values()), {"MASTER"}, f"{name}: states")


@test
def strict_refuses_what_would_be_different(lab):
    path = lab.file("plain.conf", SAMPLES["all defaults"])
    run(binary("vrrpctl"), "import", "--strict", path)
    path = lab.file("other.conf", SAMPLES["misspelt and out of range"])
    lax = run(binary("vrrpctl"), "import", path)
    check(f"{path}:5: unknown word \"prioriti\", which keepalived ignores: did you mean priority?" in lax.stderr,
          lax.stderr)
    strict = run(binary("vrrpctl"), "import", "--strict", path, status=1)
    equal(strict.stdout, "", "what is written")
    check("because of --strict" in strict.stderr, strict.stderr)


@test
def the_result_passes_the_check(lab):
    for name, text in SAMPLES.items():
        original = lab.file(f"{name.replace(' ', '-')}.conf", text)
        path = lab.file("result.conf", import_of(original))
        run(binary("vrrpctl"), "check", path)


def compare_files():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compare", action="store_true", help="each of the files with its import")
    parser.add_argument("--config-id", metavar="ID", help="as in keepalived -i")
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("this makes network namespaces: run it as root")
    sys.exit(1 if compare_all(arguments.files, arguments.config_id) else 0)


if __name__ == "__main__":
    if "--compare" in sys.argv:
        compare_files()
    main()

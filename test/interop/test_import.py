# SPDX-License-Identifier: GPL-2.0-or-later
"""What `vrrpctl import` makes of a keepalived.conf does on the wire and in the kernel what keepalived did with the original."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from daemons import Keepalived
from lab import binary, check, equal, run, wait_until
from runner import LONG, main, test

# of the kinds that are in the field; the first instance is VI_1, and keepalived becomes MASTER of all
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
SETTLED = 3  # advertisements that are alike


class Original(Keepalived):
    """keepalived with a file as it is, and a FIFO that tells of its states."""

    def write(self, instances):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(f"{instances}\nglobal_defs {{\n vrrp_notify_fifo {self.fifo}\n}}\n")


def look_of(advert):
    """What a receiver sees of it."""
    return (advert.src, advert.dst, advert.ttl, advert.version, advert.vrid, advert.priority, advert.count,
            advert.interval_ms, advert.addresses)


def settled(capture, since):
    """What the last advertisements of r1 look like, when several in a row look alike."""
    def alike():
        looks = [look_of(advert) for advert in capture.adverts(src="192.0.2.1", since=since)][-SETTLED:]
        return looks[0] if len(looks) == SETTLED and all(look == looks[0] for look in looks) else None
    return wait_until("advertisements that are alike", alike, 30, 0.5)


def last_time(capture):
    return max((advert.time for advert in capture.adverts()), default=0.0) + 0.000001


def import_of(lab, name, text):
    path = lab.file(f"{name.replace(' ', '-')}.conf", text)
    return run(binary("vrrpctl"), "import", path).stdout


def compare(lab, r1, capture, name, text):
    original = Original(r1, text)
    original.wait_state("MASTER", "VI_1", deadline_s=30)
    theirs = settled(capture, last_time(capture))
    held = sorted(r1.addresses())
    r1.power_off()
    r1.boot()
    since = last_time(capture)
    ours = r1.vrrpd(import_of(lab, name, text))
    ours.wait_state("MASTER", "VI_1", deadline_s=30)
    equal(settled(capture, since), theirs, f"{name}: advertisements")
    wait_until(f"{name}: addresses like {held}", lambda: sorted(r1.addresses()) == held)
    equal(ours.show("VI_1")["effective_priority"], theirs[5], f"{name}: priority")
    ours.stop()
    ours.expect_clean_end()
    r1.power_off()
    r1.boot()


@test
def imported_samples_do_what_the_originals_did(lab):
    r1, _, _ = lab.pair()
    capture = lab.segments["lan"].capture()
    # each takes keepalived and vrrpd a start, a take-over and a stop
    samples = list(SAMPLES.items())
    for name, text in samples if LONG else samples[::4]:
        compare(lab, r1, capture, name, text)
    equal(capture.faults(), [], "what tshark finds wrong")


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
        path = lab.file("result.conf", import_of(lab, name, text))
        run(binary("vrrpctl"), "check", path)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What each process may do, compared with the table in README; and that everything ordinary works with no more than that."""

import contextlib
import ctypes
import os
import platform
import re
import shutil
import signal
import stat

from daemons import descendants, instance
from doctor import Findings
from lab import USER_ID, check, equal, wait_until
from manager import Unit
from runner import main, test
from service import (VIP, conf, has_sanitizers, heard_master, kill_protocol, realtime_is_refused_here, succeed,
                     undisturbed)

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
METRICS = "global { metrics = 127.0.0.1:9650 }\n"
REFUSED = "is not on this process's list"
NOBODY = 65534
# of linux/capability.h
NUMBERS = {"CHOWN": 0, "DAC_OVERRIDE": 1, "KILL": 5, "SETGID": 6, "SETUID": 7, "NET_ADMIN": 12, "NET_RAW": 13,
           "SYS_PTRACE": 19}
IPC_LOCK = 14


def status_of(text):
    """The lines of /proc/PID/status that matter."""
    found = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return {"name": found["Name"], "uid": int(found["Uid"].split()[1]),
            "capabilities": {name for name, number in NUMBERS.items() if int(found["CapEff"], 16) >> number & 1},
            "others": int(found["CapEff"], 16) & ~sum(1 << number for number in NUMBERS.values()),
            "permitted": int(found["CapPrm"], 16) == int(found["CapEff"], 16), "ambient": int(found["CapAmb"], 16),
            "bound": int(found["CapBnd"], 16), "bolted": found["NoNewPrivs"] == "1", "filtered": found["Seccomp"] == "2"}


def processes(daemon):
    """{"vrrpd: protocol": its status, …} of all processes of a daemon, and their pids."""
    found = {}
    for pid in [daemon.pid, *descendants(daemon.pid)]:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                status = status_of(file.read())
                found[status["name"]] = {**status, "pid": pid}
    return found


def promised():
    """README's table: {process: (user, capabilities, system calls)}."""
    rows = {}
    with open(f"{TOP}/README", encoding="utf-8") as file:
        text = file.read().split("What each process may do\n", 1)[1].split("\n\n", 3)[2]
    for line in text.splitlines()[1:]:
        words = re.split(r"\s{2,}", line.strip())
        if line.startswith("  vrrpd"):
            rows[words[0]] = [words[1], set(words[2].split()), words[3]]
            last = words[0]
        elif line.startswith("    ") and last:
            rows[last][1] |= set(words[0].split())
        else:
            last = None
    return rows


@test
def each_process_may_do_what_the_readme_says(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(METRICS + conf())
    daemon.wait_state("MASTER")
    table, found = promised(), processes(daemon)
    equal(set(found), set(table), "processes")
    users = {"root": 0, "vrrpd": USER_ID, "nobody": NOBODY}
    for name, (user, capabilities, calls) in table.items():
        process = found[name]
        equal(process["uid"], users[user], f"user of {name}")
        equal(process["filtered"], calls.startswith("a list"), f"whether {name}'s system calls are filtered")
        equal(process["bolted"], calls.startswith("a list"), f"whether {name} can gain no privileges")
        equal(process["ambient"], 0, f"ambient capabilities of {name}")
        if name != "vrrpd":
            equal(process["capabilities"], capabilities - {"none"}, f"capabilities of {name}")
            equal(process["others"], 0, f"other capabilities of {name}")
            check(process["permitted"], f"{name} has capabilities in reserve")
    equal(found["vrrpd: protocol"]["bound"], 0, "what the protocol process could gain by executing")
    check("there is no user" not in daemon.log_text(), "a user is missed that is there")


def what_a_script_is(lab, **keys):
    """The status of a process that a script of a daemon started."""
    r1, _, _ = lab.pair()
    path = os.path.join(lab.directory, "said")
    os.makedirs(path)
    os.chmod(path, 0o777)
    options = keys.pop("options", {})
    settings = "\n".join(f"{key.replace('_', '-')} = {value}" for key, value in keys.items())
    script = f'script look {{ command = "cat /proc/self/status >{path}/new; mv {path}/new {path}/said"\n{settings} }}\n'
    daemon = r1.vrrpd(script + conf().replace("vrid", "track-script look { }\n vrid", 1), **options)
    daemon.wait_state("MASTER")
    with open(f"{path}/said", encoding="utf-8") as file:
        return status_of(file.read())


@test
def a_command_inherits_nothing_and_may_use_sudo(lab):
    status = what_a_script_is(lab)
    equal(status["uid"], NOBODY, "user")
    equal((status["capabilities"], status["others"], status["ambient"]), (set(), 0, 0), "capabilities")
    equal((status["bolted"], status["filtered"]), (False, False), "no_new_privs and filter")
    check(status["bound"] >> NUMBERS["SETUID"] & 1, "sudo would get nothing")


@test
def a_command_of_roots_is_root(lab):
    status = what_a_script_is(lab, user="root")
    equal(status["uid"], 0, "user")
    check({"NET_ADMIN", "CHOWN", "SETUID"} <= status["capabilities"], f"capabilities: {status['capabilities']}")


@test
def without_the_user_it_stays_root_and_says_so_once(lab):
    r1, _, _ = lab.pair()
    for name in ("passwd", "group"):
        path = f"/etc/netns/{r1.namespace}/{name}"
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line for line in lines if not line.startswith("vrrpd:"))
    daemon = r1.vrrpd(conf())
    daemon.wait_state("MASTER")
    protocol = processes(daemon)["vrrpd: protocol"]
    equal((protocol["uid"], protocol["capabilities"], protocol["filtered"]), (0, {"NET_ADMIN", "NET_RAW"}, True),
          "user, capabilities, filter")
    kill_protocol(daemon, signal.SIGKILL)
    equal(daemon.log_text().count("there is no user vrrpd"), 1, "warnings")


def as_somebody(directory):
    """What a service manager that has chosen the user does."""
    os.makedirs(directory)
    os.chown(directory, NOBODY, NOBODY)
    return ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "--bounding-set",
            "-all,+net_admin,+net_raw", "--inh-caps", "-all,+net_admin,+net_raw", "--ambient-caps",
            "-all,+net_admin,+net_raw"]


@test
def started_by_somebody_else_with_ambient_capabilities_it_does_everything(lab):
    r1, r2, _ = lab.pair()
    state = os.path.join(lab.directory, "state")
    prefix = as_somebody(state)
    first = r1.vrrpd(METRICS + conf(), state_dir=state, prefix=prefix)
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(priority=100))
    heard_master(second)
    for name, process in processes(first).items():
        equal(process["uid"], NOBODY, f"user of {name}")
    found = processes(first)
    equal(found["vrrpd: protocol"]["capabilities"], {"NET_ADMIN", "NET_RAW"}, "capabilities")
    equal(found["vrrpd: web"]["capabilities"], set(), "capabilities of web")
    with undisturbed(lab, first, second, gap_ms=5000):
        first.reload(METRICS + conf(addresses=[VIP, "192.0.2.11/24"]))
        r1.wait_address("192.0.2.11/24")
        kill_protocol(first, signal.SIGKILL)
    first.stop()
    second.wait_state("MASTER")


@test
def in_a_container_with_two_capabilities_it_does_everything(lab):
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(METRICS + conf(), prefix=["setpriv", "--bounding-set", "-all,+net_admin,+net_raw"])
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(priority=100))
    heard_master(second)
    for name, process in processes(first).items():
        equal((process["uid"], process["others"]), (0, 0), f"user and other capabilities of {name}")
        check(process["capabilities"] <= {"NET_ADMIN", "NET_RAW"}, f"{name}: {process['capabilities']}")
    check("no user" not in first.log_text(), "a warning that nobody can do anything about")
    only_root = "global {\n  metrics = 127.0.0.1:9650\n  script-user = root\n}\n"
    tracked = "script s { command = /bin/true }\n" + conf().rstrip()[:-1] + "  track-script s { weight = -10 }\n}\n"
    first.reload(METRICS + tracked)
    first.wait_log("cannot run as user nobody without CAP_SETUID and CAP_SETGID, right is these two or script-user = root")
    container = ["setpriv", "--bounding-set", "-all,+net_admin,+net_raw"]
    finding = Findings(r1, METRICS + tracked, state_dir=first.state_dir, prefix=container).expect("scripts", "fail", "user nobody")
    check("script-user = root" in finding["fix"], f"{finding}")
    mark = first.mark()
    first.reload(only_root + tracked)
    first.wait_event("the script is up", lambda event: event["event"] == "track" and event["to"] == "up", since=mark)
    Findings(r1, only_root + tracked, state_dir=first.state_dir, prefix=container).expect_fine("scripts")
    first.reload(METRICS + conf())
    with undisturbed(lab, first, second, gap_ms=5000):
        first.reload(METRICS + conf(priority=160))
        kill_protocol(first, signal.SIGKILL)
    first.stop()
    second.wait_state("MASTER")


@test
def the_units_capabilities_are_enough(lab):
    r1, _, _ = lab.pair()
    unit = Unit(f"{TOP}/etc/service/vrrpd.service")
    realtime = bool(unit.limits())
    if not realtime:
        print("     no limit can be raised here: realtime = true was not tried")
    fifo = os.path.join(lab.directory, "fifo")
    # a program with the setuid bit, as sudo has it, that reads what is root's only
    reader, secret = os.path.join(lab.directory, "reader"), lab.file("secret", "told\n")
    shutil.copy("/bin/cat", reader)
    os.chmod(reader, 0o4755)
    os.chmod(secret, 0o600)
    hook = lab.file("hook", f"#!/bin/sh\n{reader} {secret} >/tmp/said-$$ 2>&1; cat /tmp/said-$$; rm /tmp/said-$$; exit 1\n")
    os.chmod(hook, 0o755)
    daemon = r1.vrrpd(f"global {{ realtime = {str(realtime).lower()}\n notify-fifo = {fifo} }}\n" + conf(notify=hook),
                      prefix=[*unit.limits(), "setpriv", "--bounding-set", unit.bounding_set()])
    daemon.wait_state("MASTER")
    found = processes(daemon)
    equal(found["vrrpd: protocol"]["uid"], USER_ID, "user of the protocol process")
    equal(os.sched_getscheduler(found["vrrpd: protocol"]["pid"]) & 0xff,
          os.SCHED_FIFO if realtime else os.SCHED_OTHER, "scheduling")
    wait_until("the FIFO", lambda: os.path.exists(fifo))
    info = os.stat(fifo)
    equal((info.st_uid, stat.S_IMODE(info.st_mode)), (NOBODY, 0o600), "owner and mode of the FIFO")
    daemon.wait_log("told")


def locked_and_all_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        found = dict(line.split(":", 1) for line in file)
    return tuple(int(found[name].split()[0]) for name in ("VmLck", "VmSize"))


@test
def realtime_locks_what_is_allocated_later_too(lab):
    """With the limit of an ordinary container, which may not raise it."""
    if realtime_is_refused_here():
        return
    r1, _, _ = lab.pair()
    head, limit_kb = "global {\n  realtime = true\n}\n", 8192
    daemon = r1.vrrpd(head + conf(), prefix=("prlimit", f"--memlock={limit_kb * 1024}", "setpriv", "--bounding-set", "-sys_resource"))
    daemon.wait_state("MASTER")
    vips = [f"10.1.{n // 250}.{n % 250 + 1}/32" for n in range(5000)]
    daemon.reload(head + conf(extra_addresses=vips))
    r1.wait_address(vips[-1])
    pid = daemon.protocol_pid
    locked, everything = locked_and_all_kb(pid)
    if not has_sanitizers():  # AddressSanitizer makes mlockall() nothing
        check(limit_kb < locked and locked > 0.9 * everything, f"{locked} of {everything} kB are locked")
    process = processes(daemon)["vrrpd: protocol"]
    equal((process["capabilities"], process["others"]), ({"NET_ADMIN", "NET_RAW"}, 1 << IPC_LOCK), "capabilities")


@test
def everything_ordinary_is_on_the_list(lab):
    lab.segment("other")
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24", other="198.51.100.1/24")
    r2 = lab.node("r2", lan="192.0.2.2/24")
    r1.use_ipv6("fe80::1/64")
    r2.use_ipv6("fe80::2/64")
    metrics = "global { metrics = [::]:9650 }\n"
    six = instance("six", vrid=61, addresses=("2001:db8::10/64",), advert_interval="200ms")
    unicast = instance("unicast", interface="eth1", vrid=62, addresses=("198.51.100.10/24",), peers=["198.51.100.2"])
    deaf = instance("deaf", vrid=63, addresses=("192.0.2.30/24",), accept=False, advert_interval="200ms")
    first = r1.vrrpd(metrics + conf())
    second = r2.vrrpd(conf(priority=100))
    first.wait_state("MASTER")
    before = first.protocol_pid
    first.reload(metrics + conf() + six + unicast + deaf + "file load { path = /dev/null }\n")
    for name in ("six", "unicast", "deaf"):
        first.wait_state("MASTER", name)
    first.ctl("announce", "all")
    first.ctl("force", "backup", "web", "--for", "1h", "--reason", "a test")
    second.wait_state("MASTER")
    first.ctl("release", "all")
    second.wait_state("BACKUP")
    for arguments in (("show",), ("show", "web"), ("counters",), ("metrics",), ("version",), ("events",), ("reload", )):
        first.ctl(*arguments)
    first.ctl("doctor", status=None)
    r1.ip("addr", "del", VIP, "dev", "eth0")
    r1.wait_address(VIP)
    r1.unplug("eth1")
    first.wait_state("FAULT", "unicast")
    r1.plug("eth1")
    first.send(signal.SIGUSR1)
    wait_until("the dump", lambda: os.path.exists(os.path.join(first.state_dir, "dump.json")))
    for path in ("", "metrics", "metrics?compat=keepalived", "status.json"):
        # a client with a link-local address, whose interface has a name
        r2.run("curl", "-sf", "--max-time", "20", f"http://[fe80::1%eth0]:9650/{path}")
    first.reload(metrics + conf())
    first.follower_process.end()
    equal(first.protocol_pid, before, "pid of the protocol process")
    second.follower_process.end()
    first = succeed(first, ("-T",), metrics + conf())
    kill_protocol(first, signal.SIGABRT)
    for daemon in lab.daemons:
        check(REFUSED not in daemon.log_text(), f"{daemon.title}: {daemon.log_text()}")


# of <sys/ptrace.h>, and x86-64's registers
PTRACE_POKETEXT, PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_ATTACH, PTRACE_DETACH = 4, 12, 13, 16, 17
REGISTERS, RAX, INSTRUCTION_POINTER, ORIGINAL_RAX = 27, 10, 16, 15
SYSCALL = 0x050F
CHROOT = 161


def make_call(pid, number):
    """Has it make a system call that its program does not know, as somebody would who had got into it."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    ptrace.restype = ctypes.c_long
    registers = (ctypes.c_ulong * REGISTERS)()
    check(ptrace(PTRACE_ATTACH, pid, None, None) == 0, "cannot attach")
    os.waitpid(pid, 0x40000000)  # __WALL
    check(ptrace(PTRACE_GETREGS, pid, None, registers) == 0, "cannot read the registers")
    check(ptrace(PTRACE_POKETEXT, pid, registers[INSTRUCTION_POINTER], SYSCALL) == 0, "cannot write")
    registers[RAX] = number
    registers[ORIGINAL_RAX] = ctypes.c_ulong(-1).value  # no call is to be begun again
    check(ptrace(PTRACE_SETREGS, pid, None, registers) == 0, "cannot write the registers")
    check(ptrace(PTRACE_DETACH, pid, None, None) == 0, "cannot detach")


@test
def a_call_that_is_not_on_the_list_is_told_and_another_process_goes_on(lab):
    if platform.machine() != "x86_64":
        print("     known for x86-64 only: nothing was tested")
        return
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(METRICS + conf())
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(priority=100))
    heard_master(second)
    before = processes(first)
    with undisturbed(lab, first, second, gap_ms=5000):
        for name in ("vrrpd: protocol", "vrrpd: web"):
            mark = len(first.log_text())
            make_call(before[name]["pid"], CHROOT)
            first.wait_log(f"the system call chroot ({CHROOT}) {REFUSED}")
            wait_until(f"another {name}", lambda: processes(first).get(name, {}).get("pid") not in (None, before[name]["pid"]))
            check("ended with status 3" in first.log_text()[mark:], "how it ended")


main()

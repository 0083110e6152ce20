# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever does not read, does not answer or has no room: the advertisements go out in time, and what is lost is counted and said."""

import fcntl
import json
import os
import signal
import socket
import time

from daemons import instance
from lab import check, equal, run, wait_until
from runner import main, often
from service import VIP, conf, gap_limit_ms, hurry_again, pair, slow_down, times, undisturbed

EVENTS = times(400, 5000)
STORM = 20_000
CLIENTS = 10


def prompt(lab, first, second):
    """Undisturbed, and no advertisement late."""
    return undisturbed(lab, first, second, gap_limit_ms(1.2))


class Control:
    """A client of the control socket that may be as rude as it likes."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(os.path.join(daemon.state_dir, "control.sock"))
        self.socket.settimeout(40)

    def send(self, **request):
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def ask(self, **request):
        """The reply."""
        self.send(**request)
        data = b""
        while not data.endswith(b"\n"):
            data += self.socket.recv(65536)
        return json.loads(data)

    def close(self):
        self.socket.close()


def make_events(daemon, count=EVENTS):
    """As many events, each with a line in the log."""
    client = Control(daemon)
    for _ in range(count):
        check(client.ask(command="announce", name="web")["ok"], "an announcement was refused")
    client.close()


def fifo(lab, name):
    path = os.path.join(lab.directory, name)
    os.mkfifo(path)
    os.chmod(path, 0o666)
    return path


def read_all(stream):
    os.set_blocking(stream, False)
    data = b""
    try:
        while part := os.read(stream, 65536):
            data += part
    except BlockingIOError:
        pass
    return data.decode(errors="replace")


@often
def a_log_reader_that_has_stopped_delays_nothing_and_learns_what_it_missed(lab):
    path = fifo(lab, "stderr")
    reader = os.open(path, os.O_RDWR)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    first, second, _ = pair(lab, {"prefix": ("sh", "-c", f'exec "$@" 2>{path}', "sh")})
    with prompt(lab, first, second):
        make_events(first)
    read_all(reader)
    first.ctl("announce", "web")
    wait_until("it is told how much was lost", lambda: "log lines were lost" in read_all(reader))
    os.close(reader)


# ip netns exec has given it a mount namespace of its own
OWN_SYSLOG = """
set -e
mkdir -p $0/dev
for file in null urandom; do touch $0/dev/$file; mount --bind /dev/$file $0/dev/$file; done
ln -s $0/socket $0/dev/log
mount --rbind $0/dev /dev
exec "$@"
"""


def with_syslog(lab):
    """A pair whose first logs to a socket that the test has made, and the socket."""
    directory = os.path.join(lab.directory, "syslog")
    os.makedirs(directory)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(os.path.join(directory, "socket"))
    first, second, _ = pair(lab, {"prefix": ("sh", "-c", OWN_SYSLOG, directory)},
                            "global {\n  log = syslog\n}\n")
    return first, second, log


def datagrams(log):
    log.setblocking(False)
    lines = []
    try:
        while True:
            lines.append(log.recv(65536).decode(errors="replace"))
    except BlockingIOError:
        return lines


@often
def a_syslog_that_does_not_read_delays_nothing_and_learns_what_it_missed(lab):
    first, second, log = with_syslog(lab)
    with prompt(lab, first, second):
        make_events(first)
    check(any("BACKUP -> MASTER" in line for line in datagrams(log)), "what it was told first")
    first.ctl("announce", "web")
    wait_until("it is told how much was lost", lambda: any("log lines were lost" in line for line in datagrams(log)))
    log.close()


@often
def a_syslog_that_is_gone_delays_nothing_and_stderr_gets_the_lines(lab):
    first, second, log = with_syslog(lab)
    log.close()
    with prompt(lab, first, second):
        make_events(first, 20)
    first.wait_log("announcing the addresses again")


@often
def control_clients_that_never_read_delay_nothing(lab):
    first, second, _ = pair(lab)
    clients = [Control(first) for _ in range(CLIENTS)]
    for client in clients:
        client.send(command="events", follow=True, count=100000)
    asking = [Control(first) for _ in range(CLIENTS)]
    with prompt(lab, first, second):
        for client in asking:
            client.socket.setblocking(False)
            try:
                for _ in range(2000):
                    client.send(command="show")
            except OSError:
                pass  # it does not take more, or has thrown us out
        make_events(first)
    for client in clients + asking:
        client.close()


NOISE = {"name": "noise", "vrid": 52, "addresses": ["192.0.2.20/24"], "advert_interval": "100ms", "priority": 255}


def flip(daemon, count):
    """Changes of state of another instance."""
    client = Control(daemon)
    for number in range(count):
        request = {"command": "release"} if number % 2 else {"command": "force", "to": "off"}
        reply = client.ask(name="noise", **request)
        check(reply["ok"], f"refused: {reply}")
    client.close()


def with_noise(lab, global_keys="", sections="", **keys):
    """A pair, and beside the first's instance another one that is alone."""
    first, second, _ = pair(lab)
    first.reload(f"global {{\n  script-user = root\n{global_keys}}}\n{sections}" + conf() + instance(**NOISE, **keys))
    first.wait_state("MASTER", "noise")
    return first, second


@often
def a_notify_fifo_that_nobody_reads_delays_nothing(lab):
    path = fifo(lab, "notify")
    first, second = with_noise(lab, f'  notify-fifo = "{path}"\n')
    with prompt(lab, first, second):
        flip(first, EVENTS)
    # somebody who has it open and does not read is no better
    reader = os.open(path, os.O_RDWR)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    with prompt(lab, first, second):
        flip(first, EVENTS)
    os.close(reader)


@often
def scripts_and_hooks_that_hang_delay_nothing(lab):
    hang = lab.file("hang", "#!/bin/sh\nexec sleep 3600\n")
    os.chmod(hang, 0o755)
    script = f'script hang {{\n  command = "{hang}"\n  interval = 100ms\n  initially = up\n}}\n'
    first, second = with_noise(lab, "", script, notify=hang, notify_timeout="1s")
    track = "  track-script hang { weight = -1 }\n}\n"
    first.reload("global {\n  script-user = root\n}\n" + script + conf().rstrip().rstrip("}") + track +
                 instance(**NOISE, notify=hang, notify_timeout="1s"))
    with prompt(lab, first, second):
        flip(first, EVENTS)


SMALL_STATE_DIR = """
set -e
mkdir -p $0
mount -t tmpfs -o size=400k,mode=755 tmpfs $0
exec "$@"
"""


@often
def a_full_state_directory_delays_nothing(lab):
    state_dir = os.path.join(lab.directory, "small")
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(conf(), state_dir=state_dir, prefix=("sh", "-c", SMALL_STATE_DIR, state_dir), wait=False)
    # what is mounted there only its own processes see
    first.state_dir = f"/proc/{first.pid}/root{state_dir}"
    first.wait_ready()
    first.wait_state("MASTER")
    second = r2.vrrpd(conf(priority=100))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    try:
        with open(os.path.join(first.state_dir, "ballast"), "wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
    except OSError:
        pass
    more = "".join(instance(f"more{n}", vrid=100 + n, addresses=[f"10.0.0.{n}/32"]) for n in range(60))
    with prompt(lab, first, second):
        first.reload(conf() + more)
        first.wait_log("the state file cannot be written")
        first.send(signal.SIGUSR1)
        first.wait_log("dump.json")
        make_events(first)
    first.reload(conf())


@often
def a_state_directory_that_cannot_be_written_is_named_at_the_start(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    state_dir = os.path.join(lab.directory, "read-only")
    daemon = r1.vrrpd(conf(), state_dir=state_dir, wait=False, prefix=(
        "sh", "-c", SMALL_STATE_DIR.replace("exec", "mount -o remount,ro $0; exec"), state_dir))
    equal(daemon.wait(), 2, "exit status")
    check(state_dir in daemon.log_text(), f"what it said: {daemon.log_text()}")


def storm(node, count=STORM):
    """So many changes of addresses, as fast as they go."""
    addresses = [f"10.{n >> 8}.{n & 255}.1/32" for n in range(250)]
    batch = []
    for _ in range(count // (2 * len(addresses))):
        batch += [f"addr add {address} dev eth0" for address in addresses]
        batch += [f"addr del {address} dev eth0" for address in addresses]
    path = node.lab.file("storm", "\n".join(batch) + "\n")
    start = time.monotonic()
    run("ip", "-n", node.namespace, "-batch", path)
    print(f"     {len(batch)} changes in {time.monotonic() - start:.1f} s")


@often
def a_storm_of_address_changes_delays_nothing(lab):
    first, second, _ = pair(lab)
    with prompt(lab, first, second):
        storm(first.node)


@often
def what_the_kernel_told_in_vain_is_found_out(lab):
    """A process that does not run for a while loses events: it reads everything again, and puts back what is missing."""
    first, second, _ = pair(lab)
    slow_down(first, second)
    protocol = first.protocol_pid
    os.kill(protocol, signal.SIGSTOP)
    storm(first.node, 4 * STORM)
    first.node.ip("addr", "del", VIP, "dev", "eth0")
    os.kill(protocol, signal.SIGCONT)
    first.node.wait_address(VIP)
    first.wait_log("events of the kernel were lost")
    equal(first.states(), ["BACKUP", "MASTER"], "states")
    equal(second.states(), ["BACKUP"], "states of the backup")
    hurry_again(first, second)


if __name__ == "__main__":
    main()

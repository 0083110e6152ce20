#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages: what is in them, and (--long) the life of the .deb on a clean Debian: installed, started, reloaded, upgraded as
MASTER, removed, purged; and of the .rpm, by rpm in such a tree too. There is no systemd in that tree; a stand-in does what the unit file says, with the same command,
capabilities, limits and signals, when the package's own scripts call systemctl.
"""

import glob
import json
import os
import shlex
import shutil
import signal
import stat
import threading

from daemons import descendants, sanitizer_environment
from lab import BUILD, HERE, Failure, Process, check, equal, run
from manager import NotifySocket, Unit
from runner import LONG, main, test
from service import VIP, conf, heard_master, undisturbed

TOP = os.path.normpath(os.path.join(HERE, "../.."))
UNIT = "lib/systemd/system/vrrpd.service"


def has(*programs):
    """Whether this host can make and look at such packages; another distribution's cannot."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        print(f"     skipped: there is no {' and no '.join(missing)} here")
    return not missing


def pack(lab, kind, build=BUILD):
    """The package that cpack makes of a build."""
    directory = os.path.join(lab.directory, kind)
    run("cpack", "-G", kind, "-B", directory, cwd=build, timeout_s=600)
    return glob.glob(os.path.join(directory, f"vrrpd*.{kind.lower()}"))[0]


def unpack(lab, package):
    directory = os.path.join(lab.directory, "tree")
    run("dpkg-deb", "-x", package, directory)
    return directory


@test
def the_deb_has_what_belongs_into_it_and_pleases_lintian(lab):
    if not has("dpkg-deb", "lintian"):
        return
    package = pack(lab, "DEB")
    fields = run("dpkg-deb", "-f", package, "Package", "Version", "Depends").stdout
    for text in ("Package: vrrpd", "Version: 2.0.0", "libmnl0", "libevent", "libcap-ng0"):
        check(text in fields, f"no {text!r} in {fields}")
    tree = unpack(lab, package)
    for path in ("sbin/vrrpd", "bin/vrrpctl", UNIT, "lib/sysusers.d/vrrpd.conf", "lib/tmpfiles.d/vrrpd.conf",
                 "share/man/man8/vrrpd.8.gz", "share/man/man8/vrrpctl.8.gz", "share/man/man5/vrrpd.conf.5.gz",
                 "share/bash-completion/completions/vrrpctl", "share/zsh/site-functions/_vrrpctl",
                 "share/doc/vrrpd/copyright", "share/doc/vrrpd/examples/vrrpd.conf"):
        check(os.path.exists(os.path.join(tree, "usr", path)), f"no /usr/{path}")
    check(not os.path.exists(f"{tree}/etc/vrrpd/vrrpd.conf"), "the package would overwrite the configuration")
    run("dpkg-deb", "-e", package, f"{tree}/control")
    with open(f"{tree}/control/conffiles", encoding="ascii") as file:
        equal(file.read().split(), ["/etc/default/vrrpd"], "conffiles")
    run("lintian", "--fail-on", "error", package)


@test
def the_rpm_has_what_belongs_into_it(lab):
    if not has("rpmbuild", "rpm"):
        return
    package = pack(lab, "RPM")
    # whose own database may not be there
    rpm = ["rpm", "--dbpath", os.path.join(lab.directory, "rpmdb"), "-qp"]
    files = run(*rpm, "-l", package).stdout.split()
    for path in ("/usr/sbin/vrrpd", "/usr/bin/vrrpctl", f"/usr/{UNIT}", "/usr/lib/sysusers.d/vrrpd.conf",
                 "/usr/share/man/man8/vrrpd.8"):
        check(path in files, f"no {path} in {files}")
    check("/usr/sbin" not in files, "a directory of the system belongs to the package")
    equal(run(*rpm, "--configfiles", package).stdout.split(), ["/etc/default/vrrpd"], "configuration files")
    requires = run(*rpm, "-R", package).stdout
    check("libmnl.so" in requires, f"the libraries are not required: {requires}")


@test
def the_unit_is_right_and_its_exposure_at_most_3_5(lab):
    if not has("systemd-analyze"):
        return
    run("cmake", "--install", BUILD, "--prefix", "/usr", env={**os.environ, "DESTDIR": lab.directory})
    installed = os.path.join(lab.directory, "usr")
    with open(os.path.join(installed, UNIT), encoding="utf-8") as file:
        text = file.read()
    equal(Unit(os.path.join(installed, UNIT)).words("ExecStart"), ["/usr/sbin/vrrpd", "$VRRPD_OPTIONS"], "ExecStart")
    unit = lab.file("vrrpd.service", text.replace("=/usr/", f"={installed}/"))
    verify = ["systemd-analyze", "verify", f"--man={'yes' if shutil.which('man') else 'no'}", unit]
    said = run(*verify, env={**os.environ, "MANPATH": f"{installed}/share/man"})
    equal(said.stdout + said.stderr, "", "what systemd-analyze verify finds")
    run("systemd-analyze", "security", "--offline=true", "--threshold=35", unit)


@test
def the_scripts_of_packages_and_services_are_well_formed(lab):
    scripts = [f"{TOP}/etc/package/{name}" for name in ("postinst", "prerm", "postrm", "rpm-post", "rpm-preun",
                                                        "rpm-postun")]
    scripts.append(f"{TOP}/etc/service/vrrpd.openrc")
    for script in scripts:
        run("sh", "-n", script)
    if has("shellcheck"):
        run("shellcheck", "-s", "sh", "-e", "SC2034", *scripts)


# --- the life of the package (--long)


SYSTEMCTL = r"""#!/bin/sh
# A stand-in: the test does what systemd would, and says with which status.
exec 9>/run/stand-in.lock
flock 9
echo "$*" >/run/stand-in.request
read -r status </run/stand-in.answer
exit "$status"
"""


class Tree:
    """A clean Debian in a directory, as the host's sources have it."""

    def __init__(self, lab):
        self.path = os.path.join(lab.directory, "debian")
        targets = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(LABEL)",
                      "Identifier: Packages").stdout.splitlines()
        uri, suite, _ = next(line.split() for line in targets if line.endswith((" Debian", " Ubuntu")))
        run("debootstrap", "--variant=minbase", suite, self.path, uri, timeout_s=1200)
        self.command("mount", "-t", "proc", "proc", "/proc")

    def command(self, *words, status=0, **options):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C",
                       **{key: value for key, value in os.environ.items() if key.lower().endswith("_proxy")}}
        return run("chroot", self.path, *words, status=status, env=environment, timeout_s=900, **options)

    def file(self, path):
        return self.path + path

    def read(self, path):
        with open(self.file(path), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text, mode=0o644):
        with open(self.file(path), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.file(path), mode)

    def everything(self):
        """What is there, but for what every installation of any package changes."""
        changing = ("/var/lib/dpkg", "/var/lib/apt", "/var/cache", "/var/log", "/proc", "/tmp", "/etc/ld.so.cache",
                    "/etc/passwd-", "/etc/shadow-", "/etc/group-", "/etc/gshadow-", "/etc/.pwd.lock", "/run/systemd",
                    "/run/stand-in", "/run/notify", "/usr/bin/systemctl", "/etc/subuid-", "/etc/subgid-",
                    "/etc/systemd")
        found = {}
        for folder, _, names in os.walk(self.path):
            for name in [*names, "."]:
                path = os.path.normpath(os.path.join(folder, name))[len(self.path):] or "/"
                if not path.startswith(changing):
                    info = os.lstat(self.file(path))
                    found[path] = (stat.filemode(info.st_mode), info.st_size if stat.S_ISREG(info.st_mode) else 0)
        return found

    def unmount(self):
        run("umount", "-l", self.file("/proc"), status=None)


class StandIn:
    """systemd, as far as one unit is concerned. `Installed` is what a test sees of the daemon."""

    def __init__(self, lab, node, tree):
        self.lab, self.node, self.tree = lab, node, tree
        self.asked = []
        self.process = None
        self.ear = NotifySocket(tree.file("/run/notify"))
        for name in ("request", "answer"):
            os.mkfifo(tree.file(f"/run/stand-in.{name}"))
        os.makedirs(tree.file("/run/systemd/system"))
        tree.write("/usr/bin/systemctl", SYSTEMCTL, 0o755)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            with open(self.tree.file("/run/stand-in.request"), encoding="utf-8") as file:
                words = file.read().split()
            self.asked.append(" ".join(words))
            try:
                status = self.obey([word for word in words if not word.startswith("-")], "--now" in words)
            except Failure as failure:
                print(f"     systemctl {' '.join(words)}: {failure}")
                status = 1
            with open(self.tree.file("/run/stand-in.answer"), "w", encoding="utf-8") as file:
                file.write(f"{status}\n")

    def obey(self, words, now):
        verb = words[0] if words else ""
        if verb == "is-active":
            return 0 if self.running else 3
        if verb in ("start", "stop", "restart", "reload"):
            return getattr(self, verb)()
        if verb == "try-restart":
            return self.restart() if self.running else 0
        return self.stop() if verb == "disable" and now else 0

    @property
    def unit(self):
        return Unit(self.tree.file(f"/usr/{UNIT}"))

    @property
    def running(self):
        return self.process is not None and self.process.running

    @property
    def pid(self):
        return self.process.pid

    def command_line(self, key):
        """Of the unit, with the variables of its EnvironmentFile."""
        path = self.unit.one("EnvironmentFile").lstrip("-")
        variables = dict(word.split("=", 1) for word in shlex.split(self.tree.read(path), comments=True))
        return [value for word in self.unit.words(key)
                for value in (variables.get(word[1:], "").split() if word.startswith("$") else [word])]

    def start(self):
        if self.running or not os.path.exists(self.tree.file(self.unit.one("ConditionPathExists"))):
            return 0
        os.makedirs(self.tree.file(f"/run/{self.unit.one('RuntimeDirectory')}"), exist_ok=True)
        mark = self.ear.mark()
        watchdog_us = int(self.unit.one("WatchdogSec")) * 1000000
        self.process = Process(
            self.node, ["chroot", self.tree.path, *self.unit.limits(), "setpriv", "--bounding-set",
                        self.unit.bounding_set(), "env", "NOTIFY_SOCKET=/run/notify", f"WATCHDOG_USEC={watchdog_us}",
                        "sh", "-c", f'umask {self.unit.one("UMask")}; exec "$0" "$@"', *self.command_line("ExecStart")],
            log=os.path.join(self.lab.directory, "installed.log"), env=sanitizer_environment("/tmp"))
        equal(self.ear.wait("READY", since=mark)["MAINPID"], str(self.pid), "the pid that is told")
        return 0

    def _end(self, key):
        if self.running:
            status = self.process.end(signal.Signals[self.unit.one(key)])
            equal(status, 0, f"exit status after {key}")

    def stop(self):
        self._end("KillSignal")
        return 0

    def restart(self):
        self._end("RestartKillSignal")
        return self.start()

    def reload(self):
        return self.tree.command(*self.command_line("ExecReload"), status=None).returncode

    @property
    def protocol_pid(self):
        return next(pid for pid in descendants(self.pid) if comm_of(pid) == "vrrpd: protocol")

    def processes(self):
        """Name, user, and whether its system calls are filtered, of each."""
        for pid in descendants(self.pid):
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            yield status["Name"], int(status["Uid"].split()[1]), status["Seccomp"] == "2"

    # --- what service.undisturbed() wants of a daemon

    def show(self, name="web"):
        return json.loads(self.tree.command("vrrpctl", "-j", "show", name).stdout)


def comm_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


def release_build(lab):
    """A build as it is released, from this source."""
    build = os.path.join(lab.directory, "build")
    run("cmake", "-S", TOP, "-B", build, "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DTESTS=OFF", timeout_s=300)
    run("nice", "cmake", "--build", build, "-j", "2", timeout_s=1800)
    return build


def life(lab, tree):
    r1, r2, client = lab.pair()
    build = release_build(lab)
    package = os.path.basename(pack(lab, "DEB", build))
    clean = tree.everything()
    shutil.copy(os.path.join(lab.directory, "DEB", package), tree.file("/tmp"))
    service = StandIn(lab, r1, tree)

    tree.command("apt-get", "install", "-q", "-y", "--no-install-recommends", f"/tmp/{package}")
    check(not service.running, "started without a configuration")
    check("vrrpd" in tree.command("getent", "passwd", "vrrpd").stdout, "no user")
    check(any("daemon-reload" in words for words in service.asked), f"asked was {service.asked}")

    tree.write("/etc/vrrpd/vrrpd.conf", conf())
    tree.write("/etc/default/vrrpd", "VRRPD_OPTIONS=-v\n")
    tree.command("systemctl", "start", "vrrpd.service")
    r1.wait_address(VIP)
    user = int(tree.command("id", "-u", "vrrpd").stdout)
    equal({(name, uid, filtered) for name, uid, filtered in service.processes() if name != "vrrpd"},
          {("vrrpd: protocol", user, True), ("vrrpd: runner", 0, False)}, "processes")
    second = r2.vrrpd(conf(priority=100))
    heard_master(second)

    with undisturbed(lab, service, second, gap_ms=5000):
        tree.command("systemctl", "reload", "vrrpd.service")
        tree.write("/etc/vrrpd/vrrpd.conf", "instance web { interfase = eth0 }\n")
        check(tree.command("systemctl", "reload", "vrrpd.service", status=None).returncode != 0, "a broken file reloads")
        tree.write("/etc/vrrpd/vrrpd.conf", conf())
    print("     upgrade over itself, make before break")
    supervisor, protocol = service.pid, service.protocol_pid
    probe = client.probe(VIP.partition("/")[0])
    probe.wait_answering()
    with undisturbed(lab, service, second, gap_ms=5000):
        tree.command("dpkg", "-i", f"/tmp/{package}")
    equal(service.pid, supervisor, "pid of the supervisor, which is to stay what systemd knows")
    check(service.protocol_pid != protocol, f"the program that was there goes on: asked was {service.asked}")
    check(not any(words.startswith("restart") for words in service.asked), f"asked was {service.asked}")
    print("     where the administrator has a policy for restarts, one that keeps mastership")
    tree.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 0\n", 0o755)
    with undisturbed(lab, service, second, gap_ms=5000):
        tree.command("dpkg", "-i", f"/tmp/{package}")
    check(service.running and service.pid != supervisor, f"not restarted: asked was {service.asked}")
    os.unlink(tree.file("/usr/sbin/policy-rc.d"))
    lost = probe.result()["lost"]
    check(lost <= 4, f"{lost} probes were lost in two upgrades")
    equal(tree.read("/etc/vrrpd/vrrpd.conf"), conf(), "the configuration after the upgrade")
    equal(tree.read("/etc/default/vrrpd"), "VRRPD_OPTIONS=-v\n", "the options after the upgrade")

    print("     remove and purge")
    mark = second.mark()
    tree.command("dpkg", "-r", "vrrpd")
    check(not service.running, f"goes on after its removal: asked was {service.asked}")
    second.wait_state("MASTER", since=mark)
    equal(tree.read("/etc/vrrpd/vrrpd.conf"), conf(), "the configuration after the removal")
    tree.command("apt-get", "purge", "-q", "-y", "--autoremove", "vrrpd")
    os.unlink(tree.file(f"/tmp/{package}"))
    left = tree.everything()
    equal({path for path in clean.keys() | left.keys() if clean.get(path) != left.get(path)}, set(), "traces")
    equal(tree.command("getent", "passwd", "vrrpd", status=None).stdout, "", "the user")


def rpm_life(lab, tree):
    """The libraries come from Debian, so that what the package requires is not asked for (--nodeps); all else is rpm's own doing."""
    rpm = ["rpm", "--dbpath", "/var/lib/rpm", "--root", tree.path]
    r1, r2, _ = lab.pair()
    build = release_build(lab)
    package = pack(lab, "RPM", build)
    libraries = run("dpkg-deb", "-f", pack(lab, "DEB", build), "Depends").stdout
    tree.command("apt-get", "update", "-q")
    tree.command("apt-get", "install", "-q", "-y", "--no-install-recommends", "systemd-standalone-sysusers",
                 *(word.split()[0] for word in libraries.split(",")))
    os.makedirs(tree.file("/var/lib/rpm"), exist_ok=True)
    clean = tree.everything()
    service = StandIn(lab, r1, tree)

    run(*rpm, "-i", "--nodeps", package)
    check(any("preset vrrpd.service" in words for words in service.asked), f"asked was {service.asked}")
    check("vrrpd" in tree.command("getent", "passwd", "vrrpd").stdout, "no user")
    equal(run(*rpm, "-V", "--nodeps", "vrrpd").stdout, "", "what is not as the package has it")
    tree.write("/etc/vrrpd/vrrpd.conf", conf())
    tree.write("/etc/default/vrrpd", "VRRPD_OPTIONS=-v\n")
    tree.command("systemctl", "start", "vrrpd.service")
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(priority=100))
    heard_master(second)

    print("     upgrade over itself")
    supervisor, protocol = service.pid, service.protocol_pid
    with undisturbed(lab, service, second, gap_ms=5000):
        run(*rpm, "-U", "--nodeps", "--force", package)
    equal(service.pid, supervisor, "pid of the supervisor")
    check(service.protocol_pid != protocol, f"the program that was there goes on: asked was {service.asked}")
    equal(tree.read("/etc/vrrpd/vrrpd.conf"), conf(), "the configuration after the upgrade")
    equal(tree.read("/etc/default/vrrpd"), "VRRPD_OPTIONS=-v\n", "the options after the upgrade")

    print("     erase")
    mark = second.mark()
    run(*rpm, "-e", "--nodeps", "vrrpd")
    check(not service.running, f"goes on after its removal: asked was {service.asked}")
    second.wait_state("MASTER", since=mark)
    left = tree.everything()
    changed = {path for path in clean.keys() | left.keys() if clean.get(path) != left.get(path) and not path.startswith("/var/lib/rpm")}
    # an rpm leaves what somebody has changed, and the user; these directories are of the system where rpm is at home
    system = {"/usr/lib/sysusers.d", "/usr/share/zsh", "/usr/share/zsh/site-functions"}
    kept = {"/etc/default/vrrpd.rpmsave", "/etc/vrrpd", "/etc/vrrpd/vrrpd.conf", "/etc/group", "/etc/gshadow", "/etc/passwd", "/etc/shadow"}
    equal(changed - system - kept, set(), "traces")
    equal(tree.read("/etc/default/vrrpd.rpmsave"), "VRRPD_OPTIONS=-v\n", "the options after the removal")


def in_a_clean_debian(lab, live):
    tree = None
    try:
        tree = Tree(lab)
        live(lab, tree)
    finally:
        lab.clear_processes()
        if tree:
            tree.unmount()


if LONG:
    @test
    def a_deb_lives_on_a_clean_debian_from_installation_to_purge(lab):
        if has("debootstrap", "dpkg-deb", "apt-get"):
            in_a_clean_debian(lab, life)

    @test
    def an_rpm_lives_from_installation_to_removal(lab):
        if has("debootstrap", "rpm", "rpmbuild", "apt-get"):
            in_a_clean_debian(lab, rpm_life)


main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""vrrpctl check --nagios as a monitoring system sees it; and the words that the shells complete, in a real bash and zsh."""

import os
import pty
import re
import select
import shutil
import signal

from daemons import instance
from lab import binary, check, equal, run, wait_until
from runner import main, test

FAST = {"advert_interval": "200ms"}
OK, WARNING, CRITICAL, UNKNOWN = range(4)
# the plugins' guidelines: 'label'=value[unit];[warn];[crit];[min];[max]
DATUM = re.compile(r"('[^'=]+'|[^\s'=]+)=-?\d+(c|s|%)?(;\d*){0,4}$")


def plugin(state_dir, status, *arguments):
    """Its first line without the performance data, and the lines below."""
    done = run(binary("vrrpctl"), "-s", state_dir, "check", "--nagios", *arguments, status=status)
    first, *more = done.stdout.splitlines()
    text, bar, data = first.partition(" | ")
    check(text.startswith(f"VRRP {('OK', 'WARNING', 'CRITICAL', 'UNKNOWN')[status]} - "), first)
    if bar:
        for datum in re.findall(r"(?:'[^']*'|[^\s'])+", data):
            check(DATUM.match(datum), f"performance data {datum!r}")
    return text, more


@test
def the_plugin_tells_states_expectations_and_problems(lab):
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(instance(priority=150, **FAST))
    second = r2.vrrpd(instance(**FAST).rstrip()[:-1] + "  track-interface lo { weight = -10 }\n}\n")
    first.wait_state("MASTER")
    second.wait_state("BACKUP")
    wait_until("a master is known", lambda: second.show()["master"])
    equal(plugin(first.state_dir, OK)[0], "VRRP OK - web MASTER", "first line")
    equal(plugin(second.state_dir, OK, "web")[0], "VRRP OK - web BACKUP of 192.0.2.1", "first line")
    plugin(first.state_dir, OK, "--expect", "master")
    _, lines = plugin(first.state_dir, CRITICAL, "--expect", "backup")
    check("web is MASTER" in lines[0] and "expected to be backup" in lines[0], lines)
    plugin(second.state_dir, CRITICAL, "--expect", "master", "web")
    r2.ip("link", "set", "lo", "down")
    wait_until("the track is down", lambda: second.show()["effective_priority"] == 90)
    equal(plugin(second.state_dir, WARNING)[1], ["WARNING: web: interface lo is down"], "lines")
    second.ctl("force", "off", "web", "--reason", "a | b")
    _, lines = plugin(second.state_dir, WARNING)
    check("forced to off: a / b" in lines[0], f"{lines}")
    r1.ip("link", "set", "eth0", "down")
    first.wait_state("FAULT")
    check("interface is down" in plugin(first.state_dir, CRITICAL)[1][0], "why")


@test
def what_cannot_be_asked_is_critical_or_unknown(lab):
    r1, _, _ = lab.pair()
    text, _ = plugin("/nonexistent", CRITICAL)
    check("is vrrpd running" in text, text)
    daemon = r1.vrrpd(instance(**FAST))
    text, _ = plugin(daemon.state_dir, UNKNOWN, "wbe")
    check("did you mean web" in text, text)
    for wrong in (["--expect", "fault"], ["web", "lan"], ["--probe"], ["--bogus"]):
        text, _ = plugin(daemon.state_dir, UNKNOWN, *wrong)
        check("called wrongly" in text, text)


def complete(words, state_dir=None):
    """What bash offers for the last word."""
    script = f"""
    vrrpctl() {{ "{binary('vrrpctl')}" {f'-s {state_dir}' if state_dir else ''} "$@"; }}
    eval "$(vrrpctl completion bash)"
    COMP_WORDS=({' '.join(f"'{word}'" for word in words)})
    COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMP_LINE="${{COMP_WORDS[*]}}" COMP_POINT=${{#COMP_LINE}}
    _vrrpctl
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return set(run("bash", "-c", script).stdout.split())


@test
def bash_completes_commands_options_and_names(lab):
    r1, _, _ = lab.pair()
    equal(complete(["vrrpctl", "re"]), {"release", "reload"}, "commands")
    equal(complete(["vrrpctl", "force", "ma"]), {"master"}, "words")
    equal(complete(["vrrpctl", "doctor", "--"]), {"--help", "--probe"}, "options")
    equal(complete(["vrrpctl", "check", "--expect", ""]), {"master", "backup"}, "values")
    equal(complete(["vrrpctl", "-s", "/nowhere", "help", "wa"]), {"watch"}, "after a value")
    equal(complete(["vrrpctl", "check", lab.directory]), {lab.directory}, "files")
    daemon = r1.vrrpd(instance(**FAST) + instance("lan", vrid=52, addresses=["192.0.2.11/24"], **FAST))
    equal(complete(["vrrpctl", "show", ""], daemon.state_dir), {"web", "lan"}, "names")
    equal(complete(["vrrpctl", "force", "off", ""], daemon.state_dir), {"all", "web", "lan"}, "names and all")


class Terminal:
    """An interactive shell, in which vrrpctl is found."""

    def __init__(self, *command):
        self.screen = ""
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb", PS1="", PATH=f"{os.path.dirname(binary('vrrpctl'))}:{os.environ['PATH']}")
            os.execvp(command[0], command)
        self.pid = pid

    def type(self, keys, *wanted):
        """Types that, and waits until all of these stand on the screen; then the line is taken away."""
        os.write(self.terminal, keys.encode())
        wait_until(f"{wanted} on the screen of the shell", lambda: all(one in self.look() for one in wanted))
        if wanted:
            os.write(self.terminal, b"\x15")
            self.screen = ""

    def look(self):
        while select.select([self.terminal], [], [], 0)[0]:
            self.screen += os.read(self.terminal, 4096).decode(errors="replace")
        return self.screen

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def bash(lab):
    """One that has the completions."""
    path = lab.file("vrrpctl.bash", run(binary("vrrpctl"), "completion", "bash").stdout)
    terminal = Terminal("bash", "--norc", "--noprofile", "-i")
    terminal.type(f"source {path}; echo re''ady\n", "ready")
    return terminal


def zsh(lab, how):
    """One that has the completions, either from its $fpath or read by `source`."""
    path = lab.file("_vrrpctl", run(binary("vrrpctl"), "completion", "zsh").stdout)
    made = f"fpath=({lab.directory} $fpath)" if how == "fpath" else ""
    terminal = Terminal("zsh", "-f", "-i")
    terminal.type(f"{made}; autoload -U compinit; compinit -u -D; {f'source {path}' if how == 'source' else ''}\n")
    terminal.type("LISTMAX=999; echo re''ady\n", "ready")
    return terminal


@test
def names_are_completed_that_have_signs_at_which_the_shell_ends_words(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(instance("lan:one", **FAST)
                      + instance("dmz@two", vrid=52, addresses=["192.0.2.11/24"], **FAST))
    for terminal in (bash(lab), zsh(lab, "source")):
        try:
            for typed, told in (("show l", "lan:one is "), ("show lan:", "lan:one is "), ("show dmz@", "dmz@two is "),
                                ("show dmz@t", "dmz@two is "), ("check --nagios lan:o", "lan:one "),
                                ("check --nagios --expect 'master' d", "dmz@two ")):
                # completed and carried out
                terminal.type(f"vrrpctl -s {daemon.state_dir} {typed}\t\n", told)
        finally:
            terminal.end()


@test
def zsh_completes_the_same_however_it_gets_to_know(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(instance(**FAST) + instance("lan", vrid=52, addresses=["192.0.2.11/24"], **FAST))
    for how in ("fpath", "source"):
        terminal = zsh(lab, how)
        try:
            terminal.type("vrrpctl re\t\t", "release", "end any force", "reload")
            terminal.type("vrrpctl force \t\t", "master", "backup", "off")
            terminal.type("vrrpctl force off --desp\t", "--despite-faults")
            terminal.type(f"vrrpctl -s {daemon.state_dir} show \t\t", "web", "lan")
            terminal.type(f"vrrpctl -s {daemon.state_dir} force off \t\t", "all", "web", "lan")
        finally:
            terminal.end()


@test
def completions_and_help_name_every_command(lab):
    usage = run(binary("vrrpctl"), "--help").stdout
    names = re.findall(r"^  ([a-z]+) ", usage, re.M)
    check({"show", "doctor", "help"} <= set(names), usage)
    for shell in ("bash", "zsh"):
        path = lab.file(f"completion.{shell}", run(binary("vrrpctl"), "completion", shell).stdout)
        if shutil.which(shell):
            run(shell, "-n", path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        check(all(name in text for name in names), f"{shell} lacks one of {names}")
    for name in names:
        check(run(binary("vrrpctl"), "help", name).stdout.startswith("usage: vrrpctl"), name)
    check("--despite-faults" in run(binary("vrrpctl"), "help", "force").stdout, "options of force")


if __name__ == "__main__":
    main()

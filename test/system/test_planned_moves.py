# SPDX-License-Identifier: GPL-2.0-or-later
"""Five ways to move an address on purpose, from either router to the other, and what a client loses that asks once a millisecond."""

import os
import signal

from daemons import Vrrpd
from lab import check, equal, wait_until
from runner import LONG, main, test
from service import ADDRESS, VIP, conf, heard_master, pair, times
from virtual_mac import is_up, link_name

LOST_MAX = 2
TOURS = times(1, 10)


class Router:
    """A machine whose daemon comes and goes, with what it is configured to be."""

    def __init__(self, node, priority, interval, virtual_mac):
        self.node = node
        self.priority = priority
        self.interval = interval
        self.virtual_mac = virtual_mac
        self.path = node.lab.file(f"{node.name}.priority", "0\n")
        self.daemon = None
        self.start()

    def configuration(self):
        text = conf(priority=self.priority, advert_interval=self.interval, virtual_mac=self.virtual_mac)
        track = "  track-file nightly { weight = 1 }\n}"
        return f'file nightly {{ path = "{self.path}" }}\n' + text.rstrip().rstrip("}") + track + "\n"

    def start(self):
        self.daemon = Vrrpd(self.node, self.configuration())

    def reload(self, priority):
        self.priority = priority
        self.daemon.reload(self.configuration())

    def wait_serving(self, serving=True):
        """With a virtual MAC the address is there as long as the daemon, on a link that is up while it serves."""
        if self.virtual_mac:
            wait_until(f"{self.node.name}: the link of the virtual MAC {'up' if serving else 'down or gone'}",
                       lambda: is_up(self.node, link_name(self.node)) == serving, every_s=0.01)
        else:
            self.node.wait_address(VIP, present=serving)

    def track(self, number):
        """Replaced as a whole, as whoever writes such a file should."""
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(f"{number}\n")
        os.rename(self.path + ".new", self.path)


class Tour:
    """Moves one after the other, each with a probe of its own."""

    def __init__(self, lab, interval, virtual_mac):
        r1, r2, self.client = lab.pair()
        self.one = Router(r1, 150, interval, virtual_mac)
        self.one.daemon.wait_state("MASTER")
        self.one.wait_serving()
        self.two = Router(r2, 100, interval, virtual_mac)
        heard_master(self.two.daemon)
        self.lost = []

    def move(self, kind, act, loser, winner):
        """Does it; the winner's daemon may be a new one by then."""
        probe = self.client.probe(ADDRESS)
        probe.wait_answering()
        act()
        wait_until(f"{kind}: {winner.node.name} is MASTER", lambda: winner.daemon.show()["state"] == "MASTER")
        winner.wait_serving()
        loser.wait_serving(False)
        result = probe.result()
        self.lost.append((kind, loser.node.name, result["lost"]))
        print(f"     {kind} from {loser.node.name}: {result['lost']} of {result['sent']} lost")

    def ready(self, *routers):
        """Until whoever is not master has heard who is."""
        for router in routers:
            wait_until(f"{router.node.name} hears the master",
                       lambda one=router: one.daemon.show()["master"] is not None)

    def stop_and_return(self, master, other):
        self.move("SIGTERM", lambda: master.daemon.send(signal.SIGTERM), master, other)
        master.daemon.expect_clean_end()
        self.move("preemption by a returning router", master.start, other, master)
        self.ready(other)

    def force_backup(self, master, other):
        self.move("force backup", lambda: master.daemon.ctl("force", "backup", "web"), master, other)
        self.ready(master)
        self.move("release of the force", lambda: master.daemon.ctl("release", "web"), other, master)
        self.ready(other)

    def force_master(self, master, other):
        self.move("force master on the peer", lambda: other.daemon.ctl("force", "master", "web"), master, other)
        self.ready(master)
        self.move("release of the peer's force", lambda: other.daemon.ctl("release", "web"), other, master)
        self.ready(other)

    def track(self, master, other):
        self.move("priority lowered by a tracked file", lambda: master.track(-140), master, other)
        self.ready(master)
        self.move("priority raised by a tracked file", lambda: master.track(0), other, master)
        self.ready(other)

    def lower(self, master, other):
        self.move("priority lowered by a reload", lambda: master.reload(80), master, other)
        self.ready(master)

    def raise_again(self, master, other):
        self.move("priority raised by a reload", lambda: master.reload(150), other, master)
        self.ready(other)

    def judge(self):
        worst = [entry for entry in self.lost if entry[2] > LOST_MAX]
        check(not worst, f"moves that lost more than {LOST_MAX} probes: {worst}")
        some = [entry for entry in self.lost if entry[2] > 0]
        # on a busy machine a neighbour's frame may be lost for other reasons: now and then, not each time
        check(len(some) <= max(2, len(self.lost) // 20), f"of {len(self.lost)} moves these lost probes: {some}")


def tour(lab, interval, both_directions=True, virtual_mac=False):
    moves = Tour(lab, interval, virtual_mac)
    kinds = (moves.stop_and_return, moves.force_backup, moves.force_master, moves.track)
    for _ in range(TOURS):
        for move in kinds:
            move(moves.one, moves.two)
        moves.lower(moves.one, moves.two)
        if both_directions:
            for move in kinds:
                move(moves.two, moves.one)
        moves.raise_again(moves.one, moves.two)
    moves.judge()


@test
def planned_moves_lose_no_packet_at_an_interval_of_100_ms(lab):
    tour(lab, "100ms")


@test
def planned_moves_lose_no_packet_at_an_interval_of_1_s(lab):
    tour(lab, "1s", both_directions=LONG)


@test
def planned_moves_with_a_virtual_mac_lose_no_packet_at_an_interval_of_100_ms(lab):
    tour(lab, "100ms", both_directions=LONG, virtual_mac=True)


if LONG:
    @test
    def planned_moves_with_a_virtual_mac_lose_no_packet_at_an_interval_of_1_s(lab):
        tour(lab, "1s", virtual_mac=True)


@test
def a_dry_run_of_a_reload_says_what_would_be_and_changes_nothing(lab):
    first, second, _ = pair(lab)
    first.write(conf(priority=90))
    equal(first.ctl("reload", "--dry-run").stdout,
          "web: priority 150 -> 90\n"
          "web: priority 150 -> 90: mastership may move to a router of more than 90\n", "of the master")
    second.write(conf(priority=200))
    told = second.json("reload", "--dry-run")
    equal(told["changes"], ["web: priority 100 -> 200"], "of the backup")
    equal(told["mastership"],
          ["web: priority 100 -> 200: mastership would come here from 192.0.2.1 (priority 150)"], "of the backup")
    first.write(conf(vrid=9))
    check("web: is MASTER here, and would release its addresses" in first.ctl("reload", "--dry-run").stdout,
          "of a master that would be no more")
    first.write("instance web {\n")
    check(f"{first.file}:" in first.ctl("reload", "--dry-run", status=1).stderr, "a broken file is not named")
    first.write(conf())
    equal(first.ctl("reload", "--dry-run").stdout, "nothing would change\n", "of the file that is in force")
    equal((first.show()["priority"], second.show()["priority"]), (150, 100), "priorities in force")
    equal(first.states() + second.states(), ["BACKUP", "MASTER", "BACKUP"], "states")


if __name__ == "__main__":
    main()

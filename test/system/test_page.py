# SPDX-License-Identifier: GPL-2.0-or-later
"""The status page in a real browser, headless, of real daemons: what stands on it, that it follows, and that it fits a telephone.

    VRRPD_PICTURES=DIRECTORY  keeps pictures of what is tested, to be looked at
"""

import os
import sys

from browser import DESKTOP, PHONE, Browser, program
from daemons import instance
from lab import check, equal
from runner import LONG, main, test

FAST = {"advert_interval": "100ms"}
URL = "http://192.0.2.2:9650/"
HOSTILE = "<img src=x onerror=document.title='taken'>"


def configuration(instances):
    return f"global {{\n  name = edge\n  metrics = {URL.split('/')[2]}\n}}\n{instances}"


def open_page(node, size=DESKTOP, wanted="edge"):
    browser = Browser(node)
    browser.size(size)
    browser.visit(URL)
    browser.wait_text(wanted, "#router")
    browser.wait_text("live", "#live")
    return browser


def keep_pictures(browser, name):
    folder = os.environ.get("VRRPD_PICTURES")
    for size, device in ((DESKTOP, "desktop"), (PHONE, "phone")) if folder else ():
        for dark in (False, True):
            browser.size(size, dark)
            browser.picture(os.path.join(folder, f"{name}-{device}-{'dark' if dark else 'light'}.png"))


def expect_narrow(browser):
    """Nobody has to scroll sideways, not even on the smallest telephone."""
    for width in (PHONE[0], 320):
        browser.size((width, 800))
        widest = "Math.max(...[...document.querySelectorAll('body *')].map(e => e.getBoundingClientRect().right))"
        check(browser.ask("document.documentElement.scrollWidth") <= width, f"wider than {width} pixels")
        check(browser.ask(widest) <= width, f"something stands beyond {width} pixels")


def expect_content(browser):
    equal(browser.complaints, [], "what the browser complains of")
    equal([url for url in browser.requests if not url.startswith((URL, "data:"))], [], "requests to others")


@test
def a_failover_and_a_dead_daemon_appear_without_a_reload(lab):
    r1, r2, client = lab.pair()
    first = r1.vrrpd(instance(priority=150, **FAST))
    second = r2.vrrpd(configuration(instance(**FAST)))
    first.wait_state("MASTER")
    browser = open_page(client)
    browser.wait_text("192.0.2.1, priority 150", "#first-cards")
    equal(browser.text("#verdict"), "All is well.", "first sentence")
    equal(browser.text("#totals"), "1 BACKUP", "totals")
    browser.ask("window.sameDocument = true")
    browser.wait_text("192.0.2.1 0 s ago", "#first-cards")
    first.reload(instance(priority=150, addresses=["192.0.2.10/24", "192.0.2.11/24"], **FAST))
    browser.wait_text("advertises other addresses for this VRID", "#first-cards .alarm")
    browser.wait_text("1 of 1 needs a look: web.", "#verdict")
    first.kill()
    browser.wait_text("master down timer expired", "#events")
    for selector, wanted in (("#totals", "1 MASTER"), ("#first-cards", "this router"), ("#first-cards", "master down timer")):
        browser.wait_text(wanted, selector)
    equal(browser.ask("[...document.querySelectorAll('.band span')].map(e => e.className.split(' ')[0])"), ["BACKUP", "MASTER"],
          "the band of the timeline")
    check(browser.ask("window.sameDocument"), "the page was loaded again")
    keep_pictures(browser, "failover")
    expect_narrow(browser)
    expect_content(browser)
    second.kill()
    browser.wait_text("no answer since", "#live")


@test
def reasons_are_told_and_what_others_say_is_text(lab):
    _, r2, client = lab.pair()
    script = lab.file("script", f"#!/bin/sh\necho \"{HOSTILE}\"\nexit 1\n")
    hook = lab.file("hook", f"#!/bin/sh\necho \"{HOSTILE}\" >&2\nexit 1\n")
    for path in (script, hook):
        os.chmod(path, 0o755)
    tracks = instance("lan", vrid=52, addresses=["192.0.2.11/24"], **FAST).rstrip()[:-1] + "  track-script s { }\n}\n"
    daemon = r2.vrrpd(configuration(f"script s {{\n  command = {script}\n}}\n" + instance(notify=hook, **FAST) + tracks
                                    + instance("gone", "eth7", 53, [f"192.0.2.{n}/24" for n in range(20, 40)])))
    daemon.wait_state("MASTER")
    daemon.wait_state("FAULT", "lan")
    daemon.ctl("force", "master", "web", "--reason", HOSTILE)
    browser = open_page(client)
    browser.wait_text("2 of 3 need a look: lan, gone.", "#verdict")
    browser.wait_text("interface does not exist", "#first-cards")
    browser.wait_text(f"script s is down: exit status 1: {HOSTILE}", "#first-cards")
    browser.wait_text(f"forced master {HOSTILE}, by root", "#first-cards")
    browser.wait_text(HOSTILE, "#events")
    equal(browser.ask("document.querySelectorAll('img').length"), 0, "pictures")
    equal(browser.ask("document.title"), "(2) edge: vrrpd", "title")
    keep_pictures(browser, "faults")
    expect_narrow(browser)
    expect_content(browser)


@test
def of_many_those_that_need_a_look_come_first_and_any_is_found(lab):
    _, r2, client = lab.pair()
    count = 300 if LONG else 90
    lab.segment("dmz")
    r2.add_interface("eth1", "dmz", "10.0.0.2/16")
    names = [f"customer-of-a-rather-long-name-{n}" for n in range(1, count + 1)]
    daemon = r2.vrrpd(configuration("".join(
        instance(name, f"eth{n % 2}", 1 + n // 2, [f"10.0.{n % 256}.{1 + n // 256}/32"], advert_interval="1s")
        for n, name in enumerate(names))))
    for name in names:
        daemon.wait_state("MASTER", name)
    browser = open_page(client)
    browser.wait_text(f"All is well with all {count}.", "#verdict")
    equal(browser.ask("document.querySelectorAll('#map button').length"), count, "squares of the map")
    equal(browser.text("#more"), f"Show all {count}", "the way to all of them")
    daemon.ctl("force", "off", names[4], "--reason", "moving house")
    r2.unplug("eth1")
    browser.wait_text(f"{count // 2} of {count} need a look", "#verdict")
    browser.wait_text(f"{count // 2} instances", "#events")
    equal((browser.ask("document.querySelectorAll('#first-cards > *').length"), browser.text("#more-first")),
          (12, f"Show all {count // 2 + 1}"), "cards at first, and the way to all of them")
    keep_pictures(browser, "many")
    browser.type("#search", f"{names[4]} 10.0.4.1/32")
    equal(browser.ask("[...document.querySelectorAll('#first-cards h3 span:first-child')].map(e => e.textContent)"), [names[4]],
          "what is found")
    check("moving house" in browser.text("#first-cards"), "no reason of the force")
    browser.ask("document.querySelector('#search').select()")
    browser.type("#search", names[4] + " elsewhere")
    equal((browser.text("#first-cards"), browser.text("#other-rows")), ("", ""), "what is found of what there is not")
    browser.ask("document.querySelector('#search').select()")
    browser.type("#search", "customer")
    browser.ask("document.querySelector('#totals .MASTER').click()")
    equal((browser.text("#first-cards"), browser.text("#others-title")),
          ("", f"ALL IS WELL WITH {count - count // 2 - 1}"), "those that are MASTER")
    expect_narrow(browser)
    expect_content(browser)


if __name__ == "__main__":
    if not program():
        print("there is no Chromium: the page was not looked at")
        sys.exit(77)
    main()

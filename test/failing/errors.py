# SPDX-License-Identifier: GPL-2.0-or-later
"""Which errors fit which call: what the kernel may answer, and what else may become of it (see failing.BEHAVIOURS).

The first pattern that fits counts. A call that fits none is an error, so that a new one in the daemon finds its way here.
"""

import fnmatch

NO_FILES = "EMFILE ENFILE"
NO_ROOM = "ENOBUFS ENOMEM"

ERRORS = (
    # what the kernel is asked to do with addresses, and what there is
    ("sendto.RTM_NEWADDR", f"{NO_ROOM} EAGAIN EPERM slow late silent "
                           "refuse-first:EPERM refuse-first:ENODEV refuse-first:EEXIST refuse-first:ENOBUFS "
                           "refuse-last:EPERM refuse-last:ENODEV refuse-last:EEXIST refuse-last:ENOBUFS"),
    ("sendto.RTM_DELADDR", f"{NO_ROOM} EAGAIN EPERM slow late silent "
                           "refuse-first:EPERM refuse-first:ENODEV refuse-first:EADDRNOTAVAIL refuse-first:ENOBUFS "
                           "refuse-last:EPERM refuse-last:ENODEV refuse-last:EADDRNOTAVAIL refuse-last:ENOBUFS"),
    # its routes and rules
    ("sendto.RTM_NEWR*", f"{NO_ROOM} EAGAIN EPERM slow late silent refuse-first:EPERM refuse-first:ENETUNREACH "
                         "refuse-first:EEXIST refuse-first:ENOBUFS refuse-last:ENODEV"),
    ("sendto.RTM_DELR*", f"{NO_ROOM} EAGAIN EPERM slow late silent refuse-first:EPERM refuse-first:ESRCH "
                         "refuse-first:ENOBUFS refuse-last:ENOENT"),
    ("sendto.RTM_*-dump", f"{NO_ROOM} EAGAIN slow late silent "
                          "refuse-first:EPERM refuse-first:EBUSY refuse-first:ENOBUFS"),
    ("sendto.RTM_*LINK", f"{NO_ROOM} EAGAIN EPERM slow late silent "
                         "refuse-first:EPERM refuse-first:ENODEV refuse-first:ENOBUFS"),
    # the packet filter
    ("sendto.netfilter", f"{NO_ROOM} EAGAIN EPERM slow"),
    ("recv*.netfilter", f"{NO_ROOM} EAGAIN EINTR"),
    ("recv*.netlink", f"{NO_ROOM} EAGAIN EINTR lost late"),
    # packets
    ("sendmmsg.vrrp*", "EPERM ENOBUFS EAGAIN ENETDOWN ENETUNREACH ENODEV short"),
    ("sendmmsg.packet", "EPERM ENOBUFS EAGAIN ENETDOWN ENXIO short"),
    ("recvfrom.packet", "ENETDOWN ENOMEM EAGAIN EINTR"),
    ("recvmmsg.vrrp*", "ENETDOWN ENOMEM EAGAIN EINTR"),
    # BFD
    ("sendto.udp*", f"EPERM {NO_ROOM} EAGAIN ENETUNREACH ECONNREFUSED"),
    ("recvmmsg.udp*", "ENOMEM EAGAIN EINTR"),
    ("connect.udp*", "ENETUNREACH EAGAIN"),
    # sockets and what they are told
    ("socket.*", f"EPERM EAFNOSUPPORT {NO_FILES} ENOBUFS"),
    ("socketpair", f"{NO_FILES} ENOBUFS"),
    ("bind.*", "EADDRINUSE ENOMEM EACCES"),
    ("listen.*", "EADDRINUSE ENOBUFS"),
    ("getsockname.*", "ENOBUFS"),
    ("accept4.*", f"{NO_FILES} ENOBUFS ECONNABORTED EAGAIN"),
    ("getsockopt.*", "ENOPROTOOPT ENOBUFS"),
    # not EADDRINUSE: that is no failure, but says that it is a member already
    ("setsockopt.IP_ADD_MEMBERSHIP", f"{NO_ROOM} ENODEV slow"),
    ("setsockopt.IP_DROP_MEMBERSHIP", "EADDRNOTAVAIL"),
    ("setsockopt.SO_ATTACH_FILTER", "ENOMEM EPERM"),
    ("setsockopt.NETLINK_ADD_MEMBERSHIP", "ENOMEM EPERM"),
    ("setsockopt.*", "EPERM ENOPROTOOPT"),
    # between the processes
    ("sendmsg.channel", f"EAGAIN {NO_ROOM} EPIPE ETOOMANYREFS"),
    ("sendmsg.log", "EAGAIN ENOBUFS EPIPE"),
    ("recvmsg.channel", "EAGAIN EINTR ENOMEM"),
    ("recv.channel", "EAGAIN EINTR ENOMEM"),
    # clients
    ("readv.control", "EAGAIN EINTR ECONNRESET"),
    ("writev.control", "EAGAIN EINTR EPIPE short"),
    # files
    ("open.*", f"{NO_FILES} EACCES EIO"),
    ("fopen.*", f"{NO_FILES} ENOMEM EACCES"),
    ("openat.*", f"{NO_FILES} ENOSPC EROFS"),
    ("mkdir.*", "ENOSPC EROFS"),
    ("fchmodat.*", "EROFS EPERM"),
    ("renameat.*", "ENOSPC EROFS"),
    ("unlinkat.*", "EROFS EIO"),
    ("flock.*", "ENOLCK EINTR"),
    ("fstat.*", "ENOMEM EIO"),
    ("ftruncate.*", "EIO ENOSPC EINTR"),
    ("posix_fallocate.*", "ENOSPC EINTR EOPNOTSUPP"),
    ("mmap.*", "ENOMEM ENODEV"),
    ("memfd_create", f"ENOMEM {NO_FILES} ENOSYS"),
    ("read.timerfd", "EAGAIN EINTR EIO"),
    ("read.pipe", "EAGAIN EINTR"),
    ("write.pipe", ""),  # a byte from a signal handler: fails only where thousands wait already
    ("write.log", "EAGAIN EIO ENOSPC EPIPE short slow"),
    ("write.memfd", "ENOMEM ENOSPC EINTR short"),
    ("write.*", "ENOSPC EIO EINTR short"),
    ("pwrite.*", "ENOSPC EIO EINTR short"),
    ("read.*", "EIO EINTR short"),
    ("pread.*", "EIO EINTR short"),
    ("dup2", "EMFILE EINTR"),
    ("fcntl.F_DUPFD_CLOEXEC", "EMFILE"),
    ("fcntl.flags", "ENOMEM"),
    # loops and timers
    ("epoll_create1", f"{NO_FILES} ENOMEM"),
    ("epoll_ctl.*", "ENOMEM ENOSPC"),
    ("epoll_wait", "EINTR"),
    ("poll.*", "EINTR ENOMEM"),
    ("pipe2", NO_FILES),
    ("eventfd", NO_FILES),
    ("timerfd_create", f"{NO_FILES} ENOMEM"),
    ("timerfd_settime", "ENOMEM"),
    # processes and what they may
    ("fork", "EAGAIN ENOMEM"),
    ("execv", "ENOMEM EACCES"),
    ("waitpid", "EINTR"),
    ("kill", "EPERM"),
    ("setpgid", "EPERM"),
    ("setpriority", "EPERM EACCES"),
    ("capget", "EPERM"),
    ("capset", "EPERM"),
    ("prctl.*", "EPERM EINVAL"),
)

# Of these many are made that are all alike, and how many depends on the moment: the first few stand for all.
ALIKE = (
    ("prctl.PR_CAPBSET_DROP", 1),
    ("*.control", 3),
    ("getsockopt.SO_PEER*", 3),
    ("recv.channel", 3),
    ("recvfrom.packet", 3),
    ("sendto.udp", 6),
    ("recvmmsg.udp", 6),
    ("timerfd_settime", 6),
    ("epoll_wait", 6),
)

# These pass by their nature: a kernel that went on with them for ever would be none.
PASSING = ("EINTR", "EAGAIN", "ECONNABORTED", "slow", "late", "lost", "short")
# And so do errors of these: what cannot be read is read again, at once and without end.
PASSING_CALLS = ("recv*", "read*", "poll.*", "epoll_wait", "timerfd_settime")


def most(call):
    """How many calls of that name are looked at; None for all."""
    return next((number for pattern, number in ALIKE if fnmatch.fnmatchcase(call, pattern)), None)


def fitting(call, parts):
    """The errors of a call of so many parts."""
    for pattern, errors in ERRORS:
        if fnmatch.fnmatchcase(call, pattern):
            return [error for error in errors.split()
                    if parts > 1 or not (error == "short" or error.startswith("refuse-last"))]
    raise LookupError(f"no error is known for {call}: errors.py names those that the kernel may give")


def lasts(call, error):
    """Whether a kernel may go on answering that call with that error."""
    return error not in PASSING and not any(fnmatch.fnmatchcase(call, pattern) for pattern in PASSING_CALLS)

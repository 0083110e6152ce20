/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists. Nothing on them opens a file to read it or makes one, starts a program, or touches another process. What talks to the kernel about the network
 * goes through sockets, so a new kind of netlink request needs no line here. A name that stands twice, once with _time64 or 64,
 * is the same call on an architecture of 32 bits; some are an older or newer C library's way to do what another line does.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>
#include <seccomp.h>

#include "sandbox.h"

#define CALL(name)                                \
	{                                         \
		SCMP_SYS(name), SANDBOX_ANY, 0, 0 \
	}
#define IF_EQUAL(name, argument, value)               \
	{                                             \
		SCMP_SYS(name), argument, ~0UL, value \
	}
#define UNLESS(name, argument, bits)              \
	{                                         \
		SCMP_SYS(name), argument, bits, 0 \
	}
#define LIST(name, calls) \
	const struct sandbox_list name = { calls, sizeof(calls) / sizeof((calls)[0]) }

static const struct sandbox_call everybody[] = {
	/* memory, and none that can be executed */
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	UNLESS(mmap, 2, PROT_EXEC),
	UNLESS(mmap2, 2, PROT_EXEC),
	UNLESS(mprotect, 2, PROT_EXEC),
	/* descriptors that are there */
	CALL(read),
	CALL(readv),
	CALL(write),
	CALL(writev),
	CALL(close),
	CALL(lseek),
	CALL(_llseek),
	CALL(fcntl),
	CALL(fcntl64),
	CALL(dup),
	CALL(dup2),
	CALL(dup3),
	CALL(fstat),
	CALL(fstat64),
	CALL(newfstatat),
	CALL(fstatat64),
	CALL(statx),
	IF_EQUAL(ioctl, 1, FIONREAD),
	IF_EQUAL(ioctl, 1, FIONBIO),
	CALL(readlink),
	CALL(readlinkat),
	/* sockets that are there */
	CALL(accept),
	CALL(accept4),
	CALL(shutdown),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getsockopt),
	CALL(setsockopt),
	CALL(send),
	CALL(sendto),
	CALL(sendmsg),
	CALL(sendmmsg),
	CALL(recv),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(recvmmsg),
	CALL(recvmmsg_time64),
	/* waiting */
	CALL(poll),
	CALL(ppoll),
	CALL(ppoll_time64),
	CALL(epoll_create),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(epoll_pwait2),
	CALL(pipe2),
	CALL(eventfd2),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(timerfd_settime64),
	CALL(nanosleep),
	CALL(clock_nanosleep),
	CALL(clock_nanosleep_time64),
	CALL(restart_syscall),
	CALL(futex),
	CALL(futex_time64),
	CALL(sched_yield),
	/* clocks where they are asked for by a system call, and other things to know */
	CALL(clock_gettime),
	CALL(clock_gettime64),
	CALL(clock_getres),
	CALL(clock_getres_time64),
	CALL(gettimeofday),
	CALL(time),
	CALL(getpid),
	CALL(gettid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(getrandom),
	CALL(sysinfo),
	CALL(uname),
	CALL(getcpu),
	/* signals to ourselves, and the end */
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(sigreturn),
	CALL(sigaltstack),
	CALL(exit),
	CALL(exit_group),
};
LIST(sandbox_everybody, everybody);

static const struct sandbox_call protocol[] = {
	/* sockets of the families that it speaks */
	IF_EQUAL(socket, 0, AF_INET),
	IF_EQUAL(socket, 0, AF_INET6),
	IF_EQUAL(socket, 0, AF_NETLINK),
	IF_EQUAL(socket, 0, AF_PACKET),
	IF_EQUAL(socket, 0, AF_UNIX),
	CALL(socketpair),
	CALL(bind),
	CALL(connect),
	CALL(listen),
	/* the names of the interfaces that routes go through, and their numbers */
	IF_EQUAL(ioctl, 1, SIOCGIFINDEX),
	IF_EQUAL(ioctl, 1, SIOCGIFNAME),
	/* the state file */
	CALL(ftruncate),
	CALL(ftruncate64),
	CALL(fallocate),
	CALL(msync),
	/* IPv6's settings of the links of virtual MACs, for which netlink has no words: only what exists is written to */
	IF_EQUAL(openat, 2, O_WRONLY | O_CLOEXEC),
	/* what binds one that waits for its turn to whoever tries it out */
	IF_EQUAL(prctl, 0, PR_SET_PDEATHSIG),
};
LIST(sandbox_protocol, protocol);

static const struct sandbox_call web[] = {
	/* the name of the interface by which a client with a link-local address comes */
	IF_EQUAL(socket, 0, AF_UNIX),
	IF_EQUAL(ioctl, 1, SIOCGIFNAME),
};
LIST(sandbox_web, web);

/* Reports are files, the search for leaks is a thread that traces the others, and stacks are made readable by a program. */
static const struct sandbox_call sanitizers[] = {
	CALL(mmap),
	CALL(mprotect),
	CALL(open),
	CALL(openat),
	CALL(access),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(unlink),
	CALL(stat),
	CALL(lstat),
	CALL(getdents),
	CALL(getdents64),
	CALL(getcwd),
	CALL(getrusage),
	CALL(clone),
	CALL(clone3),
	CALL(vfork),
	CALL(fork),
	CALL(execve),
	CALL(wait4),
	CALL(ptrace),
	CALL(prctl),
	CALL(process_vm_readv),
	CALL(getppid),
	CALL(prlimit64),
	CALL(getrlimit),
	CALL(setrlimit),
	CALL(sched_getaffinity),
	CALL(set_robust_list),
	CALL(rseq),
	CALL(set_tid_address),
	CALL(arch_prctl),
	CALL(pread64),
	CALL(pipe),
	CALL(kill),
	CALL(tkill),
	CALL(personality),
	CALL(ioctl),
	CALL(getpgrp),
	CALL(getpgid),
	CALL(capget),
	CALL(exit),
};
#ifdef SANITIZED
LIST(sandbox_sanitizers, sanitizers);
#else
const struct sandbox_list sandbox_sanitizers = { sanitizers, 0 };
#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that fails where a test wants it to: preloaded into vrrpd, it stands between the program (its libraries included)
 * and the C library's wrappers of system calls. It writes down every call that it sees, and breaks the one that it is
 * told to. Both happens in a file that the test and all processes of the daemon have mapped, named by FAILING_KERNEL,
 * so that the test decides when counting begins. The layout stands again in failing.py.
 *
 * A call is known by its name and what it is about, "sendto.RTM_NEWADDR" or "read.timerfd", because the n-th of those
 * is the same one in every run, which the n-th call of all is not. What the kernel cannot do, this does not do either:
 * an address request that is to be refused is sent to the kernel spoilt, so that the answer stands where it would,
 * and only the number of the error is another.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/if_addr.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	ROLE_LEN = 16,
	NAME_LEN = 48,
	CALLS_MAX = 16384,
	HOLD_MS = 500,       /* how long a slow kernel takes */
	SPOILT_MAX = 64,     /* requests whose answers are not what the kernel said */
	REQUEST_MAX = 65536, /* bytes of one netlink datagram */
	LOG_FD = 4,          /* of the supervisor's children */
};

enum behaviour {
	RIGHT,        /* as always */
	FAIL,         /* the call does nothing and returns `error` */
	SHORT,        /* it does a part of what it was asked for */
	SLOW,         /* it is done, and takes HOLD_MS */
	LOST,         /* a netlink message is lost, and ENOBUFS says so */
	LATE,         /* nothing is received for HOLD_MS */
	SILENT,       /* a netlink request that is carried out and never answered */
	REFUSE_FIRST, /* the first of the requests in a netlink datagram is answered with `error` */
	REFUSE_LAST,
};

struct call {
	char role[ROLE_LEN], name[NAME_LEN];
	uint32_t parts; /* of what can be done in part: requests, messages */
};

struct file {
	/* by the test */
	uint32_t armed;
	char role[ROLE_LEN], name[NAME_LEN]; /* which call misbehaves … */
	uint32_t first, last;                /* … at which times, from 1 */
	uint32_t behaviour;
	int32_t error;
	/* by this */
	uint32_t seen;  /* how often that call has been made */
	uint32_t hits;  /* how often it misbehaved */
	uint32_t count; /* of all calls; those beyond CALLS_MAX are not written down */
	struct call calls[CALLS_MAX];
};

static struct file *file;
static const char *role = "supervisor";

/* The C library has these, and declares them nowhere. */
int capget(cap_user_header_t head, cap_user_data_t data);
int capset(cap_user_header_t head, const cap_user_data_t data);

/* ---- starting ---- */

/* Runs before main(), with its arguments. Calls the kernel by number: the wrappers are under test. */
__attribute__((constructor)) static void begin(int argc, char **argv)
{
	const char *path = getenv("FAILING_KERNEL");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
	void *mapped;

	if (argc > 0 && strcmp(argv[0], "vrrpd: protocol") == 0)
		role = "protocol";
	else if (argc > 0 && strcmp(argv[0], "vrrpd: withdraw") == 0)
		role = "withdraw";
	else if (argc > 0 && strcmp(argv[0], "vrrpd: runner") == 0)
		role = "runner";
	if (fd < 0)
		return;
	mapped = (void *)syscall(SYS_mmap, NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED,
				 fd, 0);
	syscall(SYS_close, fd);
	if (mapped != MAP_FAILED)
		file = mapped;
}

/* The next definition of a symbol, looked up once. */
#define REAL(name)                       \
	static __typeof__(&(name)) real; \
	if (!real)                       \
	real = (__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name)

/* ---- what a call is about ---- */

static const char *socket_name(int domain, int type, int protocol)
{
	switch (domain) {
	case AF_NETLINK:
		return protocol == NETLINK_NETFILTER ? "netfilter" : "netlink";
	case AF_PACKET:
		return "packet";
	case AF_INET:
		return type == SOCK_RAW ? "vrrp" : "udp"; /* BFD, and what only holds memberships */
	case AF_INET6:
		return type == SOCK_RAW ? "vrrp6" : "udp6";
	case AF_UNIX:
		return type == SOCK_SEQPACKET ? "channel"
		       : type == SOCK_STREAM  ? "control"
					      : "datagram";
	}
	return "socket";
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] != '\0' ? slash + 1 : path;
}

static const char *file_name(int fd)
{
	static char target[PATH_MAX];
	char path[64];
	long got;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	got = syscall(SYS_readlinkat, AT_FDCWD, path, target, sizeof(target) - 1);
	target[got > 0 ? got : 0] = '\0';
	if (strncmp(target, "anon_inode:[", 12) == 0) {
		target[strcspn(target, "]")] = '\0';
		return target + 12;
	}
	/* pipe:[1234], /memfd:vrrpd settings (deleted) */
	target[strcspn(target, ":")] = '\0';
	return last_part(target);
}

/* What a descriptor is, valid until the next call; keeps errno. */
static const char *fd_name(int fd)
{
	int domain = 0, type = 0, protocol = 0, before = errno;
	socklen_t domain_len = sizeof(domain), type_len = sizeof(type);
	socklen_t protocol_len = sizeof(protocol);
	bool is_log = fd == LOG_FD && strcmp(role, "supervisor") != 0;
	const char *name;

	if (syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) == 0 &&
	    syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 &&
	    syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_len) == 0)
		name = is_log ? "log" : socket_name(domain, type, protocol);
	else
		name = file_name(fd);
	errno = before;
	return name;
}

static const char *option_name(int level, int option)
{
	static char text[32];
	static const struct {
		int level, option;
		const char *name;
	} names[] = {
#define OPTION(level, option) { level, option, #option }
		OPTION(SOL_SOCKET, SO_RCVBUFFORCE),
		OPTION(SOL_SOCKET, SO_RCVBUF),
		OPTION(SOL_SOCKET, SO_SNDBUFFORCE),
		OPTION(SOL_SOCKET, SO_SNDBUF),
		OPTION(SOL_SOCKET, SO_PRIORITY),
		OPTION(SOL_SOCKET, SO_ATTACH_FILTER),
		OPTION(SOL_SOCKET, SO_MEMINFO),
		OPTION(SOL_SOCKET, SO_PEERCRED),
		OPTION(SOL_SOCKET, SO_PEERGROUPS),
		OPTION(SOL_SOCKET, SO_ERROR),
		OPTION(IPPROTO_IP, IP_PKTINFO),
		OPTION(IPPROTO_IP, IP_RECVTTL),
		OPTION(IPPROTO_IP, IP_FREEBIND),
		OPTION(IPPROTO_IP, IP_MULTICAST_ALL),
		OPTION(IPPROTO_IP, IP_MULTICAST_LOOP),
		OPTION(IPPROTO_IP, IP_MULTICAST_TTL),
		OPTION(IPPROTO_IP, IP_TTL),
		OPTION(IPPROTO_IP, IP_TOS),
		OPTION(IPPROTO_IP, IP_MTU_DISCOVER),
		OPTION(IPPROTO_IP, IP_ADD_MEMBERSHIP),
		OPTION(IPPROTO_IP, IP_DROP_MEMBERSHIP),
		OPTION(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP),
		OPTION(SOL_NETLINK, NETLINK_EXT_ACK),
		OPTION(SOL_NETLINK, NETLINK_CAP_ACK),
#undef OPTION
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].level == level && names[i].option == option)
			return names[i].name;
	}
	snprintf(text, sizeof(text), "%d-%d", level, option);
	return text;
}

static const char *request_name(const struct nlmsghdr *request)
{
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

	switch (request->nlmsg_type) {
	case RTM_NEWADDR:
		return "RTM_NEWADDR";
	case RTM_DELADDR:
		return "RTM_DELADDR";
	case RTM_GETADDR:
		return "RTM_GETADDR-dump";
	case RTM_GETLINK:
		return dump ? "RTM_GETLINK-dump" : "RTM_GETLINK";
	case RTM_SETLINK:
		return "RTM_SETLINK";
	case RTM_NEWROUTE:
		return "RTM_NEWROUTE";
	case RTM_DELROUTE:
		return "RTM_DELROUTE";
	case RTM_NEWRULE:
		return "RTM_NEWRULE";
	case RTM_DELRULE:
		return "RTM_DELRULE";
	case RTM_GETROUTE:
		return "RTM_GETROUTE-dump";
	case RTM_GETRULE:
		return "RTM_GETRULE-dump";
	}
	return "netlink";
}

/* ---- deciding ---- */

static void write_down(const char *name, uint32_t parts)
{
	uint32_t place = __atomic_fetch_add(&file->count, 1, __ATOMIC_RELAXED);

	if (place >= CALLS_MAX)
		return;
	snprintf(file->calls[place].role, ROLE_LEN, "%s", role);
	snprintf(file->calls[place].name, NAME_LEN, "%s", name);
	file->calls[place].parts = parts;
}

/* Writes the call down and says how it is to behave; keeps errno. */
static enum behaviour decide(const char *call, const char *about, uint32_t parts)
{
	char name[NAME_LEN];
	uint32_t nth;

	if (!file || !__atomic_load_n(&file->armed, __ATOMIC_ACQUIRE))
		return RIGHT;
	snprintf(name, sizeof(name), "%s%s%s", call, about ? "." : "", about ? about : "");
	write_down(name, parts);
	if (strcmp(name, file->name) != 0 || strcmp(role, file->role) != 0)
		return RIGHT;
	nth = __atomic_add_fetch(&file->seen, 1, __ATOMIC_RELAXED);
	if (nth < file->first || nth > file->last)
		return RIGHT;
	__atomic_fetch_add(&file->hits, 1, __ATOMIC_RELEASE);
	return (enum behaviour)file->behaviour;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	syscall(SYS_nanosleep, &left, NULL);
}

/* For calls that have no other way than to fail or to be slow. */
static bool breaks(const char *call, const char *about)
{
	switch (decide(call, about, 1)) {
	case FAIL:
		errno = file->error;
		return true;
	case SLOW:
		pause_ms(HOLD_MS);
		break;
	case RIGHT:
	case SHORT:
	case LOST:
	case LATE:
	case SILENT:
	case REFUSE_FIRST:
	case REFUSE_LAST:
		break;
	}
	return false;
}

/* ---- calls that are made or not ---- */

#define PLAIN(type, name, parameters, arguments, failure, about) \
	type name parameters                                     \
	{                                                        \
		REAL(name);                                      \
		if (breaks(#name, about))                        \
			return failure;                          \
		return real arguments;                           \
	}

PLAIN(int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1,
      socket_name(domain, type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK), protocol))
PLAIN(int, socketpair, (int domain, int type, int protocol, int fds[2]),
      (domain, type, protocol, fds), -1, NULL)
PLAIN(int, bind, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len), -1,
      fd_name(fd))
PLAIN(int, connect, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len), -1,
      fd_name(fd))
PLAIN(int, listen, (int fd, int backlog), (fd, backlog), -1, fd_name(fd))
PLAIN(int, accept4, (int fd, struct sockaddr *address, socklen_t *len, int flags),
      (fd, address, len, flags), -1, fd_name(fd))
PLAIN(int, getsockname, (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len), -1,
      fd_name(fd))
PLAIN(int, getsockopt, (int fd, int level, int option, void *value, socklen_t *len),
      (fd, level, option, value, len), -1, option_name(level, option))
PLAIN(int, setsockopt, (int fd, int level, int option, const void *value, socklen_t len),
      (fd, level, option, value, len), -1, option_name(level, option))
PLAIN(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), -1,
      fd_name(fd))
PLAIN(int, recvmmsg,
      (int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout),
      (fd, messages, count, flags, timeout), -1, fd_name(fd))
PLAIN(ssize_t, readv, (int fd, const struct iovec *parts, int count), (fd, parts, count), -1,
      fd_name(fd))
PLAIN(int, fstat, (int fd, struct stat *st), (fd, st), -1, fd_name(fd))
PLAIN(int, ftruncate, (int fd, off_t len), (fd, len), -1, fd_name(fd))
PLAIN(int, posix_fallocate, (int fd, off_t offset, off_t len), (fd, offset, len), errno,
      fd_name(fd))
PLAIN(void *, mmap, (void *where, size_t len, int protection, int flags, int fd, off_t offset),
      (where, len, protection, flags, fd, offset), MAP_FAILED, fd >= 0 ? fd_name(fd) : "memory")
PLAIN(int, memfd_create, (const char *name, unsigned int flags), (name, flags), -1, NULL)
PLAIN(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, last_part(path))
PLAIN(int, fchmodat, (int dir, const char *path, mode_t mode, int flags), (dir, path, mode, flags),
      -1, last_part(path))
PLAIN(int, renameat, (int from_dir, const char *from, int to_dir, const char *to),
      (from_dir, from, to_dir, to), -1, last_part(to))
PLAIN(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags), -1,
      last_part(path))
PLAIN(int, flock, (int fd, int operation), (fd, operation), -1, fd_name(fd))
PLAIN(int, dup2, (int from, int to), (from, to), -1, NULL)
PLAIN(int, epoll_create1, (int flags), (flags), -1, NULL)
PLAIN(int, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event *ev),
      (epoll, operation, fd, ev), -1, fd_name(fd))
PLAIN(int, epoll_wait, (int epoll, struct epoll_event *events, int count, int timeout),
      (epoll, events, count, timeout), -1, NULL)
PLAIN(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), -1,
      count > 0 ? fd_name(fds->fd) : "none")
PLAIN(int, pipe2, (int fds[2], int flags), (fds, flags), -1, NULL)
PLAIN(int, eventfd, (unsigned int value, int flags), (value, flags), -1, NULL)
PLAIN(int, timerfd_create, (clockid_t clock, int flags), (clock, flags), -1, NULL)
PLAIN(int, timerfd_settime,
      (int fd, int flags, const struct itimerspec *when, struct itimerspec *before),
      (fd, flags, when, before), -1, NULL)
PLAIN(int, kill, (pid_t pid, int number), (pid, number), -1, NULL)
PLAIN(int, setpgid, (pid_t pid, pid_t group), (pid, group), -1, NULL)
PLAIN(int, execv, (const char *path, char *const argv[]), (path, argv), -1, NULL)
PLAIN(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options), -1, NULL)
PLAIN(int, capget, (cap_user_header_t head, cap_user_data_t data), (head, data), -1, NULL)
PLAIN(int, capset, (cap_user_header_t head, const cap_user_data_t data), (head, data), -1, NULL)
PLAIN(int, setpriority, (__priority_which_t which, id_t who, int priority), (which, who, priority),
      -1, NULL)

PLAIN(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL, last_part(path))

pid_t fork(void)
{
	pid_t pid;

	REAL(fork);
	if (breaks("fork", NULL))
		return -1;
	pid = real();
	if (pid == 0)
		role = "child";
	return pid;
}

/* ---- calls with arguments that may be missing ---- */

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	REAL(open);
	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return breaks("open", last_part(path)) ? -1 : real(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	REAL(openat);
	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return breaks("openat", last_part(path)) ? -1 : real(dir, path, flags, mode);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long value;

	REAL(fcntl);
	va_start(arguments, command);
	value = va_arg(arguments, long);
	va_end(arguments);
	if (breaks("fcntl", command == F_DUPFD_CLOEXEC ? "F_DUPFD_CLOEXEC" : "flags"))
		return -1;
	return real(fd, command, value);
}

int prctl(int option, ...)
{
	const char *about = option == PR_SET_NAME           ? "PR_SET_NAME"
			    : option == PR_CAPBSET_DROP     ? "PR_CAPBSET_DROP"
			    : option == PR_CAPBSET_READ     ? "PR_CAPBSET_READ"
			    : option == PR_SET_NO_NEW_PRIVS ? "PR_SET_NO_NEW_PRIVS"
							    : "other";
	unsigned long value[4];
	va_list arguments;

	REAL(prctl);
	va_start(arguments, option);
	for (int i = 0; i < 4; i++)
		value[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (breaks("prctl", about))
		return -1;
	return real(option, value[0], value[1], value[2], value[3]);
}

/* ---- calls that can be done in part ---- */

/* A part of len, but not nothing. */
static size_t some_of(size_t len)
{
	return len > 1 ? len / 2 : len;
}

#define PARTIAL(name, type, parameters, arguments, count)              \
	ssize_t name parameters                                        \
	{                                                              \
		REAL(name);                                            \
		switch (decide(#name, fd_name(fd), (uint32_t)count)) { \
		case FAIL:                                             \
			errno = file->error;                           \
			return -1;                                     \
		case SHORT:                                            \
			count = (type)some_of((size_t)count);          \
			break;                                         \
		case SLOW:                                             \
			pause_ms(HOLD_MS);                             \
			break;                                         \
		case RIGHT:                                            \
		case LOST:                                             \
		case LATE:                                             \
		case SILENT:                                           \
		case REFUSE_FIRST:                                     \
		case REFUSE_LAST:                                      \
			break;                                         \
		}                                                      \
		return real arguments;                                 \
	}

PARTIAL(read, size_t, (int fd, void *bytes, size_t len), (fd, bytes, len), len)
PARTIAL(write, size_t, (int fd, const void *bytes, size_t len), (fd, bytes, len), len)
PARTIAL(pread, size_t, (int fd, void *bytes, size_t len, off_t at), (fd, bytes, len, at), len)
PARTIAL(pwrite, size_t, (int fd, const void *bytes, size_t len, off_t at), (fd, bytes, len, at),
	len)
PARTIAL(writev, int, (int fd, const struct iovec *parts, int count), (fd, parts, count), count)

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	REAL(sendmmsg);
	switch (decide("sendmmsg", fd_name(fd), count)) {
	case FAIL:
		errno = file->error;
		return -1;
	case SHORT:
		count = (unsigned int)some_of(count);
		break;
	case SLOW:
		pause_ms(HOLD_MS);
		break;
	case RIGHT:
	case LOST:
	case LATE:
	case SILENT:
	case REFUSE_FIRST:
	case REFUSE_LAST:
		break;
	}
	return real(fd, messages, count, flags);
}

/* ---- netlink: requests ---- */

/* Requests whose answers are not what the kernel said; the oldest makes way. */
static struct {
	int fd;
	uint32_t first, last; /* sequence numbers */
	int error;            /* 0: no answer at all */
} spoilt[SPOILT_MAX];
static uint32_t spoilt_count;

/* Nothing is received on this socket before. */
static int held_fd = -1;
static int64_t held_until_ms;

static void hold(int fd)
{
	held_fd = fd;
	held_until_ms = now_ms() + HOLD_MS;
}

static bool is_netlink(int fd)
{
	return strcmp(fd_name(fd), "netlink") == 0;
}

static void spoil(int fd, uint32_t first, uint32_t last, int error)
{
	uint32_t place = spoilt_count++ % SPOILT_MAX;

	spoilt[place].fd = fd;
	spoilt[place].first = first;
	spoilt[place].last = last;
	spoilt[place].error = error;
}

/* Whether what has this number is spoilt; if so with which error. */
static bool is_spoilt(int fd, uint32_t seq, int *ret_error)
{
	for (uint32_t i = 0; i < spoilt_count && i < SPOILT_MAX; i++) {
		if (fd == spoilt[i].fd && seq >= spoilt[i].first && seq <= spoilt[i].last) {
			*ret_error = spoilt[i].error;
			return true;
		}
	}
	return false;
}

/* Makes a request one that the kernel refuses: nothing has that interface, and nobody asks for one address. */
static void make_impossible(int fd, struct nlmsghdr *request)
{
	struct ifaddrmsg *address = NLMSG_DATA(request);
	struct ifinfomsg *link = NLMSG_DATA(request);

	if (request->nlmsg_type == RTM_NEWADDR || request->nlmsg_type == RTM_DELADDR)
		address->ifa_index = INT_MAX - 1;
	else
		request->nlmsg_flags &= (uint16_t)~NLM_F_DUMP;
	if (request->nlmsg_type == RTM_GETLINK || request->nlmsg_type == RTM_SETLINK)
		link->ifi_index = INT_MAX - 1;
	/* routes and rules of no family: the first byte of both */
	if (strstr(request_name(request), "ROUTE") || strstr(request_name(request), "RULE"))
		*(uint8_t *)NLMSG_DATA(request) = UINT8_MAX;
	spoil(fd, request->nlmsg_seq, request->nlmsg_seq, file->error);
}

static uint32_t count_requests(struct nlmsghdr *request, size_t len, struct nlmsghdr **ret_last)
{
	uint32_t count = 0;

	for (; NLMSG_OK(request, len); request = NLMSG_NEXT(request, len)) {
		*ret_last = request;
		count++;
	}
	return count;
}

ssize_t sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	_Alignas(struct nlmsghdr) static uint8_t copy[REQUEST_MAX];
	struct nlmsghdr *first = (struct nlmsghdr *)copy;
	struct nlmsghdr *last = first;
	uint32_t count;

	REAL(sendto);
	if (!is_netlink(fd) || len > sizeof(copy))
		return breaks("sendto", fd_name(fd)) ? -1 : real(fd, bytes, len, flags, to, to_len);
	memcpy(copy, bytes, len);
	count = count_requests(first, len, &last);
	switch (decide("sendto", request_name(first), count)) {
	case FAIL:
		errno = file->error;
		return -1;
	case SLOW:
		pause_ms(HOLD_MS);
		break;
	case LATE:
		hold(fd);
		break;
	case SILENT:
		spoil(fd, first->nlmsg_seq, last->nlmsg_seq, 0);
		break;
	case REFUSE_FIRST:
		make_impossible(fd, first);
		break;
	case REFUSE_LAST:
		make_impossible(fd, last);
		break;
	case RIGHT:
	case SHORT:
	case LOST:
		break;
	}
	return real(fd, copy, len, flags, to, to_len);
}

/* ---- netlink: answers ---- */

/* Is this datagram one that must not arrive? Puts another error into an answer that must be one. */
static bool swallow(int fd, void *bytes, size_t len)
{
	struct nlmsghdr *message = bytes;
	bool none = true;
	int error;

	for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
		if (message->nlmsg_pid == 0 || !is_spoilt(fd, message->nlmsg_seq, &error)) {
			none = false;
			continue;
		}
		if (error != 0 && message->nlmsg_type == NLMSG_ERROR) {
			((struct nlmsgerr *)NLMSG_DATA(message))->error = -error;
			none = false;
		}
	}
	return none;
}

/* The receiving calls differ in their arguments only; after a failure errno is set. */
static bool receives(const char *call, int fd)
{
	char lost[1];

	switch (decide(call, fd_name(fd), 1)) {
	case FAIL:
		errno = file->error;
		return false;
	case LOST:
		if (syscall(SYS_recvfrom, fd, lost, sizeof(lost), MSG_DONTWAIT, NULL, NULL) < 0)
			return true; /* nothing there: the call will find that out */
		errno = ENOBUFS;
		return false;
	case LATE:
		hold(fd);
		break;
	case SLOW:
		pause_ms(HOLD_MS);
		break;
	case RIGHT:
	case SHORT:
	case SILENT:
	case REFUSE_FIRST:
	case REFUSE_LAST:
		break;
	}
	if (fd != held_fd || now_ms() >= held_until_ms)
		return true;
	/* The descriptor stays readable: whoever asks again at once does not get all of the processor. */
	pause_ms(1);
	errno = EAGAIN;
	return false;
}

#define RECEIVE(name, parameters, arguments, bytes, room)                                  \
	ssize_t name parameters                                                            \
	{                                                                                  \
		bool netlink = is_netlink(fd);                                             \
		ssize_t len;                                                               \
                                                                                           \
		REAL(name);                                                                \
		if (!receives(#name, fd))                                                  \
			return -1;                                                         \
		do {                                                                       \
			len = real arguments;                                              \
		} while (netlink && len > 0 &&                                             \
			 swallow(fd, bytes, (size_t)len < (room) ? (size_t)len : (room))); \
		return len;                                                                \
	}

RECEIVE(recv, (int fd, void *to, size_t cap, int flags), (fd, to, cap, flags), to, cap)
RECEIVE(recvfrom,
	(int fd, void *restrict to, size_t cap, int flags, struct sockaddr *restrict from,
	 socklen_t *restrict from_len),
	(fd, to, cap, flags, from, from_len), to, cap)
RECEIVE(recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags),
	message->msg_iov->iov_base, message->msg_iov->iov_len)

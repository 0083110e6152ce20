/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small world for one test: a network namespace of its own, interfaces made by iproute2, and
 * packet sockets as witnesses that know nothing of the code under test. check runs every test in a
 * process of its own, and the namespace ends with it.
 */
#ifndef TEST_ADAPTERS_WORLD_H
#define TEST_ADAPTERS_WORLD_H

#include <arpa/inet.h>
#include <cap-ng.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/ip.h"

enum {
	WORLD_SKIPPED = 77, /* ctest's SKIP_RETURN_CODE */
	WORLD_WAIT_MS = 10000,
};

/* Exits with "skipped" where namespaces cannot be made. */
static inline void world_require_root(void)
{
	if (geteuid() == 0)
		return;
	fprintf(stderr, "needs root for network namespaces: skipped\n");
	exit(WORLD_SKIPPED);
}

/* Runs a shell command that must succeed. */
__attribute__((format(printf, 1, 2))) static inline void sh(const char *format, ...)
{
	char command[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

/* A checked fixture. IPv6 is off so that its own addresses and packets do not disturb. */
static inline void world_begin(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	sh("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6;"
	   "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up");
}

/* For many commands: `ip -batch` on what is written to the stream; close with ip_batch_end(). */
static inline FILE *ip_batch(void)
{
	FILE *f = popen("ip -batch -", "w");

	ck_assert_ptr_nonnull(f);
	return f;
}

static inline void ip_batch_end(FILE *f)
{
	ck_assert_int_eq(pclose(f), 0);
}

static inline int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/*
 * Waits until packets pass the interface: a cable's carrier comes a moment after its ends are up.
 */
static inline void wait_running(const char *interface)
{
	int64_t deadline = now_us() + WORLD_WAIT_MS * 1000;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	do {
		ck_assert_msg(now_us() < deadline, "%s is not running", interface);
		ck_assert_int_eq(ioctl(fd, SIOCGIFFLAGS, &request), 0);
		poll(NULL, 0, request.ifr_flags & IFF_RUNNING ? 0 : 1);
	} while (!(request.ifr_flags & IFF_RUNNING));
	close(fd);
}

/* Interfaces aN (ours, with address 10.0.N.1/24) and bN (the segment), both up; N from 0. */
static inline void make_cables(int count)
{
	FILE *f = ip_batch();

	for (int i = 0; i < count; i++) {
		fprintf(f, "link add a%d type veth peer name b%d\n", i, i);
		fprintf(f, "addr add 10.0.%d.1/24 dev a%d\n", i, i);
		fprintf(f, "link set a%d up\nlink set b%d up\n", i, i);
	}
	ip_batch_end(f);
	for (int i = 0; i < count; i++) {
		char name[IF_NAMESIZE];

		snprintf(name, sizeof(name), "a%d", i);
		wait_running(name);
		name[0] = 'b';
		wait_running(name);
	}
}

/* IPv6 on aN, with the one address fe80::1/64, which is usable at once. */
static inline void enable_ipv6(int number)
{
	sh("echo 1 > /proc/sys/net/ipv6/conf/a%d/addr_gen_mode;"
	   "echo 0 > /proc/sys/net/ipv6/conf/a%d/disable_ipv6;"
	   "ip addr add fe80::1/64 dev a%d nodad",
	   number, number, number);
}

__attribute__((format(printf, 1, 2))) static inline int32_t ifindex_of(const char *format, ...)
{
	char name[IF_NAMESIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	return (int32_t)if_nametoindex(name);
}

static inline struct ip_addr ip(const char *text)
{
	struct ip_addr a = IP_ADDR_NONE;

	ck_assert_msg(ip_parse(text, &a) == 0, "not an address: %s", text);
	return a;
}

/* Waits until fd can be read. False: not within the time. */
static inline bool wait_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

/* A packet socket that sees what comes in by an interface, of that Ethernet protocol. */
static inline int open_witness(int32_t ifindex, uint16_t ethertype)
{
	struct sockaddr_ll where = { .sll_family = AF_PACKET,
				     .sll_protocol = htons(ethertype),
				     .sll_ifindex = ifindex };
	int bytes = 32 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
	return fd;
}

/*
 * The next frame that came in there (not one that went out); its length, or -1 if none comes in
 * time.
 */
static inline ssize_t witness_frame(int fd, void *frame, size_t cap, int timeout_ms)
{
	while (wait_readable(fd, timeout_ms)) {
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(fd, frame, cap, 0, (struct sockaddr *)&from, &from_len);

		ck_assert_int_ge(len, 0);
		if (from.sll_pkttype != PACKET_OUTGOING)
			return len;
	}
	return -1;
}

static inline void drop_capability(unsigned int capability)
{
	ck_assert_int_eq(capng_get_caps_process(), 0);
	ck_assert_int_eq(
		capng_update(CAPNG_DROP,
			     (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE),
			     capability),
		0);
	ck_assert_int_eq(capng_apply(CAPNG_SELECT_CAPS), 0);
}

#endif

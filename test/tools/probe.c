/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's view of a virtual address: one ICMP echo request per millisecond, and how long no answer came. The figure is
 * the longest time in which a request was waiting and nothing at all arrived: from the sending of the first
 * request after the last answer to the arrival of the next answer, so that a probe that was itself held up by a busy
 * machine does not call that an outage. Arrival is the kernel's time stamp.
 *
 *     probe [-d SECONDS] ADDRESS
 *
 * runs for SECONDS, or until SIGINT or SIGTERM. It prints JSON, one object a line: {"event": "answering"} at the first
 * answer, {"event": "gap", …} when an outage of 20 ms or more has ended, {"event": "end", …} last.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "namespace_only.h"

enum {
	PERIOD_NS = 1000000,
	GAP_TOLD_US = 20000,   /* shorter ones are not worth a line */
	LAST_ANSWERS_MS = 200, /* how long to wait for answers after the last request */
	SEQUENCES = 65536,
};

struct probe {
	int icmp;
	bool is_v6;
	uint16_t id;
	uint64_t sent, answered;
	bool waiting[SEQUENCES];     /* sent and not answered, by the request's sequence number */
	int64_t unanswered_since_us; /* first request sent after the last answer; 0 for none */
	int64_t longest_us;
	int64_t slowest_us; /* longest round trip of an answered request */
	int64_t sent_us[SEQUENCES];
};

static void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int64_t us_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The clock of the kernel's time stamps. */
static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return us_of(now);
}

static uint16_t icmp_checksum(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* A raw socket that is connected, so that it hears that address only. */
static int open_raw(int protocol, const struct sockaddr *to, socklen_t len)
{
	int fd = socket(to->sa_family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	int on = 1;

	if (fd < 0)
		die("raw socket");
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		die("SO_TIMESTAMPNS");
	if (connect(fd, to, len) < 0)
		die("connect");
	return fd;
}

static void open_icmp(struct probe *p, const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
		p->icmp = open_raw(IPPROTO_ICMP, (struct sockaddr *)&v4, sizeof(v4));
	} else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
		p->icmp = open_raw(IPPROTO_ICMPV6, (struct sockaddr *)&v6, sizeof(v6));
		p->is_v6 = true;
	} else {
		fprintf(stderr, "probe: not an address: %s\n", address);
		exit(2);
	}
}

static void send_request(struct probe *p)
{
	uint16_t sequence = (uint16_t)p->sent;
	/* ICMPv6 has the same header; its checksum, with a pseudo-header, is the kernel's to write */
	struct icmphdr request = {
		.type = p->is_v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.un.echo = { .id = htons(p->id), .sequence = htons(sequence) },
	};
	int64_t now = now_us();

	request.checksum = icmp_checksum(&request, sizeof(request));
	/* a request that the kernel does not take (no neighbour) is one that nobody answers: it counts */
	(void)!send(p->icmp, &request, sizeof(request), MSG_NOSIGNAL);
	p->sent_us[sequence] = now;
	p->waiting[sequence] = true;
	p->sent++;
	if (p->unanswered_since_us == 0)
		p->unanswered_since_us = now;
}

static void end_gap(struct probe *p, int64_t arrival_us)
{
	int64_t gap_us = p->unanswered_since_us == 0 ? 0 : arrival_us - p->unanswered_since_us;

	if (p->answered == 1)
		printf("{\"event\": \"answering\", \"after_ms\": %.3f}\n", (double)gap_us / 1000);
	else if (gap_us >= GAP_TOLD_US)
		printf("{\"event\": \"gap\", \"gap_ms\": %.3f}\n", (double)gap_us / 1000);
	fflush(stdout);
	/* before the first answer there is nothing to be out of service */
	if (p->answered > 1 && gap_us > p->longest_us)
		p->longest_us = gap_us;
	p->unanswered_since_us = 0;
}

static int64_t arrival_of(struct msghdr *message)
{
	struct timespec stamp;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
			return us_of(stamp);
		}
	}
	return now_us();
}

static void take_answer(struct probe *p, const uint8_t *packet, size_t len, int64_t arrival_us)
{
	/* of an IPv6 packet the header does not come along */
	size_t ip_len = len > 0 && !p->is_v6 ? (size_t)(packet[0] & 0x0f) * 4 : 0;
	uint8_t reply = p->is_v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	struct icmphdr answer;
	uint16_t sequence;

	if (len < ip_len + sizeof(answer))
		return;
	memcpy(&answer, packet + ip_len, sizeof(answer));
	sequence = ntohs(answer.un.echo.sequence);
	if (answer.type != reply || ntohs(answer.un.echo.id) != p->id || !p->waiting[sequence])
		return;
	p->waiting[sequence] = false;
	p->answered++;
	if (arrival_us - p->sent_us[sequence] > p->slowest_us)
		p->slowest_us = arrival_us - p->sent_us[sequence];
	end_gap(p, arrival_us);
}

static void receive_answers(struct probe *p)
{
	uint8_t packet[256];
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;

	for (;;) {
		struct iovec data = { .iov_base = packet, .iov_len = sizeof(packet) };
		struct msghdr message = {
			.msg_iov = &data,
			.msg_iovlen = 1,
			.msg_control = control.bytes,
			.msg_controllen = sizeof(control.bytes),
		};
		ssize_t len = recvmsg(p->icmp, &message, 0);

		if (len >= 0)
			take_answer(p, packet, (size_t)len, arrival_of(&message));
		else if (errno == EAGAIN)
			return;
		/* anything else is an ICMP error for an earlier request: that one stays unanswered */
	}
}

static int open_timer(void)
{
	struct itimerspec period = { .it_interval.tv_nsec = PERIOD_NS,
				     .it_value.tv_nsec = PERIOD_NS };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &period, NULL) < 0)
		die("timer");
	return fd;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

/* Sends a request at each tick until a signal or the end of the given time. */
static void run(struct probe *p, int64_t duration_us)
{
	struct pollfd fds[] = {
		{ .fd = open_timer(), .events = POLLIN },
		{ .fd = p->icmp, .events = POLLIN },
		{ .fd = open_signals(), .events = POLLIN },
	};
	int64_t end_us = now_us() + duration_us;
	uint64_t ticks;

	while (duration_us == 0 || now_us() < end_us) {
		if (poll(fds, 3, -1) < 0)
			die("poll");
		if (fds[1].revents)
			receive_answers(p);
		if (fds[2].revents)
			return;
		/* ticks that were missed are not made up for: a burst would measure something else */
		if (fds[0].revents && read(fds[0].fd, &ticks, sizeof(ticks)) == sizeof(ticks))
			send_request(p);
	}
}

/* The last requests may still be answered. */
static void await_last_answers(struct probe *p)
{
	struct pollfd fd = { .fd = p->icmp, .events = POLLIN };
	int64_t end_us = now_us() + LAST_ANSWERS_MS * 1000;
	int64_t left_us;

	while (p->answered < p->sent && (left_us = end_us - now_us()) > 0) {
		if (poll(&fd, 1, (int)(left_us / 1000) + 1) > 0)
			receive_answers(p);
	}
}

static void report(const struct probe *p)
{
	bool answering = p->unanswered_since_us == 0 && p->answered > 0;
	int64_t open_us = p->unanswered_since_us == 0 ? 0 : now_us() - p->unanswered_since_us;
	int64_t longest_us = open_us > p->longest_us ? open_us : p->longest_us;

	printf("{\"event\": \"end\", \"sent\": %llu, \"answered\": %llu, \"lost\": %llu, "
	       "\"longest_gap_ms\": %.3f, \"slowest_answer_ms\": %.3f, \"answering\": %s}\n",
	       (unsigned long long)p->sent, (unsigned long long)p->answered,
	       (unsigned long long)(p->sent - p->answered), (double)longest_us / 1000,
	       (double)p->slowest_us / 1000, answering ? "true" : "false");
}

int main(int argc, char **argv)
{
	static struct probe p;
	double seconds = 0;
	int option;

	while ((option = getopt(argc, argv, "d:")) == 'd')
		seconds = strtod(optarg, NULL);
	if (option != -1 || optind + 1 != argc || seconds < 0) {
		fprintf(stderr, "usage: probe [-d SECONDS] ADDRESS\n");
		return 2;
	}
	namespace_only("probe");
	open_icmp(&p, argv[optind]);
	p.id = (uint16_t)getpid();
	run(&p, (int64_t)(seconds * 1e6));
	await_last_answers(&p);
	report(&p);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Throws packets of protocol 112 at a segment, none of which a router of the VRID under test may believe: random bytes,
 * advertisements with flipped bits, and well-formed ones of priority 254 with exactly one thing wrong that RFC 9568 section
 * 7.1 (RFC 3768 section 7.1) has refused. The same seed makes the same packets. Sent through a raw socket with an IP
 * header of our own, as fast as it goes or at a given rate.
 *
 *     rubbish -i INTERFACE -r VRID [-V VERSION] [-I INTERVAL] [-n COUNT] [-s SEED] [-R PACKETS_PER_SECOND]
 *             [-u ROUTER] ADDRESS...
 *
 * INTERVAL is in the wire's unit: centiseconds (version 3) or seconds (version 2). ROUTER also gets some by unicast.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "namespace_only.h"

enum {
	PROTOCOL = 112,
	GROUP = 0xe0000012, /* 224.0.0.18 */
	ADDRESSES_MAX = 255,
	PAYLOAD_MAX = 1400, /* a packet fits an Ethernet frame whatever options it has */
	PACKET_MAX = 60 + PAYLOAD_MAX,
	BATCH = 32,
};

/* What is wrong with a packet. */
#define FAULTS(X)                                                     \
	X(RANDOM)      /* all bytes */                                \
	X(RANDOM_BODY) /* all after version and VRID */               \
	X(BITS)        /* 1-8 bits of an advertisement */             \
	X(OVERWRITTEN) /* a run of its bytes */                       \
	X(CHECKSUM)                                                   \
	X(CHECKSUM_OPTIONS) /* behind IP options */                   \
	X(TTL)                                                        \
	X(VERSION)                                                    \
	X(TYPE)                                                       \
	X(VRID)                                                       \
	X(SHORT) /* cut anywhere */                                   \
	X(COUNT) /* more addresses than there are */                  \
	X(COUNT_ZERO)                                                 \
	X(INTERVAL)       /* 0, and in version 2 another than ours */ \
	X(AUTHENTICATION) /* version 2: with a password */            \
	X(UNICAST)

enum fault {
#define FAULT_ENUM(name) FAULT_##name,
	FAULTS(FAULT_ENUM)
#undef FAULT_ENUM
	FAULT_COUNT_,
};

struct target {
	const char *interface;
	uint8_t vrid, version;
	unsigned interval;
	uint32_t addresses[ADDRESSES_MAX]; /* host order, like all addresses here */
	uint8_t address_count;
	uint32_t our_address;
	uint32_t unicast_to; /* 0 for none */
};

struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t len;
	struct sockaddr_in to;
};

/* One message before its IP header. */
struct message {
	uint8_t bytes[PAYLOAD_MAX];
	size_t len;
	uint32_t from, to;
	uint8_t ttl;
	uint8_t option_words;
};

static uint64_t random_state;

/* splitmix64 */
static uint64_t random_bits(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 <= result < limit */
static unsigned random_below(size_t limit)
{
	return (unsigned)(random_bits() % limit);
}

static void random_fill(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)random_bits();
}

static void die(const char *what)
{
	fprintf(stderr, "rubbish: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* The Internet checksum's sum, folded: 0xffff over data that carries a right checksum. */
static uint16_t ones_sum(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t pseudo_sum(const struct message *m)
{
	return (m->from >> 16) + (m->from & 0xffff) + (m->to >> 16) + (m->to & 0xffff) + PROTOCOL +
	       (uint32_t)m->len;
}

static void sign(struct message *m, uint8_t version)
{
	if (m->len < 8)
		return;
	put16(m->bytes + 6, 0);
	put16(m->bytes + 6,
	      (uint16_t)~ones_sum(m->bytes, m->len, version == 3 ? pseudo_sum(m) : 0));
}

/* An advertisement that every backup of the target would believe. */
static void build_advert(struct message *m, const struct target *t)
{
	uint8_t *at = m->bytes;

	*at++ = (uint8_t)(t->version << 4 | 1);
	*at++ = t->vrid;
	*at++ = 254;
	*at++ = t->address_count;
	put16(at, t->interval); /* version 2: authentication type 0, then seconds */
	at += 4;
	for (unsigned i = 0; i < t->address_count; i++, at += 4)
		put32(at, t->addresses[i]);
	if (t->version == 2) {
		memset(at, 0, 8);
		at += 8;
	}
	m->len = (size_t)(at - m->bytes);
	m->from = t->our_address;
	m->to = GROUP;
	m->ttl = 255;
	m->option_words = 0;
	sign(m, t->version);
}

static bool has_right_checksum(const struct message *m)
{
	return ones_sum(m->bytes, m->len, 0) == 0xffff ||
	       ones_sum(m->bytes, m->len, pseudo_sum(m)) == 0xffff;
}

/* Random packets come out right now and then, by one checksum in 65,536: those are spoilt again. */
static void spoil(struct message *m, const struct target *t)
{
	if (m->len < 8 || m->bytes[1] != t->vrid)
		return;
	while (has_right_checksum(m))
		m->bytes[7]++;
}

static void flip_bit(uint8_t *byte)
{
	*byte ^= (uint8_t)(1 << random_below(8));
}

static uint8_t other_than(uint8_t value, unsigned limit)
{
	unsigned other = random_below(limit - 1);

	return (uint8_t)(other >= value ? other + 1 : other);
}

static void break_interval(struct message *m, const struct target *t)
{
	if (t->version == 2)
		m->bytes[5] = other_than((uint8_t)t->interval, 256);
	else
		put16(m->bytes + 4, random_below(16)
					    << 12); /* reserved bits, RFC 9568 section 5.2.6 */
}

static void break_message(struct message *m, const struct target *t, enum fault fault)
{
	size_t start = random_below(m->len), i;

	switch (fault) {
	case FAULT_RANDOM:
		m->len = random_below(PAYLOAD_MAX);
		random_fill(m->bytes, m->len);
		spoil(m, t);
		break;
	case FAULT_RANDOM_BODY:
		m->len = 2 + random_below(200);
		random_fill(m->bytes + 2, m->len - 2);
		spoil(m, t);
		break;
	case FAULT_BITS:
		for (i = 1 + random_below(8); i > 0; i--)
			flip_bit(&m->bytes[random_below(m->len)]);
		spoil(m, t);
		break;
	case FAULT_OVERWRITTEN:
		random_fill(m->bytes + start, 1 + random_below(m->len - start));
		spoil(m, t);
		break;
	case FAULT_CHECKSUM_OPTIONS:
		m->option_words = (uint8_t)(1 + random_below(10));
		spoil(m, t);
		break;
	case FAULT_CHECKSUM:
		flip_bit(&m->bytes[6 + random_below(2)]);
		spoil(m, t);
		break;
	case FAULT_TTL:
		m->ttl = (uint8_t)random_below(255);
		break;
	case FAULT_VERSION:
		m->bytes[0] = (uint8_t)(other_than(t->version, 16) << 4 | 1);
		sign(m, m->bytes[0] >> 4);
		break;
	case FAULT_TYPE:
		m->bytes[0] = (uint8_t)(t->version << 4 | other_than(1, 16));
		sign(m, t->version);
		break;
	case FAULT_VRID:
		m->bytes[1] = other_than(t->vrid, 256);
		sign(m, t->version);
		break;
	case FAULT_SHORT:
		m->len = random_below(8 + 4U * t->address_count);
		sign(m, t->version);
		break;
	case FAULT_COUNT:
		if (t->address_count > 252) /* no room for more: take the last away */
			m->len = 8 + 4U * (t->address_count - 1U);
		else
			m->bytes[3] = (uint8_t)(t->address_count + 3 +
						random_below(253U - t->address_count));
		sign(m, t->version);
		break;
	case FAULT_COUNT_ZERO:
		m->bytes[3] = 0;
		sign(m, t->version);
		break;
	case FAULT_INTERVAL:
		break_interval(m, t);
		sign(m, t->version);
		break;
	case FAULT_AUTHENTICATION:
		/* in version 3 there is none: these bits would be the interval's */
		if (t->version == 3) {
			spoil(m, t);
			break;
		}
		m->bytes[4] = (uint8_t)(1 + random_below(255));
		random_fill(m->bytes + m->len - 8, 8);
		sign(m, t->version);
		break;
	case FAULT_UNICAST:
		if (t->unicast_to == 0) {
			spoil(m, t);
			break;
		}
		m->to = t->unicast_to;
		sign(m, t->version);
		break;
	case FAULT_COUNT_:
		abort();
	}
}

/* Most from our own address, so that nothing but the fault speaks against them; some from anywhere on the segment. */
static uint32_t random_sender(const struct target *t)
{
	return random_below(4) != 0 ? t->our_address
				    : (t->our_address & 0xffffff00) | (1 + random_below(254));
}

static void wrap(struct packet *p, const struct message *m)
{
	size_t header_len = sizeof(struct iphdr) + 4U * m->option_words;
	uint8_t *header = p->bytes;

	/* the kernel fills in total length and checksum */
	memset(header, 0, sizeof(struct iphdr));
	header[0] = (uint8_t)(0x40 | header_len / 4);
	header[1] = 0xc0;
	put16(header + 4, 1 + random_below(65535));
	header[8] = m->ttl;
	header[9] = PROTOCOL;
	put32(header + 12, m->from);
	put32(header + 16, m->to);
	memset(header + sizeof(struct iphdr), 1, 4U * m->option_words); /* no operation */
	memcpy(header + header_len, m->bytes, m->len);
	p->len = header_len + m->len;
	p->to = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(m->to),
	};
}

static enum fault make_packet(struct packet *p, const struct target *t)
{
	enum fault fault = (enum fault)random_below(FAULT_COUNT_);
	struct message m;

	build_advert(&m, t);
	m.from = random_sender(t);
	sign(&m, t->version);
	break_message(&m, t, fault);
	wrap(p, &m);
	return fault;
}

static int open_raw(struct target *t)
{
	struct ifreq request = { 0 };
	struct sockaddr_in address;
	struct ip_mreqn out = { 0 };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW); /* implies IP_HDRINCL */

	if (fd < 0)
		die("raw socket");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", t->interface);
	if (ioctl(fd, SIOCGIFADDR, &request) < 0)
		die(t->interface);
	memcpy(&address, &request.ifr_addr, sizeof(address));
	t->our_address = ntohl(address.sin_addr.s_addr);
	out.imr_ifindex = (int)if_nametoindex(t->interface);
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)) < 0)
		die("IP_MULTICAST_IF");
	return fd;
}

/* Sends all of the batch; a packet that the kernel will not take is left out. The number taken. */
static unsigned send_batch(int fd, struct packet *packets, unsigned count)
{
	struct mmsghdr messages[BATCH];
	struct iovec data[BATCH];
	unsigned done = 0, taken = 0;

	for (unsigned i = 0; i < count; i++) {
		data[i] = (struct iovec){ .iov_base = packets[i].bytes, .iov_len = packets[i].len };
		messages[i] = (struct mmsghdr){
			.msg_hdr = { .msg_name = &packets[i].to,
				     .msg_namelen = sizeof(packets[i].to),
				     .msg_iov = &data[i],
				     .msg_iovlen = 1 },
		};
	}
	while (done < count) {
		int sent = sendmmsg(fd, messages + done, count - done, 0);

		if (sent > 0) {
			done += (unsigned)sent;
			taken += (unsigned)sent;
		} else {
			done++;
		}
	}
	return taken;
}

/* Sleeps until `sent` packets are due. */
static void keep_rate(const struct timespec *start, uint64_t sent, uint64_t per_second)
{
	uint64_t ns = (sent % per_second) * 1000000000 / per_second + (uint64_t)start->tv_nsec;
	struct timespec due = {
		.tv_sec = start->tv_sec + (time_t)(sent / per_second) + (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

static void run(struct target *t, uint64_t count, uint64_t seed, uint64_t per_second)
{
	static struct packet packets[BATCH];
	uint64_t of_fault[FAULT_COUNT_] = { 0 }, made = 0, taken = 0;
	static const char *const names[] = {
#define FAULT_NAME(name) #name,
		FAULTS(FAULT_NAME)
#undef FAULT_NAME
	};
	struct timespec start;
	int fd = open_raw(t);

	random_state = seed;
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (made < count) {
		unsigned batch = count - made < BATCH ? (unsigned)(count - made) : BATCH;

		for (unsigned i = 0; i < batch; i++)
			of_fault[make_packet(&packets[i], t)]++;
		taken += send_batch(fd, packets, batch);
		made += batch;
		if (per_second > 0)
			keep_rate(&start, made, per_second);
	}
	printf("{\"seed\": %llu, \"sent\": %llu, \"not_taken\": %llu, \"faults\": {",
	       (unsigned long long)seed, (unsigned long long)taken,
	       (unsigned long long)(made - taken));
	for (unsigned i = 0; i < FAULT_COUNT_; i++)
		printf("%s\"%s\": %llu", i ? ", " : "", names[i], (unsigned long long)of_fault[i]);
	printf("}}\n");
}

static uint32_t address_of(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1) {
		fprintf(stderr, "rubbish: not an IPv4 address: %s\n", text);
		exit(2);
	}
	return ntohl(address.s_addr);
}

static int usage(void)
{
	fprintf(stderr, "usage: rubbish -i INTERFACE -r VRID [-V VERSION] [-I INTERVAL] [-n COUNT] "
			"[-s SEED] [-R PACKETS_PER_SECOND] [-u ROUTER] ADDRESS...\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct target t = { .version = 3, .interval = 100 };
	uint64_t count = 100000, seed = 1, per_second = 0;
	int option;

	while ((option = getopt(argc, argv, "i:r:V:I:n:s:R:u:")) != -1) {
		if (option == 'i')
			t.interface = optarg;
		else if (option == 'r')
			t.vrid = (uint8_t)strtoul(optarg, NULL, 10);
		else if (option == 'V')
			t.version = (uint8_t)strtoul(optarg, NULL, 10);
		else if (option == 'I')
			t.interval = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'n')
			count = strtoull(optarg, NULL, 10);
		else if (option == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (option == 'R')
			per_second = strtoull(optarg, NULL, 10);
		else if (option == 'u')
			t.unicast_to = address_of(optarg);
		else
			return usage();
	}
	for (; optind < argc && t.address_count < ADDRESSES_MAX; optind++)
		t.addresses[t.address_count++] = address_of(argv[optind]);
	if (!t.interface || t.vrid == 0 || t.address_count == 0 ||
	    (t.version != 2 && t.version != 3))
		return usage();
	namespace_only("rubbish");
	run(&t, count, seed, per_second);
	return 0;
}

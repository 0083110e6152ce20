/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One netlink socket for requests and events. The kernel has answered a batch by the time that sending it returns, so nothing is waited
 * for; events that stand in the queue before the answer are taken note of on the way.
 */
#include "io_filter.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>

#include "filter_batch.h"
#include "netlink_socket.h"

#define TABLE_START "vrrpd/"

enum {
	DATAGRAM_MAX = 32 << 10,
	OTHERS_MAX = 64, /* tables left behind that are removed at a time */
	READ_MAX = 256,  /* datagrams of one io_filter_readable() */
	BUFFER_BYTES = 1 << 20,
};

/* What came of a batch. */
struct answer {
	uint32_t seq; /* of the message that failed, or was acknowledged */
	int error;    /* positive errno */
	bool there;   /* it was answered */
};

/* Tables found that are to go. */
struct others {
	char names[OTHERS_MAX][FILTER_TABLE_MAX];
	uint32_t count;
};

struct io_filter {
	struct mnl_socket *socket;
	uint32_t port, next_seq;
	bool touched; /* by somebody else, since it was asked last */
	char table[FILTER_TABLE_MAX];
	_Alignas(struct nlmsghdr) char received[DATAGRAM_MAX];
};

int filter_table_name(const char *state_dir, char ret[static FILTER_TABLE_MAX])
{
	char *path = realpath(state_dir, NULL);
	const char *from = path ? path : state_dir;
	char name[FILTER_TABLE_MAX] = "vrrpd";
	size_t len = strlen(name);

	for (; *from && len + 4 < sizeof(name); from++) {
		if (isalnum((unsigned char)*from) || strchr("/-.", *from))
			name[len++] = *from;
		else
			len += (size_t)snprintf(name + len, sizeof(name) - len, "_%02x",
						(unsigned int)(unsigned char)*from);
	}
	name[len] = '\0';
	if (*from == '\0')
		memcpy(ret, name, sizeof(name));
	len = strlen(from);
	free(path);
	return len == 0 ? 0 : -ENAMETOOLONG;
}

/* ---- reading ---- */

static int pick_table(const struct nlattr *attribute, void *ctx)
{
	/* The same number in messages about tables, chains, rules, sets and elements. */
	if (mnl_attr_get_type(attribute) == NFTA_TABLE_NAME &&
	    mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
		*(const char **)ctx = mnl_attr_get_str(attribute);
	return MNL_CB_OK;
}

/* The table that a message of nf_tables is about, "" if it is none of our family. */
static const char *table_of(const struct nlmsghdr *message)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(message);
	const char *name = "";

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*head) ||
	    NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
	    NFNL_MSG_TYPE(message->nlmsg_type) == NFT_MSG_NEWGEN ||
	    head->nfgen_family != NFPROTO_INET)
		return "";
	mnl_attr_parse(message, sizeof(*head), pick_table, &name);
	return name;
}

static void take_error(const struct nlmsghdr *message, struct answer *answer)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error) || answer->error != 0)
		return;
	*answer = (struct answer){
		.seq = message->nlmsg_seq,
		.error = -error->error,
		.there = true,
	};
}

static void take_other(const struct io_filter *f, const char *name, struct others *others)
{
	if (strncmp(name, TABLE_START, strlen(TABLE_START)) == 0 && strcmp(name, f->table) != 0 &&
	    strlen(name) < FILTER_TABLE_MAX && others->count < OTHERS_MAX)
		strcpy(others->names[others->count++], name);
}

static void take_message(struct io_filter *f, const struct nlmsghdr *message, struct answer *answer,
			 struct others *others)
{
	bool own = message->nlmsg_pid == f->port;

	if (message->nlmsg_type == NLMSG_ERROR)
		take_error(message, answer);
	else if (message->nlmsg_type == NLMSG_DONE)
		answer->there = true;
	else if (message->nlmsg_type < NLMSG_MIN_TYPE)
		return;
	else if (!own && strcmp(table_of(message), f->table) == 0)
		f->touched = true;
	else if (own && others)
		take_other(f, table_of(message), others);
}

/* Takes in one datagram: 1, 0 if there is none, or -errno. */
static int receive(struct io_filter *f, struct answer *answer, struct others *others)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)f->received;
	size_t len = 0;
	int status = netlink_socket_receive(f->socket, f->received, sizeof(f->received), &len);
	int left = (int)len;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		take_message(f, message, answer, others);
	return status;
}

bool io_filter_readable(struct io_filter *f)
{
	struct answer ignored = { 0 };
	int status = 1;
	bool touched;

	for (int i = 0; i < READ_MAX && status > 0; i++)
		status = receive(f, &ignored, NULL);
	/* What was lost may have been about our table. */
	touched = f->touched || status < 0;
	f->touched = false;
	return touched;
}

/* ---- asking ---- */

/* Sends and takes the answer in; others: of a dump. 0 or -errno, with the number of the message that failed in *ret_seq. */
static int ask(struct io_filter *f, const void *bytes, size_t len, struct others *others,
	       uint32_t *ret_seq)
{
	int fd = mnl_socket_get_fd(f->socket);
	struct answer answer = { 0 };
	int room = (int)(2 * len);
	int status;

	/* A batch is one datagram, however long. */
	if (len > BUFFER_BYTES / 4)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	status = netlink_socket_send(f->socket, bytes, len);
	if (status != 0)
		return status;
	do {
		status = receive(f, &answer, others);
	} while (status > 0);
	if (status < 0)
		return status;
	*ret_seq = answer.seq;
	return answer.there ? -answer.error : -EPROTO;
}

static int carry_out(struct io_filter *f, struct filter_batch *b, char why[static FILTER_WHY_MAX])
{
	uint32_t seq = b->first_seq;
	int status = b->failed ? -ENOMEM : ask(f, b->bytes, b->len, NULL, &seq);

	f->next_seq = b->last_seq + 1;
	if (status != 0)
		snprintf(why, FILTER_WHY_MAX, "nf_tables: %s: %s",
			 b->failed ? "the batch" : filter_batch_subject(b, seq), strerror(-status));
	filter_batch_done(b);
	return status;
}

int io_filter_replace(struct io_filter *f, const struct ip_addr *addresses, uint32_t count,
		      char why[static FILTER_WHY_MAX])
{
	struct filter_batch b;

	filter_batch_replace(&b, f->next_seq, f->table, addresses, count);
	return carry_out(f, &b, why);
}

int io_filter_change(struct io_filter *f, const struct ip_addr *come, uint32_t come_count,
		     const struct ip_addr *gone, uint32_t gone_count,
		     char why[static FILTER_WHY_MAX])
{
	struct filter_batch b;

	filter_batch_change(&b, f->next_seq, f->table, come, come_count, gone, gone_count);
	return carry_out(f, &b, why);
}

static int remove_table(struct io_filter *f, const char *table, char why[static FILTER_WHY_MAX])
{
	struct filter_batch b;
	int status;

	filter_batch_remove(&b, f->next_seq, table);
	status = carry_out(f, &b, why);
	return status == -ENOENT ? 0 : status;
}

/* Asking costs nothing. Being refused to remove what is not there costs as much as removing it, tens of milliseconds. */
static bool is_absent(struct io_filter *f)
{
	_Alignas(struct nlmsghdr) char request[FILTER_TABLE_MAX + 256];
	uint32_t seq = f->next_seq++;
	struct nlmsghdr *message =
		nftnl_nlmsg_build_hdr(request, NFT_MSG_GETTABLE, NFPROTO_INET, NLM_F_ACK, seq);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, f->table);
	return ask(f, message, message->nlmsg_len, NULL, &seq) == -ENOENT;
}

int io_filter_remove(struct io_filter *f, char why[static FILTER_WHY_MAX])
{
	return is_absent(f) ? 0 : remove_table(f, f->table, why);
}

int io_filter_remove_others(struct io_filter *f, char why[static FILTER_WHY_MAX])
{
	_Alignas(struct nlmsghdr) char request[256];
	struct others others = { .count = 0 };
	uint32_t seq = f->next_seq++;
	const struct nlmsghdr *message =
		nftnl_nlmsg_build_hdr(request, NFT_MSG_GETTABLE, NFPROTO_INET, NLM_F_DUMP, seq);
	int status = ask(f, message, message->nlmsg_len, &others, &seq);

	if (status != 0)
		snprintf(why, FILTER_WHY_MAX, "nf_tables: the list of tables: %s",
			 strerror(-status));
	for (uint32_t i = 0; i < others.count && status == 0; i++)
		status = remove_table(f, others.names[i], why);
	return status != 0 ? status : (int)others.count;
}

/* ---- opening ---- */

int io_filter_open(struct io_filter **ret, const char *table, const char **ret_what)
{
	struct io_filter *f = calloc(1, sizeof(*f));
	int bytes = BUFFER_BYTES, status;

	*ret_what = "no memory for the packet filter's socket";
	if (!f)
		return -ENOMEM;
	assert(strlen(table) < sizeof(f->table));
	strcpy(f->table, table);
	f->next_seq = 1;
	*ret_what = "the kernel has no netfilter (nf_tables)";
	status = netlink_socket_open(&f->socket, NETLINK_NETFILTER, BUFFER_BYTES);
	if (status == 0) {
		f->port = mnl_socket_get_portid(f->socket);
		/* Best effort: a batch that has no room is refused by name. */
		(void)setsockopt(mnl_socket_get_fd(f->socket), SOL_SOCKET, SO_SNDBUFFORCE, &bytes,
				 sizeof(bytes));
		*ret_what = "cannot subscribe to the kernel's events of nf_tables";
		status = netlink_socket_join(f->socket, NFNLGRP_NFTABLES);
	}
	if (status != 0) {
		io_filter_close(f);
		return status;
	}
	*ret = f;
	return 0;
}

void io_filter_close(struct io_filter *f)
{
	if (!f)
		return;
	netlink_socket_close(f->socket);
	free(f);
}

int io_filter_fd(const struct io_filter *f)
{
	return mnl_socket_get_fd(f->socket);
}

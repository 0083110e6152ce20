/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `nft list ruleset` shows of it:
 *
 *     table inet vrrpd/run/vrrpd {
 *         set addresses4 { type ipv4_addr; elements = { 192.0.2.10 } }
 *         set addresses6 { type ipv6_addr; elements = { 2001:db8::10 } }
 *         chain input {
 *             type filter hook input priority 0; policy accept;
 *             ip daddr @addresses4 counter drop
 *             icmpv6 type 135-136 accept
 *             ip6 daddr @addresses6 counter drop
 *         }
 *     }
 *
 * RFC 9568 section 6.4.3: a master without Accept_Mode must not accept packets addressed to its addresses, and must not drop IPv6
 * neighbour solicitations and advertisements. ARP is never seen by a table of this family, nor are packets to be forwarded by this
 * chain. While the addresses are not on this host nothing can match.
 */
#include "filter_batch.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>

#define CHAIN_NAME "input"

enum {
	MESSAGE_MAX = 48 << 10, /* bytes of any message below */
	ELEMENTS_MAX = 512,     /* of one message: at most 40 bytes each */
	IP_DADDR_OFFSET = 16,   /* in the IPv4 header */
	IP6_DADDR_OFFSET = 24,  /* in the IPv6 header */
	NFT_TYPE_IPV4_ADDR = 7, /* nft's names of the types of sets, so that it can list them */
	NFT_TYPE_IPV6_ADDR = 8,
	COMMENT_BYTES = 64,
};

static const struct set_form {
	const char *name;
	uint32_t id, type;
	enum ip_family family;
	uint8_t nfproto, offset, len;
} sets[] = {
	{ "addresses4", 1, NFT_TYPE_IPV4_ADDR, IP_V4, NFPROTO_IPV4, IP_DADDR_OFFSET, 4 },
	{ "addresses6", 2, NFT_TYPE_IPV6_ADDR, IP_V6, NFPROTO_IPV6, IP6_DADDR_OFFSET, 16 },
};

enum {
	SET_COUNT = sizeof(sets) / sizeof(sets[0])
};

/* ---- the batch ---- */

/* Room for one more message, or NULL. */
static char *reserve(struct filter_batch *b)
{
	size_t cap = b->cap + 4 * (size_t)MESSAGE_MAX;
	char *grown;

	if (b->cap - b->len < MESSAGE_MAX) {
		grown = realloc(b->bytes, cap);
		if (!grown)
			return NULL;
		b->bytes = grown;
		b->cap = cap;
	}
	return b->bytes + b->len;
}

/* Begins a message, or NULL: memory ran out. */
static struct nlmsghdr *begin(struct filter_batch *b, uint16_t type, uint16_t flags)
{
	char *room = b->failed ? NULL : reserve(b);

	b->failed = !room;
	return room ? nftnl_nlmsg_build_hdr(room, type, NFPROTO_INET, flags, ++b->last_seq) : NULL;
}

static void end(struct filter_batch *b, const struct nlmsghdr *message)
{
	b->len += NLMSG_ALIGN(message->nlmsg_len);
}

static void put_frame(struct filter_batch *b, struct nlmsghdr *(*frame)(char *buf, uint32_t seq))
{
	char *room = b->failed ? NULL : reserve(b);

	b->failed = !room;
	if (room)
		end(b, frame(room, b->last_seq));
}

static void begin_batch(struct filter_batch *b, uint32_t seq)
{
	*b = (struct filter_batch){ .first_seq = seq, .last_seq = seq };
	put_frame(b, nftnl_batch_begin);
}

static void end_batch(struct filter_batch *b)
{
	put_frame(b, nftnl_batch_end);
}

void filter_batch_done(struct filter_batch *b)
{
	free(b->bytes);
	*b = (struct filter_batch){ .bytes = NULL };
}

/* ---- what it is made of ---- */

static void put_comment(struct nftnl_table *t)
{
	struct nftnl_udata_buf *data = nftnl_udata_buf_alloc(COMMENT_BYTES);

	if (!data)
		return; /* it only explains */
	if (nftnl_udata_put_strz(data, NFTNL_UDATA_TABLE_COMMENT, "vrrpd: accept = false"))
		nftnl_table_set_data(t, NFTNL_TABLE_USERDATA, nftnl_udata_buf_data(data),
				     nftnl_udata_buf_len(data));
	nftnl_udata_buf_free(data);
}

static void put_table(struct filter_batch *b, uint16_t type, uint16_t flags, const char *name)
{
	struct nftnl_table *t = nftnl_table_alloc();
	struct nlmsghdr *message = t ? begin(b, type, flags) : NULL;

	b->failed = !message;
	if (message) {
		nftnl_table_set_str(t, NFTNL_TABLE_NAME, name);
		if (type == NFT_MSG_NEWTABLE)
			put_comment(t);
		nftnl_table_nlmsg_build_payload(message, t);
		end(b, message);
	}
	if (t)
		nftnl_table_free(t);
}

static void put_set(struct filter_batch *b, const char *table, const struct set_form *form)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nlmsghdr *message = s ? begin(b, NFT_MSG_NEWSET, NLM_F_CREATE) : NULL;

	b->failed = !message;
	if (message) {
		nftnl_set_set_str(s, NFTNL_SET_TABLE, table);
		nftnl_set_set_str(s, NFTNL_SET_NAME, form->name);
		nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_INET);
		nftnl_set_set_u32(s, NFTNL_SET_ID, form->id);
		nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, form->type);
		nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, form->len);
		nftnl_set_nlmsg_build_payload(message, s);
		end(b, message);
	}
	if (s)
		nftnl_set_free(s);
}

/* The next ones of that family, from *at on, as many as fit one message; false when there are none left. */
static bool put_elements(struct filter_batch *b, uint16_t type, const char *table,
			 const struct set_form *form, const struct ip_addr *addresses,
			 uint32_t count, uint32_t *at)
{
	struct nftnl_set *s = nftnl_set_alloc();
	uint32_t n = 0;

	b->failed = b->failed || !s;
	for (; s && !b->failed && *at < count && n < ELEMENTS_MAX; ++*at) {
		struct nftnl_set_elem *element;

		if (addresses[*at].family != form->family)
			continue;
		element = nftnl_set_elem_alloc();
		b->failed = !element || nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY,
							   addresses[*at].bytes, form->len) < 0;
		if (element)
			nftnl_set_elem_add(s, element);
		n++;
	}
	if (n > 0 && !b->failed) {
		struct nlmsghdr *message =
			begin(b, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);

		if (message) {
			nftnl_set_set_str(s, NFTNL_SET_TABLE, table);
			nftnl_set_set_str(s, NFTNL_SET_NAME, form->name);
			nftnl_set_elems_nlmsg_build_payload(message, s);
			end(b, message);
		}
	}
	if (s)
		nftnl_set_free(s);
	return n > 0 && !b->failed;
}

static void put_all_elements(struct filter_batch *b, uint16_t type, const char *table,
			     const struct set_form *form, const struct ip_addr *addresses,
			     uint32_t count)
{
	uint32_t at = 0;

	while (put_elements(b, type, table, form, addresses, count, &at))
		continue;
}

static void put_chain(struct filter_batch *b, const char *table)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	struct nlmsghdr *message = c ? begin(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE) : NULL;

	b->failed = !message;
	if (message) {
		nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, table);
		nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, CHAIN_NAME);
		nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter");
		nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, NF_INET_LOCAL_IN);
		nftnl_chain_set_u32(c, NFTNL_CHAIN_PRIO, 0);
		nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
		nftnl_chain_nlmsg_build_payload(message, c);
		end(b, message);
	}
	if (c)
		nftnl_chain_free(c);
}

/* ---- rules ---- */

struct rule_draft {
	struct nftnl_rule *rule;
	bool failed;
};

/* An expression of that kind at the end of the rule, or NULL. */
static struct nftnl_expr *add(struct rule_draft *d, const char *kind)
{
	struct nftnl_expr *e = nftnl_expr_alloc(kind);

	if (e)
		nftnl_rule_add_expr(d->rule, e);
	else
		d->failed = true;
	return e;
}

static void load_meta(struct rule_draft *d, uint32_t key)
{
	struct nftnl_expr *e = add(d, "meta");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void load_payload(struct rule_draft *d, uint32_t base, uint32_t offset, uint32_t len)
{
	struct nftnl_expr *e = add(d, "payload");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
}

static void compare(struct rule_draft *d, uint32_t how, uint8_t with)
{
	struct nftnl_expr *e = add(d, "cmp");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, how);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, &with, sizeof(with));
}

static void look_up(struct rule_draft *d, const struct set_form *form)
{
	struct nftnl_expr *e = add(d, "lookup");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, form->name);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, form->id);
}

static void decide(struct rule_draft *d, uint32_t verdict)
{
	struct nftnl_expr *e = add(d, "immediate");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict);
}

/* The type of an ICMPv6 message is its first byte. */
static void accept_neighbour_discovery(struct rule_draft *d)
{
	load_meta(d, NFT_META_NFPROTO);
	compare(d, NFT_CMP_EQ, NFPROTO_IPV6);
	load_meta(d, NFT_META_L4PROTO);
	compare(d, NFT_CMP_EQ, IPPROTO_ICMPV6);
	load_payload(d, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	compare(d, NFT_CMP_GTE, ND_NEIGHBOR_SOLICIT);
	load_payload(d, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	compare(d, NFT_CMP_LTE, ND_NEIGHBOR_ADVERT);
	decide(d, NF_ACCEPT);
}

static void drop_addresses(struct rule_draft *d, const struct set_form *form)
{
	load_meta(d, NFT_META_NFPROTO);
	compare(d, NFT_CMP_EQ, form->nfproto);
	load_payload(d, NFT_PAYLOAD_NETWORK_HEADER, form->offset, form->len);
	look_up(d, form);
	(void)add(d, "counter");
	decide(d, NF_DROP);
}

/* form NULL: the exemption of neighbour discovery. */
static void put_rule(struct filter_batch *b, uint16_t flags, const char *table,
		     const struct set_form *form)
{
	struct rule_draft d = { .rule = nftnl_rule_alloc() };
	struct nlmsghdr *message = NULL;

	if (d.rule) {
		nftnl_rule_set_str(d.rule, NFTNL_RULE_TABLE, table);
		nftnl_rule_set_str(d.rule, NFTNL_RULE_CHAIN, CHAIN_NAME);
		if (form)
			drop_addresses(&d, form);
		else
			accept_neighbour_discovery(&d);
		message = d.failed ? NULL
				   : begin(b, NFT_MSG_NEWRULE, NLM_F_APPEND | NLM_F_CREATE | flags);
	}
	b->failed = !message;
	if (message) {
		nftnl_rule_nlmsg_build_payload(message, d.rule);
		end(b, message);
	}
	if (d.rule)
		nftnl_rule_free(d.rule);
}

/* ---- batches ---- */

void filter_batch_replace(struct filter_batch *b, uint32_t seq, const char *table,
			  const struct ip_addr *addresses, uint32_t count)
{
	begin_batch(b, seq);
	/* Removing what is not there is an error, making what is there is none. */
	put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, table);
	put_table(b, NFT_MSG_DELTABLE, 0, table);
	put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, table);
	for (int i = 0; i < SET_COUNT; i++) {
		put_set(b, table, &sets[i]);
		put_all_elements(b, NFT_MSG_NEWSETELEM, table, &sets[i], addresses, count);
	}
	put_chain(b, table);
	put_rule(b, 0, table, &sets[0]);
	put_rule(b, 0, table, NULL);
	put_rule(b, NLM_F_ACK, table, &sets[1]);
	end_batch(b);
}

void filter_batch_change(struct filter_batch *b, uint32_t seq, const char *table,
			 const struct ip_addr *come, uint32_t come_count,
			 const struct ip_addr *gone, uint32_t gone_count)
{
	begin_batch(b, seq);
	/* It is there already; asked for once more it acknowledges the batch. */
	put_table(b, NFT_MSG_NEWTABLE, NLM_F_ACK, table);
	for (int i = 0; i < SET_COUNT; i++) {
		put_all_elements(b, NFT_MSG_DELSETELEM, table, &sets[i], gone, gone_count);
		put_all_elements(b, NFT_MSG_NEWSETELEM, table, &sets[i], come, come_count);
	}
	end_batch(b);
}

void filter_batch_remove(struct filter_batch *b, uint32_t seq, const char *table)
{
	begin_batch(b, seq);
	put_table(b, NFT_MSG_DELTABLE, NLM_F_ACK, table);
	end_batch(b);
}

const char *filter_batch_subject(const struct filter_batch *b, uint32_t seq)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)b->bytes;
	int left = (int)b->len;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_seq != seq || message->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
		case NFT_MSG_NEWTABLE:
		case NFT_MSG_DELTABLE:
			return "the table";
		case NFT_MSG_NEWSET:
			return "a set of addresses";
		case NFT_MSG_NEWSETELEM:
		case NFT_MSG_DELSETELEM:
			return "the addresses of a set";
		case NFT_MSG_NEWCHAIN:
			return "the chain at the input hook";
		case NFT_MSG_NEWRULE:
			return "a rule";
		}
	}
	return "the batch";
}

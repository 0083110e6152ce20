/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and writes virtual addresses. The words are those of `ip address add`, so that nobody has
 * to learn new ones; what is left of a line after a comma was forgotten is recognised as a second
 * address.
 */
#include "conf/vip_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/report.h"
#include "conf/suggest.h"

static const char *const option_words[] = { "dev",       "label", "scope",
					    "broadcast", "nodad", "preferred-lifetime",
					    NULL };

static const struct scope {
	const char *name;
	uint8_t value; /* RT_SCOPE_… of rtnetlink(7) */
} scopes[] = { { "global", 0 }, { "site", 200 }, { "link", 253 }, { "host", 254 } };

#define SCOPE_COUNT (sizeof(scopes) / sizeof(scopes[0]))

/* The words of one address, read from left to right. */
struct words {
	const char *rest;
	char word[VIP_TEXT_MAX];
};

const char *word_next(const char **rest, char *buf, size_t cap)
{
	size_t len, kept;

	*rest += strspn(*rest, " \t");
	len = strcspn(*rest, " \t");
	kept = len < cap ? len : cap - 1;
	if (len == 0)
		return NULL;
	memcpy(buf, *rest, kept);
	buf[kept] = '\0';
	*rest += len;
	return buf;
}

static const char *next_word(struct words *w)
{
	return word_next(&w->rest, w->word, sizeof(w->word));
}

const char *address_fault(struct ip_addr a)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (ip_is_unspecified(a) || (a.family == IP_V4 && a.bytes[0] == 0))
		return "is no host's address";
	if (ip_is_loopback(a))
		return "is a loopback address";
	if (ip_is_multicast(a))
		return "is a multicast address";
	if (a.family == IP_V4 && memcmp(a.bytes, broadcast, sizeof(broadcast)) == 0)
		return "is the broadcast address";
	return NULL;
}

bool address_is_valid(struct ip_addr a)
{
	static const uint8_t zeros[16];

	if (a.family != IP_NONE && a.family != IP_V4 && a.family != IP_V6)
		return false;
	return memcmp(a.bytes + ip_len(a), zeros, sizeof(zeros) - ip_len(a)) == 0;
}

bool interface_name_ok(const char *name)
{
	size_t len = strnlen(name, IFNAME_MAX_LEN + 1);

	if (len == 0 || len > IFNAME_MAX_LEN || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || strchr("/:\"\\", name[i]))
			return false;
	return true;
}

static bool label_ok(const char *label)
{
	size_t len = strnlen(label, LABEL_MAX_LEN + 1);

	if (len == 0 || len > LABEL_MAX_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		if (label[i] <= ' ' || label[i] > '~' || strchr("/\"\\", label[i]))
			return false;
	return true;
}

/* ADDR[/PREFIX], with a message of its own for an address that is fine but for its prefix. */
static int parse_address(const char *word, struct vip *vip, char *why)
{
	size_t len = strcspn(word, "/");
	char addr[VIP_TEXT_MAX];

	if (ip_parse_prefix(word, &vip->addr, &vip->prefix_len) == 0 && vip->prefix_len > 0)
		return 0;
	memcpy(addr, word, len);
	addr[len] = '\0';
	if (word[len] && ip_parse(addr, &vip->addr) == 0)
		snprintf(why, WHY_MAX, "prefix \"%s\" of %s is not right, right is /1 to /%d",
			 show(word + len).text, show(addr).text,
			 ip_max_prefix_len(vip->addr.family));
	else
		snprintf(why, WHY_MAX,
			 "\"%s\" is not an address, right is ADDR/PREFIX like 192.0.2.10/24",
			 show(word).text);
	return -EINVAL;
}

static int parse_scope(const char *word, struct vip *vip, char *why)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++) {
		if (strcmp(scopes[i].name, word) == 0) {
			vip->scope = scopes[i].value;
			return 0;
		}
	}
	snprintf(why, WHY_MAX, "scope \"%s\" is unknown, right is global, site, link or host",
		 show(word).text);
	return -EINVAL;
}

static int parse_broadcast(const char *word, struct vip *vip, char *why)
{
	struct ip_addr addr;

	if (vip->addr.family != IP_V4) {
		snprintf(why, WHY_MAX, "option \"broadcast\" is for IPv4 addresses only");
		return -EINVAL;
	}
	if (strcmp(word, "-") == 0)
		return 0;
	if (ip_parse(word, &addr) < 0 || addr.family != IP_V4) {
		snprintf(why, WHY_MAX,
			 "broadcast \"%s\" is not right, right is an IPv4 address, or - for none",
			 show(word).text);
		return -EINVAL;
	}
	vip->broadcast = addr;
	return 0;
}

static int parse_dev(const char *word, struct vip *vip, char *why)
{
	if (!interface_name_ok(word)) {
		snprintf(why, WHY_MAX,
			 "dev \"%s\" is no name of an interface, right is 1 to %d characters "
			 "without / and :",
			 show(word).text, IFNAME_MAX_LEN);
		return -EINVAL;
	}
	memcpy(vip->dev, word, strlen(word) + 1); /* its length is checked */
	return 0;
}

static int parse_label(const char *word, struct vip *vip, char *why)
{
	if (vip->addr.family != IP_V4) {
		snprintf(why, WHY_MAX, "option \"label\" is for IPv4 addresses only");
		return -EINVAL;
	}
	if (!label_ok(word)) {
		snprintf(why, WHY_MAX,
			 "label \"%s\" is not right, right is 1 to %d characters without /",
			 show(word).text, LABEL_MAX_LEN);
		return -EINVAL;
	}
	memcpy(vip->label, word, strlen(word) + 1); /* its length is checked */
	return 0;
}

static int parse_lifetime(const char *word, struct vip *vip, char *why)
{
	if (strcmp(word, "0") != 0) {
		snprintf(why, WHY_MAX, "preferred-lifetime \"%s\" is not possible, only 0 is",
			 show(word).text);
		return -EINVAL;
	}
	vip->deprecated = true;
	return 0;
}

static int unknown_option(const char *word, char *why)
{
	const char *near =
		strcmp(word, "brd") == 0 ? "broadcast" : suggest_word(word, option_words);
	struct ip_addr addr;
	uint8_t prefix_len;

	if (ip_parse_prefix(word, &addr, &prefix_len) == 0)
		snprintf(why, WHY_MAX,
			 "a second address \"%s\" in one item: a comma is missing before it",
			 show(word).text);
	else if (near)
		snprintf(why, WHY_MAX, "unknown address option \"%s\", did you mean \"%s\"?",
			 show(word).text, near);
	else
		snprintf(why, WHY_MAX,
			 "unknown address option \"%s\", right are dev, label, scope, broadcast, "
			 "nodad and preferred-lifetime",
			 show(word).text);
	return -EINVAL;
}

static int parse_option(const char *option, const char *value, struct vip *vip, char *why)
{
	if (!value) {
		snprintf(why, WHY_MAX, "option \"%s\" needs a value after it", option);
		return -EINVAL;
	}
	if (strcmp(option, "dev") == 0)
		return parse_dev(value, vip, why);
	if (strcmp(option, "label") == 0)
		return parse_label(value, vip, why);
	if (strcmp(option, "scope") == 0)
		return parse_scope(value, vip, why);
	if (strcmp(option, "broadcast") == 0)
		return parse_broadcast(value, vip, why);
	return parse_lifetime(value, vip, why);
}

/* The word of option_words, or NULL with the reason if it is none or was there before. */
static const char *option_find(const char *word, unsigned int *seen, char *why)
{
	for (unsigned int i = 0; option_words[i]; i++) {
		if (strcmp(option_words[i], word) != 0)
			continue;
		if (*seen & (1u << i)) {
			snprintf(why, WHY_MAX, "option \"%s\" is given twice", option_words[i]);
			return NULL;
		}
		*seen |= 1u << i;
		return option_words[i];
	}
	unknown_option(word, why);
	return NULL;
}

static int parse_options(struct words *words, struct vip *vip, char *why)
{
	unsigned int seen = 0;
	const char *word;

	while ((word = next_word(words))) {
		const char *option = option_find(word, &seen, why);

		if (!option)
			return -EINVAL;
		if (strcmp(option, "nodad") == 0)
			vip->nodad = true;
		else if (parse_option(option, next_word(words), vip, why) < 0)
			return -EINVAL;
	}
	return 0;
}

int vip_parse(const char *text, struct vip *ret, char why[static WHY_MAX])
{
	struct words words = { .rest = text };
	struct vip vip = { .prefix_len = 0 };
	const char *word = next_word(&words);

	if (!word) {
		snprintf(why, WHY_MAX, "an address is empty, right is ADDR/PREFIX");
		return -EINVAL;
	}
	if (parse_address(word, &vip, why) < 0)
		return -EINVAL;

	const char *fault = address_fault(vip.addr);

	if (fault) {
		snprintf(why, WHY_MAX, "\"%s\" %s, right is an address that a host can have",
			 show(word).text, fault);
		return -EINVAL;
	}
	if (parse_options(&words, &vip, why) < 0)
		return -EINVAL;
	*ret = vip;
	return 0;
}

/* Are all bits behind the prefix of an IPv4 address the given one? */
static bool host_bits_are(const struct vip *vip, bool ones)
{
	const uint8_t *b = vip->addr.bytes;
	uint32_t addr = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	uint32_t mask = UINT32_MAX >> vip->prefix_len;

	return (addr & mask) == (ones ? mask : 0);
}

const char *vip_doubt(const struct vip *vip)
{
	if (vip->addr.family != IP_V4)
		return NULL;
	if (vip->addr.bytes[0] == 169 && vip->addr.bytes[1] == 254)
		return "is link-local: no router forwards it";
	if (vip->addr.bytes[0] >= 240)
		return "is reserved: most hosts refuse it";
	if (vip->prefix_len > 30) /* RFC 3021: a network of two has neither */
		return NULL;
	if (host_bits_are(vip, false))
		return "is the address of its network, not of a host in it";
	if (host_bits_are(vip, true))
		return "is the broadcast address of its network";
	return NULL;
}

static const char *scope_name(uint8_t scope)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++)
		if (scopes[i].value == scope)
			return scopes[i].name;
	return NULL;
}

const char *vip_text(const struct vip *vip, char buf[static VIP_TEXT_MAX])
{
	char addr[IP_PREFIX_TEXT_MAX], broadcast[IP_TEXT_MAX];
	const char *scope = vip->scope ? scope_name(vip->scope) : NULL;

	snprintf(buf, VIP_TEXT_MAX, "%s%s%s%s%s%s%s%s%s%s%s",
		 ip_prefix_text(vip->addr, vip->prefix_len, addr), vip->dev[0] ? " dev " : "",
		 vip->dev, vip->label[0] ? " label " : "", vip->label, scope ? " scope " : "",
		 scope ? scope : "", ip_is_set(vip->broadcast) ? " broadcast " : "",
		 ip_is_set(vip->broadcast) ? ip_text(vip->broadcast, broadcast) : "",
		 vip->nodad ? " nodad" : "", vip->deprecated ? " preferred-lifetime 0" : "");
	return buf;
}

bool vip_equal(const struct vip *a, const struct vip *b)
{
	return ip_equal(a->addr, b->addr) && ip_equal(a->broadcast, b->broadcast) &&
	       a->prefix_len == b->prefix_len && a->scope == b->scope && a->nodad == b->nodad &&
	       a->deprecated == b->deprecated && strcmp(a->dev, b->dev) == 0 &&
	       strcmp(a->label, b->label) == 0;
}

static bool byte_is_bool(const bool *b)
{
	uint8_t byte;

	memcpy(&byte, b, sizeof(byte));
	return byte <= 1;
}

bool vip_is_valid(const struct vip *vip)
{
	bool v4 = vip->addr.family == IP_V4;

	return address_is_valid(vip->addr) && ip_is_set(vip->addr) && !address_fault(vip->addr) &&
	       vip->prefix_len > 0 && vip->prefix_len <= ip_max_prefix_len(vip->addr.family) &&
	       address_is_valid(vip->broadcast) &&
	       (!ip_is_set(vip->broadcast) || (v4 && vip->broadcast.family == IP_V4)) &&
	       scope_name(vip->scope) && byte_is_bool(&vip->nodad) &&
	       byte_is_bool(&vip->deprecated) &&
	       (vip->dev[0] == '\0' || interface_name_ok(vip->dev)) &&
	       (vip->label[0] == '\0' || (v4 && label_ok(vip->label)));
}

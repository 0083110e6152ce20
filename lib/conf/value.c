/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strict parsers: what is not plainly a value of its kind is refused with what would be right.
 * There is no octal, no sign where none can be, no unit that has to be guessed.
 */
#include "conf/value.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/duration.h"
#include "conf/report.h"
#include "conf/suggest.h"

/* Is every character a digit? One at least. */
static bool all_digits(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* 0, -EINVAL, -ERANGE, or -EDOM for a leading zero, which some read as octal. */
static int integer_parse(const char *text, int64_t *ret)
{
	bool negative = text[0] == '-';
	const char *digits = text + negative;
	int64_t n = 0;

	if (!all_digits(digits))
		return -EINVAL;
	if (digits[0] == '0' && (digits[1] != '\0' || negative))
		return -EDOM;
	if (strlen(digits) > 15)
		return -ERANGE;
	for (; *digits; digits++)
		n = n * 10 + (*digits - '0');
	*ret = negative ? -n : n;
	return 0;
}

static bool in_range(const struct key *k, int64_t number)
{
	return (number >= k->min && number <= k->max) || (k->or_zero && number == 0);
}

/* What is wrong and what would be right, the latter from the key. */
static int refuse(const struct key *k, const char *text, const char *wrong, char *why)
{
	snprintf(why, WHY_MAX, "\"%s\" %s, right is %s", show(text).text, wrong, key_right(k).text);
	return -EINVAL;
}

static int parse_integer(const struct key *k, const char *text, struct value *v, char *why)
{
	int rc = integer_parse(text, &v->number);

	if (rc == -EINVAL)
		return refuse(k, text, "is not a whole number", why);
	if (rc == -EDOM)
		return refuse(k, text, "has a zero in front", why);
	if (rc < 0 || !in_range(k, v->number))
		return refuse(k, text, "is out of range", why);
	return 0;
}

static int parse_duration(const struct key *k, const char *text, struct value *v, char *why)
{
	struct span span;
	int rc = duration_parse(text, &span);

	if (rc == -EINVAL) {
		snprintf(why, WHY_MAX,
			 "\"%s\" is not a duration, right is a number with ms, s, m or h, like "
			 "500ms",
			 show(text).text);
		return -EINVAL;
	}
	if (rc == -EDOM)
		return refuse(k, text, "is finer than a microsecond", why);
	if (rc < 0 || !in_range(k, span.us))
		return refuse(k, text, "is out of range", why);
	v->number = span.us;
	return 0;
}

static int parse_boolean(const char *text, struct value *v, char *why)
{
	static const char *const yes[] = { "true", "yes", "on" };
	static const char *const no[] = { "false", "no", "off" };

	for (size_t i = 0; i < 3; i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			v->number = strcasecmp(text, yes[i]) == 0;
			return 0;
		}
	}
	snprintf(why, WHY_MAX,
		 "\"%s\" is neither true nor false (yes, no, on and off are fine too)",
		 show(text).text);
	return -EINVAL;
}

static int parse_choice(const struct key *k, const char *text, struct value *v, char *why)
{
	for (int64_t i = 0; k->words[i]; i++) {
		if (strcmp(k->words[i], text) == 0) {
			v->number = i;
			return 0;
		}
	}
	const char *near = suggest_word(text, k->words);

	if (!near)
		return refuse(k, text, "is unknown", why);
	snprintf(why, WHY_MAX, "\"%s\" is unknown, did you mean \"%s\"?", show(text).text, near);
	return -EINVAL;
}

bool name_ok(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-:@+";
	size_t len = strnlen(name, NAME_MAX_LEN + 1);

	return len > 0 && len <= NAME_MAX_LEN && !strchr(".-:@+", name[0]) &&
	       strspn(name, letters) == len;
}

/* The line that a text is printed in reads back as it was, and fits a log and a command line. */
static bool line_ok(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

/* 0 or -EINVAL. An address of IPv6 stands in brackets, so that its last colon is the port's. */
static int endpoint_parse(const char *text, struct value *v)
{
	const char *colon = strrchr(text, ':');
	char addr[IP_TEXT_MAX];
	int64_t port;

	if (!colon || integer_parse(colon + 1, &port) < 0 || port < 1 || port > 65535)
		return -EINVAL;
	bool bracket = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
	size_t len = (size_t)(colon - text) - (bracket ? 2 : 0);

	if (len >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text + bracket, len);
	addr[len] = '\0';
	if (ip_parse(addr, &v->address) < 0 || (v->address.family == IP_V6) != bracket)
		return -EINVAL;
	v->port = (uint16_t)port;
	return 0;
}

static const char *endpoint_text(struct ip_addr addr, uint16_t port,
				 char buf[static VALUE_TEXT_MAX])
{
	bool bracket = addr.family == IP_V6;
	char text[IP_TEXT_MAX];

	snprintf(buf, VALUE_TEXT_MAX, "%s%s%s:%u", bracket ? "[" : "", ip_text(addr, text),
		 bracket ? "]" : "", port);
	return buf;
}

static_assert(COMMAND_MAX_LEN == 4095, "a message below says so");

/* What is wrong with a text of that kind, or NULL. */
static const char *text_fault(enum value_kind kind, const char *text)
{
	if (text[0] == '\0')
		return "is empty";
	if ((kind == KIND_NAME || kind == KIND_USER || kind == KIND_USERS) && !name_ok(text))
		return "is no name";
	if (kind == KIND_INTERFACE && !interface_name_ok(text))
		return "is not possible";
	if (kind == KIND_PATH && text[0] != '/')
		return "is no full path";
	if ((kind == KIND_TEXT || kind == KIND_PATH) && !line_ok(text))
		return "has a line end or another control character";
	if ((kind == KIND_TEXT || kind == KIND_PATH) && strlen(text) > COMMAND_MAX_LEN)
		return "is longer than 4095 characters";
	return NULL;
}

static int parse_text(const struct key *k, const char *text, struct value *v, char *why)
{
	const char *fault = text_fault(k->kind, text);

	if (fault)
		return refuse(k, text, fault, why);
	v->text = text;
	v->cut = k->kind == KIND_PASSWORD && strlen(text) > AUTH_PASSWORD_LEN;
	return 0;
}

static int parse_address(const struct key *k, const char *text, struct value *v, char *why)
{
	const char *fault = NULL;

	if (ip_parse(text, &v->address) == 0)
		fault = address_fault(v->address);
	else
		fault = "is not an address";
	return fault ? refuse(k, text, fault, why) : 0;
}

int value_parse(const struct key *k, const char *text, struct value *ret, char why[static WHY_MAX])
{
	struct value v = { .text = "" };
	int rc = -EINVAL;

	if (k->none && strcmp(text, k->none) == 0) {
		v.none = true;
		*ret = v;
		return 0;
	}
	switch (k->kind) {
	case KIND_SECTION:
	case KIND_INCLUDE:
		assert(false); /* they have no value */
		break;
	case KIND_BOOLEAN:
		rc = parse_boolean(text, &v, why);
		break;
	case KIND_INTEGER:
		rc = parse_integer(k, text, &v, why);
		break;
	case KIND_DURATION:
		rc = parse_duration(k, text, &v, why);
		break;
	case KIND_CHOICE:
		rc = parse_choice(k, text, &v, why);
		break;
	case KIND_NAME:
	case KIND_USER:
	case KIND_USERS:
	case KIND_INTERFACE:
	case KIND_TEXT:
	case KIND_PASSWORD:
	case KIND_PATH:
		rc = parse_text(k, text, &v, why);
		break;
	case KIND_ENDPOINT:
		rc = endpoint_parse(text, &v);
		if (rc < 0)
			refuse(k, text, "is no address with a port", why);
		break;
	case KIND_ADDRESS:
		rc = parse_address(k, text, &v, why);
		break;
	case KIND_VIP:
		rc = vip_parse(text, &v.vip, why);
		break;
	case KIND_ROUTE:
		rc = route_parse(text, &v.routing, why);
		break;
	case KIND_RULE:
		rc = rule_parse(text, &v.routing, why);
		break;
	}
	if (rc == 0)
		*ret = v;
	return rc;
}

void value_store(const struct key *k, void *base, const struct value *v)
{
	if (key_stores_number(k)) {
		key_set_number(k, base, v->none ? k->initial : v->number);
	} else if (key_stores_text(k)) {
		key_set_number(k, base, v->text_number);
	} else if (key_stores_address(k)) {
		key_set_address(k, base, v->address, v->port);
	} else if (key_stores_name(k)) {
		char *field = (char *)base + k->offset;

		memset(field, 0, k->size);
		memcpy(field, v->text, strnlen(v->text, k->size - 1));
	}
}

/* "" or the key's own word for none. */
static const char *address_text(const struct key *k, const void *base,
				char buf[static VALUE_TEXT_MAX])
{
	struct ip_addr addr = key_address(k, base);

	if (!ip_is_set(addr))
		return k->none ? k->none : "";
	return k->kind == KIND_ENDPOINT ? endpoint_text(addr, key_port(k, base), buf)
					: ip_text(addr, buf);
}

const char *value_text(const struct key *k, const struct settings *s, const void *base,
		       char buf[static VALUE_TEXT_MAX])
{
	char duration[DURATION_TEXT_MAX];

	if (key_stores_address(k))
		return address_text(k, base, buf);
	if (!key_stores_number(k))
		return key_text(k, s, base);

	int64_t number = key_number(k, base);

	if (k->none && number == k->initial)
		snprintf(buf, VALUE_TEXT_MAX, "%s", k->none);
	else if (k->kind == KIND_BOOLEAN)
		snprintf(buf, VALUE_TEXT_MAX, "%s", number ? "true" : "false");
	else if (k->kind == KIND_CHOICE)
		snprintf(buf, VALUE_TEXT_MAX, "%s", k->words[number]);
	else if (k->kind == KIND_DURATION)
		snprintf(buf, VALUE_TEXT_MAX, "%s", duration_text(span_us(number), duration));
	else
		snprintf(buf, VALUE_TEXT_MAX, "%lld", (long long)number);
	return buf;
}

bool value_is_initial(const struct key *k, const void *base)
{
	struct key leader = { .offset = k->like, .size = k->size };

	if (key_stores_address(k))
		return !ip_is_set(key_address(k, base));
	if (key_stores_name(k))
		return strcmp((const char *)base + k->offset,
			      k->initial_text ? k->initial_text : "") == 0;
	return key_number(k, base) == (k->like ? key_number(&leader, base) : k->initial);
}

bool value_equal(const struct key *k, const struct settings *sa, const void *a,
		 const struct settings *sb, const void *b)
{
	if (key_stores_number(k))
		return key_number(k, a) == key_number(k, b);
	if (key_stores_address(k))
		return ip_equal(key_address(k, a), key_address(k, b)) &&
		       key_port(k, a) == key_port(k, b);
	return strcmp(key_text(k, sa, a), key_text(k, sb, b)) == 0;
}

/* The number of a text of those settings, or 0? It is that of its first byte. */
static bool text_number_is_valid(const struct settings *s, int64_t number)
{
	return number == 0 || (number < s->text_bytes && s->texts[number - 1] == '\0');
}

/* An endpoint may be any address, but needs a port; the others are those of routers. */
static bool stored_address_is_valid(const struct key *k, struct ip_addr addr, uint16_t port)
{
	if (!address_is_valid(addr))
		return false;
	if (!ip_is_set(addr))
		return !k->required && port == 0;
	return k->kind == KIND_ENDPOINT ? port != 0 : !address_fault(addr);
}

bool value_is_valid(const struct key *k, const struct settings *s, const void *base)
{
	if (key_stores_number(k)) {
		int64_t number = key_number(k, base);

		return in_range(k, number) || (k->none && number == k->initial);
	}
	if (key_stores_address(k))
		return stored_address_is_valid(k, key_address(k, base), key_port(k, base));
	if (key_stores_text(k) && !text_number_is_valid(s, key_number(k, base)))
		return false;

	const char *text = key_text(k, s, base);

	if (key_stores_name(k) && strnlen(text, k->size) == k->size)
		return false;
	if (text[0] == '\0')
		return !k->required && !k->initial_text &&
		       (key_stores_name(k) || key_number(k, base) == 0);
	return !text_fault(k->kind, text);
}

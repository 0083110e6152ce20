/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vrrp_instance: what it is as a whole, and its single values. keepalived runs instances that
 * lack what vrrpd requires (an interface, a VRID, addresses), and files are templates as often
 * as not; a stand-in keeps the rest of the file of use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "conf/duration.h"
#include "conf/import_read.h"
#include "conf/import_translate.h"
#include "core/settings.h"

const struct import_node *import_global(const struct import *x, const char *name)
{
	const struct import_node *found = NULL;

	for (const struct import_node *n = x->root.first; n; n = n->next) {
		const struct import_node *child =
			strcmp(import_name(n), "global_defs") == 0 ? import_child(n, name) : NULL;

		found = child ? child : found;
	}
	return found;
}

/* Which group is it a member of? keepalived takes the first. */
const struct import_node *import_group_of(const struct import *x, const char *instance)
{
	for (const struct import_node *n = x->root.first; n; n = n->next) {
		const struct import_node *list;

		if (strcmp(import_name(n), "vrrp_sync_group") != 0 ||
		    !(list = import_child(n, "group")))
			continue;
		for (const struct import_node *m = list->first; m; m = m->next)
			for (size_t i = 0; i < m->word_count; i++)
				if (strcmp(m->words[i], instance) == 0)
					return n;
	}
	return NULL;
}

/* The family of the first address in blocks of that name; of IPv4, wherever it stands, if `any`. */
static enum ip_family family_in(const struct import_node *instance, const char *name, bool any)
{
	enum ip_family family = IP_NONE;
	struct ip_addr addr;

	for (const struct import_node *n = instance->first; n; n = n->next) {
		if (strcmp(import_name(n), name) != 0)
			continue;
		for (const struct import_node *a = n->first; a; a = a->next) {
			if (!import_address(import_name(a), &addr))
				continue;
			if (!any || addr.family == IP_V4)
				return (enum ip_family)addr.family;
			family = (enum ip_family)addr.family;
		}
	}
	return family;
}

enum ip_family import_family_of(const struct import_node *instance)
{
	enum ip_family family = family_in(instance, "virtual_ipaddress", false);
	struct ip_addr addr;

	if (family != IP_NONE)
		return family;
	if (import_child(instance, "native_ipv6"))
		return IP_V6;
	for (const struct import_node *n = instance->first; n; n = n->next)
		if (strstr(import_name(n), "_src_ip") && ip_parse(import_arg(n, 0), &addr) == 0)
			return (enum ip_family)addr.family;
	return family_in(instance, "virtual_ipaddress_excluded", true) == IP_V6 ? IP_V6 : IP_V4;
}

static int version_of(const struct import *x, const struct import_node *n, enum ip_family family)
{
	const struct import_node *own = import_child(n, "version");
	const struct import_node *all = import_global(x, "vrrp_version");
	const char *text = own ? import_arg(own, 0) : all ? import_arg(all, 0) : "2";

	return family == IP_V6 || strcmp(text, "3") == 0 ? 3 : 2;
}

/* The interface as vrrpd takes it. Of a template only letters are left, which no interface has. */
static const char *device_of(struct import *x, const struct import_node *n)
{
	const struct import_node *line = import_child(n, "interface");
	const char *text = line ? import_arg(line, 0) : "", *fit;

	if (import_is_interface(text))
		return text;
	fit = import_fit_name(x, text, IFNAME_MAX_LEN, "._-");
	return fit[0] ? fit : "FILL-IN";
}

static uint8_t vrid_literal(const struct import_node *n)
{
	const struct import_node *line = import_child(n, "virtual_router_id");
	char *end;
	long number = line ? strtol(import_arg(line, 0), &end, 10) : 0;

	return line && *end == '\0' && number >= 1 && number <= 255 ? (uint8_t)number : 0;
}

/* The VRID, or one that no instance has. */
static uint8_t vrid_of(struct import *x, const struct import_node *n)
{
	uint8_t vrid = vrid_literal(n);

	if (vrid == 0)
		for (vrid = 1; vrid < 255 && x->vrid_used[vrid]; vrid++)
			;
	x->vrid_used[vrid] = true;
	return vrid;
}

static int priority_of(const struct import_node *n)
{
	const struct import_node *line = import_child(n, "priority");
	char *end;
	long number = line ? strtol(import_arg(line, 0), &end, 10) : 100;

	return line && *end == '\0' && number >= 1 && number <= 255 ? (int)number : 100;
}

static void look_at(struct import *x, const struct import_node *n, const struct import_named *named)
{
	const struct import_node *state = import_child(n, "state");
	const struct import_node *group = import_group_of(x, import_arg(n, 0));

	x->now = (struct import_instance){
		.node = n,
		.family = import_family_of(n),
		.device = device_of(x, n),
		.group = group ? import_named_by(x, group) : NULL,
		.weighted = !group || import_child(group, "sync_group_tracking_weight") ||
			    import_child(group, "global_tracking"),
		.state_master = state && strcmp(import_arg(state, 0), "MASTER") == 0,
		.priority = priority_of(n),
		.vrid = named->vrid,
	};
	x->now.version = version_of(x, n, x->now.family);
}

/* Is there another one with the interface, VRID and family of x->now? */
static bool is_twin(struct import *x, const struct import_node *n)
{
	struct import_router *r;

	for (r = x->routers; r; r = r->next) {
		if (r->vrid != x->now.vrid || r->family != x->now.family ||
		    strcmp(r->device, x->now.device) != 0)
			continue;
		import_lost(
			x, n,
			"vrrp_instance %s has the interface, virtual_router_id and family of the one in %s: it is left out, give it a virtual_router_id of its own",
			show(import_arg(n, 0)).text, report_where(&x->report, r->at, n->at).text);
		return true;
	}
	r = import_alloc(&x->memory, sizeof(*r));
	if (r) {
		*r = (struct import_router){ n->at, x->now.device, x->now.vrid, x->now.family,
					     x->routers };
		x->routers = r;
	}
	return false;
}

void import_twins(struct import *x)
{
	for (const struct import_node *n = x->root.first; n; n = n->next)
		x->vrid_used[vrid_literal(n)] = true;
	for (const struct import_node *n = x->root.first; n; n = n->next) {
		struct import_named *named = x->named[IMPORT_INSTANCE];

		while (named && named->node != n)
			named = named->next;
		if (!named)
			continue;
		named->vrid = vrid_of(x, n);
		look_at(x, n, named);
		named->left_out = is_twin(x, n);
	}
}

/* What vrrpd requires and this instance has not. */
static void write_missing(struct import *x, const struct import_node *n)
{
	if (!import_child(n, "interface")) {
		import_lost(
			x, n,
			"vrrp_instance %s has no interface: fill in the one it works on, FILL-IN stands for it",
			show(import_arg(n, 0)).text);
		import_extra(x, "interface = %s # FILL IN", x->now.device);
	}
	if (!import_child(n, "virtual_router_id")) {
		import_lost(
			x, n,
			"vrrp_instance %s has no virtual_router_id: fill it in, %u stands for it",
			show(import_arg(n, 0)).text, x->now.vrid);
		import_extra(x, "vrid = %u # FILL IN", x->now.vrid);
	}
	if (!import_child(n, "virtual_ipaddress") && !import_child(n, "virtual_ipaddress_excluded"))
		import_write_addresses(x, n);
}

/* Settings of global_defs that are an instance's here. */
static void write_inherited(struct import *x, const struct import_node *n)
{
	const struct import_node *strict = import_global(x, "vrrp_strict");

	import_announce_defaults(x, n);
	if (strict && !import_child(n, "strict_mode") && !import_child(n, "accept") &&
	    !import_child(n, "no_accept") && x->now.priority != PRIORITY_OWNER)
		import_extra(x, "accept = false");
}

void import_write_instance(struct import *x, const struct import_node *n)
{
	const struct import_named *named = import_named_by(x, n);

	if (!n->block) {
		import_lost(x, n, "vrrp_instance without { }: say what it consists of");
		return;
	}
	if (!named) { /* defined twice, which was said */
		import_comments(x, &n->before);
		import_extra(x, "# vrrp_instance %s is defined a second time: left out",
			     show(import_arg(n, 0)).text);
		return;
	}
	if (named->left_out) {
		import_comments(x, &n->before);
		import_extra(x,
			     "# vrrp_instance %s was left out: its virtual router is another one's",
			     show(import_arg(n, 0)).text);
		return;
	}
	look_at(x, n, named);
	import_open(x, n, "instance", named->ours);
	if (x->now.version == 2 && !import_child(n, "version"))
		import_extra(x, "version = 2");
	import_block(x, n, IN_INSTANCE);
	write_missing(x, n);
	write_inherited(x, n);
	import_close(x, n);
	x->instances++;
}

void import_write_state(struct import *x, const struct import_node *n)
{
	const char *state = import_arg(n, 0);

	if (strcmp(state, "MASTER") == 0) {
		if (x->now.priority != PRIORITY_OWNER)
			import_note(
				x, n,
				"state MASTER has no equivalent: the highest priority becomes MASTER, in keepalived too");
	} else if (strcmp(state, "BACKUP") == 0) {
		if (x->now.priority == PRIORITY_OWNER)
			import_note(
				x, n,
				"state BACKUP with priority 255: vrrpd starts such an owner of the addresses as MASTER, as the RFC has it");
	} else {
		import_lost(
			x, n,
			"state \"%s\" is none%s; keepalived takes BACKUP, and so does vrrpd: the priority decides who is MASTER",
			show(state).text, import_template_hint(state));
	}
	import_left_out(x, n);
}

/* What stands for something else is marked. */
static void write_stand_in(struct import *x, const struct import_node *n, const char *key,
			   const char *value, bool real)
{
	char marked[IFNAME_MAX_LEN + sizeof(" # FILL IN")];

	if (real) {
		import_value(x, n, key, value);
		return;
	}
	snprintf(marked, sizeof(marked), "%s # FILL IN", value);
	import_line(x, n, key, marked);
}

void import_write_interface(struct import *x, const struct import_node *n)
{
	if (!import_is_interface(import_arg(n, 0)))
		import_lost(
			x, n,
			"interface \"%s\" is no name of an interface%s: fill it in, %s stands for it",
			show(import_arg(n, 0)).text, import_template_hint(import_arg(n, 0)),
			x->now.device);
	write_stand_in(x, n, "interface", x->now.device, import_is_interface(import_arg(n, 0)));
}

void import_write_vrid(struct import *x, const struct import_node *n)
{
	char number[8];

	if (vrid_literal(x->now.node) == 0)
		import_lost(
			x, n,
			"virtual_router_id \"%s\" is none of 1 to 255%s: fill it in, %u stands for it",
			show(import_arg(n, 0)).text, import_template_hint(import_arg(n, 0)),
			x->now.vrid);
	snprintf(number, sizeof(number), "%u", x->now.vrid);
	write_stand_in(x, n, "vrid", number, vrid_literal(x->now.node) != 0);
}

void import_write_priority(struct import *x, const struct import_node *n)
{
	char number[24];

	snprintf(number, sizeof(number), "%ld",
		 import_integer(x, n, 0, 1, PRIORITY_OWNER, PRIORITY_DEFAULT));
	import_value(x, n, "priority", number);
}

void import_write_version(struct import *x, const struct import_node *n)
{
	long version = import_integer(x, n, 0, 2, 3, x->now.version);

	if (version == 2 && x->now.version == 3)
		import_note(x, n, "version 2 has no IPv6: it is version 3, in keepalived too");
	import_value(x, n, "version", x->now.version == 2 ? "2" : "3");
}

/* Version 2 announces whole seconds, version 3 hundredths up to 40.95 s; keepalived rounds. */
void import_write_advert(struct import *x, const struct import_node *n)
{
	bool v2 = x->now.version == 2;
	struct span min = v2 ? span_s(1) : span_ms(10), max = v2 ? span_s(255) : span_ms(40950);
	int64_t step = v2 ? span_s(1).us : span_ms(10).us;
	struct span written = span_s(1), taken;
	char text[DURATION_TEXT_MAX];

	if (!import_seconds(import_arg(n, 0), &written) || written.us < span_ms(10).us ||
	    written.us > span_s(255).us) {
		import_lost(
			x, n,
			"advert_int \"%s\" is no time from 0.01 to 255%s, and keepalived ignores it: 1s was taken",
			show(import_arg(n, 0)).text, import_template_hint(import_arg(n, 0)));
		written = span_s(1);
	}
	taken = span_us((written.us + step / 2) / step * step);
	taken = span_min(span_max(taken, min), max);
	if (taken.us != written.us)
		import_lost(
			x, n,
			"advert_int %s cannot be announced in version %d: it is %s, as keepalived rounds it",
			show(import_arg(n, 0)).text, x->now.version, duration_text(taken, text));
	import_value(x, n, "advert-interval", duration_text(taken, text));
}

void import_write_nopreempt(struct import *x, const struct import_node *n)
{
	const struct import_node *after = n->next;

	while (after && strcmp(import_name(after), "preempt") != 0)
		after = after->next;
	if (after || x->now.priority == PRIORITY_OWNER) {
		import_note(x, n, "nopreempt has no effect, in keepalived neither%s",
			    after ? ": preempt follows it" : ": the priority is 255");
		import_left_out(x, n);
	} else if (x->now.state_master) {
		import_lost(
			x, n,
			"nopreempt is ignored by keepalived because of state MASTER, so it preempts, and so does the result: say preempt = false if that is not meant");
		import_left_out(x, n);
	} else {
		import_value(x, n, "preempt", "false");
	}
}

void import_write_preempt_delay(struct import *x, const struct import_node *n)
{
	char text[DURATION_TEXT_MAX];

	if (x->now.state_master) {
		import_lost(
			x, n,
			"preempt_delay is ignored by keepalived because of state MASTER, and left out: say preempt-delay = %ss if it is meant",
			show(import_arg(n, 0)).text);
		import_left_out(x, n);
		return;
	}
	import_value(x, n, "preempt-delay",
		     duration_text(import_time(x, n, 0, span_s(0), span_s(1000), span_s(0)), text));
}

/* Is strict mode on, in the instance or for all? */
static bool is_strict(const struct import *x)
{
	const struct import_node *own = import_child(x->now.node, "strict_mode");
	const struct import_node *all = import_global(x, "vrrp_strict");

	return own ? import_boolean(own, true) : all != NULL; /* whatever follows that word */
}

/* The later of the two counts. */
void import_write_accept(struct import *x, const struct import_node *n)
{
	bool accept = strcmp(import_name(n), "accept") == 0;
	const struct import_node *other = n->next;

	while (other && strcmp(import_name(other), accept ? "no_accept" : "accept") != 0)
		other = other->next;
	if (other) {
		import_left_out(x, n);
		return;
	}
	if (accept && is_strict(x) && x->now.version == 2 && x->now.priority != PRIORITY_OWNER) {
		import_lost(
			x, n,
			"accept is ignored by keepalived in strict mode with version 2, so the result has accept = false: say true if it is meant");
		accept = false;
	}
	import_value(x, n, "accept", accept ? "true" : "false");
}

void import_write_strict(struct import *x, const struct import_node *n)
{
	bool accept = import_child(x->now.node, "accept") || import_child(x->now.node, "no_accept");

	if (import_boolean(n, true)) {
		import_lost(
			x, n,
			"%s has no equivalent: vrrpd obeys the RFC and says what it refuses; what comes with it, not to answer on the addresses, is kept as accept = false",
			import_name(n));
		if (!accept && x->now.priority != PRIORITY_OWNER) {
			import_value(x, n, "accept", "false");
			return;
		}
	}
	import_left_out(x, n);
}

void import_write_vmac(struct import *x, const struct import_node *n)
{
	for (size_t i = 0; i + 1 < n->word_count; i++) {
		if (strchr(import_arg(n, i), ':'))
			import_lost(
				x, n,
				"use_vmac with the MAC address %s: vrrpd takes the one of the RFC, 00-00-5E-00-0%d-%02X",
				show(import_arg(n, i)).text, x->now.family == IP_V4 ? 1 : 2,
				x->now.vrid);
		else
			import_lost(
				x, n,
				"use_vmac with the name %s: vrrpd calls the interface vrrp%d-IFINDEX-%u, mend what uses the old name",
				show(import_arg(n, i)).text, x->now.family == IP_V4 ? 4 : 6,
				x->now.vrid);
	}
	import_value(x, n, "virtual-mac", "true");
}

/* Why a password is not imported; NULL if it is. */
static const char *password_fault(const struct import *x, const char *type, const char *password)
{
	if (x->now.version == 3)
		return "version 3 has no authentication, and keepalived ignores it too";
	if (is_strict(x))
		return "strict mode has no authentication, so keepalived sends no password, and none is in the result";
	if (strcmp(type, "AH") == 0)
		return "auth_type AH is not supported: remove it on all routers, or put them all on version 3";
	if (strcmp(type, "PASS") != 0)
		return "auth_type is neither PASS nor AH, so keepalived sends no password: correct it there first, if one is meant";
	if (password[0] == '\0')
		return "auth_type PASS without auth_pass: there is no password";
	return NULL;
}

void import_write_password(struct import *x, const struct import_node *n)
{
	const struct import_node *type = import_child(n, "auth_type");
	const struct import_node *pass = import_child(n, "auth_pass");
	const char *password = pass ? import_arg(pass, 0) : "";
	const char *fault = password_fault(x, type ? import_arg(type, 0) : "", password);
	struct import_node line = *n;

	for (const struct import_node *c = n->first; c; c = c->next) {
		import_comments(x, &c->before);
		if (c == pass && c->beside && !line.beside)
			line.beside = c->beside;
		if (c == pass && c->word_count > 2)
			import_lost(
				x, c,
				"auth_pass has more than one word; keepalived takes the first: put quotes around it if all are meant");
		if (c != type && c != pass)
			import_lost(
				x, c,
				"\"%s\" in authentication is unknown to keepalived, or said again: remove it",
				show(import_name(c)).text);
	}
	if (fault) {
		if (x->now.version == 3 || is_strict(x))
			import_note(x, n, "%s", fault);
		else
			import_lost(x, type ? type : n, "%s", fault);
		import_left_out(x, n);
		return;
	}
	if (import_template_len(password) > 0) {
		import_lost(x, pass,
			    "auth_pass \"%s\" is a template: fill it in, FILL-IN stands for it",
			    show(password).text);
		import_line(x, &line, "auth-password", "FILL-IN # FILL IN");
		return;
	}
	if (strlen(password) > AUTH_PASSWORD_LEN)
		import_note(
			x, pass,
			"auth_pass is longer than %d bytes; only the first %d count, in keepalived too: %s",
			AUTH_PASSWORD_LEN, AUTH_PASSWORD_LEN, "the rest is cut off");
	import_value(x, &line, "auth-password",
		     import_copy(&x->memory, password, strnlen(password, AUTH_PASSWORD_LEN)));
}

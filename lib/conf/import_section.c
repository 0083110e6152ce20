/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocks besides instances: global_defs, scripts, processes, files and groups.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "conf/duration.h"
#include "conf/import_translate.h"

void import_write_global(struct import *x, const struct import_node *n)
{
	size_t start, empty;

	x->global_written = true;
	import_comments(x, &n->before);
	start = x->out.len;
	import_extra(x, "global {%s%s", n->beside ? " #" : "", n->beside ? n->beside : "");
	empty = x->out.len;
	x->indent++;
	for (const struct import_node *block = n; block; block = import_again(block)) {
		if (block != n)
			import_comments(x, &block->before);
		import_block(x, block, IN_GLOBAL);
		import_comments(x, &block->inside);
	}
	if (import_needs_user(x))
		import_extra(x, "script-user = root");
	x->indent--;
	if (x->out.len == empty)
		x->out.len = start; /* nothing in it */
	else
		import_extra(x, "}");
	buffer_text(&x->out, "");
}

void import_write_name(struct import *x, const struct import_node *n)
{
	const char *name = import_arg(n, 0);
	const char *fit = import_fit_name(x, name, NAME_MAX_LEN, "._-:@+");

	if (strcmp(name, fit) != 0)
		import_lost(x, n, "router_id \"%s\" is not possible as a name%s: it is \"%s\" now",
			    show(name).text, import_template_hint(name), fit);
	if (fit[0])
		import_value(x, n, "name", fit);
	else
		import_left_out(x, n);
}

/* What comes with it is written into each instance. */
void import_write_global_strict(struct import *x, const struct import_node *n)
{
	import_lost(
		x, n,
		"vrrp_strict has no equivalent: vrrpd obeys the RFC and says what it refuses; what comes with it, not to answer on the addresses, is kept as accept = false in each instance");
	import_left_out(x, n);
}

/* Two words of keepalived's mean this; one is written. */
void import_write_realtime(struct import *x, const struct import_node *n)
{
	const struct import_node *priority = import_global(x, "vrrp_rt_priority");

	if (priority && priority != n) {
		import_left_out(x, n);
		return;
	}
	import_note(
		x, n,
		"%s became realtime = true: the protocol process gets SCHED_FIFO and locked memory",
		import_name(n));
	import_value(x, n, "realtime", "true");
}

/* There is one FIFO, for the states of instances and groups. */
void import_write_notify_fifo(struct import *x, const struct import_node *n)
{
	const struct import_node *vrrp = import_global(x, "vrrp_notify_fifo");
	const char *path = import_arg(n, 0);

	if (strcmp(import_name(n), "notify_fifo") == 0 && vrrp) {
		import_lost(
			x, n,
			"notify_fifo beside vrrp_notify_fifo: there is one FIFO, and %s is it: read that one",
			show(import_arg(vrrp, 0)).text);
		import_left_out(x, n);
		return;
	}
	if (path[0] != '/') {
		import_lost(x, n, "%s \"%s\" is no path that begins with /: fill it in",
			    import_name(n), show(path).text);
		import_left_out(x, n);
		return;
	}
	if (n->word_count > 2)
		import_lost(
			x, n,
			"%s with a user: the FIFO belongs to root; create it beforehand with the owner it needs",
			import_name(n));
	import_value(x, n, "notify-fifo", path);
}

/* A block with a name, unless the name was refused or `needed` is missing. */
static void write_named(struct import *x, const struct import_node *n, const char *kind,
			unsigned int in, const char *needed)
{
	const struct import_named *named = import_named_by(x, n);

	if (!named || !n->block) {
		import_left_out(x, n);
		return;
	}
	import_open(x, n, kind, named->ours);
	x->now.node = NULL;
	import_block(x, n, in);
	if (!import_child(n, needed)) {
		import_lost(
			x, n,
			"%s %s has no %s, and keepalived ignores it: fill it in, a stand-in that always succeeds is there",
			import_name(n), show(import_arg(n, 0)).text, needed);
		import_extra(x, in == IN_FILE     ? "path = /dev/null # FILL IN"
				: in == IN_SCRIPT ? "command = /bin/true # FILL IN"
						  : "command = FILL-IN # FILL IN");
	}
}

void import_write_script(struct import *x, const struct import_node *n)
{
	write_named(x, n, "script", IN_SCRIPT, "script");
	if (import_named_by(x, n) && n->block)
		import_close(x, n);
}

void import_write_process(struct import *x, const struct import_node *n)
{
	write_named(x, n, "process", IN_PROCESS, "process");
	if (import_named_by(x, n) && n->block)
		import_close(x, n);
}

void import_write_file(struct import *x, const struct import_node *n)
{
	const struct import_node *weight = import_child(n, "weight");

	write_named(x, n, "file", IN_FILE, "file");
	if (!import_named_by(x, n) || !n->block)
		return;
	import_close(x, n);
	if (weight && strcmp(import_arg(weight, 0), "0") == 0)
		import_lost(
			x, weight,
			"weight 0: a number other than 0 in the file is FAULT for keepalived, and nothing for vrrpd: let a script test the file");
	else
		import_note(
			x, n,
			"a number times weight below -253 is FAULT for keepalived; for vrrpd it is priority 1");
}

/* Does the name stand in front of the one that `text` is of? */
static bool is_member_again(const struct import_node *members, const char *text)
{
	for (const struct import_node *m = members->first; m; m = m->next)
		for (size_t i = 0; i < m->word_count; i++) {
			if (m->words[i] == text)
				return false;
			if (strcmp(m->words[i], text) == 0)
				return true;
		}
	return false;
}

static void add_member(struct import *x, struct import_list *list,
		       const struct import_node *members, const struct import_node *n,
		       const char *name)
{
	const struct import_named *named = import_find(x, IMPORT_INSTANCE, name);
	const struct import_node *group = n;

	while (group->parent && group->parent->parent)
		group = group->parent;
	if (!named) {
		import_lost(
			x, n,
			"member \"%s\" is no vrrp_instance, and keepalived ignores it: define it, or drop the line",
			show(name).text);
	} else if (import_group_of(x, name) != group) {
		import_lost(
			x, n,
			"vrrp_instance %s is in another group already, and keepalived ignores it here: it can be in one only",
			show(name).text);
	} else if (!named->left_out && !is_member_again(members, name)) {
		import_list_add(x, list, n, named->ours, NULL);
	}
}

void import_write_members(struct import *x, const struct import_node *n)
{
	struct import_list list = { .count = 0 };

	for (const struct import_node *m = n->first; m; m = m->next)
		for (size_t i = 0; i < m->word_count; i++) {
			struct import_node member = *m;

			if (i > 0) { /* its comments are written with the first */
				member.before = (struct import_comments){ .first = NULL };
				member.beside = NULL;
			}
			add_member(x, &list, n, &member, m->words[i]);
		}
	import_list_end(x, &list, n, "instances");
}

/* A group without any member is nothing to vrrpd, nor to keepalived. */
static bool has_members(const struct import *x, const struct import_node *n)
{
	for (const struct import_named *i = x->named[IMPORT_INSTANCE]; i; i = i->next)
		if (!i->left_out && import_group_of(x, i->theirs) == n)
			return true;
	return false;
}

void import_write_group(struct import *x, const struct import_node *n)
{
	if (import_named_by(x, n) && n->block && !has_members(x, n)) {
		import_lost(x, n,
			    "vrrp_sync_group %s has no member, and keepalived ignores it: drop it",
			    show(import_arg(n, 0)).text);
		import_left_out(x, n);
		return;
	}
	write_named(x, n, "group", IN_GROUP, "group");
	if (import_named_by(x, n) && n->block)
		import_close(x, n);
}

/* Numbers and times that only have another name. */
static const struct renamed {
	const char *theirs, *ours;
	long min, max, initial;
} renamed[] = {
	{ "rise", "rise", 1, 1000, 1 },
	{ "fall", "fall", 1, 1000, 1 },
	{ "quorum", "minimum", 0, 1000000, 1 },
	{ "quorum_max", "maximum", 0, 1000000, 1000000 },
	/* seconds */
	{ "interval", "interval", 1, 4294, 1 },
	{ "timeout", "timeout", 1, 4294, 1 },
};

/* Of a vrrp_track_process, as keepalived reads it; said where it is written. */
static long quorum_of(const struct import_node *process)
{
	const struct import_node *n = import_child(process, "quorum");
	long quorum = n ? strtol(import_arg(n, 0), NULL, 10) : 1;

	return quorum >= 0 && quorum <= 1000000 ? quorum : 1;
}

void import_write_count(struct import *x, const struct import_node *n)
{
	char number[24];
	long count;

	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
		const struct renamed *r = &renamed[i];

		if (strcmp(import_name(n), r->theirs) != 0)
			continue;
		count = import_digits(x, n, 0, r->min, r->max, r->initial, r->max);
		if (strcmp(r->ours, "maximum") == 0 && count < quorum_of(n->parent)) {
			import_lost(x, n,
				    "quorum_max %ld is less than quorum: there is no maximum now",
				    count);
			import_left_out(x, n);
			return;
		}
		snprintf(number, sizeof(number), "%ld", count);
		import_value(x, n, r->ours, number);
	}
}

/* Whole seconds; more than keepalived can count is as if nothing stood there. */
void import_write_seconds(struct import *x, const struct import_node *n)
{
	char text[DURATION_TEXT_MAX];

	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
		const struct renamed *r = &renamed[i];

		if (strcmp(import_name(n), r->theirs) == 0)
			import_value(x, n, r->ours,
				     duration_text(span_s(import_digits(x, n, 0, r->min, r->max,
									r->initial, r->initial)),
						   text));
	}
}

void import_write_process_delay(struct import *x, const struct import_node *n)
{
	char text[DURATION_TEXT_MAX];

	import_value(x, n, "delay",
		     duration_text(import_time(x, n, 0, span_s(0), span_s(3600), span_s(0)), text));
}

/* fork_delay and terminate_delay: vrrpd has one delay for both. */
void import_write_delay(struct import *x, const struct import_node *n)
{
	char text[DURATION_TEXT_MAX];

	import_lost(
		x, n,
		"%s is for one direction, delay of vrrpd for both: check that this does no harm",
		import_name(n));
	for (const struct import_node *before = n->parent->first; before; before = before->next)
		if (strcmp(import_name(before), "delay") == 0 ||
		    (before->at.line < n->at.line && strstr(import_name(before), "_delay"))) {
			import_left_out(x, n);
			return;
		}
	import_value(x, n, "delay",
		     duration_text(import_time(x, n, 0, span_s(0), span_s(3600), span_s(0)), text));
}

void import_write_initially(struct import *x, const struct import_node *n)
{
	import_value(x, n, "initially", "down");
}

/* What changes nothing when it has the value that vrrpd has anyway. */
void import_lose_unless(struct import *x, const struct import_node *n)
{
	static const struct {
		const char *name, *harmless, *instead;
	} values[] = {
		{ "down_timer_adverts", "3",
		  "vrrpd waits for three, as the RFC has it; change the other routers" },
		{ "vrrp_down_timer_adverts", "3",
		  "vrrpd waits for three, as the RFC has it; change the other routers" },
		{ "unicast_ttl", "255",
		  "vrrpd sends 255; where routers count hops, accept that there" },
		{ "garp_master_refresh_repeat", "1",
		  "vrrpd repeats once; make announce-refresh shorter" },
		{ "vrrp_garp_master_refresh_repeat", "1",
		  "vrrpd repeats once; make announce-refresh shorter" },
		{ "vrrp_startup_delay", "0",
		  "start the service later, or give the instances preempt-delay" },
		{ "vrrp_mcast_group4", "224.0.0.18",
		  "vrrpd uses 224.0.0.18; change the other routers, or use peers" },
		{ "vrrp_mcast_group6", "ff02::12",
		  "vrrpd uses ff02::12; change the other routers, or use peers" },
		{ "mcast_dst_ip", "224.0.0.18",
		  "vrrpd uses 224.0.0.18 and ff02::12; change the other routers, or use peers" },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(import_name(n), values[i].name) == 0 &&
		    strcmp(import_arg(n, 0), values[i].harmless) != 0)
			import_lost(x, n, "%s %s has no equivalent: %s", values[i].name,
				    show(import_arg(n, 0)).text, values[i].instead);
	import_left_out(x, n);
}

/* Switches that matter only when they are on. */
void import_lose_switch(struct import *x, const struct import_node *n)
{
	static const struct {
		const char *name, *instead;
	} switches[] = {
		{ "smtp_alert", "send mail from a notify hook" },
		{ "smtp_alert_vrrp", "send mail from a notify hook" },
		{ "lower_prio_no_advert",
		  "vrrpd answers a lower priority at once (RFC 9568 6.4.3)" },
		{ "vrrp_lower_prio_no_advert",
		  "vrrpd answers a lower priority at once (RFC 9568 6.4.3)" },
		{ "higher_prio_send_advert",
		  "vrrpd announces its addresses again after two masters anyway" },
		{ "vrrp_higher_prio_send_advert",
		  "vrrpd announces its addresses again after two masters anyway" },
		{ "notify_priority_changes", "`vrrpctl events -f` tells them" },
		{ "vrrp_notify_priority_changes", "`vrrpctl events -f` tells them" },
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (strcmp(import_name(n), switches[i].name) == 0 && import_boolean(n, true))
			import_lost(x, n, "%s has no equivalent: %s", switches[i].name,
				    switches[i].instead);
	import_left_out(x, n);
}

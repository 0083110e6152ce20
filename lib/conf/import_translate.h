/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the translation share: the tree that was read, the text that is written, the
 * report, and the names that had to change on the way. The table in import_keys.c says which
 * part translates which keyword.
 */
#ifndef CONF_IMPORT_TRANSLATE_H
#define CONF_IMPORT_TRANSLATE_H

#include "base/ip.h"
#include "conf/buffer.h"
#include "conf/import_tree.h"
#include "conf/vip_text.h"
#include "core/routing.h"

/* Kinds of names: each has a space of its own. */
enum import_kind {
	IMPORT_INSTANCE,
	IMPORT_SCRIPT,
	IMPORT_PROCESS,
	IMPORT_FILE,
	IMPORT_BFD,
	IMPORT_GROUP,
	IMPORT_KIND_COUNT,
};

/* One definition that is translated, with the name it has now. */
struct import_named {
	enum import_kind kind;
	const char *theirs, *ours;
	const struct import_node *node;
	bool left_out; /* an instance whose virtual router another one is, or a BFD session like that */
	uint8_t vrid; /* of an instance: as written, or a stand-in */
	struct import_named *next;
};

/* An address that some instance holds already. */
struct import_held {
	struct ip_addr addr;
	const char *device;
	const struct import_node *instance;
	struct place at;
	struct import_held *next;
};

/* A virtual router that is written already. */
struct import_router {
	struct place at;
	const char *device;
	uint8_t vrid;
	enum ip_family family;
	struct import_router *next;
};

/* A route or rule that is written already. */
struct import_routing {
	struct place at;
	struct routing routing;
	struct import_routing *next;
};

/* The instance that is being written, and what the lines of it need to know of each other. */
struct import_instance {
	const struct import_node *node;
	enum ip_family family; /* of its first address, which decides */
	int version;
	const char *device;               /* as written */
	const struct import_named *group; /* it is a member of; NULL for none */
	bool weighted;                 /* weights count: not in a group, or the group allows it */
	bool state_master, link_local; /* said so; advertises a link-local address */
	int priority;
	uint8_t vrid;
};

struct import {
	struct report report;
	struct import_memory memory;
	struct import_node root;
	struct buffer out;
	unsigned int indent;
	struct import_named *named[IMPORT_KIND_COUNT];
	struct import_held *held;
	struct import_router *routers;
	struct import_routing *routings;
	struct import_instance now;
	unsigned int stand_in_addresses;
	bool vrid_used[256];
	bool global_written, user_said, safety_said, missing_said;
	unsigned int rules_without_priority; /* so far */
	size_t instances;
};

/* import_keys.c: the words of keepalived.conf */

/* The blocks that have words of their own, a bit each. */
enum {
	IN_ROOT = 1,
	IN_GLOBAL = 2,
	IN_INSTANCE = 4,
	IN_GROUP = 8,
	IN_SCRIPT = 16,
	IN_PROCESS = 32,
	IN_FILE = 64,
	IN_BFD = 128,
};

enum import_loss {
	LOSS_REPORTED, /* no equivalent, or another meaning */
	LOSS_NOTED,    /* nothing is lost, but worth knowing */
	LOSS_NONE,     /* nothing to say: vrrpd does so anyway */
};

struct import_key {
	const char *name;
	unsigned int in;
	void (*write)(struct import *x, const struct import_node *n);
	bool every;            /* each one counts, not only the last; */
	bool collect;          /* the first is written with what all of them have */
	bool one_word;         /* keepalived reads one word and passes over the others */
	enum import_loss loss; /* without `write` */
	const char *instead;   /* what to do instead, likewise */
};

/* Translates the statements of a block, one after the other. */
void import_block(struct import *x, const struct import_node *block, unsigned int in);

/* Is it a block of the top level inside another one? Says so, since what is in it is lost. */
bool import_is_swallowed(struct import *x, const struct import_node *n);

/* Something that has no equivalent or another meaning; something worth knowing. */
#define import_lost(x, n, ...) report_error(&(x)->report, (n)->at, __VA_ARGS__)
#define import_note(x, n, ...) report_warning(&(x)->report, (n)->at, __VA_ARGS__)

/* import_write.c: text */

void import_comments(struct import *x, const struct import_comments *comments);
/* `key = value`, with the comments of n around it; the value is written as it is. */
void import_line(struct import *x, const struct import_node *n, const char *key, const char *value);
/* The same with the value in quotes if it needs them; says so if it cannot be written. */
void import_value(struct import *x, const struct import_node *n, const char *key,
		  const char *value);
/* The comments of something that is not written. */
void import_left_out(struct import *x, const struct import_node *n);
/* A line that no line of the original stands for. */
void import_extra(struct import *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `KIND NAME {`, and its end. */
void import_open(struct import *x, const struct import_node *n, const char *kind, const char *name);
void import_close(struct import *x, const struct import_node *n);
/* Quotes for a value that needs them. False if it cannot be written, for the "${" in it. */
bool import_quote(struct buffer *out, const char *value);

/* A list is written item by item. */
struct import_list {
	struct buffer text;
	const char *beside; /* of the item before */
	size_t count;
};
void import_list_add(struct import *x, struct import_list *list, const struct import_node *n,
		     const char *item, const char *note);
void import_list_end(struct import *x, struct import_list *list, const struct import_node *n,
		     const char *key);

/* import_names.c */

/* Finds everything that is defined in the tree, and gives it a name that vrrpd takes. */
void import_names(struct import *x);
/* Leaves out instances that are the same virtual router as another. After import_names(). */
void import_twins(struct import *x);
/* The same of BFD sessions, and those without a neighbour. */
void import_bfd_twins(struct import *x);
/* Is it an end of a session that is kept? */
bool import_bfd_uses(const struct import *x, struct ip_addr addr);
/* The definition of that name, NULL for none; the name of what is defined by n, NULL for none. */
const struct import_named *import_find(const struct import *x, enum import_kind kind,
				       const char *theirs);
const struct import_named *import_named_by(const struct import *x, const struct import_node *n);
/* Copies what a name may have, the rest becoming '-'; "" if nothing is left. */
const char *import_fit_name(struct import *x, const char *text, size_t len_max,
			    const char *allowed);

/* import_values.c: each says what is wrong, and gives what keepalived would use then */

long import_integer(struct import *x, const struct import_node *n, size_t arg, long min, long max,
		    long otherwise);
/*
 * The same where keepalived takes the digits that a word begins with, "5" of "5s" and 0 of none: the number if it is
 * one of min to max, otherwise what is given for those below or above.
 */
long import_digits(struct import *x, const struct import_node *n, size_t arg, long min, long max,
		   long below, long above);
/* Seconds with a fraction, as a duration of ours; false and *ret untouched if it is none. */
bool import_seconds(const char *text, struct span *ret);
struct span import_time(struct import *x, const struct import_node *n, size_t arg, struct span min,
			struct span max, struct span otherwise);
/* true, false or what it is without a word. */
bool import_boolean(const struct import_node *n, bool otherwise);
/* ` (it looks like a template)`, or "". */
const char *import_template_hint(const char *text);
/* The name of an interface, and no template for one. */
bool import_is_interface(const char *text);

/* the translations, named by what they write */
void import_write_global(struct import *x, const struct import_node *n);
void import_write_global_strict(struct import *x, const struct import_node *n);
void import_write_name(struct import *x, const struct import_node *n);
void import_write_realtime(struct import *x, const struct import_node *n);
void import_write_notify_fifo(struct import *x, const struct import_node *n);
void import_write_defaults(struct import *x, const struct import_node *n);
void import_write_script(struct import *x, const struct import_node *n);
void import_write_process(struct import *x, const struct import_node *n);
void import_write_file(struct import *x, const struct import_node *n);
void import_write_bfd(struct import *x, const struct import_node *n);
void import_write_bfd_address(struct import *x, const struct import_node *n);
void import_write_bfd_interval(struct import *x, const struct import_node *n);
void import_write_bfd_number(struct import *x, const struct import_node *n);
void import_write_group(struct import *x, const struct import_node *n);
void import_write_members(struct import *x, const struct import_node *n);
void import_write_instance(struct import *x, const struct import_node *n);
void import_write_state(struct import *x, const struct import_node *n);
void import_write_interface(struct import *x, const struct import_node *n);
void import_write_vrid(struct import *x, const struct import_node *n);
void import_write_priority(struct import *x, const struct import_node *n);
void import_write_version(struct import *x, const struct import_node *n);
void import_write_advert(struct import *x, const struct import_node *n);
void import_write_nopreempt(struct import *x, const struct import_node *n);
void import_write_preempt_delay(struct import *x, const struct import_node *n);
void import_write_accept(struct import *x, const struct import_node *n);
void import_write_strict(struct import *x, const struct import_node *n);
void import_write_vmac(struct import *x, const struct import_node *n);
void import_write_password(struct import *x, const struct import_node *n);
void import_write_addresses(struct import *x, const struct import_node *n);
void import_write_extra(struct import *x, const struct import_node *n);
void import_write_source(struct import *x, const struct import_node *n);
void import_write_peers(struct import *x, const struct import_node *n);
void import_write_routes(struct import *x, const struct import_node *n);
void import_write_announce(struct import *x, const struct import_node *n);
void import_write_tracks(struct import *x, const struct import_node *n);
void import_write_hook(struct import *x, const struct import_node *n);
void import_write_text(struct import *x, const struct import_node *n);
void import_write_count(struct import *x, const struct import_node *n);
void import_write_seconds(struct import *x, const struct import_node *n);
void import_write_process_delay(struct import *x, const struct import_node *n);
void import_write_user(struct import *x, const struct import_node *n);
void import_write_delay(struct import *x, const struct import_node *n);
void import_write_initially(struct import *x, const struct import_node *n);
void import_lose_unless(struct import *x, const struct import_node *n);
void import_lose_switch(struct import *x, const struct import_node *n);

/* What an instance has from global_defs, or because keepalived's defaults are not ours. */
void import_announce_defaults(struct import *x, const struct import_node *instance);
/* Does anything run that needs script-user, which the file does not name? */
bool import_needs_user(const struct import *x);
/* A setting of global_defs; NULL for none. */
const struct import_node *import_global(const struct import *x, const char *name);
/* The vrrp_sync_group that has the instance of that name; NULL for none. */
const struct import_node *import_group_of(const struct import *x, const char *instance);
/* The address of ADDR[/PREFIX], whatever the prefix is; false if there is none. */
bool import_address(const char *text, struct ip_addr *ret);
/* Does any vrrp_instance list it? */
bool import_is_virtual(const struct import *x, struct ip_addr addr);
/* The family of an instance's addresses. */
enum ip_family import_family_of(const struct import_node *instance);

#endif

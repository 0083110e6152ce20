/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keepalived.conf becomes a vrrpd.conf that does what keepalived does with it, comments kept
 * where they belong, and a list of everything that could not be had or is different. Nothing is
 * lost in silence: each line of the original is translated, needs no translation, or is in the
 * list.
 *
 * Reading is as lenient as keepalived's own, because files in the field are what it lets pass:
 * templates, misspelt words, blocks without an end. Where vrrpd cannot do without a value that
 * is not there or makes no sense, a stand-in that harms nobody takes its place, marked FILL IN.
 */
#ifndef CONF_IMPORT_H
#define CONF_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf/conf.h"

struct import_options {
	const char *config_id; /* what @ID lines are compared with */
	bool config_id_given;  /* by the user; otherwise a guess, which is said where it matters */
};

/*
 * Reads the file and all it includes. 0 and *ret, to be freed by the caller; or as conf_load()
 * says when the file cannot be read, or -EINVAL when it has no vrrp_instance. *ret_problems is
 * overwritten in every case and freed with conf_problems_done(): errors are what has no
 * equivalent or another meaning, warnings (printed as notes) what is worth knowing although
 * nothing is lost.
 */
int import_file(const char *path, const struct import_options *options, char **ret,
		struct conf_problems *ret_problems);

/* The same for a text in memory, called `name`. It may not include files. */
int import_text(const char *name, const char *text, size_t len,
		const struct import_options *options, char **ret,
		struct conf_problems *ret_problems);

/* One line each: `FILE:LINE: what: what to do instead`, `FILE:LINE: note: what`. */
void import_problems_print(const struct conf_problems *problems, FILE *out);

#endif

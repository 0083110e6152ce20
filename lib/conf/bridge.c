/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge to libconfuse. Its options are made from the table of keys, every one a string: each
 * value comes to on_value(), each section that ends to on_section(), and both record what is
 * wrong and let it go on. libconfuse opens no file: it is given texts that the prescan has put
 * right, so that it has nothing left to refuse, print or exit for.
 *
 * Its callbacks carry no context, hence the one static pointer; its scanner is one per process
 * anyway.
 */
#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/loader.h"

static struct loader *loading;

static void out_of_memory(struct loader *l)
{
	l->report->failed = true;
}

/* Values */

static bool begin_one(struct loader *l, enum section in)
{
	switch (in) {
	case SECTION_INSTANCE:
		return draft_add_instance(l->draft);
	case SECTION_GROUP:
		return draft_add_group(l->draft);
	case SECTION_SCRIPT:
	case SECTION_PROCESS:
	case SECTION_FILE:
	case SECTION_BFD:
		return draft_add_check(l->draft, in);
	case SECTION_TRACK_INTERFACE:
	case SECTION_TRACK_SCRIPT:
	case SECTION_TRACK_PROCESS:
	case SECTION_TRACK_FILE:
	case SECTION_TRACK_BFD:
		return draft_add_track(l->draft, in);
	case SECTION_ROOT:
	case SECTION_GLOBAL:
	case SECTION_COUNT:
		break; /* there is one, from the beginning */
	}
	return true;
}

/* At the first value of a section, or at its end if it has none. */
static void begin(struct loader *l, enum section in)
{
	if (l->open[in])
		return;
	if (begin_one(l, in))
		l->open[in] = true;
	else
		out_of_memory(l);
}

/* Where the values of a section are stored, or NULL. */
static void *storage_of(struct loader *l, enum section in)
{
	if (!l->open[in])
		return NULL;
	switch (in) {
	case SECTION_GLOBAL:
		return &l->draft->global;
	case SECTION_INSTANCE:
		return &draft_instance(l->draft)->settings;
	case SECTION_GROUP:
		return &draft_group(l->draft)->settings;
	case SECTION_SCRIPT:
	case SECTION_PROCESS:
	case SECTION_FILE:
	case SECTION_BFD:
		return &draft_check(l->draft)->settings;
	case SECTION_TRACK_INTERFACE:
	case SECTION_TRACK_SCRIPT:
	case SECTION_TRACK_PROCESS:
	case SECTION_TRACK_FILE:
	case SECTION_TRACK_BFD:
		return &draft_track(l->draft)->settings;
	case SECTION_ROOT:
	case SECTION_COUNT:
		break;
	}
	return NULL;
}

static void store_vip(struct loader *l, const struct key *key, const struct vip *vip,
		      struct place at)
{
	char addr[IP_PREFIX_TEXT_MAX];
	const char *doubt = vip_doubt(vip);
	struct draft_vip fresh = {
		.vip = *vip,
		.at = at,
		.extra = strcmp(key->name, "extra-addresses") == 0,
	};

	ip_prefix_text(vip->addr, vip->prefix_len, addr);
	if (doubt)
		report_warning(l->report, at, "address %s %s", addr, doubt);
	if (draft_add_vip(l->draft, &fresh) < 0)
		out_of_memory(l);
}

static void store_routing(struct loader *l, const struct routing *routing, struct place at)
{
	if (draft_add_routing(l->draft, routing, at) < 0)
		out_of_memory(l);
}

/* One source a family. true, or false if it was refused. */
static bool store_source(struct loader *l, struct instance_settings *inst, struct ip_addr addr,
			 struct place at)
{
	struct ip_addr *source = &inst->source[addr.family == IP_V6 ? FAMILY_V6 : FAMILY_V4];
	char text[IP_TEXT_MAX];

	if (ip_is_set(*source)) {
		report_error(
			l->report, at,
			"key \"source-address\": %s is a second one of its family, right is one",
			ip_text(addr, text));
		return false;
	}
	*source = addr;
	return true;
}

/* A hook's command, or a script's: processes and files are only looked for. */
static bool is_run(const struct key *key, enum section in)
{
	return key->kind == KIND_TEXT &&
	       (in == SECTION_SCRIPT || in == SECTION_INSTANCE || in == SECTION_GROUP);
}

/* true, or false if there are too many. */
static bool store_text(struct loader *l, const struct key *key, enum section in, void *base,
		       const struct value *v, struct place at)
{
	struct value kept = *v;
	int rc = draft_add_text(l->draft, v->text, &kept.text_number);
	struct draft_command command = {
		.key = key,
		.text = kept.text_number,
		.check = in == SECTION_SCRIPT ? l->draft->check_count : 0,
		.at = at,
	};

	if (rc == -EFBIG) {
		report_error(l->report, at, "key \"%s\": more than %d MiB of commands and paths",
			     key->name, CONF_TEXTS_MAX >> 20);
		return false;
	}
	if (rc == 0 && is_run(key, in))
		rc = draft_add_command(l->draft, &command);
	if (rc < 0)
		out_of_memory(l);
	else
		value_store(key, base, &kept);
	return true;
}

/* Here the host has a say; elsewhere it may be right. */
static void look_at_host(struct loader *l, const struct key *key, const char *name, struct place at)
{
	if (!l->host)
		return;
	if (key->kind == KIND_USER && !l->host->has_user(name))
		report_warning(l->report, at,
			       "key \"%s\": there is no user \"%s\" on this host, nothing can run "
			       "as that user",
			       key->name, name);
	if (key->kind == KIND_USERS && !l->host->has_group(name))
		report_warning(
			l->report, at,
			"key \"%s\": there is no group \"%s\" on this host, only root can use "
			"vrrpctl",
			key->name, name);
}

/* true, or false if the value was refused. */
static bool store(struct loader *l, const struct key *key, enum section in, const struct value *v,
		  struct place at)
{
	void *base = storage_of(l, in);

	if (v->cut)
		report_warning(l->report, at, "key \"%s\": only the first %d bytes count",
			       key->name, AUTH_PASSWORD_LEN);
	if (base && key->kind == KIND_VIP)
		store_vip(l, key, &v->vip, at);
	if (base && (key->kind == KIND_ROUTE || key->kind == KIND_RULE))
		store_routing(l, &v->routing, at);
	if (base && strcmp(key->name, "source-address") == 0)
		return store_source(l, base, v->address, at);
	if (base && strcmp(key->name, "peers") == 0 && draft_add_peer(l->draft, v->address) < 0)
		out_of_memory(l);
	if (base && strcmp(key->name, "instances") == 0 &&
	    draft_add_member(l->draft, v->text, at) < 0)
		out_of_memory(l);
	if (base && key_stores_text(key))
		return store_text(l, key, in, base, v, at);
	if (base)
		value_store(key, base, v);
	look_at_host(l, key, v->text, at);
	return true;
}

/* libconfuse: a value of an option, once each. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct loader *l = loading;
	struct place at = { l->reading->file, (unsigned int)cfg->line };
	enum section in = section_of_name(cfg->name);
	const struct key *key = key_find(in, opt->name);
	size_t i = key_index(key);
	char why[WHY_MAX];
	struct value v;

	*(const char **)result = text;
	begin(l, in);
	if (value_parse(key, text, &v, why) < 0) {
		report_error(l->report, at, "key \"%s\": %s", key->name, why);
		l->key_bad[i] = true;
	} else if (store(l, key, in, &v, at)) {
		l->key_values[i]++;
	} else {
		l->key_bad[i] = true;
	}
	return report_full(l->report) ? -1 : 0;
}

/* Sections */

/* The keys of a section that has ended are as good as new for the next one. */
static void forget_keys(struct loader *l, enum section kind)
{
	for (size_t i = 0; i < key_count; i++) {
		if (!(keys[i].in & IN(kind)))
			continue;
		l->key_values[i] = 0;
		l->key_bad[i] = false;
	}
}

static void set_name(char name[static NAME_MAX_LEN + 1], const struct read_section *s)
{
	memcpy(name, s->title, strnlen(s->title, NAME_MAX_LEN));
}

static void end_instance(struct loader *l, const struct read_section *s)
{
	struct draft_instance *inst = draft_instance(l->draft);

	inst->at = s->at;
	inst->track_count = draft_claim_tracks(l->draft, &inst->track_first);
	set_name(inst->settings.name, s);
	check_instance(l->report, l->draft, s);
}

static void end_group(struct loader *l, const struct read_section *s)
{
	struct draft_group *group = draft_group(l->draft);

	group->at = s->at;
	group->track_count = draft_claim_tracks(l->draft, &group->track_first);
	set_name(group->settings.name, s);
	check_group(l->report, group, s);
}

static void end_check(struct loader *l, const struct read_section *s)
{
	struct draft_check *check = draft_check(l->draft);

	check->at = s->at;
	set_name(check->settings.name, s);
	keys_follow(s->kind, &check->settings);
	check_check(l->report, &check->settings, s);
}

static void end_track(struct loader *l, const struct read_section *s)
{
	struct draft_track *track = draft_track(l->draft);

	track->at = s->at;
	set_name(track->name, s);
	if (s->kind == SECTION_TRACK_INTERFACE)
		memcpy(track->settings.interface, s->title, strnlen(s->title, IFNAME_MAX_LEN));
	check_track(l->report, track, s);
}

/* What has been read of it is complete. */
static void end_one(struct loader *l, const struct read_section *s)
{
	begin(l, s->kind);
	if (!l->open[s->kind])
		return;
	switch (s->kind) {
	case SECTION_INSTANCE:
		end_instance(l, s);
		break;
	case SECTION_GROUP:
		end_group(l, s);
		break;
	case SECTION_SCRIPT:
	case SECTION_PROCESS:
	case SECTION_FILE:
	case SECTION_BFD:
		end_check(l, s);
		break;
	case SECTION_TRACK_INTERFACE:
	case SECTION_TRACK_SCRIPT:
	case SECTION_TRACK_PROCESS:
	case SECTION_TRACK_FILE:
	case SECTION_TRACK_BFD:
		end_track(l, s);
		break;
	case SECTION_ROOT:
	case SECTION_GLOBAL:
	case SECTION_COUNT:
		break; /* their keys say all there is */
	}
	l->open[s->kind] = false;
}

static void end_section(struct loader *l, const struct scanned_section *seen, const char *title)
{
	bool top = key_find(SECTION_ROOT, section_name(seen->kind)) != NULL;
	struct read_section s = {
		.kind = seen->kind,
		.title = title,
		.title_bad = seen->title_bad,
		.unfinished = seen->unfinished,
		.at = { l->reading->file, seen->line },
		.key_line = seen->key_line,
		.key_bad = l->key_bad,
		.key_values = l->key_values,
	};

	for (size_t i = 0; i < key_count; i++)
		l->key_bad[i] |= seen->key_bad[i];
	check_section(l->report, &s);
	end_one(l, &s);
	if (top)
		l->top_sections++;
	if (!s.title_bad &&
	    draft_add_section(l->draft, s.kind, title, s.at, top ? 0 : l->top_sections + 1) < 0)
		out_of_memory(l);
	forget_keys(l, s.kind);
}

/*
 * libconfuse: a section has ended. It is taken out of libconfuse's tree at once: that keeps the
 * tree small and its search for a section of the same title short, and a second one of that title
 * is checked like the first.
 */
static int on_section(cfg_t *parent, cfg_opt_t *opt)
{
	struct loader *l = loading;
	struct reading *reading = l->reading;
	const char *title = cfg_title(cfg_opt_getnsec(opt, 0));

	(void)parent;
	assert(reading->sections_ended < reading->scan->section_count);
	end_section(l, &reading->scan->sections[reading->sections_ended++], title ? title : "");
	if (cfg_opt_rmnsec(opt, 0) != CFG_SUCCESS)
		out_of_memory(l);
	return l->report->failed ? -1 : 0;
}

/* libconfuse: include(pattern). */
static int on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct loader *l = loading;

	(void)opt;
	assert(argc == 1);
	loader_include(l, argv[0], (struct place){ l->reading->file, (unsigned int)cfg->line });
	return l->report->failed ? -1 : 0;
}

/* libconfuse: it found something itself. The prescan should have; but nothing is ever lost. */
__attribute__((format(printf, 2, 0))) static void on_error(cfg_t *cfg, const char *format,
							   va_list ap)
{
	struct loader *l = loading;
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), format, ap);
	report_error(l->report, (struct place){ l->reading->file, (unsigned int)cfg->line },
		     "libconfuse: %s", show(text).text);
}

/* Options */

static void options_free(cfg_opt_t *options)
{
	if (!options)
		return;
	for (size_t i = 0; options[i].name; i++)
		options_free(options[i].subopts);
	free(options);
}

static cfg_opt_t *options_of(enum section in);

/* false for lack of memory */
static bool option_make(const struct key *key, cfg_opt_t *ret)
{
	if (key->kind == KIND_INCLUDE) {
		*ret = (cfg_opt_t)CFG_FUNC(key->name, on_include);
	} else if (key->kind != KIND_SECTION) {
		*ret = (cfg_opt_t)CFG_STR_CB(key->name, NULL, CFGF_NODEFAULT, on_value);
		ret->flags |= key->list ? CFGF_LIST : 0;
	} else {
		*ret = (cfg_opt_t)CFG_SEC(key->name, options_of(key->opens),
					  CFGF_MULTI | CFGF_NODEFAULT);
		ret->flags |= key->titled ? CFGF_TITLE : 0;
		ret->validcb = on_section;
		return ret->subopts != NULL;
	}
	return true;
}

/* The options of a section, ended by one without a name; NULL for lack of memory. */
static cfg_opt_t *options_of(enum section in)
{
	cfg_opt_t *options = calloc(key_count + 1, sizeof(*options));
	size_t n = 0;

	for (size_t i = 0; options && i < key_count; i++) {
		if (!(keys[i].in & IN(in)))
			continue;
		if (!option_make(&keys[i], &options[n++])) {
			options_free(options);
			return NULL;
		}
	}
	return options;
}

int bridge_open(struct loader *l)
{
	cfg_opt_t *options = options_of(SECTION_ROOT);

	if (options)
		l->cfg = cfg_init(options, CFGF_NONE);
	options_free(options); /* libconfuse has made a copy */
	if (!l->cfg)
		return -ENOMEM;
	cfg_set_error_function(l->cfg, on_error);
	loading = l;
	return 0;
}

void bridge_close(struct loader *l)
{
	if (l->cfg)
		cfg_free(l->cfg);
	l->cfg = NULL;
	loading = NULL;
}

int bridge_parse(struct loader *l)
{
	const struct buffer *text = &l->reading->scan->text;
	size_t errors = l->report->problems->errors;
	int outer_line = l->cfg->line;

	if (text->len == 0)
		return 0;

	FILE *fp = fmemopen(text->data, text->len, "r");

	if (!fp)
		return -ENOMEM;
	int rc = cfg_parse_fp(l->cfg, fp);

	fclose(fp);
	l->cfg->line = outer_line;
	if (l->report->failed)
		return -ENOMEM;
	if (rc != CFG_SUCCESS && l->report->problems->errors == errors)
		report_error(l->report, (struct place){ l->reading->file, 0 },
			     "libconfuse: cannot be read");
	return 0;
}

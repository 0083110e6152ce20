/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules between keys of one section. Each is silent unless all the values it compares are
 * known to be good, so that one mistake gives one problem. How instances get in each other's way
 * is check_all.c.
 */
#include "conf/check.h"

#include <assert.h>
#include <string.h>

#include "conf/duration.h"

static const struct key *key_of(const struct read_section *s, const char *name)
{
	const struct key *key = key_find(s->kind, name);

	assert(key);
	return key;
}

bool section_gives(const struct read_section *s, const char *name)
{
	return s->key_values[key_index(key_of(s, name))] > 0;
}

bool section_knows(const struct read_section *s, const char *name)
{
	size_t i = key_index(key_of(s, name));

	return !s->key_bad[i] && (s->key_values[i] > 0 || s->key_line[i] == 0);
}

static bool is_empty_list(const struct read_section *s, const char *name)
{
	size_t i = key_index(key_of(s, name));

	return s->key_line[i] > 0 && s->key_values[i] == 0 && !s->key_bad[i];
}

struct place section_place(const struct read_section *s, const char *name)
{
	unsigned int line = s->key_line[key_index(key_of(s, name))];

	return (struct place){ s->at.file, line ? line : s->at.line };
}

struct heading_shown {
	char text[192];
};

/* `section "instance web"` */
static struct heading_shown shown_heading(const struct read_section *s)
{
	struct heading_shown shown;

	snprintf(shown.text, sizeof(shown.text), "section \"%s%s%s\"", section_name(s->kind),
		 s->title[0] ? " " : "", show(s->title).text);
	return shown;
}

static void check_title(struct report *r, const struct read_section *s)
{
	const struct key name = {
		.name = "NAME",
		.kind = s->kind == SECTION_TRACK_INTERFACE ? KIND_INTERFACE : KIND_NAME,
	};
	char why[WHY_MAX];
	struct value v;

	if (s->title_bad || s->kind == SECTION_GLOBAL)
		return;
	if (value_parse(&name, s->title, &v, why) < 0)
		report_error(r, s->at, "name of the %s: %s", section_name(s->kind), why);
	else if ((s->kind == SECTION_INSTANCE || s->kind == SECTION_GROUP) &&
		 strcmp(s->title, "all") == 0)
		report_error(r, s->at,
			     "name of the %s: \"all\" means every instance in commands, "
			     "right is another name",
			     section_name(s->kind));
}

void check_section(struct report *r, const struct read_section *s)
{
	check_title(r, s);
	for (size_t i = 0; i < key_count; i++) {
		const struct key *key = &keys[i];

		if (!(key->in & IN(s->kind)))
			continue;
		if (key->required && !s->unfinished && s->key_line[i] == 0 && !s->key_bad[i])
			report_error(r, s->at, "%s: key \"%s\" is missing, right is %s",
				     shown_heading(s).text, key->name, key_right(key).text);
	}
}

const char *interval_fault(uint8_t version, struct span interval)
{
	/* the field counts whole seconds in 8 bits (RFC 3768 section 5.3.7) … */
	if (version == 2) {
		if (interval.us < span_ms(ADVERT_INTERVAL_V2_MIN_MS).us ||
		    interval.us > span_ms(ADVERT_INTERVAL_V2_MAX_MS).us)
			return "is out of range for version 2, right is 1s to 255s";
		if (interval.us % span_s(1).us != 0)
			return "is not in whole seconds as version 2 needs it, right is 1s to 255s";
		return NULL;
	}
	/* … or hundredths of a second in 12 bits (RFC 9568 section 5.2.7) */
	if (interval.us < span_ms(ADVERT_INTERVAL_V3_MIN_MS).us ||
	    interval.us > span_ms(ADVERT_INTERVAL_V3_MAX_MS).us)
		return "is out of range for version 3, right is 10ms to 40.95s";
	if (interval.us % span_ms(10).us != 0)
		return "is not in steps of 10ms, right is 10ms to 40.95s";
	return NULL;
}

static void check_interval(struct report *r, const struct instance_settings *inst,
			   const struct read_section *s)
{
	char text[DURATION_TEXT_MAX];
	const char *fault = interval_fault(inst->version, inst->advert_interval);

	if (fault && section_knows(s, "version") && section_knows(s, "advert-interval"))
		report_error(r, section_place(s, "advert-interval"),
			     "key \"advert-interval\": %s %s",
			     duration_text(inst->advert_interval, text), fault);
}

static void check_version(struct report *r, const struct instance_settings *inst,
			  const struct read_section *s)
{
	if (!section_knows(s, "version"))
		return;
	if (inst->version != 2 && section_gives(s, "auth-password"))
		report_error(r, section_place(s, "auth-password"),
			     "key \"auth-password\" is for version 2, version %u has no "
			     "authentication: drop the key",
			     inst->version);
	if (inst->version != 3 && section_gives(s, "checksum-pseudo-header"))
		report_warning(
			r, section_place(s, "checksum-pseudo-header"),
			"key \"checksum-pseudo-header\" is for version 3 and does nothing in "
			"version %u",
			inst->version);
}

static void check_preemption(struct report *r, const struct instance_settings *inst,
			     const struct read_section *s)
{
	bool owner = inst->priority == PRIORITY_OWNER;
	bool delays = inst->preempt_delay.us > 0 && section_knows(s, "preempt-delay");

	if (!section_knows(s, "preempt") || !section_knows(s, "priority"))
		return;
	if (owner && !inst->preempt)
		report_warning(
			r, section_place(s, "preempt"),
			"key \"preempt\": false does nothing with priority 255, the owner of "
			"the addresses always takes over");
	if (owner && delays)
		report_warning(r, section_place(s, "preempt-delay"),
			       "key \"preempt-delay\" does nothing with priority 255, the owner "
			       "of the addresses takes over at once");
	else if (!inst->preempt && delays)
		report_warning(r, section_place(s, "preempt-delay"),
			       "key \"preempt-delay\" does nothing without preemption (preempt = "
			       "false)");
}

/* RFC 9568 section 6.1: Accept_Mode says nothing to the owner. */
static void check_accept(struct report *r, const struct instance_settings *inst,
			 const struct read_section *s)
{
	if (!section_knows(s, "accept") || !section_knows(s, "priority") || inst->accept)
		return;
	if (inst->priority == PRIORITY_OWNER)
		report_warning(r, section_place(s, "accept"),
			       "key \"accept\": false does nothing with priority 255, the owner of "
			       "the addresses always accepts");
}

/* How many addresses of that kind the instance has. */
static size_t count_vips(const struct draft *d, const struct draft_instance *inst, bool extra,
			 enum ip_family family)
{
	size_t n = 0;

	for (size_t i = inst->vip_first; i < inst->vip_first + inst->vip_count; i++)
		if (d->vips[i].extra == extra &&
		    (family == IP_NONE || d->vips[i].vip.addr.family == family))
			n++;
	return n;
}

static void check_numbers(struct report *r, const struct draft *d,
			  const struct draft_instance *inst, const struct read_section *s)
{
	if (is_empty_list(s, "addresses"))
		report_error(r, section_place(s, "addresses"),
			     "key \"addresses\": the list is empty, right are 1 to %d addresses",
			     ADVERT_ADDRESSES_MAX);
	if (count_vips(d, inst, false, IP_V4) > ADVERT_ADDRESSES_MAX ||
	    count_vips(d, inst, false, IP_V6) > ADVERT_ADDRESSES_MAX)
		report_error(
			r, section_place(s, "addresses"),
			"key \"addresses\": more than %d do not fit one advertisement, put the "
			"rest into extra-addresses",
			ADVERT_ADDRESSES_MAX);
	if (count_vips(d, inst, true, IP_NONE) > EXTRA_ADDRESSES_MAX)
		report_error(r, section_place(s, "extra-addresses"),
			     "key \"extra-addresses\": more than %d addresses",
			     EXTRA_ADDRESSES_MAX);
	if (inst->peer_count > PEERS_MAX)
		report_error(r, section_place(s, "peers"), "key \"peers\": more than %d peers",
			     PEERS_MAX);
}

/* ifconfig and others find an alias by the interface's name in front of it. */
static void check_labels(struct report *r, const struct draft *d, const struct draft_instance *inst)
{
	for (size_t i = inst->vip_first; i < inst->vip_first + inst->vip_count; i++) {
		const struct vip *vip = &d->vips[i].vip;
		const char *dev = vip->dev[0] ? vip->dev : inst->settings.interface;

		if (vip->label[0] && strncmp(vip->label, dev, strlen(dev)) != 0)
			report_warning(r, d->vips[i].at,
				       "label \"%s\" does not begin with the interface's name, "
				       "usual is %s:NAME",
				       vip->label, dev);
	}
}

/*
 * A BACKUP has no virtual address to send from, and two masters with one source could not tell
 * each other apart.
 */
static void check_source(struct report *r, const struct draft *d, const struct draft_instance *inst,
			 const struct read_section *s)
{
	if (inst->settings.priority == PRIORITY_OWNER || !section_knows(s, "priority"))
		return;
	for (size_t i = inst->vip_first; i < inst->vip_first + inst->vip_count; i++) {
		struct ip_addr addr = d->vips[i].vip.addr;

		if (ip_equal(addr, inst->settings.source[FAMILY_V4]) ||
		    ip_equal(addr, inst->settings.source[FAMILY_V6]))
			report_error(
				r, section_place(s, "source-address"),
				"key \"source-address\" is one of the virtual addresses, right "
				"is an address of this router alone");
	}
}

static void check_hooks(struct report *r, const struct notify_settings *notify,
			const struct read_section *s)
{
	for (int hook = HOOK_ANY; hook < HOOK_COUNT; hook++)
		if (notify->command[hook] != 0)
			return;
	if (section_gives(s, "notify-timeout") &&
	    notify->timeout.us != span_ms(NOTIFY_TIMEOUT_DEFAULT_MS).us)
		report_warning(r, section_place(s, "notify-timeout"),
			       "key \"notify-timeout\" does nothing without a notify key");
}

/* `track-script "haproxy"` */
static struct heading_shown shown_track(const struct draft_track *track)
{
	struct heading_shown shown;

	snprintf(shown.text, sizeof(shown.text), "%s \"%s\"", section_name(track->kind),
		 show(track->name).text);
	return shown;
}

/* The priority of the owner is never changed (RFC 9568 section 6.1: it must be 255). */
static void check_weights(struct report *r, const struct draft *d,
			  const struct draft_instance *inst, const struct read_section *s)
{
	if (inst->settings.priority != PRIORITY_OWNER || !section_knows(s, "priority"))
		return;
	for (size_t i = inst->track_first; i < inst->track_first + inst->track_count; i++) {
		const struct draft_track *track = &d->tracks[i];
		bool file = track->kind == SECTION_TRACK_FILE;

		if (track->weighted && track->settings.weight != 0)
			report_warning(r, track->at,
				       "%s: its weight changes nothing with priority 255%s",
				       shown_track(track).text,
				       file ? "" : ", where only weight 0 (FAULT) counts");
	}
}

void check_instance(struct report *r, struct draft *d, const struct read_section *s)
{
	struct draft_instance *inst = draft_instance(d);

	inst->vrid_at = section_place(s, "vrid");
	inst->identified = section_gives(s, "interface") && section_gives(s, "vrid");
	check_interval(r, &inst->settings, s);
	check_version(r, &inst->settings, s);
	check_families(r, d, s);
	check_preemption(r, &inst->settings, s);
	check_accept(r, &inst->settings, s);
	check_numbers(r, d, inst, s);
	check_source(r, d, inst, s);
	check_hooks(r, &inst->settings.notify, s);
	check_weights(r, d, inst, s);
	if (section_gives(s, "interface"))
		check_labels(r, d, inst);
}

void check_group(struct report *r, const struct draft_group *group, const struct read_section *s)
{
	if (is_empty_list(s, "instances"))
		report_error(r, section_place(s, "instances"),
			     "key \"instances\": the list is empty, right is %s",
			     key_right(key_of(s, "instances")).text);
	if (group->member_count == 1 && section_knows(s, "instances"))
		report_warning(r, section_place(s, "instances"),
			       "key \"instances\": a group of one instance has nothing to share");
	check_hooks(r, &group->settings.notify, s);
}

static void check_counts(struct report *r, const struct check_settings *check,
			 const struct read_section *s)
{
	if (!section_knows(s, "minimum") || !section_knows(s, "maximum"))
		return;
	if (check->minimum > check->maximum)
		report_error(r, section_place(s, "maximum"),
			     "key \"maximum\": %u is less than the minimum, right is at least %u",
			     check->maximum, check->minimum);
	if (check->minimum == 0 && check->maximum == COUNT_UNLIMITED)
		report_warning(r, section_place(s, "minimum"),
			       "key \"minimum\": 0 without a maximum is always up");
}

void check_check(struct report *r, const struct check_settings *check, const struct read_section *s)
{
	if (check->kind == CHECK_PROCESS)
		check_counts(r, check, s);
	if (check->kind == CHECK_BFD)
		check_bfd(r, check, s);
}

void check_track(struct report *r, struct draft_track *track, const struct read_section *s)
{
	bool interface = s->kind == SECTION_TRACK_INTERFACE;

	track->named =
		!s->title_bad && (interface ? interface_name_ok(s->title) : name_ok(s->title));
	track->weighted = section_knows(s, "weight");
	if (s->kind == SECTION_TRACK_FILE && track->weighted && track->settings.weight == 0)
		report_warning(r, section_place(s, "weight"),
			       "key \"weight\": 0 times any number changes nothing");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both sides are sorted by what an instance is on the wire, so that finding the partner of each
 * is fast; keys are compared by the table. Addresses are compared as sets first (what came, went,
 * changed) and by their order if that is all that is left: it shows on the wire.
 */
#include "conf/conf_diff.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/equal.h"
#include "conf/grow.h"
#include "conf/keys.h"
#include "conf/value.h"
#include "conf/vip_text.h"

struct differ {
	const struct settings *old, *fresh;
	struct conf_diff out;
	bool failed; /* memory ran out */
};

static void append(struct differ *d, char *line)
{
	char **lines = grow(d->out.lines, &d->out.cap, d->out.count, sizeof(*lines));

	if (!lines || !line) {
		d->failed = true;
		free(line);
		return;
	}
	d->out.lines = lines;
	d->out.lines[d->out.count++] = line;
}

__attribute__((format(printf, 3, 4))) static void say(struct differ *d, const char *subject,
						      const char *format, ...)
{
	char what[2 * TEXT_MAX + 64], *line;
	va_list ap;

	if (d->out.count >= CONF_DIFF_MAX) {
		d->out.dropped++;
		return;
	}
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	append(d, asprintf(&line, "%s: %s", subject, what) < 0 ? NULL : line);
}

/* Values by the table */

/* A value for people; "none" where nothing is set. A password is nobody's business. */
static const char *shown_value(const struct key *k, const struct settings *s, const void *base,
			       char buf[static VALUE_TEXT_MAX])
{
	const char *text = value_text(k, s, base, buf);

	if (text[0] == '\0')
		return "none";
	return k->kind == KIND_PASSWORD ? "(set)" : text;
}

static void diff_values(struct differ *d, const char *subject, enum section in, const void *old,
			const void *fresh)
{
	char old_buf[VALUE_TEXT_MAX], fresh_buf[VALUE_TEXT_MAX];

	for (size_t i = 0; i < key_count; i++) {
		const struct key *k = &keys[i];

		if (!(k->in & IN(in)) || k->size == 0 ||
		    value_equal(k, d->old, old, d->fresh, fresh))
			continue;

		const char *was = shown_value(k, d->old, old, old_buf);
		const char *is = shown_value(k, d->fresh, fresh, fresh_buf);

		if (strlen(was) >= TEXT_MAX || strlen(is) >= TEXT_MAX)
			say(d, subject, "%s changed", k->name);
		else
			say(d, subject, "%s %s -> %s", k->name, was, is);
	}
}

/* Addresses */

static int compare_vips(const void *left, const void *right)
{
	const struct vip *const *a = left, *const *b = right;

	return ip_compare((*a)->addr, (*b)->addr);
}

/* The addresses of a range in numerical order, ended by NULL; NULL for lack of memory. */
static const struct vip **sorted_vips(const struct settings *s, struct range range)
{
	const struct vip **vips = calloc(range.count + 1, sizeof(*vips));

	for (uint32_t i = 0; vips && i < range.count; i++)
		vips[i] = &s->vips[range.first + i];
	if (vips)
		qsort(vips, range.count, sizeof(*vips), compare_vips);
	return vips;
}

static void say_vip(struct differ *d, const char *subject, const char *what, const struct vip *vip,
		    const char *change)
{
	char text[VIP_TEXT_MAX];

	say(d, subject, "%s %s %s", what, vip_text(vip, text), change);
}

/* Two sorted lists side by side. The number of differences. */
static size_t merge_vips(struct differ *d, const char *subject, const char *what,
			 const struct vip **old, const struct vip **fresh)
{
	size_t changes = 0;

	while (*old || *fresh) {
		int order = !*old ? 1 : !*fresh ? -1 : compare_vips(old, fresh);

		if (order < 0)
			say_vip(d, subject, what, *old, "removed");
		else if (order > 0)
			say_vip(d, subject, what, *fresh, "added");
		else if (!vip_equal(*old, *fresh))
			say_vip(d, subject, what, *fresh, "changed");
		changes += order != 0 || !vip_equal(*old, *fresh);
		old += order <= 0;
		fresh += order >= 0;
	}
	return changes;
}

static void diff_vips(struct differ *d, const char *subject, const char *what, struct range old,
		      struct range fresh)
{
	if (vips_equal(d->old, old, d->fresh, fresh))
		return;

	const struct vip **a = sorted_vips(d->old, old), **b = sorted_vips(d->fresh, fresh);

	if (!a || !b)
		d->failed = true;
	else if (merge_vips(d, subject, what, a, b) == 0)
		say(d, subject, "order of its %ses changed", what);
	free(a);
	free(b);
}

/* Routes and rules, whose order means nothing */

static const struct routing *find_routing(const struct settings *in, struct range range,
					  const struct routing *wanted)
{
	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (routing_same_key(&in->routings[i], wanted))
			return &in->routings[i];
	return NULL;
}

static void say_routing(struct differ *d, const char *subject, const struct routing *r,
			const char *change)
{
	char text[ROUTING_TEXT_MAX];

	say(d, subject, "%s %.400s %s", routing_kind_name((enum routing_kind)r->kind),
	    routing_text(r, text), change);
}

static void diff_routings(struct differ *d, const char *subject, struct range old,
			  struct range fresh)
{
	for (uint32_t i = fresh.first; i < fresh.first + fresh.count; i++) {
		const struct routing *is = &d->fresh->routings[i];
		const struct routing *was = find_routing(d->old, old, is);

		if (!was)
			say_routing(d, subject, is, "added");
		else if (!routing_equal(was, is))
			say_routing(d, subject, is, "changed");
	}
	for (uint32_t i = old.first; i < old.first + old.count; i++) {
		const struct routing *was = &d->old->routings[i];

		if (!find_routing(d->fresh, fresh, was))
			say_routing(d, subject, was, "removed");
	}
}

/* Scripts, processes, files, groups and what is tracked: they have names */

struct subject {
	char text[160]; /* two names and the words for them */
};

/* `script haproxy`, `group edge`, `track-interface eth1` */
static struct subject subject_of(enum section in, const char *name)
{
	struct subject subject;

	snprintf(subject.text, sizeof(subject.text), "%s %s", section_name(in), name);
	return subject;
}

static struct subject track_subject(const struct settings *s, const struct track_settings *t)
{
	return subject_of(section_of_track(t, s->checks),
			  t->check ? s->checks[t->check - 1].name : t->interface);
}

/* What tracks the same in that range as `wanted` of the settings `of`, or NULL. */
static const struct track_settings *find_track(const struct settings *in, struct range range,
					       const struct settings *of,
					       const struct track_settings *wanted)
{
	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (tracks_match(of, wanted, in, &in->tracks[i]))
			return &in->tracks[i];
	return NULL;
}

/* Their order means nothing. */
static void diff_tracks(struct differ *d, const char *subject, struct range old, struct range fresh)
{
	if (tracks_equal(d->old, old, d->fresh, fresh))
		return;
	for (uint32_t i = fresh.first; i < fresh.first + fresh.count; i++) {
		const struct track_settings *is = &d->fresh->tracks[i];
		const struct track_settings *was = find_track(d->old, old, d->fresh, is);
		struct subject track = track_subject(d->fresh, is), both;

		if (!was) {
			say(d, subject, "%s added", track.text);
			continue;
		}
		snprintf(both.text, sizeof(both.text), "%.70s: %.80s", subject, track.text);
		diff_values(d, both.text, section_of_track(is, d->fresh->checks), was, is);
	}
	for (uint32_t i = old.first; i < old.first + old.count; i++) {
		const struct track_settings *was = &d->old->tracks[i];

		if (!find_track(d->fresh, fresh, d->old, was))
			say(d, subject, "%s removed", track_subject(d->old, was).text);
	}
}

static const struct check_settings *find_check(const struct settings *s,
					       const struct check_settings *wanted)
{
	for (uint32_t i = 0; i < s->check_count; i++)
		if (s->checks[i].kind == wanted->kind &&
		    strcmp(s->checks[i].name, wanted->name) == 0)
			return &s->checks[i];
	return NULL;
}

static void diff_checks(struct differ *d)
{
	for (uint32_t i = 0; i < d->fresh->check_count; i++) {
		const struct check_settings *is = &d->fresh->checks[i];
		const struct check_settings *was = find_check(d->old, is);
		enum section in = section_of_check(is->kind);
		struct subject subject = subject_of(in, is->name);

		if (was)
			diff_values(d, subject.text, in, was, is);
		else
			say(d, subject.text, "new");
	}
	for (uint32_t i = 0; i < d->old->check_count; i++) {
		const struct check_settings *was = &d->old->checks[i];

		if (!find_check(d->fresh, was))
			say(d, subject_of(section_of_check(was->kind), was->name).text, "removed");
	}
}

static const struct group_settings *find_group(const struct settings *s,
					       const struct group_settings *wanted)
{
	for (uint32_t i = 0; i < s->group_count; i++)
		if (strcmp(s->groups[i].name, wanted->name) == 0)
			return &s->groups[i];
	return NULL;
}

/* Who is in a group is told of the instances. */
static void diff_groups(struct differ *d)
{
	for (uint32_t i = 0; i < d->fresh->group_count; i++) {
		const struct group_settings *is = &d->fresh->groups[i];
		const struct group_settings *was = find_group(d->old, is);
		struct subject subject = subject_of(SECTION_GROUP, is->name);

		if (!was) {
			say(d, subject.text, "new");
			continue;
		}
		diff_values(d, subject.text, SECTION_GROUP, was, is);
		diff_tracks(d, subject.text, was->tracks, is->tracks);
	}
	for (uint32_t i = 0; i < d->old->group_count; i++) {
		const struct group_settings *was = &d->old->groups[i];

		if (!find_group(d->fresh, was))
			say(d, subject_of(SECTION_GROUP, was->name).text, "removed");
	}
}

/* Instances */

static enum ip_family first_family(const struct instance_settings *inst)
{
	return inst->addresses[FAMILY_V4].count > 0 ? IP_V4 : IP_V6;
}

/* What makes two instances the same one. */
static int compare_identity(const struct instance_settings *a, const struct instance_settings *b)
{
	int order = strcmp(a->interface, b->interface);

	if (order == 0)
		order = a->vrid - b->vrid;
	return order ? order : (int)first_family(a) - (int)first_family(b);
}

static int compare_instances(const void *left, const void *right)
{
	const struct instance_settings *const *a = left, *const *b = right;

	return compare_identity(*a, *b);
}

static const struct instance_settings **sorted_instances(const struct settings *s)
{
	const struct instance_settings **sorted = calloc(s->instance_count + 1, sizeof(*sorted));

	for (uint32_t i = 0; sorted && i < s->instance_count; i++)
		sorted[i] = &s->instances[i];
	if (sorted)
		qsort(sorted, s->instance_count, sizeof(*sorted), compare_instances);
	return sorted;
}

static const struct instance_settings *partner_of(const struct instance_settings *inst,
						  const struct instance_settings **sorted, size_t n)
{
	const struct instance_settings **found =
		n ? bsearch(&inst, sorted, n, sizeof(*sorted), compare_instances) : NULL;

	return found ? *found : NULL;
}

static void diff_sources(struct differ *d, const char *subject, const struct instance_settings *old,
			 const struct instance_settings *fresh)
{
	char a[IP_TEXT_MAX], b[IP_TEXT_MAX];

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!ip_equal(old->source[f], fresh->source[f]))
			say(d, subject, "source-address %s -> %s", ip_text(old->source[f], a),
			    ip_text(fresh->source[f], b));
}

/* "none" for no group. */
static const char *group_of(const struct settings *s, const struct instance_settings *inst)
{
	return inst->group ? s->groups[inst->group - 1].name : "none";
}

static void diff_instance(struct differ *d, const struct instance_settings *old,
			  const struct instance_settings *fresh)
{
	const char *subject = fresh->name;

	if (strcmp(old->name, fresh->name) != 0)
		say(d, subject, "was called %s", old->name);
	diff_values(d, subject, SECTION_INSTANCE, old, fresh);
	for (int f = 0; f < FAMILY_COUNT; f++)
		diff_vips(d, subject, "address", old->addresses[f], fresh->addresses[f]);
	diff_vips(d, subject, "extra address", old->extra, fresh->extra);
	diff_sources(d, subject, old, fresh);
	if (!peers_equal(d->old, old->peers, d->fresh, fresh->peers))
		say(d, subject, "peers changed");
	diff_routings(d, subject, old->routes, fresh->routes);
	diff_routings(d, subject, old->rules, fresh->rules);
	diff_tracks(d, subject, old->tracks, fresh->tracks);
	if (strcmp(group_of(d->old, old), group_of(d->fresh, fresh)) != 0)
		say(d, subject, "group %s -> %s", group_of(d->old, old), group_of(d->fresh, fresh));
}

static void say_lonely(struct differ *d, const struct instance_settings *inst, const char *what)
{
	say(d, inst->name, "%s (%s, vrid %u)", what, inst->interface, inst->vrid);
}

static void diff_instances(struct differ *d)
{
	uint32_t old_count = d->old->instance_count, fresh_count = d->fresh->instance_count;
	const struct instance_settings **old = sorted_instances(d->old);
	const struct instance_settings **fresh = sorted_instances(d->fresh);

	if (!old || !fresh)
		d->failed = true;
	for (uint32_t i = 0; !d->failed && i < fresh_count; i++) {
		const struct instance_settings *inst = &d->fresh->instances[i];
		const struct instance_settings *was = partner_of(inst, old, old_count);

		if (was)
			diff_instance(d, was, inst);
		else
			say_lonely(d, inst, "new");
	}
	for (uint32_t i = 0; !d->failed && i < old_count; i++)
		if (!partner_of(&d->old->instances[i], fresh, fresh_count))
			say_lonely(d, &d->old->instances[i], "removed");
	free(old);
	free(fresh);
}

int conf_diff(const struct settings *old, const struct settings *fresh, struct conf_diff *ret)
{
	struct differ d = { .old = old, .fresh = fresh };
	char *more;

	diff_values(&d, "global", SECTION_GLOBAL, &old->global, &fresh->global);
	diff_checks(&d);
	diff_instances(&d);
	diff_groups(&d);
	if (d.out.dropped > 0)
		append(&d,
		       asprintf(&more, "and %zu more changes", d.out.dropped) < 0 ? NULL : more);
	if (d.failed) {
		conf_diff_done(&d.out);
		return -ENOMEM;
	}
	*ret = d.out;
	return 0;
}

void conf_diff_done(struct conf_diff *diff)
{
	for (size_t i = 0; i < diff->count; i++)
		free(diff->lines[i]);
	free(diff->lines);
	*diff = (struct conf_diff){ .lines = NULL };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl force` and `release`. With --wait the command ends when what was forced is so, or as soon
 * as it is known that it will not be. It looks at the instances again and again, for no longer than
 * a handover between two routers may take.
 */
#include "ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "core/history.h"

enum {
	LOOK_AGAIN_MS = 20,
	/* of advertisement intervals: a master that leaves is heard of, or is missed, in four of them */
	PATIENCE_INTERVALS = 5,
	PATIENCE_MS = 2000, /* and for everything else */
	NAMES_SHOWN = 8,
};

/* How far an instance is from what was forced. */
enum progress {
	PROGRESS_REACHED,
	PROGRESS_UNDER_WAY,
	PROGRESS_IMPOSSIBLE,
};

static const char *text_in(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static bool is_known_force(const char *to)
{
	return strcmp(to, "master") == 0 || strcmp(to, "backup") == 0 || strcmp(to, "off") == 0;
}

static const char *forced_text(const char *to)
{
	return strcmp(to, "master") == 0   ? "forced to be master"
	       : strcmp(to, "backup") == 0 ? "forced to be backup"
					   : "forced off";
}

/* "web, lan and 3 more" */
static void print_names(const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		if (i < NAMES_SHOWN)
			printf("%s%s", i == 0 ? "" : ", ",
			       json_is_string(name) ? json_string_value(name) : "-");
	if (json_array_size(names) > NAMES_SHOWN)
		printf(" and %zu more", json_array_size(names) - NAMES_SHOWN);
}

/* ---- waiting ---- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum progress progress_to_master(const char *state)
{
	if (strcmp(state, "MASTER") == 0)
		return PROGRESS_REACHED;
	return strcmp(state, "BACKUP") == 0 ? PROGRESS_UNDER_WAY : PROGRESS_IMPOSSIBLE;
}

/* It has really given up when somebody else has taken over. */
static enum progress progress_to_backup(const json_t *router, const char *state)
{
	bool lingers = json_is_true(json_object_get(router, "lingering"));

	if (strcmp(state, "MASTER") == 0)
		return strcmp(text_in(router, "reason"), reason_text(REASON_LAST_ROUTER)) == 0
			       ? PROGRESS_IMPOSSIBLE
			       : PROGRESS_UNDER_WAY;
	if (strcmp(state, "BACKUP") != 0)
		return PROGRESS_IMPOSSIBLE;
	return !lingers && json_is_object(json_object_get(router, "master")) ? PROGRESS_REACHED
									     : PROGRESS_UNDER_WAY;
}

static enum progress progress_to_off(const json_t *router, const char *state)
{
	return strcmp(state, "MASTER") == 0 || strcmp(state, "BACKUP") == 0 ||
			       json_is_true(json_object_get(router, "lingering"))
		       ? PROGRESS_UNDER_WAY
		       : PROGRESS_REACHED;
}

/* Of one virtual router. */
static enum progress progress_of(const json_t *router, const char *to)
{
	const char *state = text_in(router, "state");

	/* released, expired, or somebody wants something else now */
	if (strcmp(text_in(json_object_get(router, "forced"), "to"), to) != 0)
		return PROGRESS_IMPOSSIBLE;
	if (strcmp(to, "master") == 0)
		return progress_to_master(state);
	return strcmp(to, "backup") == 0 ? progress_to_backup(router, state)
					 : progress_to_off(router, state);
}

static void complain_of(const json_t *router, const char *to, const char *after)
{
	if (strcmp(text_in(json_object_get(router, "forced"), "to"), to) != 0)
		ctl_complain("%s is no longer %s", text_in(router, "name"), forced_text(to));
	else
		ctl_complain("%s is %s%s: %s", text_in(router, "name"), text_in(router, "state"),
			     after, text_in(router, "reason"));
}

/* How long all this may take with the intervals of that router. */
static int64_t patience_ms(const json_t *router)
{
	double ours = json_number_value(json_object_get(router, "advert_interval_ms"));
	double masters = json_number_value(json_object_get(router, "master_advert_interval_ms"));
	double longest = ours > masters ? ours : masters;

	return (int64_t)(PATIENCE_INTERVALS * longest) + PATIENCE_MS;
}

/* Of the virtual routers of an instance the one that is furthest from it. */
static const json_t *furthest(const json_t *instance, const char *to)
{
	const json_t *router, *found = json_is_array(instance) ? NULL : instance;
	size_t i;

	json_array_foreach (instance, i, router)
		if (!found || progress_of(router, to) > progress_of(found, to))
			found = router;
	return found;
}

/* Is there no point in waiting any more? Then *ret is how it ended. */
static bool is_decided(const json_t *router, const char *to, int64_t waited_ms, enum ctl_exit *ret)
{
	char after[48];

	switch (progress_of(router, to)) {
	case PROGRESS_REACHED:
		*ret = CTL_DONE;
		return true;
	case PROGRESS_UNDER_WAY:
		if (waited_ms < patience_ms(router))
			return false;
		snprintf(after, sizeof(after), " after %" PRId64 " ms", waited_ms);
		complain_of(router, to, after);
		break;
	case PROGRESS_IMPOSSIBLE:
		complain_of(router, to, "");
		break;
	}
	*ret = CTL_FAILED;
	return true;
}

static enum ctl_exit wait_for(const struct ctl *ctl, const char *name, const char *to,
			      int64_t begin_ms)
{
	const struct timespec pause = { .tv_nsec = LOOK_AGAIN_MS * 1000000l };

	for (;;) {
		json_t *instance;
		enum ctl_exit status =
			ctl_ask(ctl, json_pack("{s:s, s:s}", "command", "show", "name", name),
				CLIENT_SILENCE_MS, &instance);
		bool decided;

		if (status != CTL_DONE)
			return status;
		decided = is_decided(furthest(instance, to), to, now_ms() - begin_ms, &status);
		json_decref(instance);
		if (decided)
			return status;
		nanosleep(&pause, NULL);
	}
}

/* For each of them, or until one fails. */
static enum ctl_exit wait_for_all(const struct ctl *ctl, const json_t *names, const char *to)
{
	int64_t begin_ms = now_ms();
	enum ctl_exit status = CTL_DONE;
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		if (status == CTL_DONE && json_is_string(name))
			status = wait_for(ctl, json_string_value(name), to, begin_ms);
	return status;
}

/* ---- the commands ---- */

static json_t *force_request(const struct ctl *ctl)
{
	json_t *request = json_pack("{s:s, s:s, s:s}", "command", "force", "to", ctl->arg[0],
				    "name", ctl->arg[1]);

	if (!request)
		return NULL;
	if (ctl->for_ms > 0)
		json_object_set_new(request, "for_ms", json_integer(ctl->for_ms));
	if (ctl->reason)
		json_object_set_new(request, "reason", json_string(ctl->reason));
	if (ctl->despite_faults)
		json_object_set_new(request, "despite_faults", json_true());
	return request;
}

/* False after a complaint. */
static bool is_sensible(const struct ctl *ctl)
{
	const char *to = ctl->arg[0];

	if (!is_known_force(to) && is_known_force(ctl->arg[1])) {
		ctl_complain("did you mean vrrpctl force %s %s?", ctl->arg[1], to);
		return false;
	}
	if (!is_known_force(to)) {
		ctl_complain("an instance is forced to master, backup or off, not to %s", to);
		return false;
	}
	if (ctl->despite_faults && strcmp(to, "master") != 0) {
		ctl_complain("--despite-faults belongs to force master, not to force %s", to);
		return false;
	}
	return true;
}

/* Does the daemon's JSON hold these words? Then it may judge them. */
static bool is_text(const char *words)
{
	json_t *json = words ? json_string(words) : json_null();

	if (!json)
		ctl_complain("names and reasons are UTF-8");
	json_decref(json);
	return json != NULL;
}

enum ctl_exit ctl_force(const struct ctl *ctl)
{
	const char *to = ctl->arg[0];
	enum ctl_exit status;
	const json_t *names;
	json_t *result;

	if (!is_sensible(ctl) || !is_text(ctl->arg[1]) || !is_text(ctl->reason))
		return CTL_USAGE;
	status = ctl_ask(ctl, force_request(ctl), CLIENT_SILENCE_MS, &result);
	if (status != CTL_DONE)
		return status;
	names = json_object_get(result, "instances");
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		print_names(names);
		printf(": %s", forced_text(to));
		if (json_is_string(json_object_get(result, "until")))
			printf(" until %s", text_in(result, "until"));
		putchar('\n');
	}
	if (ctl->wait) {
		fflush(stdout);
		status = wait_for_all(ctl, names, to);
	}
	json_decref(result);
	return status;
}

enum ctl_exit ctl_release(const struct ctl *ctl)
{
	enum ctl_exit status;
	const json_t *names;
	json_t *result;

	if (!is_text(ctl->arg[0]))
		return CTL_USAGE;
	status = ctl_ask(ctl, json_pack("{s:s, s:s}", "command", "release", "name", ctl->arg[0]),
			 CLIENT_SILENCE_MS, &result);
	if (status != CTL_DONE)
		return status;
	names = json_object_get(result, "instances");
	if (ctl->json) {
		ctl_print_json(result);
	} else if (json_array_size(names) == 0) {
		puts("nothing was forced");
	} else {
		print_names(names);
		puts(": no longer forced");
	}
	json_decref(result);
	return CTL_DONE;
}

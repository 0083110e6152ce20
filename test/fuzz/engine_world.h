/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine and what surrounds it: a clock, ports, a kernel that holds addresses and answers when it is told to, and the hands of the
 * daemon that carry actions out. Whatever the engine does is checked against the rules (engine_rules.c) on the spot; the
 * world only ever tells it the truth, and everything of it, as the adapters do.
 */
#ifndef TEST_ENGINE_WORLD_H
#define TEST_ENGINE_WORLD_H

#include <stdbool.h>

#include "core/engine.h"
#include "engine_choice.h"

enum {
	WORLD_ENTRIES_MAX = 512,
	WORLD_REQUESTS_MAX = 512,
	WORLD_TICKS_MAX = 256, /* in one stretch of time; then it is skipped to its end */
};

#define WORLD_WALL_US INT64_C(1767225600000000) /* 2026-01-01, when the clock is 0 */

struct port {
	int32_t ifindex; /* 0: does not exist */
	bool up;
	bool has_source[FAMILY_COUNT];
	/* the last announcement there, and the pause that its virtual router wants after it */
	struct instant announced_at;
	struct span announce_pause;
};

/* An address in the kernel; how it was made is in the vip, of which the core compares the form. */
struct entry {
	int32_t ifindex;
	struct vip vip;
	bool ours;
	bool of_another_process; /* then the core does not know its form */
};

/* An address action without an answer. */
struct request {
	int32_t ifindex;
	struct vip vip;
	bool add;
};

/* What is remembered of a virtual router between two steps. */
struct seen {
	struct counters counters;
	uint32_t adverts; /* sent, whose failure was not told */
	struct record record;
};

struct world {
	struct instant now;
	struct choice *choice; /* of e */
	struct engine *e;
	bool started, stopping, reloaded, restarted;

	struct port ports[CHOICE_PORTS];
	int32_t last_ifindex;
	struct entry entries[WORLD_ENTRIES_MAX];
	uint32_t entry_count;
	struct request requests[WORLD_REQUESTS_MAX];
	uint32_t request_count;

	/* for the rules */
	struct seen seen[CHOICE_VROUTERS_MAX];
	uint64_t history_seq;       /* next to be read */
	enum action_kind last_kind; /* in this step */
	uint32_t step_announcements;
	bool step_adverts[CHOICE_VROUTERS_MAX];
	uint32_t actions, announcements, address_changes; /* in all */
	bool hooks[CHOICE_NOTIFIERS_MAX];                 /* called, and not done */
	bool refused; /* the kernel has refused something, so that an address may be missing */
};

/* An engine of the choice, which is the world's from here on, with all ports up; not started. */
void world_init(struct world *w, struct choice *choice);
void world_done(struct world *w);

/* Steps the engine, carries out its actions and checks the rules. The event's time is the world's. */
void world_step(struct world *w, struct event event);

/* Time goes on with each tick on time; or at once, with one late tick at the end. */
void world_pass(struct world *w, struct span time);
void world_sleep(struct world *w, struct span time);

/* The kernel answers the n-th open request, carrying it out unless error is set. */
void world_answer(struct world *w, uint32_t n, int error);

/* Somebody else adds an address, takes it over, or removes it; the engine is told. */
void world_add_foreign(struct world *w, unsigned int port, struct ip_addr addr, uint8_t prefix_len);
void world_remove(struct world *w, uint32_t entry);
void world_tell_address(struct world *w, int32_t ifindex, struct ip_addr addr, uint8_t prefix_len);

/* A port changes; the engine is told. */
void world_tell_port(struct world *w, unsigned int port);
void world_recreate_port(struct world *w, unsigned int port, bool exists);

/* The hooks of a notifier have run, if they were called. */
void world_hooks_done(struct world *w, uint32_t notifier, bool lost);

/* A new engine takes over from the running one, as the daemon does it at a reload. */
void world_reload(struct world *w, struct choice *choice);

/* The process dies and another one starts; some of the open requests have still been carried out (a bit each). */
void world_restart(struct world *w, uint32_t carried_out);

/* A number below CHOICE_PORTS, or -1. */
int world_port_of(const struct world *w, int32_t ifindex);
int world_port_named(const char *name);
const struct entry *world_find_entry(const struct world *w, int32_t ifindex, struct ip_addr addr,
				     uint8_t prefix_len);
/* With whatever length of prefix. */
bool world_has_address(const struct world *w, int32_t ifindex, struct ip_addr addr);

/* ---- engine_trace.c: with FUZZ_TRACE in the environment a find tells its story on stderr ---- */

void trace_event(const struct world *w, const struct event *event);
void trace_action(const struct world *w, const struct action *a);
void trace_history(const struct history_event *e);
void trace_entry(const struct world *w, const struct entry *e);
void trace_note(const struct world *w, const char *what);

/* ---- the rules, engine_rules.c ---- */

/* An action, before it is carried out. */
void rules_action(struct world *w, const struct action *a);

/* Around all actions of a step. */
void rules_step_begins(struct world *w);
void rules_settled(struct world *w);

/* A new engine: what was remembered starts again. */
void rules_new_engine(struct world *w);

/* The same settings once more: nothing may happen, and nothing may look different. */
void rules_reload_same(struct world *w);

/* Nobody else is heard and nothing fails from here on: where it must end. */
void rules_converge(struct world *w);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small language, one table of verbs. Time stands still unless a command lets it go on; nothing is
 * left to chance: wires take 100 us, kernels and timers nothing.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"

enum {
	WORDS_MAX = 32,
	LINE_MAX_LEN = 512,
	/* Clocks begin here, so that they are not the simulated time. */
	CLOCK_OFFSET_S = 1000,
};

struct player {
	struct cluster *c;
	struct config wanted[SIM_ROUTERS_MAX]; /* what the next start or reload will read */
	char *words[WORDS_MAX];
	int word_count;
	const char *wrong; /* what is wrong with the command, or NULL */
};

/* ---- words ---- */

static bool split(struct player *p, char *line)
{
	p->word_count = 0;
	for (char *at = strtok(line, " \n"); at; at = strtok(NULL, " \n")) {
		if (p->word_count == WORDS_MAX)
			return false;
		p->words[p->word_count++] = at;
	}
	return true;
}

/* The word at that place; "" and a complaint if there is none. */
static const char *word(struct player *p, int i)
{
	if (i < p->word_count)
		return p->words[i];
	p->wrong = "something is missing";
	return "";
}

static int64_t number(struct player *p, const char *text, int64_t low, int64_t high)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < low || value > high) {
		p->wrong = "not a number, or out of range";
		return low;
	}
	return value;
}

/* "1s", "250ms", "100us" */
static int64_t duration_us(struct player *p, const char *text)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { "h", INT64_C(3600000000) } };
	char *unit;
	long long value = strtoll(text, &unit, 10);

	for (size_t i = 0; unit != text && value >= 0 && i < 4; i++) {
		if (strcmp(unit, units[i].unit) == 0)
			return value * units[i].us;
	}
	p->wrong = "not a duration";
	return 1;
}

/* "a", "b" … */
static int router(struct player *p, const char *text)
{
	int r = text[0] - 'a';

	if (text[0] != '\0' && text[1] == '\0' && r >= 0 && r < p->c->router_count)
		return r;
	p->wrong = "no such router";
	return 0;
}

/* "v0" */
static int virtual_router(struct player *p, const char *text)
{
	if (text[0] == 'v' && text[1] >= '0' && text[1] < '0' + SIM_VRS_MAX &&
	    (text[2] == '\0' || text[2] == '.'))
		return text[1] - '0';
	p->wrong = "no such virtual router";
	return 0;
}

/* "v0.2" */
static int address(struct player *p, const char *text)
{
	virtual_router(p, text);
	if (!p->wrong && text[2] == '.' && text[3] >= '0' && text[3] < '0' + SIM_VIPS_MAX &&
	    text[4] == '\0')
		return text[3] - '0';
	p->wrong = "no such address";
	return 0;
}

static bool yes(struct player *p, const char *text)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		p->wrong = "neither yes nor no";
	return strcmp(text, "yes") == 0;
}

/* ---- configuration ---- */

/* "0,2", of so many */
static uint8_t choice_of(struct player *p, const char *text, int count)
{
	unsigned bits = 0;

	for (; *text; text += text[1] == ',' ? 2 : 1) {
		if (*text < '0' || *text >= '0' + count)
			p->wrong = "no such address or route";
		else
			bits |= 1u << (*text - '0');
	}
	if (bits == 0)
		p->wrong = "none of them";
	return (uint8_t)bits;
}

/* A track-… key, of a virtual router or a group. Inverse is the script. False: another key. */
static bool set_track(struct player *p, struct track_config *tracks, const char *key,
		      const char *value)
{
	static const char *const keys[SIM_TRACKS] = {
		[SIM_SCRIPT] = "track-script",
		[SIM_PROCESS] = "track-process",
		[SIM_FILE] = "track-file",
		[SIM_LINK] = "track-interface",
	};

	if (strcmp(key, "inverse") == 0) {
		tracks[SIM_SCRIPT].inverse = yes(p, value);
		return true;
	}
	for (int i = 0; i < SIM_TRACKS; i++) {
		if (strcmp(key, keys[i]) != 0)
			continue;
		tracks[i].on = true;
		tracks[i].weight = (int16_t)number(p, value, -WEIGHT_MAX, WEIGHT_MAX);
		return true;
	}
	return false;
}

static void set_key(struct player *p, struct vr_config *vr, const char *key, const char *value)
{
	if (strcmp(key, "priority") == 0)
		vr->priority = (uint8_t)number(p, value, 1, 255);
	else if (strcmp(key, "interval") == 0)
		vr->interval_us = duration_us(p, value);
	else if (strcmp(key, "version") == 0)
		vr->version = (uint8_t)number(p, value, 2, 3);
	else if (strcmp(key, "preempt") == 0)
		vr->preempt = yes(p, value);
	else if (strcmp(key, "preempt-delay") == 0)
		vr->preempt_delay_us = duration_us(p, value);
	else if (strcmp(key, "addresses") == 0)
		vr->vips = choice_of(p, value, SIM_VIPS_MAX);
	else if (strcmp(key, "routings") == 0)
		vr->routings = choice_of(p, value, SIM_ROUTINGS_MAX);
	else if (strcmp(key, "virtual-mac") == 0)
		vr->virtual_mac = yes(p, value);
	else if (strcmp(key, "narrow") == 0)
		vr->narrow = yes(p, value);
	else if (set_track(p, vr->tracks, key, value))
		return;
	else if (strcmp(key, "of-v1") == 0)
		vr->second = yes(p, value);
	else if (strcmp(key, "group") == 0)
		vr->group = (uint8_t)number(p, value, 0, SIM_GROUPS);
	else if (strcmp(key, "notify") == 0)
		vr->hooks = yes(p, value);
	else if (strcmp(key, "password") == 0)
		vr->password = yes(p, value);
	else if (strcmp(key, "announce-count") == 0)
		vr->announce.count = (uint32_t)number(p, value, 1, 100);
	else if (strcmp(key, "announce-repeat") == 0)
		vr->announce.repeat.us = duration_us(p, value);
	else if (strcmp(key, "announce-refresh") == 0)
		vr->announce.refresh.us = duration_us(p, value);
	else if (strcmp(key, "announce-interval") == 0)
		vr->announce.interval.us = duration_us(p, value);
	else
		p->wrong = "no such key";
}

static void configure(struct player *p, int r, int v)
{
	struct vr_config *vr = &p->wanted[r].vrs[v];

	if (!vr->present)
		*vr = vr_config_default();
	if (p->word_count == 4 && strcmp(p->words[3], "none") == 0) {
		vr->present = false;
		return;
	}
	for (int i = 3; i < p->word_count && !p->wrong; i += 2)
		set_key(p, vr, p->words[i], word(p, i + 1));
	if (vr->second && v != SIM_V6)
		p->wrong = "only v3 may be the other family of v1";
}

/* configure ROUTER|* vN [KEY VALUE]... | none */
static void do_configure(struct player *p)
{
	int v = virtual_router(p, word(p, 2));

	for (int r = 0; r < p->c->router_count && !p->wrong; r++) {
		if (strcmp(p->words[1], "*") == 0 || router(p, p->words[1]) == r)
			configure(p, r, v);
	}
}

/* routers N: a new cluster */
static void do_routers(struct player *p)
{
	struct cluster *c = p->c;
	FILE *trace = c->trace;

	cluster_init(c, (int)number(p, word(p, 1), 1, SIM_ROUTERS_MAX), 1);
	c->trace = trace;
	c->late_us = 0;
	for (int s = 0; s < SIM_SEGMENTS; s++)
		c->wires[s] = (struct wire){ .latency_us = 100 };
	for (int r = 0; r < c->router_count; r++) {
		c->routers[r].kernel.delay_us = 0;
		c->routers[r].clock_offset_us = CLOCK_OFFSET_S * INT64_C(1000000);
	}
	memset(p->wanted, 0, sizeof(p->wanted));
}

/* ---- what happens ---- */

/* start ROUTER|* [again]: without or with the records of the one before */
static void do_start(struct player *p)
{
	bool again = p->word_count > 2;

	if (again && strcmp(p->words[2], "again") != 0)
		p->wrong = "start ROUTER [again]";
	for (int r = 0; r < p->c->router_count && !p->wrong; r++) {
		if (strcmp(word(p, 1), "*") != 0 && router(p, p->words[1]) != r)
			continue;
		p->c->routers[r].config = p->wanted[r];
		cluster_boot(p->c, r, again);
	}
}

static void do_crash(struct player *p)
{
	cluster_crash(p->c, router(p, word(p, 1)));
}

static void do_power_off(struct player *p)
{
	cluster_power_off(p->c, router(p, word(p, 1)));
}

static void do_stop(struct player *p)
{
	cluster_stop(p->c, router(p, word(p, 1)));
}

static void do_hold_up(struct player *p)
{
	cluster_pause(p->c, router(p, word(p, 1)));
}

static void do_resume(struct player *p)
{
	cluster_resume(p->c, router(p, word(p, 1)));
}

static void do_reload(struct player *p)
{
	int r = router(p, word(p, 1));
	unsigned actions = cluster_reload(p->c, r, &p->wanted[r]);

	if (actions == 0)
		cluster_trace(p->c, r, "did nothing for it");
}

/* announce ROUTER vN */
static void do_announce(struct player *p)
{
	cluster_announce(p->c, router(p, word(p, 1)), virtual_router(p, word(p, 2)));
}

/* port ROUTER N up|down|gone */
static void do_port(struct player *p)
{
	const char *how = word(p, 3);

	if (strcmp(how, "up") != 0 && strcmp(how, "down") != 0 && strcmp(how, "gone") != 0)
		p->wrong = "up, down or gone";
	cluster_set_port(p->c, router(p, word(p, 1)),
			 (int)number(p, word(p, 2), 0, SIM_SEGMENTS - 1), how[0] != 'g',
			 how[0] == 'u');
}

/* On all segments. */
static void set_cut(struct player *p, bool cut)
{
	int from = router(p, word(p, 1)), to = router(p, word(p, 2));

	for (int s = 0; s < SIM_SEGMENTS && !p->wrong; s++)
		cluster_cut(p->c, s, from, to, cut);
}

/* cut FROM TO: one way */
static void do_cut(struct player *p)
{
	set_cut(p, true);
}

static void do_heal(struct player *p)
{
	set_cut(p, false);
}

/* latency DURATION */
static void do_latency(struct player *p)
{
	for (int s = 0; s < SIM_SEGMENTS; s++) {
		p->c->wires[s].latency_us = duration_us(p, word(p, 1));
		rules_disturbed(p->c, s);
	}
}

/* "route" 0, "rule" 1; -1: neither, but an address */
static int routing(const char *text)
{
	return strcmp(text, "route") == 0 ? 0 : strcmp(text, "rule") == 0 ? 1 : -1;
}

/* take ROUTER vN.K: somebody removes the address; take ROUTER vN route|rule */
static void do_take(struct player *p)
{
	const char *what = word(p, 2);
	int i = p->word_count > 3 ? routing(p->words[3]) : -1;
	int k = i < 0 ? address(p, what) : 0;

	if (i >= 0)
		cluster_remove_routing(p->c, router(p, word(p, 1)), virtual_router(p, what), i);
	else
		cluster_remove_address(p->c, router(p, word(p, 1)), virtual_router(p, what), k);
}

/* foreign ROUTER vN.K yes|no: somebody has it there, as /32; foreign ROUTER vN route|rule yes|no: one of that key */
static void do_foreign(struct player *p)
{
	const char *what = word(p, 2);
	int i = routing(word(p, 3));
	int k = i < 0 ? address(p, what) : 0;

	if (i >= 0)
		cluster_set_foreign_routing(p->c, router(p, word(p, 1)), virtual_router(p, what), i,
					    yes(p, word(p, 4)));
	else
		cluster_set_foreign(p->c, router(p, word(p, 1)), virtual_router(p, what), k,
				    yes(p, word(p, 3)));
}

/* kernel ROUTER refuses|forgets|obeys | slow DURATION */
static void do_kernel(struct player *p)
{
	struct kernel *k = &p->c->routers[router(p, word(p, 1))].kernel;
	const char *how = word(p, 2);

	if (strcmp(how, "refuses") == 0) {
		k->refuse_ppm = 1000000;
	} else if (strcmp(how, "forgets") == 0) {
		k->forgets = true;
	} else if (strcmp(how, "obeys") == 0) {
		k->refuse_ppm = 0;
		k->forgets = false;
	} else if (strcmp(how, "slow") == 0) {
		k->delay_us = duration_us(p, word(p, 3));
	} else {
		p->wrong = "refuses, forgets, obeys or slow";
	}
}

/* hear ROUTER vN from ADDRESS priority P [interval D] [ttl N] [version N] [times N] */
static void do_hear(struct player *p)
{
	static struct advert advert;
	struct ip_addr from = IP_ADDR_NONE;
	int r = router(p, word(p, 1)), v = virtual_router(p, word(p, 2));
	struct vr_config as = vr_config_default();
	int64_t times = 1, ttl = VRRP_TTL;

	advert.priority = 0;
	for (int i = 3; i < p->word_count && !p->wrong; i += 2) {
		const char *key = p->words[i], *value = word(p, i + 1);

		if (strcmp(key, "from") == 0 && ip_parse(value, &from) != 0)
			p->wrong = "not an address";
		else if (strcmp(key, "from") == 0)
			continue;
		else if (strcmp(key, "priority") == 0)
			advert.priority = (uint8_t)number(p, value, 0, 255);
		else if (strcmp(key, "ttl") == 0)
			ttl = number(p, value, 0, 255);
		else if (strcmp(key, "times") == 0)
			times = number(p, value, 1, 100000);
		else
			set_key(p, &as, key, value);
	}
	if (!ip_is_set(from))
		p->wrong = "from whom?";
	advert.version = as.version;
	advert.vrid = (uint8_t)(SIM_FIRST_VRID + instance_of(&p->c->routers[r].config, v));
	advert.family = (uint8_t)family_of(v);
	advert.checksum_with_pseudo = v % 3 != 2; /* as config.c has it */
	advert.interval.us = as.interval_us;
	advert.count = 0;
	for (int k = 0; k < SIM_VIPS_MAX; k++) {
		if (as.vips >> k & 1)
			advert.addresses[advert.count++] = config_vip(v, k);
	}
	for (; times > 0 && !p->wrong; times--)
		cluster_inject(p->c, r, v, &advert, from, (uint8_t)ttl);
}

/* script ROUTER fails|succeeds */
static void do_script(struct player *p)
{
	const char *how = word(p, 2);

	if (strcmp(how, "fails") == 0 || strcmp(how, "succeeds") == 0)
		cluster_set_script(p->c, router(p, word(p, 1)), strcmp(how, "fails") == 0);
	else
		p->wrong = "fails or succeeds";
}

/* process ROUTER COUNT: so many run; file ROUTER NUMBER */
static void do_process(struct player *p)
{
	cluster_set_number(p->c, router(p, word(p, 1)), SIM_PROCESS,
			   number(p, word(p, 2), 0, 1000));
}

static void do_file(struct player *p)
{
	cluster_set_number(p->c, router(p, word(p, 1)), SIM_FILE,
			   number(p, word(p, 2), INT32_MIN, INT32_MAX));
}

static enum check_state initial_state(struct player *p, const char *text)
{
	if (strcmp(text, "up") == 0)
		return CHECK_UP;
	if (strcmp(text, "down") == 0)
		return CHECK_DOWN;
	if (strcmp(text, "unknown") != 0)
		p->wrong = "up, down or unknown";
	return CHECK_UNKNOWN;
}

/* checks ROUTER KEY VALUE...: of the script, initially, rise and fall; of the process, minimum, maximum and delay */
static void do_checks(struct player *p)
{
	struct config *c = &p->wanted[router(p, word(p, 1))];

	for (int i = 2; i < p->word_count && !p->wrong; i += 2) {
		const char *key = p->words[i], *value = word(p, i + 1);

		if (strcmp(key, "initially") == 0)
			c->initially = initial_state(p, value);
		else if (strcmp(key, "rise") == 0)
			c->rise = (uint32_t)number(p, value, 1, 1000);
		else if (strcmp(key, "fall") == 0)
			c->fall = (uint32_t)number(p, value, 1, 1000);
		else if (strcmp(key, "minimum") == 0)
			c->minimum = (uint32_t)number(p, value, 1, 1000);
		else if (strcmp(key, "maximum") == 0)
			c->maximum = (uint32_t)number(p, value, 1, 1000);
		else if (strcmp(key, "delay") == 0)
			c->delay_us = duration_us(p, value);
		else
			p->wrong = "no such key";
	}
}

/* groups ROUTER notify yes|no | gN KEY VALUE: of a track */
static void do_groups(struct player *p)
{
	struct config *c = &p->wanted[router(p, word(p, 1))];
	const char *what = word(p, 2);

	if (strcmp(what, "notify") == 0)
		c->group_hooks = yes(p, word(p, 3));
	else if (what[0] != 'g' ||
		 !set_track(p, c->group_tracks[number(p, what + 1, 1, SIM_GROUPS) - 1], word(p, 3),
			    word(p, 4)))
		p->wrong = "notify, or a group and its track";
}

/* force ROUTER vN master|backup|off [for DURATION] [despite-faults] | release ROUTER vN */
static void force(struct player *p, struct order order)
{
	int r = router(p, word(p, 1)), v = virtual_router(p, word(p, 2));
	const char *refusal = p->wrong ? NULL : cluster_force(p->c, r, v, &order);

	if (refusal)
		cluster_trace(p->c, r, "v%d: refused: %s", v, refusal);
}

static void do_force(struct player *p)
{
	struct order order = { .to = FORCE_NONE, .until_us = INT64_MAX };
	const char *to = word(p, 3);

	if (strcmp(to, "master") == 0)
		order.to = FORCE_MASTER;
	else if (strcmp(to, "backup") == 0)
		order.to = FORCE_BACKUP;
	else if (strcmp(to, "off") == 0)
		order.to = FORCE_OFF;
	else
		p->wrong = "master, backup or off";
	for (int i = 4; i < p->word_count && !p->wrong; i++) {
		if (strcmp(p->words[i], "despite-faults") == 0)
			order.despite_faults = true;
		else if (strcmp(p->words[i], "for") == 0)
			order.until_us = p->c->now_us + duration_us(p, word(p, ++i));
		else
			p->wrong = "for DURATION or despite-faults";
	}
	force(p, order);
}

static void do_release(struct player *p)
{
	force(p, (struct order){ .to = FORCE_NONE, .until_us = INT64_MAX });
}

/* link ROUTER vN down|gone: somebody does that to the one of its virtual MAC */
static void do_link(struct player *p)
{
	int r = router(p, word(p, 1)), v = virtual_router(p, word(p, 2));
	const char *how = word(p, 3);

	if (strcmp(how, "down") == 0)
		cluster_lower_link(p->c, r, v);
	else if (strcmp(how, "gone") == 0)
		cluster_remove_link(p->c, r, v);
	else
		p->wrong = "down or gone";
}

/* hooks ROUTER vN|gN done|lost */
static void do_hooks(struct player *p)
{
	const char *whose = word(p, 2), *how = word(p, 3);
	int r = router(p, word(p, 1)), notifier;

	if (whose[0] == 'g')
		notifier = SIM_VRS_MAX - 1 + (int)number(p, whose + 1, 1, SIM_GROUPS);
	else
		notifier = virtual_router(p, whose);
	if (strcmp(how, "done") != 0 && strcmp(how, "lost") != 0)
		p->wrong = "done or lost";
	if (!p->wrong)
		cluster_hooks_done(p->c, r, notifier, how[0] == 'l');
}

/* run DURATION */
static void do_run(struct player *p)
{
	int64_t us = duration_us(p, word(p, 1));

	if (!p->wrong)
		cluster_run(p->c, p->c->now_us + us);
}

/* quiet yes|no: are advertisements in the trace? */
static void do_quiet(struct player *p)
{
	p->c->trace_quiet = yes(p, word(p, 1));
}

static const struct verb {
	const char *name;
	void (*run)(struct player *p);
} verbs[] = {
	{ "routers", do_routers },   { "configure", do_configure }, { "start", do_start },
	{ "crash", do_crash },       { "power-off", do_power_off }, { "stop", do_stop },
	{ "hold-up", do_hold_up },   { "resume", do_resume },       { "reload", do_reload },
	{ "announce", do_announce }, { "port", do_port },           { "cut", do_cut },
	{ "heal", do_heal },         { "latency", do_latency },     { "take", do_take },
	{ "foreign", do_foreign },   { "kernel", do_kernel },       { "hear", do_hear },
	{ "run", do_run },           { "script", do_script },       { "quiet", do_quiet },
	{ "checks", do_checks },     { "groups", do_groups },       { "force", do_force },
	{ "process", do_process },   { "file", do_file },           { "release", do_release },
	{ "hooks", do_hooks },       { "link", do_link },
};

static void play_command(struct player *p, const char *line)
{
	char copy[LINE_MAX_LEN];

	p->wrong = NULL;
	snprintf(copy, sizeof(copy), "%s", line);
	if (!split(p, copy)) {
		p->wrong = "too many words";
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(p->words[0], verbs[i].name) == 0) {
			verbs[i].run(p);
			return;
		}
	}
	p->wrong = "no such command";
}

/* ---- files ---- */

/* Each line of text indented by a tab, into out. */
static void indent(const char *text, FILE *out)
{
	while (*text) {
		const char *end = strchr(text, '\n');
		int len = end ? (int)(end - text) : (int)strlen(text);

		fprintf(out, "\t%.*s\n", len, text);
		text += len + (end != NULL);
	}
}

/* Plays every command of in and writes to out what the file should say. */
static bool play_all(struct player *p, const char *path, FILE *in, FILE *out)
{
	char line[LINE_MAX_LEN];
	bool good = true;
	int number_of_line = 0;

	while (good && fgets(line, sizeof(line), in)) {
		char *happened = NULL;
		size_t size = 0;

		number_of_line++;
		if (line[0] == '\t')
			continue; /* what was expected: written anew */
		fputs(line, out);
		if (line[0] == '#' || line[0] == '\n')
			continue;
		p->c->trace = open_memstream(&happened, &size);
		play_command(p, line);
		fclose(p->c->trace);
		p->c->trace = NULL;
		indent(happened, out);
		free(happened);
		if (p->wrong)
			printf("%s:%d: %s\n", path, number_of_line, p->wrong);
		if (p->c->failed)
			printf("%s:%d: a rule was broken: %s\n", path, number_of_line,
			       p->c->what_failed);
		good = !p->wrong && !p->c->failed;
	}
	return good;
}

static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int ch;

	if (!f)
		return NULL;
	out = open_memstream(&text, &size);
	while ((ch = fgetc(f)) != EOF)
		fputc(ch, out);
	fclose(out);
	fclose(f);
	return text;
}

/* The first line in which they differ. */
static void print_difference(const char *path, const char *expected, const char *happened)
{
	int line = 1;

	while (*expected && *happened) {
		size_t a = strcspn(expected, "\n"), b = strcspn(happened, "\n");

		if (a != b || memcmp(expected, happened, a) != 0)
			break;
		expected += a + (expected[a] == '\n');
		happened += b + (happened[b] == '\n');
		line++;
	}
	printf("%s:%d: expected: %.*s\n%s:%d: happened: %.*s\n", path, line,
	       (int)strcspn(expected, "\n"), expected, path, line, (int)strcspn(happened, "\n"),
	       happened);
}

static bool settle(const char *path, const char *expected, const char *happened, bool rewrite)
{
	FILE *f;

	if (strcmp(expected, happened) == 0)
		return true;
	if (!rewrite) {
		print_difference(path, expected, happened);
		return false;
	}
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		return false;
	}
	fputs(happened, f);
	return fclose(f) == 0;
}

bool scenario_play(struct cluster *c, const char *path, bool rewrite)
{
	struct player p = { .c = c };
	char *expected = read_whole(path), *happened = NULL;
	size_t size = 0;
	FILE *in, *out;
	bool good;

	if (!expected) {
		perror(path);
		return false;
	}
	in = fmemopen(expected, strlen(expected), "r");
	out = open_memstream(&happened, &size);
	cluster_init(c, 0, 1);
	good = play_all(&p, path, in, out);
	fclose(in);
	fclose(out);
	good = good && settle(path, expected, happened, rewrite);
	free(expected);
	free(happened);
	return good;
}

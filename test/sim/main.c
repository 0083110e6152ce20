/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vrrp-sim: lets many simulated clusters live, or one of them again with everything that happens to
 * it written down.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cluster.h"
#include "explore.h"
#include "scenario.h"
#include "trouble.h"

enum {
	TAIL_LINES = 60
};

struct options {
	int64_t hours;
	int routers; /* 0: from 2 to 8, as often as they are met */
	uint64_t seed;
	int64_t episode; /* -1: all */
	bool trace;
	bool scenario, rewrite; /* the rest of the command line are files */
	int64_t explore, depth;
};

struct totals {
	uint64_t episodes, steps, transitions, packets, digest;
	int64_t us;
};

static struct cluster cluster; /* large */

static uint64_t episode_seed(const struct options *o, int64_t episode)
{
	return dice_mix(o->seed) ^ (uint64_t)episode * UINT64_C(0x9e3779b97f4a7c15);
}

static int episode_routers(const struct options *o, int64_t episode)
{
	static const int usual[] = { 2, 3, 2, 4, 2, 3, 5, 2, 6, 3, 7, 8 };

	if (o->routers != 0)
		return o->routers;
	return usual[episode % (int64_t)(sizeof(usual) / sizeof(usual[0]))];
}

static int64_t live(const struct options *o, int64_t episode, int64_t limit_us, FILE *trace)
{
	int64_t us;

	cluster.trace = trace;
	us = trouble_live(&cluster, episode_routers(o, episode), episode_seed(o, episode),
			  limit_us);
	return us;
}

/* The last lines of a file that has just been written. */
static void print_tail(FILE *f)
{
	char line[SIM_TEXT_MAX * 2];
	long lines = 0, skip;

	rewind(f);
	while (fgets(line, sizeof(line), f))
		lines++;
	skip = lines > TAIL_LINES ? lines - TAIL_LINES : 0;
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		if (skip-- <= 0)
			fputs(line, stdout);
	}
}

/* The same life again, to see what led to it. */
static void explain(const struct options *o, int64_t episode, int64_t limit_us)
{
	FILE *f = tmpfile();

	if (f) {
		live(o, episode, limit_us, f);
		print_tail(f);
		fclose(f);
	}
	printf("a rule was broken: %s\nsee all of it: vrrp-sim --routers %d --seed %" PRIu64
	       " --episode %" PRId64 " --trace\n",
	       cluster.what_failed, o->routers, o->seed, episode);
}

static void add_up(struct totals *t, int64_t us)
{
	t->episodes++;
	t->us += us;
	t->steps += cluster.steps;
	t->transitions += cluster.transitions;
	t->packets += cluster.packets_sent;
	t->digest = dice_mix(t->digest ^ cluster.digest);
}

static int run(const struct options *o)
{
	int64_t end_us = o->hours * INT64_C(3600000000);
	struct totals t = { 0 };
	int64_t first = o->episode >= 0 ? o->episode : 0;

	if (!o->trace) {
		printf("seed %" PRIu64 "\n", o->seed); /* at once: an assertion may end it */
		fflush(stdout);
	}
	for (int64_t episode = first; t.us < end_us; episode++) {
		add_up(&t, live(o, episode, end_us - t.us, o->trace ? stdout : NULL));
		if (cluster.failed) {
			explain(o, episode, end_us);
			return 1;
		}
		if (o->episode >= 0)
			break;
	}
	printf("%" PRId64 " h in %" PRIu64 " clusters, %" PRIu64 " steps, %" PRIu64
	       " advertisements, %" PRIu64 " transitions, digest %016" PRIx64 "\n",
	       t.us / INT64_C(3600000000), t.episodes, t.steps, t.packets, t.transitions, t.digest);
	return 0;
}

static int play(const struct options *o, char **paths)
{
	int bad = 0;

	for (; *paths; paths++)
		bad += !scenario_play(&cluster, *paths, o->rewrite);
	return bad != 0;
}

static int run_explorer(const struct options *o)
{
	struct explored counts;

	if (!explore(&cluster, (int)o->explore, (int)o->depth, &counts))
		return 1;
	printf("%" PRId64 " routers, depth %" PRId64 ": %" PRIu64 " steps, %" PRIu64
	       " different states\n",
	       o->explore, o->depth, counts.paths, counts.states);
	return 0;
}

static int usage(void)
{
	fputs("vrrp-sim [--hours H] [--routers 2-8] [--seed S|fresh] [--episode E] [--trace]\n"
	      "vrrp-sim --scenario [--rewrite] FILE...\n"
	      "vrrp-sim --explore 2-3 [--depth D]\n",
	      stderr);
	return 2;
}

static bool read_number(const char *text, int64_t low, int64_t high, int64_t *ret)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < low || value > high)
		return false;
	*ret = value;
	return true;
}

/* A number that may be given with --seed to have the same again. */
static bool read_seed(const char *text, uint64_t *ret)
{
	int64_t n = 0;

	if (strcmp(text, "fresh") == 0) {
		if (getrandom(&n, sizeof(n), 0) != sizeof(n))
			return false;
		n &= UINT32_MAX;
	} else if (!read_number(text, 0, INT64_MAX, &n)) {
		return false;
	}
	*ret = (uint64_t)n;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "hours", required_argument, NULL, 'h' },
		{ "routers", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "episode", required_argument, NULL, 'e' },
		{ "trace", no_argument, NULL, 't' },
		{ "scenario", no_argument, NULL, 'S' },
		{ "rewrite", no_argument, NULL, 'R' },
		{ "explore", required_argument, NULL, 'x' },
		{ "depth", required_argument, NULL, 'd' },
		{ 0 },
	};
	struct options o = { .hours = 1000, .seed = 1, .episode = -1, .depth = 8 };
	int64_t n = 0;
	bool good = true;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (opt) {
		case 'h':
			good = good && read_number(optarg, 1, 1000000000, &o.hours);
			break;
		case 'r':
			good = good && read_number(optarg, 0, SIM_ROUTERS_MAX, &n) && n != 1;
			o.routers = (int)n;
			break;
		case 's':
			good = good && read_seed(optarg, &o.seed);
			break;
		case 'e':
			good = good && read_number(optarg, 0, INT64_MAX, &o.episode);
			break;
		case 't':
			o.trace = true;
			break;
		case 'S':
			o.scenario = true;
			break;
		case 'R':
			o.rewrite = true;
			break;
		case 'x':
			good = good && read_number(optarg, 2, 3, &o.explore);
			break;
		case 'd':
			good = good && read_number(optarg, 1, 60, &o.depth);
			break;
		default:
			good = false;
		}
	}
	if (!good || (optind != argc) != o.scenario || (o.rewrite && !o.scenario))
		return usage();
	status = o.scenario ? play(&o, argv + optind) : o.explore ? run_explorer(&o) : run(&o);
	cluster_done(&cluster);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations that nobody would write: samples with bytes changed, dropped, doubled and moved,
 * and texts made of the words of the grammar in any order. Each is read without a crash, gives
 * settings or problems, and what it gives survives printing and packing.
 */
#include <glob.h>

#include "conf/conf_diff.h"
#include "conf/settings_image.h"
#include "conf_kit.h"
#include "random.h"
#include "unit.h"

enum {
	TEXT_CAP = 8192
};

/* A text in the making. */
struct text {
	char data[TEXT_CAP];
	size_t len;
};

static void check_settings(const struct settings *s)
{
	char *text = conf_print(s);
	struct loaded again = load_text(text);
	struct settings *copy = NULL;
	struct conf_diff diff;
	size_t len;
	void *image;

	ck_assert_msg(again.rc == 0, "%s%s", text, again.problems);
	ck_assert_msg(settings_equal(s, again.settings), "%s", text);
	ck_assert_int_eq(settings_pack(s, &image, &len), 0);
	ck_assert_msg(settings_unpack(image, len, &copy) == 0, "%s", text);
	ck_assert(settings_equal(s, copy));
	ck_assert_int_eq(conf_diff(s, copy, &diff), 0);
	ck_assert_uint_eq(diff.count, 0);
	conf_diff_done(&diff);
	settings_free(copy);
	free(image);
	free(text);
	loaded_done(&again);
}

/* Is every problem about a line that the text has, in order, and none there twice? */
static void check_problems(const struct text *t, const struct conf_problems *problems)
{
	unsigned int lines = 1, last = 0;

	for (size_t i = 0; i < t->len; i++)
		lines += t->data[i] == '\n';
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];

		ck_assert_msg(p->line >= 1 && p->line <= lines && p->line >= last, "line %u: %s",
			      p->line, p->text);
		ck_assert_msg(!strstr(p->text, "libconfuse"), "%s\n%.*s", p->text, (int)t->len,
			      t->data);
		for (const char *c = p->text; *c; c++)
			ck_assert(*c >= ' ' && *c <= '~');
		for (size_t k = i; k-- > 0 && problems->items[k].line == p->line;)
			ck_assert_msg(strcmp(problems->items[k].text, p->text) != 0, "twice: %s",
				      p->text);
		last = p->line;
	}
}

/* True if it could be used. */
static bool try_text(const struct text *t)
{
	char *exact = malloc(t->len + 1);
	struct conf_problems problems;
	struct settings *s = NULL;

	memcpy(exact, t->data, t->len);
	int rc = conf_parse("random", exact, t->len, &s, &problems);

	ck_assert(rc == 0 || rc == -EINVAL);
	ck_assert_msg((rc == 0) == (problems.errors == 0), "%.*s", (int)t->len, t->data);
	check_problems(t, &problems);
	if (s)
		check_settings(s);
	conf_problems_done(&problems);
	settings_free(s);
	free(exact);
	return rc == 0;
}

static void read_sample(const char *path, struct text *t)
{
	FILE *in = fopen(path, "r");

	ck_assert_ptr_nonnull(in);
	t->len = fread(t->data, 1, sizeof(t->data) / 2, in);
	fclose(in);
}

static void insert(struct text *t, size_t at, const char *bytes, size_t len)
{
	if (t->len + len > sizeof(t->data))
		return;
	memmove(t->data + at + len, t->data + at, t->len - at);
	memcpy(t->data + at, bytes, len);
	t->len += len;
}

static void mutate(struct text *t, struct random *random)
{
	static const char marks[] = "{}()=,\"'\\#/*$ \n+\t;!\r";
	size_t at = random_below(random, (uint32_t)t->len), run = random_below(random, 8) + 1;
	char piece[8];

	if (run > t->len - at)
		run = t->len - at;
	switch (random_below(random, 5)) {
	case 0: /* another byte */
		t->data[at] = (char)random_next(random);
		break;
	case 1: /* a mark of the grammar */
		insert(t, at, &marks[random_below(random, sizeof(marks) - 1)], 1);
		break;
	case 2: /* a few bytes less */
		memmove(t->data + at, t->data + at + run, t->len - at - run);
		t->len -= run;
		break;
	case 3: /* a few bytes from elsewhere */
		memcpy(piece, t->data + at, run);
		insert(t, random_below(random, (uint32_t)t->len), piece, run);
		break;
	default: /* the rest is missing */
		t->len = random_below(random, 20) == 0 ? at + 1 : t->len;
		break;
	}
}

START_TEST(changed_samples_never_do_harm)
{
	struct random random = { 20250101 };
	size_t tried = 0, good = 0;
	glob_t found;

	ck_assert_int_eq(glob(TEST_DIR "/conf/*/*.conf", 0, NULL, &found), 0);
	for (int round = 0; round < 30; round++) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct text t;

			read_sample(found.gl_pathv[i], &t);
			for (uint32_t n = random_below(&random, 4); n > 0 && t.len > 1; n--)
				mutate(&t, &random);
			good += try_text(&t);
			tried++;
		}
	}
	globfree(&found);
	/* the test means something only if it sees both */
	ck_assert_uint_gt(good, tried / 50);
	ck_assert_uint_lt(good, tried / 2);
}
END_TEST

START_TEST(words_of_the_grammar_in_any_order_never_do_harm)
{
	static const char *const words[] = {
		"instance",
		"web",
		"{",
		"}",
		"=",
		"{",
		"}",
		"=",
		"global",
		"script",
		"track-script",
		"weight",
		"-60",
		"vrid",
		"51",
		"interface",
		"eth0",
		"addresses",
		"192.0.2.10/24",
		",",
		"+=",
		"(",
		")",
		"include",
		"dev",
		"eth1",
		"\"x y\"",
		"'z'",
		"\n",
		"\n",
		"\n",
		"priority",
		"nonsense",
		"/*",
		"*/",
		"//",
		"#",
		"\"",
		"'",
		"${X}",
		"peers",
		"accept",
		"true",
		"1s",
		"\\",
		"!",
		"group",
		"instances",
		"extra-addresses",
		"10.0.0.1",
		"name",
		"log",
		"command",
		"process",
		"file",
		"path",
		"/run/x",
		"track-interface",
		"track-file",
		"track-process",
		"notify",
		"notify-timeout",
		"web",
		"script",
	};
	struct random random = { 7 };

	for (int i = 0; i < 8000; i++) {
		struct text t = { .len = 0 };

		for (uint32_t n = random_below(&random, 60); n > 0; n--) {
			const char *word =
				words[random_below(&random, sizeof(words) / sizeof(words[0]))];

			insert(&t, t.len, word, strlen(word));
			if (random_below(&random, 4))
				insert(&t, t.len, " ", 1);
		}
		try_text(&t);
	}
}
END_TEST

START_TEST(every_beginning_of_a_file_is_read_without_harm)
{
	static const char *const names[] = { "comments", "every-key", "quotes" };

	for (size_t i = 0; i < 3; i++) {
		char path[256];
		struct text t;

		snprintf(path, sizeof(path), "%s/conf/good/%s.conf", TEST_DIR, names[i]);
		read_sample(path, &t);
		for (; t.len > 0; t.len--)
			try_text(&t);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_random");

	tcase_add_test(tc, changed_samples_never_do_harm);
	tcase_add_test(tc, words_of_the_grammar_in_any_order_never_do_harm);
	tcase_add_test(tc, every_beginning_of_a_file_is_read_without_harm);
	return run_test_case(tc, "conf_random");
}

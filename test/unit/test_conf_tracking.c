/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts, processes, files, groups, what instances track and the hooks: that each arrives where
 * the core looks for it, whatever the order in the file; that names find what they stand for; and
 * every limit, at it and one past it.
 */
#include <unistd.h>

#include "conf_kit.h"
#include "unit.h"

/* The text of a number, as the settings of the test have it. */
static const char *text_of(const struct settings *s, uint32_t number)
{
	ck_assert_uint_lt(number, s->text_bytes);
	return settings_text(s, number);
}

static void assert_hooks(const struct settings *s, const struct notify_settings *notify,
			 const char *const commands[static HOOK_COUNT], int64_t timeout_s)
{
	for (int hook = HOOK_ANY; hook < HOOK_COUNT; hook++)
		ck_assert_str_eq(text_of(s, notify->command[hook]), commands[hook]);
	ck_assert_int_eq(notify->timeout.us, span_s(timeout_s).us);
}

START_TEST(what_is_watched_arrives_in_its_fields)
{
	struct loaded l = load_path(TEST_DIR "/conf/good/every-key.conf");
	const struct settings *s = l.settings;

	ck_assert_str_eq(s->global.script_user, "scripts");
	ck_assert_str_eq(text_of(s, s->global.notify_fifo), "/run/vrrpd/the fifo");
	ck_assert_uint_eq(s->check_count, 4);

	const struct check_settings *haproxy = &s->checks[0], *nginx = &s->checks[1];
	const struct check_settings *load = &s->checks[2], *uplink = &s->checks[3];
	char text[IP_TEXT_MAX];

	ck_assert_str_eq(haproxy->name, "haproxy");
	ck_assert_int_eq(haproxy->kind, CHECK_SCRIPT);
	ck_assert_str_eq(text_of(s, haproxy->text), "/usr/bin/pgrep -x 'ha\\proxy'");
	ck_assert_str_eq(haproxy->user, "www-data");
	ck_assert_int_eq(haproxy->interval.us, span_s(2).us);
	ck_assert_int_eq(haproxy->timeout.us, span_s(3).us);
	ck_assert_uint_eq(haproxy->rise, 1000);
	ck_assert_uint_eq(haproxy->fall, 2);
	ck_assert_int_eq(haproxy->initially, CHECK_DOWN);
	ck_assert_int_eq(nginx->kind, CHECK_PROCESS);
	ck_assert_str_eq(text_of(s, nginx->text), "nginx");
	ck_assert_uint_eq(nginx->minimum, 2);
	ck_assert_uint_eq(nginx->maximum, 40);
	ck_assert_int_eq(nginx->delay.us, span_ms(1500).us);
	ck_assert_int_eq(load->kind, CHECK_FILE);
	ck_assert_str_eq(text_of(s, load->text), "/run/load");
	ck_assert_int_eq(uplink->kind, CHECK_BFD);
	ck_assert_str_eq(ip_text(uplink->peer, text), "2001:db8::2");
	ck_assert_str_eq(ip_text(uplink->source, text), "2001:db8::1");
	ck_assert_int_eq(uplink->transmit.us, span_ms(10).us);
	ck_assert_int_eq(uplink->receive.us, span_s(60).us);
	ck_assert_uint_eq(uplink->multiplier, 255);
	ck_assert_uint_eq(uplink->ttl, 1);
	loaded_done(&l);
}
END_TEST

static void assert_track(const struct settings *s, struct range range, uint32_t i, uint32_t check,
			 const char *interface, int weight, bool inverse)
{
	const struct track_settings *t = &s->tracks[range.first + i];

	ck_assert_uint_lt(i, range.count);
	ck_assert_uint_eq(t->check, check);
	ck_assert_str_eq(t->interface, interface);
	ck_assert_int_eq(t->weight, weight);
	ck_assert_int_eq(t->inverse, inverse);
}

START_TEST(what_instances_and_groups_track_and_call_arrives_in_their_fields)
{
	struct loaded l = load_path(TEST_DIR "/conf/good/every-key.conf");
	const struct settings *s = l.settings;
	const struct instance_settings *web = &s->instances[0], *lan = &s->instances[1];
	const struct group_settings *edge = &s->groups[0];

	ck_assert_uint_eq(web->tracks.count, 5);
	assert_track(s, web->tracks, 0, 1, "", -60, true);
	assert_track(s, web->tracks, 1, 0, "eth9", 254, false);
	assert_track(s, web->tracks, 2, 2, "", 0, false);
	assert_track(s, web->tracks, 3, 3, "", -254, false);
	assert_track(s, web->tracks, 4, 4, "", -1, false);
	ck_assert_uint_eq(lan->tracks.count, 0);
	ck_assert_uint_eq(s->group_count, 1);
	ck_assert_str_eq(edge->name, "edge");
	ck_assert_uint_eq(web->group, 1);
	ck_assert_uint_eq(lan->group, 1);
	ck_assert_uint_eq(edge->tracks.count, 5);
	assert_track(s, edge->tracks, 0, 0, "eth9", 0, false);
	assert_track(s, edge->tracks, 1, 1, "", 10, false);
	assert_track(s, edge->tracks, 2, 3, "", 2, false);
	assert_track(s, edge->tracks, 3, 2, "", -1, false);
	assert_track(s, edge->tracks, 4, 4, "", 0, false);
	ck_assert_uint_eq(s->track_count, 10);

	assert_hooks(s, &web->notify,
		     (const char *const[]){ "/etc/vrrpd/notify.sh",
					    "/etc/vrrpd/notify.sh master \"quoted\"", "/bin/backup",
					    "/bin/fault", "/bin/stop" },
		     3600);
	assert_hooks(s, &edge->notify,
		     (const char *const[]){ "/bin/group notify", "/bin/group-master",
					    "/bin/group-backup", "/bin/group-fault",
					    "/bin/group-stop" },
		     5);
	assert_hooks(s, &lan->notify, (const char *const[]){ "", "", "", "", "" }, 30);
	loaded_done(&l);
}
END_TEST

/* Two of everything: of a the defaults are not said, of b they are. */
START_TEST(what_is_not_said_of_a_check_has_its_documented_default)
{
	struct loaded l = load_path(TEST_DIR "/conf/good/tracking-defaults.conf");
	struct settings *s = l.settings;
	const struct check_settings *script = &s->checks[0], *process = &s->checks[2];

	ck_assert_str_eq(s->global.script_user, "nobody");
	ck_assert_uint_eq(s->global.notify_fifo, 0);
	ck_assert_int_eq(script->interval.us, span_s(1).us);
	ck_assert_int_eq(script->timeout.us, span_s(1).us);
	ck_assert_uint_eq(script->rise, 1);
	ck_assert_uint_eq(script->fall, 1);
	ck_assert_str_eq(script->user, "");
	ck_assert_int_eq(script->initially, CHECK_UNKNOWN);
	ck_assert_uint_eq(process->minimum, 1);
	ck_assert_uint_eq(process->maximum, COUNT_UNLIMITED);
	ck_assert_int_eq(process->delay.us, 0);
	assert_track(s, s->instances[0].tracks, 0, 0, "eth0", 0, false);
	assert_track(s, s->instances[0].tracks, 1, 1, "", 0, false);
	assert_track(s, s->instances[0].tracks, 2, 3, "", 0, false);
	assert_track(s, s->instances[0].tracks, 3, 5, "", 1, false);

	/* the print, which leaves defaults out, cannot tell a from b but by its name */
	char *text = conf_print(s);

	ck_assert_ptr_nonnull(strstr(text, "\nscript a {\n  command = /bin/check\n}\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nscript b {\n  command = /bin/check\n}\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nprocess a {\n  command = nginx\n}\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nprocess b {\n  command = nginx\n}\n"));
	ck_assert_ptr_null(strstr(text, "weight"));
	ck_assert_ptr_null(strstr(text, "timeout"));
	free(text);
	loaded_done(&l);
}
END_TEST

START_TEST(a_timeout_that_is_not_said_is_the_interval)
{
	struct settings *s = settings_of(
		"script a { command = x interval = 7s }\n"
		"script b { timeout = 2s command = x interval = 7s }\n"
		"script c { timeout = 9s command = x }\n" WEB("track-script a {} track-script b {}"
							      "track-script c {}"));

	ck_assert_int_eq(s->checks[0].timeout.us, span_s(7).us);
	ck_assert_int_eq(s->checks[1].timeout.us, span_s(2).us);
	ck_assert_int_eq(s->checks[2].timeout.us, span_s(9).us);
	settings_free(s);
}
END_TEST

START_TEST(sections_may_come_in_any_order)
{
	struct settings *s = settings_of(
		"group edge { track-file b { weight = 3 } instances = {lan, web}\n"
		"  track-interface eth7 {} notify = 'edge hook' }\n"
		"instance lan { track-script a { weight = 1 } interface = eth1 vrid = 1\n"
		"  notify = 'lan hook' addresses = 10.0.0.1 track-process c { weight = 2 } }\n"
		"process c { command = c }\n"
		"global { notify-fifo = /fifo }\n" WEB(
			"track-interface eth1 { weight = 4 }") "file b { path = /b }\n"
							       "script a { command = a }\n");
	const struct instance_settings *lan = &s->instances[0], *web = &s->instances[1];

	ck_assert_str_eq(s->checks[0].name, "c");
	assert_track(s, lan->tracks, 0, 3, "", 1, false);
	assert_track(s, lan->tracks, 1, 1, "", 2, false);
	assert_track(s, web->tracks, 0, 0, "eth1", 4, false);
	assert_track(s, s->groups[0].tracks, 0, 2, "", 3, false);
	assert_track(s, s->groups[0].tracks, 1, 0, "eth7", 0, false);
	ck_assert_uint_eq(lan->tracks.count + web->tracks.count + s->groups[0].tracks.count, 5);
	ck_assert_str_eq(text_of(s, lan->notify.command[HOOK_ANY]), "lan hook");
	ck_assert_str_eq(text_of(s, s->groups[0].notify.command[HOOK_ANY]), "edge hook");
	ck_assert_uint_eq(lan->group, 1);
	ck_assert_uint_eq(web->group, 1);
	settings_free(s);
}
END_TEST

START_TEST(an_instance_of_no_group_is_in_none_and_groups_are_numbered_in_the_order_of_the_file)
{
	struct loaded l =
		load_text("group b { instances = {one, two} }\n"
			  "instance one { interface = eth0 vrid = 1 addresses = 10.0.0.1 }\n"
			  "instance two { interface = eth0 vrid = 2 addresses = 10.0.0.2 }\n"
			  "instance three { interface = eth0 vrid = 3 addresses = 10.0.0.3 }\n"
			  "instance four { interface = eth0 vrid = 4 addresses = 10.0.0.4 }\n"
			  "group a { instances = four }\n");
	static const uint32_t groups[] = { 1, 1, 0, 2 };

	ck_assert_str_eq(l.problems, "test.conf:6: warning: key \"instances\": a group of one "
				     "instance has nothing to share\n");
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_uint_eq(l.settings->instances[i].group, groups[i]);
	loaded_done(&l);
}
END_TEST

START_TEST(an_instance_and_a_group_of_one_name_are_refused_in_either_order)
{
	assert_problems(
		WEB("") "group web { instances = {web, lan} }\n"
			"instance lan { interface = eth1 vrid = 1 addresses = 10.0.0.1 }\n",
		"test.conf:7: name of the group: \"web\" is that of the instance in line 1, "
		"right is another name\n");
	assert_problems(
		"group web { instances = {web, lan} }\n" WEB(
			"") "instance lan { interface = eth1 vrid = 1 addresses = 10.0.0.1 }\n",
		"test.conf:1: name of the group: \"web\" is that of the instance in line 2, "
		"right is another name\n");
}
END_TEST

START_TEST(a_broken_script_is_no_unknown_one)
{
	assert_problems("script a { comand = /bin/true }\n" WEB("track-script a {}"),
			"test.conf:1: unknown key \"comand\" in section \"script a\", did you mean "
			"\"command\"?\n");
	/* and with any error nothing is said to be unused, which may be a misunderstanding */
	assert_problems("script a { command = /bin/true }\n" WEB("trak-script a {}"),
			"test.conf:6: unknown section \"trak-script\" in section \"instance web\", "
			"did you mean \"track-script\"?\n");
}
END_TEST

/* The host */

static bool has_user(const char *name)
{
	return strcmp(name, "nobody") == 0 || strcmp(name, "root") == 0;
}

static bool has_group(const char *name)
{
	return strcmp(name, "adm") == 0;
}

static bool may_run(const char *command, const char *user, char *why, size_t why_cap)
{
	snprintf(why, why_cap, "%s is bad for %s", command, user);
	return strcmp(command, "/bad") != 0;
}

static void assert_on_host(const char *lines, const char *expected)
{
	static const struct conf_host host = { has_user, has_group, may_run };
	char path[] = "/tmp/vrrpd-conf-XXXXXX", *rest = NULL;
	struct conf_problems problems;
	struct settings *s = NULL;
	FILE *out = fdopen(mkstemp(path), "w");

	fprintf(out, "%s" WEB("track-script a {}"), lines);
	fclose(out);

	int rc = conf_load_on(&host, path, &s, &problems);

	unlink(path);
	ck_assert_int_eq(rc, 0);
	struct loaded l = loaded_of(rc, s, &problems);

	ck_assert_int_eq(strncmp(l.problems, path, l.problems[0] ? strlen(path) : 0), 0);
	rest = l.problems[0] ? l.problems + strlen(path) : l.problems;
	ck_assert_str_eq(rest, expected);
	loaded_done(&l);
}

START_TEST(who_is_not_on_this_host_is_a_warning_in_its_line)
{
	assert_on_host("global { script-user = nobody control-group = adm }\n"
		       "script a { command = x user = nobody }\n",
		       "");
	assert_on_host("script a { command = x }\n", "");
	assert_on_host("global {\n  script-user = ghost\n}\nscript a { command = x }\n",
		       ":2: warning: key \"script-user\": there is no user \"ghost\" on this host, "
		       "nothing can run as that user\n");
	assert_on_host(
		"script a {\n  command = x\n  user = ghost }\n",
		":3: warning: key \"user\": there is no user \"ghost\" on this host, nothing "
		"can run as that user\n");
	assert_on_host("global { control-group = nobody }\nscript a { command = x }\n",
		       ":1: warning: key \"control-group\": there is no group \"nobody\" on this "
		       "host, only root can use vrrpctl\n");
	/* without a host nobody is asked */
	assert_problems("global { script-user = ghost control-group = ghosts }\n" WEB(""), "");
}
END_TEST

#define ANOTHER "instance b { interface = eth1 vrid = 2 addresses = {192.0.2.2}\n"

START_TEST(what_the_host_would_not_run_is_a_warning_in_its_line)
{
	assert_on_host("script a { command = /good }\n", "");
	assert_on_host("script a {\n  command = /bad\n}\n",
		       ":2: warning: key \"command\": cannot be run as user nobody: /bad is bad "
		       "for nobody\n");
	/* who runs it may be said later, and elsewhere */
	assert_on_host("script a { command = /bad user = nobody }\nglobal { script-user = root }\n",
		       ":1: warning: key \"command\": cannot be run as user nobody: /bad is bad "
		       "for nobody\n");
	assert_on_host("script a { command = /bad }\nglobal { script-user = root }\n",
		       ":1: warning: key \"command\": cannot be run as user root: /bad is bad "
		       "for root\n");
	assert_on_host(
		"script a { command = /good }\n" ANOTHER "  notify = /good\n"
		"  notify-fault = /bad }\n",
		":4: warning: key \"notify-fault\": cannot be run as user nobody: /bad is bad "
		"for nobody\n");
	assert_on_host("script a { command = /good }\n" ANOTHER
		       "}\ngroup g { instances = {web, b} notify = /bad }\n",
		       ":4: warning: key \"notify\": cannot be run as user nobody: /bad is bad for "
		       "nobody\n");
	/* a process is looked for, not run */
	assert_on_host("script a { command = /good }\nprocess p { command = /bad }\n" ANOTHER
		       "  track-process p {} }\n",
		       "");
}
END_TEST

START_TEST(root_is_a_user_and_a_group_of_any_host)
{
	ck_assert(conf_this_host.has_user("root"));
	ck_assert(conf_this_host.has_group("root"));
	ck_assert(!conf_this_host.has_user("no-such-user-of-vrrpd"));
	ck_assert(!conf_this_host.has_group("no-such-group-of-vrrpd"));
}
END_TEST

/* Limits */

/* A text in the making. */
struct draft_text {
	char *data;
	size_t len;
	FILE *out;
};

static struct draft_text *draft_text(void)
{
	struct draft_text *t = calloc(1, sizeof(*t));

	t->out = open_memstream(&t->data, &t->len);
	return t;
}

static struct loaded load_draft(struct draft_text *t)
{
	fclose(t->out);
	struct loaded l = load_bytes(t->data, t->len);

	free(t->data);
	free(t);
	return l;
}

static struct loaded load_checks(unsigned int count)
{
	struct draft_text *t = draft_text();

	for (unsigned int i = 0; i < count; i++)
		fprintf(t->out, "%s c%u { %s = /x }\n",
			(const char *const[]){ "script", "process", "file" }[i % 3], i,
			i % 3 == 2 ? "path" : "command");
	fprintf(t->out, "instance web { interface = eth0 vrid = 1 addresses = 10.0.0.1\n");
	for (unsigned int i = 0; i < count; i++)
		fprintf(t->out, "track-%s c%u {}\n",
			(const char *const[]){ "script", "process", "file" }[i % 3], i);
	fprintf(t->out, "}\n");
	return load_draft(t);
}

START_TEST(checks_have_a_limit)
{
	struct loaded at = load_checks(CHECKS_MAX), past = load_checks(CHECKS_MAX + 1);

	ck_assert_str_eq(at.problems, "");
	ck_assert_uint_eq(at.settings->check_count, CHECKS_MAX);
	ck_assert_uint_eq(at.settings->tracks[CHECKS_MAX - 1].check, CHECKS_MAX);
	ck_assert_str_eq(past.problems, "test.conf:4097: more than 4096 sections script, process, "
					"file and bfd\n");
	loaded_done(&at);
	loaded_done(&past);
}
END_TEST

static struct loaded load_tracks(unsigned int count)
{
	struct draft_text *t = draft_text();

	for (unsigned int i = 0; i < 2; i++) {
		fprintf(t->out, "instance i%u { interface = eth%u vrid = 1 addresses = 10.0.0.1", i,
			i);
		for (unsigned int k = i; k < count; k += 2)
			fprintf(t->out, "\ntrack-interface i%u {}", k);
		fprintf(t->out, "}\n");
	}
	return load_draft(t);
}

START_TEST(tracks_have_a_limit)
{
	struct loaded at = load_tracks(TRACKS_MAX), past = load_tracks(TRACKS_MAX + 1);

	ck_assert_str_eq(at.problems, "");
	ck_assert_uint_eq(at.settings->track_count, TRACKS_MAX);
	ck_assert_str_eq(past.problems, "test.conf:32771: more than 32768 sections track-...\n");
	loaded_done(&at);
	loaded_done(&past);
}
END_TEST

static struct loaded load_groups(unsigned int count)
{
	struct draft_text *t = draft_text();

	for (unsigned int i = 0; i < count; i++)
		fprintf(t->out, "group g%u { instances = {a%u, b%u} }\n", i, i, i);
	for (unsigned int i = 0; i < count; i++)
		fprintf(t->out,
			"instance a%u { interface = e%u vrid = 1 addresses = 10.0.0.1 }\n"
			"instance b%u { interface = e%u vrid = 2 addresses = 10.0.0.2 }\n",
			i, i, i, i);
	return load_draft(t);
}

START_TEST(groups_have_a_limit)
{
	struct loaded at = load_groups(GROUPS_MAX), past = load_groups(GROUPS_MAX + 1);

	ck_assert_str_eq(at.problems, "");
	ck_assert_uint_eq(at.settings->group_count, GROUPS_MAX);
	ck_assert_uint_eq(at.settings->instances[2 * GROUPS_MAX - 1].group, GROUPS_MAX);
	ck_assert_str_eq(past.problems, "test.conf:4097: more than 4096 groups\n");
	loaded_done(&at);
	loaded_done(&past);
}
END_TEST

/* Every character behind a backslash, which makes it as long as it can be written. */
static struct loaded load_command(unsigned int len)
{
	struct draft_text *t = draft_text();

	fprintf(t->out, "script a { command = '");
	for (unsigned int i = 0; i < len; i++)
		fprintf(t->out, "\\'");
	fprintf(t->out, "' }\n" WEB("track-script a {}"));
	return load_draft(t);
}

START_TEST(a_command_has_a_limit)
{
	struct loaded at = load_command(COMMAND_MAX_LEN), past = load_command(COMMAND_MAX_LEN + 1);
	char *text = conf_print(at.settings);

	ck_assert_str_eq(at.problems, "");
	ck_assert_uint_eq(strlen(text_of(at.settings, at.settings->checks[0].text)),
			  COMMAND_MAX_LEN);
	ck_assert_uint_eq(past.errors, 1);
	ck_assert_ptr_nonnull(strstr(past.problems, "key \"command\": "));
	/* and what is printed is not too long to be read */
	struct settings *again = settings_of(text);

	ck_assert(settings_equal(at.settings, again));
	settings_free(again);
	free(text);
	loaded_done(&at);
	loaded_done(&past);
}
END_TEST

START_TEST(a_path_that_looks_like_a_comment_is_printed_as_a_path)
{
	struct settings *s = settings_of(WEB("notify = '//bin/x'\n notify-stop = '/*'")), *again;
	char *text = conf_print(s);

	again = settings_of(text);
	ck_assert_str_eq(text_of(again, again->instances[0].notify.command[HOOK_ANY]), "//bin/x");
	ck_assert(settings_equal(s, again));
	settings_free(again);
	settings_free(s);
	free(text);
}
END_TEST

START_TEST(a_path_has_the_same_limit)
{
	for (int past = 0; past < 2; past++) {
		struct draft_text *t = draft_text();

		fprintf(t->out, "file a { path = /%0*d }\n" WEB("track-file a {}"),
			COMMAND_MAX_LEN - 1 + past, 0);
		struct loaded l = load_draft(t);

		ck_assert_uint_eq(l.errors, (size_t)past);
		ck_assert(!past || strstr(l.problems, "is longer than 4095 characters"));
		loaded_done(&l);
	}
}
END_TEST

/* All commands together: a byte for text 0, and each with its NUL. */
static struct loaded load_commands(unsigned int count, int len, int last_len)
{
	struct draft_text *t = draft_text();

	for (unsigned int i = 0; i < count; i++)
		fprintf(t->out, "script s%u { command = %0*d }\n", i,
			i == count - 1 ? last_len : len, 0);
	fprintf(t->out, "instance web { interface = eth0 vrid = 1 addresses = 10.0.0.1\n");
	for (unsigned int i = 0; i < count; i++)
		fprintf(t->out, "track-script s%u {}\n", i);
	fprintf(t->out, "}\n");
	return load_draft(t);
}

START_TEST(commands_together_have_a_limit)
{
	const unsigned int count = CONF_TEXTS_MAX / (COMMAND_MAX_LEN + 1);
	struct loaded at = load_commands(count, COMMAND_MAX_LEN, COMMAND_MAX_LEN - 1);
	struct loaded past = load_commands(count, COMMAND_MAX_LEN, COMMAND_MAX_LEN);

	ck_assert_str_eq(at.problems, "");
	ck_assert_uint_eq(at.settings->text_bytes, CONF_TEXTS_MAX);
	ck_assert_str_eq(past.problems, "test.conf:4096: key \"command\": more than 16 MiB of "
					"commands and paths\n");
	loaded_done(&at);
	loaded_done(&past);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_tracking");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_is_watched_arrives_in_its_fields);
	tcase_add_test(tc, what_instances_and_groups_track_and_call_arrives_in_their_fields);
	tcase_add_test(tc, what_is_not_said_of_a_check_has_its_documented_default);
	tcase_add_test(tc, a_timeout_that_is_not_said_is_the_interval);
	tcase_add_test(tc, sections_may_come_in_any_order);
	tcase_add_test(
		tc,
		an_instance_of_no_group_is_in_none_and_groups_are_numbered_in_the_order_of_the_file);
	tcase_add_test(tc, an_instance_and_a_group_of_one_name_are_refused_in_either_order);
	tcase_add_test(tc, a_broken_script_is_no_unknown_one);
	tcase_add_test(tc, who_is_not_on_this_host_is_a_warning_in_its_line);
	tcase_add_test(tc, what_the_host_would_not_run_is_a_warning_in_its_line);
	tcase_add_test(tc, root_is_a_user_and_a_group_of_any_host);
	tcase_add_test(tc, checks_have_a_limit);
	tcase_add_test(tc, tracks_have_a_limit);
	tcase_add_test(tc, groups_have_a_limit);
	tcase_add_test(tc, a_command_has_a_limit);
	tcase_add_test(tc, a_path_that_looks_like_a_comment_is_printed_as_a_path);
	tcase_add_test(tc, a_path_has_the_same_limit);
	tcase_add_test(tc, commands_together_have_a_limit);
	return run_test_case(tc, "conf_tracking");
}

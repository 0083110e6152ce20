/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vrrpctl as users run it, against a control server in this process: what it prints where, and its
 * exit status to the letter.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "control_world.h"
#include "unit.h"

/* A vrrpctl that runs. */
struct running {
	pid_t pid;
	int out_fd, err_fd;
	char *out, *err; /* what it printed so far */
};

struct scene {
	struct made_engine made;
	struct world world;
	struct running ctl;
	int status; /* of the last one that ended */
};

static void scene_begin(struct scene *s, uint32_t instances, uint32_t addresses)
{
	*s = (struct scene){ .status = -1 };
	made_settings(&s->made, instances, addresses);
	made_start(&s->made);
	made_run_to(&s->made, (struct instant){ .us = 5000000 });
	world_begin(&s->world, &s->made);
}

static void forget_output(struct running *r)
{
	free(r->out);
	free(r->err);
	*r = (struct running){ 0 };
}

static void scene_end(struct scene *s)
{
	forget_output(&s->ctl);
	world_end(&s->world);
	made_done(&s->made);
}

/* In the child: never returns. user: 0, or the one to become. */
static void become_ctl(int out, int err, uid_t user, char **argv)
{
	int binary = open(VRRPCTL, O_PATH | O_CLOEXEC);

	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	else
		close(STDOUT_FILENO);
	if (isatty(out))
		dup2(out, STDIN_FILENO);
	dup2(err, STDERR_FILENO);
	if (user != 0 && (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0))
		_exit(99);
	execveat(binary, "", argv, environ, AT_EMPTY_PATH);
	_exit(98);
}

/*
 * Starts `vrrpctl -s STATE_DIR WORDS`; the words are separated by spaces. out: where it prints, or
 * -1 for nowhere.
 */
static pid_t start_ctl(const struct scene *s, const char *words, int out, int err, uid_t user)
{
	char *argv[16] = { (char *)"vrrpctl", (char *)"-s", (char *)s->world.dir };
	char *copy = strdup(words), *rest = copy, *word;
	pid_t pid;
	int n = 3;

	while ((word = strsep(&rest, " ")) && n < 15)
		if (word[0] != '\0')
			argv[n++] = word;
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become_ctl(out, err, user, argv);
	free(copy);
	return pid;
}

static void start_as(struct scene *s, const char *words, uid_t user)
{
	int out[2], err[2];

	forget_output(&s->ctl);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	s->ctl.pid = start_ctl(s, words, out[1], err[1], user);
	close(out[1]);
	close(err[1]);
	s->ctl.out_fd = out[0];
	s->ctl.err_fd = err[0];
	s->ctl.out = strdup("");
	s->ctl.err = strdup("");
}

static void start(struct scene *s, const char *words)
{
	start_as(s, words, 0);
}

/* Appends what can be read; false at the end. */
static bool collect(int fd, char **text)
{
	size_t len = strlen(*text);
	ssize_t n;

	*text = realloc(*text, len + 65537);
	n = read(fd, *text + len, 65536);
	(*text)[len + (n > 0 ? (size_t)n : 0)] = '\0';
	return n > 0;
}

/*
 * Turns the server's loop and collects output for a moment; false when vrrpctl has closed both
 * outputs.
 */
static bool go_on(struct scene *s)
{
	struct pollfd fds[] = { { .fd = s->ctl.out_fd, .events = POLLIN },
				{ .fd = s->ctl.err_fd, .events = POLLIN } };

	world_turn(&s->world);
	if (poll(fds, 2, 1) <= 0)
		return true;
	if (fds[0].revents && !collect(s->ctl.out_fd, &s->ctl.out)) {
		close(s->ctl.out_fd);
		s->ctl.out_fd = -1;
	}
	if (fds[1].revents && !collect(s->ctl.err_fd, &s->ctl.err)) {
		close(s->ctl.err_fd);
		s->ctl.err_fd = -1;
	}
	return s->ctl.out_fd >= 0 || s->ctl.err_fd >= 0;
}

/* Until it has ended; its exit status. */
static int finish(struct scene *s)
{
	int status;

	while (go_on(s))
		;
	ck_assert_int_eq(waitpid(s->ctl.pid, &status, 0), s->ctl.pid);
	ck_assert_msg(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* Until it has printed that. */
static void until_printed(struct scene *s, const char *text)
{
	while (!strstr(s->ctl.out, text))
		ck_assert_msg(go_on(s), "ended without \"%s\": %s%s", text, s->ctl.out, s->ctl.err);
}

static int run(struct scene *s, const char *words)
{
	start(s, words);
	return finish(s);
}

/* It must end with that status and print exactly this on stderr. */
static void expect_failure(struct scene *s, const char *words, int status, const char *err)
{
	int got = run(s, words);

	ck_assert_str_eq(s->ctl.err, err);
	ck_assert_int_eq(got, status);
	ck_assert_str_eq(s->ctl.out, "");
}

/* It must succeed and say nothing on stderr; what it printed as JSON, to be released. */
static json_t *run_json(struct scene *s, const char *words)
{
	json_t *json;

	ck_assert_int_eq(run(s, words), 0);
	ck_assert_str_eq(s->ctl.err, "");
	json = json_loads(s->ctl.out, 0, NULL);
	ck_assert_msg(json != NULL, "no JSON: %s", s->ctl.out);
	return json;
}

/* ---- looking ---- */

START_TEST(show_prints_the_table)
{
	static const char *const ways[] = { "show", "" };
	struct scene s;

	scene_begin(&s, 2, 1);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(run(&s, ways[i]), 0);
		ck_assert_str_eq(s.ctl.err, "");
		ck_assert_ptr_eq(strstr(s.ctl.out, "NAME  STATE   PRIO  INTERFACE  VRID  MASTER "),
				 s.ctl.out);
		ck_assert_ptr_nonnull(strstr(s.ctl.out, "\nweb   MASTER  150   eth0       51    "));
		ck_assert_ptr_null(strchr(s.ctl.out, '\033'));
	}
	scene_end(&s);
}
END_TEST

START_TEST(show_prints_json_where_asked)
{
	struct scene s;
	json_t *json;

	scene_begin(&s, 30, 1);
	json = run_json(&s, "-j show");
	ck_assert_uint_eq(json_array_size(json_object_get(json, "instances")), 30);
	json_decref(json);
	json = run_json(&s, "show web7 -j");
	ck_assert_str_eq(json_string_value(json_object_get(json, "name")), "web7");
	ck_assert_ptr_nonnull(json_object_get(json, "timers"));
	json_decref(json);
	scene_end(&s);
}
END_TEST

START_TEST(show_of_a_name_begins_with_its_state)
{
	struct scene s;

	scene_begin(&s, 2, 1);
	ck_assert_int_eq(run(&s, "show web1"), 0);
	ck_assert_msg(strncmp(s.ctl.out, "web1 is MASTER for ", 19) == 0, "%s", s.ctl.out);
	expect_failure(&s, "show wbe", 1, "vrrpctl: no instance wbe: did you mean web?\n");
	scene_end(&s);
}
END_TEST

START_TEST(counters_and_version_are_told)
{
	struct scene s;
	json_t *json;

	scene_begin(&s, 2, 1);
	ck_assert_int_eq(run(&s, "counters web1"), 0);
	ck_assert_ptr_nonnull(strstr(s.ctl.out, "web1\n"));
	ck_assert_ptr_nonnull(strstr(s.ctl.out, "  became_master                     1  "));
	json = run_json(&s, "-j counters");
	ck_assert_uint_eq(json_array_size(json_object_get(json, "instances")), 2);
	json_decref(json);
	ck_assert_int_eq(run(&s, "version"), 0);
	ck_assert_str_eq(s.ctl.out, "vrrpctl " VRRPD_VERSION "\n"
				    "vrrpd 2.0.0 on lb1, pid 1234 (gcc, all of it)\n");
	json = run_json(&s, "-j version");
	ck_assert_str_eq(json_string_value(json_object_get(json, "vrrpctl")), VRRPD_VERSION);
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(json, "vrrpd"), "version")),
		"2.0.0");
	json_decref(json);
	scene_end(&s);
}
END_TEST

/* ---- commanding ---- */

START_TEST(announce_says_what_was_done_or_why_not)
{
	struct scene s;

	scene_begin(&s, 2, 1);
	ck_assert_int_eq(run(&s, "announce all"), 0);
	ck_assert_str_eq(s.ctl.out, "announcing the addresses of 2 virtual routers\n");
	ck_assert_uint_eq(s.world.announced_count, 2);
	ck_assert_int_eq(run(&s, "announce web"), 0);
	ck_assert_str_eq(s.ctl.out, "announcing the addresses of 1 virtual router\n");
	made_link(&s.made, 0, false);
	expect_failure(&s, "announce web", 1,
		       "vrrpctl: web is FAULT, and only a MASTER announces its addresses\n");
	scene_end(&s);
}
END_TEST

START_TEST(force_says_what_was_done_or_why_not)
{
	struct scene s;
	json_t *json;

	scene_begin(&s, 12, 1);
	ck_assert_int_eq(run(&s, "force backup web"), 0);
	ck_assert_str_eq(s.ctl.out, "web: forced to be backup\n");
	ck_assert_str_eq(s.ctl.err, "");
	ck_assert_uint_eq(s.world.forced_count, 1);
	ck_assert_int_eq(s.world.last_force.to, FORCE_BACKUP);
	ck_assert_int_eq(run(&s, "force master all --for 1.5h --reason new-kernel "
				 "--despite-faults"),
			 0);
	ck_assert_str_eq(s.ctl.out, "web, web1, web2, web3, web4, web5, web6, web7 and 4 more: "
				    "forced to be master until 2026-01-01T01:30:05.000Z\n");
	ck_assert_int_eq(s.world.last_force.until.us, INT64_C(5405000000));
	ck_assert_str_eq(s.world.last_reason, "new-kernel");
	ck_assert(s.world.last_force.despite_faults);
	json = run_json(&s, "-j force off web");
	ck_assert_str_eq(json_string_value(json_object_get(json, "to")), "off");
	json_decref(json);
	expect_failure(&s, "force off wbe", 1,
		       "vrrpctl: no instance or group wbe: did you mean web?\n");
	scene_end(&s);
}
END_TEST

/* Runs `reload` and answers it. */
static int run_reload(struct scene *s, const char *words, json_t *result, const char *error,
		      json_t *problems)
{
	uint32_t before = s->world.reloads;

	start(s, words);
	while (s->world.reloads == before)
		ck_assert(go_on(s));
	if (error)
		control_reply_error(s->world.control, s->world.last_reload, error, problems);
	else
		control_reply_ok(s->world.control, s->world.last_reload, result);
	return finish(s);
}

START_TEST(reload_says_what_changed_or_why_it_was_refused)
{
	struct scene s;

	scene_begin(&s, 1, 1);
	ck_assert_int_eq(run_reload(&s, "reload",
				    json_pack("{s:[s, s]}", "changes", "web: a", "lan: b"), NULL,
				    NULL),
			 0);
	ck_assert_str_eq(s.ctl.out, "web: a\nlan: b\n");
	ck_assert_int_eq(run_reload(&s, "reload", json_pack("{s:[]}", "changes"), NULL, NULL), 0);
	ck_assert_str_eq(s.ctl.out, "nothing changed\n");
	ck_assert_int_eq(run_reload(&s, "-j reload", json_pack("{s:[]}", "changes"), NULL, NULL),
			 0);
	ck_assert_str_eq(s.ctl.out, "{\n  \"changes\": []\n}\n");
	ck_assert_int_eq(run_reload(&s, "reload", NULL, "refused: 2 problems",
				    json_pack("[s, s]", "f:1: x", "f:2: y")),
			 1);
	ck_assert_str_eq(s.ctl.out, "");
	ck_assert_str_eq(s.ctl.err, "vrrpctl: refused: 2 problems\nf:1: x\nf:2: y\n");
	scene_end(&s);
}
END_TEST

/* ---- events ---- */

static void append_event(struct scene *s, int32_t from, int32_t to)
{
	struct history_event e = { .kind = HISTORY_PRIORITY,
				   .from = from,
				   .to = to,
				   .wall_us = MADE_WALL_US,
				   .instance = "web",
				   .reason = REASON_CONFIGURATION };

	history_append(engine_history(s->made.engine), &e);
	control_events_available(s->world.control);
}

#define EVENT_LINE(from, to) \
	"2026-01-01T00:00:00.000Z web: priority " #from " -> " #to ": configuration changed\n"

START_TEST(events_are_lines_with_the_newest_last)
{
	struct scene s;
	json_t *event;

	scene_begin(&s, 1, 1);
	append_event(&s, 1, 2);
	append_event(&s, 2, 3);
	ck_assert_int_eq(run(&s, "events -n 2"), 0);
	ck_assert_str_eq(s.ctl.out, EVENT_LINE(1, 2) EVENT_LINE(2, 3));
	ck_assert_int_eq(run(&s, "events -n 0"), 0);
	ck_assert_str_eq(s.ctl.out, "");
	ck_assert_int_eq(run(&s, "events"), 0);
	ck_assert_ptr_nonnull(strstr(s.ctl.out, ": INIT -> BACKUP: "));
	event = run_json(&s, "-j events -n 1");
	ck_assert_int_eq(json_integer_value(json_object_get(event, "to")), 3);
	ck_assert_ptr_eq(strchr(s.ctl.out, '\n'), s.ctl.out + strlen(s.ctl.out) - 1);
	json_decref(event);
	scene_end(&s);
}
END_TEST

START_TEST(events_of_one_name_are_told_alone)
{
	struct scene s;

	scene_begin(&s, 2, 1);
	append_event(&s, 1, 2);
	ck_assert_int_eq(run(&s, "events -n 1 web"), 0);
	ck_assert_str_eq(s.ctl.out, EVENT_LINE(1, 2));
	ck_assert_int_eq(run(&s, "events web1"), 0);
	ck_assert_ptr_null(strstr(s.ctl.out, " web: "));
	ck_assert_ptr_nonnull(strstr(s.ctl.out, " web1: "));
	expect_failure(&s, "events wbe", 1,
		       "vrrpctl: no instance or group wbe: did you mean web?\n");
	scene_end(&s);
}
END_TEST

/* Waits until vrrpctl follows. */
static void until_followed(struct scene *s)
{
	append_event(s, 7, 8);
	until_printed(s, EVENT_LINE(7, 8));
}

START_TEST(following_ends_well_when_interrupted)
{
	static const int signals[] = { SIGINT, SIGTERM };

	for (size_t i = 0; i < 2; i++) {
		struct scene s;

		scene_begin(&s, 1, 1);
		append_event(&s, 1, 2);
		start(&s, "events -f -n 1");
		until_printed(&s, EVENT_LINE(1, 2));
		for (int turn = 0; turn < 10; turn++)
			go_on(&s);
		until_followed(&s);
		kill(s.ctl.pid, signals[i]);
		ck_assert_int_eq(finish(&s), 0);
		ck_assert_str_eq(s.ctl.out, EVENT_LINE(1, 2) EVENT_LINE(7, 8));
		ck_assert_str_eq(s.ctl.err, "");
		scene_end(&s);
	}
}
END_TEST

START_TEST(following_from_now_on_tells_nothing_older)
{
	struct scene s;

	scene_begin(&s, 1, 1);
	append_event(&s, 1, 2);
	start(&s, "-j events -n 0 -f");
	while (strlen(s.ctl.out) == 0) {
		append_event(&s, 3, 4);
		ck_assert(go_on(&s));
	}
	ck_assert_ptr_null(strstr(s.ctl.out, "\"from\": 1"));
	ck_assert_ptr_nonnull(strstr(s.ctl.out, "\"from\": 3"));
	kill(s.ctl.pid, SIGINT);
	ck_assert_int_eq(finish(&s), 0);
	scene_end(&s);
}
END_TEST

START_TEST(following_ends_when_the_daemon_goes_away)
{
	struct scene s;
	char expected[256];

	scene_begin(&s, 1, 1);
	start(&s, "events -f");
	until_followed(&s);
	control_free(s.world.control);
	s.world.control = NULL;
	ck_assert_int_eq(finish(&s), 3);
	snprintf(expected, sizeof(expected), "vrrpctl: vrrpd at %s has closed the connection\n",
		 s.world.address.sun_path);
	ck_assert_str_eq(s.ctl.err, expected);
	scene_end(&s);
}
END_TEST

START_TEST(following_ends_when_nobody_reads_any_more)
{
	struct scene s;

	scene_begin(&s, 1, 1);
	start(&s, "events -f");
	until_followed(&s);
	/* no further event is needed for it to notice */
	close(s.ctl.out_fd);
	s.ctl.out_fd = -1;
	ck_assert_int_eq(finish(&s), 0);
	ck_assert_str_eq(s.ctl.err, "");
	scene_end(&s);
}
END_TEST

/* ---- the command line ---- */

START_TEST(a_command_line_that_makes_no_sense_is_usage)
{
	static const struct {
		const char *words, *err;
	} wrong[] = {
		{ "shwo", "vrrpctl: unknown command shwo: did you mean show?\n" },
		{ "relaod", "vrrpctl: unknown command relaod: did you mean reload?\n" },
		{ "xyzzy", "vrrpctl: unknown command xyzzy: vrrpctl --help lists them\n" },
		{ "status", "vrrpctl: unknown command status: did you mean show?\n" },
		{ "restart", "vrrpctl: unknown command restart: that is the service manager's: "
			     "systemctl restart vrrpd\n" },
		{ "show a b", "vrrpctl: usage: vrrpctl show [NAME]\n" },
		{ "announce", "vrrpctl: usage: vrrpctl announce NAME|all\n" },
		{ "reload now", "vrrpctl: usage: vrrpctl reload [--dry-run]\n" },
		{ "check", "vrrpctl: check needs a FILE, or --nagios\n" },
		{ "check --expect master", "vrrpctl: --expect goes with --nagios\n" },
		{ "completion tcsh", "vrrpctl: completion knows bash and zsh, not tcsh\n" },
		{ "help shwo", "vrrpctl: unknown command shwo: did you mean show?\n" },
		{ "events web lan", "vrrpctl: usage: vrrpctl events [-f] [-n N] [NAME]\n" },
		{ "watch web", "vrrpctl: usage: vrrpctl watch\n" },
		{ "force master", "vrrpctl: usage: vrrpctl force master|backup|off NAME|all [--for "
				  "DURATION] [--reason TEXT] [--despite-faults] [--wait]\n" },
		{ "force slave web",
		  "vrrpctl: an instance is forced to master, backup or off, not to slave\n" },
		{ "force off web --despite-faults",
		  "vrrpctl: --despite-faults belongs to force master, not to force off\n" },
		{ "force web off", "vrrpctl: did you mean vrrpctl force off web?\n" },
		{ "force off web --reson x",
		  "vrrpctl: unknown option --reson: did you mean --reason?\n" },
		{ "force off web --for", "vrrpctl: --for needs a value\n" },
		{ "force off web --for soon",
		  "vrrpctl: --for takes a duration such as 500ms, 90s, 5m or 2h, up to 10000h, not "
		  "soon\n" },
		{ "force off web --for 0",
		  "vrrpctl: --for takes a duration such as 500ms, 90s, 5m or 2h, up to 10000h, not "
		  "0\n" },
		{ "force off web --for 10001h",
		  "vrrpctl: --for takes a duration such as 500ms, 90s, 5m or 2h, up to 10000h, not "
		  "10001h\n" },
		{ "force off web --reason \xff", "vrrpctl: names and reasons are UTF-8\n" },
		{ "release", "vrrpctl: usage: vrrpctl release NAME|all\n" },
		{ "release web --wait", "vrrpctl: --wait belongs to force, not to release\n" },
		{ "events -n", "vrrpctl: -n needs a value\n" },
		{ "events -n x", "vrrpctl: -n takes a whole number, not x\n" },
		{ "events -n -1", "vrrpctl: -n takes a whole number, not -1\n" },
		{ "show -f", "vrrpctl: -f belongs to events, not to show\n" },
		{ "-n 3", "vrrpctl: -n belongs to events, not to show\n" },
		{ "-x show", "vrrpctl: unknown option -x: see vrrpctl --help\n" },
		{ "--jason show", "vrrpctl: unknown option --jason: see vrrpctl --help\n" },
	};
	struct scene s;

	scene_begin(&s, 1, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_failure(&s, wrong[i].words, 2, wrong[i].err);
	scene_end(&s);
}
END_TEST

START_TEST(metrics_are_openmetrics_text)
{
	struct scene s;

	scene_begin(&s, 2, 1);
	ck_assert_int_eq(run(&s, "metrics"), 0);
	ck_assert_ptr_nonnull(strstr(s.ctl.out, "vrrp_up 1\n"));
	ck_assert_ptr_nonnull(strstr(s.ctl.out, "\nvrrp_state{name=\"web\","));
	ck_assert_str_eq(s.ctl.out + strlen(s.ctl.out) - 6, "# EOF\n");
	scene_end(&s);
}
END_TEST

START_TEST(the_help_lists_every_command)
{
	static const char *const names[] = { "show",    "watch",      "events", "force",
					     "release", "announce",   "reload", "counters",
					     "metrics", "check",      "doctor", "import",
					     "version", "completion", "help",   "upgrade" };
	struct scene s;

	scene_begin(&s, 0, 0);
	ck_assert_int_eq(run(&s, "--help"), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char line[32];

		snprintf(line, sizeof(line), "\n  %s ", names[i]);
		ck_assert_msg(strstr(s.ctl.out, line), "%s is not in:\n%s", names[i], s.ctl.out);
	}
	ck_assert_int_eq(run(&s, "-V"), 0);
	ck_assert_str_eq(s.ctl.out, "vrrpctl " VRRPD_VERSION "\n");
	scene_end(&s);
}
END_TEST

START_TEST(check_tells_what_is_wrong_with_a_file)
{
	struct scene s;
	char words[128], path[96];
	json_t *json;
	FILE *file;

	scene_begin(&s, 0, 0);
	snprintf(path, sizeof(path), "%s/vrrpd.conf", s.world.dir);
	snprintf(words, sizeof(words), "check %s", path);
	file = fopen(path, "w");
	fputs("instance web {\n  interface = eth0\n  vrid = 51\n  addresses = {192.0.2.10/24}\n}\n",
	      file);
	fclose(file);
	ck_assert_int_eq(run(&s, words), 0);
	ck_assert_str_eq(s.ctl.err, "");
	ck_assert_msg(strncmp(s.ctl.out, path, strlen(path)) == 0, "%s", s.ctl.out);
	file = fopen(path, "w");
	fputs("instance web {\n  interfaec = eth0\n  vrid = 51\n  addresses = {192.0.2.10/24}\n}\n",
	      file);
	fclose(file);
	ck_assert_int_eq(run(&s, words), 1);
	ck_assert_str_eq(s.ctl.out, "");
	ck_assert_ptr_nonnull(strstr(s.ctl.err, "vrrpd.conf:2: "));
	snprintf(words, sizeof(words), "-j check %s", path);
	ck_assert_int_eq(run(&s, words), 1);
	json = json_loads(s.ctl.out, 0, NULL);
	ck_assert(json_is_false(json_object_get(json, "correct")));
	ck_assert_uint_gt(json_array_size(json_object_get(json, "problems")), 0);
	json_decref(json);
	unlink(path);
	scene_end(&s);
}
END_TEST

/* ---- daemons that are not there, or not well ---- */

/* before, the socket's path, after: that is the complaint. */
static void expect_unreachable(struct scene *s, const char *words, const char *before,
			       const char *after)
{
	char expected[512];

	snprintf(expected, sizeof(expected), "vrrpctl: %s%s%s\n", before, s->world.address.sun_path,
		 after);
	expect_failure(s, words, 3, expected);
}

START_TEST(without_a_daemon_it_says_what_to_check)
{
	struct scene s;

	scene_begin(&s, 1, 1);
	control_free(s.world.control);
	s.world.control = NULL;
	close(s.world.listen_fd);
	expect_unreachable(&s, "show", "nobody listens on ",
			   ": vrrpd has ended and left it behind");
	unlink(s.world.address.sun_path);
	expect_unreachable(
		&s, "events -f", "",
		" does not exist: is vrrpd running, and with this state directory (-s)?");
	ck_assert_int_eq(run(&s, "version"), 3);
	ck_assert_str_eq(s.ctl.out, "vrrpctl " VRRPD_VERSION "\n");
	s.world.listen_fd = -1;
	scene_end(&s);
}
END_TEST

START_TEST(without_permission_it_says_who_may)
{
	struct scene s;
	char expected[256];

	scene_begin(&s, 1, 1);
	ck_assert_int_eq(chmod(s.world.address.sun_path, 0600), 0);
	start_as(&s, "show", 65534);
	ck_assert_int_eq(finish(&s), 3);
	snprintf(expected, sizeof(expected),
		 "vrrpctl: no permission for %s: be root, or a member of vrrpd's control-group\n",
		 s.world.address.sun_path);
	ck_assert_str_eq(s.ctl.err, expected);
	/* past the file's mode the server decides */
	ck_assert_int_eq(chmod(s.world.address.sun_path, 0666), 0);
	start_as(&s, "show", 65534);
	ck_assert_int_eq(finish(&s), 1);
	ck_assert_str_eq(s.ctl.err, "vrrpctl: permission denied: only root and members of "
				    "control-group may look\n");
	scene_end(&s);
}
END_TEST

START_TEST(a_hung_daemon_does_not_hang_it)
{
	struct scene s;
	int status;

	scene_begin(&s, 1, 1);
	start(&s, "show");
	/* nobody turns the server's loop; the end of its error output is its end */
	while (collect(s.ctl.err_fd, &s.ctl.err))
		;
	ck_assert_int_eq(waitpid(s.ctl.pid, &status, 0), s.ctl.pid);
	ck_assert_int_eq(WEXITSTATUS(status), 3);
	ck_assert_ptr_nonnull(strstr(s.ctl.err, "says nothing for 5 s: is it stopped or hung?\n"));
	scene_end(&s);
}
END_TEST

/* A daemon that answers the first line of one connection with that text and closes. */
static int run_against(struct scene *s, const char *words, const char *answer)
{
	char line[256];
	int fd;

	start(s, words);
	fd = accept(s->world.listen_fd, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(recv(fd, line, sizeof(line), 0), 0);
	say(fd, answer);
	close(fd);
	return finish(s);
}

START_TEST(nonsense_from_a_daemon_is_a_failure)
{
	static const char *const nonsense[] = { "hello\n",
						"\n",
						"[]\n",
						"{}\n",
						"{\"ok\": false}\n",
						"{\"ok\": 1, \"result\": {}}\n" };
	struct scene s;

	scene_begin(&s, 1, 1);
	control_free(s.world.control);
	s.world.control = NULL;
	fcntl(s.world.listen_fd, F_SETFL, 0);
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		ck_assert_int_eq(run_against(&s, "show", nonsense[i]), 1);
		ck_assert_str_eq(s.ctl.err, "vrrpctl: the daemon's answer makes no sense: another "
					    "version?\n");
	}
	ck_assert_int_eq(run_against(&s, "show", "{\"ok\": true, \"resu"), 3);
	ck_assert_ptr_nonnull(strstr(s.ctl.err, "has closed the connection\n"));
	/* what is granted without a result shows as nothing rather than breaking */
	ck_assert_int_eq(run_against(&s, "show", "{\"ok\": true}\n"), 1);
	ck_assert_int_eq(run_against(&s, "events", "{\"ok\": true, \"result\": 3}\n"), 0);
	scene_end(&s);
}
END_TEST

/* ---- where it prints ---- */

START_TEST(what_cannot_be_written_is_a_failure)
{
	struct scene s;
	int err[2], full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	const int outputs[] = { -1, full };

	scene_begin(&s, 1, 1);
	for (size_t i = 0; i < 2; i++) {
		forget_output(&s.ctl);
		ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
		s.ctl = (struct running){
			.out_fd = -1, .err_fd = err[0], .out = strdup(""), .err = strdup("")
		};
		s.ctl.pid = start_ctl(&s, "show", outputs[i], err[1], 0);
		close(err[1]);
		ck_assert_int_eq(finish(&s), 1);
		ck_assert_str_eq(s.ctl.err, "vrrpctl: cannot write to standard output\n");
	}
	close(full);
	scene_end(&s);
}
END_TEST

START_TEST(a_reader_that_has_enough_is_no_failure)
{
	struct scene s;

	scene_begin(&s, 1000, 1);
	start(&s, "show");
	close(s.ctl.out_fd);
	s.ctl.out_fd = -1;
	ck_assert_int_eq(finish(&s), 0);
	ck_assert_str_eq(s.ctl.err, "");
	scene_end(&s);
}
END_TEST

/* Starts that on a terminal of its own, which is its input too; the terminal's other side. */
static int start_on_terminal(struct scene *s, const char *words)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, err[2];

	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(grantpt(terminal) | unlockpt(terminal), 0);
	slave = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(slave, 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	forget_output(&s->ctl);
	s->ctl = (struct running){
		.out_fd = terminal, .err_fd = err[0], .out = strdup(""), .err = strdup("")
	};
	s->ctl.pid = start_ctl(s, words, slave, err[1], 0);
	close(slave);
	close(err[1]);
	return terminal;
}

/* Runs `show` on a terminal; what came out there, to be freed. */
static char *show_on_terminal(struct scene *s)
{
	char *out;

	start_on_terminal(s, "show");
	ck_assert_int_eq(finish(s), 0);
	out = s->ctl.out;
	s->ctl.out = NULL;
	return out;
}

START_TEST(colours_are_for_terminals_and_who_wants_them)
{
	struct scene s;
	char *out;

	scene_begin(&s, 1, 1);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	out = show_on_terminal(&s);
	ck_assert_ptr_nonnull(strstr(out, "\033[32mMASTER\033[0m"));
	free(out);
	setenv("NO_COLOR", "1", 1);
	out = show_on_terminal(&s);
	ck_assert_ptr_null(strchr(out, '\033'));
	free(out);
	scene_end(&s);
}
END_TEST

/* ---- watch ---- */

static void say_to_terminal(int terminal, const char *keys)
{
	ck_assert_int_eq(write(terminal, keys, strlen(keys)), (ssize_t)strlen(keys));
}

#define SCREEN_TAKEN      "\033[?1049h"
#define SCREEN_GIVEN_BACK "\033[?25h\033[?1049l"

/* Makes vrrpctl notice that the interface of web went down. */
static void break_web(struct scene *s)
{
	made_link(&s->made, 0, false);
	control_events_available(s->world.control);
}

START_TEST(watch_prints_the_table_again_when_it_has_changed)
{
	struct scene s;

	scene_begin(&s, 2, 1);
	start(&s, "watch");
	until_printed(&s, "\nweb1  MASTER  ");
	break_web(&s);
	until_printed(&s, "\nweb1  FAULT  ");
	kill(s.ctl.pid, SIGINT);
	ck_assert_int_eq(finish(&s), 0);
	ck_assert_str_eq(s.ctl.err, "");
	ck_assert_ptr_null(strchr(s.ctl.out, '\033'));
	/* two tables, with an empty line between */
	ck_assert_ptr_nonnull(strstr(s.ctl.out, "\n\nNAME"));
	ck_assert_ptr_null(strstr(strstr(s.ctl.out, "\n\nNAME") + 2, "\n\nNAME"));
	scene_end(&s);
}
END_TEST

START_TEST(watch_prints_json_where_asked)
{
	struct scene s;
	json_t *first;

	scene_begin(&s, 1, 1);
	start(&s, "-j watch");
	until_printed(&s, "}\n");
	first = json_loads(s.ctl.out, JSON_DISABLE_EOF_CHECK, NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(first, "instances")), 1);
	json_decref(first);
	break_web(&s);
	until_printed(&s, "\"FAULT\"");
	kill(s.ctl.pid, SIGTERM);
	ck_assert_int_eq(finish(&s), 0);
	scene_end(&s);
}
END_TEST

START_TEST(watch_draws_on_a_terminal_and_gives_it_back)
{
	static const char *const keys[] = { "q", "xxQ" };

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	for (size_t i = 0; i < 3; i++) {
		struct scene s;
		int terminal;

		scene_begin(&s, 2, 1);
		terminal = start_on_terminal(&s, "watch");
		until_printed(&s, "lb1: 2 instances, 2 MASTER (q leaves)");
		until_printed(&s, "\033[32mMASTER");
		break_web(&s);
		/* what changed stands in reverse */
		until_printed(&s, "\033[7mFAULT\033[0m");
		if (i < 2)
			say_to_terminal(terminal, keys[i]);
		else
			kill(s.ctl.pid, SIGINT);
		ck_assert_int_eq(finish(&s), 0);
		ck_assert_str_eq(s.ctl.err, "");
		ck_assert_ptr_eq(strstr(s.ctl.out, SCREEN_TAKEN), s.ctl.out);
		ck_assert_str_eq(s.ctl.out + strlen(s.ctl.out) - strlen(SCREEN_GIVEN_BACK),
				 SCREEN_GIVEN_BACK);
		scene_end(&s);
	}
}
END_TEST

START_TEST(watch_draws_without_colours_for_who_wants_none)
{
	struct scene s;
	int terminal;

	setenv("TERM", "xterm", 1);
	setenv("NO_COLOR", "1", 1);
	scene_begin(&s, 1, 1);
	terminal = start_on_terminal(&s, "watch");
	until_printed(&s, "MASTER ");
	say_to_terminal(terminal, "q");
	ck_assert_int_eq(finish(&s), 0);
	ck_assert_ptr_null(strstr(s.ctl.out, "\033[32m"));
	unsetenv("NO_COLOR");
	scene_end(&s);
}
END_TEST

START_TEST(watch_fits_the_window)
{
	struct winsize size = { .ws_col = 72, .ws_row = 8 };
	struct scene s;
	int terminal;

	setenv("TERM", "xterm", 1);
	scene_begin(&s, 20, 3);
	terminal = start_on_terminal(&s, "watch");
	until_printed(&s, "\033[K"); /* a picture of the size it began with */
	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
	kill(s.ctl.pid, SIGWINCH); /* it is not its controlling terminal */
	/* the summary, an empty line, the header, two instances */
	until_printed(&s, "and 18 more");
	until_printed(&s, "~  ");
	say_to_terminal(terminal, "q");
	ck_assert_int_eq(finish(&s), 0);
	scene_end(&s);
}
END_TEST

START_TEST(watch_goes_on_when_the_daemon_does_not)
{
	struct scene s;
	int terminal;

	setenv("TERM", "xterm", 1);
	scene_begin(&s, 1, 1);
	terminal = start_on_terminal(&s, "watch");
	until_printed(&s, "1 MASTER");
	control_free(s.world.control);
	s.world.control = NULL;
	close(s.world.listen_fd);
	until_printed(&s, "nobody listens on ");
	say_to_terminal(terminal, "q");
	ck_assert_int_eq(finish(&s), 0);
	s.world.listen_fd = -1;
	scene_end(&s);
}
END_TEST

START_TEST(watch_without_a_terminal_ends_with_the_daemon)
{
	struct scene s;

	scene_begin(&s, 1, 1);
	start(&s, "watch");
	until_printed(&s, "\nweb ");
	close(s.world.listen_fd);
	s.world.listen_fd = -1;
	control_free(s.world.control);
	s.world.control = NULL;
	ck_assert_int_eq(finish(&s), 3);
	ck_assert_msg(strncmp(s.ctl.err, "vrrpctl: ", 9) == 0, "%s", s.ctl.err);
	ck_assert_int_eq(run(&s, "watch"), 3);
	scene_end(&s);
}
END_TEST

START_TEST(watch_ends_when_nobody_reads_any_more)
{
	struct scene s;

	scene_begin(&s, 1, 1);
	start(&s, "watch");
	until_printed(&s, "\nweb ");
	close(s.ctl.out_fd);
	s.ctl.out_fd = -1;
	ck_assert_int_eq(finish(&s), 0);
	ck_assert_str_eq(s.ctl.err, "");
	scene_end(&s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("control_ctl");

	if (geteuid() != 0) {
		puts("only root may command the server: skipped");
		return 77;
	}
	tcase_add_test(tc, show_prints_the_table);
	tcase_add_test(tc, show_prints_json_where_asked);
	tcase_add_test(tc, show_of_a_name_begins_with_its_state);
	tcase_add_test(tc, counters_and_version_are_told);
	tcase_add_test(tc, announce_says_what_was_done_or_why_not);
	tcase_add_test(tc, force_says_what_was_done_or_why_not);
	tcase_add_test(tc, reload_says_what_changed_or_why_it_was_refused);
	tcase_add_test(tc, events_are_lines_with_the_newest_last);
	tcase_add_test(tc, events_of_one_name_are_told_alone);
	tcase_add_test(tc, following_ends_well_when_interrupted);
	tcase_add_test(tc, following_from_now_on_tells_nothing_older);
	tcase_add_test(tc, following_ends_when_the_daemon_goes_away);
	tcase_add_test(tc, following_ends_when_nobody_reads_any_more);
	tcase_add_test(tc, a_command_line_that_makes_no_sense_is_usage);
	tcase_add_test(tc, metrics_are_openmetrics_text);
	tcase_add_test(tc, the_help_lists_every_command);
	tcase_add_test(tc, check_tells_what_is_wrong_with_a_file);
	tcase_add_test(tc, without_a_daemon_it_says_what_to_check);
	tcase_add_test(tc, without_permission_it_says_who_may);
	tcase_add_test(tc, a_hung_daemon_does_not_hang_it);
	tcase_add_test(tc, nonsense_from_a_daemon_is_a_failure);
	tcase_add_test(tc, what_cannot_be_written_is_a_failure);
	tcase_add_test(tc, a_reader_that_has_enough_is_no_failure);
	tcase_add_test(tc, colours_are_for_terminals_and_who_wants_them);
	tcase_add_test(tc, watch_prints_the_table_again_when_it_has_changed);
	tcase_add_test(tc, watch_prints_json_where_asked);
	tcase_add_test(tc, watch_draws_on_a_terminal_and_gives_it_back);
	tcase_add_test(tc, watch_draws_without_colours_for_who_wants_none);
	tcase_add_test(tc, watch_fits_the_window);
	tcase_add_test(tc, watch_goes_on_when_the_daemon_does_not);
	tcase_add_test(tc, watch_without_a_terminal_ends_with_the_daemon);
	tcase_add_test(tc, watch_ends_when_nobody_reads_any_more);
	return run_test_case(tc, "control_ctl");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner as a process, with a test in the place of both the supervisor and the protocol process: what it is told goes in by its two
 * sockets, and what its scripts and hooks did is read from the files that they wrote.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "channel.h"
#include "conf/conf.h"
#include "role.h"
#include "runner.h"
#include "settings_fd.h"
#include "unit.h"
#include "world.h"

static char directory[] = "/tmp/vrrpd-test-XXXXXX";
static pid_t runner;
static int channel = -1, log_socket = -1, protocol = -1;
static char buffer[MESSAGE_TEXT_MAX + 1];

/* ---- the world ---- */

static void send_settings(const char *text)
{
	struct message m = message_of(MESSAGE_CONFIGURE, 0);
	struct conf_problems problems;
	struct settings *s = NULL;
	int status = conf_parse("test", text, strlen(text), &s, &problems);

	if (status != 0)
		conf_problems_print(&problems, stderr);
	ck_assert_int_eq(status, 0);
	conf_problems_done(&problems);
	m.fds[0] = settings_to_fd(s);
	ck_assert_int_ge(m.fds[0], 0);
	ck_assert_int_eq(channel_send(channel, &m), 0);
	message_close_fds(&m);
	settings_free(s);
}

static void send_simple(enum message_kind kind)
{
	struct message m = message_of(kind, 0);

	ck_assert_int_eq(channel_send(channel, &m), 0);
}

/* A new protocol process, as far as the runner can see. */
static void connect_protocol(void)
{
	struct message m = message_of(MESSAGE_RUNNER, 0);
	int ends[2];

	if (protocol >= 0)
		close(protocol);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	m.fds[0] = ends[1];
	ck_assert_int_eq(channel_send(channel, &m), 0);
	close(ends[1]);
	protocol = ends[0];
}

static void become_runner(int channel_end, int log_end)
{
	int channel_copy = fcntl(channel_end, F_DUPFD, 100);
	int log_copy = fcntl(log_end, F_DUPFD, 100);

	dup2(channel_copy, ROLE_CHANNEL_FD);
	dup2(log_copy, ROLE_LOG_FD);
	for (int fd = ROLE_LOG_FD + 1; fd < 200; fd++)
		close(fd);
	exit(runner_main());
}

/* configuration: what is to stand besides; %s in it is the directory of the test. */
static void start(const char *configuration)
{
	int channels[2], logs[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, logs), 0);
	runner = fork();
	ck_assert_int_ge(runner, 0);
	if (runner == 0)
		become_runner(channels[1], logs[1]);
	close(channels[1]);
	close(logs[1]);
	channel = channels[0];
	log_socket = logs[0];
	send_settings(configuration);
	connect_protocol();
}

/* Waits for its end and sees that it was a good one (a sanitizer's complaint is a status of its own). */
static void await_end(void)
{
	int status;

	ck_assert_int_eq(waitpid(runner, &status, 0), runner);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
	runner = 0;
}

static void stop(void)
{
	send_simple(MESSAGE_STOP);
	await_end();
}

static void begin(void)
{
	umask(022);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	/* for whomever a script becomes */
	ck_assert_int_eq(chmod(directory, 01777), 0);
}

static void end(void)
{
	if (runner > 0)
		stop();
	sh("rm -rf '%s'", directory);
}

/* A text with the test's directory in the place of each @. */
static const char *placed(const char *text)
{
	static char ret[65536];
	size_t len = 0;

	for (; *text; text++) {
		if (*text == '@')
			len += (size_t)snprintf(ret + len, sizeof(ret) - len, "%s", directory);
		else
			ret[len++] = *text;
		ck_assert_uint_lt(len, sizeof(ret) - 200);
	}
	ret[len] = '\0';
	return ret;
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(placed(text), f);
	fclose(f);
}

static void script(const char *name, const char *lines)
{
	char text[4096];

	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", lines);
	write_file(name, text);
	ck_assert_int_eq(chmod(path_of(name), 0755), 0);
}

/* The text of a file, "" where there is none. */
static const char *content(const char *name)
{
	static char text[16384];
	FILE *f = fopen(path_of(name), "r");
	size_t len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[len] = '\0';
	return text;
}

/* Waits for what no message tells. */
static void wait_content(const char *name, const char *expected)
{
	int64_t deadline = now_us() + WORLD_WAIT_MS * 1000;

	while (!strstr(content(name), expected)) {
		ck_assert_msg(now_us() < deadline, "\"%s\" is not in %s: %s", expected, name,
			      content(name));
		poll(NULL, 0, 5);
	}
}

static bool is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* ---- messages ---- */

static bool next_message(struct message *ret, int timeout_ms)
{
	if (!wait_readable(protocol, timeout_ms))
		return false;
	ck_assert_int_eq(channel_receive(protocol, ret, buffer), 0);
	return true;
}

/* The next one, which is of that kind and has these words in it. */
static struct message expect(enum message_kind kind, const char *words)
{
	struct message m;

	ck_assert_msg(next_message(&m, WORLD_WAIT_MS), "no message; expected \"%s\"", words);
	ck_assert_msg(m.kind == kind && strstr(m.text, words),
		      "message %u \"%s\"; expected %u \"%s\"", m.kind, m.text, kind, words);
	return m;
}

static void expect_check(const char *name, int32_t value, const char *why)
{
	struct message m = expect(MESSAGE_CHECK, name);

	ck_assert_msg((int32_t)m.value == value && strstr(m.text, why), "%s: %d, %s", m.text,
		      (int32_t)m.value, why);
}

static void expect_nothing(int for_ms)
{
	struct message m;

	if (next_message(&m, for_ms))
		ck_abort_msg("unexpected message %u \"%s\"", m.kind, m.text);
}

static void ask_hooks(uint32_t token, const char *type, const char *name, const char *state)
{
	struct message m = message_of(MESSAGE_HOOKS, token);
	char text[1024];

	snprintf(text, sizeof(text),
		 "VRRP_TYPE=%s\nVRRP_NAME=%s\nVRRP_STATE=%s\nVRRP_PRIORITY=150\n"
		 "VRRP_REASON=a test of words\nVRRP_ADDRESSES=192.0.2.1/24 192.0.2.2/24\n"
		 "LD_PRELOAD=/evil.so\n",
		 type, name, state);
	m.text = text;
	ck_assert_int_eq(channel_send(protocol, &m), 0);
}

static const char *with_hooks(const char *keys)
{
	static char text[8192];

	snprintf(text, sizeof(text),
		 "global { script-user = root }\n"
		 "instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n%s\n}\n",
		 placed(keys));
	return text;
}

/* ---- hooks ---- */

START_TEST(hooks_are_called_one_after_the_other_with_arguments_and_environment)
{
	script("one", "sleep 0.1; echo one $* >> @/out; env > @/env");
	script("any", "echo any $* >> @/out");
	start(with_hooks("notify-master = @/one notify = \"@/any more\""));
	ask_hooks(7, "INSTANCE", "web", "MASTER");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify-master");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify");
	ck_assert_uint_eq(expect(MESSAGE_HOOKS_DONE, "").number, 7);
	ck_assert_str_eq(content("out"),
			 "one INSTANCE web MASTER 150\nany more INSTANCE web MASTER 150\n");
	wait_content("env", "VRRP_ADDRESSES=192.0.2.1/24 192.0.2.2/24\n");
	wait_content("env", "VRRP_REASON=a test of words\n");
	wait_content("env", "HOME=/root\n");
	ck_assert_ptr_null(strstr(content("env"), "LD_PRELOAD"));
	ck_assert_ptr_null(strstr(content("env"), "CK_"));
}
END_TEST

START_TEST(a_stop_calls_notify_stop_and_an_unknown_name_nothing)
{
	script("stop", "echo $* >> @/out");
	start(with_hooks("notify-stop = @/stop"));
	ask_hooks(1, "INSTANCE", "nobody", "STOP");
	expect(MESSAGE_HOOKS_DONE, "");
	ask_hooks(2, "INSTANCE", "web", "BACKUP");
	expect(MESSAGE_HOOKS_DONE, "");
	ask_hooks(3, "INSTANCE", "web", "STOP");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify-stop");
	expect(MESSAGE_HOOKS_DONE, "");
	ck_assert_str_eq(content("out"), "INSTANCE web STOP 150\n");
}
END_TEST

START_TEST(while_hooks_run_only_the_last_request_waits)
{
	script("slow", "echo begin $3 >> @/out; while [ ! -e @/go ]; do sleep 0.02; done;"
		       "echo end $3 >> @/out");
	start(with_hooks("notify = @/slow"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	wait_content("out", "begin MASTER\n");
	ask_hooks(2, "INSTANCE", "web", "BACKUP");
	ask_hooks(3, "INSTANCE", "web", "FAULT");
	ck_assert_uint_eq(expect(MESSAGE_HOOKS_DONE, "").number, 2);
	write_file("go", "");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify");
	ck_assert_uint_eq(expect(MESSAGE_HOOKS_DONE, "").number, 1);
	expect(MESSAGE_HOOK_SUCCEEDED, "notify");
	ck_assert_uint_eq(expect(MESSAGE_HOOKS_DONE, "").number, 3);
	ck_assert_str_eq(content("out"), "begin MASTER\nend MASTER\nbegin FAULT\nend FAULT\n");
}
END_TEST

START_TEST(a_hook_that_ignores_term_and_forks_children_is_ended_with_all_of_them)
{
	struct message m;
	pid_t child, leader;

	script("stubborn", "trap '' TERM; sh -c \"trap '' TERM; sleep 60\" & echo $! > @/child;"
			   "echo $$ > @/leader; sleep 60; sleep 60");
	start(with_hooks("notify = @/stubborn notify-timeout = 1s"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	m = expect(MESSAGE_HOOK_FAILED, "notify: timed out after 1s");
	ck_assert_uint_lt(m.value, 10000);
	expect(MESSAGE_HOOKS_DONE, "");
	child = atoi(content("child"));
	leader = atoi(content("leader"));
	ck_assert_int_gt(child, 1);
	ck_assert(!is_alive(leader));
	for (int i = 0; i < 500 && is_alive(child); i++)
		poll(NULL, 0, 10);
	ck_assert(!is_alive(child));
}
END_TEST

START_TEST(a_child_left_behind_with_the_output_open_holds_up_nothing)
{
	script("leaver", "sleep 30 & echo $! > @/child; exit 0");
	start(with_hooks("notify = @/leaver"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	ck_assert_uint_lt(expect(MESSAGE_HOOK_SUCCEEDED, "notify").value, 10000);
	expect(MESSAGE_HOOKS_DONE, "");
	/* it was not asked to end in the way of a hook that takes too long */
	ck_assert(is_alive(atoi(content("child"))));
	kill(atoi(content("child")), SIGKILL);
}
END_TEST

START_TEST(a_hook_that_closes_its_streams_is_only_a_hook)
{
	script("closed", "exec <&- >&- 2>&-; sleep 0.1; exit 3");
	start(with_hooks("notify = @/closed"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	expect(MESSAGE_HOOK_FAILED, "notify: exit status 3");
	expect(MESSAGE_HOOKS_DONE, "");
}
END_TEST

static long resident_kb(void)
{
	char path[64], line[256];
	FILE *f;
	long kb = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)runner);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmRSS: %ld", &kb);
	if (f)
		fclose(f);
	return kb;
}

START_TEST(a_hundred_megabytes_of_output_are_read_and_not_kept)
{
	long before;

	script("talker",
	       "echo first words; head -c 100000000 /dev/zero | tr '\\0' x; echo last words;"
	       "exit 1");
	start(with_hooks("notify = @/talker"));
	ask_hooks(1, "INSTANCE", "nobody", "STOP");
	expect(MESSAGE_HOOKS_DONE, "");
	before = resident_kb();
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	expect(MESSAGE_HOOK_FAILED, "notify: exit status 1: first words xxx");
	expect(MESSAGE_HOOKS_DONE, "");
	ck_assert_int_lt(resident_kb() - before, 20000);
}
END_TEST

START_TEST(what_cannot_or_must_not_be_run_is_told)
{
	script("evil", "echo no > @/out");
	ck_assert_int_eq(chmod(path_of("evil"), 0777), 0);
	start(with_hooks("notify-master = @/missing notify = @/evil"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	expect(MESSAGE_HOOK_FAILED, "notify-master: not run: /tmp/");
	expect(MESSAGE_HOOK_FAILED, "evil is writable by everybody");
	expect(MESSAGE_HOOKS_DONE, "");
	ck_assert_str_eq(content("out"), "");
}
END_TEST

START_TEST(a_hook_runs_as_its_user_with_nothing_of_the_daemons)
{
	const char *out;

	script("who", "id -un; id -gn; ls -1 /proc/self/fd | tr '\\n' ' '; pwd; umask;"
		      "grep -E '^(CapEff|CapPrm|CapAmb|CapInh|SigBlk|SigIgn|NoNewPrivs)' "
		      "/proc/self/status; nice; exit 1");
	setpriority(PRIO_PROCESS, 0, -10);
	signal(SIGUSR1, SIG_IGN);
	start("instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n"
	      "notify = /bin/false }\n");
	send_settings(placed("global { script-user = nobody }\n"
			     "instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n"
			     "notify = @/who }\n"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	out = expect(MESSAGE_HOOK_FAILED, "nobody nogroup").text;
	/* 3 is the directory that ls reads */
	ck_assert_msg(strstr(out, "nogroup 0 1 2 3 / 0022"), "%s", out);
	ck_assert_msg(strstr(out, "SigBlk: 0000000000000000"), "%s", out);
	ck_assert_msg(strstr(out, "SigIgn: 0000000000000000"), "%s", out);
	ck_assert_msg(strstr(out, "CapInh: 0000000000000000 CapPrm: 0000000000000000"), "%s", out);
	ck_assert_msg(strstr(out, "CapEff: 0000000000000000"), "%s", out);
	ck_assert_msg(strstr(out, "NoNewPrivs: 0 0"), "%s", out);
}
END_TEST

START_TEST(the_hooks_of_a_reload_are_known_before_they_are_asked_for)
{
	char text[8192];

	script("old", "echo old $2 $3 >> @/out");
	script("new", "echo new $2 $3 >> @/out");
	start(with_hooks("notify = @/old"));
	snprintf(text, sizeof(text), "%s",
		 placed("global { script-user = root }\n"
			"instance web2 { interface = lo vrid = 2 addresses = {192.0.2.2}\n"
			"notify = @/new }\n"));
	send_settings(text);
	ask_hooks(1, "INSTANCE", "web2", "BACKUP");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify");
	expect(MESSAGE_HOOKS_DONE, "");
	/* and the one that is gone is told that it stops */
	ask_hooks(2, "INSTANCE", "web", "STOP");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify");
	expect(MESSAGE_HOOKS_DONE, "");
	ck_assert_str_eq(content("out"), "new web2 BACKUP\nold web STOP\n");
}
END_TEST

START_TEST(a_successor_of_the_protocol_process_hears_nothing_of_what_it_did_not_ask)
{
	script("slow", "echo begin $3 >> @/out; sleep 0.3; echo end $3 >> @/out");
	start(with_hooks("notify = @/slow"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	wait_content("out", "begin MASTER\n");
	connect_protocol();
	ask_hooks(9, "INSTANCE", "web", "BACKUP");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify");
	ck_assert_uint_eq(expect(MESSAGE_HOOKS_DONE, "").number, 9);
	ck_assert_str_eq(content("out"), "begin MASTER\nend MASTER\nbegin BACKUP\nend BACKUP\n");
}
END_TEST

static int count_fds(void)
{
	char path[64];
	int count = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)runner);
	d = opendir(path);
	while (d && readdir(d))
		count++;
	if (d)
		closedir(d);
	return count;
}

START_TEST(a_thousand_hooks_leave_nothing_behind)
{
	long before_kb = 0;
	int before_fds = 0;
	char path[64], children[256] = "";
	FILE *f;

	start(with_hooks("notify-master = /bin/false notify = \"@/missing\""));
	ask_hooks(0, "INSTANCE", "nobody", "STOP");
	expect(MESSAGE_HOOKS_DONE, "");
	before_fds = count_fds();
	for (int i = 0; i < 1000; i++) {
		if (i == 100)
			before_kb = resident_kb();
		ask_hooks((uint32_t)i, "INSTANCE", "web", "MASTER");
		expect(MESSAGE_HOOK_FAILED, "notify-master: exit status 1");
		expect(MESSAGE_HOOK_FAILED, "notify: not run");
		expect(MESSAGE_HOOKS_DONE, "");
	}
	/* those of the last one are closed after it was told */
	for (int i = 0; i < 500 && count_fds() != before_fds; i++)
		poll(NULL, 0, 10);
	ck_assert_int_eq(count_fds(), before_fds);
	/* a sanitizer keeps what was freed for a while */
	ck_assert_int_lt(resident_kb() - before_kb, 30000);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)runner, (int)runner);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_null(fgets(children, sizeof(children), f));
	fclose(f);
}
END_TEST

/* ---- the end ---- */

START_TEST(told_to_stop_it_lets_hooks_come_to_their_end)
{
	script("slow", "sleep 0.3; echo $3 >> @/out");
	start(with_hooks("notify = @/slow"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	ask_hooks(2, "INSTANCE", "web", "STOP");
	close(protocol);
	protocol = -1;
	stop();
	ck_assert_str_eq(content("out"), "MASTER\nSTOP\n");
}
END_TEST

START_TEST(told_twice_it_ends_at_once_and_takes_them_along)
{
	script("slow", "echo $$ >> @/out; sleep 60");
	start(with_hooks("notify = @/slow"));
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	wait_content("out", "\n");
	send_simple(MESSAGE_STOP);
	stop();
	for (int i = 0; i < 500 && is_alive(atoi(content("out"))); i++)
		poll(NULL, 0, 10);
	ck_assert(!is_alive(atoi(content("out"))));
}
END_TEST

START_TEST(it_outlives_the_supervisor_and_ends_with_the_protocol_process)
{
	script("hook", "echo $3 >> @/out");
	start(with_hooks("notify = @/hook"));
	close(channel);
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	expect(MESSAGE_HOOK_SUCCEEDED, "notify");
	expect(MESSAGE_HOOKS_DONE, "");
	ask_hooks(1, "INSTANCE", "web", "STOP");
	close(protocol);
	await_end();
	ck_assert_str_eq(content("out"), "MASTER\nSTOP\n");
}
END_TEST

/* ---- scripts ---- */

static const char *with_script(const char *keys)
{
	static char text[8192];

	snprintf(text, sizeof(text),
		 "global { script-user = root }\nscript s {\n%s\n}\n"
		 "instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n"
		 "track-script s { weight = -10 } }\n",
		 placed(keys));
	return text;
}

/* One that never hears what hooks it is to run would look healthy for ever. The kernel cannot watch a file. */
START_TEST(it_ends_when_it_cannot_listen_to_the_protocol_process)
{
	struct message m = message_of(MESSAGE_RUNNER, 0);
	int status;

	start(with_hooks(""));
	m.fds[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(channel_send(channel, &m), 0);
	message_close_fds(&m);
	ck_assert_int_eq(waitpid(runner, &status, 0), runner);
	runner = 0;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_INTERNAL, "status %x",
		      status);
}
END_TEST

START_TEST(results_are_told_until_they_have_been_counted)
{
	start(with_script(
		"command = \"test -e @/good\" interval = 50ms timeout = 10s rise = 2 fall = 3"));
	for (int i = 0; i < 3; i++)
		expect_check("s\n", 0, "exit status 1");
	expect_nothing(300);
	write_file("good", "");
	for (int i = 0; i < 3; i++)
		expect_check("s\n", 1, "");
	expect_nothing(300);
	/* whoever is new has to count from the beginning */
	connect_protocol();
	for (int i = 0; i < 3; i++)
		expect_check("s\n", 1, "");
	expect_nothing(300);
}
END_TEST

START_TEST(a_script_that_takes_too_long_has_failed_at_once_and_runs_only_once)
{
	int64_t begun;

	script("hung", "echo begin >> @/out; trap '' TERM; sleep 60; sleep 60");
	start(with_script("command = @/hung interval = 100ms timeout = 200ms"));
	begun = now_us();
	expect_check("s\n", 0, "timed out after 200ms");
	ck_assert_int_lt(now_us() - begun, 2000000);
	/* killed after as long again, and then a turn for the next */
	wait_content("out", "begin\nbegin\nbegin\n");
	ck_assert_int_gt(now_us() - begun, 800000);
	expect_nothing(100);
}
END_TEST

START_TEST(a_reload_leaves_a_script_alone_that_has_not_changed)
{
	start(with_script("command = \"echo x >> @/out\" interval = 1h"));
	expect_check("s\n", 1, "");
	send_settings(with_script("command = \"echo x >> @/out\" interval = 1h"));
	send_simple(MESSAGE_CONFIGURED);
	expect_nothing(300);
	ck_assert_str_eq(content("out"), "x\n");
	send_settings(with_script("command = \"echo y >> @/out\" interval = 1h"));
	expect_check("s\n", 1, "");
	ck_assert_str_eq(content("out"), "x\ny\n");
	/* by then the protocol process may not have known what that was */
	send_simple(MESSAGE_CONFIGURED);
	expect_check("s\n", 1, "");
	expect_nothing(100);
}
END_TEST

START_TEST(what_a_failed_script_printed_is_told)
{
	start(with_script("command = \"echo nobody answers; exit 4\" interval = 1h"));
	expect_check("s\n", 0, "exit status 4: nobody answers");
}
END_TEST

START_TEST(a_script_that_may_not_run_has_failed_with_the_reason)
{
	start(with_script("command = @/missing interval = 1h"));
	expect_check("s\n", 0, "missing does not exist");
}
END_TEST

/* ---- processes ---- */

static const char *with_process(const char *command)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "process p { command = \"%s\" }\n"
		 "instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n"
		 "track-process p { weight = -10 } }\n",
		 placed(command));
	return text;
}

static pid_t spawn(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, "60", NULL);
		_exit(1);
	}
	return pid;
}

static void processes_come_and_go(void)
{
	pid_t one, two;

	sh("cp /bin/sleep '%s/very-long-name-of-a-daemon'", directory);
	start(with_process("very-long-name-of-a-daemon"));
	expect_check("p\n", 0, "0 found");
	one = spawn(path_of("very-long-name-of-a-daemon"));
	expect_check("p\n", 1, "1 found");
	two = spawn(path_of("very-long-name-of-a-daemon"));
	expect_check("p\n", 2, "2 found");
	kill(one, SIGKILL);
	expect_check("p\n", 1, "1 found");
	/* not collected yet, and dead all the same */
	kill(two, SIGKILL);
	expect_check("p\n", 0, "0 found");
	waitpid(one, NULL, 0);
	waitpid(two, NULL, 0);
}

START_TEST(processes_are_counted_as_they_come_and_go)
{
	processes_come_and_go();
}
END_TEST

START_TEST(processes_are_counted_where_the_kernel_does_not_tell)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	processes_come_and_go();
}
END_TEST

/* Lets the kernel tell the runner, which does not listen, of more than there is room for. */
static void more_events_than_fit(void)
{
	sh("i=0; while [ $i -lt 3000 ]; do (:); i=$((i + 1)); done");
}

START_TEST(processes_are_counted_anew_when_events_were_lost)
{
	pid_t known, pids[3];
	int status;

	sh("cp /bin/sleep '%s/very-long-name-of-a-daemon'", directory);
	start(with_process("very-long-name-of-a-daemon"));
	expect_check("p\n", 0, "0 found");
	known = spawn(path_of("very-long-name-of-a-daemon"));
	expect_check("p\n", 1, "1 found");
	/* that three begin and the known one ends, nobody hears of */
	kill(runner, SIGSTOP);
	ck_assert_int_eq(waitpid(runner, &status, WUNTRACED), runner);
	more_events_than_fit();
	for (int i = 0; i < 3; i++)
		pids[i] = spawn(path_of("very-long-name-of-a-daemon"));
	kill(known, SIGKILL);
	waitpid(known, NULL, 0);
	kill(runner, SIGCONT);
	expect_check("p\n", 3, "3 found");
	for (int i = 0; i < 3; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}
END_TEST

START_TEST(a_whole_command_line_is_matched_as_such)
{
	pid_t other, wanted;
	char command[512];

	sh("cp /bin/sleep '%s/napper'", directory);
	snprintf(command, sizeof(command), "%s 60", path_of("napper"));
	other = fork();
	if (other == 0) {
		execl(path_of("napper"), path_of("napper"), "61", NULL);
		_exit(1);
	}
	start(with_process(command));
	expect_check("p\n", 0, "0 found");
	wanted = spawn(path_of("napper"));
	expect_check("p\n", 1, "1 found");
	kill(other, SIGKILL);
	kill(wanted, SIGKILL);
	expect_check("p\n", 0, "0 found");
}
END_TEST

/* ---- files ---- */

START_TEST(a_file_is_followed_wherever_it_comes_from)
{
	start(placed("file f { path = \"@/a/b/number\" }\n"
		     "instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n"
		     "track-file f { weight = 1 } }\n"));
	expect_check("f\n", 0, "it does not exist");
	sh("mkdir -p '%s/a/b' && echo 5 > '%s/a/b/number'", directory, directory);
	expect_check("f\n", 5, "");
	/* never 0 in between, although it is empty for a moment */
	sh("echo -7 > '%s/a/b/number'", directory);
	expect_check("f\n", -7, "");
	sh("cd '%s/a/b' && echo 12 > new && mv new number", directory);
	expect_check("f\n", 12, "");
	sh("echo twelve > '%s/a/b/number'", directory);
	expect_check("f\n", 0, "its first line is not a number");
	sh("echo 13 > '%s/a/b/number'", directory);
	expect_check("f\n", 13, "");
	sh("printf '\\n14\\n' > '%s/a/b/number'", directory);
	expect_check("f\n", 0, "its first line is not a number");
	sh("echo 99999999999999999999 > '%s/a/b/number'", directory);
	expect_check("f\n", 1000000, "beyond 1000000");
	sh("rm -r '%s/a'", directory);
	expect_check("f\n", 0, "it does not exist");
	sh("mkdir -p '%s/a/b' && echo 6 > '%s/a/b/number'", directory, directory);
	expect_check("f\n", 6, "");
}
END_TEST

/* Looked at without an event too: at the start, and every few seconds. */
START_TEST(a_file_that_is_empty_at_any_look_is_given_a_moment)
{
	char path[sizeof(directory) + 16];
	int32_t first = 0;

	snprintf(path, sizeof(path), "%s/number", directory);
	/* On a busy machine it may be written too late: then once more. */
	for (int i = 0; i < 10 && first != 5; i++) {
		int looks = inotify_init1(IN_CLOEXEC);
		struct message m;

		sh(": > '%s'", path);
		ck_assert_int_ge(inotify_add_watch(looks, path, IN_CLOSE_NOWRITE), 0);
		start(placed("file f { path = \"@/number\" }\n"
			     "instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n"
			     "track-file f { weight = 1 } }\n"));
		ck_assert(wait_readable(looks, WORLD_WAIT_MS));
		sh("echo 5 > '%s'", path);
		ck_assert(next_message(&m, WORLD_WAIT_MS));
		first = (int32_t)m.value;
		stop();
		close(looks);
	}
	ck_assert_int_eq(first, 5);
}
END_TEST

START_TEST(a_file_behind_a_link_that_changes_is_followed)
{
	sh("cd '%s' && mkdir one two && echo 1 > one/number && echo 2 > two/number && "
	   "ln -s one/number number",
	   directory);
	start(placed("file f { path = \"@/number\" }\n"
		     "instance web { interface = lo vrid = 1 addresses = {192.0.2.1}\n"
		     "track-file f { weight = 1 } }\n"));
	expect_check("f\n", 1, "");
	sh("echo 11 > '%s/one/number'", directory);
	expect_check("f\n", 11, "");
	sh("cd '%s' && ln -s two/number new && mv -T new number", directory);
	expect_check("f\n", 2, "");
}
END_TEST

/* ---- notify-fifo ---- */

static void tell_state(const char *line)
{
	struct message m = message_of(MESSAGE_STATE, 0);

	m.text = (char *)(uintptr_t)line;
	ck_assert_int_eq(channel_send(protocol, &m), 0);
}

/* Opens the FIFO and reads until it has seen what is expected, in whatever order the first lines come. */
static int open_reader(void)
{
	int fd = open(path_of("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void expect_lines(int fd, const char *first, const char *second)
{
	char text[4096] = "";
	size_t len = 0;
	int64_t deadline = now_us() + WORLD_WAIT_MS * 1000;

	while (!strstr(text, first) || !strstr(text, second)) {
		ssize_t more;

		ck_assert_msg(now_us() < deadline, "\"%s\" and \"%s\" are not in \"%s\"", first,
			      second, text);
		more = read(fd, text + len, sizeof(text) - 1 - len);
		if (more > 0)
			len += (size_t)more;
		else
			poll(NULL, 0, 10);
		text[len] = '\0';
	}
}

static void start_with_fifo(void)
{
	start(placed("global { notify-fifo = \"@/fifo\" }\n"
		     "instance web { interface = lo vrid = 1 addresses = {192.0.2.1} }\n"
		     "instance lan { interface = lo vrid = 2 addresses = {192.0.2.2} }\n"));
	tell_state("INSTANCE \"web\" BACKUP 150");
	tell_state("INSTANCE \"lan\" MASTER 100");
	for (int i = 0; i < 1000 && access(path_of("fifo"), F_OK) != 0; i++)
		poll(NULL, 0, 10);
}

START_TEST(readers_of_the_fifo_come_and_go_and_are_told_all)
{
	struct stat st;
	int reader;

	start_with_fifo();
	ck_assert_int_eq(stat(path_of("fifo"), &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	/* nobody, who runs scripts where nothing is said */
	ck_assert_int_eq(st.st_uid, 65534);
	reader = open_reader();
	expect_lines(reader, "INSTANCE \"web\" BACKUP 150\n", "INSTANCE \"lan\" MASTER 100\n");
	tell_state("INSTANCE \"web\" MASTER 150");
	expect_lines(reader, "INSTANCE \"web\" MASTER 150\n", "");
	close(reader);
	tell_state("INSTANCE \"web\" FAULT 150");
	tell_state("INSTANCE \"web\" BACKUP 150");
	/* an answer to what was said after them: it has seen that nobody reads */
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	expect(MESSAGE_HOOKS_DONE, "");
	/* one that opens it the ordinary way, which waits for a writer */
	sh("timeout 10 head -n 2 '%s/fifo' > '%s/out'", directory, directory);
	wait_content("out", "INSTANCE \"web\" BACKUP 150\n");
	wait_content("out", "INSTANCE \"lan\" MASTER 100\n");
	ck_assert_ptr_null(strstr(content("out"), "FAULT"));
}
END_TEST

START_TEST(a_reader_that_is_too_slow_gets_the_last_states)
{
	char line[64];
	int reader;

	start_with_fifo();
	reader = open_reader();
	expect_lines(reader, "INSTANCE \"web\" BACKUP 150\n", "INSTANCE \"lan\" MASTER 100\n");
	for (int i = 0; i < 10000; i++) {
		struct message m = message_of(MESSAGE_STATE, 0);

		snprintf(line, sizeof(line), "INSTANCE \"web\" %s %d", i % 2 ? "MASTER" : "BACKUP",
			 i);
		m.text = line;
		while (channel_send(protocol, &m) == -EAGAIN)
			poll(NULL, 0, 1);
	}
	/* nothing was held up by it */
	ask_hooks(1, "INSTANCE", "web", "MASTER");
	expect(MESSAGE_HOOKS_DONE, "");
	/* more than a buffer of expect_lines() */
	for (int64_t deadline = now_us() + WORLD_WAIT_MS * 1000;;) {
		static char text[1 << 20];
		static size_t len;
		ssize_t more = read(reader, text + len, sizeof(text) - 1 - len);

		if (more > 0)
			len += (size_t)more;
		else
			poll(NULL, 0, 10);
		if (strstr(text, "INSTANCE \"web\" MASTER 9999\n"))
			break;
		ck_assert_msg(now_us() < deadline, "the last state is missing");
	}
}
END_TEST

START_TEST(a_fifo_that_is_replaced_is_opened_anew)
{
	int reader;

	start_with_fifo();
	reader = open_reader();
	expect_lines(reader, "INSTANCE \"web\" BACKUP 150\n", "INSTANCE \"lan\" MASTER 100\n");
	sh("cd '%s' && mkfifo new && mv new fifo", directory);
	close(reader);
	reader = open_reader();
	expect_lines(reader, "INSTANCE \"web\" BACKUP 150\n", "INSTANCE \"lan\" MASTER 100\n");
}
END_TEST

static TCase *hooks_case(void)
{
	TCase *tc = tcase_create("runner");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, hooks_are_called_one_after_the_other_with_arguments_and_environment);
	tcase_add_test(tc, a_stop_calls_notify_stop_and_an_unknown_name_nothing);
	tcase_add_test(tc, while_hooks_run_only_the_last_request_waits);
	tcase_add_test(tc, a_hook_that_ignores_term_and_forks_children_is_ended_with_all_of_them);
	tcase_add_test(tc, a_child_left_behind_with_the_output_open_holds_up_nothing);
	tcase_add_test(tc, a_hook_that_closes_its_streams_is_only_a_hook);
	tcase_add_test(tc, a_hundred_megabytes_of_output_are_read_and_not_kept);
	tcase_add_test(tc, what_cannot_or_must_not_be_run_is_told);
	tcase_add_test(tc, a_hook_runs_as_its_user_with_nothing_of_the_daemons);
	tcase_add_test(tc, the_hooks_of_a_reload_are_known_before_they_are_asked_for);
	tcase_add_test(tc,
		       a_successor_of_the_protocol_process_hears_nothing_of_what_it_did_not_ask);
	tcase_add_test(tc, a_thousand_hooks_leave_nothing_behind);
	tcase_add_test(tc, told_to_stop_it_lets_hooks_come_to_their_end);
	tcase_add_test(tc, told_twice_it_ends_at_once_and_takes_them_along);
	tcase_add_test(tc, it_outlives_the_supervisor_and_ends_with_the_protocol_process);
	tcase_add_test(tc, it_ends_when_it_cannot_listen_to_the_protocol_process);
	return tc;
}

int main(void)
{
	TCase *tc = hooks_case();

	world_require_root();
	tcase_add_test(tc, results_are_told_until_they_have_been_counted);
	tcase_add_test(tc, a_script_that_takes_too_long_has_failed_at_once_and_runs_only_once);
	tcase_add_test(tc, a_reload_leaves_a_script_alone_that_has_not_changed);
	tcase_add_test(tc, what_a_failed_script_printed_is_told);
	tcase_add_test(tc, a_script_that_may_not_run_has_failed_with_the_reason);
	tcase_add_test(tc, processes_are_counted_as_they_come_and_go);
	tcase_add_test(tc, processes_are_counted_anew_when_events_were_lost);
	tcase_add_test(tc, processes_are_counted_where_the_kernel_does_not_tell);
	tcase_add_test(tc, a_whole_command_line_is_matched_as_such);
	tcase_add_test(tc, a_file_is_followed_wherever_it_comes_from);
	tcase_add_test(tc, a_file_that_is_empty_at_any_look_is_given_a_moment);
	tcase_add_test(tc, a_file_behind_a_link_that_changes_is_followed);
	tcase_add_test(tc, readers_of_the_fifo_come_and_go_and_are_told_all);
	tcase_add_test(tc, a_reader_that_is_too_slow_gets_the_last_states);
	tcase_add_test(tc, a_fifo_that_is_replaced_is_opened_anew);
	return run_test_case(tc, "runner");
}

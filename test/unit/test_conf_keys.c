/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every key with values that are right, at its limits, and just beyond; and that each value
 * arrives in its field. A guard compares the rows here with the table of keys, so that a new key
 * without a test fails.
 */
#include <errno.h>

#include "conf/keys.h"
#include "conf_kit.h"
#include "unit.h"

enum outcome {
	GOOD,
	BAD
};

struct row {
	const char *key;
	const char *value;
	enum outcome outcome;
	const char *with; /* another line of the section */
};

#define HOOK_ROWS                                                                                  \
	{ "notify", "/bin/true", GOOD, NULL }, { "notify", "''", BAD, NULL },                      \
		{ "notify-master", "'/bin/true x'", GOOD, NULL },                                  \
		{ "notify-master", "''", BAD, NULL },                                              \
		{ "notify-backup", "/bin/true", GOOD, NULL },                                      \
		{ "notify-backup", "''", BAD, NULL }, { "notify-fault", "/bin/true", GOOD, NULL }, \
		{ "notify-fault", "''", BAD, NULL }, { "notify-stop", "/bin/true", GOOD, NULL },   \
		{ "notify-stop", "''", BAD, NULL },                                                \
		{ "notify-timeout", "1s", GOOD, "notify = x" },                                    \
		{ "notify-timeout", "1h", GOOD, "notify = x" },                                    \
		{ "notify-timeout", "999ms", BAD, "notify = x" },                                  \
	{                                                                                          \
		"notify-timeout", "3601s", BAD, "notify = x"                                       \
	}

static const struct row global_rows[] = {
	{ "name", "lb1", GOOD, NULL },
	{ "name", "a23456789012345678901234567890123456789012345678901234567890123", GOOD, NULL },
	{ "name", "a234567890123456789012345678901234567890123456789012345678901234", BAD, NULL },
	{ "name", "'a b'", BAD, NULL },
	{ "control-group", "vrrp", GOOD, NULL },
	{ "control-group", "''", BAD, NULL },
	{ "log", "stderr", GOOD, NULL },
	{ "log", "syslog", GOOD, NULL },
	{ "log", "journal", GOOD, NULL },
	{ "log", "STDERR", BAD, NULL },
	{ "log-level", "error", GOOD, NULL },
	{ "log-level", "warning", GOOD, NULL },
	{ "log-level", "notice", GOOD, NULL },
	{ "log-level", "info", GOOD, NULL },
	{ "log-level", "debug", GOOD, NULL },
	{ "log-level", "6", BAD, NULL },
	{ "realtime", "true", GOOD, NULL },
	{ "realtime", "FALSE", GOOD, NULL },
	{ "realtime", "2", BAD, NULL },
	{ "metrics", "off", GOOD, NULL },
	{ "metrics", "127.0.0.1:9650", GOOD, NULL },
	{ "metrics", "'[::1]:65535'", GOOD, NULL },
	{ "metrics", "127.0.0.1:65536", BAD, NULL },
	{ "metrics", "127.0.0.1:0", BAD, NULL },
	{ "metrics", "::1:80", BAD, NULL },
	{ "metrics", "'[127.0.0.1]:80'", BAD, NULL },
	{ "metrics", "localhost:80", BAD, NULL },
	{ "metrics", "'[]:80'", BAD, NULL },
	{ "metrics", ":80", BAD, NULL },
	{ "metrics", "yes", BAD, NULL },
	{ "script-user", "nobody", GOOD, NULL },
	{ "script-user", "'a:b c'", BAD, NULL },
	{ "notify-fifo", "/run/f", GOOD, NULL },
	{ "notify-fifo", "run/f", BAD, NULL },
	{ "notify-fifo", "\"/run/f\vx\"", BAD, NULL },
	{ "address-lifetime", "off", GOOD, NULL },
	{ "address-lifetime", "5s", GOOD, NULL },
	{ "address-lifetime", "4999ms", BAD, NULL },
};

static const struct row instance_rows[] = {
	{ "interface", "eth0.100", GOOD, NULL },
	{ "interface", "interface012345", GOOD, NULL },
	{ "interface", "interface0123456", BAD, NULL },
	{ "interface", ".", BAD, NULL },
	{ "interface", "'a b'", BAD, NULL },
	{ "vrid", "1", GOOD, NULL },
	{ "vrid", "255", GOOD, NULL },
	{ "vrid", "0", BAD, NULL },
	{ "vrid", "256", BAD, NULL },
	{ "vrid", "-1", BAD, NULL },
	{ "vrid", "+1", BAD, NULL },
	{ "vrid", "1.0", BAD, NULL },
	{ "vrid", "' 1'", BAD, NULL },
	{ "addresses", "{192.0.2.10/24}", GOOD, NULL },
	{ "addresses", "192.0.2.10", GOOD, NULL },
	{ "addresses", "{192.0.2.10/1}", GOOD, NULL },
	{ "addresses", "{192.0.2.10/32}", GOOD, NULL },
	{ "addresses", "{192.0.2.10/33}", BAD, NULL },
	{ "addresses", "{192.0.2.10/0}", BAD, NULL },
	{ "addresses", "{}", BAD, NULL },
	{ "addresses", "{2001:db8::1/64}", GOOD, NULL },
	{ "extra-addresses", "{}", GOOD, NULL },
	{ "extra-addresses", "{192.0.2.11/24, 192.0.2.12/24}", GOOD, NULL },
	{ "extra-addresses", "{192.0.2.256/24}", BAD, NULL },
	{ "version", "2", GOOD, NULL },
	{ "version", "3", GOOD, NULL },
	{ "version", "1", BAD, NULL },
	{ "version", "4", BAD, NULL },
	{ "priority", "1", GOOD, NULL },
	{ "priority", "255", GOOD, NULL },
	{ "priority", "0", BAD, NULL },
	{ "priority", "256", BAD, NULL },
	{ "advert-interval", "10ms", GOOD, NULL },
	{ "advert-interval", "40.95s", GOOD, NULL },
	{ "advert-interval", "0.01", GOOD, NULL },
	{ "advert-interval", "9ms", BAD, NULL },
	{ "advert-interval", "40.96s", BAD, NULL },
	{ "advert-interval", "11ms", BAD, NULL },
	{ "advert-interval", "0", BAD, NULL },
	{ "advert-interval", "2h", BAD, NULL },
	{ "advert-interval", "1s", GOOD, "version = 2" },
	{ "advert-interval", "255", GOOD, "version = 2" },
	{ "advert-interval", "990ms", BAD, "version = 2" },
	{ "advert-interval", "256s", BAD, "version = 2" },
	{ "advert-interval", "2.5s", BAD, "version = 2" },
	{ "preempt", "off", GOOD, NULL },
	{ "preempt", "0", BAD, NULL },
	{ "preempt-delay", "24h", GOOD, NULL },
	{ "preempt-delay", "0", GOOD, NULL },
	{ "preempt-delay", "24.001h", BAD, NULL },
	{ "accept", "true", GOOD, NULL },
	{ "accept", "false", GOOD, NULL },
	{ "accept", "always", BAD, NULL },
	{ "virtual-mac", "no", GOOD, NULL },
	{ "virtual-mac", "yes", GOOD, NULL },
	{ "virtual-mac", "00:00:5e:00:01:33", BAD, NULL },
	{ "source-address", "192.0.2.1", GOOD, NULL },
	{ "source-address", "{192.0.2.1}", GOOD, NULL },
	{ "source-address", "{}", GOOD, NULL },
	{ "source-address", "192.0.2.1/24", BAD, NULL },
	{ "source-address", "224.0.0.18", BAD, NULL },
	{ "source-address", "{192.0.2.1, 192.0.2.2}", BAD, NULL },
	{ "source-address", "192.0.2.10", BAD, NULL },
	{ "source-address", "192.0.2.10", GOOD, "priority = 255" },
	{ "peers", "{}", GOOD, NULL },
	{ "peers", "{192.0.2.2}", GOOD, NULL },
	{ "peers", "{192.0.2.2/24}", BAD, NULL },
	{ "peers", "{192.0.2.2, 192.0.2.3, 192.0.2.2}", BAD, NULL },
	{ "min-ttl", "255", GOOD, NULL },
	{ "min-ttl", "1", GOOD, NULL },
	{ "min-ttl", "0", BAD, NULL },
	{ "min-ttl", "256", BAD, NULL },
	{ "auth-password", "secret", GOOD, "version = 2" },
	{ "auth-password", "''", BAD, "version = 2" },
	{ "checksum-pseudo-header", "false", GOOD, NULL },
	{ "checksum-pseudo-header", "auto", BAD, NULL },
	{ "routes", "{}", GOOD, NULL },
	{ "routes", "{'default via 192.0.2.1'}", GOOD, NULL },
	{ "routes", "{'default via 192.0.2.1', 'blackhole 10.0.0.0/8'}", GOOD, NULL },
	{ "routes", "{'default'}", BAD, NULL },
	{ "routes", "{''}", BAD, NULL },
	{ "rules", "{}", GOOD, NULL },
	{ "rules", "{'from all table 5'}", GOOD, NULL },
	{ "rules", "{'from all'}", BAD, NULL },
	{ "rules", "{''}", BAD, NULL },
	{ "announce-count", "1", GOOD, NULL },
	{ "announce-count", "100", GOOD, NULL },
	{ "announce-count", "0", BAD, NULL },
	{ "announce-count", "101", BAD, NULL },
	{ "announce-repeat", "0", GOOD, NULL },
	{ "announce-repeat", "1h", GOOD, NULL },
	{ "announce-repeat", "3600001ms", BAD, NULL },
	{ "announce-refresh", "0s", GOOD, NULL },
	{ "announce-refresh", "0ms", GOOD, NULL },
	{ "announce-refresh", "100ms", GOOD, NULL },
	{ "announce-refresh", "1ms", BAD, NULL },
	{ "announce-refresh", "99ms", BAD, NULL },
	{ "announce-refresh", "1440m", GOOD, NULL },
	{ "announce-refresh", "1441m", BAD, NULL },
	{ "announce-interval", "1000ms", GOOD, NULL },
	{ "announce-interval", "1001ms", BAD, NULL },
	HOOK_ROWS,
};

static const struct row script_rows[] = {
	{ "command", "\"/usr/bin/pgrep -x haproxy\"", GOOD, NULL },
	{ "command", "''", BAD, NULL },
	{ "command", "\"/bin/true\vx\"", BAD, NULL },
	{ "interval", "10ms", GOOD, NULL },
	{ "interval", "24h", GOOD, NULL },
	{ "interval", "9ms", BAD, NULL },
	{ "interval", "24.01h", BAD, NULL },
	{ "timeout", "10ms", GOOD, NULL },
	{ "timeout", "24h", GOOD, "interval = 1s" },
	{ "timeout", "0", BAD, NULL },
	{ "timeout", "24.01h", BAD, NULL },
	{ "rise", "1", GOOD, NULL },
	{ "rise", "1000", GOOD, NULL },
	{ "rise", "0", BAD, NULL },
	{ "rise", "1001", BAD, NULL },
	{ "fall", "1", GOOD, NULL },
	{ "fall", "1000", GOOD, NULL },
	{ "fall", "0", BAD, NULL },
	{ "fall", "1001", BAD, NULL },
	{ "user", "www-data", GOOD, NULL },
	{ "user", "'a b'", BAD, NULL },
	{ "initially", "up", GOOD, NULL },
	{ "initially", "down", GOOD, NULL },
	{ "initially", "unknown", GOOD, NULL },
	{ "initially", "UP", BAD, NULL },
};

static const struct row process_rows[] = {
	{ "command", "nginx", GOOD, NULL },
	{ "command", "''", BAD, NULL },
	{ "minimum", "0", GOOD, "maximum = 0" },
	{ "minimum", "1000000", GOOD, NULL },
	{ "minimum", "1000001", BAD, NULL },
	{ "minimum", "-1", BAD, NULL },
	{ "maximum", "1", GOOD, NULL },
	{ "maximum", "none", GOOD, NULL },
	{ "maximum", "1000000", GOOD, NULL },
	{ "maximum", "1000001", BAD, NULL },
	{ "maximum", "0", BAD, NULL },
	{ "maximum", "1", BAD, "minimum = 2" },
	{ "delay", "0", GOOD, NULL },
	{ "delay", "1h", GOOD, NULL },
	{ "delay", "3601s", BAD, NULL },
};

static const struct row file_rows[] = {
	{ "path", "/run/load", GOOD, NULL },
	{ "path", "run/load", BAD, NULL },
	{ "path", "''", BAD, NULL },
};

static const struct row bfd_rows[] = {
	{ "peer", "192.0.2.2", GOOD, NULL },
	{ "peer", "2001:db8::2", GOOD, NULL },
	{ "peer", "192.0.2.2", GOOD, "source = 192.0.2.1" },
	{ "peer", "192.0.2.2/24", BAD, NULL },
	{ "peer", "224.0.0.18", BAD, NULL },
	{ "peer", "0.0.0.0", BAD, NULL },
	{ "peer", "fe80::2", BAD, NULL },
	{ "peer", "::ffff:192.0.2.2", BAD, NULL },
	{ "source", "192.0.2.1", GOOD, NULL },
	{ "source", "192.0.2.2", BAD, NULL }, /* the peer */
	{ "source", "2001:db8::1", BAD, NULL },
	{ "source", "224.0.0.18", BAD, NULL },
	{ "transmit", "10ms", GOOD, NULL },
	{ "transmit", "60s", GOOD, NULL },
	{ "transmit", "9999us", BAD, NULL },
	{ "transmit", "9ms", BAD, NULL },
	{ "transmit", "60001ms", BAD, NULL },
	{ "receive", "10ms", GOOD, NULL },
	{ "receive", "60s", GOOD, NULL },
	{ "receive", "9ms", BAD, NULL },
	{ "receive", "60001ms", BAD, NULL },
	{ "multiplier", "1", GOOD, NULL },
	{ "multiplier", "255", GOOD, NULL },
	{ "multiplier", "0", BAD, NULL },
	{ "multiplier", "256", BAD, NULL },
	{ "ttl", "1", GOOD, NULL },
	{ "ttl", "255", GOOD, NULL },
	{ "ttl", "0", BAD, NULL },
	{ "ttl", "256", BAD, NULL },
};

static const struct row group_rows[] = {
	{ "instances", "{web, lan}", GOOD, NULL },
	{ "instances", "web", GOOD, NULL },
	{ "instances", "{}", BAD, NULL },
	{ "instances", "{web, web}", BAD, NULL },
	{ "instances", "{web, www}", BAD, NULL },
	{ "instances", "{web, 'l an'}", BAD, NULL },
	HOOK_ROWS,
};

static const struct row track_rows[] = {
	{ "weight", "0", GOOD, NULL },    { "weight", "-254", GOOD, NULL },
	{ "weight", "254", GOOD, NULL },  { "weight", "-255", BAD, NULL },
	{ "weight", "255", BAD, NULL },   { "weight", "x", BAD, NULL },
	{ "inverse", "yes", GOOD, NULL }, { "inverse", "maybe", BAD, NULL },
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void add_line(char *text, size_t cap, const struct row *row, const char *key,
		     const char *value)
{
	size_t len = strlen(text);

	if (strcmp(row->key, key) != 0)
		snprintf(text + len, cap - len, "%s = %s\n", key, value);
}

#define LAN "instance lan { interface = eth1 vrid = 1 addresses = 10.0.0.1 }\n"

/* What makes the text right around the row, whose key stands in line 2. */
static const struct frame {
	enum section in;
	const struct row *rows;
	size_t count;
	const char *before;
	const char *others[3][2]; /* keys of the section, unless the row has them */
	const char *after;
} frames[] = {
	{ SECTION_GLOBAL,
	  global_rows,
	  COUNT(global_rows),
	  "global {",
	  { { NULL } },
	  "}\n" WEB("") },
	{ SECTION_INSTANCE,
	  instance_rows,
	  COUNT(instance_rows),
	  "instance web {",
	  { { "interface", "eth0" }, { "vrid", "51" }, { "addresses", "192.0.2.10/24" } },
	  "}\n" },
	{ SECTION_SCRIPT,
	  script_rows,
	  COUNT(script_rows),
	  "script x {",
	  { { "command", "/bin/true" } },
	  "}\n" WEB("track-script x {}") },
	{ SECTION_PROCESS,
	  process_rows,
	  COUNT(process_rows),
	  "process x {",
	  { { "command", "/bin/true" } },
	  "}\n" WEB("track-process x {}") },
	{ SECTION_FILE,
	  file_rows,
	  COUNT(file_rows),
	  "file x {",
	  { { "path", "/run/x" } },
	  "}\n" WEB("track-file x {}") },
	{ SECTION_BFD,
	  bfd_rows,
	  COUNT(bfd_rows),
	  "bfd x {",
	  { { "peer", "192.0.2.2" } },
	  "}\n" WEB("track-bfd x {}") },
	{ SECTION_GROUP,
	  group_rows,
	  COUNT(group_rows),
	  "group x {",
	  { { "instances", "{web, lan}" } },
	  "}\n" WEB("") LAN },
	{ SECTION_TRACK_SCRIPT,
	  track_rows,
	  COUNT(track_rows),
	  "instance web { interface = eth0 vrid = 51 addresses = 192.0.2.10 track-script x {",
	  { { NULL } },
	  "} }\nscript x { command = /bin/true }\n" },
};

static void write_text(char *text, size_t cap, const struct frame *f, const struct row *row)
{
	snprintf(text, cap, "%s\n%s = %s\n%s\n", f->before, row->key, row->value,
		 row->with ? row->with : "");
	for (size_t i = 0; i < 3 && f->others[i][0]; i++)
		add_line(text, cap, row, f->others[i][0], f->others[i][1]);
	strcat(text, f->after);
}

static void try_row(const struct frame *frame, const struct row *row)
{
	char text[1024], begins[128];

	write_text(text, sizeof(text), frame, row);
	struct loaded l = load_text(text);

	snprintf(begins, sizeof(begins), "test.conf:2: key \"%s\"", row->key);
	ck_assert_msg((l.rc == 0) == (row->outcome == GOOD), "%s%s", text, l.problems);
	ck_assert_msg(l.errors == (row->outcome != GOOD), "one problem: %s%s", text, l.problems);
	if (row->outcome != GOOD)
		ck_assert_msg(strncmp(l.problems, begins, strlen(begins)) == 0, "%s%s", text,
			      l.problems);
	loaded_done(&l);
}

START_TEST(each_key_takes_what_is_right_and_refuses_the_rest)
{
	for (size_t f = 0; f < COUNT(frames); f++)
		for (size_t i = 0; i < frames[f].count; i++)
			try_row(&frames[f], &frames[f].rows[i]);
}
END_TEST

static bool has_row(const struct frame *f, const char *key, enum outcome outcome)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->rows[i].key, key) == 0 && f->rows[i].outcome == outcome)
			return true;
	return false;
}

static const struct frame *frame_of(const struct key *k)
{
	for (size_t f = 0; f < COUNT(frames); f++)
		if (k->in & IN(frames[f].in))
			return &frames[f];
	return NULL;
}

START_TEST(no_key_is_without_a_test)
{
	size_t without = 0;

	for (size_t i = 0; i < key_count; i++) {
		const struct key *k = &keys[i];
		const struct frame *f = frame_of(k);

		if (k->kind == KIND_SECTION || k->kind == KIND_INCLUDE)
			continue;
		without += f == NULL;
		if (!f)
			continue;
		ck_assert_msg(has_row(f, k->name, BAD), "%s: no bad value", k->name);
		ck_assert_msg(has_row(f, k->name, GOOD), "%s: no good value", k->name);
	}
	/* the weight of a file */
	ck_assert_uint_eq(without, 1);
}
END_TEST

START_TEST(each_value_arrives_in_its_field)
{
	struct loaded l = load_path(TEST_DIR "/conf/good/every-key.conf");
	const struct settings *s = l.settings;

	ck_assert_int_eq(l.rc, 0);
	ck_assert_str_eq(s->global.name, "lb1.example");
	ck_assert_str_eq(s->global.control_group, "vrrp");
	ck_assert_int_eq(s->global.log_target, LOG_TARGET_JOURNAL);
	ck_assert_int_eq(s->global.log_level, LOG_LEVEL_DEBUG);
	ck_assert(s->global.realtime);
	ck_assert_uint_eq(s->instance_count, 2);

	const struct instance_settings *web = &s->instances[0], *lan = &s->instances[1];
	struct ip_addr source;

	ck_assert_str_eq(web->name, "web");
	ck_assert_str_eq(web->interface, "eth0");
	ck_assert_uint_eq(web->vrid, 255);
	ck_assert_uint_eq(web->version, 2);
	ck_assert_uint_eq(web->priority, 254);
	ck_assert_int_eq(web->advert_interval.us, span_s(255).us);
	ck_assert(!web->preempt);
	ck_assert_int_eq(ip_parse("192.0.2.1", &source), 0);
	ck_assert(ip_equal(web->source[FAMILY_V4], source));
	ck_assert(!ip_is_set(web->source[FAMILY_V6]));
	ck_assert_uint_eq(web->announce.count, 100);
	ck_assert_int_eq(web->announce.repeat.us, span_s(3600).us);
	ck_assert_int_eq(web->announce.refresh.us, span_s(90).us);
	ck_assert_int_eq(web->announce.interval.us, 250);

	ck_assert_str_eq(lan->interface, "eth0.100");
	ck_assert_uint_eq(lan->vrid, 1);
	ck_assert_uint_eq(lan->priority, 1);
	ck_assert_int_eq(lan->advert_interval.us, span_ms(10).us);
	ck_assert_int_eq(lan->preempt_delay.us, span_s(86400).us);
	ck_assert(!lan->checksum_pseudo_header);
	loaded_done(&l);
}
END_TEST

START_TEST(addresses_keep_their_order_and_their_options)
{
	struct loaded l = load_path(TEST_DIR "/conf/good/every-key.conf");
	const struct settings *s = l.settings;
	const struct instance_settings *web = &s->instances[0], *lan = &s->instances[1];
	const struct vip *vip = &s->vips[web->addresses[FAMILY_V4].first];
	char text[IP_PREFIX_TEXT_MAX];

	ck_assert_uint_eq(web->addresses[FAMILY_V4].count, 4);
	ck_assert_uint_eq(web->addresses[FAMILY_V6].count, 0);
	ck_assert_uint_eq(web->extra.count, 3);
	ck_assert_uint_eq(lan->addresses[FAMILY_V4].count, 1);
	ck_assert_uint_eq(s->vip_count, 8);
	ck_assert_str_eq(ip_prefix_text(vip[0].addr, vip[0].prefix_len, text), "192.0.2.10/24");
	ck_assert_str_eq(ip_prefix_text(vip[1].addr, vip[1].prefix_len, text), "192.0.2.11/24");
	ck_assert_str_eq(vip[1].dev, "eth1");
	ck_assert_str_eq(vip[1].label, "eth1:1");
	ck_assert_uint_eq(vip[1].scope, 253);
	ck_assert_str_eq(ip_text(vip[1].broadcast, text), "192.0.2.255");
	ck_assert(vip[1].nodad && vip[1].deprecated);
	ck_assert_uint_eq(vip[2].scope, 254);
	ck_assert(!ip_is_set(vip[2].broadcast) && !vip[2].nodad && !vip[2].deprecated);
	ck_assert_uint_eq(vip[3].prefix_len, 32);
	vip = &s->vips[web->extra.first];
	ck_assert_str_eq(ip_prefix_text(vip[2].addr, vip[2].prefix_len, text), "203.0.113.1/24");
	ck_assert_uint_eq(vip[1].scope, 200);
	loaded_done(&l);
}
END_TEST

START_TEST(what_is_not_said_has_its_documented_default)
{
	struct settings *s = settings_of("global { name = x }\n" WEB(""));
	const struct instance_settings *web = &s->instances[0];

	ck_assert_str_eq(s->global.control_group, "");
	ck_assert_int_eq(s->global.log_target, LOG_TARGET_STDERR);
	ck_assert_int_eq(s->global.log_level, LOG_LEVEL_INFO);
	ck_assert(!s->global.realtime);
	ck_assert_uint_eq(web->version, 3);
	ck_assert_uint_eq(web->priority, 100);
	ck_assert_int_eq(web->advert_interval.us, span_s(1).us);
	ck_assert(web->preempt && web->accept && !web->virtual_mac && web->checksum_pseudo_header);
	ck_assert_int_eq(web->preempt_delay.us, 0);
	ck_assert_uint_eq(web->min_ttl, 255);
	ck_assert_uint_eq(web->announce.count, 5);
	ck_assert_int_eq(web->announce.repeat.us, span_s(5).us);
	ck_assert_int_eq(web->announce.refresh.us, 0);
	ck_assert_int_eq(web->announce.interval.us, 0);
	ck_assert_str_eq(web->auth_password, "");
	ck_assert_uint_eq(web->peers.count, 0);

	/* the same as when every default is said */
	struct loaded said = load_path(TEST_DIR "/conf/good/defaults.conf");

	strcpy(said.settings->global.name, "x");
	ck_assert(settings_equal(s, said.settings));
	loaded_done(&said);
	settings_free(s);
}
END_TEST

START_TEST(a_router_without_a_name_has_that_of_its_host)
{
	struct settings *s = settings_of(WEB(""));

	ck_assert_str_ne(s->global.name, "");
	settings_free(s);
}
END_TEST

START_TEST(labels_and_interfaces_of_addresses_have_their_limits)
{
	static const struct {
		const char *item;
		bool good;
	} rows[] = {
		{ "192.0.2.10/24 label eth0:0123456789", true },   /* 15 */
		{ "192.0.2.10/24 label eth0:01234567890", false }, /* 16 */
		{ "192.0.2.10/24 dev interface012345", true },
		{ "192.0.2.10/24 dev interface0123456", false },
		{ "192.0.2.10/24 broadcast -", true },
		{ "192.0.2.10/24 broadcast ::1", false },
		{ "192.0.2.10/24 broadcast", false },
		{ "192.0.2.10/24 nodad nodad", false },
		{ "192.0.2.10/24 preferred-lifetime 0", true },
		{ "192.0.2.10/24 preferred-lifetime 0s", false },
		{ "  192.0.2.10/24\tnodad  ", true },
		{ "dev eth0 192.0.2.10/24", false },
		{ " ", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];

		snprintf(text, sizeof(text),
			 "instance web {\n interface = eth0\n vrid = 51\n addresses = {'%s'}\n}\n",
			 rows[i].item);
		struct loaded l = load_text(text);

		ck_assert_msg((l.rc == 0) == rows[i].good, "%s: %s", rows[i].item, l.problems);
		ck_assert_msg(l.errors == !rows[i].good, "%s: %s", rows[i].item, l.problems);
		loaded_done(&l);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_keys");

	tcase_add_test(tc, each_key_takes_what_is_right_and_refuses_the_rest);
	tcase_add_test(tc, no_key_is_without_a_test);
	tcase_add_test(tc, each_value_arrives_in_its_field);
	tcase_add_test(tc, addresses_keep_their_order_and_their_options);
	tcase_add_test(tc, what_is_not_said_has_its_documented_default);
	tcase_add_test(tc, a_router_without_a_name_has_that_of_its_host);
	tcase_add_test(tc, labels_and_interfaces_of_addresses_have_their_limits);
	return run_test_case(tc, "conf_keys");
}

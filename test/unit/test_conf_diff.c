/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload says it changed: every key, addresses that come, go, change and move, instances
 * by what they are on the wire, and nothing at all for the same file.
 */
#include "conf/conf_diff.h"
#include "conf_kit.h"
#include "unit.h"

/* The lines of the difference, each ended by a line feed. */
static char *diff_of(const struct settings *old, const struct settings *fresh)
{
	struct conf_diff diff;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(conf_diff(old, fresh, &diff), 0);
	for (size_t i = 0; i < diff.count; i++)
		fprintf(out, "%s\n", diff.lines[i]);
	fclose(out);
	conf_diff_done(&diff);
	return text;
}

static void assert_diff(const char *old_text, const char *fresh_text, const char *expected)
{
	struct settings *old = settings_of(old_text), *fresh = settings_of(fresh_text);
	char *text = diff_of(old, fresh);

	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(settings_equal(old, fresh), expected[0] == '\0');
	free(text);
	settings_free(old);
	settings_free(fresh);
}

#define INSTANCE(name, where, lines) \
	"instance " name " { interface = " where "\n addresses = {192.0.2.10/24}\n" lines "\n}\n"

START_TEST(the_same_file_differs_in_nothing)
{
	struct loaded a = load_path(TEST_DIR "/conf/good/every-key.conf");
	struct loaded b = load_path(TEST_DIR "/conf/good/every-key.conf");
	char *text = diff_of(a.settings, b.settings);

	ck_assert_str_eq(text, "");
	free(text);
	loaded_done(&a);
	loaded_done(&b);
}
END_TEST

START_TEST(saying_a_default_changes_nothing)
{
	assert_diff(WEB(""), WEB("priority = 100\n preempt = yes\n extra-addresses = {}"), "");
}
END_TEST

START_TEST(the_order_of_instances_changes_nothing_but_is_not_equal)
{
	struct settings *old =
		settings_of(INSTANCE("a", "eth0", "vrid = 1") INSTANCE("b", "eth1", "vrid = 1"));
	struct settings *fresh =
		settings_of(INSTANCE("b", "eth1", "vrid = 1") INSTANCE("a", "eth0", "vrid = 1"));
	char *text = diff_of(old, fresh);

	ck_assert_str_eq(text, "");
	ck_assert(!settings_equal(old, fresh));
	free(text);
	settings_free(old);
	settings_free(fresh);
}
END_TEST

START_TEST(global_keys_are_told)
{
	assert_diff(
		"global { name = a }\n" WEB(""),
		"global { name = b control-group = adm log = syslog log-level = debug realtime = "
		"true }\n" WEB(""),
		"global: name a -> b\n"
		"global: control-group none -> adm\n"
		"global: log stderr -> syslog\n"
		"global: log-level info -> debug\n"
		"global: realtime false -> true\n");
}
END_TEST

START_TEST(keys_of_an_instance_are_told)
{
	assert_diff(WEB("priority = 150"),
		    WEB("priority = 100\n version = 2\n advert-interval = 2s\n preempt = no\n"
			"announce-count = 1\n announce-repeat = 0\n announce-refresh = 1m\n"
			"announce-interval = 5ms\n source-address = 192.0.2.1"),
		    "web: version 3 -> 2\n"
		    "web: priority 150 -> 100\n"
		    "web: advert-interval 1s -> 2s\n"
		    "web: preempt true -> false\n"
		    "web: announce-count 5 -> 1\n"
		    "web: announce-repeat 5s -> 0s\n"
		    "web: announce-refresh 0s -> 1m\n"
		    "web: announce-interval 0s -> 5ms\n"
		    "web: source-address none -> 192.0.2.1\n");
}
END_TEST

START_TEST(addresses_come_and_go_and_change)
{
	const char *old = "instance web { interface = eth0 vrid = 51\n"
			  "addresses = {192.0.2.10/24, 192.0.2.11/24, 192.0.2.12/24}\n"
			  "extra-addresses = {10.0.0.1/32} }";
	const char *fresh = "instance web { interface = eth0 vrid = 51\n"
			    "addresses = {192.0.2.13/24, 192.0.2.12/24 dev eth1, 192.0.2.10/24}\n"
			    "extra-addresses = {10.0.0.2/32} }";

	assert_diff(old, fresh,
		    "web: address 192.0.2.11/24 removed\n"
		    "web: address 192.0.2.12/24 dev eth1 changed\n"
		    "web: address 192.0.2.13/24 added\n"
		    "web: extra address 10.0.0.1/32 removed\n"
		    "web: extra address 10.0.0.2/32 added\n");
}
END_TEST

START_TEST(what_changes_alone_is_told_alone)
{
	assert_diff("instance web { interface = eth0 vrid = 1 addresses = {10.0.0.1, 10.0.0.2} }",
		    "instance web { interface = eth0 vrid = 1 addresses = {10.0.0.1 nodad, "
		    "10.0.0.2} }",
		    "web: address 10.0.0.1/32 nodad changed\n");
	assert_diff(WEB(""), WEB("source-address = 192.0.2.1"),
		    "web: source-address none -> 192.0.2.1\n");
	assert_diff("global { name = x }\n" WEB(""), "global { name = y }\n" WEB(""),
		    "global: name x -> y\n");
	assert_diff(WEB(""), WEB("announce-count = 6"), "web: announce-count 5 -> 6\n");
}
END_TEST

START_TEST(another_order_of_addresses_is_told)
{
	assert_diff("instance web { interface = eth0 vrid = 1 addresses = {10.0.0.1, 10.0.0.2} }",
		    "instance web { interface = eth0 vrid = 1 addresses = {10.0.0.2, 10.0.0.1} }",
		    "web: order of its addresses changed\n");
	assert_diff("instance web { interface = eth0 vrid = 1 addresses = 10.0.0.1\n"
		    "extra-addresses = {10.0.0.2, 10.0.0.3} }",
		    "instance web { interface = eth0 vrid = 1 addresses = 10.0.0.1\n"
		    "extra-addresses = {10.0.0.3, 10.0.0.2} }",
		    "web: order of its extra addresses changed\n");
}
END_TEST

START_TEST(an_address_may_move_to_the_extra_ones)
{
	assert_diff("instance web { interface = eth0 vrid = 1 addresses = {10.0.0.1, 10.0.0.2} }",
		    "instance web { interface = eth0 vrid = 1 addresses = 10.0.0.1\n"
		    "extra-addresses = 10.0.0.2 }",
		    "web: address 10.0.0.2/32 removed\n"
		    "web: extra address 10.0.0.2/32 added\n");
}
END_TEST

START_TEST(instances_are_new_removed_or_called_otherwise)
{
	assert_diff(INSTANCE("web", "eth0", "vrid = 51") INSTANCE("dmz", "eth2", "vrid = 7"),
		    INSTANCE("lan", "eth1", "vrid = 52")
			    INSTANCE("www", "eth0", "vrid = 51 priority = 50"),
		    "lan: new (eth1, vrid 52)\n"
		    "www: was called web\n"
		    "www: priority 100 -> 50\n"
		    "dmz: removed (eth2, vrid 7)\n");
}
END_TEST

START_TEST(another_interface_or_vrid_is_another_instance)
{
	assert_diff(INSTANCE("web", "eth0", "vrid = 51"), INSTANCE("web", "eth1", "vrid = 51"),
		    "web: new (eth1, vrid 51)\n"
		    "web: removed (eth0, vrid 51)\n");
	assert_diff(INSTANCE("web", "eth0", "vrid = 51"), INSTANCE("web", "eth0", "vrid = 52"),
		    "web: new (eth0, vrid 52)\n"
		    "web: removed (eth0, vrid 51)\n");
}
END_TEST

START_TEST(names_that_change_places_are_not_confused)
{
	assert_diff(
		INSTANCE("a", "eth0", "vrid = 1") INSTANCE("b", "eth1", "vrid = 1 priority = 7"),
		INSTANCE("b", "eth0", "vrid = 1") INSTANCE("a", "eth1", "vrid = 1 priority = 7"),
		"b: was called a\n"
		"a: was called b\n");
}
END_TEST

START_TEST(what_is_watched_is_told_by_its_name)
{
	assert_diff("script a { command = '/bin/a b' interval = 2s }\n"
		    "script gone { command = x }\n"
		    "process a { command = a }\n" WEB("track-script a {} track-process a {}\n"
						      "track-script gone {}"),
		    "file new { path = /new }\n"
		    "process a { command = b maximum = 7 }\n"
		    "script a { command = /bin/c fall = 3 user = bin initially = up }\n" WEB(
			    "track-script a {} track-process a {} track-file new {}"),
		    "file new: new\n"
		    "process a: command a -> b\n"
		    "process a: maximum none -> 7\n"
		    "script a: command /bin/a b -> /bin/c\n"
		    "script a: interval 2s -> 1s\n"
		    "script a: timeout 2s -> 1s\n"
		    "script a: fall 1 -> 3\n"
		    "script a: user none -> bin\n"
		    "script a: initially unknown -> up\n"
		    "script gone: removed\n"
		    "web: track-file new added\n"
		    "web: track-script gone removed\n");
}
END_TEST

START_TEST(what_is_tracked_is_told_whatever_its_number)
{
	/* another order of scripts and of tracks is the same for everybody but settings_equal() */
	struct settings *old =
		settings_of("script a { command = a }\nscript b { command = b }\n" WEB(
			"track-script a {} track-script b { weight = 5 }"));
	struct settings *fresh =
		settings_of("script b { command = b }\nscript a { command = a }\n" WEB(
			"track-script b { weight = 5 } track-script a {}"));
	char *text = diff_of(old, fresh);

	ck_assert_str_eq(text, "");
	ck_assert(!settings_equal(old, fresh));
	free(text);
	settings_free(old);
	settings_free(fresh);

	assert_diff("script a { command = a }\nscript b { command = b }\n" WEB(
			    "track-script a {} track-interface eth1 { weight = 5 }\n"
			    "track-script b {}"),
		    "script a { command = a }\nscript b { command = b }\n" WEB(
			    "track-script a { weight = -9 inverse = yes } track-script b {}\n"
			    "track-interface eth2 { weight = 5 }"),
		    "web: track-script a: weight 0 -> -9\n"
		    "web: track-script a: inverse false -> true\n"
		    "web: track-interface eth2 added\n"
		    "web: track-interface eth1 removed\n");
}
END_TEST

#define LAN(lines) INSTANCE("lan", "eth1", "vrid = 1\n" lines)

START_TEST(hooks_are_told)
{
	assert_diff("global { name = x }\n" WEB("notify = /bin/a\n notify-fault = /bin/f"),
		    "global { name = x notify-fifo = /fifo script-user = bin }\n" WEB(
			    "notify = /bin/b\n notify-stop = '/bin/s \"x\"'\n notify-timeout = 5s"),
		    "global: script-user nobody -> bin\n"
		    "global: notify-fifo none -> /fifo\n"
		    "web: notify /bin/a -> /bin/b\n"
		    "web: notify-fault /bin/f -> none\n"
		    "web: notify-stop none -> /bin/s \"x\"\n"
		    "web: notify-timeout 30s -> 5s\n");
}
END_TEST

START_TEST(a_long_command_is_told_to_have_changed)
{
	char *old_text, *fresh_text;

	ck_assert_int_gt(asprintf(&old_text, WEB("notify = /%0300d"), 0), 0);
	ck_assert_int_gt(asprintf(&fresh_text, WEB("notify = /%0301d"), 0), 0);
	assert_diff(old_text, fresh_text, "web: notify changed\n");
	free(old_text);
	free(fresh_text);
}
END_TEST

START_TEST(groups_are_told_and_who_is_in_them)
{
	assert_diff(WEB("") LAN(""), WEB("") LAN("") "group edge { instances = {web, lan} }\n",
		    "web: group none -> edge\n"
		    "lan: group none -> edge\n"
		    "group edge: new\n");
	assert_diff(WEB("") LAN("") "group edge { instances = {web, lan} }\n",
		    WEB("") LAN("") "group core { instances = {web, lan} }\n",
		    "web: group edge -> core\n"
		    "lan: group edge -> core\n"
		    "group core: new\n"
		    "group edge: removed\n");
	assert_diff(WEB("") LAN("") "group edge { instances = {web, lan}\n"
				    "  notify = a track-interface eth2 {} }\n",
		    WEB("") LAN("") "group edge { instances = {lan, web} notify = b\n"
				    "  track-interface eth2 { weight = 2 }\n"
				    "  track-interface eth3 { weight = 3 } }\n",
		    "group edge: notify a -> b\n"
		    "group edge: track-interface eth2: weight 0 -> 2\n"
		    "group edge: track-interface eth3 added\n");
}
END_TEST

/* They cannot be read yet. */
START_TEST(listeners_and_lifetimes_are_told_and_printed)
{
	struct settings *old = settings_of("global { name = x }" WEB(""));
	struct settings *fresh = settings_of("global { name = x }" WEB(""));

	ck_assert_int_eq(ip_parse("::1", &fresh->global.metrics_address), 0);
	fresh->global.metrics_port = 80;
	fresh->global.address_lifetime = span_s(90);
	char *text = diff_of(old, fresh), *printed = conf_print(fresh), *before = conf_print(old);

	ck_assert_str_eq(text, "global: metrics off -> [::1]:80\n"
			       "global: address-lifetime off -> 90s\n");
	ck_assert(!settings_equal(old, fresh));
	ck_assert_ptr_nonnull(strstr(printed, "  metrics = '[::1]:80'\n"));
	ck_assert_ptr_nonnull(strstr(printed, "  address-lifetime = 90s\n"));
	ck_assert_ptr_null(strstr(before, "metrics"));
	ck_assert_ptr_null(strstr(before, "address-lifetime"));
	free(before);
	free(printed);
	free(text);
	settings_free(old);
	settings_free(fresh);
}
END_TEST

START_TEST(a_password_is_never_told)
{
	struct settings *old = settings_of(WEB("version = 2"));
	struct settings *fresh = settings_of(WEB("version = 2"));

	strcpy(fresh->instances[0].auth_password, "secret");
	char *text = diff_of(old, fresh);

	ck_assert_str_eq(text, "web: auth-password none -> (set)\n");
	free(text);
	settings_free(old);
	settings_free(fresh);
}
END_TEST

START_TEST(peers_and_the_source_of_ipv6_are_told_too)
{
	struct settings *old = settings_of(WEB("")), *fresh = settings_of(WEB(""));

	ck_assert_int_eq(ip_parse("192.0.2.2", &fresh->peers[0]), 0);
	fresh->peer_count = 1;
	fresh->instances[0].peers = (struct range){ 0, 1 };
	ck_assert_int_eq(ip_parse("fe80::1", &fresh->instances[0].source[FAMILY_V6]), 0);
	char *text = diff_of(old, fresh);

	ck_assert_str_eq(text, "web: source-address none -> fe80::1\nweb: peers changed\n");
	ck_assert(!settings_equal(old, fresh));
	free(text);
	settings_free(old);
	settings_free(fresh);
}
END_TEST

/* An instance of that many addresses, from 10.0.0.1 on or from 11.0.0.1. */
static struct settings *many(uint32_t count, int net)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "instance web { interface = eth0 vrid = 1 addresses = 192.0.2.1\n");
	fprintf(out, "extra-addresses = {\n");
	for (uint32_t i = 0; i < count; i++)
		fprintf(out, "%d.0.%u.%u,\n", net, i / 250, i % 250 + 1);
	fprintf(out, "} }");
	fclose(out);

	struct settings *s = settings_of(text);

	free(text);
	return s;
}

START_TEST(the_list_is_bounded_and_says_how_much_is_left_out)
{
	struct settings *none = many(0, 10), *some = many(CONF_DIFF_MAX, 10);
	struct settings *more = many(CONF_DIFF_MAX + 1, 10);
	struct conf_diff diff;

	ck_assert_int_eq(conf_diff(none, some, &diff), 0);
	ck_assert_uint_eq(diff.count, CONF_DIFF_MAX);
	conf_diff_done(&diff);
	ck_assert_int_eq(conf_diff(none, more, &diff), 0);
	ck_assert_uint_eq(diff.count, CONF_DIFF_MAX + 1);
	ck_assert_str_eq(diff.lines[CONF_DIFF_MAX], "and 1 more changes");
	conf_diff_done(&diff);
	settings_free(none);
	settings_free(some);
	settings_free(more);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_diff");

	tcase_add_test(tc, the_same_file_differs_in_nothing);
	tcase_add_test(tc, saying_a_default_changes_nothing);
	tcase_add_test(tc, the_order_of_instances_changes_nothing_but_is_not_equal);
	tcase_add_test(tc, global_keys_are_told);
	tcase_add_test(tc, keys_of_an_instance_are_told);
	tcase_add_test(tc, addresses_come_and_go_and_change);
	tcase_add_test(tc, what_changes_alone_is_told_alone);
	tcase_add_test(tc, another_order_of_addresses_is_told);
	tcase_add_test(tc, an_address_may_move_to_the_extra_ones);
	tcase_add_test(tc, instances_are_new_removed_or_called_otherwise);
	tcase_add_test(tc, another_interface_or_vrid_is_another_instance);
	tcase_add_test(tc, names_that_change_places_are_not_confused);
	tcase_add_test(tc, what_is_watched_is_told_by_its_name);
	tcase_add_test(tc, what_is_tracked_is_told_whatever_its_number);
	tcase_add_test(tc, hooks_are_told);
	tcase_add_test(tc, a_long_command_is_told_to_have_changed);
	tcase_add_test(tc, groups_are_told_and_who_is_in_them);
	tcase_add_test(tc, listeners_and_lifetimes_are_told_and_printed);
	tcase_add_test(tc, a_password_is_never_told);
	tcase_add_test(tc, peers_and_the_source_of_ipv6_are_told_too);
	tcase_add_test(tc, the_list_is_bounded_and_says_how_much_is_left_out);
	return run_test_case(tc, "conf_diff");
}

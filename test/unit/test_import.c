/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Import, one question at a time: what becomes of a line, and what is said of it. Whole files are
 * in test_import_samples.c.
 */
#include <unistd.h>

#include "base/limits.h"
#include "conf/import.h"
#include "conf_kit.h"
#include "unit.h"

/* What came out: text is NULL if nothing did. */
struct imported {
	int rc;
	char *text;
	char *report;
	size_t lost; /* what has no equivalent or another meaning */
};

static struct imported imported_of(int rc, char *text, struct conf_problems *problems)
{
	struct imported i = { .rc = rc, .text = text, .lost = problems->errors };
	size_t len;
	FILE *out = open_memstream(&i.report, &len);

	import_problems_print(problems, out);
	fclose(out);
	conf_problems_done(problems);
	ck_assert((rc == 0) == (text != NULL));
	return i;
}

static struct imported import_as(const char *config_id, bool given, const char *source)
{
	const struct import_options options = { config_id, given };
	struct conf_problems problems;
	char *text = NULL;
	int rc = import_text("k.conf", source, strlen(source), &options, &text, &problems);

	return imported_of(rc, text, &problems);
}

static struct imported import_of(const char *source)
{
	return import_as("here", true, source);
}

static void imported_done(struct imported *i)
{
	free(i->text);
	free(i->report);
}

/* An instance whose last lines are these; they stand in line 5 and on. */
#define VI(lines)                               \
	"vrrp_instance VI {\n interface eth0\n" \
	" virtual_router_id 1\n virtual_ipaddress { 10.0.0.1/24 }\n" lines "\n}\n"

/* The result has `line`, and exactly `report` is said. */
static void assert_import(const char *source, const char *line, const char *report)
{
	struct imported i = import_of(source);

	ck_assert_str_eq(i.report, report);
	ck_assert_int_eq(i.rc, 0);
	ck_assert_msg(strstr(i.text, line), "%s\nis not in\n%s", line, i.text);
	imported_done(&i);
}

/* The same, but something that begins like that is said among others. */
static void assert_said(const char *source, const char *said)
{
	struct imported i = import_of(source);

	ck_assert_msg(strstr(i.report, said), "%s\nis not in\n%s", said, i.report);
	imported_done(&i);
}

static void assert_absent(const char *source, const char *absent)
{
	struct imported i = import_of(source);

	ck_assert_int_eq(i.rc, 0);
	ck_assert_msg(!strstr(i.text, absent), "%s\nis in\n%s", absent, i.text);
	imported_done(&i);
}

START_TEST(version_2_is_the_default_and_3_needs_no_line)
{
	assert_import(VI(""), "\n  version = 2\n", "");
	assert_import(VI("version 3"), "\n  version = 3\n", "");
	assert_absent("global_defs {\nvrrp_version 3\n}\n" VI(""), "version");
	assert_import("global_defs {\nvrrp_version 3\n}\n" VI("version 2"), "\n  version = 2\n",
		      "");
}
END_TEST

START_TEST(ipv6_is_always_version_3)
{
	assert_absent("vrrp_instance VI {\ninterface eth0\nvirtual_router_id 1\n"
		      "virtual_ipaddress {\nfe80::1/64\n}\n}\n",
		      "version");
}
END_TEST

START_TEST(nopreempt_counts_only_where_keepalived_heeds_it)
{
	assert_import(VI("state BACKUP\nnopreempt"), "\n  preempt = false\n", "");
	assert_absent(VI("state MASTER\nnopreempt"), "preempt");
	assert_said(VI("state MASTER\nnopreempt"), "k.conf:6: nopreempt is ignored by keepalived");
	assert_absent(VI("nopreempt\npreempt"), "preempt = ");
}
END_TEST

START_TEST(state_master_is_worth_a_note_and_no_more)
{
	struct imported i = import_of(VI("state MASTER"));

	ck_assert_uint_eq(i.lost, 0);
	ck_assert_msg(strstr(i.report, "k.conf:5: note: state MASTER"), "%s", i.report);
	imported_done(&i);
	assert_import(VI("state BACKUP"), "", "");
}
END_TEST

START_TEST(a_routers_own_address_is_no_peer_of_its_own)
{
#define ALL_ROUTERS "unicast_peer {\n10.0.0.7\n10.0.0.8\n}\n"
	assert_said(VI(ALL_ROUTERS "unicast_src_ip 10.0.0.7"),
		    "k.conf:6: note: peer 10.0.0.7 is this router's own unicast_src_ip: left out");
	assert_absent(VI(ALL_ROUTERS "unicast_src_ip 10.0.0.7"), "    10.0.0.7");
	assert_absent(VI(ALL_ROUTERS "unicast_src_ip 10.0.0.7\nmcast_src_ip 10.0.0.8"),
		      "    10.0.0.8");
	assert_import(
		VI(ALL_ROUTERS "unicast_src_ip 10.0.0.7\nmcast_src_ip 10.0.0.9\n"
			       "check_unicast_src"),
		"    10.0.0.7",
		"k.conf:9: unicast_src_ip is followed by mcast_src_ip in line 10, which counts: "
		"remove one\n");
}
END_TEST

START_TEST(a_user_whose_name_no_user_can_have_is_left_out)
{
#define SIXTY_FOUR "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	assert_absent("vrrp_script s {\nscript /bin/true\nuser " SIXTY_FOUR "\n}\n" VI(""),
		      "user = a");
	assert_said("vrrp_script s {\nscript /bin/true\nuser -10\n}\n" VI(""),
		    "k.conf:3: user \"-10\" is no name of a user");
}
END_TEST

START_TEST(numbers_out_of_range_become_what_keepalived_takes)
{
	assert_import(VI("priority 300"), "\n  priority = 100\n",
		      "k.conf:5: priority: \"300\" is no number from 1 to 255: 100 was taken\n");
	assert_import(VI("priority 254"), "\n  priority = 254\n", "");
	assert_import(
		VI("garp_master_repeat 0"), "\n  announce-count = 1\n",
		"k.conf:5: garp_master_repeat: \"0\" is no number from 1 to 100: 1 was taken\n");
}
END_TEST

START_TEST(intervals_are_rounded_as_keepalived_rounds_them)
{
	assert_import(VI("advert_int 3"), "\n  advert-interval = 3s\n", "");
	assert_said(VI("advert_int 0.4"),
		    "k.conf:5: advert_int 0.4 cannot be announced in version 2: it is 1s");
	assert_import(VI("version 3\nadvert_int 0.25"), "\n  advert-interval = 250ms\n", "");
	assert_said(VI("version 3\nadvert_int 41"), "it is 40950ms");
	assert_said(VI("advert_int soon"), "k.conf:5: advert_int \"soon\" is no time");
}
END_TEST

START_TEST(passwords_are_for_version_2_and_eight_bytes_long)
{
	assert_import(VI("authentication {\nauth_type PASS\nauth_pass 12345678\n}"),
		      "\n  auth-password = 12345678\n", "");
	assert_said(VI("authentication {\nauth_type PASS\nauth_pass 123456789\n}"),
		    "k.conf:7: note: auth_pass is longer than 8 bytes");
	assert_absent(VI("version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}"), "auth");
	assert_absent(VI("authentication {\nauth_type AH\nauth_pass x\n}"), "auth");
	assert_said(VI("authentication {\nauth_type AH\nauth_pass x\n}"),
		    "k.conf:6: auth_type AH is not supported");
}
END_TEST

START_TEST(several_blocks_of_global_defs_are_one)
{
	assert_import("global_defs {\nrouter_id a\n}\nglobal_defs {\nrouter_id b\n}\n" VI(""),
		      "global {\n  name = b\n}\n",
		      "k.conf:2: router_id is said again in line 5, and that counts: remove one\n");
}
END_TEST

START_TEST(misspelt_words_are_recognised)
{
	assert_said(VI("virtual_routr_id 7"), "k.conf:5: unknown word \"virtual_routr_id\", which "
					      "keepalived ignores: did you mean "
					      "virtual_router_id?\n");
	assert_said(VI("vrrp_garp_master_delay 7"), "did you mean garp_master_delay?");
	assert_said(VI("rise 7"), "k.conf:5: \"rise\" does not belong here");
	assert_said("global_def {\n}\n" VI(""), "k.conf:1: unknown word \"global_def\", which "
						"keepalived ignores: did you mean global_defs?\n");
}
END_TEST

START_TEST(weights_of_scripts_are_found_where_they_are_defined)
{
	static const char script[] = "global_defs {\nscript_user u\nenable_script_security\n}\n"
				     "vrrp_script s {\nscript /bin/true\nweight 5 reverse\n}\n";
	char source[512];

	snprintf(source, sizeof(source), "%s%s", script, VI("track_script {\ns\n}"));
	assert_said(source, "k.conf:3: note: enable_script_security");
	struct imported i = import_of(source);

	ck_assert_ptr_nonnull(strstr(i.text, "track-script s { weight = -5 inverse = true }"));
	imported_done(&i);
	snprintf(source, sizeof(source), "%s%s", script, VI("track_script {\ns weight 9\n}"));
	i = import_of(source);
	ck_assert_ptr_nonnull(strstr(i.text, "track-script s { weight = -9 inverse = true }"));
	imported_done(&i);
	snprintf(source, sizeof(source), "%s%s", script,
		 VI("track_script {\ns weight 9 no_reverse\n}"));
	i = import_of(source);
	ck_assert_ptr_nonnull(strstr(i.text, "track-script s { weight = 9 }"));
	imported_done(&i);
}
END_TEST

START_TEST(scripts_of_nobody_run_as_root_and_it_is_said)
{
	assert_said(VI("notify /n"), "k.conf:5: note: without script_user");
	struct imported i = import_of(VI("notify /n"));

	ck_assert_ptr_nonnull(strstr(i.text, "script-user = root"));
	imported_done(&i);
	assert_absent("global_defs {\nscript_user u\n}\n" VI("notify /n"), "root");
}
END_TEST

START_TEST(a_route_or_rule_that_vrrpd_would_refuse_is_left_out)
{
	assert_import(VI(" virtual_routes {\n10.8.0.0/16 via 10.0.0.9 tAble 100\n"
			 "10.9.0.0/16 via 10.0.0.9\n}"),
		      "routes = {\n    \"10.9.0.0/16 via 10.0.0.9\"\n  }",
		      "k.conf:6: route \"10.8.0.0/16 via 10.0.0.9 tAble 100\" is left out: unknown "
		      "word \"tAble\", did you mean \"table\"?\n");
	assert_import(VI(" virtual_rules {\nfrom 10.8.0.0/16 tAble 100\n"
			 "from 10.9.0.0/16 table 100 priority 9\n}"),
		      "rules = {\n    \"from 10.9.0.0/16 table 100 priority 9\"\n  }",
		      "k.conf:6: rule \"from 10.8.0.0/16 tAble 100\" is left out: unknown word "
		      "\"tAble\", did you mean \"table\"?\n");
}
END_TEST

START_TEST(lines_of_other_routers_are_left_out)
{
	static const char source[] = VI("@a priority 1\n@^a priority 2\n@b priority 3");
	struct imported i = import_as("a", true, source);

	ck_assert_ptr_nonnull(strstr(i.text, "priority = 1\n"));
	ck_assert_str_eq(i.report, "");
	imported_done(&i);
	i = import_as("b", false, source);
	ck_assert_ptr_nonnull(strstr(i.text, "priority = 3\n"));
	ck_assert_msg(strstr(i.report, "k.conf:5: @a: lines with @ depend on the config-id, and "
				       "\"b\" (this host) is a guess: say --config-id ID\n"),
		      "%s", i.report);
	imported_done(&i);
}
END_TEST

START_TEST(quotes_and_backslashes_are_read_as_keepalived_reads_them)
{
	assert_import("global_defs {\nscript_user u\nenable_script_security\n}\n" VI(
			      "notify_stop \"/n 'a  b' \\\"c\\\" # no comment\" u"),
		      "\n  notify-stop = \"/n 'a  b' \\\"c\\\" # no comment\"\n",
		      "k.conf:3: note: enable_script_security is not needed: vrrpd always refuses "
		      "a script that others than root and its user can write\n");
	assert_said(VI("notify \"/n"), "k.conf:5: quote \" is not closed in its line");
	assert_import("$SIGN=${_HASH}1\n" VI("authentication {\nauth_type PASS\nauth_pass "
					     "a${SIGN}\n}"),
		      "\n  auth-password = \"a#1\"\n", "");
	assert_import(VI("virtual_ipaddress_excluded {\n10.0.0.2/24 \\\n dev eth1\n}"),
		      "\"10.0.0.2/24 dev eth1\"", "");
}
END_TEST

START_TEST(definitions_that_never_end_are_cut_short)
{
	assert_said("$A=$A $A\n" VI("$A"), "k.conf:6: definitions and sequences make too much");
	assert_said("~SEQ(N, 1, 999999999) # $N\n" VI(""), "k.conf:1: definitions and sequences");
}
END_TEST

START_TEST(names_become_ones_that_vrrpd_takes)
{
	assert_said("vrrp_instance all {\n}\n", "k.conf:1: the name \"all\" is not possible here");
	assert_said("vrrp_instance a/b {\n}\nvrrp_instance a-b {\n}\n",
		    "k.conf:3: the name \"a-b\" is not possible here: it is \"a-b-2\" now");
	assert_said("vrrp_instance a {\n}\nvrrp_instance a {\n}\n",
		    "k.conf:3: vrrp_instance a is defined a second time, first in line 1");
}
END_TEST

START_TEST(comments_stay_where_they_belong)
{
	assert_import("! top\n" VI("# before\npriority 5 # beside\n! last"),
		      "  # before\n  priority = 5 # beside\n  # last\n}\n", "");
	assert_import(VI("virtual_ipaddress_excluded {\n # one\n10.0.0.2/24 # two\n# three\n}"),
		      "  extra-addresses = {\n    # one\n    10.0.0.2/24 # two\n    # three\n  }\n",
		      "");
}
END_TEST

START_TEST(a_file_without_an_instance_is_refused_with_a_reason)
{
	struct imported i = import_of("virtual_server 10.0.0.1 80 {\n}\n");

	ck_assert_int_eq(i.rc, -EINVAL);
	ck_assert_msg(strstr(i.report, "k.conf: there is no vrrp_instance"), "%s", i.report);
	imported_done(&i);
	i = import_of("");
	ck_assert_int_eq(i.rc, -EINVAL);
	imported_done(&i);
	i = import_of("vrrp_instance \x01 {\n}\n");
	ck_assert_int_eq(i.rc, -EINVAL);
	ck_assert_msg(strstr(i.report, "k.conf:1: a control character"), "%s", i.report);
	imported_done(&i);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
	const struct import_options options = { "a", true };
	struct conf_problems problems;
	char *text = NULL;
	int rc = import_file("/nonexistent/k.conf", &options, &text, &problems);
	struct imported i = imported_of(rc, text, &problems);

	ck_assert_int_eq(rc, -ENOENT);
	ck_assert_msg(strstr(i.report, "/nonexistent/k.conf: No such file"), "%s", i.report);
	imported_done(&i);
	assert_said("include /etc/hosts\n" VI(""), "k.conf:1: include of /etc/hosts: files cannot "
						   "be included here");
}
END_TEST

START_TEST(a_file_that_includes_itself_comes_to_an_end)
{
	static char path[] = "/tmp/import-XXXXXX";
	const struct import_options options = { "a", true };
	struct conf_problems problems;
	char *text = NULL, source[256];
	int fd = mkstemp(path), len, rc;

	len = snprintf(source, sizeof(source), "%sinclude %s\n", VI(""), path);
	ck_assert_int_eq(write(fd, source, (size_t)len), len);
	close(fd);
	rc = import_file(path, &options, &text, &problems);
	unlink(path);
	struct imported i = imported_of(rc, text, &problems);

	ck_assert_int_eq(rc, 0);
	ck_assert_msg(strstr(i.report, "too many files in each other"), "%s", i.report);
	imported_done(&i);
}
END_TEST

START_TEST(many_instances_are_imported_in_reasonable_time)
{
	struct buffer_of {
		char *text;
		size_t len;
	} b;
	FILE *out = open_memstream(&b.text, &b.len);

	for (int n = 0; n < 2000; n++)
		fprintf(out,
			"vrrp_instance I%d {\n interface e%d\n virtual_router_id %d\n"
			" virtual_ipaddress { 10.%d.%d.1/24 }\n}\n",
			n, n / 250, n % 250 + 1, n / 250, n % 250);
	fclose(out);
	struct imported i = import_of(b.text);

	ck_assert_str_eq(i.report, "");
	ck_assert_int_eq(i.rc, 0);
	imported_done(&i);
	free(b.text);
}
END_TEST

#define SCRIPT(lines) "vrrp_script s {\nscript /bin/x\n" lines "\n}\n" VI("track_script {\ns\n}")

START_TEST(numbers_are_the_digits_they_begin_with_where_keepalived_reads_them_so)
{
	assert_import(
		SCRIPT("interval 2.5"), "\n  interval = 2s\n",
		"k.conf:2: note: without script_user, keepalived runs scripts as "
		"keepalived_script if there is such a user, else as root: script-user = root "
		"was written, choose one with less power\n"
		"k.conf:2: note: vrrpd refuses scripts that others than root and their user "
		"can write, keepalived only with enable_script_security: check who can write "
		"them, and their directories\n"
		"k.conf:2: note: a script that is not there or cannot be run is as good as not "
		"tracked in keepalived, and has failed in vrrpd: `vrrpd -t` on the router "
		"names those\n"
		"k.conf:3: interval: \"2.5\" is no number from 1 to 4294: 2 was taken\n");
	assert_said(SCRIPT("timeout 5s"),
		    "k.conf:3: timeout: \"5s\" is no number from 1 to 4294: 5");
	assert_said(SCRIPT("interval 86400"), "\"86400\" is no number from 1 to 4294: 1 was taken");
	assert_said(SCRIPT("rise 3x"), "rise: \"3x\" is no number from 1 to 1000: 3 was taken");
	assert_said(SCRIPT("weight 300"), "\"300\" is no number from -254 to 254: 254 was taken");
	assert_said(VI("garp_master_delay 7s"), "\"7s\" is no number from 0 to 3600: 7 was taken");
	assert_said(VI("track_interface {\neth1 weight 300\n}"), "0 was taken");
}
END_TEST

START_TEST(an_interval_that_keepalived_ignores_is_a_second)
{
	static const char *const intervals[] = { "300", "0", "0.005", "255.4", "1s" };

	for (size_t i = 0; i < 5; i++) {
		char source[256], said[128];

		snprintf(source, sizeof(source), VI("advert_int %s"), intervals[i]);
		snprintf(said, sizeof(said),
			 "k.conf:5: advert_int \"%s\" is no time from 0.01 to 255, and keepalived "
			 "ignores it: 1s was taken\n",
			 intervals[i]);
		assert_import(source, "\n  advert-interval = 1s\n", said);
	}
}
END_TEST

START_TEST(what_is_watched_before_it_is_defined_is_not_watched)
{
	assert_said(
		VI("track_file {\nf\n}") "track_file f {\nfile /run/f\n}\n",
		"k.conf:6: \"f\" is defined below, in line 9, so that keepalived does not find it");
	assert_absent(VI("track_file {\nf\n}") "track_file f {\nfile /run/f\n}\n", "track-file");
	assert_import(
		"track_file f {\nfile /run/f\n}\n" VI("track_file {\nf\n}"),
		"\n  track-file f { }\n",
		"k.conf:1: note: a number times weight below -253 is FAULT for keepalived; for "
		"vrrpd it is priority 1\n");
}
END_TEST

START_TEST(strict_mode_sends_no_password_and_accepts_nothing)
{
	assert_absent(VI("strict_mode on\nauthentication {\nauth_type PASS\nauth_pass x\n}"),
		      "auth-password");
	assert_said(VI("strict_mode on\nauthentication {\nauth_type PASS\nauth_pass x\n}"),
		    "k.conf:6: note: strict mode has no authentication");
	assert_absent("global_defs {\nvrrp_strict\n}\n" VI("accept"), "accept = true");
	assert_absent("global_defs {\nvrrp_strict off\n}\n" VI("accept"), "accept = true");
	assert_said("global_defs {\nvrrp_strict\n}\n" VI("accept"),
		    "k.conf:8: accept is ignored by keepalived in strict mode with version 2");
}
END_TEST

START_TEST(a_password_that_is_a_template_is_not_cut)
{
	assert_import(
		VI("authentication {\nauth_type PASS\nauth_pass ${AUTH_PASS}\n}"),
		"\n  auth-password = FILL-IN # FILL IN\n",
		"k.conf:7: auth_pass \"${AUTH_PASS}\" is a template: fill it in, FILL-IN stands "
		"for it\n");
}
END_TEST

START_TEST(with_a_virtual_mac_the_interface_behind_an_address_is_the_virtual_one)
{
	assert_import("vrrp_instance VI {\n interface eth0\n virtual_router_id 1\n version 3\n"
		      " use_vmac\n virtual_ipaddress {\n 10.0.0.1/24 dev eth0\n"
		      " 10.0.0.2/24 dev eth1 label eth1:x\n}\n}\n",
		      "\n    10.0.0.1/24,\n    \"10.0.0.2/24 dev eth1 label eth1:x\"\n", "");
}
END_TEST

START_TEST(a_network_without_a_broadcast_address_gets_none)
{
	assert_import(
		"vrrp_instance VI {\n interface eth0\n virtual_router_id 1\n"
		" virtual_ipaddress {\n 10.0.0.1 brd +\n 10.0.1.2/24 brd +\n}\n}\n",
		"\n    10.0.0.1/32,\n    \"10.0.1.2/24 broadcast 10.0.1.255\"\n",
		"k.conf:5: brd of 10.0.0.1 has no equivalent: such a network has no broadcast "
		"address, and keepalived ignores it\n");
}
END_TEST

START_TEST(a_rule_without_a_priority_has_the_one_that_keepalived_gives_it)
{
	assert_import(
		VI("virtual_rules {\nfrom 10.0.0.1 table 5\nto 10.0.0.1 table 6 preference 9\n"
		   "from 10.0.0.2 table 5\n}"),
		"\n    \"from 10.0.0.1 table 5 priority 16384\",\n"
		"    \"to 10.0.0.1 table 6 preference 9\",\n"
		"    \"from 10.0.0.2 table 5 priority 16383\"\n",
		"k.conf:6: note: a rule without a priority gets 16384, as in keepalived\n"
		"k.conf:8: note: a rule without a priority gets 16383, as in keepalived\n");
}
END_TEST

START_TEST(a_rule_with_a_priority_that_keepalived_cannot_read_is_left_out)
{
	const char *source = VI("virtual_rules {\nfrom 10.0.0.1 table 5 pref 6\n}");

	assert_absent(source, "rules");
	assert_said(source,
		    "k.conf:6: rule \"from 10.0.0.1 table 5 pref 6\" is left out: keepalived "
		    "does not know \"pref\", and drops it: say priority\n");
}
END_TEST

START_TEST(an_address_with_a_bad_prefix_has_its_family_nevertheless)
{
	assert_absent("vrrp_instance VI {\ninterface eth0\nvirtual_router_id 1\n"
		      "virtual_ipaddress {\n2001:db8::1/64;\n}\n}\n",
		      "version");
	assert_said(VI("virtual_ipaddress {\n2001:db8::1/64;\n}"),
		    "k.conf:6: address 2001:db8::1/64; is not of the family of the first");
}
END_TEST

START_TEST(a_route_or_rule_is_in_one_place_only)
{
	assert_import(VI("virtual_routes {\n10.1.0.0/16 via 10.0.0.9\n10.1.0.0/16 via 10.0.0.8\n}"),
		      "routes = {\n    \"10.1.0.0/16 via 10.0.0.9\"\n  }",
		      "k.conf:7: this route is in line 6 already: it is left out here\n");
	assert_said(
		VI("virtual_rules {\nfrom 10.1.0.1 table 5 priority 9\n}") "vrrp_instance W {\ninterface eth1\nvirtual_router_id 2\n"
									   "virtual_ipaddress {\n10.0.1.1/24\n}\n"
									   "virtual_rules {\nfrom 10.1.0.1 table 5 priority 9\n}\n}\n",
		"k.conf:16: this rule is in line 6 already: it is left out here\n");
}
END_TEST

START_TEST(a_route_without_a_gateway_has_the_scope_that_keepalived_gives_it)
{
	assert_import(
		VI("virtual_routes {\n10.1.0.0/16 dev eth2\n10.2.0.0/16 via 10.0.0.9 dev eth2\n"
		   "10.3.0.0/16 dev eth2 scope link\nblackhole 10.4.0.0/16\n}"),
		"\n    \"10.1.0.0/16 dev eth2 scope global\",\n"
		"    \"10.2.0.0/16 via 10.0.0.9 dev eth2\",\n"
		"    \"10.3.0.0/16 dev eth2 scope link\",\n"
		"    \"blackhole 10.4.0.0/16\"\n",
		"k.conf:6: note: a route without a gateway has the scope global in keepalived, and "
		"here\n");
}
END_TEST

START_TEST(templates_of_ruby_and_defaults_with_more_behind_them_are_known)
{
	assert_import(
		"<% if true -%>\n" VI("priority <%= @priority # of it %>") "<% end %>\n",
		"\n  priority = 100\n",
		"k.conf:1: <% if true -%> belongs to a template and counts as absent: fill in "
		"the template first\n"
		"k.conf:6: priority: \"<%= @priority # of it %>\" is no number from 1 to 255 (a "
		"template that is not filled in?): 100 was taken\n"
		"k.conf:8: <% end %> belongs to a template and counts as absent: fill in the "
		"template first\n");
	assert_import(
		VI("priority {{ prio | default('150', true) }}"), "\n  priority = 150\n",
		"k.conf:5: {{ prio | default('150', true) }} is not filled in: its default 150 "
		"was taken\n");
}
END_TEST

START_TEST(a_locked_value_of_a_route_is_set_without_the_lock)
{
	assert_import(
		VI("virtual_routes {\n10.1.0.0/16 via 10.0.0.9 mtu lock 1400\n}"),
		"\n    \"10.1.0.0/16 via 10.0.0.9 mtu 1400\"\n",
		"k.conf:6: \"lock\" in a route has no equivalent: vrrpd sets the value without "
		"it\n");
}
END_TEST

START_TEST(a_block_that_another_one_swallowed_is_named)
{
	assert_said(
		"vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n"
		"10.0.0.1\n\nvrrp_instance B {\ninterface eth1\n}\n}\n",
		"k.conf:7: vrrp_instance B stands inside the block \"virtual_ipaddress\" of line 4, "
		"and keepalived ignores it: close that block with \"}\" before it\n");
	assert_said("vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n"
		    "virtual_ipaddress {\n10.0.0.1\n}\nvrrp_script B {\nscript /bin/x\n}\n",
		    "k.conf:7: vrrp_script B stands inside the block \"vrrp_instance\" of line 1");
}
END_TEST

START_TEST(only_what_begins_with_a_redirection_has_a_shell_in_keepalived_too)
{
	struct imported i =
		import_of("vrrp_script s {\nscript \"</dev/tcp/127.0.0.1/80\"\n}\n" VI(""));

	ck_assert_uint_eq(i.lost, 0);
	imported_done(&i);
	assert_said("vrrp_script s {\nscript \"/bin/true; echo\"\n}\n" VI(""),
		    "k.conf:2: script: keepalived runs this without a shell");
}
END_TEST

#define BFD(lines) "bfd_instance b {\n" lines "\n}\n"

START_TEST(a_bfd_session_gets_what_keepalived_has_by_default)
{
	const char *track = VI("track_bfd {\nb weight -7\n}");
	char source[512];

	snprintf(source, sizeof(source), "%s%s", BFD("neighbor_ip 10.0.0.2"), track);
	assert_import(source,
		      "bfd b {\n  peer = 10.0.0.2\n  transmit = 10ms\n  receive = 10ms\n"
		      "  multiplier = 5\n}\n",
		      "");
	assert_import(source, "  track-bfd b { weight = -7 }\n", "");
	snprintf(source, sizeof(source), "%s%s", BFD("neighbour_ip 2001:db8::2"), track);
	assert_import(source,
		      "bfd b {\n  peer = 2001:db8::2\n  transmit = 10ms\n  receive = 10ms\n"
		      "  multiplier = 5\n  ttl = 64\n}\n",
		      "");
}
END_TEST

START_TEST(what_is_said_of_a_bfd_session_is_kept)
{
	assert_import(BFD("neighbor_ip 10.0.0.2\nsource_ip 10.0.0.4\nmin_tx 300.5\n"
			  "min_rx 60000\nmultiplier 255\nttl 1\nhoplimit 9\nweight 3\nvrrp")
			      VI("track_bfd {\nb\n}"),
		      "bfd b {\n  peer = 10.0.0.2\n  source = 10.0.0.4\n  transmit = 300.500ms\n"
		      "  receive = 1m\n  multiplier = 255\n  ttl = 1\n}\n",
		      "");
	assert_import(BFD("neighbor_ip 2001:db8::2\nttl 9\nhoplimit 255") VI("track_bfd {\nb\n}"),
		      "  ttl = 255\n", "");
}
END_TEST

START_TEST(what_a_bfd_session_cannot_be_is_said)
{
	assert_said(
		BFD("neighbor_ip 10.0.0.2\nmin_tx 9") VI(""),
		"k.conf:3: min_tx: \"9\" is no number of milliseconds from 10 to 60000: 10ms was taken");
	assert_said(BFD("neighbor_ip 10.0.0.2\nmin_rx 60001") VI(""), "1m was taken");
	assert_said(BFD("neighbor_ip 10.0.0.2\nmin_rx fast") VI(""), "10ms was taken");
	assert_said(BFD("neighbor_ip 10.0.0.2\nmultiplier 0") VI(""), "5 was taken");
	assert_said(BFD("neighbor_ip 10.0.0.2\nidle_tx 500") VI(""), "k.conf:3: note: idle_tx");
	assert_said(BFD("neighbor_ip 10.0.0.2\npassive") VI(""),
		    "k.conf:3: passive has no equivalent");
	assert_said(BFD("neighbor_ip 10.0.0.2\nmax_hops 3") VI(""),
		    "k.conf:3: max_hops has no equivalent");
	assert_said(BFD("neighbor_ip 10.0.0.2\nsource_ip 10.0.0.2") VI(""),
		    "k.conf:3: source_ip \"10.0.0.2\" cannot be a source");
	assert_said(BFD("neighbor_ip 10.0.0.2\nsource_ip 0.0.0.1") VI(""),
		    "k.conf:3: source_ip \"0.0.0.1\" cannot be a source");
	assert_absent(BFD("neighbor_ip 0.0.0.1") VI(""), "bfd b");
	assert_said(BFD("neighbor_ip 10.0.0.2") VI("track_bfd {\nb weight 1 reverse\n}"),
		    "is reversed");
	assert_said(
		BFD("neighbor_ip fe80::1") VI("track_bfd {\nb\n}"),
		"k.conf:2: bfd_instance b is left out: neighbor_ip \"fe80::1\" is no address of a neighbour");
	assert_said(BFD("neighbor_ip fe80::1") VI("track_bfd {\nb\n}"),
		    "\"b\" is left out, and so is this line");
	assert_absent(BFD("") VI("track_bfd {\nb\n}"), "bfd");
}
END_TEST

START_TEST(a_maximum_of_processes_below_the_minimum_is_left_out)
{
	const char *two =
		"vrrp_track_process p {\nprocess /bin/p\nquorum 2\nquorum_max 1\n}\n" VI("");

	assert_said(two, "k.conf:4: quorum_max 1 is less than quorum: there is no maximum now");
	assert_absent(two, "maximum = ");
	assert_import("vrrp_track_process p {\nprocess /bin/p\nquorum 2\nquorum_max 2\n}\n" VI(""),
		      "  maximum = 2\n", "");
}
END_TEST

START_TEST(a_bfd_session_has_no_virtual_address_at_either_end)
{
	const char *instance = "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n"
			       "virtual_ipaddress {\n10.0.0.9\n}\n"
			       "virtual_ipaddress_excluded {\n10.0.0.8/24\n}\n}\n";
	char source[512];

	snprintf(source, sizeof(source), "%s%s", BFD("neighbor_ip 10.0.0.2\nsource_ip 10.0.0.8"),
		 instance);
	assert_said(
		source,
		"k.conf:3: source_ip \"10.0.0.8\" cannot be a source to that neighbour (it is a virtual address)");
	assert_absent(source, "source = ");
	snprintf(source, sizeof(source), "%s%s", BFD("neighbor_ip 10.0.0.9"), instance);
	assert_said(
		source,
		"neighbor_ip \"10.0.0.9\" is no address of a neighbour (it is a virtual address)");
	assert_absent(source, "peer = ");
}
END_TEST

START_TEST(one_instance_has_an_address_once_whatever_the_interface)
{
	const char *twice = "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n"
			    "virtual_ipaddress {\n10.0.0.9/24\n10.0.0.9/24 dev eth1\n}\n}\n";

	assert_said(
		twice,
		"k.conf:6: address 10.0.0.9/24 is on eth0 already, from line 5: it is left out here");
	assert_absent(twice, "dev eth1");
}
END_TEST

START_TEST(of_two_bfd_sessions_with_one_neighbour_the_second_is_left_out)
{
	const char *twins =
		BFD("neighbor_ip 10.0.0.2\nsource_ip 10.0.0.4") "bfd_instance c {\nneighbor_ip 10.0.0.2\n}\n" VI(
			"track_bfd {\nb\nc\n}");

	assert_absent(twins, "bfd c");
	assert_said(twins, "k.conf:5: bfd_instance c is left out: b has that neighbour already");
	assert_import(
		BFD("neighbor_ip 10.0.0.2\nsource_ip 10.0.0.4") "bfd_instance c {\nneighbor_ip 10.0.0.2\nsource_ip 10.0.0.3\n}\n" VI(
			""),
		"bfd c {\n  peer = 10.0.0.2\n  source = 10.0.0.3\n", "");
}
END_TEST

START_TEST(stand_ins_for_an_interface_and_a_vrid_are_marked)
{
	assert_said("vrrp_instance A {\ninterface {{ nic }} # the nic\nvirtual_router_id ${ID}\n"
		    "virtual_ipaddress {\n10.0.0.1\n}\n}\n",
		    "k.conf:2: interface \"{{ nic }}\" is no name of an interface");
	struct imported i =
		import_of("vrrp_instance A {\ninterface {{ nic }} # the nic\n"
			  "virtual_router_id ${ID}\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n");

	ck_assert_ptr_nonnull(strstr(i.text, "\n  interface = nic # FILL IN # the nic\n"));
	ck_assert_ptr_nonnull(strstr(i.text, "\n  vrid = 1 # FILL IN\n"));
	imported_done(&i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("import");

	tcase_add_test(tc, version_2_is_the_default_and_3_needs_no_line);
	tcase_add_test(tc, ipv6_is_always_version_3);
	tcase_add_test(tc, nopreempt_counts_only_where_keepalived_heeds_it);
	tcase_add_test(tc, state_master_is_worth_a_note_and_no_more);
	tcase_add_test(tc, a_routers_own_address_is_no_peer_of_its_own);
	tcase_add_test(tc, a_user_whose_name_no_user_can_have_is_left_out);
	tcase_add_test(tc, numbers_out_of_range_become_what_keepalived_takes);
	tcase_add_test(tc, intervals_are_rounded_as_keepalived_rounds_them);
	tcase_add_test(tc, passwords_are_for_version_2_and_eight_bytes_long);
	tcase_add_test(tc, several_blocks_of_global_defs_are_one);
	tcase_add_test(tc, misspelt_words_are_recognised);
	tcase_add_test(tc, weights_of_scripts_are_found_where_they_are_defined);
	tcase_add_test(tc, scripts_of_nobody_run_as_root_and_it_is_said);
	tcase_add_test(tc, a_route_or_rule_that_vrrpd_would_refuse_is_left_out);
	tcase_add_test(tc, lines_of_other_routers_are_left_out);
	tcase_add_test(tc, quotes_and_backslashes_are_read_as_keepalived_reads_them);
	tcase_add_test(tc, definitions_that_never_end_are_cut_short);
	tcase_add_test(tc, names_become_ones_that_vrrpd_takes);
	tcase_add_test(tc, comments_stay_where_they_belong);
	tcase_add_test(tc, a_file_without_an_instance_is_refused_with_a_reason);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_named);
	tcase_add_test(tc, a_file_that_includes_itself_comes_to_an_end);
	tcase_add_test(tc, many_instances_are_imported_in_reasonable_time);
	tcase_add_test(tc, numbers_are_the_digits_they_begin_with_where_keepalived_reads_them_so);
	tcase_add_test(tc, an_interval_that_keepalived_ignores_is_a_second);
	tcase_add_test(tc, what_is_watched_before_it_is_defined_is_not_watched);
	tcase_add_test(tc, strict_mode_sends_no_password_and_accepts_nothing);
	tcase_add_test(tc, a_password_that_is_a_template_is_not_cut);
	tcase_add_test(tc, with_a_virtual_mac_the_interface_behind_an_address_is_the_virtual_one);
	tcase_add_test(tc, a_network_without_a_broadcast_address_gets_none);
	tcase_add_test(tc, a_rule_without_a_priority_has_the_one_that_keepalived_gives_it);
	tcase_add_test(tc, a_rule_with_a_priority_that_keepalived_cannot_read_is_left_out);
	tcase_add_test(tc, an_address_with_a_bad_prefix_has_its_family_nevertheless);
	tcase_add_test(tc, a_route_or_rule_is_in_one_place_only);
	tcase_add_test(tc, a_route_without_a_gateway_has_the_scope_that_keepalived_gives_it);
	tcase_add_test(tc, templates_of_ruby_and_defaults_with_more_behind_them_are_known);
	tcase_add_test(tc, a_locked_value_of_a_route_is_set_without_the_lock);
	tcase_add_test(tc, a_block_that_another_one_swallowed_is_named);
	tcase_add_test(tc, only_what_begins_with_a_redirection_has_a_shell_in_keepalived_too);
	tcase_add_test(tc, a_bfd_session_gets_what_keepalived_has_by_default);
	tcase_add_test(tc, what_is_said_of_a_bfd_session_is_kept);
	tcase_add_test(tc, what_a_bfd_session_cannot_be_is_said);
	tcase_add_test(tc, a_maximum_of_processes_below_the_minimum_is_left_out);
	tcase_add_test(tc, a_bfd_session_has_no_virtual_address_at_either_end);
	tcase_add_test(tc, one_instance_has_an_address_once_whatever_the_interface);
	tcase_add_test(tc, of_two_bfd_sessions_with_one_neighbour_the_second_is_left_out);
	tcase_add_test(tc, stand_ins_for_an_interface_and_a_vrid_are_marked);
	return run_test_case(tc, "import");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of keepalived.conf, and what becomes of each. A word that is not here is unknown to
 * keepalived too, or belongs to its virtual servers; it is reported with what was probably meant.
 */
#include <string.h>

#include "conf/import_translate.h"
#include "conf/suggest.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define MEMBERS (IN_INSTANCE | IN_GROUP)

/* A word that is translated; the last one of a block counts. */
#define WRITE(word, places, function)                               \
	{                                                           \
		.name = (word), .in = (places), .write = (function) \
	}
/* The same for one with a single word behind it. */
#define ONE(word, places, function)                                                   \
	{                                                                             \
		.name = (word), .in = (places), .write = (function), .one_word = true \
	}
/* Each one of a block counts. */
#define EACH(word, places, function)                                               \
	{                                                                          \
		.name = (word), .in = (places), .write = (function), .every = true \
	}
/* All of a block become one. */
#define JOIN(word, places, function)                                                 \
	{                                                                            \
		.name = (word), .in = (places), .write = (function), .collect = true \
	}
/* No equivalent. */
#define LOSE(word, places, what_instead)                                                 \
	{                                                                                \
		.name = (word), .in = (places), .every = true, .instead = (what_instead) \
	}
#define NOTE(word, places, what_instead)                                           \
	{                                                                          \
		.name = (word), .in = (places), .every = true, .loss = LOSS_NOTED, \
		.instead = (what_instead)                                          \
	}
#define SAME(word, places)                                                       \
	{                                                                        \
		.name = (word), .in = (places), .every = true, .loss = LOSS_NONE \
	}

static const char mail[] = "send mail from a notify hook";
static const char servers[] =
	"vrrpd does no load balancing: keep keepalived or ipvsadm for the virtual servers";
static const char host[] =
	"vrrpd moves addresses only: configure what always stays with the network service";
static const char namespaces[] =
	"run vrrpd in it: `ip netns exec NAME vrrpd`, or NetworkNamespacePath= of its unit";
static const char tuning[] = "vrrpd needs no such tuning";
static const char firewall[] = "accept = false needs no setting of its own";
static const char processes[] = "vrrpd's processes have names of their own";
static const char metrics[] =
	"watch vrrpd by its metrics, `vrrpctl events -f` and `vrrpctl -j show`";
static const char fifo_script[] = "start a reader of the FIFO yourself, or use a notify hook";
static const char lower_prio[] =
	"vrrpd announces again after it heard another master, as at a take-over";
static const char passive[] = "vrrpd begins by itself, and the session comes up all the same";
static const char max_hops[] =
	"a session of vrrpd goes over one hop, and ttl is also the least that is accepted";
static const char start_stop[] = "use ExecStartPre= and ExecStopPost= of its unit";

/* clang-format off */
static const struct import_key import_keys[] = {
	/* top level */
	JOIN("global_defs", IN_ROOT, import_write_global),
	EACH("vrrp_instance", IN_ROOT, import_write_instance),
	EACH("vrrp_script", IN_ROOT, import_write_script),
	EACH("vrrp_sync_group", IN_ROOT, import_write_group),
	EACH("vrrp_track_process", IN_ROOT, import_write_process),
	EACH("track_process", IN_ROOT, import_write_process),
	EACH("vrrp_track_file", IN_ROOT, import_write_file),
	EACH("track_file", IN_ROOT, import_write_file),
	EACH("bfd_instance", IN_ROOT, import_write_bfd),
	LOSE("virtual_server", IN_ROOT, servers),
	LOSE("virtual_server_group", IN_ROOT, servers),
	LOSE("real_server", IN_ROOT, servers),
	LOSE("SSL", IN_ROOT, servers),
	LOSE("static_ipaddress", IN_ROOT, host),
	LOSE("static_routes", IN_ROOT, host),
	LOSE("static_rules", IN_ROOT, host),
	LOSE("track_group", IN_ROOT, host),
	LOSE("net_namespace", IN_ROOT | IN_GLOBAL, namespaces),
	LOSE("net_namespace_ipvs", IN_ROOT | IN_GLOBAL, servers),
	NOTE("namespace_with_ipsets", IN_ROOT | IN_GLOBAL, firewall),
	LOSE("instance", IN_ROOT | IN_GLOBAL, "give each vrrpd a directory of its own: vrrpd -s STATE_DIR"),
	NOTE("use_pid_dir", IN_ROOT | IN_GLOBAL, "the pid is in STATE_DIR/pid"),
	NOTE("child_wait_time", IN_ROOT | IN_GLOBAL, tuning),
	LOSE("linkbeat_interfaces", IN_ROOT, "vrrpd believes the kernel about a link"),
	LOSE("linkbeat_use_polling", IN_ROOT | IN_GLOBAL | IN_INSTANCE, "vrrpd believes the kernel about a link"),
	LOSE("interface_up_down_delays", IN_ROOT, "vrrpd takes a link's state at once; preempt-delay calms what follows"),
	LOSE("garp_group", IN_ROOT, "write announce-interval into the instances on these interfaces"),

	/* global_defs */
	ONE("router_id", IN_GLOBAL, import_write_name),
	WRITE("script_user", IN_GLOBAL, import_write_user),
	ONE("vrrp_rt_priority", IN_GLOBAL, import_write_realtime),
	WRITE("vrrp_no_swap", IN_GLOBAL, import_write_realtime),
	WRITE("notify_fifo", IN_GLOBAL, import_write_notify_fifo),
	WRITE("vrrp_notify_fifo", IN_GLOBAL, import_write_notify_fifo),
	ONE("vrrp_garp_master_repeat", IN_GLOBAL, import_write_defaults),
	ONE("vrrp_garp_master_delay", IN_GLOBAL, import_write_defaults),
	ONE("vrrp_garp_master_refresh", IN_GLOBAL, import_write_defaults),
	ONE("vrrp_garp_interval", IN_GLOBAL, import_write_defaults),
	ONE("vrrp_gna_interval", IN_GLOBAL, import_write_defaults),
	SAME("vrrp_version", IN_GLOBAL), /* in each instance */
	SAME("vrrp_min_garp", IN_GLOBAL), /* likewise */
	WRITE("vrrp_strict", IN_GLOBAL, import_write_global_strict),
	NOTE("enable_script_security", IN_GLOBAL, "vrrpd always refuses a script that others than root and its user can write"),
	SAME("script_security", IN_GLOBAL),
	SAME("vrrp_check_unicast_src", IN_GLOBAL), /* always */
	SAME("vrrp_skip_check_adv_addr", IN_GLOBAL), /* a different list is reported, never refused */
	SAME("dynamic_interfaces", IN_GLOBAL), /* always */
	LOSE("notification_email", IN_GLOBAL, mail),
	LOSE("notification_email_from", IN_GLOBAL, mail),
	LOSE("smtp_server", IN_GLOBAL, mail),
	LOSE("smtp_helo_name", IN_GLOBAL, mail),
	LOSE("smtp_connect_timeout", IN_GLOBAL, mail),
	LOSE("smtp_alert_checker", IN_GLOBAL, mail),
	NOTE("no_email_faults", IN_GLOBAL, mail),
	WRITE("smtp_alert", IN_GLOBAL | MEMBERS, import_lose_switch),
	WRITE("smtp_alert_vrrp", IN_GLOBAL, import_lose_switch),
	WRITE("vrrp_lower_prio_no_advert", IN_GLOBAL, import_lose_switch),
	WRITE("vrrp_higher_prio_send_advert", IN_GLOBAL, import_lose_switch),
	WRITE("vrrp_notify_priority_changes", IN_GLOBAL, import_lose_switch),
	WRITE("vrrp_garp_master_refresh_repeat", IN_GLOBAL, import_lose_unless),
	WRITE("vrrp_down_timer_adverts", IN_GLOBAL, import_lose_unless),
	WRITE("vrrp_startup_delay", IN_GLOBAL, import_lose_unless),
	WRITE("vrrp_mcast_group4", IN_GLOBAL, import_lose_unless),
	WRITE("vrrp_mcast_group6", IN_GLOBAL, import_lose_unless),
	LOSE("vrrp_garp_lower_prio_delay", IN_GLOBAL, lower_prio),
	LOSE("vrrp_garp_lower_prio_repeat", IN_GLOBAL, lower_prio),
	LOSE("vrrp_garp_extra_if", IN_GLOBAL, "announce-refresh announces all addresses again"),
	LOSE("default_interface", IN_GLOBAL, "write `dev IF` behind the addresses that need it"),
	LOSE("startup_script", IN_GLOBAL, start_stop),
	LOSE("startup_script_timeout", IN_GLOBAL, start_stop),
	LOSE("shutdown_script", IN_GLOBAL, start_stop),
	LOSE("shutdown_script_timeout", IN_GLOBAL, start_stop),
	LOSE("notify_fifo_script", IN_GLOBAL, fifo_script),
	LOSE("vrrp_notify_fifo_script", IN_GLOBAL, fifo_script),
	LOSE("lvs_notify_fifo", IN_GLOBAL, servers),
	LOSE("lvs_notify_fifo_script", IN_GLOBAL, servers),
	LOSE("lvs_sync_daemon", IN_GLOBAL, servers),
	LOSE("lvs_timeouts", IN_GLOBAL, servers),
	LOSE("lvs_flush", IN_GLOBAL, servers),
	LOSE("lvs_flush_on_stop", IN_GLOBAL | IN_ROOT, servers),
	NOTE("checker_log_all_failures", IN_GLOBAL, servers),
	NOTE("rs_init_notifies", IN_GLOBAL, servers),
	NOTE("no_checker_emails", IN_GLOBAL, servers),
	LOSE("enable_dbus", IN_GLOBAL, metrics),
	LOSE("dbus_service_name", IN_GLOBAL, metrics),
	LOSE("dbus_no_interface_name", IN_GLOBAL, metrics),
	LOSE("snmp_socket", IN_GLOBAL, metrics),
	LOSE("enable_snmp_vrrp", IN_GLOBAL, metrics),
	LOSE("enable_snmp_keepalived", IN_GLOBAL, metrics),
	LOSE("enable_snmp_checker", IN_GLOBAL, servers),
	LOSE("enable_snmp_rfc", IN_GLOBAL, metrics),
	LOSE("enable_snmp_rfcv2", IN_GLOBAL, metrics),
	LOSE("enable_snmp_rfcv3", IN_GLOBAL, metrics),
	LOSE("enable_traps", IN_GLOBAL, metrics),
	NOTE("nftables", IN_GLOBAL, firewall),
	NOTE("nftables_priority", IN_GLOBAL, firewall),
	NOTE("nftables_counters", IN_GLOBAL, firewall),
	NOTE("nftables_ifindex", IN_GLOBAL, firewall),
	NOTE("nftables_ipvs", IN_GLOBAL, servers),
	NOTE("nftables_ipvs_priority", IN_GLOBAL, servers),
	NOTE("nftables_ipvs_start_fwmark", IN_GLOBAL, servers),
	NOTE("vrrp_iptables", IN_GLOBAL, firewall),
	NOTE("vrrp_ipsets", IN_GLOBAL, firewall),
	NOTE("disable_local_igmp", IN_GLOBAL, "vrrpd keeps the virtual MAC silent itself"),
	NOTE("vmac_prefix", IN_GLOBAL, "vrrpd calls the interfaces vrrp4-IFINDEX-VRID and vrrp6-IFINDEX-VRID"),
	NOTE("vmac_addr_prefix", IN_GLOBAL, "vrrpd calls the interfaces vrrp4-IFINDEX-VRID and vrrp6-IFINDEX-VRID"),
	NOTE("process_names", IN_GLOBAL, processes),
	NOTE("process_name", IN_GLOBAL, processes),
	NOTE("vrrp_process_name", IN_GLOBAL, processes),
	NOTE("checker_process_name", IN_GLOBAL, processes),
	NOTE("bfd_process_name", IN_GLOBAL, processes),
	NOTE("tmp_config_directory", IN_GLOBAL, tuning),
	NOTE("config_save_dir", IN_GLOBAL, "SIGUSR1 writes the state to STATE_DIR/dump.json"),
	NOTE("data_use_instance", IN_GLOBAL, tuning),
	NOTE("json_version", IN_GLOBAL, "the JSON of `vrrpctl -j` has one form"),
	NOTE("max_auto_priority", IN_GLOBAL, "realtime = true is what vrrpd has"),
	NOTE("min_auto_priority_delay", IN_GLOBAL, tuning),
	LOSE("vrrp_priority", IN_GLOBAL, "set Nice= in the unit, or realtime = true"),
	LOSE("vrrp_cpu_affinity", IN_GLOBAL, "set CPUAffinity= in the unit"),
	NOTE("vrrp_rlimit_rttime", IN_GLOBAL, tuning),
	NOTE("vrrp_rlimit_rtime", IN_GLOBAL, tuning),
	NOTE("checker_priority", IN_GLOBAL, servers),
	NOTE("checker_no_swap", IN_GLOBAL, servers),
	NOTE("checker_cpu_affinity", IN_GLOBAL, servers),
	NOTE("checker_rt_priority", IN_GLOBAL, servers),
	NOTE("checker_rlimit_rttime", IN_GLOBAL, servers),
	NOTE("bfd_priority", IN_GLOBAL, tuning),
	NOTE("bfd_no_swap", IN_GLOBAL, tuning),
	NOTE("bfd_cpu_affinity", IN_GLOBAL, tuning),
	NOTE("bfd_rt_priority", IN_GLOBAL, tuning),
	NOTE("bfd_rlimit_rttime", IN_GLOBAL, tuning),
	NOTE("vrrp_netlink_cmd_rcv_bufs", IN_GLOBAL, tuning),
	NOTE("vrrp_netlink_cmd_rcv_bufs_force", IN_GLOBAL, tuning),
	NOTE("vrrp_netlink_monitor_rcv_bufs", IN_GLOBAL, tuning),
	NOTE("vrrp_netlink_monitor_rcv_bufs_force", IN_GLOBAL, tuning),
	NOTE("lvs_netlink_cmd_rcv_bufs", IN_GLOBAL, servers),
	NOTE("lvs_netlink_cmd_rcv_bufs_force", IN_GLOBAL, servers),
	NOTE("lvs_netlink_monitor_rcv_bufs", IN_GLOBAL, servers),
	NOTE("lvs_netlink_monitor_rcv_bufs_force", IN_GLOBAL, servers),
	NOTE("process_monitor_rcv_bufs", IN_GLOBAL, tuning),
	NOTE("process_monitor_rcv_bufs_force", IN_GLOBAL, tuning),
	NOTE("vrrp_rx_bufs_policy", IN_GLOBAL, tuning),
	NOTE("vrrp_rx_bufs_multiplier", IN_GLOBAL, tuning),
	NOTE("fifo_write_vrrp_states_on_reload", IN_GLOBAL, "the FIFO gets all states when a reader comes"),
	NOTE("umask", IN_GLOBAL, "set UMask= in the unit"),
	NOTE("log_unknown_vrids", IN_GLOBAL, "vrrpd counts them: `vrrpctl counters`, vrid_errors"),
	NOTE("random_seed", IN_GLOBAL, tuning),
	NOTE("reload_check_config", IN_GLOBAL, "vrrpd refuses a broken file as a whole at every reload"),
	NOTE("reload_time_file", IN_GLOBAL, "reload when you mean to: `vrrpctl reload`"),
	NOTE("reload_repeat", IN_GLOBAL, "reload when you mean to: `vrrpctl reload`"),
	NOTE("reload_file", IN_GLOBAL, "vrrpd reads its configuration when it is told to"),

	/* vrrp_instance */
	ONE("state", IN_INSTANCE, import_write_state),
	ONE("interface", IN_INSTANCE, import_write_interface),
	ONE("virtual_router_id", IN_INSTANCE, import_write_vrid),
	ONE("priority", IN_INSTANCE, import_write_priority),
	ONE("version", IN_INSTANCE, import_write_version),
	ONE("advert_int", IN_INSTANCE, import_write_advert),
	WRITE("nopreempt", IN_INSTANCE, import_write_nopreempt),
	SAME("preempt", IN_INSTANCE),
	ONE("preempt_delay", IN_INSTANCE, import_write_preempt_delay),
	WRITE("accept", IN_INSTANCE, import_write_accept),
	WRITE("no_accept", IN_INSTANCE, import_write_accept),
	WRITE("strict_mode", IN_INSTANCE, import_write_strict),
	WRITE("use_vmac", IN_INSTANCE, import_write_vmac),
	JOIN("authentication", IN_INSTANCE, import_write_password),
	JOIN("virtual_ipaddress", IN_INSTANCE, import_write_addresses),
	JOIN("virtual_ipaddress_excluded", IN_INSTANCE, import_write_extra),
	ONE("unicast_src_ip", IN_INSTANCE, import_write_source),
	ONE("mcast_src_ip", IN_INSTANCE, import_write_source),
	JOIN("unicast_peer", IN_INSTANCE, import_write_peers),
	JOIN("virtual_routes", IN_INSTANCE, import_write_routes),
	JOIN("virtual_rules", IN_INSTANCE, import_write_routes),
	ONE("garp_master_repeat", IN_INSTANCE, import_write_announce),
	ONE("garp_master_delay", IN_INSTANCE, import_write_announce),
	ONE("garp_master_refresh", IN_INSTANCE, import_write_announce),
	WRITE("garp_master_refresh_repeat", IN_INSTANCE, import_lose_unless),
	LOSE("garp_lower_prio_delay", IN_INSTANCE, lower_prio),
	LOSE("garp_lower_prio_repeat", IN_INSTANCE, lower_prio),
	LOSE("garp_extra_if", IN_INSTANCE, "announce-refresh announces all addresses again"),
	WRITE("lower_prio_no_advert", IN_INSTANCE, import_lose_switch),
	WRITE("higher_prio_send_advert", IN_INSTANCE, import_lose_switch),
	WRITE("notify_priority_changes", MEMBERS, import_lose_switch),
	WRITE("down_timer_adverts", IN_INSTANCE, import_lose_unless),
	WRITE("unicast_ttl", IN_INSTANCE, import_lose_unless),
	WRITE("mcast_dst_ip", IN_INSTANCE, import_lose_unless),
	SAME("native_ipv6", IN_INSTANCE), /* follows from the addresses */
	SAME("check_unicast_src", IN_INSTANCE), /* always */
	SAME("skip_check_adv_addr", IN_INSTANCE), /* a different list is reported, never refused */
	SAME("debug", IN_INSTANCE),
	LOSE("vmac_xmit_base", IN_INSTANCE, "with virtual-mac the advertisements come from the virtual MAC, as the RFC has it"),
	LOSE("use_vmac_addr", IN_INSTANCE, "virtual-mac is for the interface of the instance; give addresses on others an instance of their own"),
	LOSE("use_ipvlan", IN_INSTANCE, "the addresses are on the interface itself; virtual-mac = true puts them on a macvlan"),
	LOSE("vrf", IN_INSTANCE, "name the interface that is in the VRF"),
	LOSE("dont_track_primary", IN_INSTANCE, "the interface of an instance is always tracked: give the instance an interface that stays up"),
	LOSE("track_src_ip", IN_INSTANCE, "vrrpd does not go to FAULT when the source address is missing; track what removes it"),
	LOSE("promote_secondaries", IN_INSTANCE, "set net.ipv4.conf.IF.promote_secondaries with sysctl, if others remove addresses there"),
	NOTE("unicast_fault_no_peer", IN_INSTANCE, "without peers vrrpd uses multicast"),
	NOTE("old_unicast_checksum", IN_INSTANCE, "vrrpd accepts the checksums with and without pseudo-header; see checksum-pseudo-header"),
	NOTE("kernel_rx_buf_size", IN_INSTANCE, tuning),
	LOSE("lvs_sync_daemon_interface", IN_INSTANCE, servers),
	LOSE("notify_deleted", MEMBERS, "notify-stop runs when an instance ends"),
	LOSE("notify_master_rx_lower_pri", IN_INSTANCE, "`vrrpctl events -f` tells of another master as a conflict"),
	LOSE("garp_interval", IN_INSTANCE, "write announce-interval"),
	LOSE("gna_interval", IN_INSTANCE, "write announce-interval"),

	/* vrrp_instance and vrrp_sync_group */
	JOIN("track_interface", MEMBERS, import_write_tracks),
	JOIN("track_script", MEMBERS, import_write_tracks),
	JOIN("track_process", MEMBERS, import_write_tracks),
	JOIN("track_file", MEMBERS, import_write_tracks),
	JOIN("track_bfd", MEMBERS, import_write_tracks),
	WRITE("notify", MEMBERS, import_write_hook),
	WRITE("notify_master", MEMBERS, import_write_hook),
	WRITE("notify_backup", MEMBERS, import_write_hook),
	WRITE("notify_fault", MEMBERS, import_write_hook),
	WRITE("notify_stop", MEMBERS, import_write_hook),

	/* vrrp_sync_group */
	WRITE("group", IN_GROUP, import_write_members),
	NOTE("global_tracking", IN_GROUP, "the weights of its members count"),
	NOTE("sync_group_tracking_weight", IN_GROUP, "the weights of its members count"),

	/* vrrp_script, track_process, track_file */
	WRITE("script", IN_SCRIPT, import_write_text),
	ONE("interval", IN_SCRIPT, import_write_seconds),
	ONE("timeout", IN_SCRIPT, import_write_seconds),
	ONE("rise", IN_SCRIPT, import_write_count),
	ONE("fall", IN_SCRIPT, import_write_count),
	WRITE("user", IN_SCRIPT, import_write_user),
	WRITE("init_fail", IN_SCRIPT, import_write_initially),
	SAME("weight", IN_SCRIPT | IN_PROCESS | IN_FILE | IN_BFD), /* where it is tracked */
	WRITE("process", IN_PROCESS, import_write_text),
	ONE("quorum", IN_PROCESS, import_write_count),
	ONE("quorum_max", IN_PROCESS, import_write_count),
	ONE("delay", IN_PROCESS, import_write_process_delay),
	ONE("fork_delay", IN_PROCESS, import_write_delay),
	ONE("terminate_delay", IN_PROCESS, import_write_delay),
	SAME("full_command", IN_PROCESS),
	LOSE("param_match", IN_PROCESS, "vrrpd matches the name, or the whole command line"),
	WRITE("file", IN_FILE, import_write_text),
	LOSE("init_file", IN_FILE, "create the file before vrrpd starts; while it is missing it counts as 0"),

	/* bfd_instance */
	ONE("neighbor_ip", IN_BFD, import_write_bfd_address),
	ONE("neighbour_ip", IN_BFD, import_write_bfd_address),
	ONE("source_ip", IN_BFD, import_write_bfd_address),
	ONE("min_tx", IN_BFD, import_write_bfd_interval),
	ONE("min_rx", IN_BFD, import_write_bfd_interval),
	ONE("multiplier", IN_BFD, import_write_bfd_number),
	ONE("ttl", IN_BFD, import_write_bfd_number),
	ONE("hoplimit", IN_BFD, import_write_bfd_number),
	NOTE("idle_tx", IN_BFD, "vrrpd sends once a second while the session is not up, as the RFC has it"),
	LOSE("passive", IN_BFD, passive),
	LOSE("max_hops", IN_BFD, max_hops),
	SAME("vrrp", IN_BFD),
	LOSE("checker", IN_BFD, servers),
};
/* clang-format on */

static const struct import_key *find_key(const char *name, unsigned int in)
{
	for (size_t i = 0; i < ARRAY_SIZE(import_keys); i++)
		if ((import_keys[i].in & in) && strcmp(import_keys[i].name, name) == 0)
			return &import_keys[i];
	return NULL;
}

/* The nearest word that may stand there, or NULL. */
static const char *suggestion(const char *name, unsigned int in)
{
	const char *best = NULL;
	unsigned int best_distance = SUGGEST_LEN_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(import_keys); i++) {
		unsigned int distance = import_keys[i].in & in
						? suggest_distance(name, import_keys[i].name)
						: SUGGEST_LEN_MAX;

		if (distance < best_distance) {
			best = import_keys[i].name;
			best_distance = distance;
		}
	}
	return best && suggest_is_near(name, best_distance) ? best : NULL;
}

bool import_is_swallowed(struct import *x, const struct import_node *n)
{
	const struct import_key *key = n->block ? find_key(import_name(n), IN_ROOT) : NULL;

	if (!key || key->in != IN_ROOT || !n->parent->parent)
		return false;
	import_lost(
		x, n,
		"%s %s stands inside the block \"%s\" of %s, and keepalived ignores it: close that block with \"}\" before it",
		key->name, show(import_arg(n, 0)).text, show(import_name(n->parent)).text,
		report_where(&x->report, n->parent->at, n->at).text);
	return true;
}

/* Unknown there: a slip, a word of another block, or one of nobody's. */
static void lose_unknown(struct import *x, const struct import_node *n, unsigned int in)
{
	const char *name = import_name(n), *near = suggestion(name, in);
	const char *bare = strncmp(name, "vrrp_", 5) == 0 ? name + 5 : "";

	if (find_key(bare, in))
		near = bare;
	if (import_is_swallowed(x, n))
		;
	else if (near)
		import_lost(x, n, "unknown word \"%s\", which keepalived ignores: did you mean %s?",
			    show(name).text, near);
	else if (find_key(name, ~0u))
		import_lost(
			x, n,
			"\"%s\" does not belong here, and keepalived ignores it: move it, or drop it",
			show(name).text);
	else if (name[0] == '\0')
		import_lost(x, n, "a block without a name was left out: say what it begins");
	else
		import_lost(x, n, "unknown word \"%s\"%s: drop it, or correct it", show(name).text,
			    import_template_hint(name));
	import_left_out(x, n);
}

/* Is it the first of those that are written together? */
static bool is_first(const struct import_node *n)
{
	for (const struct import_node *before = n->parent->first; before != n;
	     before = before->next)
		if (strcmp(import_name(before), import_name(n)) == 0)
			return false;
	return true;
}

/* The statement that counts instead of this one; NULL if it counts itself. */
static const struct import_node *successor(const struct import *x, const struct import_node *n,
					   const struct import_key *key, unsigned int in)
{
	const struct import_node *last;

	if (key->every || key->collect)
		return NULL;
	if (in != IN_GLOBAL)
		return import_again(n);
	last = import_global(x, key->name); /* all blocks of global_defs are one */
	return last == n ? NULL : last;
}

static void write_statement(struct import *x, const struct import_node *n,
			    const struct import_key *key, unsigned int in)
{
	const struct import_node *again = successor(x, n, key, in);

	if (again) {
		import_lost(x, n, "%s is said again in %s, and that counts: remove one", key->name,
			    report_where(&x->report, again->at, n->at).text);
		import_left_out(x, n);
		return;
	}
	if (key->collect && !is_first(n))
		return;
	if (key->one_word && import_arg(n, 1)[0] != '\0')
		import_lost(
			x, n,
			"%s takes one word, and keepalived ignores \"%s\" behind it: drop it, or correct the line",
			key->name, show(import_arg(n, 1)).text);
	if (key->write) {
		key->write(x, n);
		return;
	}
	if (key->loss == LOSS_REPORTED)
		import_lost(x, n, "%s %s: %s", key->name,
			    key->instead == servers ? "is skipped" : "has no equivalent",
			    key->instead);
	else if (key->loss == LOSS_NOTED)
		import_note(x, n, "%s is not needed: %s", key->name, key->instead);
	import_left_out(x, n);
}

void import_block(struct import *x, const struct import_node *block, unsigned int in)
{
	for (const struct import_node *n = block->first; n && !x->memory.failed; n = n->next) {
		const struct import_key *key = find_key(import_name(n), in);

		if (key)
			write_statement(x, n, key, in);
		else
			lose_unknown(x, n, in);
	}
}

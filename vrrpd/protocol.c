/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol process: takes what the supervisor hands it, opens the sockets, and turns in one loop until it is told to stop. It waits in
 * that loop and nowhere else.
 */
#include "protocol.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "build_info.h"
#include "channel.h"
#include "conf/conf.h"
#include "log.h"
#include "loop.h"
#include "neighbours.h"
#include "role.h"
#include "sandbox.h"
#include "settings_fd.h"

enum {
	RECEIVE_BUFFER = MESSAGE_TEXT_MAX + 1
};

/* ---- what the supervisor says ---- */

/* The client that asked for the reload, if one did; its place is free again. */
static bool take_reload(struct protocol *p, uint32_t number, struct control_request *ret)
{
	if (number == 0 || number > RELOADS_MAX || !p->reload_waits[number - 1])
		return false;
	p->reload_waits[number - 1] = false;
	*ret = p->reloads[number - 1];
	return true;
}

static json_t *lines_of(const char *text)
{
	json_t *list = json_array();
	size_t len;

	for (; list && *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		json_array_append_new(list, json_stringn(text, len));
	}
	return list;
}

static void use_log_settings(const struct settings *s, uint32_t group, struct protocol *p)
{
	log_set_level(s->global.log_level);
	if (p->control)
		control_set_group(p->control, (gid_t)group);
}

/* What the supervisor has not been told yet; where that is not possible now, at the end of the next turn. */
void protocol_report(struct protocol *p)
{
	struct message ready = message_of(MESSAGE_READY, 0);
	struct message configured = message_of(MESSAGE_CONFIGURED, 0);

	struct message standby = message_of(MESSAGE_STANDBY, 0);

	if (p->owes_standby && channel_send(ROLE_CHANNEL_FD, &standby) == 0)
		p->owes_standby = false;
	if (p->owes_ready && channel_send(ROLE_CHANNEL_FD, &ready) == 0)
		p->owes_ready = false;
	if (p->owes_configured && channel_send(ROLE_CHANNEL_FD, &configured) == 0)
		p->owes_configured = false;
}

static void configure(struct protocol *p, const struct message *m)
{
	struct control_request request;
	struct settings *s = NULL;
	int status = settings_from_fd(m->fds[0], &s);

	if (status == 0)
		status = protocol_adopt(p, s, m->text);
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "new settings cannot be used, the old ones stay: %s",
			 strerror(-status));
		if (take_reload(p, m->number, &request))
			control_reply_error(p->control, request, strerror(-status), NULL);
		return;
	}
	use_log_settings(p->run.settings, m->value, p);
	tally_reload(p->tally, true, protocol_wall_us());
	if (take_reload(p, m->number, &request))
		control_reply_ok(p->control, request,
				 json_pack("{s:o}", "changes", lines_of(m->text)));
	p->owes_configured = true;
}

static void refused(struct protocol *p, const struct message *m)
{
	struct control_request request;

	tally_reload(p->tally, false, protocol_wall_us());
	if (take_reload(p, m->number, &request))
		control_reply_error(p->control, request,
				    "the configuration was refused: the old one stays",
				    lines_of(m->text));
}

static void stop(struct protocol *p)
{
	if (!p->started) {
		event_base_loopbreak(p->base); /* nothing has been taken yet */
		return;
	}
	/* Asked a second time, it no longer waits for a successor. */
	p->stopping = true;
	protocol_step(p, &(struct event){ .kind = EVENT_STOP });
}

/* What is sent now leaves at the end of this turn, which is the last one. */
static void hand_over(struct protocol *p)
{
	if (p->started)
		protocol_step(p, &(struct event){ .kind = EVENT_HANDOVER });
	event_base_loopbreak(p->base);
}

/* Nothing is put into force, so nobody but the client is to know. */
static void preview(struct protocol *p, const struct message *m)
{
	struct control_request request;
	struct settings *s = NULL;
	int status = settings_from_fd(m->fds[0], &s);

	if (!take_reload(p, m->number, &request)) {
		settings_free(s);
		return;
	}
	if (status != 0)
		control_reply_error(p->control, request, strerror(-status), NULL);
	else
		control_reply_ok(p->control, request,
				 json_pack("{s:o, s:o}", "changes", lines_of(m->text), "mastership",
					   protocol_preview(p, s)));
	settings_free(s);
}

static void answer_ping(const struct protocol *p, const struct message *ping)
{
	struct message pong = message_of(MESSAGE_PONG, ping->number);

	if (ping->value != 0) {
		pong.fds[0] = io_announce_fd(p->announce);
		pong.fds[1] = io_conflict_fd(p->conflict, FAMILY_V4);
	}
	/* Where this one gets lost the next one will do. */
	(void)channel_send(ROLE_CHANNEL_FD, &pong);
}

static void take_over(struct protocol *p, struct message *m);

static void obey(struct protocol *p, struct message *m)
{
	switch ((enum message_kind)m->kind) {
	case MESSAGE_CONFIGURE:
		configure(p, m);
		return;
	case MESSAGE_REFUSED:
		refused(p, m);
		return;
	case MESSAGE_STOP:
		stop(p);
		return;
	case MESSAGE_HANDOVER:
		hand_over(p);
		return;
	case MESSAGE_RUNNER:
		protocol_runner_connect(p, m->fds[0]);
		m->fds[0] = -1;
		return;
	case MESSAGE_PREVIEW:
		preview(p, m);
		return;
	case MESSAGE_PING:
		answer_ping(p, m);
		return;
	case MESSAGE_WEB:
		control_lend(p->control, m->fds[0]);
		m->fds[0] = -1;
		return;
	case MESSAGE_GO:
		if (p->standby)
			take_over(p, m);
		return;
	case MESSAGE_NOTE:
		protocol_note(p, m->text, m->value != 0);
		return;
	case MESSAGE_SETUP:
	case MESSAGE_STANDBY:
	case MESSAGE_UPGRADE:
	case MESSAGE_PONG:
	case MESSAGE_READY:
	case MESSAGE_CONFIGURED:
	case MESSAGE_RELOAD:
	case MESSAGE_STATE:
	case MESSAGE_HOOKS:
	case MESSAGE_CHECK:
	case MESSAGE_HOOK_SUCCEEDED:
	case MESSAGE_HOOK_FAILED:
	case MESSAGE_HOOKS_DONE:
		/* Not for us, or not now. */
		break;
	}
	log_line(LOG_LEVEL_WARNING, "unexpected message %u from the supervisor", m->kind);
}

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	static char buffer[RECEIVE_BUFFER];
	struct protocol *p = ctx;
	struct message m;
	int status;

	(void)what;
	while ((status = channel_receive(fd, &m, buffer)) == 0) {
		obey(p, &m);
		message_close_fds(&m);
	}
	/* The supervisor is dead. The addresses are not its business: go on. */
	if (status == -EPIPE) {
		event_del(p->channel_readable);
		p->orphaned = true;
		if (p->standby)
			event_base_loopbreak(p->base); /* nothing has been taken yet */
		p->owes_ready = p->owes_configured = false;
	}
	protocol_settle(p);
}

/* ---- the loop's other callbacks ---- */

/*
 * A successor whose supervisor is not ours asks for the addresses by SIGUSR2. The others are the supervisor's to answer, even if a
 * service manager sends them to every process, unless it is dead.
 */
static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)what;
	if (number == SIGUSR2)
		hand_over(p);
	else if (p->orphaned)
		stop(p);
	protocol_settle(p);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	uint64_t expirations;

	(void)what;
	if (read(fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		log_line(LOG_LEVEL_ERROR, "timer: %s", strerror(errno));
	protocol_tick(ctx);
	protocol_settle(ctx);
}

static void on_vrrp(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)what;
	io_vrrp_readable(p->vrrp, fd == io_vrrp_fd(p->vrrp, FAMILY_V6) ? FAMILY_V6 : FAMILY_V4);
	protocol_settle(p);
}

static void on_netlink(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)fd;
	(void)what;
	io_netlink_readable(p->netlink);
	protocol_settle(p);
}

/* A move is told by advertisements first: who has taken over by now announces the address rightly. */
static void on_claim(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)what;
	for (enum family_index f = FAMILY_V4; f < FAMILY_COUNT; f++)
		(void)io_vrrp_readable(p->vrrp, f);
	io_conflict_readable(p->conflict,
			     fd == io_conflict_fd(p->conflict, FAMILY_V6) ? FAMILY_V6 : FAMILY_V4);
	protocol_settle(p);
}

static void on_join_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	protocol_join_again(ctx);
	protocol_settle(ctx);
}

static void on_refresh(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	protocol_refresh(ctx);
}

/* Nothing has come in, but something may go out. */
static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	protocol_settle(ctx);
}

/* ---- the control server's questions ---- */

static const struct engine *ask_engine(void *ctx)
{
	return ((struct protocol *)ctx)->run.engine;
}

static const struct history *ask_history(void *ctx)
{
	return engine_history(((struct protocol *)ctx)->run.engine);
}

static struct instant ask_now(void *ctx)
{
	(void)ctx;
	return protocol_now();
}

static int64_t ask_wall_us(void *ctx)
{
	(void)ctx;
	return protocol_wall_us();
}

static const struct tally *ask_tally(void *ctx)
{
	return ((struct protocol *)ctx)->tally;
}

static void ask_reload(void *ctx, struct control_request request)
{
	struct protocol *p = ctx;
	struct message m = message_of(MESSAGE_RELOAD, 0);

	while (m.number < RELOADS_MAX && p->reload_waits[m.number])
		m.number++;
	if (m.number == RELOADS_MAX) {
		control_reply_error(p->control, request, "too many reloads are waiting", NULL);
		return;
	}
	p->reloads[m.number] = request;
	p->reload_waits[m.number] = true;
	m.number++;
	m.value = request.dry_run;
	if (channel_send(ROLE_CHANNEL_FD, &m) == 0)
		return;
	take_reload(p, m.number, &request);
	control_reply_error(p->control, request,
			    "the supervisor is not running, and it alone reads the configuration: "
			    "start vrrpd again, it takes this process over",
			    NULL);
}

static int ask_upgrade(void *ctx, int client_fd, const char *path)
{
	struct message m = message_of(MESSAGE_UPGRADE, 0);

	(void)ctx;
	m.fds[0] = client_fd;
	m.text = (char *)(uintptr_t)path;
	return channel_send(ROLE_CHANNEL_FD, &m);
}

static void ask_announce(void *ctx, const uint32_t *vrouters, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		protocol_step(ctx,
			      &(struct event){ .kind = EVENT_ANNOUNCE, .vrouter = vrouters[i] });
	protocol_settle(ctx);
}

static void ask_force(void *ctx, const uint32_t *instances, uint32_t n,
		      const struct event_force *force)
{
	struct event ev = { .kind = EVENT_FORCE, .force = *force };

	for (uint32_t i = 0; i < n; i++) {
		ev.force.instance = instances[i];
		protocol_step(ctx, &ev);
	}
	protocol_settle(ctx);
}

/* ---- setting up ---- */

void protocol_ready(struct protocol *p)
{
	if (!p->synced || !p->routing_synced || p->started)
		return;
	protocol_start(p);
	p->owes_ready = p->started;
}

static void on_synced(void *ctx)
{
	struct protocol *p = ctx;

	if (p->standby) {
		/* Whoever tries us out, and ends before we serve, has given us up. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		p->owes_standby = true;
		return;
	}
	p->synced = true;
	protocol_ready(p);
}

/* Waits for one message of that kind, before the loop runs: 0 or -errno. */
static int await(enum message_kind kind, struct message *ret, char *buffer)
{
	struct pollfd channel = { .fd = ROLE_CHANNEL_FD, .events = POLLIN };
	int status;

	do {
		if (poll(&channel, 1, -1) < 0 && errno != EINTR)
			return -errno;
		status = channel_receive(ROLE_CHANNEL_FD, ret, buffer);
	} while (status == -EAGAIN);
	if (status == 0 && ret->kind != kind) {
		message_close_fds(ret);
		status = -EPROTO;
	}
	return status;
}

static void open_state(struct protocol *p)
{
	bool foreign = false;
	int status = p->state_fd < 0 ? -ENOENT : state_file_open(&p->state, p->state_fd, &foreign);

	if (status != 0)
		log_line(
			LOG_LEVEL_WARNING,
			"the state file cannot be used (%s): mastership will not survive a restart",
			strerror(-status));
	if (foreign)
		log_line(LOG_LEVEL_NOTICE, "the state file is of another boot or version: starting "
					   "as if new");
	if (p->state_fd >= 0)
		close(p->state_fd);
	p->state_fd = -1;
}

static void find_neighbours(struct protocol *p)
{
	int status = neighbours_enter();

	/* In standby one is there for certain. */
	if (status == 0 && p->standby)
		return;
	p->alone = status == 0 && !neighbours_exist(getpid());
	if (status != 0)
		log_line(LOG_LEVEL_WARNING, "other daemons here cannot know of this one: %s",
			 strerror(-status));
	else if (!p->alone)
		log_line(LOG_LEVEL_NOTICE, "another vrrpd runs in this network namespace: "
					   "addresses left behind are not looked for");
}

/* The first two messages: who we are, and what we are to do. */
static int receive_setup(struct protocol *p)
{
	static char buffer[RECEIVE_BUFFER];
	struct settings *s = NULL;
	struct message m;
	int table = 0; /* where its name begins */
	int status = await(MESSAGE_SETUP, &m, buffer);

	if (status != 0)
		return status;
	p->listen_fd = m.fds[0];
	p->state_fd = m.fds[1];
	p->supervisor = (pid_t)m.number;
	p->standby = m.value != 0;
	if (sscanf(m.text, "%u %u %n", &p->identity.uid, &p->identity.gid, &table) != 2 ||
	    table == 0)
		return -EPROTO;
	snprintf(p->filter.table, sizeof(p->filter.table), "%s", m.text + table);
	status = await(MESSAGE_CONFIGURE, &m, buffer);
	if (status != 0)
		return status;
	status = settings_from_fd(m.fds[0], &s);
	message_close_fds(&m);
	if (status != 0)
		return status;
	use_log_settings(s, m.value, p);
	p->control_group = m.value;
	find_neighbours(p);
	if (!p->standby)
		open_state(p);
	return running_init(&p->run, s, 0, 0);
}

/* The adapters; what is missing is logged. */
static int open_adapters(struct protocol *p)
{
	struct io_vrrp_handler vrrp = protocol_vrrp_handler(p);
	struct io_announce_handler announce = protocol_announce_handler(p);
	struct io_netlink_handler netlink = protocol_netlink_handler(p, on_synced);
	const char *what = "";
	int status = io_vrrp_open(&p->vrrp, &vrrp, &what);

	if (status == 0)
		status = io_announce_open(&p->announce, &announce, &what);
	if (status == 0)
		status = io_devconf_open(&p->devconf, &what);
	if (status == 0)
		status = io_resolve_open(&p->resolve, &what);
	if (status == 0)
		status = protocol_open_routing(p, &what);
	if (status == 0)
		status = io_netlink_open(&p->netlink, &netlink, &what);
	if (status != 0)
		log_line(LOG_LEVEL_ERROR, "cannot start: %s: %s", what, strerror(-status));
	return status;
}

static int make_base(struct protocol *p)
{
	struct event_config *config = event_config_new();

	if (config)
		event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	if (config)
		event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
	p->base = config ? event_base_new_with_config(config) : NULL;
	event_config_free(config);
	return p->base && event_base_priority_init(p->base, 2) == 0 ? 0 : -ENOMEM;
}

/* What is waited for now and then; to be added each time. */
static int make_pauses(struct protocol *p)
{
	p->announce_writable =
		event_new(p->base, io_announce_fd(p->announce), EV_WRITE, on_turn, p);
	p->turn_again = evtimer_new(p->base, on_turn, p);
	p->netlink_pause = evtimer_new(p->base, on_netlink, p);
	p->join_again = evtimer_new(p->base, on_join_again, p);
	p->refresh = evtimer_new(p->base, on_refresh, p);
	return p->announce_writable && p->turn_again && p->netlink_pause && p->join_again &&
			       p->refresh
		       ? 0
		       : -ENOMEM;
}

/* The sockets of the families that this kernel has. */
static int watch_vrrp(struct protocol *p)
{
	for (enum family_index f = FAMILY_V4; f < FAMILY_COUNT; f++) {
		int fd = io_vrrp_fd(p->vrrp, f);

		if (fd < 0)
			continue;
		p->vrrp_readable[f] = loop_watch(p->base, fd, on_vrrp, p);
		if (!p->vrrp_readable[f])
			return -ENOMEM;
	}
	return 0;
}

/* Better to have, and not worth ending for. */
static int watch_claims(struct protocol *p)
{
	struct io_conflict_handler handler = protocol_conflict_handler(p);
	const char *what = "";
	int status = io_conflict_open(&p->conflict, &handler, &what);

	if (status != 0)
		log_line(LOG_LEVEL_WARNING,
			 "other hosts that use the addresses will not be noticed: %s: %s", what,
			 strerror(-status));
	for (enum family_index f = FAMILY_V4; f < FAMILY_COUNT; f++) {
		int fd = io_conflict_fd(p->conflict, f);

		if (fd < 0)
			continue;
		p->claim_readable[f] = loop_watch(p->base, fd, on_claim, p);
		if (!p->claim_readable[f])
			return -ENOMEM;
	}
	return 0;
}

/* The timer goes before everything else that is ready in the same turn. */
static int make_loop(struct protocol *p)
{
	static const int signals[PROTOCOL_SIGNALS] = { SIGUSR2, SIGTERM, SIGINT };
	int status = make_base(p);

	p->tally = tally_new();
	if (!p->tally)
		return -ENOMEM;

	if (status == 0)
		status = make_pauses(p);
	if (status == 0)
		status = protocol_watch_routing(p);
	if (status != 0)
		return status;
	p->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->timer_fd < 0)
		return -errno;
	p->timer = loop_watch(p->base, p->timer_fd, on_timer, p);
	p->netlink_readable = loop_watch(p->base, io_netlink_fd(p->netlink), on_netlink, p);
	p->channel_readable = loop_watch(p->base, ROLE_CHANNEL_FD, on_channel, p);
	if (!p->timer || !p->netlink_readable || !p->channel_readable)
		return -ENOMEM;
	for (int i = 0; i < PROTOCOL_SIGNALS; i++) {
		p->signals[i] = loop_watch_signal(p->base, signals[i], on_signal, p);
		if (!p->signals[i])
			return -ENOMEM;
	}
	return event_priority_set(p->timer, 0) == 0 ? 0 : -EINVAL;
}

static int serve_control(struct protocol *p)
{
	static const struct control_handlers handlers = {
		.engine = ask_engine,
		.history = ask_history,
		.now = ask_now,
		.wall_us = ask_wall_us,
		.tally = ask_tally,
		.reload = ask_reload,
		.upgrade = ask_upgrade,
		.announce = ask_announce,
		.force = ask_force,
	};
	struct control_identity identity = {
		.version = vrrpd_version,
		.build = build_info(),
		.pid = p->supervisor,
	};

	p->control = control_new(p->base, p->listen_fd, &handlers, p, &identity);
	if (!p->control)
		return -ENOMEM;
	control_set_group(p->control, (gid_t)p->control_group);
	return 0;
}

/* Better a master without it than none. */
static void enter_sandbox(void)
{
	int status = sandbox_enter(&sandbox_protocol);

	if (status != 0)
		log_line(LOG_LEVEL_WARNING,
			 "the protocol process's system calls are not filtered: %s",
			 strerror(-status));
}

/* From here on others are heard: routers, hosts and clients. */
static int open_doors(struct protocol *p)
{
	int status = watch_vrrp(p);

	if (status == 0)
		status = watch_claims(p);
	if (status == 0)
		status = serve_control(p);
	if (status == 0)
		enter_sandbox();
	return status;
}

/* The predecessor has ended; what came in while it served was for it. */
static void take_over(struct protocol *p, struct message *m)
{
	int status;

	p->standby = false;
	p->alone = m->value != 0;
	if (m->fds[0] >= 0) {
		p->listen_fd = m->fds[0];
		p->state_fd = m->fds[1];
		m->fds[0] = m->fds[1] = -1;
	}
	open_state(p);
	io_vrrp_discard(p->vrrp);
	status = open_doors(p);
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "cannot take over: %s", strerror(-status));
		p->exit_status = EXIT_INTERNAL;
		event_base_loopbreak(p->base);
		return;
	}
	io_netlink_reconsider(p->netlink);
	protocol_start(p);
	prctl(PR_SET_PDEATHSIG, 0);
	p->owes_ready = p->started;
}

static void free_event(struct event *ev)
{
	if (ev)
		event_free(ev);
}

static void tear_down(struct protocol *p)
{
	control_free(p->control);
	if (p->devconf && !p->stopping)
		protocol_leave_links(p);
	protocol_runner_close(p);
	protocol_end_filter(p);
	protocol_end_routing(p);
	free_event(p->timer);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		free_event(p->vrrp_readable[f]);
		free_event(p->claim_readable[f]);
	}
	free_event(p->netlink_readable);
	free_event(p->channel_readable);
	free_event(p->announce_writable);
	free_event(p->turn_again);
	free_event(p->netlink_pause);
	free_event(p->join_again);
	free_event(p->refresh);
	for (int i = 0; i < PROTOCOL_SIGNALS; i++)
		free_event(p->signals[i]);
	io_vrrp_close(p->vrrp);
	io_announce_close(p->announce);
	io_devconf_close(p->devconf);
	io_conflict_close(p->conflict);
	io_resolve_close(p->resolve);
	io_netlink_close(p->netlink);
	state_file_close(p->state);
	running_done(&p->run);
	if (p->base)
		event_base_free(p->base);
	if (p->timer_fd >= 0)
		close(p->timer_fd);
	if (p->listen_fd >= 0)
		close(p->listen_fd);
	if (p->state_fd >= 0)
		close(p->state_fd);
	tally_free(p->tally);
	free(p->note);
}

static int drop_privileges(const struct protocol *p)
{
	int status = privileges_keep_network(p->identity);

	if (status != 0)
		log_line(LOG_LEVEL_ERROR, "cannot start: privileges cannot be dropped: %s",
			 strerror(-status));
	return status;
}

static int go_first(const struct protocol *p)
{
	int status = privileges_go_first(p->run.settings->global.realtime);

	if (status != 0)
		log_line(LOG_LEVEL_ERROR,
			 "cannot start: realtime = true needs CAP_SYS_NICE, CAP_IPC_LOCK "
			 "and CAP_SYS_RESOURCE: %s",
			 strerror(-status));
	return status;
}

/* A kernel that did not remove everything is the supervisor's to deal with. */
static void see_released(struct protocol *p)
{
	uint32_t left = p->stopping ? protocol_count_held(p) : 0;
	uint32_t routings = p->stopping ? protocol_count_held_routings(p) : 0;

	if (left == 0 && routings == 0 && (!p->stopping || protocol_remove_filter(p)))
		return;
	p->exit_status = EXIT_INTERNAL;
	if (left != 0)
		log_line(LOG_LEVEL_ERROR, "virtual addresses that could not be removed: %u", left);
	if (routings != 0)
		log_line(LOG_LEVEL_ERROR, "routes and rules that could not be removed: %u",
			 routings);
}

/* What is meant for the supervisor and sent to every process of that name must not end the one that holds the addresses. */
static void ignore_stray_signals(void)
{
	static const int numbers[] = { SIGPIPE, SIGHUP, SIGUSR1, SIGALRM, SIGQUIT };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_IGN);
}

int protocol_main(void)
{
	static struct protocol p = {
		.timer_fd = -1, .next_logged = 1, .listen_fd = -1, .state_fd = -1
	};
	int status;

	prctl(PR_SET_NAME, "vrrpd: protocol");
	ignore_stray_signals();
	log_to_channel(ROLE_LOG_FD);
	loop_prepare();
	status = receive_setup(&p);
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "no usable instructions from the supervisor: %s",
			 strerror(-status));
		p.exit_status = EXIT_INTERNAL;
	} else if (go_first(&p) != 0 || open_adapters(&p) != 0 || drop_privileges(&p) != 0) {
		p.exit_status = EXIT_FACILITY;
	} else if ((status = make_loop(&p)) != 0 || (status = protocol_runner_open(&p)) != 0 ||
		   (!p.standby && (status = open_doors(&p)) != 0)) {
		log_line(LOG_LEVEL_ERROR, "cannot start: no event loop or control server: %s",
			 strerror(-status));
		p.exit_status = EXIT_INTERNAL;
	} else {
		event_base_dispatch(p.base);
		see_released(&p);
	}
	tear_down(&p);
	return p.exit_status;
}

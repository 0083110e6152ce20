/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol process's life: takes what the supervisor hands it, opens the sockets, and turns in one loop until it is told to stop. It waits
 * in that loop and nowhere else.
 */
#include "protocol.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "neighbours.h"
#include "role.h"
#include "sandbox.h"

enum {
	TIMER_PRIORITY,
	OTHERS_PRIORITY, /* libevent's default, of two */
	PRIORITIES,
};

/* ---- the loop's callbacks ---- */

/*
 * The timer goes before everything else that is ready in the same turn; but where a turn takes longer than an advertisement interval, it is
 * always due, and the others, the supervisor among them, would never be served. Then they have every other turn.
 */
static void take_turns(struct protocol *p)
{
	bool others_wait = event_base_get_num_events(p->base, EVENT_BASE_COUNT_ACTIVE) > 0;
	int priority = others_wait && event_get_priority(p->timer) == TIMER_PRIORITY
			       ? OTHERS_PRIORITY
			       : TIMER_PRIORITY;

	(void)event_priority_set(p->timer, priority);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	uint64_t expirations;

	(void)what;
	take_turns(ctx);
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

static void on_pulse(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	protocol_pulse(ctx);
}

/* ---- setting up ---- */

void protocol_ready(struct protocol *p)
{
	if (!p->netlink_turns.synced || !p->routing_turns.synced || p->started)
		return;
	protocol_start(p);
	p->owes.ready = p->started;
}

static void on_synced(void *ctx)
{
	struct protocol *p = ctx;

	if (p->standby) {
		/* Whoever tries us out, and ends before we serve, has given us up. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		p->owes.standby = true;
		return;
	}
	p->netlink_turns.synced = true;
	protocol_ready(p);
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
					   "addresses left behind are not looked for, and no two "
					   "may serve the same addresses");
}

/* What the supervisor says first, and what follows from it. */
static int set_up(struct protocol *p)
{
	struct settings *s = NULL;
	int status = protocol_receive_setup(p, &s);

	if (status != 0)
		return status;
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
	return p->base && event_base_priority_init(p->base, PRIORITIES) == 0 ? 0 : -ENOMEM;
}

/* What is waited for now and then; to be added each time. */
static int make_pauses(struct protocol *p)
{
	p->announce_writable =
		event_new(p->base, io_announce_fd(p->announce), EV_WRITE, on_turn, p);
	p->turn_again = evtimer_new(p->base, on_turn, p);
	p->pulse = event_new(p->base, -1, EV_PERSIST, on_pulse, p);
	p->netlink_turns.pause = evtimer_new(p->base, on_netlink, p);
	p->join_again = evtimer_new(p->base, on_join_again, p);
	p->refresh = evtimer_new(p->base, on_refresh, p);
	if (!p->announce_writable || !p->turn_again || !p->pulse || !p->netlink_turns.pause ||
	    !p->join_again || !p->refresh)
		return -ENOMEM;
	p->pulse_due = clock_now();
	protocol_pulse(p);
	return event_add(p->pulse, &(struct timeval){ .tv_usec = PULSE_MS * 1000 }) == 0 ? 0
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

static int make_loop(struct protocol *p)
{
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
	p->netlink_turns.readable = loop_watch(p->base, io_netlink_fd(p->netlink), on_netlink, p);
	if (!p->timer || !p->netlink_turns.readable)
		return -ENOMEM;
	status = protocol_watch_supervisor(p);
	if (status != 0)
		return status;
	return event_priority_set(p->timer, TIMER_PRIORITY) == 0 ? 0 : -EINVAL;
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
		status = protocol_serve_control(p);
	if (status == 0)
		enter_sandbox();
	return status;
}

void protocol_take_over(struct protocol *p, struct message *m)
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
	io_vrrp_discard(p->vrrp); /* what came in while that one served was for it */
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
	p->owes.ready = p->started;
}

static void tear_down(struct protocol *p)
{
	control_free(p->control);
	protocol_bfd_end(p);
	if (p->devconf && !p->stopping)
		protocol_leave_links(p);
	protocol_runner_close(p);
	protocol_end_filter(p);
	protocol_end_routing(p);
	loop_forget(&p->timer);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		loop_forget(&p->vrrp_readable[f]);
		loop_forget(&p->claim_readable[f]);
	}
	loop_forget(&p->netlink_turns.readable);
	loop_forget(&p->channel_readable);
	loop_forget(&p->announce_writable);
	loop_forget(&p->turn_again);
	loop_forget(&p->pulse);
	loop_forget(&p->netlink_turns.pause);
	loop_forget(&p->join_again);
	loop_forget(&p->refresh);
	for (int i = 0; i < PROTOCOL_SIGNALS; i++)
		loop_forget(&p->signals[i]);
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
	int status = privileges_keep_network(p->identity, p->run.settings->global.realtime);

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
			 "cannot start: realtime = true needs CAP_SYS_NICE and CAP_IPC_LOCK, "
			 "or the limits LimitRTPRIO= and LimitMEMLOCK=: %s",
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

	prctl(PR_SET_NAME, ROLE_PROTOCOL);
	ignore_stray_signals();
	log_to_channel(ROLE_LOG_FD);
	loop_prepare();
	status = set_up(&p);
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
